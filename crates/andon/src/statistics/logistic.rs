//! The logistic regression behind calibration slope and intercept: one variable, weighted rows, Newton's method.

/// Rows at one log-odds with one label.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    /// The log-odds of the score.
    pub(crate) x: f64,
    /// The label.
    pub(crate) label: bool,
    /// How many rows.
    pub(crate) weight: f64,
}

/// The most likely line with the standard error of its slope.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) slope: f64,
    pub(crate) slope_error: f64,
}

/// Newton steps; a regression that has a solution meets it in ten.
const STEPS: usize = 50;

/// Coefficients beyond this are on their way to infinity: the scores separate the labels.
const SEPARATED: f64 = 100.0;

/// Probability under the line, and its weight in the information.
fn under(z: f64) -> (f64, f64) {
    let p = 1.0 / (1.0 + libm::exp(-z));
    (p, p * (1.0 - p))
}

impl Line {
    /// Fits intercept and slope; `None` when labels or scores do not vary, or the scores separate the labels.
    pub(crate) fn fit(points: &[Point]) -> Option<Self> {
        let mut intercept = 0.0;
        let mut slope = 1.0;
        for _ in 0..STEPS {
            let mut g0 = 0.0;
            let mut g1 = 0.0;
            let mut h00 = 0.0;
            let mut h01 = 0.0;
            let mut h11 = 0.0;
            for point in points {
                let (p, information) = under(intercept + slope * point.x);
                let error = point.weight * (f64::from(u8::from(point.label)) - p);
                let weight = point.weight * information;
                g0 += error;
                g1 += error * point.x;
                h00 += weight;
                h01 += weight * point.x;
                h11 += weight * point.x * point.x;
            }
            let determinant = h00 * h11 - h01 * h01;
            if determinant <= 1e-12 * h00 * h11 || slope.abs() > SEPARATED {
                return None;
            }
            let d0 = (h11 * g0 - h01 * g1) / determinant;
            let d1 = (h00 * g1 - h01 * g0) / determinant;
            (intercept, slope) = (intercept + d0, slope + d1);
            if d0.abs() < 1e-12 && d1.abs() < 1e-12 {
                return Some(Self { slope, slope_error: (h00 / determinant).sqrt() });
            }
        }
        None
    }

    /// Fits the intercept alone, with the slope held at 1: the intercept and its standard error.
    pub(crate) fn offset(points: &[Point]) -> Option<(f64, f64)> {
        let mut intercept = 0.0;
        for _ in 0..STEPS {
            let mut gradient = 0.0;
            let mut information = 0.0;
            for point in points {
                let (p, weight) = under(intercept + point.x);
                gradient += point.weight * (f64::from(u8::from(point.label)) - p);
                information += point.weight * weight;
            }
            if information <= 0.0 || intercept.abs() > SEPARATED {
                return None;
            }
            intercept += gradient / information;
            if (gradient / information).abs() < 1e-12 {
                return Some((intercept, 1.0 / information.sqrt()));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64, positives: f64, negatives: f64) -> [Point; 2] {
        [Point { x, label: true, weight: positives }, Point { x, label: false, weight: negatives }]
    }

    #[test]
    fn two_places_are_met_exactly() {
        // Shares 3/4 at log-odds 2 and 1/4 at -2: log-odds ln 3 and -ln 3, so the slope is ln 3 / 2.
        let points = [at(2.0, 30.0, 10.0), at(-2.0, 10.0, 30.0)].concat();
        let line = Line::fit(&points).unwrap();
        assert!((line.slope - 3.0_f64.ln() / 2.0).abs() < 1e-12);
        // Information of the slope: 80 rows, p(1-p) = 3/16, x^2 = 4.
        assert!((line.slope_error - (1.0 / 60.0_f64).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn the_offset_by_hand() {
        // Said 1/2, came 3/4: too low by ln 3.
        let (intercept, error) = Line::offset(&at(0.0, 30.0, 10.0)).unwrap();
        assert!((intercept - 3.0_f64.ln()).abs() < 1e-12 && (error - (16.0 / 120.0_f64).sqrt()).abs() < 1e-9);
    }

    #[test]
    fn separated_labels_and_constant_scores_have_no_line() {
        assert!(Line::fit(&[at(2.0, 9.0, 0.0), at(-2.0, 0.0, 9.0)].concat()).is_none());
        assert!(Line::fit(&at(1.0, 5.0, 4.0)).is_none());
        assert!(Line::offset(&at(1.0, 5.0, 0.0)).is_none());
        assert!(Line::fit(&[]).is_none() && Line::offset(&[]).is_none());
    }
}
