//! Bounds that mean something, outside of what was seen: a sample's own least and greatest value are no facts about the
//! column.

/// A power of ten or its half or fifth, not below a positive number.
fn round_up(number: f64) -> f64 {
    let power = 10_f64.powf(number.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().find(|step| step * power >= number);
    step.unwrap_or(10.0) * power
}

/// The bounds of a column: 0 where nothing is below it, 1 where a share is meant, else the next power of ten, its half
/// or its fifth beyond twice what was seen.
pub(crate) fn bounds(name: &str, least: f64, most: f64, whole: bool) -> (f64, f64) {
    let says = |word: &str| name.split('_').any(|part| part == word);
    if says("age") && least >= 0.0 && most <= 120.0 {
        return (0.0, 120.0);
    }
    if says("year") && whole && least >= 1900.0 && most <= 2100.0 {
        return (1900.0, 2100.0);
    }
    let low = if least >= 0.0 { 0.0 } else { -round_up(-2.0 * least) };
    let high = if most <= 0.0 {
        0.0
    } else if !whole && most <= 1.0 {
        1.0
    } else if (50.0..=100.0).contains(&most) {
        100.0
    } else {
        round_up(2.0 * most)
    };
    // A constant column still needs two ends.
    if low < high { (low, high) } else { (low, low + 1.0) }
}

/// The ends of the range that holds the inner 99 % of the values, two digits of each, outwards. `values` ascend.
pub(crate) fn inner(values: &[f64]) -> Option<(f64, f64)> {
    let cut = values.len() / 200;
    let low = outwards(*values.get(cut)?, f64::floor);
    let high = outwards(*values.get(values.len() - 1 - cut)?, f64::ceil);
    (low < high).then_some((low, high))
}

fn outwards(number: f64, round: fn(f64) -> f64) -> f64 {
    if number.total_cmp(&0.0).is_eq() || number.abs() < f64::MIN_POSITIVE {
        return 0.0;
    }
    let exponent = number.abs().log10().floor() as i32 - 1;
    // Division by a power of ten above 1 is exact where multiplication by its inverse is not.
    if exponent >= 0 {
        let power = 10_f64.powi(exponent);
        round(number / power) * power
    } else {
        let power = 10_f64.powi(-exponent);
        round(number * power) / power
    }
}

/// The unit in which people round a figure of this size: about a hundredth of it, a power of ten.
pub(crate) fn unit(typical: f64, whole: bool) -> f64 {
    let unit = 10_f64.powf((typical.abs().max(1e-6) / 20.0).log10().floor());
    if whole { unit.max(1.0) } else { unit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_lie_beyond_what_was_seen() {
        for (name, least, most, whole, expected) in [
            ("duration", 4.0, 72.0, true, (0.0, 100.0)),
            ("amount", 250.0, 18_424.0, true, (0.0, 50_000.0)),
            ("rate", 1.0, 4.0, true, (0.0, 10.0)),
            ("share", 0.2, 0.9, false, (0.0, 1.0)),
            ("net_worth", -650_000.0, 5_350_000.0, true, (-2_000_000.0, 20_000_000.0)),
            ("age_in_years", 19.0, 75.0, true, (0.0, 120.0)),
            ("year", 1999.0, 2020.0, true, (1900.0, 2100.0)),
            ("nothing", 0.0, 0.0, true, (0.0, 1.0)),
        ] {
            assert_eq!(bounds(name, least, most, whole), expected, "{name}");
        }
    }

    #[test]
    fn the_inner_range_is_rounded_outwards() {
        let values: Vec<f64> = (0..1000).map(|place| f64::from(place) * 1.5 + 1000.0).collect();
        assert_eq!(inner(&values), Some((1000.0, 2500.0)));
        assert_eq!(inner(&[0.123, 0.456]), Some((0.12, 0.46)));
        assert_eq!((inner(&[2.0, 2.0]), inner(&[])), (None, None));
        assert_eq!((unit(3_000.0, true), unit(18.0, true), unit(0.5, false)), (100.0, 1.0, 0.01));
    }
}
