//! Numbers as text. Each is rounded as in the evidence, so that it can be found there.

use andon_evidence::judge::{Measurement, Unit};

/// The text of a number that is not finite.
const NOT_A_NUMBER: &str = "not a number";

/// A number with its unit's decimals, as measurements are written.
pub(crate) fn rounded(value: f64, unit: Unit) -> String {
    Measurement::exact(value, unit, 1).map_or(NOT_A_NUMBER.to_owned(), |exact| with_thousands(&exact.to_string()))
}

/// A share, probability or score to four decimals.
pub(crate) fn share(value: f64) -> String {
    rounded(value, Unit::Share)
}

/// The two ends of an interval.
pub(crate) fn range((low, high): (f64, f64), unit: Unit) -> String {
    format!("{} to {}", rounded(low, unit), rounded(high, unit))
}

/// A value of a column, not rounded.
pub(crate) fn in_full(value: f64) -> String {
    if value.is_finite() { with_thousands(&value.to_string()) } else { NOT_A_NUMBER.to_owned() }
}

/// A count.
pub(crate) fn count(count: u64) -> String {
    with_thousands(&count.to_string())
}

/// A count with its noun, as in `1 gate` or `2 gates`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The name of a unit, for numbers whose text does not hold it.
pub(crate) fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "share",
        Unit::Ratio => "ratio",
        Unit::Score => "score",
        Unit::Probability => "probability",
        Unit::Count => "count",
        Unit::Ms => "ms",
    }
}

/// A number with commas between thousands.
pub(crate) fn with_thousands(number: &str) -> String {
    let start = number.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let length = number[start..].find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len() - start);
    let (digits, rest) = number[start..].split_at(length);
    let mut text = number[..start].to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_as_measurements_are() {
        let cases = [(0.882_263_7, Unit::Share), (6.661e-16, Unit::Probability), (0.095_288, Unit::Ms)];
        assert_eq!(cases.map(|(value, unit)| rounded(value, unit)), ["0.8823", "6.7e-16", "0.095 ms"]);
        assert_eq!(rounded(1979.0, Unit::Count), "1,979");
        assert_eq!(share(f64::NAN), NOT_A_NUMBER);
        assert_eq!(in_full(f64::INFINITY), NOT_A_NUMBER);
    }

    #[test]
    fn thousands_are_separated_in_front_of_the_decimals() {
        let cases = ["1", "999", "1000", "-7919000", "1234567.12345", "", "1e-16"].map(with_thousands);
        assert_eq!(cases, ["1", "999", "1,000", "-7,919,000", "1,234,567.12345", "", "1e-16"]);
    }
}
