//! Protected attributes beside a record, in a member of their own: `"monitoring": { "sex": "female" }`.
//!
//! Only known groups can be compared, so a client may send the attributes. They are taken out of the body before the
//! record is read, so the model never sees them. The audit trail keeps them apart from the inputs. No answer, log,
//! metric or prompt holds them; without a trail they are checked and dropped.
//!
//! The tensors of the Open Inference Protocol and the page's form have no such member.

use std::borrow::Cow;
use std::collections::BTreeMap;

use andon::{Column, Decider, Kind, Record, Violation};
use andon_audit::JsonObject;
use serde_json::json;
use serde_json::value::RawValue;

use crate::read::entries::Entries;

/// The member's name.
pub(crate) const MEMBER: &str = "monitoring";

/// The largest number of problems in one answer. Otherwise a body of invalid values would get an answer longer than
/// itself.
const MAX_REPORTED: usize = 16;

/// A record to decide, and the attributes that are watched but not used for the decision.
#[derive(Debug, Clone)]
pub(crate) struct DecisionRequest<R> {
    /// The record to decide.
    pub(crate) record: R,
    /// Protected attributes for the trail.
    pub(crate) monitoring: Option<JsonObject>,
}

impl<R: Record> DecisionRequest<R> {
    /// The request without regard to its form: two bodies that hold one record and the same attributes give one text.
    ///
    /// # Errors
    /// A record that is not serializable.
    pub(crate) fn to_canonical(&self) -> serde_json::Result<String> {
        serde_json::to_string(&(&self.record, self.monitoring.as_ref().map(JsonObject::as_str)))
    }
}

impl<R> From<R> for DecisionRequest<R> {
    fn from(record: R) -> Self {
        Self { record, monitoring: None }
    }
}

/// A body in two parts: the text of the record, and every value under [`MEMBER`].
pub(crate) type Parted<'a> = (Cow<'a, [u8]>, Vec<&'a RawValue>);

/// Takes the member out of a body, even if the release watches no attribute, so that nothing repeats it. A body without
/// the member, a body that is not an object, and a body for a record with a column of that name stay as they are.
pub(crate) fn split_body<'a, R: Record>(decider: &Decider<R>, body: &'a [u8]) -> Parted<'a> {
    let whole = (Cow::Borrowed(body), Vec::new());
    // Only an escape could spell the name in another way.
    let may_hold = body.contains(&b'\\') || body.windows(MEMBER.len()).any(|text| text == MEMBER.as_bytes());
    if !may_hold || decider.contract().column(MEMBER).is_some() {
        return whole;
    }
    let Ok(Entries(entries)) = serde_json::from_slice::<Entries<&RawValue>>(body) else { return whole };
    let (given, others): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(name, _)| name == MEMBER);
    if given.is_empty() {
        return whole;
    }
    let others: Vec<String> = others.into_iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
    let record = format!("{{{}}}", others.join(",")).into_bytes();
    (Cow::Owned(record), given.into_iter().map(|(_, value)| value).collect())
}

/// The protected attributes that a request may state; none if the record itself has a column with the member's name.
pub(crate) fn watched_columns<R: Record>(decider: &Decider<R>) -> impl Iterator<Item = &Column> {
    let contract = decider.contract();
    let protected = decider.policy().data.protected.keys().filter_map(|name| contract.column(name));
    protected.filter(move |_| contract.column(MEMBER).is_none())
}

/// Checks the stated attributes by the contract; `None` if there are none. A null states nothing.
///
/// # Errors
/// Every invalid value. The error does not repeat the value, because it may be personal data.
pub(crate) fn check<R: Record>(
    decider: &Decider<R>,
    given: &[&RawValue],
) -> Result<Option<JsonObject>, Vec<Violation>> {
    if !given.is_empty() && watched_columns(decider).next().is_none() {
        return Err(vec![violation(MEMBER, "is not accepted: this release watches no attribute", "")]);
    }
    let stated = match given {
        [] => return Ok(None),
        [one] if one.get() == "null" => return Ok(None),
        [one] => serde_json::from_str::<Entries<&RawValue>>(one.get()),
        [..] => return Err(vec![violation(MEMBER, "appears more than once", "one object")]),
    };
    let Ok(Entries(stated)) = stated else {
        let allowed = format!("an object of {}", watched_names(decider));
        return Err(vec![violation(MEMBER, "is not an object", &allowed)]);
    };
    let mut attributes = check_each(decider, stated)?;
    attributes.retain(|_, value| value.is_some());
    // A map of texts is an object.
    Ok(if attributes.is_empty() { None } else { JsonObject::new(&attributes).ok() })
}

/// Checks each attribute by its column.
fn check_each<R: Record>(
    decider: &Decider<R>,
    stated: Vec<(String, &RawValue)>,
) -> Result<BTreeMap<String, Option<String>>, Vec<Violation>> {
    let mut attributes = BTreeMap::new();
    let mut wrong = Vec::new();
    for (name, value) in stated {
        let column = watched_columns(decider).find(|column| column.name == name);
        let place = format!("{MEMBER}.{name}");
        match column.map(|column| read_attribute(column, value)) {
            None => wrong.push(violation(&place, "is no protected attribute", &watched_names(decider))),
            Some(Err((problem, allowed))) => wrong.push(violation(&place, problem, &allowed)),
            Some(Ok(_)) if attributes.contains_key(&name) => {
                wrong.push(violation(&place, "is stated more than once", "one value"));
            }
            Some(Ok(value)) => drop(attributes.insert(name, value)),
        }
        if wrong.len() == MAX_REPORTED {
            break;
        }
    }
    if wrong.is_empty() { Ok(attributes) } else { Err(wrong) }
}

fn watched_names<R: Record>(decider: &Decider<R>) -> String {
    watched_columns(decider).map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Reads one of the column's categories; the error holds the problem and the allowed values. A protected attribute is
/// always a category, because no gate could judge a model by anything else.
fn read_attribute(column: &Column, value: &RawValue) -> Result<Option<String>, (&'static str, String)> {
    let Kind::Choice(names) = &column.kind else { return Err(("is not a category of the contract", String::new())) };
    let stated: Result<Option<String>, _> = serde_json::from_str(value.get());
    match stated {
        Ok(stated) if stated.as_ref().is_none_or(|name| names.contains(name)) => Ok(stated),
        Ok(_) => Err(("is not one of its values", column.allowed())),
        Err(_) => Err(("is not a text", column.allowed())),
    }
}

fn violation(column: &str, problem: &str, allowed: &str) -> Violation {
    Violation::new(column, "", problem, allowed)
}
