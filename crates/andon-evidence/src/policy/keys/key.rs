//! A key of the policy, and a table of keys.

use crate::policy::limits::KeyLimits;

/// One table of `release.toml`, such as `[recipe]`.
#[derive(Debug, Clone, Copy)]
pub struct PolicyTable {
    /// The name between the brackets; [`NAME`] stands for a name that the policy's author chooses.
    pub name: &'static str,
    /// True if a policy without the table is refused.
    pub required: bool,
    /// The purpose of the table.
    pub meaning: &'static str,
    /// Its keys.
    pub keys: &'static [PolicyKey],
    /// The table as it may be written.
    pub example: &'static str,
}

/// One key of a [`PolicyTable`].
#[derive(Debug, Clone, Copy)]
pub struct PolicyKey {
    /// The key; [`NAME`] stands for a name that the policy's author chooses, such as that of a column.
    pub name: &'static str,
    /// The type of its value, in words.
    pub kind: &'static str,
    /// The effect of leaving the key out.
    pub presence: Presence,
    /// The allowed range of a number.
    pub limits: Option<KeyLimits>,
    /// Further conditions on the value, in words; empty if there are none.
    pub valid: &'static str,
    /// The effect of the value.
    pub meaning: &'static str,
}

/// The effect of leaving a key out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// The policy is refused.
    Required,
    /// Nothing is declared.
    Optional,
    /// This value, as it would be written.
    Default(&'static str),
}

/// Stands for a name that the policy's author chooses.
pub const NAME: &str = "NAME";

impl PolicyKey {
    pub(super) const fn new(name: &'static str, kind: &'static str, meaning: &'static str) -> Self {
        Self { name, kind, presence: Presence::Required, limits: None, valid: "", meaning }
    }

    pub(super) const fn within(self, limits: KeyLimits) -> Self {
        Self { limits: Some(limits), ..self }
    }

    pub(super) const fn valid(self, valid: &'static str) -> Self {
        Self { valid, ..self }
    }

    pub(super) const fn optional(self) -> Self {
        Self { presence: Presence::Optional, ..self }
    }

    pub(super) const fn default(self, value: &'static str) -> Self {
        Self { presence: Presence::Default(value), ..self }
    }
}
