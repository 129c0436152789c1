//! Rows as they are stored, and the part of them that enters the chain.

use crate::record::encode::Encoder;
use crate::record::entry::Entry;
use crate::record::hash::Hash;
use crate::record::ranges::Ranges;

/// The fields of every row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) sequence: u64,
    pub(crate) time: String,
    pub(crate) hash: Hash,
}

/// A decision's fields, without personal data.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DecisionFields {
    pub(crate) request_id: String,
    pub(crate) model_version: String,
    pub(crate) fingerprint: String,
    /// Absent in rows of the first format.
    pub(crate) model_sha256: Option<String>,
    pub(crate) score: Option<f64>,
    pub(crate) decision: String,
    /// A JSON array; hashed as the text that it is, so that another spelling of the same array is a change too.
    pub(crate) reasons: String,
    pub(crate) explanation_source: String,
    pub(crate) inputs_digest: Hash,
    pub(crate) monitoring_digest: Option<Hash>,
}

impl DecisionFields {
    pub(crate) fn encode(&self) -> Encoder {
        let score = self.score.map(|score| score.to_bits().to_le_bytes());
        let encoder = match &self.model_sha256 {
            None => Encoder::new("andon-audit decision 1"),
            Some(model_sha256) => Encoder::new("andon-audit decision 2").text(model_sha256),
        };
        encoder
            .text(&self.request_id)
            .text(&self.model_version)
            .text(&self.fingerprint)
            .optional(score.as_ref().map(<[u8; 8]>::as_slice))
            .text(&self.decision)
            .text(&self.reasons)
            .text(&self.explanation_source)
            .bytes(self.inputs_digest.as_bytes())
            .optional(self.monitoring_digest.as_ref().map(|digest| digest.as_bytes().as_slice()))
    }
}

/// The two parts of a row that are a person's, each in a table of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PersonalPart {
    Inputs,
    Monitoring,
}

impl PersonalPart {
    /// Also the name of its table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Inputs => "inputs",
            Self::Monitoring => "monitoring",
        }
    }
}

/// Personal text with the salt of its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Personal {
    pub(crate) salt: [u8; 32],
    pub(crate) json: String,
}

impl Personal {
    pub(crate) fn digest(&self, part: PersonalPart) -> Hash {
        let personal = Encoder::new("andon-audit personal 1").text(part.name());
        personal.bytes(&self.salt).text(&self.json).digest()
    }
}

/// The content of a table of personal data for a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StoredPersonal {
    Nothing,
    Erased,
    Text(Personal),
}

/// A decision as read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DecisionRow {
    pub(crate) link: Link,
    pub(crate) fields: DecisionFields,
    pub(crate) inputs: StoredPersonal,
    pub(crate) monitoring: StoredPersonal,
}

/// A decision on its way into the trail: hashed as far as the caller can.
#[derive(Debug)]
pub(crate) struct PreparedDecision {
    pub(crate) fields: DecisionFields,
    pub(crate) content: Hash,
    pub(crate) inputs: Personal,
    pub(crate) monitoring: Option<Personal>,
}

impl PreparedDecision {
    /// Salts and hashes a checked entry.
    ///
    /// # Errors
    /// The operating system has no randomness.
    pub(crate) fn new(entry: Entry) -> Result<Self, getrandom::Error> {
        let inputs = Personal { salt: salt()?, json: entry.inputs.into_text() };
        let monitoring = match entry.monitoring {
            Some(object) => Some(Personal { salt: salt()?, json: object.into_text() }),
            None => None,
        };
        let fields = DecisionFields {
            request_id: entry.request_id,
            model_version: entry.model_version,
            fingerprint: entry.fingerprint,
            model_sha256: Some(entry.model_sha256),
            // Databases do not keep the sign of zero.
            score: entry.score.map(|score| score + 0.0),
            decision: entry.decision,
            reasons: serde_json::Value::from(entry.reasons).to_string(),
            explanation_source: entry.explanation_source,
            inputs_digest: inputs.digest(PersonalPart::Inputs),
            monitoring_digest: monitoring.as_ref().map(|personal| personal.digest(PersonalPart::Monitoring)),
        };
        Ok(Self { content: fields.encode().digest(), fields, inputs, monitoring })
    }
}

/// Unknown to everybody, once erased.
fn salt() -> Result<[u8; 32], getrandom::Error> {
    let mut salt = [0; 32];
    getrandom::fill(&mut salt)?;
    Ok(salt)
}

/// A forgetting: which rows, as [`crate::record::ranges::Ranges`] are written, and why.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ForgettingRow {
    pub(crate) link: Link,
    pub(crate) sequences: String,
    pub(crate) reason: String,
}

impl ForgettingRow {
    pub(crate) fn encode(sequences: &str, reason: &str) -> Encoder {
        Encoder::new("andon-audit forgetting 1").text(sequences).text(reason)
    }
}

/// The rows that the recorded forgettings name.
pub(crate) fn forgotten_rows(forgettings: &[ForgettingRow]) -> Ranges {
    Ranges::union(forgettings.iter().filter_map(|row| row.sequences.parse().ok()))
}
