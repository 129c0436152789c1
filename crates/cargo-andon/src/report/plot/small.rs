//! A small plot, of which many stand beside each other: the scale of values is on the left, the title of the horizontal
//! axis below.

use crate::report::plot::canvas::{Canvas, PixelPoint};
use crate::report::plot::scale::Scale;

const SIZE: PixelPoint = (230.0, 132.0);
/// The left edge of the axes.
pub(crate) const LEFT: f64 = 38.0;
/// The right edge of the axes.
pub(crate) const RIGHT: f64 = 222.0;
/// The upper edge of the axes.
pub(crate) const TOP: f64 = 10.0;
/// The lower edge of the axes.
pub(crate) const BOTTOM: f64 = 104.0;
/// The line of the labels under the horizontal axis.
pub(crate) const LABEL_LINE: f64 = BOTTOM + 14.0;
/// The line of the titles.
pub(crate) const TITLE_LINE: f64 = BOTTOM + 26.0;

/// An empty small plot with a grid line at each tick of `y`. The class of the line at 0 is `zero`.
pub(crate) fn small_plot(y: &Scale, zero: &str, x_title: &str) -> Canvas {
    let mut canvas = Canvas::new(SIZE.0, SIZE.1);
    for tick in y.ticks() {
        canvas.line(if tick.label == "0" { zero } else { "grid" }, (LEFT, tick.at), (RIGHT, tick.at));
        canvas.text("tick end", (LEFT - 5.0, tick.at + 4.0), &tick.label);
    }
    canvas.text("title end", (RIGHT, TITLE_LINE), x_title);
    canvas
}
