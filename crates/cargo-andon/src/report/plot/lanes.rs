//! One lane beneath the other over one axis: the label above, the mark or bar below.

use crate::report::plot::canvas::{Canvas, Mark, shortened};
use crate::report::plot::frame::WIDTH;
use crate::report::plot::scale::{Scale, is_drawable};

const LEFT: f64 = 14.0;
/// The numbers stand right of the marks.
const RIGHT: f64 = WIDTH - 58.0;
const LANE: f64 = 33.0;
const HEADING: f64 = 26.0;
const AXIS: f64 = 36.0;

/// One lane.
#[derive(Debug)]
pub(crate) struct Lane {
    /// Stands above a lane that begins a new part.
    pub(crate) heading: Option<String>,
    /// What the lane is about.
    pub(crate) label: String,
    /// What is said beside the label and never cut.
    pub(crate) aside: String,
    /// Its number, in words.
    pub(crate) told: String,
    /// Its number; a lane whose number has no place is left empty.
    pub(crate) value: f64,
    /// Around the number.
    pub(crate) interval: Option<(f64, f64)>,
    /// Another number of the same lane, shown hollow.
    pub(crate) other: Option<f64>,
    /// The shape of the number; a bar from 0 where there is none.
    pub(crate) mark: Option<Mark>,
    /// The colour.
    pub(crate) class: &'static str,
    /// What the number should not be on the shaded side of.
    pub(crate) limit: Option<Limit>,
}

/// A number that must not be passed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    /// Lower numbers are shaded.
    AtLeast(f64),
    /// Higher numbers are shaded.
    AtMost(f64),
}

impl Limit {
    fn value(self) -> f64 {
        let (Self::AtLeast(value) | Self::AtMost(value)) = self;
        value
    }

    /// A number on the wrong side, so that there is something to shade.
    fn beyond(self) -> f64 {
        match self {
            Self::AtLeast(value) => value - 0.05 * value.abs(),
            Self::AtMost(value) => value + 0.05 * value.abs(),
        }
    }
}

impl Lane {
    fn numbers(&self) -> impl Iterator<Item = f64> {
        let (low, high) = self.interval.unwrap_or((self.value, self.value));
        let from = self.mark.map_or(Some(0.0), |_| None);
        let limit = self.limit.map(|limit| [limit.value(), limit.beyond()]);
        [self.value, low, high].into_iter().chain(self.other).chain(limit.into_iter().flatten()).chain(from)
    }

    /// Where its line of marks is, below `top`, and where it ends.
    fn places(&self, top: f64) -> (f64, f64) {
        let top = top + if self.heading.is_some() { HEADING } else { 0.0 };
        (top, top + LANE)
    }
}

/// Draws the lanes over an axis that holds all their numbers and `also`.
pub(crate) fn lanes(lanes: &[Lane], title: &str, also: &[f64]) -> Canvas {
    let headings = lanes.iter().filter(|lane| lane.heading.is_some()).count();
    let bottom = LANE * lanes.len() as f64 + HEADING * headings as f64 + 4.0;
    let mut canvas = Canvas::new(WIDTH, bottom + AXIS);
    let x = Scale::over(lanes.iter().flat_map(Lane::numbers).chain(also.iter().copied()), 4, (LEFT, RIGHT));
    let mut top = 0.0;
    // Shades first, so that the grid and the marks lie on them.
    for lane in lanes {
        let (from, to) = lane.places(top);
        shade(&mut canvas, lane, &x, from);
        top = to;
    }
    for tick in x.ticks() {
        canvas.line("grid", (tick.at, 4.0), (tick.at, bottom));
        canvas.text("tick mid", (tick.at, bottom + 15.0), &tick.label);
    }
    canvas.line("axis", (LEFT, bottom), (RIGHT, bottom));
    canvas.text("title end", (RIGHT, bottom + 31.0), title);
    top = 0.0;
    for lane in lanes {
        if let Some(heading) = &lane.heading {
            canvas.text("heading", (2.0, top + HEADING - 8.0), &shortened(heading, 44));
        }
        let (from, to) = lane.places(top);
        draw(&mut canvas, lane, &x, from);
        top = to;
    }
    canvas
}

/// Shades the line of marks, and leaves the label alone.
fn shade(canvas: &mut Canvas, lane: &Lane, x: &Scale, top: f64) {
    let Some(limit) = lane.limit.filter(|limit| is_drawable(limit.value())) else { return };
    let at = x.at(limit.value());
    let from = top + 18.0;
    let to = top + 31.0;
    let edge = if matches!(limit, Limit::AtLeast(_)) { LEFT } else { RIGHT };
    canvas.rect("forbidden", (edge, from), (at, to));
    canvas.line("limit", (at, from), (at, to));
}

fn draw(canvas: &mut Canvas, lane: &Lane, x: &Scale, top: f64) {
    // Of a lane's width 54 characters are about all.
    let room = 54_usize.saturating_sub(lane.aside.chars().count() + 1);
    let label = format!("{} {}", shortened(&lane.label, room), lane.aside);
    canvas.text("label halo", (2.0, top + 14.0), label.trim_end());
    canvas.text("label end", (WIDTH - 2.0, top + 28.0), &lane.told);
    if !is_drawable(lane.value) {
        return;
    }
    let y = top + 24.5;
    let class = lane.class;
    if let Some((low, high)) = lane.interval.filter(|(low, high)| is_drawable(*low) && is_drawable(*high)) {
        canvas.line(&format!("interval {class}"), (x.at(low), y), (x.at(high), y));
    }
    if let Some(other) = lane.other.filter(|other| is_drawable(*other)) {
        canvas.mark("hollow", Mark::Square, (x.at(other), y), 3.5);
    }
    match lane.mark {
        Some(mark) => canvas.mark(&format!("point {class}"), mark, (x.at(lane.value), y), 4.5),
        None => canvas.rect(&format!("fill {class}"), (x.at(0.0), y - 4.5), (x.at(lane.value), y + 4.5)),
    }
}
