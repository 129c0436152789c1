//! The alternatives: other ways to make the model, as the last `cargo andon search` compared them.

use andon_evidence::alternatives::{Alternative, AlternativeFigure, Alternatives, Disparity};
use andon_evidence::judge::Threshold;
use andon_evidence::policy::Policy;

use crate::report::contents::AlternativesFound;
use crate::report::plot::canvas::MarkShape;
use crate::report::plot::frame::{Plot, PlotAxis, PlotFrame};
use crate::report::plot::numbers::counted;
use crate::report::plot::scale::is_drawable;

/// A line of the table.
#[derive(Debug)]
pub(crate) struct AlternativeLine {
    pub(crate) role: String,
    pub(crate) features: String,
    pub(crate) weights: String,
    pub(crate) depth: usize,
    pub(crate) trees: usize,
    pub(crate) threshold: f64,
    /// Accuracy, area under the curve, Brier score, and the measures of fairness.
    pub(crate) figures: [String; 6],
    pub(crate) missed: String,
}

/// The reason why alternatives are not shown, if there are some.
pub(crate) fn stale(found: &AlternativesFound) -> Option<String> {
    if let AlternativesFound::Stale(why) = found { Some(why.clone()) } else { None }
}

/// The reason for the choice, and the alternatives that it answers for.
pub(crate) fn choice(policy: &Policy) -> Option<(String, Vec<String>)> {
    let search = policy.search.as_ref()?;
    Some((search.chosen_because.clone()?, search.declined.clone()))
}

/// The shipped alternative and those on a frontier.
pub(crate) fn lines(found: &Alternatives) -> Vec<AlternativeLine> {
    found.alternatives.iter().filter(|one| is_marked(one)).map(line).collect()
}

fn line(one: &Alternative) -> AlternativeLine {
    let recipe = &one.recipe;
    let on = one.reported.as_ref().unwrap_or(&one.judged);
    let frontiers: Vec<&str> = one.frontier.iter().map(|measure| measure.words()).collect();
    let role = [one.shipped.then_some("shipped"), (!frontiers.is_empty()).then_some("frontier")];
    let role = role.into_iter().flatten().collect::<Vec<_>>().join(", ");
    AlternativeLine {
        role: if frontiers.is_empty() { role } else { format!("{role}: {}", frontiers.join(", ")) },
        features: recipe.features(),
        weights: recipe.weights(),
        depth: recipe.depth,
        trees: recipe.trees,
        threshold: recipe.threshold,
        figures: on.in_order().map(words),
        missed: one.missed.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

fn words(figure: Option<&AlternativeFigure>) -> String {
    figure.map_or_else(|| "not measured".to_owned(), AlternativeFigure::to_string)
}

fn is_marked(one: &Alternative) -> bool {
    one.shipped || !one.frontier.is_empty()
}

/// The measure of fairness and the accuracy, if both can be drawn.
fn place(one: &Alternative, measure: Disparity) -> Option<(f64, f64)> {
    let place = (one.judged.disparity(measure)?.value, one.judged.accuracy.as_ref()?.value);
    (is_drawable(place.0) && is_drawable(place.1)).then_some(place)
}

/// The shape that tells if rows were reweighed, and if the features are those of the policy.
fn shape(one: &Alternative) -> MarkShape {
    if !one.recipe.reweigh_by.is_empty() {
        MarkShape::Triangle
    } else if one.recipe.without.is_empty() && one.recipe.with.is_empty() {
        MarkShape::Circle
    } else {
        MarkShape::Square
    }
}

/// Pixels under the axes, for the legend.
const LEGEND_HEIGHT: f64 = 34.0;

/// Draws the accuracy over each measure of fairness, of all rows. There is no plot if no alternative has numbers.
pub(crate) fn plots(found: &Alternatives, policy: &Policy) -> Vec<Plot> {
    Disparity::ALL.into_iter().filter_map(|measure| plot(found, policy, measure)).collect()
}

fn plot(found: &Alternatives, policy: &Policy, measure: Disparity) -> Option<Plot> {
    let mut points: Vec<(&Alternative, (f64, f64))> =
        found.alternatives.iter().filter_map(|one| Some((one, place(one, measure)?))).collect();
    if points.is_empty() {
        return None;
    }
    // The marked ones last, so that they lie on top.
    points.sort_by_key(|(one, _)| (one.shipped, one.frontier.contains(&measure)));
    let is_ratio_of_approvals = measure == Disparity::ApprovalRatio;
    let bar = lowest_bar(policy).filter(|_| is_ratio_of_approvals);
    let title = if is_ratio_of_approvals {
        "lowest ratio of approval rates (fairer to the right)".to_owned()
    } else {
        format!("highest {} (fairer to the left)", measure.words())
    };
    let x = PlotAxis { title: &title, values: points.iter().map(|(_, (value, _))| *value).chain(bar).collect() };
    let y = PlotAxis { title: "accuracy (share)", values: points.iter().map(|(_, (_, accuracy))| *accuracy).collect() };
    let mut frame = PlotFrame::new(x, y, LEGEND_HEIGHT);
    if let Some(bar) = bar {
        frame.forbid_below(bar);
    }
    for (one, place) in &points {
        draw(&mut frame, one, measure, *place);
    }
    draw_legend(&mut frame);
    let frontier = points.iter().filter(|(one, _)| one.frontier.contains(&measure)).count();
    let missed = bar.map_or(String::new(), |bar| format!(" Shaded: the policy's lowest bar, {bar}, is missed."));
    let finding = format!("{}, {frontier} of them on the frontier.{missed}", counted(points.len(), "alternative"));
    Some(Plot::new(&format!("Accuracy over {}", measure.words()), finding, frame.canvas))
}

fn draw(frame: &mut PlotFrame, one: &Alternative, measure: Disparity, place: (f64, f64)) {
    let Some((x, y)) = frame.at(place) else { return };
    if one.frontier.contains(&measure) {
        frame.canvas.mark("point series-a", shape(one), (x, y), 4.5);
    } else {
        frame.canvas.mark("hollow", shape(one), (x, y), 3.0);
    }
    if one.shipped {
        frame.canvas.mark("ring series-b", MarkShape::Circle, (x, y), 8.5);
        let (class, aside) = if x < 270.0 { ("label halo", 13.0) } else { ("label halo end", -13.0) };
        frame.canvas.text(class, (x + aside, y + 4.0), "shipped");
    }
}

fn draw_legend(frame: &mut PlotFrame) {
    let y = 288.0;
    let shapes = [
        (50.0, MarkShape::Circle, "shipped features"),
        (160.0, MarkShape::Square, "other features"),
        (260.0, MarkShape::Triangle, "reweighed"),
    ];
    for (x, shape, text) in shapes {
        frame.canvas.mark("hollow", shape, (x, y - 4.0), 4.0);
        frame.canvas.text("tick", (x + 9.0, y), text);
    }
    frame.canvas.text("tick", (46.0, y + 18.0), "filled: on the frontier of one half of the rows; drawn: all rows");
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
