//! Notes: rows of the chain about a decision that stands before them. A decision is never changed by a later row.

use crate::error::TrailError;
use crate::record::encode::Encoder;
use crate::record::entry::JsonObject;
use crate::record::row::Link;

/// The longest body, in bytes.
const MAX_BODY_BYTES: usize = 16 << 10;

/// The content of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// What happened later.
    Outcome,
    /// A person decided otherwise than the model, or confirmed it.
    Override,
    /// What a shadow challenger would have decided.
    Shadow,
}

impl NoteKind {
    /// The name under which it is stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Outcome => "outcome",
            Self::Override => "override",
            Self::Shadow => "shadow",
        }
    }

    pub(crate) fn named(name: &str) -> Result<Self, String> {
        let known = [Self::Outcome, Self::Override, Self::Shadow];
        known.into_iter().find(|kind| kind.name() == name).ok_or_else(|| format!("the note `{name}`"))
    }
}

/// The notes of a kind that a caller knows of. If the trail holds others by then, nothing is recorded, so that two
/// callers cannot both add the first note of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownNotes {
    /// The kind.
    pub kind: NoteKind,
    /// Their number.
    pub count: u64,
}

/// A note that is to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its kind.
    pub kind: NoteKind,
    /// The place of the decision in the trail.
    pub about: u64,
    /// Its content. It is kept for ever, also when the person is forgotten, so it must not identify the person.
    pub body: JsonObject,
}

impl Note {
    pub(crate) fn check(&self) -> Result<(), TrailError> {
        let problem = if self.about == 0 {
            "is about no row"
        } else if self.body.as_str().contains('\0') {
            "holds a NUL character"
        } else if self.body.as_str().len() > MAX_BODY_BYTES {
            "is longer than 16 KiB"
        } else {
            return Ok(());
        };
        Err(TrailError::Invalid { field: "note", problem })
    }
}

/// A note on the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoteRow {
    pub(crate) link: Link,
    pub(crate) kind: NoteKind,
    pub(crate) about: u64,
    pub(crate) body: String,
}

impl NoteRow {
    pub(crate) fn encode(&self) -> Encoder {
        Encoder::new("andon-audit note 1").text(self.kind.name()).number(self.about).text(&self.body)
    }
}
