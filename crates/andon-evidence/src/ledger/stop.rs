//! A stop: a person's NO-GO on the release.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::files::sha256_hex;

/// Hexadecimal digits in the id of a stop.
const ID_DIGITS: usize = 8;

/// A person's NO-GO, in force until it is cleared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// Its name, such as `stop-1a2b3c4d`.
    pub id: String,
    /// The person who stopped the release.
    pub by: String,
    /// The reason.
    pub why: String,
    /// The day of the stop (UTC).
    pub day: Date,
    /// The end of the stop, if it is cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleared: Option<Clear>,
}

/// The end of a stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clear {
    /// The person who cleared the stop.
    pub by: String,
    /// The reason.
    pub why: String,
    /// The day (UTC).
    pub day: Date,
}

impl Stop {
    /// A new stop. `time` keeps two stops of one person for one reason apart.
    #[must_use]
    pub fn new(by: &str, why: &str, day: Date, time: jiff::Timestamp) -> Self {
        let mut digest = sha256_hex(format!("{time}\n{by}\n{why}").as_bytes());
        digest.truncate(ID_DIGITS);
        Self { id: format!("stop-{digest}"), by: by.to_owned(), why: why.to_owned(), day, cleared: None }
    }

    /// True if both tell the same stop, whoever cleared it.
    pub(crate) fn is_same_stop(&self, other: &Self) -> bool {
        (&self.id, &self.by, &self.why, self.day) == (&other.id, &other.by, &other.why, other.day)
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, by, why, day, .. } = self;
        let text = format!("{by} stopped the release on {day}: {why} ({id})");
        f.write_str(&text.replace(char::is_control, " "))
    }
}
