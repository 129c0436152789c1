//! The training data as counts. Served inputs and scores are compared with them.
//!
//! It is part of the model, so that a gate vouches for it, any training comes to the same bytes, and a service or a
//! reader of its trail needs no row of anybody. Per feature there are the bins that `drift` compares by. Of the scores
//! there are those out of fold, of the rows that the model would answer: a model's scores of rows that it was grown on
//! are no measure of others.

use serde::{Deserialize, Serialize};

use crate::data::frame::Feature;
use crate::data::matrix::{Matrix, is_missing};
use crate::model::score::Score;
use crate::statistics::bins;
use crate::statistics::effect_size;

/// More rows than any training data have; sums of so many do not overflow.
const MAX_ROWS: u64 = 1 << 40;

/// The counts of a training set.
///
/// ```
/// let json = r#"{"features":[{"values":[[0.0,3],[1.0,1]]}],"scores":[[5000,4]]}"#;
/// let training: andon::model::training_data::Training = serde_json::from_str(json)?;
/// assert_eq!(training.features()[0].bin(1.0), 3); // below, 0, between, 1, above
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// By feature, in the model's order.
    features: Vec<Bins>,
    /// Every score that occurs, ascending, with how many rows have it.
    scores: Vec<(Score, u64)>,
}

/// Rows of the training data by bin of one feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredBins", into = "StoredBins")]
pub struct Bins {
    stored: StoredBins,
    /// The start of each bin but the first, which holds all that lies below.
    starts: Vec<f64>,
    /// The rows of the training data in each bin.
    rows: Vec<u64>,
}

/// Bins as they are written down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum StoredBins {
    /// Every value that occurs, ascending, with how often.
    Values(Vec<(f64, u64)>),
    /// The rows below the first start; then the starts of the quantile bins, ascending, each with its rows.
    Quantiles(u64, Vec<(f64, u64)>),
}

/// Bins are not in order.
#[derive(Debug, thiserror::Error)]
#[error("the bins of a feature must be finite, ascending, and fewer than 2^16, with fewer than 2^40 rows each")]
pub(crate) struct NotBins;

impl TryFrom<StoredBins> for Bins {
    type Error = NotBins;

    fn try_from(stored: StoredBins) -> Result<Self, NotBins> {
        let (StoredBins::Values(pairs) | StoredBins::Quantiles(_, pairs)) = &stored;
        let ascend = pairs.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let below = if let StoredBins::Quantiles(below, _) = stored { below } else { 0 };
        if !ascend || below > MAX_ROWS || pairs.iter().any(|(start, rows)| !start.is_finite() || *rows > MAX_ROWS) {
            return Err(NotBins);
        }
        let (starts, rows): (Vec<f64>, Vec<u64>) = match &stored {
            // Between two values there is a bin for what the training data did not have.
            StoredBins::Values(pairs) => {
                let around = pairs.iter().flat_map(|(value, rows)| [(*value, *rows), (value.next_up(), 0)]);
                around.unzip()
            }
            StoredBins::Quantiles(_, pairs) => pairs.iter().copied().unzip(),
        };
        let rows: Vec<u64> = std::iter::once(below).chain(rows).collect();
        if u16::try_from(rows.len()).is_ok() { Ok(Self { stored, starts, rows }) } else { Err(NotBins) }
    }
}

impl From<Bins> for StoredBins {
    fn from(bins: Bins) -> Self {
        bins.stored
    }
}

impl Bins {
    /// The bins of a feature, from the values of the rows that others are compared with: these values themselves for a
    /// category, and for a number that has few of them, missing aside; else tenths. The gates and whoever watches what
    /// is served have them from here.
    pub(crate) fn from_values(feature: &Feature, values: &[f64]) -> Result<Self, NotBins> {
        let distinct = bins::distinct(values, &[]);
        let present = distinct.iter().filter(|value| !is_missing(**value)).count();
        let few = !feature.levels.is_empty() || present <= bins::MAX_LISTED_VALUES;
        let starts = if few { distinct } else { bins::tenths(values) };
        let table = effect_size::table(values, &[], &starts);
        let counts = table.iter().copied().step_by(2);
        let pairs = starts.into_iter().zip(counts.skip(1)).collect();
        if few { StoredBins::Values(pairs) } else { StoredBins::Quantiles(table[0], pairs) }.try_into()
    }

    /// The number of bins; fewer than 2^16.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// The lowest value of each bin but the first, which holds all that lies below; ascending.
    #[must_use]
    pub fn starts(&self) -> &[f64] {
        &self.starts
    }

    /// The bin of an encoded value.
    #[must_use]
    pub fn bin(&self, value: f64) -> usize {
        self.starts.partition_point(|start| *start <= value)
    }

    /// The population stability index of other rows, counted by bin; `None` without rows.
    #[must_use]
    pub fn stability(&self, counts: &[u64]) -> Option<f64> {
        effect_size::stability(&self.beside(counts))
    }

    /// The table of [`effect_size::table`]: training and other rows side by side.
    pub(crate) fn beside(&self, counts: &[u64]) -> Vec<u64> {
        self.rows.iter().zip(counts).flat_map(|(before, now)| [*before, *now]).collect()
    }

    /// The table of training rows beside other rows, from the values of the others.
    pub(crate) fn table(&self, values: &[f64]) -> Vec<u64> {
        let mut counts = vec![0; self.count()];
        values.iter().for_each(|value| counts[self.bin(*value)] += 1);
        self.beside(&counts)
    }

    /// True if rows are compared value by value, as categories are.
    pub(crate) fn is_by_value(&self) -> bool {
        matches!(self.stored, StoredBins::Values(_))
    }
}

impl Training {
    /// Counts encoded rows, and the scores out of fold of those that the model would answer.
    pub(crate) fn count(
        features: &[Feature],
        matrix: &Matrix,
        scores: impl Iterator<Item = Score>,
    ) -> Result<Self, NotBins> {
        let column = |place: usize| (0..matrix.len()).map(|row| matrix.row(row)[place]).collect::<Vec<_>>();
        let features = features.iter().enumerate().map(|(place, feature)| Bins::from_values(feature, &column(place)));
        let features = features.collect::<Result<_, _>>()?;
        Ok(Self { features, scores: counted(scores) })
    }

    /// True if these are counts of so many features and can be added up.
    pub(crate) fn fits(&self, features: usize) -> bool {
        let ascend = self.scores.windows(2).all(|pair| pair[0].0 < pair[1].0);
        self.features.len() == features && ascend && self.scores.iter().all(|(_, rows)| *rows <= MAX_ROWS)
    }

    /// Every score that occurs, in ascending order, with how many rows have it.
    pub(crate) fn scores(&self) -> &[(Score, u64)] {
        &self.scores
    }

    /// The bins of each feature, in the model's order.
    #[must_use]
    pub fn features(&self) -> &[Bins] {
        &self.features
    }
}

pub(crate) fn counted(scores: impl Iterator<Item = Score>) -> Vec<(Score, u64)> {
    let mut by_score = vec![0_u64; Score::STEPS];
    scores.for_each(|score| by_score[score.index()] += 1);
    let counted = by_score.into_iter().enumerate().filter(|(_, rows)| *rows > 0);
    counted.filter_map(|(place, rows)| Some((Score::try_from(u16::try_from(place).ok()?).ok()?, rows))).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::data::matrix::MISSING;

    pub(crate) fn matrix(columns: &[&[f64]]) -> Matrix {
        let mut matrix = Matrix::new(columns.len());
        for row in 0..columns[0].len() {
            matrix.push(&columns.iter().map(|column| column[row]).collect::<Vec<_>>());
        }
        matrix
    }

    /// Numbers of these names.
    pub(crate) fn numbers(names: &[&str]) -> Vec<Feature> {
        let number = |name: &&str| Feature {
            name: (*name).to_owned(),
            levels: Vec::new(),
            takes_unseen: false,
            may_be_missing: true,
        };
        names.iter().map(number).collect()
    }

    pub(crate) fn score(share: f64) -> Score {
        Score::nearest(share).unwrap()
    }

    #[test]
    fn the_index_by_hand() {
        let training =
            Training::count(&numbers(&["a"]), &matrix(&[&[0.0, 0.0, 0.0, 1.0]]), std::iter::empty()).unwrap();
        let bins = &training.features()[0];
        assert_eq!((bins.count(), bins.bin(0.0), bins.bin(0.5), bins.bin(1.0), bins.bin(2.0)), (5, 1, 2, 3, 4));
        // Shares with half a row more: 3.5/5 and 1.5/5 in training, 1.5/5 and 3.5/5 since.
        let expected = 2.0 * (0.7 - 0.3) * (0.7_f64 / 0.3).ln();
        let found = bins.stability(&[0, 1, 0, 3, 0]).unwrap();
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
        assert_eq!(bins.stability(&[0; 5]), None);
    }

    #[test]
    fn missing_values_have_a_bin_and_what_is_read_back_is_the_same() {
        let many: Vec<f64> = (0..40).map(|row| f64::from(row) / 7.0).chain([MISSING; 5]).collect();
        let few: Vec<f64> = (0..45).map(|row| if row < 9 { MISSING } else { f64::from(row % 2) / 3.0 }).collect();
        let training =
            Training::count(&numbers(&["many", "few"]), &matrix(&[&many, &few]), [score(0.5), score(0.5)].into_iter())
                .unwrap();
        for bins in training.features() {
            let mut counts = vec![0; bins.count()];
            counts[bins.bin(MISSING)] = 1;
            assert!(bins.stability(&counts).unwrap() > 0.1);
        }
        let text = serde_json::to_string(&training).unwrap();
        assert_eq!(serde_json::from_str::<Training>(&text).unwrap(), training, "{text}");
    }

    #[test]
    fn bins_out_of_order_are_refused() {
        for text in [r#"{"values":[[1.0,2],[0.0,3]]}"#, r#"{"quantiles":[0,[[1.0,2],[1.0,3]]]}"#, r#"{"values":[]} 1"#]
        {
            assert!(serde_json::from_str::<Bins>(text).is_err(), "{text}");
        }
        assert!(serde_json::from_str::<Bins>(r#"{"values":[[1.0,18446744073709551615]]}"#).is_err());
        let many: Vec<String> = (0..40_000).map(|value| format!("[{value}.0,1]")).collect();
        assert!(serde_json::from_str::<Bins>(&format!(r#"{{"values":[{}]}}"#, many.join(","))).is_err());
    }
}
