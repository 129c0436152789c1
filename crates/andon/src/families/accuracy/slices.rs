//! The weakest slice of the rows: a search over slices of one and two features, corrected for the number of slices.

use andon_evidence::judge::normal::quantile;
use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};

use crate::data::contract::Record;
use crate::data::frame::Feature;
use crate::data::matrix::{Matrix, is_missing};
use crate::measure::sample::Measured;
use crate::release::Judged;
use crate::statistics::bins::quantile_starts;
use crate::statistics::share::wilson_at;

/// SliceBins of a feature, at most; about equally many rows each.
pub(crate) const MAX_SLICE_BINS: usize = 4;

/// Most different values of a number that are taken one by one, so that a rare flag is a slice.
const MAX_LISTED_VALUES: usize = 8;

/// Most slices that a measurement names.
const MAX_NAMED_SLICES: usize = 5;

/// One slice: rows that share the bin of one feature, or the bins of two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// Its conditions, in words.
    pub name: String,
    /// Rows in it.
    pub rows: u64,
    /// Rows of it that are answered right.
    pub right: u64,
}

impl Slice {
    /// By how much its accuracy is below `overall`, beyond what chance explains: `overall` minus the upper end of a
    /// one-sided Wilson interval whose error is 2.5 % over all `tried` slices together (Bonferroni), and not below 0.
    ///
    /// ```
    /// use andon::families::accuracy::slices::Slice;
    /// let slice = Slice { name: "a".to_owned(), rows: 100, right: 60 };
    /// assert!((slice.shortfall(0.9, 1) - (0.9 - 0.6906)).abs() < 1e-4);
    /// assert!(slice.shortfall(0.9, 1_000) < slice.shortfall(0.9, 1));
    /// assert_eq!(slice.shortfall(0.65, 1), 0.0);
    /// ```
    #[must_use]
    pub fn shortfall(&self, overall: f64, tried: usize) -> f64 {
        (overall - self.interval(tried).1).max(0.0)
    }

    /// The interval of the slice's accuracy that holds for all slices tried at once (Bonferroni over Wilson's).
    fn interval(&self, tried: usize) -> (f64, f64) {
        let z = quantile(1.0 - 0.025 / tried.max(1) as f64);
        wilson_at(self.right as f64, self.rows as f64, z)
    }

    fn accuracy(&self) -> f64 {
        self.right as f64 / self.rows as f64
    }
}

/// The shortfall of right answers, against all rows, in the weakest slice of one or two features with enough
/// rows. The weakest is the one that falls short by most beyond chance, and the parts are the slices next to it, with
/// their accuracies.
///
/// The interval holds for all slices tried at once, so that it is wide; a policy that searches has to decide on the
/// point, or ask for many more rows. A slice that chance alone would bring about does not count: 0 says that the search
/// found none, which with few rows it may not.
///
/// # Errors
/// Not measured when no slice has the policy's fewest rows.
pub fn weak_slice<R: Record>(judged: &Judged<R>) -> Measured {
    let right = |(score, label): (&crate::model::score::Score, &bool)| (*score >= judged.sample.threshold) == *label;
    let right: Vec<bool> = judged.candidate.scores.iter().zip(&judged.frame.labels).map(right).collect();
    worst(&judged.frame.features, &judged.frame.matrix, &right, judged.sample.minimum_group_rows)
}

fn worst(features: &[Feature], matrix: &Matrix, right: &[bool], fewest: u64) -> Measured {
    let slices = search(features, matrix, right, fewest);
    let overall = right.iter().filter(|right| **right).count() as f64 / right.len() as f64;
    let shortfall = |slice: &Slice| slice.shortfall(overall, slices.len());
    let mut order: Vec<&Slice> = slices.iter().collect();
    order.sort_by(|a, b| {
        let worse = shortfall(b).total_cmp(&shortfall(a));
        worse.then(a.accuracy().total_cmp(&b.accuracy())).then(a.name.cmp(&b.name))
    });
    let Some(first) = order.first() else {
        return Err(NotMeasured(format!("no slice has the {fewest} rows that the policy judges from")));
    };
    let part = |slice: &&Slice| Part { name: slice.name.clone(), value: slice.accuracy(), n: slice.rows };
    let parts = order.iter().take(MAX_NAMED_SLICES).map(part).collect();
    let n = right.len() as u64;
    if shortfall(first) <= 0.0 {
        return Ok(Measurement::exact(0.0, Unit::Probability, n)?.with_parts(parts));
    }
    let (low, high) = first.interval(slices.len());
    let interval = (overall - high, overall - low);
    Ok(Measurement::with_interval(overall - first.accuracy(), interval, Unit::Probability, n)?.with_parts(parts))
}

/// Every slice of one and of two features that has at least `fewest` rows (and one) and is not the whole.
#[must_use]
pub(crate) fn search(features: &[Feature], matrix: &Matrix, right: &[bool], fewest: u64) -> Vec<Slice> {
    let columns = features.iter().enumerate().map(|(place, feature)| SliceBins::cut(feature, matrix, place));
    let columns: Vec<SliceBins> = columns.filter(SliceBins::is_cut).collect();
    let whole = SliceBins { names: vec![String::new()], of: vec![0; matrix.len()] };
    let mut slices = Vec::new();
    for (place, first) in columns.iter().enumerate() {
        for second in std::iter::once(&whole).chain(&columns[..place]) {
            slices.extend(crossed(first, second, right));
        }
    }
    slices.retain(|slice| slice.rows >= fewest.max(1) && slice.rows < right.len() as u64);
    slices
}

fn crossed(first: &SliceBins, second: &SliceBins, right: &[bool]) -> Vec<Slice> {
    let width = second.names.len();
    let mut counts = vec![(0_u64, 0_u64); first.names.len() * width];
    for (row, right) in right.iter().enumerate() {
        let count = &mut counts[first.of[row] * width + second.of[row]];
        count.0 += 1;
        count.1 += u64::from(*right);
    }
    let name = |cell: usize| match (&first.names[cell / width], &second.names[cell % width]) {
        (first, second) if second.is_empty() => first.clone(),
        (first, second) => format!("{second} and {first}"),
    };
    let slice = |(cell, (rows, right)): (usize, (u64, u64))| Slice { name: name(cell), rows, right };
    counts.into_iter().enumerate().map(slice).collect()
}

/// A feature cut into bins.
struct SliceBins {
    names: Vec<String>,
    of: Vec<usize>,
}

impl SliceBins {
    /// A category's levels, the values of a number where they are few, else its quantile bins; missing values are a
    /// bin of their own.
    fn cut(feature: &Feature, matrix: &Matrix, place: usize) -> Self {
        let values: Vec<f64> = (0..matrix.len()).map(|row| matrix.row(row)[place]).collect();
        let present: Vec<f64> = values.iter().copied().filter(|value| !is_missing(*value)).collect();
        let mut different = present.clone();
        different.sort_unstable_by(f64::total_cmp);
        different.dedup_by(|a, b| a <= b);
        let few = different.len() <= MAX_LISTED_VALUES || !feature.levels.is_empty();
        let edges = if few {
            different.get(1..).unwrap_or_default().to_vec()
        } else {
            quantile_starts(present, MAX_SLICE_BINS)
        };
        let bin = |value: &f64| match is_missing(*value) {
            true => edges.len() + 1,
            false => edges.partition_point(|edge| edge <= value),
        };
        let name = |bin: usize| match different.get(bin).filter(|_| few) {
            Some(value) => format!("{} = {}", feature.name, level(feature, *value)),
            None => between(&feature.name, &edges, bin),
        };
        Self { names: (0..edges.len() + 2).map(name).collect(), of: values.iter().map(bin).collect() }
    }

    fn is_cut(&self) -> bool {
        self.of.iter().any(|bin| *bin != self.of[0])
    }
}

/// A value by its category's name, or as the number it is.
fn level(feature: &Feature, value: f64) -> String {
    feature.levels.get(value as usize).cloned().unwrap_or_else(|| value.to_string())
}

fn between(name: &str, edges: &[f64], bin: usize) -> String {
    match (bin.checked_sub(1).and_then(|before| edges.get(before)), edges.get(bin)) {
        _ if bin > edges.len() => format!("{name} missing"),
        (Some(start), Some(end)) => format!("{start} <= {name} < {end}"),
        (None, Some(end)) => format!("{name} < {end}"),
        (Some(start), None) => format!("{name} >= {start}"),
        (None, None) => format!("{name} present"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::contract::rows::frame;

    #[test]
    fn a_rare_flag_a_missing_value_and_a_category_are_bins_and_a_constant_is_none() {
        let missing = crate::data::matrix::MISSING;
        let flag: Vec<f64> = (0..40).map(|row| f64::from(u8::from(row == 7))).collect();
        let number: Vec<f64> = (0..40).map(|row| if row < 10 { missing } else { f64::from(row) }).collect();
        let mut frame =
            frame(&[("flag", &flag), ("number", &number), ("same", &[3.0; 40]), ("kind", &flag)], &[true; 40]);
        frame.features[3].levels = vec!["brass".to_owned(), "steel".to_owned()];
        let slices = search(&frame.features, &frame.matrix, &[true; 40], 1);
        let rows = |name: &str| slices.iter().find(|slice| slice.name == name).map(|slice| slice.rows);
        assert_eq!((rows("flag = 1"), rows("number missing"), rows("kind = steel")), (Some(1), Some(10), Some(1)));
        assert_eq!((rows("number < 17"), rows("flag = 1 and number missing")), (Some(7), Some(1)));
        assert!(slices.iter().all(|slice| !slice.name.contains("same")));
    }

    /// 800 rows over two flags and a number; everything is right but where both flags are set.
    fn corner(wrong_one_in: usize) -> (crate::data::frame::Frame, Vec<bool>) {
        let flag = |of: usize| (0..800).map(|row| f64::from(u8::from(row / of % 2 == 1))).collect::<Vec<f64>>();
        let number: Vec<f64> = (0..800).map(|row| f64::from(row * 37 % 800)).collect();
        let right = (0..800).map(|row| row % 4 != 3 || row / 4 % wrong_one_in != 0).collect();
        (frame(&[("a", &flag(1)), ("b", &flag(2)), ("c", &number)], &[true; 800]), right)
    }

    #[test]
    fn the_planted_corner_is_found_with_both_conditions() {
        let (frame, right) = corner(2);
        let measured = worst(&frame.features, &frame.matrix, &right, 50).unwrap();
        assert_eq!((measured.parts()[0].name.as_str(), measured.parts()[0].n), ("a = 1 and b = 1", 200));
        assert!((measured.parts()[0].value - 0.5).abs() < 1e-12);
        // 8 slices of one feature, 4 + 8 + 8 of two.
        let slice = Slice { name: String::new(), rows: 200, right: 100 };
        assert!((measured.interval().0 - slice.shortfall(0.875, 28)).abs() < 1e-12, "{measured}");
    }

    /// The error is 2.5 % over all slices together; without the correction most of these runs would find a slice.
    #[test]
    fn chance_is_no_weakness() {
        let (frame, _) = corner(2);
        let mut state = 7_u64;
        let mut one_in_eight = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 61 == 0
        };
        let mut found = |tried: Option<usize>| {
            let right: Vec<bool> = (0..800).map(|_| !one_in_eight()).collect();
            let slices = search(&frame.features, &frame.matrix, &right, 50);
            slices.iter().any(|slice| slice.shortfall(0.875, tried.unwrap_or(slices.len())) > 0.0)
        };
        let mut runs = |tried| (0..200).filter(|_| found(tried)).count();
        let corrected = runs(None);
        let naive = runs(Some(1));
        assert!(corrected <= 10 && naive >= 50, "{corrected} and {naive} of 200");
    }

    #[test]
    fn no_slice_is_not_measured() {
        let (frame, right) = corner(2);
        assert!(worst(&frame.features, &frame.matrix, &right, 801).is_err());
        assert!(worst(&[], &frame.matrix, &right, 50).is_err());
    }
}
