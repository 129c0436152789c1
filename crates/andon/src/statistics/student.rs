//! Student's distribution: how far a standard error reaches when it is itself estimated from few values.

use andon_evidence::judge::normal::Z_95;

/// The fewest degrees of freedom for which the expansion is used.
const FEWEST_DEGREES: f64 = 2.0;

/// The two-sided 95 % point of Student's distribution.
#[must_use]
pub(crate) fn point_95(degrees: f64) -> f64 {
    point(Z_95, degrees)
}

/// The point of Student's distribution that is exceeded as often as `z` by a normal variable, by its expansion around
/// that (Fisher and Cornish 1960; Abramowitz and Stegun 1964, 26.7.5). The error of the two-sided 95 % point is under
/// 0.002 from three degrees of freedom on; fewer than two are taken as two.
#[must_use]
pub(crate) fn point(z: f64, degrees: f64) -> f64 {
    let n = degrees.max(FEWEST_DEGREES);
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    let third = (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0;
    let fourth =
        (79.0 * z.powi(9) + 776.0 * z.powi(7) + 1_482.0 * z.powi(5) - 1_920.0 * z.powi(3) - 945.0 * z) / 92_160.0;
    z + first / n + second / n.powi(2) + third / n.powi(3) + fourth / n.powi(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_match_the_table() {
        // Abramowitz and Stegun 1964, table 26.10: 3.182, 2.776, 2.571, 2.228, 2.042.
        for (degrees, point) in [(3.0, 3.182), (4.0, 2.776), (5.0, 2.571), (10.0, 2.228), (30.0, 2.042)] {
            assert!((point_95(degrees) - point).abs() < 4e-3, "{degrees}: {}", point_95(degrees));
        }
        // The same table, two-sided 0.1 %: 3.551 for 40 degrees of freedom.
        assert!((point(3.290_527, 40.0) - 3.551).abs() < 2e-3);
        assert!((point_95(f64::INFINITY) - Z_95).abs() < 1e-12);
        assert!(point_95(0.0) >= point_95(3.0));
    }
}
