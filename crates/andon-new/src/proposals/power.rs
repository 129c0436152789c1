//! The power of so many rows: how far beyond its bar a measurement must lie, and how many rows would be enough.

/// Width of a 95 % interval in standard errors, to one side.
const Z: f64 = 1.96;

/// The ratio that must be measured between two groups of these sizes, so that the lower end of its interval clears a
/// bar; by the logarithm of the ratio of two shares of this size (Katz et al. 1978).
pub(crate) fn ratio_needed(bar: f64, share: f64, first: usize, second: usize) -> f64 {
    let rows = 1.0 / first as f64 + 1.0 / second as f64;
    bar * (Z * ((1.0 - share) / share * rows).sqrt()).exp()
}

/// The rows of each of two groups with which a measured ratio of 0.90 clears a bar of 0.80.
pub(crate) fn rows_for_ratio(share: f64) -> usize {
    let error = (0.9_f64 / 0.8).ln() / Z;
    up_to_ten(2.0 * (1.0 - share) / share / (error * error))
}

/// The half width of the interval of a difference between two shares of 0.8, of so many rows.
pub(crate) fn half_width(first: usize, second: usize) -> f64 {
    Z * (0.16 / first.max(1) as f64 + 0.16 / second.max(1) as f64).sqrt()
}

/// The part that chance alone adds to the expected calibration error over ten bins, on average.
pub(crate) fn calibration_by_chance(share: f64, rows: usize) -> f64 {
    (2.0 / std::f64::consts::PI * share * (1.0 - share) * 10.0 / rows.max(1) as f64).sqrt()
}

/// A number of rows, rounded up to a multiple of ten.
pub(crate) fn up_to_ten(rows: f64) -> usize {
    (rows / 10.0).ceil() as usize * 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_rows_need_more() {
        let needed = ratio_needed(0.8, 0.7, 310, 548);
        assert!((needed - 0.8 * (1.96_f64 * (0.3 / 0.7 * (1.0 / 310.0 + 1.0 / 548.0_f64)).sqrt()).exp()).abs() < 1e-12);
        assert!(needed > 0.8 && needed < ratio_needed(0.8, 0.7, 50, 548));
        let enough = rows_for_ratio(0.7);
        assert!(
            ratio_needed(0.8, 0.7, enough, enough) <= 0.9 && ratio_needed(0.8, 0.7, enough - 10, enough - 10) > 0.9
        );
        assert!((half_width(200, 200) - 0.0784).abs() < 1e-12);
        assert!(calibration_by_chance(0.7, 1000) < calibration_by_chance(0.7, 100));
    }
}
