//! Sentinels: numbers that stand for something that was not recorded, at the ends of a feature and inside its range.

use std::collections::BTreeMap;

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};

use crate::data::frame::Frame;
use crate::data::matrix::is_missing;
use crate::families::contract::columns::counted_in;
use crate::families::contract::label_questions::MIN_QUANTITY_VALUES;
use crate::measure::sample::Measured;
use crate::statistics::tails::binomial;

/// Fewest different values at which a far value can be told from the others.
const MIN_VALUES: usize = 3;

/// Neighbours of a value on each side.
const MAX_NEIGHBOURS: usize = 10;

/// A value stands out if it has this many times the rows of its most frequent neighbour.
const MIN_TIMES: u64 = 3;

/// The error over all values that are asked about, for known codes and for other values each.
const ERROR: f64 = 0.0125;

/// Codes that programs and agencies write for a value that they do not have: the days of a thousand years, runs of
/// digits, the ends of integer types, the ends of calendars.
const CODES: [f64; 12] = [
    365_243.0,
    1_234.0,
    12_345.0,
    123_456.0,
    1_234_567.0,
    32_767.0,
    65_535.0,
    2_147_483_647.0,
    4_294_967_295.0,
    19_000_101.0,
    19_700_101.0,
    99_991_231.0,
];

/// The values of a feature that rightly occur often, each with the reason.
type Usual = BTreeMap<String, BTreeMap<String, String>>;

/// One value of a feature.
#[derive(Debug, Clone, Copy)]
struct Value {
    number: f64,
    rows: u64,
    roundness: i32,
    known: bool,
}

/// The number of rows with a value that stands for something that was not recorded, such as 999999 months or -1
/// dollars. The parts name the column and the value. Numbers that occur in one row only are not looked at, nor are
/// those that the policy's `[usual]` explains.
///
/// An end of a feature with at least 10 different values is a sentinel if
/// * it is far off: farther from the next value than all other values are from each other; or
/// * it is a code: the only negative value of the column and one of -1, -9, -99, -999 and so on; or the highest, three
///   nines or more and nothing else, and more frequent than the value before it.
///
/// If there are fewer different values, an end is a sentinel if it is a known code and far off.
///
/// Inside the range a value is compared with its neighbours: the nearest ten on each side that are as round as it is,
/// since people round what they state. It is a sentinel if
/// * it is a known code (-1, 365243, 666, 9998, 2147483647, ...) and more frequent than its neighbours are on average;
///   or
/// * it is any other value, and three times as frequent as the most frequent of its neighbours,
///
/// both beyond chance: an exact binomial test whose error is 1.25 % over all values of that kind (Bonferroni).
///
/// # Errors
/// Not measured when no number has 3 different values.
pub fn sentinels(frame: &Frame, usual: &Usual) -> Measured {
    let names = frame.features.iter().map(|feature| feature.name.as_str());
    let columns = (0..frame.features.len()).map(|place| counted(frame, place));
    let columns: Vec<(&str, Vec<Value>)> = names.zip(columns).filter(|(_, all)| all.len() >= MIN_VALUES).collect();
    if columns.is_empty() {
        return Err(NotMeasured(format!("no number has {MIN_VALUES} different values")));
    }
    let n = frame.matrix.len() as u64;
    let level = Level::over(columns.iter().flat_map(|(_, values)| quantity(values)));
    let mut parts = Vec::new();
    for (name, values) in &columns {
        let found = (0..values.len()).filter(|place| is_sentinel(values, *place, &level));
        let found = found.map(|place| values[place]).filter(|value| !is_usual(usual, name, value.number));
        let part = |value: Value| Part { name: format!("{name} = {}", value.number), value: value.rows as f64, n };
        parts.extend(found.map(part));
    }
    Ok(Measurement::exact(counted_in(&parts), Unit::Count, n)?.with_parts(parts))
}

/// The error allowed for one value.
struct Level {
    known: f64,
    other: f64,
}

impl Level {
    fn over<'a>(values: impl Iterator<Item = &'a Value>) -> Self {
        let (known, other): (Vec<&Value>, Vec<&Value>) = values.partition(|value| value.known);
        Self { known: ERROR / known.len().max(1) as f64, other: ERROR / other.len().max(1) as f64 }
    }
}

/// The values of a feature if it is a quantity, else none.
fn quantity(values: &[Value]) -> &[Value] {
    if values.len() < MIN_QUANTITY_VALUES { &[] } else { values }
}

fn is_usual(usual: &Usual, column: &str, number: f64) -> bool {
    let values = usual.get(column).into_iter().flat_map(BTreeMap::keys);
    values.filter_map(|value| value.parse::<f64>().ok()).any(|value| value.total_cmp(&(number + 0.0)).is_eq())
}

/// Every value of a numeric feature in ascending order, with how often.
fn counted(frame: &Frame, place: usize) -> Vec<Value> {
    if !frame.features[place].levels.is_empty() {
        return Vec::new();
    }
    let numbers = (0..frame.matrix.len()).map(|row| frame.matrix.row(row)[place] + 0.0);
    let mut numbers: Vec<f64> = numbers.filter(|number| !is_missing(*number)).collect();
    numbers.sort_unstable_by(f64::total_cmp);
    let value = |same: &[f64]| Value {
        number: same[0],
        rows: same.len() as u64,
        roundness: roundness(same[0]),
        known: is_code(same[0]),
    };
    let mut values: Vec<Value> = numbers.chunk_by(|a, b| a >= b).map(value).collect();
    cap_roundness(&mut values);
    values
}

/// The power of ten that a number is a multiple of, so that 1200 is rounder than 1250 and 1250 than 1250.5.
fn roundness(number: f64) -> i32 {
    let text = format!("{number:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let places = digits.split_once('.').map_or(0, |(_, places)| places.len());
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if digits == "0" { i32::MAX } else { exponent - i32::try_from(places).unwrap_or(0) }
}

/// The roundest numbers of a column are too few to compare with each other: 100000 is compared with 90000 and 110000.
fn cap_roundness(values: &mut [Value]) {
    let mut all: Vec<i32> = values.iter().map(|value| value.roundness).collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    let Some(cap) = all.get(MAX_NEIGHBOURS.min(all.len().saturating_sub(1))).copied() else { return };
    values.iter_mut().for_each(|value| value.roundness = value.roundness.min(cap));
}

/// True if a number is one that is known to stand for a missing one.
fn is_code(number: f64) -> bool {
    let text: String = number.abs().to_string().chars().filter(char::is_ascii_digit).collect();
    let digits = text.as_bytes();
    let Some((last, head)) = digits.split_last() else { return false };
    let nines = head.iter().all(|digit| *digit == b'9');
    // 3333 a month is 40,000 a year.
    let repeated = digits.len() >= 3 && *last >= b'6' && head.iter().all(|digit| digit == last);
    let nearly_nines = digits.len() >= 3 && nines && *last >= b'6';
    let negative = number < 0.0 && ((nines && *last == b'9') || text == "1");
    repeated || nearly_nines || negative || CODES.iter().any(|code| code.total_cmp(&number.abs()).is_eq())
}

fn is_sentinel(values: &[Value], place: usize, level: &Level) -> bool {
    if values[place].rows < 2 {
        return false;
    }
    let at_end = is_end_sentinel(values, place);
    if values.len() < MIN_QUANTITY_VALUES {
        let number = values[place].number;
        return at_end && is_far(values, place) && (values[place].known || nines(number.abs(), 2));
    }
    at_end || stands_out(values, place, level)
}

/// True for an end of the range that is farther from the next value than all other values are from each other.
fn is_far(values: &[Value], place: usize) -> bool {
    let at = |place: usize| values[place].number;
    let last = values.len() - 1;
    (place == 0 && at(1) - at(0) > at(last) - at(1))
        || (place == last && at(last) - at(last - 1) > at(last - 1) - at(0))
}

/// True for an end of the range that is far off, or is a code. There are at least three values.
fn is_end_sentinel(values: &[Value], place: usize) -> bool {
    let Value { number, rows, .. } = values[place];
    let low = || place == 0 && number < 0.0 && values[1].number >= 0.0 && is_code(number);
    let high = || place == values.len() - 1 && nines(number, 3) && rows > values[place - 1].rows;
    is_far(values, place) || low() || high()
}

/// True if a number is written with nines alone, and at least so many.
fn nines(value: f64, least: usize) -> bool {
    let text = value.to_string();
    text.len() >= least && text.bytes().all(|digit| digit == b'9')
}

/// True for a value that is more frequent than its neighbours, beyond chance.
fn stands_out(values: &[Value], place: usize, level: &Level) -> bool {
    let Value { rows, roundness, known, .. } = values[place];
    let alike = |value: &&Value| value.roundness == roundness && !value.known;
    let below = values[..place].iter().rev().filter(alike).take(MAX_NEIGHBOURS);
    let above = values[place + 1..].iter().filter(alike).take(MAX_NEIGHBOURS);
    let neighbours: Vec<u64> = below.chain(above).map(|value| value.rows).collect();
    let most = neighbours.iter().copied().max().unwrap_or(0);
    if known {
        let all = rows + neighbours.iter().sum::<u64>();
        return binomial(rows, all, 1.0 / (neighbours.len().max(1) + 1) as f64) < level.known;
    }
    rows >= MIN_TIMES * most && binomial(rows, rows + most, 0.5) < level.other
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::contract::rows::frame;

    fn measure(values: &[f64]) -> Measured {
        sentinels(&frame(&[("a", values)], &vec![true; values.len()]), &Usual::new())
    }

    fn names(values: &[f64]) -> Vec<String> {
        measure(values).unwrap().parts().iter().map(|part| part.name.clone()).collect()
    }

    /// The values 0 to 20 with two more rows of `value`.
    fn with(value: f64) -> Vec<f64> {
        (0..=20).map(f64::from).chain([value, value]).collect()
    }

    #[test]
    fn far_values_and_codes_are_sentinels_and_honest_values_are_not() {
        for (value, found) in
            [(999_999.0, true), (41.0, true), (40.0, false), (-1.0, true), (-9.0, true), (-2.0, false), (0.0, false)]
        {
            assert_eq!(measure(&with(value)).unwrap().value() > 0.0, found, "{value}");
        }
        assert_eq!((names(&with(-99.0)), measure(&with(-99.0)).unwrap().value()), (vec!["a = -99".to_owned()], 2.0));
        // 999 among 500 to 980 is not far; three times where its neighbour stands once it is a code.
        let near: Vec<f64> = (50..=98).map(|ten| f64::from(ten) * 10.0).chain([999.0; 3]).collect();
        assert_eq!(names(&near), ["a = 999"]);
    }

    #[test]
    fn a_value_that_stands_once_is_an_outlier_and_two_values_are_no_quantity() {
        let once: Vec<f64> = (0..=20).map(f64::from).chain([9_999.0]).collect();
        assert!(names(&once).is_empty());
        assert!(measure(&[0.0, 1.0, 1.0, 0.0]).is_err());
    }

    #[test]
    fn a_far_code_among_few_values_is_a_sentinel_and_a_far_value_is_not() {
        let few = |value: f64| [1.0, 2.0, 3.0, 4.0, 1.0, value, value];
        assert_eq!(names(&few(99.0)), ["a = 99"]);
        assert!(names(&few(8.0)).is_empty() && names(&few(6.0)).is_empty() && names(&few(-1.0)).is_empty());
    }

    /// Amounts in hundreds, each in one to three rows, and those in thousands in ten more.
    fn amounts() -> Vec<f64> {
        let hundreds = (-200..2_000).flat_map(|hundred: i32| {
            let round = if hundred % 10 == 0 { 10 } else { 0 };
            std::iter::repeat_n(f64::from(hundred) * 100.0, hundred.unsigned_abs() as usize % 3 + 1 + round)
        });
        hundreds.collect()
    }

    #[test]
    fn a_code_inside_the_range_is_a_sentinel_and_round_numbers_are_not() {
        assert!(names(&amounts()).is_empty(), "{:?}", names(&amounts()));
        for code in [-1.0, 666.0, 9_999.0, 9_998.0, 12_345.0, -999.0, 777.0] {
            let planted = [amounts(), vec![code; 10]].concat();
            assert_eq!(names(&planted), [format!("a = {code}")]);
        }
        // The codes of one questionnaire do not hide each other.
        let planted = [amounts(), [9_997.0, 9_998.0, 9_999.0].repeat(20)].concat();
        assert_eq!(names(&planted).len(), 3);
    }

    #[test]
    fn any_value_far_above_its_neighbours_is_a_sentinel_unless_the_policy_explains_it() {
        for value in [4_711.0, 43_700.0] {
            let planted = [amounts(), vec![value; 40]].concat();
            assert_eq!(names(&planted), [format!("a = {value}")]);
            let usual = BTreeMap::from([("a".to_owned(), BTreeMap::from([(value.to_string(), "why".to_owned())]))]);
            let explained = sentinels(&frame(&[("a", &planted)], &vec![true; planted.len()]), &usual);
            assert!(explained.unwrap().parts().is_empty());
        }
        // Twice as frequent as a neighbour is what rounding does.
        assert!(names(&[amounts(), vec![43_000.0; 13]].concat()).is_empty());
    }

    #[test]
    fn a_number_is_as_round_as_its_trailing_zeros() {
        assert_eq!([100.0, 120.0, 125.0, 12.5, 0.25, -3_000.0].map(roundness), [2, 1, 0, -1, -2, 3]);
        assert_eq!(roundness(0.0), i32::MAX);
    }
}
