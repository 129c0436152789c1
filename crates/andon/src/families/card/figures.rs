//! The [`Figures`] of a judged candidate: what its card, its report and the forms for other tools show beside the
//! measurements.

use andon_evidence::figures::{
    ConfusionCounts, DenialFigure, DenialFinding, Dependence, FeatureImportance, Figures, GroupFigures, SCORE_BINS,
};
use andon_evidence::judge::NotMeasured;
use andon_evidence::policy::GateId;

use crate::data::contract::Record;
use crate::data::matrix::is_missing;
use crate::data::pools::count_members;
use crate::families::accuracy::ranking::curves;
use crate::families::calibration::{deciles, reliability};
use crate::families::card::importance::{self, importance};
use crate::families::card::reasons::reasons;
use crate::families::explanation::sampled::sampled_figures;
use crate::families::measure;
use crate::measure::sample::Sample;
use crate::measure::table::Table;
use crate::measure::tally::{self, Role};
use crate::model::score::Score;
use crate::release::Judged;
use crate::statistics::share::wilson;

/// Most steps of a feature's values that its dependence is summarize in.
const MAX_DEPENDENCE_STEPS: usize = 12;

/// The questions about who is denied.
const DENIAL_QUESTIONS: [&str; 4] = ["denial_ratio", "denial_odds_ratio", "score_difference", "amplification"];

/// Those of them that are also asked within bands of a control feature.
const DENIAL_QUESTIONS_WITHIN_BANDS: [&str; 2] = ["denial_ratio", "denial_odds_ratio"];

/// All figures of a release, computed once.
///
/// # Errors
/// Not measured if a command gives no probability for the rows that its reasons are sampled by.
pub fn figures<R: Record>(judged: &Judged<R>) -> Result<Figures, NotMeasured> {
    judged.figures.get_or_init(|| compute(judged)).clone()
}

fn compute<R: Record>(judged: &Judged<R>) -> Result<Figures, NotMeasured> {
    let of_scores = figures_of_scores(&judged.sample, &judged.dataset.sha256);
    // The rows were read as flat records before they were judged.
    let members = count_members(judged.decider.policy(), &judged.dataset.rows).unwrap_or_default();
    let with_members = |mut group: GroupFigures| {
        let own = members.iter().filter(|member| member.attribute == group.attribute && member.pool == group.name);
        group.members = own.map(|member| (member.group.to_owned(), member.rows)).collect();
        group
    };
    if judged.candidate.model.is_only_scores() {
        let groups = of_scores.groups.into_iter().map(with_members).collect();
        return Ok(Figures { groups, sampled: sampled_figures(judged)?, ..of_scores });
    }
    Ok(Figures {
        trees: judged.candidate.model.forest().trees() as u64,
        importance: importance(judged).iter().map(summarize).collect(),
        reasons: reasons(judged),
        groups: of_scores.groups.into_iter().map(with_members).collect(),
        ..of_scores
    })
}

/// The figures that follow from scores alone: without trees and without attributions.
#[must_use]
pub fn figures_of_scores(sample: &Sample, data_sha256: &str) -> Figures {
    let table = sample.tally.table();
    let all = table.outcomes(sample.threshold);
    let rows = all.rows();
    let positives = all.labelled(true);
    let (roc, precision_recall) = curves(sample);
    Figures {
        rows,
        base_rate: positives as f64 / rows as f64,
        data_sha256: data_sha256.to_owned(),
        trees: 0,
        confusion: ConfusionCounts {
            true_positives: all.above[1],
            false_positives: all.above[0],
            true_negatives: all.below[0],
            false_negatives: all.below[1],
        },
        reliability: reliability(sample),
        deciles: deciles(sample),
        roc,
        precision_recall,
        scores_by_label: scores_by_label(&table),
        groups: groups(sample),
        denials: denials(sample),
        reasons: None,
        sampled: None,
        importance: Vec::new(),
    }
}

/// Who is denied, by each protected attribute, and given each control feature.
fn denials(sample: &Sample) -> Vec<DenialFigure> {
    let names = |role: Role| sample.tally.axes().iter().filter(move |axis| axis.role == role).map(|axis| &axis.name);
    let mut asked: Vec<(&str, String)> = Vec::new();
    for attribute in names(Role::Protected) {
        asked.extend(DENIAL_QUESTIONS.map(|question| (question, attribute.clone())));
        for control in names(Role::Control) {
            asked.extend(
                DENIAL_QUESTIONS_WITHIN_BANDS.map(|question| (question, format!("{attribute}_given_{control}"))),
            );
        }
    }
    asked.into_iter().filter_map(|(question, subject)| denial(sample, question, subject)).collect()
}

fn denial(sample: &Sample, question: &str, subject: String) -> Option<DenialFigure> {
    let id = GateId::try_from(format!("fairness.{question}.{subject}")).ok()?;
    let found = match measure(&id, sample)? {
        Ok(measured) => DenialFinding::Measured { value: measured.value(), interval: measured.interval() },
        Err(NotMeasured(why)) => DenialFinding::NotMeasured(why),
    };
    Some(DenialFigure { question: question.to_owned(), subject, found })
}

fn scores_by_label(table: &Table) -> [Vec<u64>; 2] {
    let mut bins = [const { Vec::new() }; 2].map(|_: Vec<u64>| vec![0; SCORE_BINS]);
    let (entries, counts) = table.entries();
    for (entry, count) in entries.iter().zip(counts) {
        bins[usize::from(entry.label)][entry.score * SCORE_BINS / Score::STEPS] += count;
    }
    bins
}

fn groups(sample: &Sample) -> Vec<GroupFigures> {
    let protected = sample.tally.axes().iter().filter(|axis| axis.role == Role::Protected);
    let of_axis = |axis: &tally::Axis| {
        let of_group = |group: tally::GroupCounts| {
            let outcomes = group.outcomes(sample.threshold);
            let [negative, positive] = scores_by_label(&group.table);
            Some(GroupFigures {
                attribute: axis.name.clone(),
                judged: group.judged,
                rows: outcomes.rows(),
                base_rate: outcomes.base_rate()?,
                selection_rate: outcomes.selection_rate()?,
                interval: wilson(outcomes.selected(), outcomes.rows()),
                scores: negative.iter().zip(positive).map(|(negative, positive)| negative + positive).collect(),
                members: Vec::new(),
                name: group.name,
            })
        };
        sample.tally.groups(&[&axis.name]).into_iter().filter_map(of_group).collect::<Vec<_>>()
    };
    protected.flat_map(of_axis).collect()
}

/// The same importance with its rows put together: neighbours in value, about equally many, those of one value
/// together.
fn summarize(importance: &importance::RowImportance) -> FeatureImportance {
    let mut rows = importance.dependence.clone();
    // A missing value is summarize apart by its bits, and stands below every number.
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let fewest = rows.len().div_ceil(MAX_DEPENDENCE_STEPS);
    let mut dependence = Vec::new();
    let mut rest = rows.as_slice();
    while let Some((first, _)) = rest.first() {
        let reached = rest[fewest.min(rest.len()) - 1].0;
        let last = if is_missing(*first) { *first } else { reached };
        let (together, after) = rest.split_at(rest.partition_point(|(value, _)| *value <= last));
        dependence.push(step(together));
        rest = after;
    }
    FeatureImportance { feature: importance.feature.clone(), mean_moved: importance.mean_moved, dependence }
}

/// `rows` holds at least one.
fn step(rows: &[(f64, f64)]) -> Dependence {
    let moved = || rows.iter().map(|(_, moved)| *moved);
    let end = |row: Option<&(f64, f64)>| row.map(|(value, _)| *value).filter(|value| !is_missing(*value));
    Dependence {
        from: end(rows.first()),
        to: end(rows.last()),
        rows: rows.len() as u64,
        mean_moved: moved().sum::<f64>() / rows.len() as f64,
        range: (moved().fold(f64::INFINITY, f64::min), moved().fold(f64::NEG_INFINITY, f64::max)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::matrix::MISSING;

    #[test]
    fn neighbours_are_put_together_and_missing_values_stand_alone() {
        let rows: Vec<(f64, f64)> = (0..24).map(|row| (f64::from(row / 2), f64::from(row))).collect();
        let dependence = [vec![(MISSING, -1.0), (MISSING, -3.0)], rows].concat();
        let importance = importance::RowImportance { feature: "x".to_owned(), mean_moved: 0.5, dependence };
        let summarize = summarize(&importance).dependence;
        assert_eq!((summarize[0].from, summarize[0].to, summarize[0].rows), (None, None, 2));
        assert_eq!((summarize[0].mean_moved, summarize[0].range), (-2.0, (-3.0, -1.0)));
        // 26 rows in steps of at least 3: values 0 and 1 together, four rows that moved by 0, 1, 2 and 3.
        assert_eq!((summarize[1].from, summarize[1].to, summarize[1].rows), (Some(0.0), Some(1.0), 4));
        assert_eq!((summarize[1].mean_moved, summarize[1].range), (1.5, (0.0, 3.0)));
        assert_eq!(summarize.iter().map(|step| step.rows).sum::<u64>(), 26);
    }
}
