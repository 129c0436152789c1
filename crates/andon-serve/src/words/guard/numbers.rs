//! Checks that each number was given, with its unit and in its place.

use super::facts::ExplanationFacts;
use super::reading::{Number, NumberUnit, Token, read_unit, tokenize};
use super::refusal::Refusal;
use super::vocabulary::{COPULAS, THRESHOLD_WORDS, compares};

/// Number words, each at its own place; tens and more follow.
#[rustfmt::skip]
pub(super) const NUMBER_WORDS: [&str; 31] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty",
    "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand", "million",
];

/// Words for the probability.
const PROBABILITY_WORDS: [&str; 4] = ["chance", "estimate", "estimated", "probability"];

/// Checks every number outside quoted reasons.
pub(super) fn check(text: &[Token], facts: &ExplanationFacts) -> Result<(), Refusal> {
    let given = given_numbers(facts);
    for (at, token) in text.iter().enumerate() {
        match token {
            Token::Number(number) if !given.contains(number) => return Err(Refusal::Number(number.to_string())),
            Token::Number(number) if !is_in_place(number, &text[..at], &text[at + 1..], facts) => {
                return Err(Refusal::Misplaced(number.to_string()));
            }
            Token::Word(word) if !is_spelled_well(word, &text[at + 1..], facts) => {
                return Err(Refusal::Number(word.clone()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn given_numbers(facts: &ExplanationFacts) -> Vec<Number> {
    let count = facts.reasons.len().to_string();
    let counts = [NumberUnit::Bare, NumberUnit::Reasons].map(|unit| Number { value: count.clone(), unit });
    let within = facts.reasons.iter().flat_map(|reason| tokenize(&reason.text));
    let within = within.filter_map(|token| match token {
        Token::Number(number) => Some(number),
        _ => None,
    });
    let percents = [percent(facts.probability_percent), percent(facts.threshold_percent)];
    percents.into_iter().chain(counts.into_iter().filter(|_| !facts.reasons.is_empty())).chain(within).collect()
}

fn percent(percent: f64) -> Number {
    let value = format!("{percent:.2}");
    Number { value: value.trim_end_matches('0').trim_end_matches('.').to_owned(), unit: NumberUnit::Percent }
}

/// Reports if a percentage is the one that the words around it name.
fn is_in_place(number: &Number, before: &[Token], behind: &[Token], facts: &ExplanationFacts) -> bool {
    let clause = before.iter().rev().map_while(within_clause);
    let predicate = behind.iter().map_while(within_clause).find(|word| !COPULAS.contains(word)).unwrap_or_default();
    let expected = if clause.clone().any(compares) || THRESHOLD_WORDS.contains(&predicate) {
        facts.threshold_percent
    } else if clause.clone().any(|word| PROBABILITY_WORDS.contains(&word)) || PROBABILITY_WORDS.contains(&predicate) {
        facts.probability_percent
    } else {
        return true;
    };
    number.unit != NumberUnit::Percent || *number == percent(expected)
}

fn within_clause(token: &Token) -> Option<&str> {
    token.word().filter(|word| *word != "and")
}

/// Reports if a word is no number, or the number of reasons. "One" is usually no number.
fn is_spelled_well(word: &str, behind: &[Token], facts: &ExplanationFacts) -> bool {
    let counts = matches!(read_unit(behind).0, NumberUnit::Bare | NumberUnit::Reasons);
    let number = NUMBER_WORDS.iter().position(|spelled| *spelled == word);
    number.is_none_or(|number| counts && (number == 1 || number == facts.reasons.len()))
}
