//! What else could have shipped: the alternatives of the last `cargo andon search`, as it wrote them.

use andon_evidence::judge::{Measurement, Threshold};
use andon_evidence::policy::Policy;
use serde::Deserialize;

use crate::report::plot::canvas::Mark;
use crate::report::plot::frame::{Axis, Figure, Frame};
use crate::report::plot::numbers::{counted, range, rounded};
use crate::report::plot::scale::is_drawable;

/// The file, in the store.
pub(crate) const FILE: &str = "search.json";

/// What the report reads of an alternative.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Alternative {
    recipe: Recipe,
    shipped: bool,
    on_frontier: bool,
    reported: Result<Reported, String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Recipe {
    change: String,
    depth: u64,
    trees: u64,
    threshold: f64,
}

#[derive(Debug, Clone, Deserialize)]
struct Reported {
    accuracy: Measurement,
    auc: Measurement,
    worst_impact: Measurement,
    worst_attribute: String,
}

/// A line of the table.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) role: &'static str,
    pub(crate) features: String,
    pub(crate) depth: u64,
    pub(crate) trees: u64,
    pub(crate) threshold: f64,
    /// Accuracy, AUC and worst impact; the reason where there are none.
    pub(crate) reported: Result<[String; 3], String>,
}

/// The shipped one and those on the frontier.
pub(crate) fn lines(alternatives: &[Alternative]) -> Vec<Line> {
    let told = |measurement: &Measurement| {
        let unit = measurement.unit();
        format!("{} ({})", rounded(measurement.value(), unit), range(measurement.interval(), unit))
    };
    let line = |one: &Alternative| Line {
        role: match (one.shipped, one.on_frontier) {
            (true, true) => "shipped, on the frontier",
            (true, false) => "shipped",
            (false, _) => "frontier",
        },
        features: if one.recipe.change.is_empty() { "as shipped".to_owned() } else { one.recipe.change.clone() },
        depth: one.recipe.depth,
        trees: one.recipe.trees,
        threshold: one.recipe.threshold,
        reported: one.reported.as_ref().map_err(Clone::clone).map(|on| {
            [told(&on.accuracy), told(&on.auc), format!("{} {}", told(&on.worst_impact), on.worst_attribute)]
        }),
    };
    alternatives.iter().filter(|one| one.shipped || one.on_frontier).map(line).collect()
}

/// Accuracy over the worst disparate impact; `None` where nothing was reported.
pub(crate) fn plot(alternatives: &[Alternative], policy: &Policy) -> Option<Figure> {
    let place = |one: &Alternative| {
        let on = one.reported.as_ref().ok()?;
        Some((on.worst_impact.value(), on.accuracy.value())).filter(|(x, y)| is_drawable(*x) && is_drawable(*y))
    };
    let mut points: Vec<(&Alternative, (f64, f64))> =
        alternatives.iter().filter_map(|one| Some((one, place(one)?))).collect();
    if points.is_empty() {
        return None;
    }
    // The marked ones last, so that they lie on top.
    points.sort_by_key(|(one, _)| (one.shipped, one.on_frontier));
    let bar = lowest_bar(policy);
    let impacts = points.iter().map(|(_, (impact, _))| *impact).chain(bar).collect();
    let x = Axis { title: "worst disparate impact (ratio; fairer to the right)", values: impacts };
    let y = Axis { title: "accuracy (share)", values: points.iter().map(|(_, (_, accuracy))| *accuracy).collect() };
    let mut frame = Frame::new(x, y, 0.0);
    if let Some(bar) = bar {
        frame.forbid_below(bar);
    }
    for (one, place) in &points {
        mark(&mut frame, one, *place);
    }
    let frontier = points.iter().filter(|(one, _)| one.on_frontier).count();
    let missed = bar.map_or(String::new(), |bar| format!(" Shaded: the policy's lowest bar, {bar}, is missed."));
    let finding = format!(
        "{}, {frontier} of them on the frontier (filled); the triangle is shipped.{missed}",
        counted(points.len(), "alternative")
    );
    Some(Figure::new("Accuracy over fairness", finding, frame.canvas))
}

fn mark(frame: &mut Frame, one: &Alternative, place: (f64, f64)) {
    let Some((x, y)) = frame.at(place) else { return };
    match (one.shipped, one.on_frontier) {
        (true, _) => {
            frame.canvas.mark("point series-b", Mark::Triangle, (x, y), 6.5);
            let (class, aside) = if x < 270.0 { ("label halo", 11.0) } else { ("label halo end", -11.0) };
            frame.canvas.text(class, (x + aside, y + 4.0), "shipped");
        }
        (false, true) => frame.canvas.mark("point series-a", Mark::Circle, (x, y), 4.5),
        (false, false) => frame.canvas.mark("hollow", Mark::Circle, (x, y), 3.0),
    }
}

/// The lowest bar of a disparate impact in the policy.
fn lowest_bar(policy: &Policy) -> Option<f64> {
    let impacts = policy.gates.iter().filter(|(gate, _)| gate.question().0 == "disparate_impact");
    let bars = impacts.filter_map(|(_, bar)| match bar.threshold {
        Threshold::Min(min) => Some(min),
        Threshold::Max(_) => None,
    });
    bars.filter(|bar| is_drawable(*bar)).reduce(f64::min)
}
