//! The names of gates and of their families.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The gate families, in the order in which they are shown.
pub const FAMILIES: [&str; 13] = [
    "policy",
    "contract",
    "accuracy",
    "calibration",
    "fairness",
    "robustness",
    "drift",
    "reproducibility",
    "import",
    "explanation",
    "latency",
    "serving",
    "card",
];

/// A gate's name: `family.question` or `family.question.subject`.
///
/// Ordered by family as in [`FAMILIES`], then by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GateId {
    family: usize,
    text: String,
}

impl GateId {
    /// The first word, one of [`FAMILIES`].
    #[must_use]
    pub fn family(&self) -> &'static str {
        FAMILIES[self.family]
    }

    /// The words between the dots: question, and subject where there is one.
    #[must_use]
    pub fn question(&self) -> (&str, Option<&str>) {
        let mut words = self.text.splitn(3, '.').skip(1);
        (words.next().unwrap_or_default(), words.next())
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path of the test that answers the gate: the same words, with colons.
    ///
    /// ```
    /// let id = andon_evidence::policy::GateId::try_from("fairness.disparate_impact.race".to_owned()).unwrap();
    /// assert_eq!(id.test_path(), "fairness::disparate_impact::race");
    /// ```
    #[must_use]
    pub fn test_path(&self) -> String {
        self.text.replace('.', "::")
    }
}

impl TryFrom<String> for GateId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let words: Vec<&str> = text.split('.').collect();
        let family = FAMILIES.iter().position(|family| *family == words[0]);
        let well_formed = |word: &&str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        match family {
            Some(family) if (2..=3).contains(&words.len()) && words.iter().all(well_formed) => {
                Ok(Self { family, text })
            }
            Some(_) => Err(format!("gate `{text}` is not of the form family.question[.subject] in a-z, 0-9 and _")),
            None => Err(format!("gate `{text}` has no known family (known families: {})", FAMILIES.join(", "))),
        }
    }
}

impl From<GateId> for String {
    fn from(id: GateId) -> Self {
        id.text
    }
}

impl Ord for GateId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.family, &self.text).cmp(&(other.family, &other.text))
    }
}

impl PartialOrd for GateId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for GateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
