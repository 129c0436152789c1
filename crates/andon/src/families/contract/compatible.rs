//! Does the contract still accept what it accepted in the previous release?

use std::collections::BTreeSet;

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};
use andon_evidence::layout::CONTRACT;
use andon_evidence::package::identity;
use andon_evidence::package::previous::PreviousRelease;
use serde_json::Value;

use crate::data::contract::{Column, Kind, Record, columns_of};
use crate::measure::sample::Measured;
use crate::release::Release;

/// A column that accepts less than before.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Breaking {
    column: String,
    what: String,
}

/// The number of columns of the record that accept less than in the previous release, without a reason under
/// `[breaking]` and without a version that says so. Callers and data files that kept the contract then would be refused
/// now: a column is gone, or came and is required; its type, its range or its list of values is narrower. A column that
/// accepts more is no such change. The parts name each change, also those that are announced.
///
/// A first release has nothing to compare with: the measurement is 0 and its part says so.
///
/// # Errors
/// Not measured when the contract of the previous release or the version cannot be read.
pub fn compatible<R: Record>(release: &Release<R>) -> Measured {
    let columns = release.contract().columns().len() as u64;
    let Some(previous) = release.released() else {
        let name = "nothing was released yet, so there is nothing to compare with".to_owned();
        let parts = vec![Part { name, value: 0.0, n: columns }];
        return Ok(Measurement::exact(0.0, Unit::Count, columns)?.with_parts(parts));
    };
    let schema: Value = serde_json::from_slice(previous.files.get(CONTRACT).map(Vec::as_slice).unwrap_or_default())
        .map_err(|error| NotMeasured(format!("{CONTRACT} of the previous release cannot be read: {error}")))?;
    let changes = breaking_changes(&schema, release.contract().json_schema());
    let changes = changes.ok_or_else(|| NotMeasured(format!("{CONTRACT} describes no record")))?;
    let (_, version) = identity(release.root()).map_err(|error| NotMeasured(error.to_string()))?;
    let announced =
        announces_breaking(&previous.manifest.version, &version).then(|| format!("version {version} says so"));
    let excuse = |change: &Breaking| announced.clone().or_else(|| reason(release, previous, &change.column));
    let part = |change: Breaking| match excuse(&change) {
        None => Part { name: format!("{}: {}", change.column, change.what), value: 1.0, n: columns },
        Some(why) => Part { name: format!("{}: {} ({why})", change.column, change.what), value: 0.0, n: columns },
    };
    let mut parts: Vec<Part> = changes.into_iter().map(part).collect();
    parts.sort_by(|a, b| b.value.total_cmp(&a.value));
    let unannounced = parts.iter().filter(|part| part.value > 0.0).count();
    Ok(Measurement::exact(unannounced as f64, Unit::Count, columns)?.with_parts(parts))
}

/// The reason for a change of this release. A reason that stood in the previous release was given for another change.
fn reason<R: Record>(release: &Release<R>, previous: &PreviousRelease, column: &str) -> Option<String> {
    let policy = release.policy();
    let key = format!("breaking.{column}");
    let then = previous.settings().ok()?.get(&key).map(str::to_owned);
    let now = policy.settings.get(&key).map(str::to_owned);
    policy.breaking.get(column).filter(|_| now != then).map(|why| format!("reason: {why}"))
}

/// True if the version is one that may break callers: a new major version, or a new minor version before 1.0.0, as
/// cargo counts it.
fn announces_breaking(then: &str, now: &str) -> bool {
    let parts = |version: &str| -> Option<(u64, u64)> {
        let mut parts = version.split(['.', '-', '+']).map(str::parse);
        let (major, minor) = (parts.next()?.ok()?, parts.next()?.ok()?);
        Some((major, if major == 0 { minor } else { 0 }))
    };
    parts(then).zip(parts(now)).is_some_and(|(then, now)| now > then)
}

/// Each column that accepts less than before; none if a schema describes no record.
fn breaking_changes(then: &Value, now: &Value) -> Option<Vec<Breaking>> {
    let (old, new) = (columns_of(then)?, columns_of(now)?);
    let names: BTreeSet<&String> = old.iter().chain(&new).map(|column| &column.name).collect();
    let property = |schema: &Value, name: &str| schema["properties"][name].clone();
    let change = |name: &String| {
        let find = |columns: &[Column]| columns.iter().find(|column| column.name == *name).cloned();
        let what = match (find(&old), find(&new)) {
            (Some(old), Some(new)) => {
                let mut narrower = narrower(&old, &new);
                narrower.extend(narrower_text(&property(then, name), &property(now, name)));
                narrower.join("; ")
            }
            (Some(_), None) => "is gone".to_owned(),
            (None, Some(new)) if new.required => "is new and required".to_owned(),
            (None, _) => String::new(),
        };
        (!what.is_empty()).then(|| Breaking { column: name.clone(), what })
    };
    Some(names.into_iter().filter_map(change).collect())
}

/// The ways in which a column accepts less than before.
fn narrower(then: &Column, now: &Column) -> Vec<String> {
    let mut found = Vec::new();
    if now.required && !then.required {
        found.push("is required, and was optional".to_owned());
    }
    match (&then.kind, &now.kind) {
        (Kind::Number { whole, min, max }, Kind::Number { whole: now_whole, min: now_min, max: now_max }) => {
            if *now_whole && !whole {
                found.push("is a whole number, and was any number".to_owned());
            }
            let number = |bound: &Option<f64>| bound.map_or("not limited".to_owned(), |bound| bound.to_string());
            if now_min.is_some_and(|now| min.is_none_or(|min| now > min)) {
                found.push(format!("the least is {}, and was {}", number(now_min), number(min)));
            }
            if now_max.is_some_and(|now| max.is_none_or(|max| now < max)) {
                found.push(format!("the most is {}, and was {}", number(now_max), number(max)));
            }
        }
        (Kind::Choice(then), Kind::Choice(now)) => {
            let gone: Vec<&str> = then.iter().filter(|name| !now.contains(name)).map(String::as_str).collect();
            if !gone.is_empty() {
                found.push(format!("takes no {} any more", gone.join(", ")));
            }
        }
        (Kind::Choice(_), Kind::Text) | (Kind::Text, Kind::Text) | (Kind::Flag, Kind::Flag) => {}
        _ => found.push(format!("is {}, and was {}", now.allowed(), then.allowed())),
    }
    found
}

/// The ways in which a text may be less long, or of fewer forms, than before.
fn narrower_text(then: &Value, now: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let length = |schema: &Value, key: &str| schema[key].as_u64();
    if let Some(now) = length(now, "minLength").filter(|now| *now > length(then, "minLength").unwrap_or(0)) {
        found.push(format!("has at least {now} characters"));
    }
    if let Some(now) = length(now, "maxLength").filter(|now| length(then, "maxLength").is_none_or(|then| *now < then)) {
        found.push(format!("has at most {now} characters"));
    }
    if let Some(now) = now["pattern"].as_str().filter(|now| then["pattern"].as_str() != Some(now)) {
        found.push(format!("must match {now}"));
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(change: impl FnOnce(&mut Value)) -> Value {
        let mut schema = json!({
            "properties": {
                "rooms": { "type": "integer", "minimum": 1, "maximum": 20 },
                "area": { "type": ["number", "null"] },
                "heating": { "type": "string", "enum": ["gas", "none"] },
                "name": { "type": "string", "maxLength": 20 },
                "sold": { "type": "boolean" },
            },
            "required": ["rooms", "heating"],
        });
        change(&mut schema);
        schema
    }

    fn changes(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let found = breaking_changes(&record(|_| {}), &record(change)).unwrap();
        found.into_iter().map(|change| format!("{}: {}", change.column, change.what)).collect()
    }

    #[test]
    fn each_way_to_accept_less_is_named() {
        let set = |path: &'static str, value: Value| {
            changes(move |schema| *schema.pointer_mut(path).unwrap() = value).join(" | ")
        };
        assert_eq!(set("/properties/rooms/minimum", json!(2)), "rooms: the least is 2, and was 1");
        assert_eq!(set("/properties/rooms/maximum", json!(9)), "rooms: the most is 9, and was 20");
        let bounded = set("/properties/area", json!({ "type": "number", "maximum": 9.5 }));
        assert_eq!(bounded, "area: the most is 9.5, and was not limited");
        let whole = set("/properties/area/type", json!("integer"));
        assert_eq!(whole, "area: is a whole number, and was any number");
        assert_eq!(set("/properties/heating/enum", json!(["gas", "pump"])), "heating: takes no none any more");
        assert_eq!(set("/properties/name/maxLength", json!(9)), "name: has at most 9 characters");
        let flag = set("/properties/sold/type", json!("string"));
        assert_eq!(flag, "sold: is any text, or empty, and was true or false, or empty");
        assert_eq!(set("/required", json!(["rooms", "heating", "area"])), "area: is required, and was optional");
        let gone = changes(|schema| drop(schema["properties"].as_object_mut().unwrap().remove("sold")));
        assert_eq!(gone, ["sold: is gone"]);
        let new = changes(|schema| {
            schema["properties"]["floor"] = json!({ "type": "integer" });
            schema["required"] = json!(["rooms", "heating", "floor"]);
        });
        assert_eq!(new, ["floor: is new and required"]);
    }

    #[test]
    fn to_accept_more_breaks_nobody() {
        let wider = changes(|schema| {
            schema["properties"]["rooms"] = json!({ "type": "number", "minimum": 0, "maximum": 99 });
            schema["properties"]["heating"]["enum"] = json!(["gas", "none", "pump"]);
            schema["properties"]["floor"] = json!({ "type": "integer" });
            schema["required"] = json!(["rooms"]);
        });
        assert_eq!(wider, [""; 0]);
    }

    #[test]
    fn a_version_announces_as_cargo_counts_it() {
        for (then, now) in [("1.4.2", "2.0.0"), ("0.1.9", "0.2.0"), ("0.9.0", "1.0.0"), ("1.0.0", "2.0.0-rc.1")] {
            assert!(announces_breaking(then, now), "{then} {now}");
        }
        for (then, now) in [("1.4.2", "1.5.0"), ("0.1.0", "0.1.1"), ("2.0.0", "1.0.0"), ("1.0.0", "1.0.0"), ("x", "2")]
        {
            assert!(!announces_breaking(then, now), "{then} {now}");
        }
    }
}
