//! Two axes with grid, ticks and titles, into which a plot is drawn.

use crate::report::plot::canvas::{Canvas, PixelPoint};
use crate::report::plot::scale::{Scale, is_drawable};

/// A drawing with its title and its finding in words.
#[derive(Debug)]
pub(crate) struct Plot {
    /// The title.
    pub(crate) title: String,
    /// The finding in words.
    pub(crate) finding: String,
    /// The drawing, for a page.
    pub(crate) svg: String,
    canvas: Canvas,
}

impl Plot {
    /// Finishes a drawing.
    pub(crate) fn new(title: &str, finding: String, canvas: Canvas) -> Self {
        let svg = canvas.to_svg(&format!("{title}. {finding}"));
        Self { title: title.to_owned(), finding, svg, canvas }
    }

    /// The drawing as a file of its own.
    pub(crate) fn to_file(&self) -> String {
        self.canvas.to_file(&format!("{}. {}", self.title, self.finding))
    }
}

/// The width of a plot with axes, which is about the width of a phone.
pub(crate) const PLOT_WIDTH: f64 = 360.0;
const PLOT_HEIGHT: f64 = 280.0;
const AXES_LEFT: f64 = 46.0;
const AXES_RIGHT: f64 = 348.0;
const AXES_TOP: f64 = 26.0;
const AXES_BOTTOM: f64 = 238.0;

/// The axes and the drawing that they belong to.
pub(crate) struct PlotFrame {
    /// The drawing.
    pub(crate) canvas: Canvas,
    /// The scale along the lower edge.
    pub(crate) x: Scale,
    /// The scale along the left edge.
    pub(crate) y: Scale,
}

/// An axis: its title, and the values that it must cover.
pub(crate) struct PlotAxis<'a> {
    /// The title, with the unit.
    pub(crate) title: &'a str,
    /// The values that the axis must cover.
    pub(crate) values: Vec<f64>,
}

impl PlotFrame {
    /// Draws the axes and leaves `below` pixels free under them.
    pub(crate) fn new(x: PlotAxis<'_>, y: PlotAxis<'_>, below: f64) -> Self {
        let mut canvas = Canvas::new(PLOT_WIDTH, PLOT_HEIGHT + below);
        let x_title = x.title;
        let y_title = y.title;
        let x = Scale::covering(x.values, 5, (AXES_LEFT, AXES_RIGHT));
        let y = Scale::covering(y.values, 5, (AXES_BOTTOM, AXES_TOP));
        for tick in x.ticks() {
            canvas.line("grid", (tick.at, AXES_TOP), (tick.at, AXES_BOTTOM));
            canvas.text("tick mid", (tick.at, AXES_BOTTOM + 15.0), &tick.label);
        }
        for tick in y.ticks() {
            canvas.line("grid", (AXES_LEFT, tick.at), (AXES_RIGHT, tick.at));
            canvas.text("tick end", (AXES_LEFT - 6.0, tick.at + 4.0), &tick.label);
        }
        canvas.line("axis", (AXES_LEFT, AXES_BOTTOM), (AXES_RIGHT, AXES_BOTTOM));
        canvas.text("title end", (AXES_RIGHT, AXES_BOTTOM + 33.0), x_title);
        canvas.text("title", (4.0, 12.0), y_title);
        Self { canvas, x, y }
    }

    /// The place of a point. There is none if the point cannot be drawn.
    pub(crate) fn at(&self, (x, y): (f64, f64)) -> Option<PixelPoint> {
        (is_drawable(x) && is_drawable(y)).then(|| (self.x.at(x), self.y.at(y)))
    }

    /// Draws a line through the points, without those that cannot be drawn.
    pub(crate) fn curve(&mut self, class: &str, points: &[(f64, f64)]) {
        let points: Vec<PixelPoint> = points.iter().filter_map(|point| self.at(*point)).collect();
        self.canvas.path(class, &points);
    }

    /// Shades the area to the left of a value.
    pub(crate) fn forbid_below(&mut self, x: f64) {
        let at = self.x.at(x);
        self.canvas.rect("forbidden", (AXES_LEFT, AXES_TOP), (at, AXES_BOTTOM));
        self.canvas.line("limit", (at, AXES_TOP), (at, AXES_BOTTOM));
    }
}
