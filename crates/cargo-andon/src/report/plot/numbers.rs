//! Numbers as the report writes them: every one rounded in one way, so that it can be found in the evidence.

use andon_evidence::judge::{Measurement, Unit};

/// What is said of a number that is none.
const NO_NUMBER: &str = "not a number";

/// A number with its unit's decimals, as measurements are written.
pub(crate) fn rounded(value: f64, unit: Unit) -> String {
    Measurement::exact(value, unit, 1).map_or(NO_NUMBER.to_owned(), |exact| separated(&exact.to_string()))
}

/// A share, probability or score to four decimals.
pub(crate) fn share(value: f64) -> String {
    rounded(value, Unit::Share)
}

/// The two ends of an interval.
pub(crate) fn range((low, high): (f64, f64), unit: Unit) -> String {
    format!("{} to {}", rounded(low, unit), rounded(high, unit))
}

/// A value of a column, in full.
pub(crate) fn value(value: f64) -> String {
    if value.is_finite() { separated(&value.to_string()) } else { NO_NUMBER.to_owned() }
}

/// How many.
pub(crate) fn count(count: u64) -> String {
    separated(&count.to_string())
}

/// How many of what, as in `1 gate` or `2 gates`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// What a unit is called beside a number that does not name it itself.
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

/// Commas between thousands, in front of the decimals.
pub(crate) fn separated(number: &str) -> String {
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
        assert_eq!(share(f64::NAN), NO_NUMBER);
        assert_eq!(value(f64::INFINITY), NO_NUMBER);
    }

    #[test]
    fn thousands_are_separated_in_front_of_the_decimals() {
        let cases = ["1", "999", "1000", "-7919000", "1234567.12345", "", "1e-16"].map(separated);
        assert_eq!(cases, ["1", "999", "1,000", "-7,919,000", "1,234,567.12345", "", "1e-16"]);
    }
}
