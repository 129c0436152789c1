//! Example records for the form, made from the ranges of contract and policy. They belong to no person.

use andon::evidence::policy::{Better, Range};
use andon::{Column, Decider, Kind, Record};

use super::field::Field;
use super::values::{self, Values};

/// The steps from the ordinary example to the bad end of each range, tried in this order.
const STEPS_TO_BAD_END: [f64; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];

/// The record from the middle of each range.
pub(crate) fn ordinary<R: Record>(decider: &Decider<R>) -> Values {
    build(decider, 0.0)
}

/// The first record towards the bad ends with a negative answer; `None` if the policy names no bad end.
pub(crate) fn unfavourable<R: Record>(decider: &Decider<R>, fields: &[Field]) -> Option<Values> {
    let negative = |values: &Values| {
        let record = decider.read_request(&values::to_json(fields, values)).ok()?;
        (decider.reply(&record).ok()?.decision == decider.policy().answer.negative).then_some(())
    };
    STEPS_TO_BAD_END.into_iter().map(|worse| build(decider, worse)).find(|values| negative(values).is_some())
}

fn build<R: Record>(decider: &Decider<R>, worse: f64) -> Values {
    let value = |column: &Column| match &column.kind {
        Kind::Number { whole, min, max } => {
            let declared = min.zip(*max).map(|(min, max)| Range { min, max });
            let tested = decider.model().validated(&column.name);
            let start = match (tested, declared) {
                (Some(tested), _) => middle(tested),
                (None, declared) => declared.map_or(0.0, |range| range.min),
            };
            let bad = tested.or(declared).and_then(|range| bad_end(decider, &column.name, range));
            format_rounded(bad.map_or(start, |bad| start + worse * (bad - start)), *whole)
        }
        Kind::Flag => "false".to_owned(),
        Kind::Choice(names) => names.first().cloned().unwrap_or_default(),
        Kind::Text => "example".to_owned(),
    };
    decider.input_columns().map(|column| (column.name.clone(), value(column))).collect()
}

/// The geometric middle of a positive range, because sizes spread that way; otherwise the value nearest to zero.
fn middle(range: Range) -> f64 {
    let Range { min, max } = range;
    let middle = if min > 0.0 { (min * max).sqrt() } else { 0.0 };
    two_digits(middle).clamp(min, max)
}

fn bad_end<R: Record>(decider: &Decider<R>, column: &str, range: Range) -> Option<f64> {
    match decider.policy().better.get(column)? {
        Better::Lower => Some(range.max),
        Better::Higher => Some(range.min),
    }
}

/// Rounds to two significant digits, as people state sizes.
fn two_digits(number: f64) -> f64 {
    if number <= 0.0 {
        return number;
    }
    let unit = 10_f64.powf(number.log10().floor() - 1.0);
    (number / unit).round() * unit
}

fn format_rounded(number: f64, whole: bool) -> String {
    if whole { number.round().to_string() } else { ((number * 10.0).round() / 10.0).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_lies_within_and_is_round() {
        let middle = |min, max| middle(Range { min, max });
        assert_eq!(middle(700.0, 36_000.0).to_string(), "5000");
        assert_eq!(middle(-650_000.0, 5_350_000.0).to_string(), "0");
        assert_eq!(middle(0.0, 14_000.0).to_string(), "0");
        assert_eq!(middle(-9.0, -3.0).to_string(), "-3");
        assert_eq!(middle(111.0, 112.0).to_string(), "111");
    }
}
