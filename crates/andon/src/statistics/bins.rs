//! Bins of a number: the values at which each begins.

use crate::data::matrix::{MISSING, is_missing};

/// Bins of a number for the population stability index; about equally many rows of the reference each.
pub(crate) const MAX_QUANTILE_BINS: usize = 10;

/// Most different values of a feature that is compared value by value, as categories are.
pub(crate) const MAX_LISTED_VALUES: usize = 20;

/// The starts of the bins of some values, but the first: cut at the quantiles, so that equal values share a bin.
pub(crate) fn quantile_starts(mut values: Vec<f64>, bins: usize) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let cut = |bin: usize| values.get(bin * values.len() / bins).copied();
    let mut starts: Vec<f64> =
        (1..bins).filter_map(cut).filter(|start| values.first().is_some_and(|v| v < start)).collect();
    starts.dedup_by(|a, b| a <= b);
    starts
}

/// Every value of either set in ascending order.
#[must_use]
pub(crate) fn distinct(reference: &[f64], current: &[f64]) -> Vec<f64> {
    let mut values = [reference, current].concat();
    values.sort_unstable_by(f64::total_cmp);
    values.dedup_by(|a, b| a <= b);
    values
}

/// The starts of the [`MAX_QUANTILE_BINS`] quantile bins of the reference; missing values are one more bin below them.
#[must_use]
pub(crate) fn tenths(reference: &[f64]) -> Vec<f64> {
    let present: Vec<f64> = reference.iter().copied().filter(|value| !is_missing(*value)).collect();
    std::iter::once(MISSING / 2.0).chain(quantile_starts(present, MAX_QUANTILE_BINS)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_quantiles_and_equal_values_share_one() {
        assert_eq!(quantile_starts(vec![4.0, 1.0, 3.0, 2.0], 4), [2.0, 3.0, 4.0]);
        assert_eq!(quantile_starts(vec![1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 3.0], 4), [2.0]);
        assert!(quantile_starts(vec![5.0; 9], 4).is_empty() && quantile_starts(Vec::new(), 4).is_empty());
    }
}
