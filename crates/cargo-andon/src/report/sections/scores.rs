//! How scores are distributed: counts over equal steps from 0 to 1.

use andon_evidence::figures::Figures;

use crate::report::plot::canvas::Canvas;
use crate::report::plot::frame::{Axis, Figure, Frame};
use crate::report::plot::numbers::count;
use crate::report::plot::scale::Scale;

/// A small plot; many stand beside each other.
pub(crate) const SMALL: (f64, f64) = (230.0, 132.0);
const LEFT: f64 = 38.0;
const RIGHT: f64 = 222.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 104.0;

/// The scores of either label, side by side.
pub(crate) fn by_label(figures: &Figures, words: [&str; 2], threshold: f64) -> Vec<Figure> {
    let [negative, positive] = &figures.scores_by_label;
    let drawn = [
        of_label(&format!("Scores of label 1 ({})", words[1]), positive, "series-a", threshold),
        of_label(&format!("Scores of label 0 ({})", words[0]), negative, "series-b", threshold),
    ];
    drawn.into_iter().flatten().collect()
}

fn of_label(title: &str, counts: &[u64], class: &str, threshold: f64) -> Option<Figure> {
    let most = most(counts)?;
    let x = Axis { title: "score", values: vec![0.0, 1.0] };
    let mut frame = Frame::new(x, Axis { title: "rows", values: vec![0.0, most] }, 0.0);
    let x = frame.x;
    let y = frame.y;
    bars(&mut frame.canvas, counts, (&x, &y), class);
    frame.canvas.line("limit", (x.at(threshold), y.at(0.0)), (x.at(threshold), y.at(f64::MAX)));
    Some(Figure::new(title, finding(counts, threshold), frame.canvas))
}

/// The most rows of a step; `None` where no step has any.
fn most(counts: &[u64]) -> Option<f64> {
    counts.iter().copied().max().filter(|most| *most > 0).map(|most| most as f64)
}

fn bars(canvas: &mut Canvas, counts: &[u64], (x, y): (&Scale, &Scale), class: &str) {
    let step = 1.0 / counts.len() as f64;
    for (at, rows) in counts.iter().enumerate().filter(|(_, rows)| **rows > 0) {
        let from = x.at(step * at as f64);
        let to = x.at(step * (at + 1) as f64);
        canvas.rect(&format!("fill {class}"), (from + 0.5, y.at(0.0)), (to - 0.5, y.at(*rows as f64)));
    }
}

/// A threshold is on the edge of a step, or within one, which is then not counted.
fn finding(counts: &[u64], threshold: f64) -> String {
    let step = 1.0 / counts.len() as f64;
    let answered = counts.iter().enumerate().filter(|(at, _)| step * *at as f64 >= threshold - 1e-9);
    let (above, rows): (u64, u64) = (answered.map(|(_, rows)| rows).sum(), counts.iter().sum());
    format!("{} of {} rows from the threshold {threshold} on.", count(above), count(rows))
}

/// A small plot of rows over the score; `None` where there are no rows.
pub(crate) fn histogram(title: &str, counts: &[u64], class: &str, threshold: f64) -> Option<Figure> {
    let most = most(counts)?;
    let mut canvas = Canvas::new(SMALL.0, SMALL.1);
    let x = Scale::over([0.0, 1.0], 4, (LEFT, RIGHT));
    let y = Scale::over([0.0, most], 2, (BOTTOM, TOP));
    for tick in y.ticks() {
        canvas.line("grid", (LEFT, tick.at), (RIGHT, tick.at));
        canvas.text("tick end", (LEFT - 5.0, tick.at + 4.0), &tick.label);
    }
    bars(&mut canvas, counts, (&x, &y), class);
    canvas.line("limit", (x.at(threshold), TOP - 6.0), (x.at(threshold), BOTTOM));
    canvas.line("axis", (LEFT, BOTTOM), (RIGHT, BOTTOM));
    for tick in x.ticks() {
        canvas.text("tick mid", (tick.at, BOTTOM + 14.0), &tick.label);
    }
    canvas.text("title end", (RIGHT, BOTTOM + 26.0), "score");
    canvas.text("title", (2.0, BOTTOM + 26.0), "rows");
    Some(Figure::new(title, finding(counts, threshold), canvas))
}
