//! Logistic regression on one variable with weighted rows, fitted by Newton's method: the calibrator of the model, and
//! the slope and intercept of a calibration.

/// Rows at one value of the variable with one target.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    /// The variable: the log-odds of a score.
    pub(crate) x: f64,
    /// The probability to meet, 0 to 1: a label, or a smoothed one.
    pub(crate) target: f64,
    /// The number of rows.
    pub(crate) weight: f64,
}

/// The curve `1 / (1 + exp(-(slope * x + intercept)))`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Curve {
    pub(crate) slope: f64,
    pub(crate) intercept: f64,
}

/// A fitted slope with its standard error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FittedSlope {
    pub(crate) slope: f64,
    pub(crate) standard_error: f64,
}

/// Most steps of a regression; one that has a solution meets it in ten.
const MAX_STEPS: usize = 50;

/// Most steps of a fit that shortens its steps.
const MAX_DAMPED_STEPS: usize = 100;

/// Coefficients beyond this are on their way to infinity: the scores separate the labels.
const SEPARATED: f64 = 100.0;

/// The probability at these log-odds.
pub(crate) fn logistic(z: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-z))
}

/// `weight * x * x`. Its last bit depends on the order of the two products, and results on record rest on either order.
type SecondMoment = fn(weight: f64, x: f64) -> f64;

/// Gradient and information of the likelihood at a curve; 0 is the intercept, 1 the slope.
struct Likelihood {
    gradient: (f64, f64),
    information_00: f64,
    information_01: f64,
    information_11: f64,
}

impl Likelihood {
    /// Adds up the points; `ridge` is added to both variances so that the determinant is never 0.
    fn add_up(points: &[Point], curve: Curve, ridge: f64, second_moment: SecondMoment) -> Self {
        let mut sums = Self { gradient: (0.0, 0.0), information_00: ridge, information_01: 0.0, information_11: ridge };
        for point in points {
            let probability = logistic(curve.slope * point.x + curve.intercept);
            let error = point.weight * (point.target - probability);
            let weight = point.weight * (probability * (1.0 - probability));
            sums.gradient.0 += error;
            sums.gradient.1 += error * point.x;
            sums.information_00 += weight;
            sums.information_01 += weight * point.x;
            sums.information_11 += second_moment(weight, point.x);
        }
        sums
    }

    fn determinant(&self) -> f64 {
        self.information_00 * self.information_11 - self.information_01 * self.information_01
    }

    /// Newton's step: the information's inverse times the gradient.
    fn step(&self) -> Curve {
        let determinant = self.determinant();
        let (g0, g1) = self.gradient;
        Curve {
            slope: (self.information_00 * g1 - self.information_01 * g0) / determinant,
            intercept: (self.information_11 * g0 - self.information_01 * g1) / determinant,
        }
    }
}

/// Fits intercept and slope; `None` when targets or scores do not vary, or the scores separate the labels.
pub(crate) fn fit_slope(points: &[Point]) -> Option<FittedSlope> {
    let mut curve = Curve { slope: 1.0, intercept: 0.0 };
    for _ in 0..MAX_STEPS {
        let likelihood = Likelihood::add_up(points, curve, 0.0, |weight, x| weight * x * x);
        let Likelihood { information_00, information_11, .. } = likelihood;
        let determinant = likelihood.determinant();
        if determinant <= 1e-12 * information_00 * information_11 || curve.slope.abs() > SEPARATED {
            return None;
        }
        let step = likelihood.step();
        curve = Curve { slope: curve.slope + step.slope, intercept: curve.intercept + step.intercept };
        if step.intercept.abs() < 1e-12 && step.slope.abs() < 1e-12 {
            return Some(FittedSlope { slope: curve.slope, standard_error: (information_00 / determinant).sqrt() });
        }
    }
    None
}

/// Fits the intercept alone, with the slope held at 1: the intercept and its standard error.
pub(crate) fn fit_intercept(points: &[Point]) -> Option<(f64, f64)> {
    let mut curve = Curve { slope: 1.0, intercept: 0.0 };
    for _ in 0..MAX_STEPS {
        let Likelihood { gradient: (gradient, _), information_00: information, .. } =
            Likelihood::add_up(points, curve, 0.0, |weight, x| weight * x * x);
        if information <= 0.0 || curve.intercept.abs() > SEPARATED {
            return None;
        }
        curve.intercept += gradient / information;
        if (gradient / information).abs() < 1e-12 {
            return Some((curve.intercept, 1.0 / information.sqrt()));
        }
    }
    None
}

/// Fits a curve from slope 0 and an intercept. Each step is halved until the loss falls, and the fit ends where no step
/// makes it fall (Lin, Lin and Weng 2007, section 3).
pub(crate) fn fit_damped(points: &[Point], intercept: f64) -> Curve {
    const RIDGE: f64 = 1e-12;
    let mut curve = Curve { slope: 0.0, intercept };
    let mut loss = cross_entropy(points, curve);
    for _ in 0..MAX_DAMPED_STEPS {
        let step = Likelihood::add_up(points, curve, RIDGE, |weight, x| x * x * weight).step();
        match shortened_step(points, curve, step, loss) {
            Some(better) => (curve, loss) = better,
            None => break,
        }
    }
    curve
}

/// The curve after a step, or after half of it and so on, with its loss; `None` when the loss does not fall.
fn shortened_step(points: &[Point], curve: Curve, step: Curve, loss: f64) -> Option<(Curve, f64)> {
    let mut share = 1.0;
    while share >= 1e-10 {
        let slope = curve.slope + share * step.slope;
        let next = Curve { slope, intercept: curve.intercept + share * step.intercept };
        let reached = cross_entropy(points, next);
        if reached < loss {
            return Some((next, reached));
        }
        share /= 2.0;
    }
    None
}

/// Cross-entropy of the targets under a curve, in a form that does not overflow.
fn cross_entropy(points: &[Point], curve: Curve) -> f64 {
    let of_point = |point: &Point| {
        let z = curve.slope * point.x + curve.intercept;
        let softplus = if z > 0.0 { z + libm::log1p(libm::exp(-z)) } else { libm::log1p(libm::exp(z)) };
        point.weight * (softplus - point.target * z)
    };
    points.iter().map(of_point).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64, positives: f64, negatives: f64) -> [Point; 2] {
        [Point { x, target: 1.0, weight: positives }, Point { x, target: 0.0, weight: negatives }]
    }

    #[test]
    fn two_places_are_met_exactly() {
        // Shares 3/4 at log-odds 2 and 1/4 at -2: log-odds ln 3 and -ln 3, so the slope is ln 3 / 2.
        let points = [at(2.0, 30.0, 10.0), at(-2.0, 10.0, 30.0)].concat();
        let fitted = fit_slope(&points).unwrap();
        assert!((fitted.slope - 3.0_f64.ln() / 2.0).abs() < 1e-12);
        // Information of the slope: 80 rows, p(1-p) = 3/16, x^2 = 4.
        assert!((fitted.standard_error - (1.0 / 60.0_f64).sqrt()).abs() < 1e-12);
        let damped = fit_damped(&points, 0.1);
        assert!((damped.slope - fitted.slope).abs() < 1e-9 && damped.intercept.abs() < 1e-9, "{damped:?}");
    }

    #[test]
    fn the_intercept_by_hand() {
        // Said 1/2, came 3/4: too low by ln 3.
        let (intercept, error) = fit_intercept(&at(0.0, 30.0, 10.0)).unwrap();
        assert!((intercept - 3.0_f64.ln()).abs() < 1e-12 && (error - (16.0 / 120.0_f64).sqrt()).abs() < 1e-9);
    }

    #[test]
    fn separated_labels_and_constant_scores_have_no_line() {
        assert!(fit_slope(&[at(2.0, 9.0, 0.0), at(-2.0, 0.0, 9.0)].concat()).is_none());
        assert!(fit_slope(&at(1.0, 5.0, 4.0)).is_none());
        assert!(fit_intercept(&at(1.0, 5.0, 0.0)).is_none());
        assert!(fit_slope(&[]).is_none() && fit_intercept(&[]).is_none());
    }
}
