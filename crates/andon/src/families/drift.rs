//! The family `drift`: two sets of rows compared feature by feature, label by label, score by score.
//!
//! The verdict rests on effect sizes. With enough rows every difference is significant; what matters is how large it
//! is, and the interval says how well that is known.

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};
use andon_evidence::policy::Drift;

use crate::data::contract::Record;
use crate::data::dataset::Dataset;
use crate::data::frame::{Feature, Frame};
use crate::data::matrix::{Matrix, is_missing};
use crate::measure::sample::{MAX_NAMED_PARTS, Measured};
use crate::model::score::Score;
use crate::model::training_data::{Bins, NotBins};
use crate::release::{Judged, Release};
use crate::statistics::bins;
use crate::statistics::effect_size;
use crate::statistics::estimate::Estimate;
use crate::statistics::paired_shares::distance;
use crate::statistics::two_shares::Rate;
use crate::threads::default_threads;

/// Rows of one time or place.
#[derive(Debug, Clone)]
pub struct RowSet {
    /// The encoded features.
    pub matrix: Matrix,
    /// The labels.
    pub labels: Vec<bool>,
    /// The scores, none of them by a model that saw the row.
    pub scores: Vec<Score>,
}

/// Two sets of rows to compare.
#[derive(Debug, Clone)]
pub struct DriftComparison {
    /// The encodings of the columns as numbers.
    pub features: Vec<Feature>,
    /// The rows to compare with.
    pub reference: RowSet,
    /// The rows that may have moved.
    pub current: RowSet,
    /// Bootstrap draws per interval.
    pub draws: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
}

impl DriftComparison {
    /// The two sets that the policy's `[drift]` names: a reference file against the data, or the first share of the
    /// data file against the rest of it.
    ///
    /// # Errors
    /// Not measured when the policy names none, or does not say what the order of the rows means, the file breaks the
    /// contract, or one set has no rows.
    pub fn of_policy<R: Record>(release: &Release<R>, judged: &Judged<R>) -> Result<Self, NotMeasured> {
        let frame = &judged.frame;
        let scores = &judged.candidate.scores;
        let all = RowSet { matrix: frame.matrix.clone(), labels: frame.labels.clone(), scores: scores.clone() };
        let (reference, current) = match &release.policy().drift {
            None => return Err(NotMeasured("the policy has no [drift] reference or first_share".to_owned())),
            Some(Drift::Reference(file)) => (read(release, judged, file)?, all),
            Some(Drift::FirstShare(_)) if release.policy().data.order.is_none() => {
                let problem = "[data] has no `order`, so nobody knows what sets the first rows of the file apart from the \
                               rest; say there what the order of the rows means, or name a [drift] reference";
                return Err(NotMeasured(problem.to_owned()));
            }
            Some(Drift::FirstShare(share)) => {
                let cut = (share * frame.labels.len() as f64) as usize;
                (all.slice(0..cut), all.slice(cut..frame.labels.len()))
            }
        };
        let draws = judged.sample.draws;
        let seed = judged.sample.seed;
        let moved = Self { features: frame.features.clone(), reference, current, draws, seed };
        match moved.rows() {
            (0, _) | (_, 0) => Err(NotMeasured("there are no rows to compare with".to_owned())),
            _ => Ok(moved),
        }
    }

    fn rows(&self) -> (usize, usize) {
        (self.reference.labels.len(), self.current.labels.len())
    }

    /// The bins of a feature, from the reference.
    fn bins(&self, place: usize) -> Result<Bins, NotMeasured> {
        let named = |error: NotBins| NotMeasured(format!("{}: {error}", self.features[place].name));
        Bins::from_values(&self.features[place], &self.reference.column(place)).map_err(named)
    }

    /// A statistic of both sets by bin.
    fn by_bin(&self, place: usize, statistic: fn(&[u64]) -> Option<f64>) -> Result<Estimate, NotMeasured> {
        self.resampled(&self.bins(place)?.table(&self.current.column(place)), statistic)
    }

    fn n(&self) -> u64 {
        (self.reference.labels.len() + self.current.labels.len()) as u64
    }

    fn resampled(
        &self,
        table: &[u64],
        statistic: impl Fn(&[u64]) -> Option<f64> + Sync,
    ) -> Result<Estimate, NotMeasured> {
        effect_size::resampled(table, self.draws, self.seed, statistic)
    }

    fn worst(&self, effects: impl Iterator<Item = (usize, Result<Estimate, NotMeasured>)>) -> Measured {
        let named = effects.map(|(place, effect)| (self.features[place].name.as_str(), effect));
        worst(self.n(), named, Unit::Score)
    }

    /// The features that are compared value by value, or those that are not, by place. The reference decides
    /// the kind of a feature; a feature that cannot be binned is compared in any case, and then not measured.
    fn places(&self, by_value: bool) -> impl Iterator<Item = usize> + '_ {
        (0..self.features.len())
            .filter(move |place| self.bins(*place).map_or(true, |bins| bins.is_by_value() == by_value))
    }
}

impl RowSet {
    fn slice(&self, rows: std::ops::Range<usize>) -> Self {
        let places: Vec<usize> = rows.clone().collect();
        let labels = self.labels[rows.clone()].to_vec();
        Self { matrix: self.matrix.select(&places), labels, scores: self.scores[rows].to_vec() }
    }

    fn column(&self, place: usize) -> Vec<f64> {
        (0..self.matrix.len()).map(|row| self.matrix.row(row)[place]).collect()
    }

    fn present(&self, place: usize) -> Vec<f64> {
        self.column(place).into_iter().filter(|value| !is_missing(*value)).collect()
    }
}

fn read<R: Record>(release: &Release<R>, judged: &Judged<R>, file: &std::path::Path) -> Result<RowSet, NotMeasured> {
    let failed = |error: &dyn std::fmt::Display| NotMeasured(error.to_string());
    let path = release.root().join(file);
    let dataset = Dataset::read(release.contract(), &path, default_threads()).map_err(|error| failed(&error))?;
    if release.fingerprint().input(file) != Some(dataset.sha256.as_str()) {
        return Err(NotMeasured(format!("{} changed while the gates ran", file.display())));
    }
    let frame = Frame::new(release.policy(), release.contract(), &dataset.rows).map_err(|error| failed(&error))?;
    let outside = release.outside_scores((&dataset, &frame), &path).map_err(|error| failed(&error))?;
    let scores = outside.map_or_else(|| judged.score_all(&frame.matrix), Ok)?;
    let Frame { matrix, labels, .. } = frame;
    Ok(RowSet { matrix, labels, scores })
}

/// The population stability index of the feature that moved most: over bins, the sum of (current - reference) x
/// ln(current / reference), with shares of rows, the bins being tenths of the reference or its values themselves where
/// they are few, what lies between these in a bin each, missing values apart, half a row added to every count (Siddiqi
/// 2006, "Credit Risk Scorecards"; it is Jeffreys' divergence). Customary: below 0.1 nothing moved, above 0.25 much
/// did. Interval by bootstrap; its upper end is the highest of any feature's. The parts are the features that moved
/// most.
///
/// # Errors
/// Not measured when one set has no rows.
pub fn population_stability(moved: &DriftComparison) -> Measured {
    moved.worst((0..moved.features.len()).map(|place| (place, moved.by_bin(place, effect_size::stability))))
}

/// The Kolmogorov-Smirnov distance of the number that moved most: the largest difference, at any value, between the
/// shares of rows up to that value (Smirnov 1939). Interval free of any distribution: the bands of Dvoretzky, Kiefer
/// and Wolfowitz with Massart's constant (1990), one half of the error for each set. The parts are the numbers that
/// moved most.
///
/// # Errors
/// Not measured when every feature is a category or a number of at most 20 values in the reference, or one is missing
/// throughout a set.
pub fn kolmogorov_smirnov(moved: &DriftComparison) -> Measured {
    let effect = |place: usize| {
        let reference = moved.reference.present(place);
        let current = moved.current.present(place);
        let absent = || NotMeasured(format!("{} is missing throughout", moved.features[place].name));
        let value = effect_size::ks_distance(reference.clone(), current.clone()).ok_or_else(absent)?;
        let half = effect_size::band(reference.len()) + effect_size::band(current.len());
        Ok(Estimate { value, low: (value - half).max(0.0), high: (value + half).min(1.0) })
    };
    moved.worst(moved.places(false).map(|place| (place, effect(place))))
}

/// Cramer's V of the category that moved most: the square root of chi-square over the rows, of the table of values by
/// set (Cramer 1946, section 21.9); 0 is no difference, 1 is no value in common. Missing is a value, and values that
/// the reference does not have are one between each two that it has. Interval by bootstrap; its upper end is the
/// highest of any feature's. The parts are the categories that moved most.
///
/// # Errors
/// Not measured when no feature is a category, and every number has more than 20 values in the reference.
pub fn cramers_v(moved: &DriftComparison) -> Measured {
    moved.worst(moved.places(true).map(|place| (place, moved.by_bin(place, effect_size::cramers_v))))
}

/// The distance between the shares of positive labels; interval by [`distance`]. The parts are the two shares.
///
/// # Errors
/// Not measured when one set has no rows.
pub fn label(moved: &DriftComparison) -> Measured {
    let rate = |side: &RowSet| {
        let hits = side.labels.iter().filter(|label| **label).count() as u64;
        let n = side.labels.len() as u64;
        if n == 0 { Err(NotMeasured("one set of rows is empty".to_owned())) } else { Ok(Rate { hits, n }) }
    };
    let reference = rate(&moved.reference)?;
    let current = rate(&moved.current)?;
    let apart = distance(reference, current);
    let part = |name: &str, rate: Rate| Part { name: name.to_owned(), value: rate.share(), n: rate.n };
    let parts = vec![part("reference", reference), part("current", current)];
    Ok(Measurement::with_interval(apart.value, apart.interval(), Unit::Probability, moved.n())?.with_parts(parts))
}

/// The average distance by which the model's scores moved, in probability: their Wasserstein distance. Interval by
/// bootstrap. The parts are the mean scores of the two sets.
///
/// The data are scored out of fold, by several models, and a reference file by the model that ships: the scores of
/// these differ a little on every row, which bin by bin would pass for drift and by distance does not.
///
/// # Errors
/// Not measured when one set has no rows.
pub fn prediction(moved: &DriftComparison) -> Measured {
    let shares = |side: &RowSet| side.scores.iter().map(|score| score.share()).collect::<Vec<f64>>();
    let reference = shares(&moved.reference);
    let current = shares(&moved.current);
    let values = bins::distinct(&reference, &current);
    let table = effect_size::table(&reference, &current, &values);
    let Estimate { value, low, high } = moved.resampled(&table, |table| effect_size::wasserstein(table, &values))?;
    let part = |name: &str, scores: &[f64]| Part {
        name: name.to_owned(),
        value: scores.iter().sum::<f64>() / scores.len() as f64,
        n: scores.len() as u64,
    };
    let parts = vec![part("mean score, reference", &reference), part("mean score, current", &current)];
    Ok(Measurement::with_interval(value, (low, high), Unit::Probability, moved.n())?.with_parts(parts))
}

/// The feature that moved most, with the highest upper end of all.
pub(crate) fn worst<'a>(
    n: u64,
    effects: impl Iterator<Item = (&'a str, Result<Estimate, NotMeasured>)>,
    unit: Unit,
) -> Measured {
    let known = |(name, effect): (&'a str, Result<Estimate, NotMeasured>)| Ok((name, effect?));
    let mut effects = effects.map(known).collect::<Result<Vec<_>, NotMeasured>>()?;
    effects.sort_by(|a, b| b.1.value.total_cmp(&a.1.value));
    let Some((_, Estimate { value, low, .. })) = effects.first().copied() else {
        return Err(NotMeasured("no feature is of the kind that this compares".to_owned()));
    };
    let high = effects.iter().map(|(_, effect)| effect.high).fold(value, f64::max);
    let part = |(name, effect): &(&str, Estimate)| Part { name: (*name).to_owned(), value: effect.value, n };
    let parts = effects.iter().take(MAX_NAMED_PARTS).map(part).collect();
    Ok(Measurement::with_interval(value, (low, high), unit, n)?.with_parts(parts))
}
