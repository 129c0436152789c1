//! What moves the answers: how far each feature does, and how that depends on its value.

use andon_evidence::figures::{Dependence, Figures, Importance};

use crate::report::plot::canvas::Canvas;
use crate::report::plot::frame::Figure;
use crate::report::plot::lanes::{Lane, lanes};
use crate::report::plot::numbers::{self, count, share};
use crate::report::plot::scale::{Scale, is_drawable};
use crate::report::sections::scores::SMALL;

/// How far each feature moves the probability, on average.
pub(crate) fn importance(figures: &Figures) -> Option<Figure> {
    let bar = |importance: &Importance| Lane {
        heading: None,
        label: importance.feature.clone(),
        aside: String::new(),
        told: share(importance.mean_moved),
        value: importance.mean_moved,
        interval: None,
        other: None,
        mark: None,
        class: "series-a",
        limit: None,
    };
    let bars: Vec<Lane> = figures.importance.iter().map(bar).collect();
    let first = figures.importance.first()?;
    let canvas = lanes(&bars, "mean move of the probability, up or down", &[]);
    let finding = format!("{} moves the probability most, by {} on average.", first.feature, share(first.mean_moved));
    Some(Figure::new("How far each feature moves the answer", finding, canvas))
}

/// One small plot for each feature, all over the same axis of moves.
pub(crate) fn dependence(figures: &Figures) -> Vec<Figure> {
    let steps = figures.importance.iter().flat_map(|importance| &importance.dependence);
    let moves: Vec<f64> = steps.flat_map(|step| [step.range.0, step.range.1, step.mean_moved, 0.0]).collect();
    let y = Scale::over(moves, 3, (BOTTOM, TOP));
    figures.importance.iter().filter_map(|importance| panel(importance, &y)).collect()
}

const LEFT: f64 = 38.0;
const RIGHT: f64 = 222.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 104.0;

fn panel(importance: &Importance, y: &Scale) -> Option<Figure> {
    let drawn = |step: &&Dependence| [step.mean_moved, step.range.0, step.range.1].into_iter().all(is_drawable);
    let steps: Vec<&Dependence> = importance.dependence.iter().filter(drawn).collect();
    let first = steps.first()?;
    let last = steps.last()?;
    let mut canvas = Canvas::new(SMALL.0, SMALL.1);
    for tick in y.ticks() {
        canvas.line(if tick.label == "0" { "axis" } else { "grid" }, (LEFT, tick.at), (RIGHT, tick.at));
        canvas.text("tick end", (LEFT - 5.0, tick.at + 4.0), &tick.label);
    }
    let width = (RIGHT - LEFT) / steps.len() as f64;
    for (at, step) in steps.iter().enumerate() {
        let from = LEFT + width * at as f64;
        let class = if step.from.is_none() { "muted" } else { "series-a" };
        canvas.rect(
            &format!("band {class}"),
            (from + 1.0, y.at(step.range.0)),
            (from + width - 1.0, y.at(step.range.1)),
        );
        let mean = y.at(step.mean_moved);
        canvas.line(&format!("mean {class}"), (from + 1.0, mean), (from + width - 1.0, mean));
    }
    let low = end(first.from.or(first.to));
    let high = end(last.to);
    let whole = first.from == last.to;
    canvas.text("tick", (LEFT, BOTTOM + 14.0), &low);
    if !whole {
        canvas.text("tick end", (RIGHT, BOTTOM + 14.0), &high);
    }
    canvas.text("title end", (RIGHT, BOTTOM + 26.0), "its value");
    let finding = format!("Moves it by {} on average.", share(importance.mean_moved));
    Some(Figure::new(&importance.feature, finding, canvas))
}

/// The end of a step, which is absent where the value is missing.
fn end(value: Option<f64>) -> String {
    value.map_or("missing".to_owned(), numbers::value)
}

/// The same as numbers: a line for each step.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) feature: String,
    pub(crate) values: String,
    pub(crate) rows: String,
    pub(crate) mean: String,
    pub(crate) range: String,
}

/// Every step of every feature.
pub(crate) fn steps(figures: &Figures) -> Vec<Step> {
    let all = figures.importance.iter();
    all.flat_map(|importance| importance.dependence.iter().map(|step| Step::new(&importance.feature, step))).collect()
}

impl Step {
    fn new(feature: &str, step: &Dependence) -> Self {
        let from = end(step.from);
        let to = end(step.to);
        Self {
            feature: feature.to_owned(),
            values: if from == to { from } else { format!("{from} to {to}") },
            rows: count(step.rows),
            mean: share(step.mean_moved),
            range: format!("{} to {}", share(step.range.0), share(step.range.1)),
        }
    }
}
