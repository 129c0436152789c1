//! Lanes, one below the other, over one axis. In each lane the label is above the mark or bar.

use crate::report::plot::canvas::{Canvas, MarkShape, shortened};
use crate::report::plot::frame::PLOT_WIDTH;
use crate::report::plot::scale::{Scale, is_drawable};

const LANES_LEFT: f64 = 14.0;
/// The right end of the axis. The numbers are to the right of it.
const LANES_RIGHT: f64 = PLOT_WIDTH - 58.0;
const LANE_HEIGHT: f64 = 33.0;
const HEADING_HEIGHT: f64 = 26.0;
const AXIS_HEIGHT: f64 = 36.0;
/// About as many characters as the width of a lane holds.
const MAX_LABEL_CHARS: usize = 54;
const MAX_HEADING_CHARS: usize = 44;

/// One lane.
#[derive(Debug)]
pub(crate) struct Lane {
    /// The heading above the first lane of a part.
    pub(crate) heading: Option<String>,
    /// The label.
    pub(crate) label: String,
    /// A text beside the label, which is never shortened.
    pub(crate) aside: String,
    /// The number as text.
    pub(crate) number: String,
    /// The number. If it cannot be drawn, the lane is empty.
    pub(crate) value: f64,
    /// The interval of the number.
    pub(crate) interval: Option<(f64, f64)>,
    /// A second number, shown as a hollow square.
    pub(crate) other: Option<f64>,
    /// The shape of the number. Without one the number is a bar from 0.
    pub(crate) mark: Option<MarkShape>,
    /// The class that gives the colour.
    pub(crate) class: &'static str,
    /// The limit. The forbidden side of it is shaded.
    pub(crate) limit: Option<Limit>,
}

/// A limit that a number must keep.
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

    /// A number on the forbidden side, so that the axis has room for the shade.
    fn beyond(self) -> f64 {
        match self {
            Self::AtLeast(value) => value - 0.05 * value.abs(),
            Self::AtMost(value) => value + 0.05 * value.abs(),
        }
    }
}

impl Lane {
    /// A lane with a bar from 0 to `value`, whose text is `number`.
    pub(crate) fn bar(label: &str, value: f64, number: String) -> Self {
        Self {
            heading: None,
            label: label.to_owned(),
            aside: String::new(),
            number,
            value,
            interval: None,
            other: None,
            mark: None,
            class: "series-a",
            limit: None,
        }
    }

    fn all_numbers(&self) -> impl Iterator<Item = f64> {
        let (low, high) = self.interval.unwrap_or((self.value, self.value));
        let from = self.mark.map_or(Some(0.0), |_| None);
        let limit = self.limit.map(|limit| [limit.value(), limit.beyond()]);
        [self.value, low, high].into_iter().chain(self.other).chain(limit.into_iter().flatten()).chain(from)
    }

    /// The top of its line of marks, if the lane begins at `top`, and the end of the lane.
    fn span(&self, top: f64) -> (f64, f64) {
        let top = top + if self.heading.is_some() { HEADING_HEIGHT } else { 0.0 };
        (top, top + LANE_HEIGHT)
    }
}

/// Draws the lanes over an axis that covers all their numbers and `also`.
pub(crate) fn draw_lanes(lanes: &[Lane], title: &str, also: &[f64]) -> Canvas {
    let headings = lanes.iter().filter(|lane| lane.heading.is_some()).count();
    let bottom = LANE_HEIGHT * lanes.len() as f64 + HEADING_HEIGHT * headings as f64 + 4.0;
    let mut canvas = Canvas::new(PLOT_WIDTH, bottom + AXIS_HEIGHT);
    let x = Scale::covering(
        lanes.iter().flat_map(Lane::all_numbers).chain(also.iter().copied()),
        4,
        (LANES_LEFT, LANES_RIGHT),
    );
    let mut top = 0.0;
    // Shades first, so that the grid and the marks lie on them.
    for lane in lanes {
        let (from, to) = lane.span(top);
        shade(&mut canvas, lane, &x, from);
        top = to;
    }
    for tick in x.ticks() {
        canvas.line("grid", (tick.at, 4.0), (tick.at, bottom));
        canvas.text("tick mid", (tick.at, bottom + 15.0), &tick.label);
    }
    canvas.line("axis", (LANES_LEFT, bottom), (LANES_RIGHT, bottom));
    canvas.text("title end", (LANES_RIGHT, bottom + 31.0), title);
    top = 0.0;
    for lane in lanes {
        if let Some(heading) = &lane.heading {
            canvas.text("heading", (2.0, top + HEADING_HEIGHT - 8.0), &shortened(heading, MAX_HEADING_CHARS));
        }
        let (from, to) = lane.span(top);
        draw_lane(&mut canvas, lane, &x, from);
        top = to;
    }
    canvas
}

/// Shades the line of marks, but not the label.
fn shade(canvas: &mut Canvas, lane: &Lane, x: &Scale, top: f64) {
    let Some(limit) = lane.limit.filter(|limit| is_drawable(limit.value())) else { return };
    let at = x.at(limit.value());
    let from = top + 18.0;
    let to = top + 31.0;
    let edge = if matches!(limit, Limit::AtLeast(_)) { LANES_LEFT } else { LANES_RIGHT };
    canvas.rect("forbidden", (edge, from), (at, to));
    canvas.line("limit", (at, from), (at, to));
}

fn draw_lane(canvas: &mut Canvas, lane: &Lane, x: &Scale, top: f64) {
    let room = MAX_LABEL_CHARS.saturating_sub(lane.aside.chars().count() + 1);
    let label = format!("{} {}", shortened(&lane.label, room), lane.aside);
    canvas.text("label halo", (2.0, top + 14.0), label.trim_end());
    canvas.text("label end", (PLOT_WIDTH - 2.0, top + 28.0), &lane.number);
    if !is_drawable(lane.value) {
        return;
    }
    let y = top + 24.5;
    let class = lane.class;
    if let Some((low, high)) = lane.interval.filter(|(low, high)| is_drawable(*low) && is_drawable(*high)) {
        canvas.line(&format!("interval {class}"), (x.at(low), y), (x.at(high), y));
    }
    if let Some(other) = lane.other.filter(|other| is_drawable(*other)) {
        canvas.mark("hollow", MarkShape::Square, (x.at(other), y), 3.5);
    }
    match lane.mark {
        Some(mark) => canvas.mark(&format!("point {class}"), mark, (x.at(lane.value), y), 4.5),
        None => canvas.rect(&format!("fill {class}"), (x.at(0.0), y - 4.5), (x.at(lane.value), y + 4.5)),
    }
}
