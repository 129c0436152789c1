//! The spread of a statistic over models that could as well have been trained, and intervals that hold it.
//!
//! Out-of-fold scores come from the models of one split; the model that ships is trained once more, on all rows. An
//! interval from the rows alone (Wilson, DeLong, a bootstrap of the tally) holds the luck of the rows. It does not hold
//! that of the split, of the seed and of the calibrator, so that it covers the value of the shipped model less often
//! than it says (Nadeau and Bengio 2003; Bates, Hastie and Tibshirani 2021).
//!
//! The candidate is therefore cross-validated several times, with other folds and other seeds, and the statistic is
//! taken of each [repeat](crate::model::repeats). Let `s^2` be the variance of these values. Part of it comes from rows
//! that change sides one by one, each for itself; the interval from the rows holds that already, as it holds all that
//! differs from row to row. Mixtures of the repeats, each row from a repeat of its own, differ in this part alone: let
//! `f^2` be the variance of the statistic over them. What is left, `s^2 - f^2`, is what all rows of a training have in
//! common. With `SE` the standard error to one side of the interval from the rows, that side becomes
//!
//! ```text
//! t * sqrt(SE^2 + 3 (s^2 - f^2))
//! ```
//!
//! Two lucks lie between what was measured and what ships: once that of the judged cross-validation, and that of the
//! shipped training, which is greater, because a cross-validation is the mean of several trainings. `t` is the point of
//! Student's distribution whose degrees of freedom are those of the sum (Satterthwaite 1946), so that few repeats are
//! not believed more than they know. The point itself does not move.
//!
//! The factor 3 is no theorem, and was chosen by simulation. `examples/shipped` draws whole releases from three
//! populations, trains them, and compares each interval with what the shipped model does to 100,000 people more.

use andon_evidence::judge::normal::Z_95;
use andon_evidence::judge::{Measurement, NotMeasured};

use crate::model::repeats::Repeated;
use crate::statistics::student;

/// The number of times that the luck of a cross-validation lies between a measurement and the shipped model: once for
/// the judged one, and twice for the shipped training.
const LUCKS: f64 = 3.0;

/// The distance that a statistic moves from one training to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    /// The variance of what the luck of training adds to a measurement.
    variance: f64,
    /// The same with that of single rows, which the measurement holds. It is what the repeats tell, and how surely.
    of_repeats: f64,
    /// On how many independent values it rests, less one.
    degrees: f64,
}

/// The sample variance; `None` of fewer than two values.
fn variance(values: &[f64]) -> Option<f64> {
    let degrees = values.len().checked_sub(1).filter(|degrees| *degrees > 0)? as f64;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    Some(values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / degrees)
}

impl Spread {
    /// The spread of the values that a statistic takes over the repeats; `None` with fewer than two.
    pub(crate) fn of(values: &Repeated<f64>) -> Option<Self> {
        let of_repeats = variance(&values.whole)?;
        let n = values.whole.len() as f64;
        // A row of a mixture is drawn from n repeats, so it varies by (n - 1) / n of their sample variance.
        let of_rows = variance(&values.mixed).unwrap_or(0.0) * n / (n - 1.0);
        let left = of_repeats - of_rows;
        // `max` would turn a NaN into 0.
        let left = if left < 0.0 { 0.0 } else { left };
        Some(Self { variance: LUCKS * left, of_repeats: LUCKS * of_repeats, degrees: n - 1.0 })
    }

    /// The spread of a difference to another model whose training was as lucky or not.
    pub(crate) fn doubled(self) -> Self {
        Self { variance: 2.0 * self.variance, of_repeats: 2.0 * self.of_repeats, ..self }
    }

    /// The measurement with each side of its interval widened, within the values that the statistic can take. An exact
    /// number has no interval, and gets none.
    ///
    /// # Errors
    /// [`NotMeasured`] when the spread is not finite.
    pub(crate) fn widen(self, measured: &Measurement, (least, most): (f64, f64)) -> Result<Measurement, NotMeasured> {
        if measured.is_exact() {
            return Ok(measured.clone());
        }
        if !self.variance.is_finite() || !self.of_repeats.is_finite() {
            return Err(NotMeasured("a repeat of the cross-validation gives no finite number".to_owned()));
        }
        let value = measured.value();
        let (low, high) = measured.interval();
        // A value at the end of its range stays in its own interval.
        let low = (value - self.reach(value - low)).max(least.min(low));
        let high = (value + self.reach(high - value)).min(most.max(high));
        let widened = Measurement::with_interval(value, (low, high), measured.unit(), measured.n())?;
        Ok(widened.with_parts(measured.parts().to_vec()))
    }

    /// One side of an interval, with what the luck of training adds to it.
    fn reach(self, side: f64) -> f64 {
        let of_rows = (side / Z_95).powi(2);
        let both = of_rows + self.variance;
        if self.of_repeats <= 0.0 {
            return side;
        }
        let degrees = both * both / (self.of_repeats * self.of_repeats / self.degrees);
        student::point_95(degrees) * both.sqrt()
    }
}

/// The measurement, widened by the spread of the values over the repeats; without repeats as it is.
///
/// # Errors
/// The first of the values that was not measured.
pub(crate) fn widened(
    measured: &Measurement,
    repeats: Result<Repeated<f64>, NotMeasured>,
    range: (f64, f64),
) -> Result<Measurement, NotMeasured> {
    let why = |NotMeasured(why)| NotMeasured(format!("in a repeat of the cross-validation: {why}"));
    match Spread::of(&repeats.map_err(why)?) {
        Some(spread) => spread.widen(measured, range),
        None => Ok(measured.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use andon_evidence::judge::Unit;

    fn repeated(whole: &[f64], mixed: &[f64]) -> Repeated<f64> {
        Repeated { whole: whole.to_vec(), mixed: mixed.to_vec() }
    }

    /// Repeats of variance 0.01 on two degrees of freedom; mixtures of variance 0.002, so 0.003 is of single rows.
    fn spread() -> Spread {
        let away = 0.002_f64.sqrt();
        Spread::of(&repeated(&[0.7, 0.8, 0.9], &[0.8 - away, 0.8, 0.8 + away])).unwrap()
    }

    #[test]
    fn the_spread_by_hand() {
        let Spread { variance, of_repeats, degrees } = spread();
        assert!((variance - LUCKS * 0.007).abs() < 1e-12 && (of_repeats - LUCKS * 0.01).abs() < 1e-12);
        assert!((degrees - 2.0).abs() < 1e-12);
        assert!((spread().doubled().variance - 2.0 * variance).abs() < 1e-12);
        assert_eq!((Spread::of(&repeated(&[], &[])), Spread::of(&repeated(&[0.8], &[0.8, 0.9]))), (None, None));
    }

    #[test]
    fn each_side_is_widened_for_itself_by_hand() {
        // Below SE^2 is 0.01, above 0.04.
        let measured = Measurement::with_interval(0.5, (0.5 - 0.1 * Z_95, 0.5 + 0.2 * Z_95), Unit::Score, 9).unwrap();
        let (low, high) = spread().widen(&measured, (0.0, f64::INFINITY)).unwrap().interval();
        let reach = |of_rows: f64| {
            let both = of_rows + LUCKS * 0.007;
            student::point_95(both * both / ((LUCKS * 0.01).powi(2) / 2.0)) * both.sqrt()
        };
        assert!((low - (0.5 - reach(0.01)).max(0.0)).abs() < 1e-12, "{low}");
        assert!((high - (0.5 + reach(0.04))).abs() < 1e-12, "{high}");
    }

    /// Rows that change sides one by one are in the interval of the rows already.
    #[test]
    fn what_differs_row_by_row_adds_no_variance() {
        let measured = Measurement::with_interval(0.5, (0.4, 0.6), Unit::Share, 9).unwrap();
        let many: Vec<f64> = (0..100).map(|place| 0.5 + 0.01 * f64::from(place % 3)).collect();
        let (low, high) = Spread::of(&repeated(&many, &many)).unwrap().widen(&measured, (0.0, 1.0)).unwrap().interval();
        assert!((low - 0.4).abs() < 1e-3 && (high - 0.6).abs() < 1e-3, "{low} {high}");
        let alike = [0.5, 0.5, 0.5];
        let (low, high) =
            Spread::of(&repeated(&many, &alike)).unwrap().widen(&measured, (0.0, 1.0)).unwrap().interval();
        assert!(low < 0.398 && high > 0.602, "{low} {high}");
    }

    #[test]
    fn ends_stay_within_the_range_and_no_spread_changes_nothing() {
        let measured = Measurement::with_interval(0.98, (0.95, 0.99), Unit::Share, 9).unwrap();
        assert!(spread().widen(&measured, (0.0, 1.0)).unwrap().interval().1 <= 1.0);
        let same = Spread::of(&repeated(&[0.8; 6], &[0.8; 6])).unwrap().widen(&measured, (0.0, 1.0)).unwrap();
        assert_eq!(same, measured);
        let exact = Measurement::exact(0.0, Unit::Score, 9).unwrap();
        assert_eq!(spread().widen(&exact, (0.0, 1.0)).unwrap(), exact);
    }

    #[test]
    fn a_repeat_without_a_number_is_not_measured() {
        let measured = Measurement::with_interval(0.9, (0.8, 0.95), Unit::Share, 9).unwrap();
        let nobody = Err(NotMeasured("nobody is selected".to_owned()));
        let refused = widened(&measured, nobody, (0.0, 1.0)).unwrap_err();
        assert_eq!(refused.0, "in a repeat of the cross-validation: nobody is selected");
        assert!(widened(&measured, Ok(repeated(&[f64::NAN, 0.9], &[0.9, 0.9])), (0.0, 1.0)).is_err());
        assert!(widened(&measured, Ok(repeated(&[0.8, 0.9], &[f64::NAN, 0.9])), (0.0, 1.0)).is_err());
        assert_eq!(widened(&measured, Ok(repeated(&[], &[])), (0.0, 1.0)).unwrap(), measured);
    }
}
