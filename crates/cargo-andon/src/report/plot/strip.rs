//! A measurement and its interval against their bar, and all gates of a family at a glance.

use andon_evidence::judge::{Bar, Measurement, Threshold, Unit};

use crate::report::plot::canvas::Canvas;
use crate::report::plot::scale::{Scale, is_drawable};
use crate::report::plot::tone::Tone;

const WIDTH: f64 = 240.0;
/// Where values lie, so that the labels of the first and the last tick have room.
const INNER: (f64, f64) = (20.0, 220.0);
const TOP: f64 = 3.0;
const AXIS: f64 = 27.0;
const HEIGHT: f64 = 42.0;

/// The strip; `None` for numbers that have no place in a drawing. The side of the bar that is not met is shaded.
pub(crate) fn strip(measurement: &Measurement, bar: &Bar, tone: Tone, finding: &str) -> Option<String> {
    let ((low, high), value) = (measurement.interval(), measurement.value());
    let (Threshold::Min(limit) | Threshold::Max(limit)) = bar.threshold;
    if ![low, high, value, limit].into_iter().all(is_drawable) {
        return None;
    }
    // Between whole numbers there is nothing to count.
    let steps = if measurement.unit() == Unit::Count { 1 } else { 3 };
    // A share is a part of a whole, of which nothing lies beyond 1.
    let whole = (measurement.unit() == Unit::Share && measurement.is_exact()).then_some(0.0);
    let x = Scale::over([low, high, value, limit].into_iter().chain(whole), steps, INNER);
    let mut canvas = Canvas::new(WIDTH, HEIGHT);
    let limit = x.at(limit);
    let beyond = if matches!(bar.threshold, Threshold::Min(_)) { 0.0 } else { WIDTH };
    canvas.rect("forbidden", (beyond, TOP), (limit, AXIS));
    canvas.line("axis", (0.0, AXIS), (WIDTH, AXIS));
    for tick in x.ticks() {
        canvas.line("axis", (tick.at, AXIS), (tick.at, AXIS + 3.0));
        canvas.text("tick mid", (tick.at, AXIS + 13.0), &tick.label);
    }
    canvas.line("limit", (limit, 0.0), (limit, AXIS));
    let middle = (TOP + AXIS) / 2.0;
    if !measurement.is_exact() {
        interval(&mut canvas, tone, (x.at(low), x.at(high)), middle);
    }
    canvas.mark(&format!("point {}", tone.class), tone.mark, (x.at(value), middle), 4.5);
    Some(canvas.finish(finding))
}

/// A line with ends.
fn interval(canvas: &mut Canvas, tone: Tone, (low, high): (f64, f64), y: f64) {
    let class = format!("interval {}", tone.class);
    canvas.line(&class, (low, y), (high, y));
    for end in [low, high] {
        canvas.line(&class, (end, y - 4.0), (end, y + 4.0));
    }
}

/// Most marks beside each other.
const PER_LINE: usize = 20;
const PITCH: f64 = 15.0;

/// One mark for each gate.
pub(crate) fn board(tones: &[Tone], finding: &str) -> String {
    let columns = tones.len().clamp(1, PER_LINE);
    let mut canvas = Canvas::new(PITCH * columns as f64, PITCH * tones.len().div_ceil(PER_LINE) as f64);
    for (at, tone) in tones.iter().enumerate() {
        let column = (at % PER_LINE) as f64;
        let line = (at / PER_LINE) as f64;
        canvas.mark(&format!("point {}", tone.class), tone.mark, (PITCH * (column + 0.5), PITCH * (line + 0.5)), 5.0);
    }
    canvas.finish(finding)
}
