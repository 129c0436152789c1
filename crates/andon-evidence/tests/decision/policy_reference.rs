//! The reference of the policy's keys against the parser, and `docs/policy.md` against the reference.

use std::collections::BTreeSet;
use std::path::Path;

use andon_evidence::policy::Policy;
use andon_evidence::policy::keys::{NAME, PolicyKey, Presence, TABLES, reference};
use toml::{Table, Value};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/policy.md");

/// `docs/policy.md` is the reference; `ANDON_BLESS=1` writes it.
#[test]
fn the_document_is_the_reference() {
    if std::env::var_os("ANDON_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(DOCUMENT, reference()).unwrap();
    }
    let document = std::fs::read_to_string(DOCUMENT).unwrap();
    assert!(
        document == reference(),
        "docs/policy.md differs from the code: ANDON_BLESS=1 cargo test -p andon-evidence policy_reference"
    );
}

/// The examples of all tables, as one policy.
fn example() -> Table {
    let text: Vec<&str> = TABLES.iter().map(|table| table.example).collect();
    text.join("\n").parse().unwrap()
}

/// The keys of `[model]` that stand beside a command and nothing else.
const KEYS_OF_A_COMMAND: [&str; 4] = ["explained_pairs", "explained_rows", "files", "time_limit_s"];

/// The policy in which a key can stand: the examples, or the smallest policy of a command.
fn policy_for(table: &str, key: &str) -> Table {
    if table != "model" || !KEYS_OF_A_COMMAND.contains(&key) {
        return example();
    }
    let command = "[model]\ncommand = [\"score\"]\n\n[evaluation]";
    let text = include_str!("../minimal.toml").replacen("[evaluation]", command, 1);
    text.replacen("latency.decision", "reproducibility.model_digest", 1).parse().unwrap()
}

fn parse(policy: &Table) -> Result<Policy, String> {
    Policy::parse(&policy.to_string(), Path::new("release.toml")).map_err(|error| error.to_string())
}

/// The names in the way to a table or key: `gate."NAME"` and `min` give `gate`, `NAME`, `min`.
fn steps(table: &str, key: &str) -> Vec<String> {
    let path = format!("{table}.{key}");
    path.split('.').map(|step| step.trim_matches(['"', '[', ']']).to_owned()).collect()
}

/// Every table of the example that the steps lead to; a chosen name leads to each entry, and a list to its entries.
fn reach<'a>(values: Vec<&'a mut Value>, step: &str) -> Vec<&'a mut Value> {
    let entries = |value: &'a mut Value| match value {
        Value::Array(entries) => entries.iter_mut().collect(),
        value => vec![value],
    };
    let follow = |value: &'a mut Value| -> Vec<&'a mut Value> {
        let Value::Table(table) = value else { return Vec::new() };
        if step == NAME {
            return table.iter_mut().map(|(_, value)| value).collect();
        }
        table.get_mut(step).into_iter().collect()
    };
    values.into_iter().flat_map(entries).flat_map(follow).collect()
}

/// Applies a change to every table of the example that holds this key or could, and gives the policies that follow, one
/// for each.
fn changed(table: &str, key: &str, change: impl Fn(&mut Table, &str)) -> Vec<Table> {
    let steps = steps(table, key);
    let (last, way) = steps.split_last().unwrap();
    let count = |policy: &mut Value| way.iter().fold(vec![policy], |values, step| reach(values, step)).len();
    let places = count(&mut Value::Table(policy_for(table, key)));
    let nth = |place: usize| {
        let mut policy = Value::Table(policy_for(table, key));
        let parent = way.iter().fold(vec![&mut policy], |values, step| reach(values, step)).remove(place);
        match parent {
            Value::Array(entries) => entries.iter_mut().filter_map(Value::as_table_mut).for_each(|t| change(t, last)),
            parent => change(parent.as_table_mut().unwrap(), last),
        }
        let Value::Table(policy) = policy else { unreachable!() };
        policy
    };
    (0..places).map(nth).collect()
}

fn all_keys() -> impl Iterator<Item = (&'static str, &'static PolicyKey)> {
    TABLES.iter().flat_map(|table| table.keys.iter().map(|key| (table.name, key)))
}

#[test]
fn the_examples_together_are_a_valid_policy() {
    parse(&example()).unwrap();
}

#[test]
fn every_key_stands_in_its_example() {
    for table in &TABLES {
        for key in table.keys.iter().filter(|key| key.name != NAME) {
            let name = key.name.trim_start_matches("NAME.");
            assert!(table.example.contains(&format!("{name} = ")), "{}: {name}", table.name);
        }
    }
}

/// The parser names the keys that it knows when it meets another one.
#[test]
fn the_parser_accepts_the_described_keys_and_no_other() {
    let mut described: BTreeSet<(String, String)> = BTreeSet::new();
    for (table, key) in all_keys().filter(|(_, key)| key.name != NAME) {
        let mut path = steps(table, key.name);
        let name = path.pop().unwrap();
        described.insert((path.join("."), name));
    }
    let parents: BTreeSet<String> = described.iter().map(|(parent, _)| parent.clone()).collect();
    for parent in parents {
        let policies = changed(&parent, "unheard_of", |table, name| {
            // A table that is one of several kinds takes one key alone.
            if parent == "drift" || parent.starts_with("noise") {
                table.clear();
            }
            table.insert(name.to_owned(), Value::Integer(1));
        });
        let error = parse(&policies[0]).unwrap_err();
        let known = error.rsplit_once("expected").unwrap_or_else(|| panic!("{parent}: {error}")).1;
        let known: BTreeSet<&str> = known.split('`').skip(1).step_by(2).collect();
        let of_parent = described.iter().filter(|(of, _)| *of == parent).map(|(_, name)| name.as_str());
        assert_eq!(known, of_parent.collect(), "{parent}");
    }
}

#[test]
fn the_parser_accepts_the_described_tables_and_no_other() {
    let mut policy = example();
    policy.insert("unheard_of".to_owned(), Value::Integer(1));
    let error = parse(&policy).unwrap_err();
    let known: BTreeSet<&str> = error.rsplit_once("expected").unwrap().1.split('`').skip(1).step_by(2).collect();
    let described: Vec<Vec<String>> = TABLES.iter().map(|table| steps(table.name, "")).collect();
    assert_eq!(known, described.iter().map(|steps| steps[0].as_str()).collect());
    for table in &TABLES {
        let mut policy = example();
        policy.remove(&steps(table.name, "")[0]);
        assert_eq!(parse(&policy).is_err(), table.required, "{}", table.name);
    }
}

#[test]
fn a_required_key_cannot_be_left_out_and_any_other_can() {
    for (table, key) in all_keys().filter(|(_, key)| key.name != NAME) {
        for policy in changed(table, key.name, |table, name| drop(table.remove(name))) {
            // One of two keys must be there: of a bar, a noise, a drift and what can be acted on. The keys of a
            // language model are there together or not at all.
            let pairs =
                ["min", "max", "NAME.deviation", "NAME.relative", "first_share", "NAME.lower_by", "NAME.raise_by"];
            // A day on which a source was checked needs the source.
            let together = ["ollama_url", "model", "timeout_ms", "source"];
            // A model is a file with predictions, a column of scores, or a command.
            let is_source = table == "model" && ["file", "predictions"].contains(&key.name);
            if !pairs.contains(&key.name) && !together.contains(&key.name) && !is_source {
                assert_eq!(parse(&policy).is_err(), key.presence == Presence::Required, "{table}.{}", key.name);
            }
        }
    }
}

/// A key that is left out has the value of a key with its default.
#[test]
fn the_defaults_are_those_of_the_parser() {
    let json = |policy: &Table| serde_json::to_value(parse(policy).unwrap()).unwrap();
    for (table, key) in all_keys() {
        let Presence::Default(default) = key.presence else { continue };
        let value: Table = format!("value = {default}").parse().unwrap();
        let without = changed(table, key.name, |table, name| drop(table.remove(name)));
        let with = changed(table, key.name, |table, name| drop(table.insert(name.to_owned(), value["value"].clone())));
        assert!(!without.is_empty(), "{table}.{}", key.name);
        for (without, with) in without.iter().zip(&with).filter(|(policy, _)| parse(policy).is_ok()) {
            assert_eq!(json(without), json(with), "{table}.{}", key.name);
        }
    }
}

#[test]
fn the_limits_are_allowed_and_nothing_beyond_them_is() {
    for (table, key) in all_keys() {
        let Some(limits) = key.limits else { continue };
        assert_eq!(limits.path, format!("{table}.{}", key.name));
        let is_whole = key.kind.contains("whole");
        let written = |number: f64| if is_whole { Value::Integer(number as i64) } else { Value::Float(number) };
        let set = |number: f64| {
            let is_list = key.kind.starts_with("list");
            let value = if is_list { Value::Array(vec![written(number)]) } else { written(number) };
            parse(&changed(table, key.name, |table, name| drop(table.insert(name.to_owned(), value.clone())))[0])
        };
        let step = if is_whole { 1.0 } else { 0.000_01 };
        for inside in [limits.min, limits.max] {
            assert!(set(inside).is_ok(), "{}: {:?}", limits.path, set(inside).err());
        }
        for beyond in [limits.min - step, limits.max + step.max(limits.max * 1e-6)] {
            let error = set(beyond).unwrap_err();
            // A negative whole number is no whole number to the parser.
            assert!(error.contains(limits.path) || error.contains("invalid value"), "{error}");
        }
    }
}
