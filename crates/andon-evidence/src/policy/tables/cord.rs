//! The rule for the cord: anybody may stop a release or a service, and not everybody may clear the stop.

use serde::{Deserialize, Serialize};

use crate::policy::error::KeyProblem;
use crate::policy::reason::stated;

/// The rule for clearing a stop; `[cord]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Cord {
    /// The persons who may clear a stop; anybody without it.
    #[serde(default)]
    pub may_clear: Option<Vec<String>>,
    /// The reason why the person who stopped may clear it alone, if that is so.
    #[serde(default)]
    pub clear_alone: Option<String>,
}

impl Cord {
    /// Says why a person must not clear a stop that `stopped_by` put on.
    #[must_use]
    pub fn refusal(&self, stopped_by: &str, by: &str) -> Option<String> {
        let listed =
            self.may_clear.as_ref().is_none_or(|persons| persons.iter().any(|person| is_same_person(person, by)));
        if !listed {
            let persons = self.may_clear.as_deref().unwrap_or_default().join(", ");
            return Some(format!("cord.may_clear of release.toml names {persons}"));
        }
        let is_own = self.clear_alone.is_none() && is_same_person(stopped_by, by);
        is_own.then(|| format!("{stopped_by} stopped it, and another person clears it"))
    }

    pub(crate) fn check(&self) -> Result<(), KeyProblem> {
        if let Some(persons) = &self.may_clear {
            if persons.is_empty() {
                return Err(("cord.may_clear".to_owned(), "names nobody: no stop could ever be cleared".to_owned()));
            }
            persons.iter().try_for_each(|person| stated("cord.may_clear", person))?;
        }
        self.clear_alone.as_ref().map_or(Ok(()), |why| stated("cord.clear_alone", why))
    }
}

/// True for one name in two spellings.
fn is_same_person(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    plain(one) == plain(other)
}
