//! The distribution of the scores: counts over equal steps from 0 to 1.

use andon_evidence::figures::Figures;

use crate::report::plot::canvas::Canvas;
use crate::report::plot::frame::{Plot, PlotAxis, PlotFrame};
use crate::report::plot::numbers::count;
use crate::report::plot::scale::Scale;
use crate::report::plot::small::{
    LABEL_LINE, SMALL_BOTTOM, SMALL_LEFT, SMALL_RIGHT, SMALL_TOP, TITLE_LINE, small_plot,
};

/// The scores of both labels.
pub(crate) fn by_label(figures: &Figures, words: [&str; 2], threshold: f64) -> Vec<Plot> {
    let [negative, positive] = &figures.scores_by_label;
    let drawn = [
        of_label(&format!("Scores of label 1 ({})", words[1]), positive, "series-a", threshold),
        of_label(&format!("Scores of label 0 ({})", words[0]), negative, "series-b", threshold),
    ];
    drawn.into_iter().flatten().collect()
}

fn of_label(title: &str, counts: &[u64], class: &str, threshold: f64) -> Option<Plot> {
    let most = largest_count(counts)?;
    let x = PlotAxis { title: "score", values: vec![0.0, 1.0] };
    let mut frame = PlotFrame::new(x, PlotAxis { title: "rows", values: vec![0.0, most] }, 0.0);
    let x = frame.x;
    let y = frame.y;
    bars(&mut frame.canvas, counts, (&x, &y), class);
    frame.canvas.line("limit", (x.at(threshold), y.at(0.0)), (x.at(threshold), y.at(f64::MAX)));
    Some(Plot::new(title, finding(counts, threshold), frame.canvas))
}

/// The largest number of rows in a step. There is none if no step has rows.
fn largest_count(counts: &[u64]) -> Option<f64> {
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

/// The number of rows from the threshold on. If the threshold lies within a step, that step is not counted.
fn finding(counts: &[u64], threshold: f64) -> String {
    let step = 1.0 / counts.len() as f64;
    let answered = counts.iter().enumerate().filter(|(at, _)| step * *at as f64 >= threshold - 1e-9);
    let (above, rows): (u64, u64) = (answered.map(|(_, rows)| rows).sum(), counts.iter().sum());
    format!("{} of {} rows have a score from the threshold {threshold} on.", count(above), count(rows))
}

/// A small plot of rows over the score. There is none if there are no rows.
pub(crate) fn histogram(title: &str, counts: &[u64], class: &str, threshold: f64) -> Option<Plot> {
    let most = largest_count(counts)?;
    let x = Scale::covering([0.0, 1.0], 4, (SMALL_LEFT, SMALL_RIGHT));
    let y = Scale::covering([0.0, most], 2, (SMALL_BOTTOM, SMALL_TOP));
    let mut canvas = small_plot(&y, "grid", "score");
    bars(&mut canvas, counts, (&x, &y), class);
    canvas.line("limit", (x.at(threshold), SMALL_TOP - 6.0), (x.at(threshold), SMALL_BOTTOM));
    canvas.line("axis", (SMALL_LEFT, SMALL_BOTTOM), (SMALL_RIGHT, SMALL_BOTTOM));
    for tick in x.ticks() {
        canvas.text("tick mid", (tick.at, LABEL_LINE), &tick.label);
    }
    canvas.text("title", (2.0, TITLE_LINE), "rows");
    Some(Plot::new(title, finding(counts, threshold), canvas))
}
