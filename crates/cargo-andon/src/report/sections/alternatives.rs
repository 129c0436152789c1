//! The alternatives: other ways to make the model, as the last `cargo andon search` compared them.

use andon_evidence::evidence::Store;
use andon_evidence::files;
use andon_evidence::judge::{Measurement, Threshold};
use andon_evidence::policy::Policy;
use anyhow::{Context, Result};
use serde::Deserialize;

use crate::report::plot::canvas::MarkShape;
use crate::report::plot::frame::{Plot, PlotAxis, PlotFrame};
use crate::report::plot::numbers::{counted, range, rounded};
use crate::report::plot::scale::is_drawable;

/// The file in the store that the search writes.
const SEARCH_FILE: &str = "search.json";

/// An alternative as the search wrote it, as far as the report reads it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct SearchedAlternative {
    recipe: SearchedRecipe,
    shipped: bool,
    on_frontier: bool,
    reported: Result<SearchedFigures, String>,
}

#[derive(Debug, Clone, Deserialize)]
struct SearchedRecipe {
    change: String,
    depth: u64,
    trees: u64,
    threshold: f64,
}

#[derive(Debug, Clone, Deserialize)]
struct SearchedFigures {
    accuracy: Measurement,
    auc: Measurement,
    worst_impact: Measurement,
    worst_attribute: String,
}

/// A line of the table.
#[derive(Debug)]
pub(crate) struct AlternativeLine {
    pub(crate) role: &'static str,
    pub(crate) features: String,
    pub(crate) depth: u64,
    pub(crate) trees: u64,
    pub(crate) threshold: f64,
    /// Accuracy, AUC and worst impact, or the reason why there are none.
    pub(crate) reported: Result<[String; 3], String>,
}

/// Reads the alternatives of the last search. There are none if no search has run.
///
/// # Errors
/// If the file cannot be read.
pub(crate) fn read_search(store: &Store) -> Result<Vec<SearchedAlternative>> {
    let path = store.path(SEARCH_FILE);
    if !path.exists() {
        return Ok(Vec::new());
    }
    serde_json::from_slice(&files::read(&path)?).with_context(|| path.display().to_string())
}

/// The shipped alternative and those on the frontier.
pub(crate) fn lines(alternatives: &[SearchedAlternative]) -> Vec<AlternativeLine> {
    alternatives.iter().filter(|one| one.is_marked()).map(AlternativeLine::new).collect()
}

impl AlternativeLine {
    fn new(one: &SearchedAlternative) -> Self {
        let recipe = &one.recipe;
        Self {
            role: match (one.shipped, one.on_frontier) {
                (true, true) => "shipped, on the frontier",
                (true, false) => "shipped",
                (false, _) => "frontier",
            },
            features: if recipe.change.is_empty() { "as shipped".to_owned() } else { recipe.change.clone() },
            depth: recipe.depth,
            trees: recipe.trees,
            threshold: recipe.threshold,
            reported: one.reported.as_ref().map_err(Clone::clone).map(|on| {
                let impact = format!("{} {}", with_interval(&on.worst_impact), on.worst_attribute);
                [with_interval(&on.accuracy), with_interval(&on.auc), impact]
            }),
        }
    }
}

fn with_interval(measurement: &Measurement) -> String {
    let unit = measurement.unit();
    format!("{} ({})", rounded(measurement.value(), unit), range(measurement.interval(), unit))
}

impl SearchedAlternative {
    fn is_marked(&self) -> bool {
        self.shipped || self.on_frontier
    }

    /// Worst impact and accuracy, if both can be drawn.
    fn place(&self) -> Option<(f64, f64)> {
        let on = self.reported.as_ref().ok()?;
        let place = (on.worst_impact.value(), on.accuracy.value());
        (is_drawable(place.0) && is_drawable(place.1)).then_some(place)
    }

    /// The shape that tells which features the alternative has.
    fn shape(&self) -> MarkShape {
        match self.recipe.change.split(' ').next() {
            Some("with") => MarkShape::Triangle,
            Some("without") => MarkShape::Square,
            _ => MarkShape::Circle,
        }
    }
}

/// Pixels under the axes, for the legend.
const LEGEND_HEIGHT: f64 = 34.0;

/// Draws accuracy over the worst disparate impact. There is no plot if no alternative has numbers.
pub(crate) fn plot(alternatives: &[SearchedAlternative], policy: &Policy) -> Option<Plot> {
    let mut points: Vec<(&SearchedAlternative, (f64, f64))> =
        alternatives.iter().filter_map(|one| Some((one, one.place()?))).collect();
    if points.is_empty() {
        return None;
    }
    // The marked ones last, so that they lie on top.
    points.sort_by_key(|(one, _)| (one.shipped, one.on_frontier));
    let bar = lowest_bar(policy);
    let impacts = points.iter().map(|(_, (impact, _))| *impact).chain(bar).collect();
    let x = PlotAxis { title: "worst disparate impact (ratio; fairer to the right)", values: impacts };
    let y = PlotAxis { title: "accuracy (share)", values: points.iter().map(|(_, (_, accuracy))| *accuracy).collect() };
    let mut frame = PlotFrame::new(x, y, LEGEND_HEIGHT);
    if let Some(bar) = bar {
        frame.forbid_below(bar);
    }
    for (one, place) in &points {
        draw(&mut frame, one, *place);
    }
    draw_legend(&mut frame);
    let frontier = points.iter().filter(|(one, _)| one.on_frontier).count();
    let missed = bar.map_or(String::new(), |bar| format!(" Shaded: the policy's lowest bar, {bar}, is missed."));
    let finding = format!("{}, {frontier} of them on the frontier.{missed}", counted(points.len(), "alternative"));
    Some(Plot::new("Accuracy over fairness", finding, frame.canvas))
}

fn draw(frame: &mut PlotFrame, one: &SearchedAlternative, place: (f64, f64)) {
    let Some((x, y)) = frame.at(place) else { return };
    if let Some(on) = one.reported.as_ref().ok().filter(|_| one.is_marked()) {
        draw_intervals(frame, on, place);
    }
    if one.on_frontier {
        frame.canvas.mark("point series-a", one.shape(), (x, y), 4.5);
    } else {
        frame.canvas.mark("hollow", one.shape(), (x, y), 3.0);
    }
    if one.shipped {
        frame.canvas.mark("ring series-b", MarkShape::Circle, (x, y), 8.5);
        let (class, aside) = if x < 270.0 { ("label halo", 13.0) } else { ("label halo end", -13.0) };
        frame.canvas.text(class, (x + aside, y + 4.0), "shipped");
    }
}

/// The intervals of both numbers, as far as they lie within the axes.
fn draw_intervals(frame: &mut PlotFrame, on: &SearchedFigures, (impact, accuracy): (f64, f64)) {
    let across = on.worst_impact.interval();
    let up = on.accuracy.interval();
    frame.curve("reach", &[(across.0, accuracy), (across.1, accuracy)]);
    frame.curve("reach", &[(impact, up.0), (impact, up.1)]);
}

fn draw_legend(frame: &mut PlotFrame) {
    let y = 288.0;
    let shapes = [
        (50.0, MarkShape::Circle, "shipped features"),
        (160.0, MarkShape::Square, "fewer features"),
        (260.0, MarkShape::Triangle, "more features"),
    ];
    for (x, shape, text) in shapes {
        frame.canvas.mark("hollow", shape, (x, y - 4.0), 4.0);
        frame.canvas.text("tick", (x + 9.0, y), text);
    }
    frame.canvas.text("tick", (46.0, y + 18.0), "filled: on the frontier; lines: 95 % intervals");
}

/// The policy's lowest bar for a disparate impact.
fn lowest_bar(policy: &Policy) -> Option<f64> {
    let impacts = policy.gates.iter().filter(|(gate, _)| gate.question().0 == "disparate_impact");
    let bars = impacts.filter_map(|(_, bar)| match bar.threshold {
        Threshold::Min(min) => Some(min),
        Threshold::Max(_) => None,
    });
    bars.filter(|bar| is_drawable(*bar)).reduce(f64::min)
}
