//! The words for people: the reason dictionary, the forbidden words, and the features that a person can act on.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::policy::error::KeyProblem;
use crate::policy::tables::Data;

/// The place of the value in a reason.
pub const VALUE: &str = "{value}";

/// The longest reason, in words. Nobody reads a long notice to its end.
const MAX_WORDS: usize = 20;

/// One entry of the reason dictionary: the text that tells a person that a feature spoke against them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// Short name for records and notices, unlike every other.
    pub code: String,
    /// The reason, which names the value that was found.
    pub reason: Phrase,
    /// The reason if there is no value, for a feature that may lack one.
    pub missing: Option<String>,
    /// The advice: a change that would help.
    pub improve: String,
}

/// A reason in the person's words, true of the value at hand.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Phrase {
    /// For every value, which takes the place of `{value}`.
    Any(String),
    /// For these values only, such as `1` of a flag or a category's name; any other value is never a reason.
    ByValue(BTreeMap<String, String>),
}

impl Phrase {
    /// The reason for a value, as it is written; `None` if the dictionary has none.
    ///
    /// ```
    /// use andon_evidence::policy::Phrase;
    /// let debt = Phrase::Any("obligations of {value} % of income".to_owned());
    /// assert_eq!(debt.for_value("58").as_deref(), Some("obligations of 58 % of income"));
    /// let flag = Phrase::ByValue([("1".to_owned(), "a bankruptcy on record".to_owned())].into());
    /// assert_eq!(flag.for_value("0"), None);
    /// ```
    #[must_use]
    pub fn for_value(&self, value: &str) -> Option<String> {
        match self {
            Self::Any(phrase) => Some(phrase.replace(VALUE, value)),
            Self::ByValue(phrases) => phrases.get(value).map(|phrase| phrase.replace(VALUE, value)),
        }
    }

    fn all(&self) -> Vec<&str> {
        match self {
            Self::Any(phrase) => vec![phrase],
            Self::ByValue(phrases) => phrases.values().map(String::as_str).collect(),
        }
    }
}

/// The range in which a person can move a feature, in steps that cost about the same effort.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Actionable {
    /// One step, in the column's unit.
    pub step: f64,
    /// The most that the value can fall, in the column's unit.
    #[serde(default)]
    pub lower_by: f64,
    /// The most that it can rise, in the column's unit.
    #[serde(default)]
    pub raise_by: f64,
}

/// Most steps in one direction.
const MAX_STEPS: f64 = 1_000.0;

impl Actionable {
    pub(super) fn defect(&self) -> Option<&'static str> {
        let Self { step, lower_by, raise_by } = *self;
        let most = lower_by.max(raise_by);
        if ![step, lower_by, raise_by].iter().all(|number| number.is_finite() && *number >= 0.0) || step <= 0.0 {
            Some("needs a finite `step` above 0, `lower_by` and `raise_by` not below 0")
        } else if most < step || most / step > MAX_STEPS {
            Some("must be able to move by at least one step, and by at most 1,000")
        } else {
            None
        }
    }
}

/// A text as lower-case words.
pub fn words(text: &str) -> impl Iterator<Item = String> + use<> {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
        .map(|word| word.replace('’', "'").trim_matches('\'').to_lowercase())
        .map(|word| word.strip_suffix("'s").map_or(word.clone(), str::to_owned))
        .filter(|word| !word.is_empty())
        .collect();
    words.into_iter()
}

/// Endings of an English word that do not make another word of it.
const ENDINGS: [&str; 22] = [
    "", "s", "es", "d", "ed", "ing", "ly", "al", "ally", "ic", "ism", "ist", "ists", "ness", "hood", "ship", "ish",
    "ian", "ians", "er", "ers", "n",
];

/// True if a text says a forbidden word or phrase, in any inflection of its last word.
///
/// ```
/// use andon_evidence::policy::says;
/// assert!(says("Because of her sexuality", "sexuality") && says("the Hispanics", "hispanic"));
/// assert!(says("your age-group’s", "age_group") && !says("our agenda", "age"));
/// ```
#[must_use]
pub fn says(text: &str, forbidden: &str) -> bool {
    let text: Vec<String> = words(text).collect();
    let forbidden: Vec<String> = words(forbidden).collect();
    let Some((last, first)) = forbidden.split_last() else { return false };
    let inflected = |word: &str| {
        let stems = [Some(last.as_str()), last.strip_suffix('e'), last.strip_suffix('y')];
        let regular = stems[..2].iter().flatten().any(|stem| {
            // A bare stem without its `e` is another word.
            word.strip_prefix(stem).is_some_and(|end| ENDINGS.contains(&end) && (*stem == last || !end.is_empty()))
        });
        regular || stems[2].is_some_and(|stem| word.strip_prefix(stem).is_some_and(|end| ["ies", "ied"].contains(&end)))
    };
    text.windows(forbidden.len()).any(|window| window[..first.len()] == *first && inflected(&window[first.len()]))
}

/// Every word and phrase that no explanation may hold: protected attributes, their groups, proxies, and the policy's
/// own list.
pub(super) fn never_said<'a>(
    data: &'a Data,
    never: &'a BTreeMap<String, Vec<String>>,
) -> impl Iterator<Item = &'a str> {
    let protected = data.protected.iter().flat_map(|(name, groups)| [name].into_iter().chain(groups));
    let pooled = data.pools().flat_map(|(.., pool)| &pool.groups);
    protected
        .chain(pooled)
        .chain(data.proxies.keys())
        .chain(never.values().flatten())
        .map(String::as_str)
        .filter(|name| is_sayable(name))
}

/// True for a name with a word. A group such as `<25` has none: its number alone says nothing about a person, and a
/// text may hold it as the value of a feature.
fn is_sayable(name: &str) -> bool {
    words(name).any(|word| word.contains(char::is_alphabetic))
}

/// Checks the dictionary: each code once, each text of a readable length and without a forbidden word.
pub(super) fn check(wording: &BTreeMap<String, Wording>, never_said: &BTreeSet<&str>) -> Result<(), KeyProblem> {
    let mut codes = BTreeSet::new();
    for (feature, entry) in wording {
        let problem = |key: &str, what: String| Err((format!("wording.{feature}{key}"), what));
        if entry.code.trim().is_empty() || !codes.insert(&entry.code) {
            return problem(".code", format!("`{}` is empty or another reason's code", entry.code));
        }
        let reasons = entry.reason.all();
        if reasons.is_empty() {
            return problem(".reason", "has no words for any value".to_owned());
        }
        for text in reasons.into_iter().chain(entry.missing.as_deref()).chain([entry.improve.as_str()]) {
            let length = words(text).count();
            if !(1..=MAX_WORDS).contains(&length) {
                return problem("", format!("`{text}` has {length} words: allowed are 1 to {MAX_WORDS}"));
            }
            if let Some(word) = never_said.iter().find(|word| says(text, word)) {
                return problem("", format!("`{text}` names `{word}`, which must never be said"));
            }
        }
    }
    Ok(())
}
