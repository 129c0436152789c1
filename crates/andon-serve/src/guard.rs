//! Judges what a language model says about a decision before anybody sees it.
//!
//! A pure function over a short list of rules. What it cannot know is whether a sentence is true; it knows that the
//! decision is the one that was made, that each number was given, and that no protected attribute is named.

use andon::evidence::policy::Policy;
use andon::reply::{REFER, Reply};
use serde::{Deserialize, Serialize};

/// Most words of an explanation.
pub const MAX_WORDS: usize = 100;

/// Most characters of an explanation, so that a word is a word.
pub const MAX_CHARS: usize = 1_000;

/// Spelled-out numbers, each at its place; the tens and more follow.
const SPELLED: [&str; 31] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "hundred",
    "thousand",
    "million",
];

/// Words that turn the word behind them around.
const NEGATIONS: [&str; 7] = ["no", "not", "never", "cannot", "without", "neither", "nor"];

/// Punctuation of plain sentences; markup and addresses need more.
const PUNCTUATION: &str = " .,;:!?%()'\"‘’“”–—-\u{a0}\u{202f}";

/// Why a text must not be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not the JSON object that was asked for.
    #[error("it is not an object with one text")]
    NotTheSchema,
    /// It is empty or too long.
    #[error("it has {0} words (allowed: 1 to {MAX_WORDS}, in at most {MAX_CHARS} characters)")]
    Length(usize),
    /// It names an address.
    #[error("it holds a link")]
    Link,
    /// It holds markup, a control character or something else that plain sentences do without.
    #[error("it holds the character {0:?}")]
    Character(char),
    /// It does not state the decision, or turns it around.
    #[error("it does not state {0}")]
    DecisionMissing(String),
    /// It states the other decision.
    #[error("it states {0}")]
    OppositeStated(String),
    /// It holds a number that was not given.
    #[error("it holds {0}, a number that was not given")]
    Number(String),
    /// It names a protected attribute or one of its groups.
    #[error("it names the protected `{0}`")]
    Protected(String),
}

/// What an explanation may rest on; as JSON, all that the language model gets to know.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Facts {
    pub(crate) decision: String,
    probability_percent: f64,
    threshold_percent: f64,
    reasons: Vec<String>,
    #[serde(skip)]
    pub(crate) opposite: String,
    #[serde(skip)]
    protected: Vec<String>,
}

impl Facts {
    /// The facts of a reply; `None` for a referral, which has no probability and no reasons.
    #[must_use]
    pub fn new(policy: &Policy, reply: &Reply) -> Option<Self> {
        let probability = reply.probability.filter(|_| reply.decision != REFER)?;
        let answer = &policy.answer;
        let opposite = if reply.decision == answer.positive { &answer.negative } else { &answer.positive };
        let protected = policy.data.protected.iter();
        Some(Self {
            decision: reply.decision.clone(),
            probability_percent: percent(probability),
            threshold_percent: percent(answer.threshold),
            reasons: reply.reasons.iter().map(|reason| reason.text.clone()).collect(),
            opposite: opposite.clone(),
            protected: protected.flat_map(|(name, groups)| [name].into_iter().chain(groups)).cloned().collect(),
        })
    }
}

/// Scores and thresholds are whole ten-thousandths, so two decimals are exact.
fn percent(share: f64) -> f64 {
    (share * 10_000.0).round() / 100.0
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Schema {
    text: String,
}

/// The text in a language model's answer, if it may be shown.
///
/// # Errors
/// [`Refusal`], the first rule that it breaks.
pub fn judge(answer: &str, facts: &Facts) -> Result<String, Refusal> {
    // serde would read an array of one text as the object.
    let object = Some(answer).filter(|answer| answer.trim_start().starts_with('{')).ok_or(Refusal::NotTheSchema)?;
    let Schema { text } = serde_json::from_str(object).map_err(|_| Refusal::NotTheSchema)?;
    check_form(&text)?;
    check_decision(&text, facts)?;
    check_numbers(&text, facts)?;
    let plain = plain(&text);
    match facts.protected.iter().find(|name| names(&plain, name)) {
        Some(name) => Err(Refusal::Protected(name.clone())),
        None => Ok(text),
    }
}

fn check_form(text: &str) -> Result<(), Refusal> {
    let words = text.split_whitespace().count();
    if !(1..=MAX_WORDS).contains(&words) || text.chars().count() > MAX_CHARS {
        return Err(Refusal::Length(words));
    }
    let has_domain = |word: &str| word.split('.').skip(1).any(|part| part.starts_with(char::is_alphabetic));
    if text.contains("://") || text.split_whitespace().any(has_domain) {
        return Err(Refusal::Link);
    }
    let allowed = |c: char| c.is_ascii_digit() || (c.is_alphabetic() && !c.is_numeric()) || PUNCTUATION.contains(c);
    match text.chars().find(|c| !allowed(*c)) {
        Some(other) => Err(Refusal::Character(other)),
        None if text.starts_with(['-', '–', '—']) => Err(Refusal::Character('-')),
        None => Ok(()),
    }
}

fn check_decision(text: &str, facts: &Facts) -> Result<(), Refusal> {
    let (spoken, decision, opposite) = (plain(text), plain(&facts.decision), plain(&facts.opposite));
    // One word may be part of the other, as in ACCEPTED and NOT ACCEPTED.
    let rest = if decision.contains(&opposite) { spoken.replace(&decision, " ") } else { spoken.clone() };
    if forms(&opposite).iter().any(|form| rest.contains(form)) {
        return Err(Refusal::OppositeStated(facts.opposite.clone()));
    }
    let negates = |word: &str| NEGATIONS.contains(&word) || word.ends_with("n't");
    let negated = |at: usize| spoken[..at].split_whitespace().rev().take(3).any(negates);
    if !states(text, &facts.decision) || spoken.match_indices(&decision).any(|(at, _)| negated(at)) {
        return Err(Refusal::DecisionMissing(facts.decision.clone()));
    }
    Ok(())
}

/// Whether the decision stands in the text as it is written, not within another word.
fn states(text: &str, decision: &str) -> bool {
    let mut found = text.match_indices(decision);
    found.any(|(at, _)| {
        let (before, behind) = (&text[..at], &text[at + decision.len()..]);
        !before.ends_with(char::is_alphanumeric) && !behind.starts_with(char::is_alphanumeric)
    })
}

/// A plain word and its forms as a verb: deny, denies, denied, denying.
fn forms(word: &str) -> Vec<String> {
    let word = word.trim();
    let (stem, endings) = match word.strip_suffix("ied").or(word.strip_suffix('y')) {
        Some(stem) => (stem, ["y", "ies", "ied", "ying"].as_slice()),
        None => {
            let stem = word.strip_suffix("ed").or(word.strip_suffix('e')).unwrap_or(word);
            (stem, ["", "e", "s", "es", "ed", "ing"].as_slice())
        }
    };
    let inflected = endings.iter().map(|ending| format!(" {stem}{ending} "));
    inflected.chain([format!(" {word} ")]).collect()
}

fn check_numbers(text: &str, facts: &Facts) -> Result<(), Refusal> {
    // A number within a reason is given where the whole reason is quoted.
    let text = facts.reasons.iter().fold(text.to_owned(), |text, reason| text.replace(reason, " … "));
    let percents = [facts.probability_percent, facts.threshold_percent];
    let count = facts.reasons.len();
    let words: Vec<&str> = text.split_whitespace().collect();
    for (at, word) in words.iter().enumerate().filter(|(_, word)| word.contains(|c: char| c.is_ascii_digit())) {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && !"%-–—".contains(c));
        let next = words.get(at + 1).copied().unwrap_or_default();
        let is_percent = bare.ends_with('%') || next.starts_with('%') || next.starts_with("per");
        let digits = bare.trim_end_matches('%');
        let number = digits.parse::<f64>().ok().filter(|_| digits.chars().all(|c| c.is_ascii_digit() || c == '.'));
        let given = |number: f64| {
            let is = |fact: f64| (number - fact).abs() < 1e-9;
            percents.into_iter().any(is) || (!is_percent && is(count as f64))
        };
        if !number.is_some_and(given) {
            return Err(Refusal::Number(bare.to_owned()));
        }
    }
    check_spelled(&text, count)
}

fn check_spelled(text: &str, count: usize) -> Result<(), Refusal> {
    let plain = plain(text);
    let words: Vec<&str> = plain.split_whitespace().collect();
    for (at, word) in words.iter().enumerate() {
        let is_percent = words.get(at + 1).is_some_and(|next| next.starts_with("per"));
        // "One" is most often no number.
        let given = |number: usize| !is_percent && (number == 1 || number == count);
        if SPELLED.iter().position(|spelled| spelled == word).is_some_and(|number| !given(number)) {
            return Err(Refusal::Number((*word).to_owned()));
        }
    }
    Ok(())
}

/// Lower-case words between single spaces, without punctuation and possessives.
fn plain(text: &str) -> String {
    let lower = text.to_lowercase().replace(['‘', '’'], "'");
    let words = lower.split(|c: char| !c.is_alphanumeric() && c != '\'').map(|word| word.trim_matches('\''));
    let words = words.map(|word| word.strip_suffix("'s").unwrap_or(word)).filter(|word| !word.is_empty());
    format!(" {} ", words.collect::<Vec<_>>().join(" "))
}

/// Whether a plain text holds a name, also in the plural.
fn names(plain_text: &str, name: &str) -> bool {
    let name = plain(name);
    plain_text.contains(&name) || plain_text.contains(&format!("{}s ", name.trim_end()))
}

#[cfg(test)]
mod tests;
