//! A strip shows a measurement and its interval against the bar. A board shows all gates of a family, one mark each.

use andon_evidence::judge::{Bar, Measurement, Threshold, Unit};

use crate::report::plot::canvas::Canvas;
use crate::report::plot::scale::{Scale, is_drawable};
use crate::report::plot::tone::Tone;

const STRIP_WIDTH: f64 = 240.0;
/// The pixels between the first and the last tick. Their labels need the room beside them.
const SCALE_PIXELS: (f64, f64) = (20.0, 220.0);
const BAND_TOP: f64 = 3.0;
const AXIS_LINE: f64 = 27.0;
const STRIP_HEIGHT: f64 = 42.0;

/// Draws the strip. There is none if a number cannot be drawn. The forbidden side of the bar is shaded.
pub(crate) fn draw_strip(measurement: &Measurement, bar: &Bar, tone: Tone, finding: &str) -> Option<String> {
    let ((low, high), value) = (measurement.interval(), measurement.value());
    let (Threshold::Min(limit) | Threshold::Max(limit)) = bar.threshold;
    if ![low, high, value, limit].into_iter().all(is_drawable) {
        return None;
    }
    // Counts have no ticks between whole numbers.
    let steps = if measurement.unit() == Unit::Count { 1 } else { 3 };
    // The axis of an exact share begins at 0.
    let whole = (measurement.unit() == Unit::Share && measurement.is_exact()).then_some(0.0);
    let x = Scale::covering([low, high, value, limit].into_iter().chain(whole), steps, SCALE_PIXELS);
    let mut canvas = Canvas::new(STRIP_WIDTH, STRIP_HEIGHT);
    let limit = x.at(limit);
    let beyond = if matches!(bar.threshold, Threshold::Min(_)) { 0.0 } else { STRIP_WIDTH };
    canvas.rect("forbidden", (beyond, BAND_TOP), (limit, AXIS_LINE));
    canvas.line("axis", (0.0, AXIS_LINE), (STRIP_WIDTH, AXIS_LINE));
    for tick in x.ticks() {
        canvas.line("axis", (tick.at, AXIS_LINE), (tick.at, AXIS_LINE + 3.0));
        canvas.text("tick mid", (tick.at, AXIS_LINE + 13.0), &tick.label);
    }
    canvas.line("limit", (limit, 0.0), (limit, AXIS_LINE));
    let middle = (BAND_TOP + AXIS_LINE) / 2.0;
    if !measurement.is_exact() {
        draw_interval(&mut canvas, tone, (x.at(low), x.at(high)), middle);
    }
    canvas.mark(&format!("point {}", tone.class), tone.mark, (x.at(value), middle), 4.5);
    Some(canvas.to_svg(finding))
}

/// Draws a line with ends.
fn draw_interval(canvas: &mut Canvas, tone: Tone, (low, high): (f64, f64), y: f64) {
    let class = format!("interval {}", tone.class);
    canvas.line(&class, (low, y), (high, y));
    for end in [low, high] {
        canvas.line(&class, (end, y - 4.0), (end, y + 4.0));
    }
}

/// The largest number of marks in a line.
const MARKS_PER_LINE: usize = 20;
/// The distance between two marks.
const MARK_DISTANCE: f64 = 15.0;

/// Draws one mark for each gate.
pub(crate) fn draw_board(tones: &[Tone], finding: &str) -> String {
    let columns = tones.len().clamp(1, MARKS_PER_LINE);
    let mut canvas =
        Canvas::new(MARK_DISTANCE * columns as f64, MARK_DISTANCE * tones.len().div_ceil(MARKS_PER_LINE) as f64);
    for (at, tone) in tones.iter().enumerate() {
        let column = (at % MARKS_PER_LINE) as f64;
        let line = (at / MARKS_PER_LINE) as f64;
        canvas.mark(
            &format!("point {}", tone.class),
            tone.mark,
            (MARK_DISTANCE * (column + 0.5), MARK_DISTANCE * (line + 0.5)),
            5.0,
        );
    }
    canvas.to_svg(finding)
}
