//! Attributions: how far each feature moves the answer, and how that depends on its value.

use andon_evidence::figures::{Dependence, FeatureImportance, Figures};

use crate::report::plot::frame::Plot;
use crate::report::plot::lanes::{Lane, draw_lanes};
use crate::report::plot::numbers::{self, count, share};
use crate::report::plot::scale::{Scale, is_drawable};
use crate::report::plot::small::{LABEL_LINE, SMALL_BOTTOM, SMALL_LEFT, SMALL_RIGHT, SMALL_TOP, small_plot};

/// The average move of the probability by each feature.
pub(crate) fn importance(figures: &Figures) -> Option<Plot> {
    let bar = |importance: &FeatureImportance| {
        Lane::bar(&importance.feature, importance.mean_moved, share(importance.mean_moved))
    };
    let bars: Vec<Lane> = figures.importance.iter().map(bar).collect();
    let first = figures.importance.first()?;
    let canvas = draw_lanes(&bars, "mean move of the probability, up or down", &[]);
    let finding = format!("{} moves the probability most, by {} on average.", first.feature, share(first.mean_moved));
    Some(Plot::new("How far each feature moves the answer", finding, canvas))
}

/// One small plot for each feature, all over the same axis of moves.
pub(crate) fn dependence(figures: &Figures) -> Vec<Plot> {
    let steps = figures.importance.iter().flat_map(|importance| &importance.dependence);
    let moves: Vec<f64> = steps.flat_map(|step| [step.range.0, step.range.1, step.mean_moved, 0.0]).collect();
    let y = Scale::covering(moves, 3, (SMALL_BOTTOM, SMALL_TOP));
    figures.importance.iter().filter_map(|importance| panel(importance, &y)).collect()
}

fn panel(importance: &FeatureImportance, y: &Scale) -> Option<Plot> {
    let drawn = |step: &&Dependence| [step.mean_moved, step.range.0, step.range.1].into_iter().all(is_drawable);
    let steps: Vec<&Dependence> = importance.dependence.iter().filter(drawn).collect();
    let first = steps.first()?;
    let last = steps.last()?;
    let mut canvas = small_plot(y, "axis", "its value");
    let width = (SMALL_RIGHT - SMALL_LEFT) / steps.len() as f64;
    for (at, step) in steps.iter().enumerate() {
        let from = SMALL_LEFT + width * at as f64;
        let class = if step.from.is_none() { "muted" } else { "series-a" };
        canvas.rect(
            &format!("band {class}"),
            (from + 1.0, y.at(step.range.0)),
            (from + width - 1.0, y.at(step.range.1)),
        );
        let mean = y.at(step.mean_moved);
        canvas.line(&format!("mean {class}"), (from + 1.0, mean), (from + width - 1.0, mean));
    }
    let low = end_text(first.from.or(first.to));
    let high = end_text(last.to);
    let whole = first.from == last.to;
    canvas.text("tick", (SMALL_LEFT, LABEL_LINE), &low);
    if !whole {
        canvas.text("tick end", (SMALL_RIGHT, LABEL_LINE), &high);
    }
    let finding = format!("Moves it by {} on average.", share(importance.mean_moved));
    Some(Plot::new(&importance.feature, finding, canvas))
}

/// The text of a step's end. A step of missing values has no end.
fn end_text(value: Option<f64>) -> String {
    value.map_or("missing".to_owned(), numbers::in_full)
}

/// A line of the table of steps.
#[derive(Debug)]
pub(crate) struct DependenceStep {
    pub(crate) feature: String,
    pub(crate) values: String,
    pub(crate) rows: String,
    pub(crate) mean: String,
    pub(crate) range: String,
}

/// Every step of every feature.
pub(crate) fn steps(figures: &Figures) -> Vec<DependenceStep> {
    let all = figures.importance.iter();
    all.flat_map(|importance| importance.dependence.iter().map(|step| DependenceStep::new(&importance.feature, step)))
        .collect()
}

impl DependenceStep {
    fn new(feature: &str, step: &Dependence) -> Self {
        let from = end_text(step.from);
        let to = end_text(step.to);
        Self {
            feature: feature.to_owned(),
            values: if from == to { from } else { format!("{from} to {to}") },
            rows: count(step.rows),
            mean: share(step.mean_moved),
            range: format!("{} to {}", share(step.range.0), share(step.range.1)),
        }
    }
}
