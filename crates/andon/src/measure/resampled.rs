//! A statistic of scores and labels with its bootstrap interval: the way of all that has no interval in closed form.

use andon_evidence::judge::{Measurement, NotMeasured, Unit};

use crate::measure::sample::{Measured, Sample};
use crate::measure::table::{LabelledScore, Table, coarse};
use crate::statistics::bootstrap::{bca, percentile, without_bias};
use crate::statistics::estimate::Estimate;

/// The kind of bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IntervalMethod {
    /// The plain shares of the draws.
    Percentile,
    /// Corrected for bias and skewness.
    Bca,
    /// The shares of the draws, less the bias of a greatest value.
    WithoutBias,
}

/// A statistic with its name, for the message when it is not defined.
pub(crate) struct TableStatistic<F> {
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
    pub(crate) method: IntervalMethod,
    pub(crate) compute: F,
}

impl<F: Fn(&[LabelledScore], &[u64]) -> Option<f64> + Sync> TableStatistic<F> {
    /// The statistic of all rows; its interval on the coarse scores of [`coarse`], moved by their effect on it.
    pub(crate) fn measure(&self, sample: &Sample) -> Measured {
        let (estimate, n) = self.measure_table(sample, &sample.tally.table())?;
        Measurement::with_interval(estimate.value, estimate.interval(), self.unit, n)
    }

    /// The statistic of some of the rows, as [`TableStatistic::measure`] takes it of all, and the number of these rows.
    pub(crate) fn measure_table(&self, sample: &Sample, table: &Table) -> Result<(Estimate, u64), NotMeasured> {
        let (entries, counts) = table.entries();
        let undefined = || NotMeasured(format!("{} is undefined: one label is absent", self.name));
        let value = (self.compute)(&entries, &counts).ok_or_else(undefined)?;
        let n = counts.iter().sum();
        if sample.draws == 0 {
            return Ok((Estimate { value, low: value, high: value }, n));
        }
        let (entries_, counts_) = coarse(&entries, &counts);
        let moved = value - (self.compute)(&entries_, &counts_).ok_or_else(undefined)?;
        let compute = |counts: &[u64]| (self.compute)(&entries_, counts);
        let (low, high) = match self.method {
            IntervalMethod::Percentile => percentile(&counts_, sample.draws, sample.seed, compute),
            IntervalMethod::Bca => bca(&counts_, sample.draws, sample.seed, compute),
            IntervalMethod::WithoutBias => without_bias(&counts_, sample.draws, sample.seed, compute),
        }?;
        // A statistic that every resample overstates, as a calibration error, can lie below its own interval.
        let estimate = Estimate { value, low: (low + moved).min(value), high: (high + moved).max(value) };
        Ok((estimate, n))
    }
}
