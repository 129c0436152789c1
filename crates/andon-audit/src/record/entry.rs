//! The entry that the service hands over, and the receipt that it gets back.

use serde::Serialize;
use serde_json::Value;

use crate::error::TrailError;
use crate::record::hash::Hash;

/// The longest entry, all texts together, in bytes.
pub const MAX_ENTRY_BYTES: usize = 1 << 20;

/// A value cannot be stored as a JSON object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a JSON object, found {0}")]
pub struct NotAnObject(String);

/// A JSON object as canonical text: keys in order, no spaces.
///
/// ```
/// use andon_audit::JsonObject;
/// use serde_json::json;
///
/// let object = JsonObject::new(&json!({ "term": 12, "income": 58.5 })).unwrap();
/// assert_eq!(object.as_str(), r#"{"income":58.5,"term":12}"#);
/// assert!(JsonObject::new(&json!([58.5])).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonObject(String);

impl JsonObject {
    /// The canonical text of a struct or map.
    ///
    /// # Errors
    /// [`NotAnObject`] for any other value.
    pub fn new(value: &impl Serialize) -> Result<Self, NotAnObject> {
        serde_json::to_value(value).map_err(|error| NotAnObject(error.to_string()))?.try_into()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

impl TryFrom<Value> for JsonObject {
    type Error = NotAnObject;

    fn try_from(value: Value) -> Result<Self, NotAnObject> {
        if !value.is_object() {
            return Err(NotAnObject(format!("`{value}`")));
        }
        let not_written = |error: &dyn ToString| NotAnObject(error.to_string());
        let mut text = Vec::with_capacity(512);
        write_canonical(&value, &mut text).map_err(|error| not_written(&error))?;
        String::from_utf8(text).map(Self).map_err(|error| not_written(&error))
    }
}

/// Sorts by itself: whether `serde_json` does depends on the features that other crates ask of it.
fn write_canonical(value: &Value, text: &mut Vec<u8>) -> serde_json::Result<()> {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(key, _)| *key);
            let members = members.into_iter().map(|(key, member)| (Some(key), member));
            write_list(members, *b"{}", text)
        }
        Value::Array(items) => write_list(items.iter().map(|item| (None, item)), *b"[]", text),
        scalar => serde_json::to_writer(text, scalar),
    }
}

fn write_list<'a>(
    items: impl Iterator<Item = (Option<&'a String>, &'a Value)>,
    ends: [u8; 2],
    text: &mut Vec<u8>,
) -> serde_json::Result<()> {
    text.push(ends[0]);
    for (at, (key, value)) in items.enumerate() {
        if at > 0 {
            text.push(b',');
        }
        if let Some(key) = key {
            serde_json::to_writer(&mut *text, key)?;
            text.push(b':');
        }
        write_canonical(value, text)?;
    }
    text.push(ends[1]);
    Ok(())
}

/// One decision, as the service hands it over.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The name of the request; need not be unique. It must not identify the person, since it is never forgotten.
    pub request_id: String,
    /// Version of the model that decided.
    pub model_version: String,
    /// Digest of the inputs that the model was released with.
    pub fingerprint: String,
    /// Digest of the model that decided. Version and fingerprint are what an artifact says of itself; this is computed
    /// from the bytes of the model.
    pub model_sha256: String,
    /// The scored record. Personal: can be forgotten.
    pub inputs: JsonObject,
    /// The model's score, finite; absent if a person is to decide.
    pub score: Option<f64>,
    /// The decision, in the policy's word.
    pub decision: String,
    /// Codes of the reasons, strongest first.
    pub reasons: Vec<String>,
    /// The source of the explanation, such as `template`.
    pub explanation_source: String,
    /// Protected attributes, kept to watch fairness by; stored apart and never scored. Personal: can be forgotten.
    pub monitoring: Option<JsonObject>,
}

impl Entry {
    /// Refuses an entry that one of the databases could not give back unchanged.
    pub(crate) fn check(&self) -> Result<(), TrailError> {
        let invalid = |field, problem| Err(TrailError::Invalid { field, problem });
        let texts = [
            ("request_id", &self.request_id),
            ("model_version", &self.model_version),
            ("fingerprint", &self.fingerprint),
            ("model_sha256", &self.model_sha256),
            ("decision", &self.decision),
            ("explanation_source", &self.explanation_source),
        ];
        if let Some((field, _)) = texts.iter().find(|(_, text)| text.contains('\0')) {
            return invalid(field, "holds a NUL character");
        }
        if self.score.is_some_and(|score| !score.is_finite()) {
            return invalid("score", "is not finite");
        }
        let json = [Some(&self.inputs), self.monitoring.as_ref()].into_iter().flatten().map(|object| object.0.len());
        let length = texts.iter().map(|(_, text)| text.len()).chain(self.reasons.iter().map(String::len)).chain(json);
        if length.sum::<usize>() > MAX_ENTRY_BYTES { invalid("entry", "is longer than 1 MiB") } else { Ok(()) }
    }
}

/// The receipt of an entry that is on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Place in the trail, from 1, without gaps.
    pub sequence: u64,
    /// The time of recording: UTC, RFC 3339 with six decimals, so that the order of the texts is that of the times.
    pub time: String,
    /// The chain's hash up to and including this row.
    pub hash: Hash,
}
