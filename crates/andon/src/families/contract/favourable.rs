//! The direction of the label: approvals, disparate impact and equal opportunity count label 1, so 1 must be the
//! outcome that is better for the person.

use std::collections::BTreeMap;

use andon_evidence::judge::{Measurement, Part, Unit};
use andon_evidence::policy::{Better, Policy};

use crate::data::frame::Frame;
use crate::families::contract::directions::area;
use crate::measure::sample::Measured;

/// Beginnings of words for an outcome that nobody wishes for. A beginning of up to four letters is a whole word.
const UNFAVOURABLE: [&str; 54] = [
    "adverse",
    "arrear",
    "arrest",
    "attrit",
    "bad",
    "badly",
    "bankrupt",
    "cancel",
    "chargedoff",
    "chargeoff",
    "churn",
    "convict",
    "dead",
    "death",
    "decease",
    "declin",
    "default",
    "delinq",
    "denial",
    "denie",
    "deny",
    "died",
    "disapprov",
    "dismiss",
    "distress",
    "dlqin",
    "dropout",
    "evict",
    "fail",
    "failed",
    "failure",
    "foreclos",
    "fraud",
    "highrisk",
    "ineligib",
    "insolv",
    "late",
    "loss",
    "lost",
    "nonperform",
    "overdue",
    "pastdue",
    "poor",
    "readmi",
    "recidiv",
    "refus",
    "reject",
    "reoffend",
    "suspend",
    "terminat",
    "unapprov",
    "unpaid",
    "writeoff",
    "writtenoff",
];

/// Beginnings of words for an outcome that people wish for.
const FAVOURABLE: [&str; 18] = [
    "accept", "admit", "approv", "award", "eligib", "funded", "good", "grant", "hire", "hired", "paid", "pass",
    "passed", "promot", "repaid", "retain", "success", "surviv",
];

/// Words that turn over what a name says.
const NEGATIONS: [&str; 6] = ["free", "never", "no", "non", "not", "without"];

/// The words of a name, also where only a capital parts them, and each pair of neighbours as one.
fn words(name: &str) -> Vec<String> {
    let mut parted = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && parted.ends_with(char::is_lowercase) {
            parted.push(' ');
        }
        parted.push(letter);
    }
    let words: Vec<String> = andon_evidence::policy::words(&parted).collect();
    let pairs: Vec<String> = words.windows(2).map(<[String]>::concat).collect();
    words.into_iter().chain(pairs).collect()
}

fn speaks(words: &[String], beginnings: &[&str]) -> bool {
    let begins = |word: &str, with: &str| if with.len() > 4 { word.starts_with(with) } else { word == with };
    words.iter().any(|word| beginnings.iter().any(|with| begins(word, with)))
}

/// The side that a name takes: false for an unfavourable outcome, none if it takes no side. A name that says both is
/// unfavourable, because nobody can tell.
fn side(name: &str) -> Option<bool> {
    let words = words(name);
    let negated = words.iter().any(|word| NEGATIONS.contains(&word.as_str()));
    match (speaks(&words, &UNFAVOURABLE), speaks(&words, &FAVOURABLE)) {
        (true, true) => Some(false),
        (true, false) => Some(negated),
        (false, true) => Some(!negated),
        (false, false) => None,
    }
}

/// The number of signs that label 1 is not the favourable outcome: the name of the label, the two words of the answer,
/// and the data, if the better values of most features in `[better]` go with label 0. The parts name the signs. A
/// written reason, `data.favourable_because`, confirms the direction; the parts then still name them.
///
/// # Errors
/// Not measured without a row.
pub fn favourable(policy: &Policy, frame: &Frame) -> Measured {
    let rows = frame.labels.len() as u64;
    let answer = &policy.answer;
    let named = [
        ("data.label", &policy.data.label, false),
        ("answer.positive", &answer.positive, false),
        ("answer.negative", &answer.negative, true),
    ];
    let against = named.into_iter().filter(|(_, name, wrong)| side(name) == Some(*wrong));
    let names = against.map(|(key, name, _)| format!("{key} = `{name}`"));
    let signs = names.chain(sign_of_better_values(&policy.better, frame));
    let parts: Vec<Part> = signs.map(|name| Part { name, value: 1.0, n: rows }).collect();
    let unconfirmed = if policy.data.favourable_because.is_some() { 0 } else { parts.len() };
    Ok(Measurement::exact(unconfirmed as f64, Unit::Count, rows)?.with_parts(parts))
}

/// The sign that the data give: of the features that tell the labels apart, more do so with their better values at
/// label 0 than at label 1. Missing values do not count.
fn sign_of_better_values(better: &BTreeMap<String, Better>, frame: &Frame) -> Option<String> {
    let side = |(name, better): (&String, &Better)| {
        let place = frame.features.iter().position(|feature| feature.name == *name)?;
        let area = area(frame, place, *better)?;
        (area.low > 0.5).then_some(true).or((area.high < 0.5).then_some(false))
    };
    let sides: Vec<bool> = better.iter().filter_map(side).collect();
    let with_0 = sides.iter().filter(|with_1| !**with_1).count();
    let told = sides.len();
    (2 * with_0 > told).then(|| format!("label 0 has the better values of {with_0} of {told} features in [better]"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::matrix::MISSING;
    use crate::families::contract::rows::frame;

    #[test]
    fn a_missing_value_is_no_low_value() {
        // Label 1 has the higher values, and most of the missing ones.
        let value = |row: i32| if row % 2 == 0 && row % 10 < 8 { MISSING } else { f64::from(row % 2 * -40 + row / 2) };
        let values: Vec<f64> = (0..200).map(value).collect();
        let labels: Vec<bool> = (0..200).map(|row| row % 2 == 0).collect();
        let frame = frame(&[("income", &values)], &labels);
        let sign = |better| sign_of_better_values(&BTreeMap::from([("income".to_owned(), better)]), &frame);
        assert_eq!(sign(Better::Higher), None);
        let wrong = "label 0 has the better values of 1 of 1 features in [better]";
        assert_eq!(sign(Better::Lower).as_deref(), Some(wrong));
    }

    #[test]
    fn names_take_a_side() {
        let bad = [
            "denied",
            "default.payment.next.month",
            "SeriousDlqin2yrs",
            "charged_off",
            "loan-status: Charged Off",
            "is_bad",
            "was rejected",
            "churned",
            "isFraud",
            "NOT APPROVED",
            "delinquent_60_days",
            "past_due",
            "no_good",
            "good_bad",
            "loan_defaulted",
            "declined",
            "disapproved",
            "denial",
        ];
        bad.into_iter().for_each(|name| assert_eq!(side(name), Some(false), "{name}"));
        for name in ["approved", "APPROVED", "not_default", "non_default", "never_denied", "repaid", "good", "passed"] {
            assert_eq!(side(name), Some(true), "{name}");
        }
        for name in ["outcome", "YES", "NO", "badge", "latest", "sold", "target", "y"] {
            assert_eq!(side(name), None, "{name}");
        }
    }
}
