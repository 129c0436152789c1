//! A small plot, of which many stand beside each other: the scale of values is on the left, the title of the horizontal
//! axis below.

use crate::report::plot::canvas::{Canvas, PixelPoint};
use crate::report::plot::scale::Scale;

const SMALL_SIZE: PixelPoint = (230.0, 132.0);
/// The left edge of the axes.
pub(crate) const SMALL_LEFT: f64 = 38.0;
/// The right edge of the axes.
pub(crate) const SMALL_RIGHT: f64 = 222.0;
/// The upper edge of the axes.
pub(crate) const SMALL_TOP: f64 = 10.0;
/// The lower edge of the axes.
pub(crate) const SMALL_BOTTOM: f64 = 104.0;
/// The line of the labels under the horizontal axis.
pub(crate) const LABEL_LINE: f64 = SMALL_BOTTOM + 14.0;
/// The line of the titles.
pub(crate) const TITLE_LINE: f64 = SMALL_BOTTOM + 26.0;

/// An empty small plot with a grid line at each tick of `y`. The class of the line at 0 is `zero`.
pub(crate) fn small_plot(y: &Scale, zero: &str, x_title: &str) -> Canvas {
    let mut canvas = Canvas::new(SMALL_SIZE.0, SMALL_SIZE.1);
    for tick in y.ticks() {
        canvas.line(if tick.label == "0" { zero } else { "grid" }, (SMALL_LEFT, tick.at), (SMALL_RIGHT, tick.at));
        canvas.text("tick end", (SMALL_LEFT - 5.0, tick.at + 4.0), &tick.label);
    }
    canvas.text("title end", (SMALL_RIGHT, TITLE_LINE), x_title);
    canvas
}
