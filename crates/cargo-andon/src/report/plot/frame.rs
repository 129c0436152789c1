//! A plot over two axes: grid, ticks and titles, into which a figure draws.

use crate::report::plot::canvas::{Canvas, Point};
use crate::report::plot::scale::{Scale, is_drawable};

/// One drawing with what it shows, in words.
#[derive(Debug)]
pub(crate) struct Figure {
    /// What is drawn.
    pub(crate) title: String,
    /// What it tells.
    pub(crate) finding: String,
    /// The drawing, for a page.
    pub(crate) svg: String,
    canvas: Canvas,
}

impl Figure {
    /// Finishes a drawing.
    pub(crate) fn new(title: &str, finding: String, canvas: Canvas) -> Self {
        let svg = canvas.finish(&format!("{title}. {finding}"));
        Self { title: title.to_owned(), finding, svg, canvas }
    }

    /// The drawing as a file of its own.
    pub(crate) fn to_file(&self) -> String {
        self.canvas.to_file(&format!("{}. {}", self.title, self.finding))
    }
}

/// Width of a plot with axes; on a phone it is shown at about this size.
pub(crate) const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 280.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 348.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 238.0;

/// The axes with the drawing that they are part of.
pub(crate) struct Frame {
    /// The drawing.
    pub(crate) canvas: Canvas,
    /// Along the lower edge.
    pub(crate) x: Scale,
    /// Along the left edge.
    pub(crate) y: Scale,
}

/// An axis: what it counts, and values that it must hold.
pub(crate) struct Axis<'a> {
    /// What stands beside it, with the unit.
    pub(crate) title: &'a str,
    /// What it must hold.
    pub(crate) values: Vec<f64>,
}

impl Frame {
    /// Draws the axes; `below` pixels stay free under them.
    pub(crate) fn new(x: Axis<'_>, y: Axis<'_>, below: f64) -> Self {
        let mut canvas = Canvas::new(WIDTH, HEIGHT + below);
        let x_title = x.title;
        let y_title = y.title;
        let x = Scale::over(x.values, 5, (LEFT, RIGHT));
        let y = Scale::over(y.values, 5, (BOTTOM, TOP));
        for tick in x.ticks() {
            canvas.line("grid", (tick.at, TOP), (tick.at, BOTTOM));
            canvas.text("tick mid", (tick.at, BOTTOM + 15.0), &tick.label);
        }
        for tick in y.ticks() {
            canvas.line("grid", (LEFT, tick.at), (RIGHT, tick.at));
            canvas.text("tick end", (LEFT - 6.0, tick.at + 4.0), &tick.label);
        }
        canvas.line("axis", (LEFT, BOTTOM), (RIGHT, BOTTOM));
        canvas.text("title end", (RIGHT, BOTTOM + 33.0), x_title);
        canvas.text("title", (4.0, 12.0), y_title);
        Self { canvas, x, y }
    }

    /// The place of a point; `None` for one that has none.
    pub(crate) fn at(&self, (x, y): (f64, f64)) -> Option<Point> {
        (is_drawable(x) && is_drawable(y)).then(|| (self.x.at(x), self.y.at(y)))
    }

    /// A line through the points that have a place.
    pub(crate) fn curve(&mut self, class: &str, points: &[(f64, f64)]) {
        let points: Vec<Point> = points.iter().filter_map(|point| self.at(*point)).collect();
        self.canvas.path(class, &points);
    }

    /// Shades what lies left of a value.
    pub(crate) fn forbid_below(&mut self, x: f64) {
        let at = self.x.at(x);
        self.canvas.rect("forbidden", (LEFT, TOP), (at, BOTTOM));
        self.canvas.line("limit", (at, TOP), (at, BOTTOM));
    }
}
