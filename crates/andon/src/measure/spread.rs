//! The spread of a statistic over models that could as well have been trained, and intervals that hold it.
//!
//! Out-of-fold scores come from the models of one split; the model that ships is trained once more, on all rows. An
//! interval from the rows alone (Wilson, DeLong, a bootstrap of the tally) holds the luck of the rows. It does not hold
//! that of the split, of the seed and of the calibrator, so that it covers the value of the shipped model less often
//! than it says (Nadeau and Bengio 2003; Bates, Hastie and Tibshirani 2021).
//!
//! The candidate is therefore cross-validated several times, with other folds and other seeds, and the statistic is
//! taken of each [repeat](crate::model::repeats). With `s^2` the variance of these values and `SE` the standard error
//! to one side of the interval from the rows, that side becomes
//!
//! ```text
//! t * sqrt(SE^2 + 2 s^2)
//! ```
//!
//! Twice, because two lucks lie between what was measured and what ships: that of the judged split, and that of the
//! shipped training. `t` is the point of Student's distribution whose degrees of freedom are those of the sum
//! (Satterthwaite 1946), so that few repeats are not believed more than they know. The point itself does not move.
//!
//! The factor 2 is no theorem, and was chosen by simulation. `examples/shipped` draws whole releases from three
//! populations, trains them, and compares each interval with what the shipped model does to 100,000 people more.

use andon_evidence::judge::normal::Z_95;
use andon_evidence::judge::{Measurement, NotMeasured};

use crate::statistics::student;

/// The lucks between a measurement and the shipped model: the judged split's, and the shipped training's.
const LUCKS: f64 = 2.0;

/// How far a statistic moves from one training to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    /// The variance of what the luck of training adds to a measurement.
    variance: f64,
    /// On how many independent values it rests, less one.
    degrees: f64,
}

impl Spread {
    /// The spread of the values that a statistic takes over the repeats; `None` with fewer than two.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let degrees = values.len().checked_sub(1).filter(|degrees| *degrees > 0)? as f64;
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Some(Self { variance: LUCKS * squares / degrees, degrees })
    }

    /// The spread of a difference to another model whose training was as lucky or not.
    pub(crate) fn doubled(self) -> Self {
        Self { variance: 2.0 * self.variance, ..self }
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
        if !self.variance.is_finite() {
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
        if self.variance <= 0.0 {
            return side;
        }
        let degrees = both * both / (self.variance * self.variance / self.degrees);
        student::point_95(degrees) * both.sqrt()
    }
}

/// The measurement, widened by the spread of the values over the repeats; without repeats as it is.
///
/// # Errors
/// The first of the values that was not measured.
pub(crate) fn widened(
    measured: Measurement,
    repeats: impl Iterator<Item = Result<f64, NotMeasured>>,
    range: (f64, f64),
) -> Result<Measurement, NotMeasured> {
    let why = |NotMeasured(why)| NotMeasured(format!("in a repeat of the cross-validation: {why}"));
    let values = repeats.collect::<Result<Vec<f64>, NotMeasured>>().map_err(why)?;
    match Spread::of(&values) {
        Some(spread) => spread.widen(&measured, range),
        None => Ok(measured),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use andon_evidence::judge::Unit;

    /// Values 0.7, 0.8 and 0.9: variance 0.01, on two degrees of freedom.
    fn spread() -> Spread {
        Spread::of(&[0.7, 0.8, 0.9]).unwrap()
    }

    #[test]
    fn the_spread_by_hand() {
        let Spread { variance, degrees } = spread();
        assert!((variance - 0.02).abs() < 1e-12 && (degrees - 2.0).abs() < 1e-12);
        assert!((spread().doubled().variance - 0.04).abs() < 1e-12);
        assert_eq!((Spread::of(&[]), Spread::of(&[0.8])), (None, None));
    }

    #[test]
    fn each_side_is_widened_for_itself_by_hand() {
        // Below, SE = 0.1: 0.01 + 0.02, degrees 0.03^2 / (0.02^2 / 2) = 4.5. Above, SE = 0.2: 0.06, degrees 18.
        let measured = Measurement::with_interval(0.5, (0.5 - 0.1 * Z_95, 0.5 + 0.2 * Z_95), Unit::Score, 9).unwrap();
        let (low, high) = spread().widen(&measured, (0.0, f64::INFINITY)).unwrap().interval();
        assert!((low - (0.5 - student::point_95(4.5) * 0.03_f64.sqrt())).abs() < 1e-12, "{low}");
        assert!((high - (0.5 + student::point_95(18.0) * 0.06_f64.sqrt())).abs() < 1e-12, "{high}");
    }

    #[test]
    fn ends_stay_within_the_range_and_no_spread_changes_nothing() {
        let measured = Measurement::with_interval(0.98, (0.95, 0.99), Unit::Share, 9).unwrap();
        assert!(spread().widen(&measured, (0.0, 1.0)).unwrap().interval().1 <= 1.0);
        let same = Spread::of(&[0.8; 6]).unwrap().widen(&measured, (0.0, 1.0)).unwrap();
        assert_eq!(same, measured);
        let exact = Measurement::exact(0.0, Unit::Score, 9).unwrap();
        assert_eq!(spread().widen(&exact, (0.0, 1.0)).unwrap(), exact);
    }

    #[test]
    fn a_repeat_without_a_number_is_not_measured() {
        let measured = Measurement::with_interval(0.9, (0.8, 0.95), Unit::Share, 9).unwrap();
        let values = [Ok(0.9), Err(NotMeasured("nobody is selected".to_owned()))];
        let refused = widened(measured.clone(), values.into_iter(), (0.0, 1.0)).unwrap_err();
        assert_eq!(refused.0, "in a repeat of the cross-validation: nobody is selected");
        assert!(widened(measured.clone(), [Ok(f64::NAN), Ok(0.9)].into_iter(), (0.0, 1.0)).is_err());
        assert_eq!(widened(measured.clone(), std::iter::empty(), (0.0, 1.0)).unwrap(), measured);
    }
}
