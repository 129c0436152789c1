//! The plots and tables that are made from figures.

use andon_evidence::decision::GateResult;
use andon_evidence::figures::{Bin, DenialFigure, Figures, GroupFigures};
use andon_evidence::judge::Unit;

use crate::report::plot::frame::Plot;
use crate::report::plot::numbers::{count, range, share};
use crate::report::sections::attribution::{self, DependenceStep};
use crate::report::sections::{bands, curves, groups, scores};

/// The words and the threshold of the answers that rows got.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answers<'a> {
    /// The lowest score that is answered positively.
    pub(super) threshold: f64,
    /// The word for such an answer.
    pub(super) positive: &'a str,
    /// The word for the other.
    pub(super) negative: &'a str,
    /// A sentence about the rows.
    pub(super) about_rows: &'a str,
}

/// The plots and tables made from figures.
pub(super) struct FigurePlots<'a> {
    pub(super) answers: Answers<'a>,
    pub(super) curves: Vec<Plot>,
    pub(super) by_label: Vec<Plot>,
    pub(super) selection: Option<Plot>,
    pub(super) by_group: Vec<Plot>,
    pub(super) importance: Option<Plot>,
    pub(super) dependence: Vec<Plot>,
    pub(super) steps: Vec<DependenceStep>,
    pub(super) bins: Vec<[String; 5]>,
    pub(super) deciles: Vec<[String; 5]>,
    pub(super) bands: Vec<[String; 7]>,
    pub(super) groups: Vec<[String; 7]>,
    pub(super) denials: Vec<[String; 4]>,
    pub(super) rows: String,
    /// Rows of label 1 answered positively and negatively, then those of label 0.
    pub(super) confusion: [String; 4],
}

impl<'a> FigurePlots<'a> {
    pub(super) fn new(figures: &Figures, gates: &[GateResult], answers: Answers<'a>) -> Self {
        let Answers { threshold, positive, negative, .. } = answers;
        Self {
            answers,
            curves: curves::plots(figures, gates, threshold),
            by_label: scores::by_label(figures, [negative, positive], threshold),
            selection: groups::selection(figures, gates, positive),
            by_group: groups::scores(figures, threshold),
            importance: attribution::importance(figures),
            dependence: attribution::dependence(figures),
            steps: attribution::steps(figures),
            bins: figures.reliability.iter().map(bin).collect(),
            deciles: figures.deciles.iter().map(bin).collect(),
            bands: bands::score_bands(figures),
            groups: figures.groups.iter().map(group).collect(),
            denials: figures.denials.iter().map(denial).collect(),
            rows: count(figures.rows),
            confusion: [
                figures.confusion.true_positives,
                figures.confusion.false_negatives,
                figures.confusion.false_positives,
                figures.confusion.true_negatives,
            ]
            .map(count),
        }
    }
}

fn bin(bin: &Bin) -> [String; 5] {
    let scores = format!("{} to {}", share(bin.from), share(bin.to));
    [scores, count(bin.rows), share(bin.mean_score), share(bin.positives), range(bin.interval, Unit::Share)]
}

fn denial(figure: &DenialFigure) -> [String; 4] {
    let (found, interval) = figure.cells();
    [figure.question.clone(), figure.subject.clone(), found, interval]
}

fn group(group: &GroupFigures) -> [String; 7] {
    [
        group.attribute.clone(),
        group.name.clone(),
        count(group.rows),
        share(group.base_rate),
        share(group.selection_rate),
        range(group.interval, Unit::Share),
        if group.judged { "judged" } else { "reported, not judged" }.to_owned(),
    ]
}
