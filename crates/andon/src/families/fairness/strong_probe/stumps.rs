//! Boosted stumps: splits of one variable each, added up so that the log-odds come to fit the labels (Friedman 2001,
//! with the leaf values of Chen and Guestrin 2016).

use crate::data::matrix::Matrix;
use crate::statistics::bins::quantile_starts;
use crate::statistics::logistic::logistic;

/// The number of stumps.
const ROUNDS: usize = 50;

/// The share of its leaf value that each stump adds.
const RATE: f64 = 0.1;

/// Bins of a variable, about equally many rows in each.
const BINS: usize = 32;

/// Fewest rows on either side of a split.
const MIN_ROWS: u64 = 10;

/// Added to the information of a leaf, so that few rows say little.
const SHRINKAGE: f64 = 1.0;

/// A split of one variable, and what it adds to the log-odds on either side.
#[derive(Debug, Clone, Copy)]
struct Stump {
    column: usize,
    start: f64,
    below: f64,
    from_start: f64,
}

/// A sum of stumps.
#[derive(Debug, Clone)]
pub(crate) struct Stumps(Vec<Stump>);

/// Sums over some rows: of the errors, and of the information.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    error: f64,
    information: f64,
}

impl Sums {
    fn plus(self, other: Self) -> Self {
        Self { error: self.error + other.error, information: self.information + other.information }
    }

    fn minus(self, other: Self) -> Self {
        Self { error: self.error - other.error, information: self.information - other.information }
    }

    fn value(self) -> f64 {
        self.error / (self.information + SHRINKAGE)
    }

    fn gain(self) -> f64 {
        self.error * self.value()
    }
}

/// One variable in bins.
pub(crate) struct Binned {
    starts: Vec<f64>,
    bin_of: Vec<u8>,
    /// The number of rows in each bin.
    rows: Vec<u64>,
}

impl Binned {
    pub(crate) fn new(x: &Matrix, column: usize) -> Self {
        let values: Vec<f64> = (0..x.len()).map(|row| x.row(row)[column]).collect();
        let starts = quantile_starts(values.clone(), BINS);
        let bin_of = values.iter().map(|value| starts.partition_point(|start| start <= value) as u8);
        let bin_of: Vec<u8> = bin_of.collect();
        let mut rows = vec![0; starts.len() + 1];
        bin_of.iter().for_each(|bin| rows[usize::from(*bin)] += 1);
        Self { starts, bin_of, rows }
    }

    /// The best split with its gain over none; none if no side can have enough rows.
    fn best(&self, column: usize, of_rows: &[Sums]) -> Option<(f64, Stump)> {
        let mut bins = vec![Sums::default(); self.starts.len() + 1];
        for (bin, sums) in self.bin_of.iter().zip(of_rows) {
            let bin = &mut bins[usize::from(*bin)];
            *bin = bin.plus(*sums);
        }
        let all = bins.iter().copied().fold(Sums::default(), Sums::plus);
        let mut below = Sums::default();
        let mut rows_below = 0;
        let mut best: Option<(f64, Stump)> = None;
        for ((bin, rows), start) in bins.iter().zip(&self.rows).zip(&self.starts) {
            below = below.plus(*bin);
            rows_below += rows;
            let above = all.minus(below);
            let gain = below.gain() + above.gain() - all.gain();
            let is_enough = rows_below >= MIN_ROWS && of_rows.len() as u64 - rows_below >= MIN_ROWS;
            if is_enough && best.as_ref().is_none_or(|(least, _)| gain > *least) {
                let [below, from_start] = [below, above].map(|side| RATE * side.value());
                best = Some((gain, Stump { column, start: *start, below, from_start }));
            }
        }
        best
    }
}

impl Stumps {
    /// Boosts from these log-odds, on rows whose columns are also there in bins. The first of equally good splits is
    /// taken, so the same rows give the same stumps.
    pub(crate) fn fit(x: &Matrix, binned: &[Binned], labels: &[bool], mut log_odds: Vec<f64>) -> Self {
        let mut stumps = Self(Vec::new());
        for _ in 0..ROUNDS {
            let sums = |(log_odds, label): (&f64, &bool)| {
                let probability = logistic(*log_odds);
                let error = f64::from(u8::from(*label)) - probability;
                Sums { error, information: probability * (1.0 - probability) }
            };
            let of_rows: Vec<Sums> = log_odds.iter().zip(labels).map(sums).collect();
            let splits = binned.iter().enumerate().filter_map(|(column, binned)| binned.best(column, &of_rows));
            let best = splits.reduce(|best, other| if other.0 > best.0 { other } else { best });
            let Some((_, stump)) = best else { break };
            log_odds.iter_mut().enumerate().for_each(|(row, log_odds)| *log_odds += stump.apply(x.row(row)));
            stumps.0.push(stump);
        }
        stumps
    }

    /// The amount that the stumps add to the log-odds of a row.
    pub(crate) fn apply(&self, row: &[f64]) -> f64 {
        self.0.iter().map(|stump| stump.apply(row)).sum()
    }
}

impl Stump {
    fn apply(&self, row: &[f64]) -> f64 {
        if row[self.column] < self.start { self.below } else { self.from_start }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stumps(values: impl Iterator<Item = f64> + Clone, is_yes: impl Fn(f64) -> bool) -> Stumps {
        let mut x = Matrix::new(2);
        values.clone().for_each(|value| x.push(&[1.0, value]));
        let labels: Vec<bool> = values.map(is_yes).collect();
        let binned: Vec<Binned> = (0..2).map(|column| Binned::new(&x, column)).collect();
        Stumps::fit(&x, &binned, &labels, vec![0.0; labels.len()])
    }

    #[test]
    fn the_first_stump_by_hand() {
        let fitted = stumps((0..40).map(f64::from), |value| value >= 20.0);
        let Stump { column, start, below, from_start } = fitted.0[0];
        assert_eq!((column, start.to_bits()), (1, 20.0_f64.to_bits()));
        // Twenty errors of one half over an information of 20 / 4, and the shrinkage.
        assert!((from_start - 0.1 * 10.0 / 6.0).abs() < 1e-12 && (below + from_start).abs() < 1e-12);
        assert_eq!(fitted.0.len(), ROUNDS);
        assert!(fitted.apply(&[1.0, 30.0]) > 1.0 && fitted.apply(&[1.0, 3.0]) < -1.0);
    }

    #[test]
    fn a_bend_is_found_that_no_line_shows() {
        let fitted = stumps((0..90).map(f64::from), |value| (30.0..60.0).contains(&value));
        let [low, middle, high] = [10.0, 45.0, 80.0].map(|value| fitted.apply(&[1.0, value]));
        assert!(middle > low + 1.0 && middle > high + 1.0, "{low} {middle} {high}");
    }

    #[test]
    fn too_few_rows_have_no_split() {
        assert!(stumps((0..19).map(f64::from), |value| value > 9.0).0.is_empty());
        assert!(stumps(std::iter::repeat_n(3.0, 50), |value| value > 9.0).0.is_empty());
    }
}
