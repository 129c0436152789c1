//! The quality of the scores: reliability, ROC and precision-recall.

use andon_evidence::decision::GateResult;
use andon_evidence::figures::{Bin, ConfusionCounts, Figures};

use crate::report::plot::canvas::MarkShape;
use crate::report::plot::frame::{Plot, PlotAxis, PlotFrame};
use crate::report::plot::numbers::{count, counted, range, rounded, share};
use crate::report::plot::scale::is_drawable;
use crate::report::sections::gates::measurement_of;

/// The plots of this module, as far as there are numbers for them.
pub(crate) fn plots(figures: &Figures, gates: &[GateResult], threshold: f64) -> Vec<Plot> {
    let auc = measurement_of(gates, "accuracy.auc")
        .map(|auc| format!("AUC {} ({})", rounded(auc.value(), auc.unit()), range(auc.interval(), auc.unit())));
    [
        reliability(&figures.reliability),
        roc(&figures.roc, &figures.confusion, threshold, auc),
        precision_recall(&figures.precision_recall, &figures.confusion, figures.base_rate, threshold),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn unit_axis(title: &str) -> PlotAxis<'_> {
    PlotAxis { title, values: vec![0.0, 1.0] }
}

/// Pixels for the bars of rows under the reliability diagram.
const BARS_HEIGHT: f64 = 74.0;
/// The line that these bars stand on.
const BARS_BOTTOM: f64 = 348.0;

fn reliability(bins: &[Bin]) -> Option<Plot> {
    let drawn = |bin: &&Bin| {
        let (low, high) = bin.interval;
        [bin.from, bin.to, bin.mean_score, bin.positives, low, high].into_iter().all(is_drawable)
    };
    let bins: Vec<&Bin> = bins.iter().filter(drawn).collect();
    let most = bins.iter().map(|bin| bin.rows).max().filter(|rows| *rows > 0)?;
    let mut frame = PlotFrame::new(unit_axis("mean score"), unit_axis("share whose label is 1"), BARS_HEIGHT);
    frame.curve("reference", &[(0.0, 0.0), (1.0, 1.0)]);
    for bin in &bins {
        let (low, high) = bin.interval;
        let x = bin.mean_score;
        frame.curve("interval series-a", &[(x, low), (x, high)]);
        draw_rows(&mut frame, bin, bin.rows as f64 / most as f64);
    }
    for bin in &bins {
        if let Some(at) = frame.at((bin.mean_score, bin.positives)) {
            frame.canvas.mark("point series-a", MarkShape::Circle, at, 4.0);
        }
    }
    let from = frame.x.at(0.0);
    let to = frame.x.at(1.0);
    frame.canvas.line("axis", (from, BARS_BOTTOM), (to, BARS_BOTTOM));
    frame.canvas.text("title", (4.0, 290.0), "rows");
    Some(Plot::new("Reliability", reliability_finding(&bins), frame.canvas))
}

/// Draws the bar of a bin's rows. A bin with the share 1 of the largest number of rows has the highest bar.
fn draw_rows(frame: &mut PlotFrame, bin: &Bin, share: f64) {
    let left = frame.x.at(bin.from);
    let right = frame.x.at(bin.to);
    let top = BARS_BOTTOM - 40.0 * share;
    frame.canvas.rect("fill series-a", (left + 1.0, BARS_BOTTOM), (right - 1.0, top));
    frame.canvas.text("tick small mid", ((left + right) / 2.0, top - 3.0), &count(bin.rows));
}

fn reliability_finding(bins: &[&Bin]) -> String {
    let holds = bins.iter().filter(|bin| bin.interval.0 <= bin.mean_score && bin.mean_score <= bin.interval.1).count();
    format!(
        "In {holds} of {} the mean score lies in the 95 % interval of the observed share. On the dashed line, score and \
         share are equal.",
        counted(bins.len(), "bin")
    )
}

/// The point of the policy's threshold on the ROC curve: false and true positive rate.
fn operating_point(confusion: &ConfusionCounts) -> (f64, f64) {
    let rate = |of: u64, others: u64| of as f64 / (of + others) as f64;
    (
        rate(confusion.false_positives, confusion.true_negatives),
        rate(confusion.true_positives, confusion.false_negatives),
    )
}

fn threshold_mark(frame: &mut PlotFrame, point: (f64, f64)) {
    if let Some(at) = frame.at(point) {
        frame.canvas.mark("point series-b", MarkShape::Diamond, at, 5.5);
    }
}

fn drawable(curve: &[(f64, f64)]) -> Vec<(f64, f64)> {
    curve.iter().copied().filter(|(x, y)| is_drawable(*x) && is_drawable(*y)).collect()
}

fn roc(curve: &[(f64, f64)], confusion: &ConfusionCounts, threshold: f64, auc: Option<String>) -> Option<Plot> {
    let curve = drawable(curve);
    if curve.len() < 2 {
        return None;
    }
    let x = unit_axis("negatives answered positively (share)");
    let y = unit_axis("positives answered positively (share)");
    let mut frame = PlotFrame::new(x, y, 0.0);
    frame.curve("reference", &[(0.0, 0.0), (1.0, 1.0)]);
    frame.curve("curve series-a", &curve);
    threshold_mark(&mut frame, operating_point(confusion));
    if let Some(auc) = &auc {
        let at = (frame.x.at(1.0) - 6.0, frame.y.at(0.0) - 10.0);
        frame.canvas.text("label end", at, auc);
    }
    let auc = auc.map_or("No gate measured the AUC.".to_owned(), |auc| format!("{auc}."));
    let finding = format!("{auc} The dashed line is a ranking by chance. The diamond is the threshold, {threshold}.");
    Some(Plot::new("ROC curve", finding, frame.canvas))
}

fn precision_recall(curve: &[(f64, f64)], confusion: &ConfusionCounts, base_rate: f64, threshold: f64) -> Option<Plot> {
    let curve = drawable(curve);
    if curve.len() < 2 {
        return None;
    }
    // The curve lies above the base rate, so an axis from 0 would flatten it.
    let floor = curve.iter().map(|point| point.1).chain([base_rate]).filter(|value| is_drawable(*value));
    let floor = floor.fold(1.0, f64::min);
    let y = PlotAxis { title: "precision (share)", values: vec![floor, 1.0] };
    let mut frame = PlotFrame::new(unit_axis("recall (share)"), y, 0.0);
    frame.curve("reference", &[(0.0, base_rate), (1.0, base_rate)]);
    frame.curve("curve series-a", &curve);
    let selected = confusion.true_positives + confusion.false_positives;
    let precision = confusion.true_positives as f64 / selected as f64;
    threshold_mark(&mut frame, (operating_point(confusion).1, precision));
    let finding = format!(
        "The dashed line is the share of label 1 among all rows, {}. The diamond is the threshold, {threshold}. The \
         vertical axis may begin above 0.",
        share(base_rate)
    );
    Some(Plot::new("Precision and recall", finding, frame.canvas))
}
