//! The figures behind a release's numbers, for reports and other forms: curves, counts and groups, never a row.
//!
//! The gates make `figures.json`, and one of them vouches for it; the report and the forms for other tools read it.
//! The same inputs give the same figures: they hold neither time nor latency.

mod reasons;
mod sampled;

use serde::{Deserialize, Serialize};

pub use self::reasons::{ListedReason, ReasonFigure, ReasonFigures, ReasonGroup, ReasonList};
pub use self::sampled::{SampledFigures, SampledInfluence};
use crate::layout::FIGURES;

/// Equal steps of the score that rows are counted in.
pub const SCORE_BINS: usize = 20;

/// All figures of a release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Rows that the model was judged on.
    pub rows: u64,
    /// Share of them whose label is 1.
    pub base_rate: f64,
    /// Digest of the data file.
    pub data_sha256: String,
    /// Trees in the forest.
    pub trees: u64,
    /// Answers against labels at the policy's threshold.
    pub confusion: ConfusionCounts,
    /// Scores against outcomes, by bins of the score; bins without rows are left out.
    pub reliability: Vec<Bin>,
    /// Scores against outcomes, by tenths of the rows, the lowest scores first; rows of one score stay together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deciles: Vec<Bin>,
    /// The ROC curve from (0, 0) to (1, 1): share of negatives answered positively, share of positives so answered.
    pub roc: Vec<(f64, f64)>,
    /// The precision-recall curve, by falling threshold: recall, precision.
    pub precision_recall: Vec<(f64, f64)>,
    /// Rows by score in [`SCORE_BINS`] equal steps from 0 to 1, of label 0 and of label 1.
    pub scores_by_label: [Vec<u64>; 2],
    /// Every group of every protected attribute.
    pub groups: Vec<GroupFigures>,
    /// The comparisons of who is denied, of each protected attribute. They have no bar unless a gate gives them one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denials: Vec<DenialFigure>,
    /// The reasons of negative answers, unless only scores are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasons: Option<ReasonFigures>,
    /// The reasons of negative answers as they are sampled from a command; none of a model, whose values are exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<SampledFigures>,
    /// The influence of each feature on the answers, the strongest first.
    pub importance: Vec<FeatureImportance>,
}

/// One comparison of who is denied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DenialFigure {
    /// The question, as in the id of its gate.
    pub question: String,
    /// The subject, as in the id of its gate.
    pub subject: String,
    /// The value with its 95 % interval, or the reason why there is none.
    pub found: DenialFinding,
}

impl DenialFigure {
    /// The value and its interval as people read them; a reason stands in place of the value.
    #[must_use]
    pub fn cells(&self) -> (String, String) {
        match &self.found {
            DenialFinding::Measured { value, interval: (low, high) } => {
                (format!("{value:.3}"), format!("{low:.3} to {high:.3}"))
            }
            DenialFinding::NotMeasured(why) => (why.clone(), "none".to_owned()),
        }
    }
}

/// The result of a [`DenialFigure`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DenialFinding {
    /// The value, and both ends of the interval.
    Measured {
        /// The value.
        value: f64,
        /// Both ends of its 95 % interval.
        interval: (f64, f64),
    },
    /// The reason why nothing was measured.
    NotMeasured(String),
}

/// The text is not that of figures.
#[derive(Debug, thiserror::Error)]
#[error("{FIGURES} cannot be read: {0}")]
pub struct NotFigures(String);

impl Figures {
    /// Reads figures whose counts add up.
    ///
    /// # Errors
    /// [`NotFigures`] for another form, a number that is none, or counts that are not those of all rows.
    pub fn parse(json: &[u8]) -> Result<Self, NotFigures> {
        let figures: Self = serde_json::from_slice(json).map_err(|error| NotFigures(error.to_string()))?;
        figures.defect().map_or(Ok(figures), |defect| Err(NotFigures(defect)))
    }

    /// The first counts that do not add up.
    fn defect(&self) -> Option<String> {
        let ConfusionCounts { true_positives, false_positives, true_negatives, false_negatives } = self.confusion;
        let answers = vec![true_positives, false_positives, true_negatives, false_negatives];
        let bins = self.reliability.iter().map(|bin| bin.rows).collect();
        let counts = [("answers", answers), ("scores", self.scores_by_label.concat()), ("bins", bins)];
        let deciles =
            Some(self.deciles.iter().map(|bin| bin.rows).collect::<Vec<u64>>()).filter(|rows| !rows.is_empty());
        let counts = counts.into_iter().chain(deciles.map(|rows| ("deciles", rows)));
        let of_all = counts.map(|(what, counts)| (what, counts, self.rows));
        let of_groups = self.groups.iter().map(|group| ("scores of a group", group.scores.clone(), group.rows));
        let is_wrong = |(_, counts, rows): &(&str, Vec<u64>, u64)| {
            counts.iter().try_fold(0, |sum: u64, count| sum.checked_add(*count)) != Some(*rows)
        };
        let pools = self.groups.iter().filter(|group| !group.members.is_empty());
        let of_pools = pools.map(|pool| {
            let rows = pool.members.iter().map(|(_, rows)| *rows).collect();
            ("groups of a pool", rows, pool.rows)
        });
        if let Some((what, _, rows)) = of_all.chain(of_groups).chain(of_pools).find(is_wrong) {
            return Some(format!("the {what} do not add up to {rows} rows"));
        }
        if let Some(defect) = self.reasons.as_ref().and_then(ReasonFigures::defect) {
            return Some(defect.to_owned());
        }
        if let Some(defect) = self.sampled.as_ref().and_then(SampledFigures::defect) {
            return Some(defect.to_owned());
        }
        let mut histograms = self.groups.iter().map(|group| &group.scores).chain(&self.scores_by_label);
        histograms
            .any(|counts| counts.len() != SCORE_BINS)
            .then(|| format!("scores are counted in other than {SCORE_BINS} steps"))
    }
}

/// Rows by label and answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfusionCounts {
    /// Label 1, answered positively.
    pub true_positives: u64,
    /// Label 0, answered positively.
    pub false_positives: u64,
    /// Label 0, answered negatively.
    pub true_negatives: u64,
    /// Label 1, answered negatively.
    pub false_negatives: u64,
}

/// Scores of one bin, and what happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bin {
    /// Lowest score of the bin, 0 to 1.
    pub from: f64,
    /// The scores are below this; of a decile, its highest score.
    pub to: f64,
    /// Rows scored in it.
    pub rows: u64,
    /// Their mean score.
    pub mean_score: f64,
    /// The share of them whose label is 1.
    pub positives: f64,
    /// 95 % interval of that share, lower end first.
    pub interval: (f64, f64),
}

/// One group of a protected attribute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupFigures {
    /// The attribute's column.
    pub attribute: String,
    /// The group.
    pub name: String,
    /// True if the policy requires a judgement of it.
    pub judged: bool,
    /// Its number of rows.
    pub rows: u64,
    /// Share of its rows whose label is 1, in the data themselves.
    pub base_rate: f64,
    /// Share of its rows that the model answers positively.
    pub selection_rate: f64,
    /// 95 % interval of that share, lower end first.
    pub interval: (f64, f64),
    /// Its rows by score, in [`SCORE_BINS`] equal steps from 0 to 1.
    pub scores: Vec<u64>,
    /// The groups that are judged together under this name, each with its rows; none if it is a group by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<(String, u64)>,
}

impl GroupFigures {
    /// The groups that are judged together under its name, with their rows; empty for a group by itself.
    ///
    /// ```
    /// # use andon_evidence::figures::GroupFigures;
    /// # let (attribute, name) = (String::new(), "other".to_owned());
    /// # let group = |members| GroupFigures { attribute: attribute.clone(), name: name.clone(), judged: true, rows: 43,
    /// #     base_rate: 0.5, selection_rate: 0.5, interval: (0.4, 0.6), scores: Vec::new(), members };
    /// let pool = group(vec![("asian".to_owned(), 12), ("native".to_owned(), 31)]);
    /// assert_eq!(pool.members_in_words(), "asian 12, native 31");
    /// assert_eq!(group(Vec::new()).members_in_words(), "");
    /// ```
    #[must_use]
    pub fn members_in_words(&self) -> String {
        self.members.iter().map(|(name, rows)| format!("{name} {rows}")).collect::<Vec<_>>().join(", ")
    }
}

/// The influence of one feature on the probabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureImportance {
    /// The column.
    pub feature: String,
    /// The mean distance that it moves the probability, up or down, over all rows; 0 to 1.
    pub mean_moved: f64,
    /// The same by its value, in rising order; rows without a value come first.
    pub dependence: Vec<Dependence>,
}

/// Rows with neighbouring values of a feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dependence {
    /// Lowest value among them, as the model sees it; absent where the value is missing.
    pub from: Option<f64>,
    /// Highest value among them.
    pub to: Option<f64>,
    /// Their number.
    pub rows: u64,
    /// The mean movement of their probability by the feature.
    pub mean_moved: f64,
    /// The least and the most it moved one of them by.
    pub range: (f64, f64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_that_do_not_add_up_or_overflow_are_no_figures() {
        let good = include_str!("../../tests/figures.json");
        assert_eq!(Figures::parse(good.as_bytes()).unwrap().rows, 10);
        let refused = |from: &str, to: &str| {
            assert!(good.contains(from), "{from}");
            Figures::parse(good.replacen(from, to, 1).as_bytes()).unwrap_err().to_string()
        };
        assert!(refused("\"rows\": 10", "\"rows\": 11").contains("the answers do not add up to 11 rows"));
        assert!(refused("positives\": 5", "positives\": 18446744073709551615").contains("the answers"));
        assert!(refused("\"rows\": 6, \"mean", "\"rows\": 7, \"mean").contains("the bins"));
        assert!(refused("[0, 0, 0, 0, 0, 3", "[0, 3").contains("20 steps"));
        assert!(refused("\"rows\": 6, \"base", "\"rows\": 5, \"base").contains("of a group"));
        assert!(refused("0.6", "null").contains("cannot be read"));
    }
}
