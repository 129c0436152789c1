//! `golden add`: turns a failure that somebody found into a case that every later release is held to.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, stdin};
use std::path::Path;

use andon_evidence::EXIT_GO;
use andon_evidence::evidence::Store;
use andon_evidence::files::{self, FileError};
use andon_evidence::golden::{GoldenCase, ProbabilityRange};
use andon_evidence::layout::{CONTRACT, POLICY};
use andon_evidence::policy::{Golden, Policy};
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

use crate::arguments::GoldenArguments;
use crate::console;

/// The word for a record that a person decides.
const REFER: &str = "REFER";

/// Adds a case to the file of golden cases, and makes the file if there is none. Returns the exit code.
///
/// # Errors
/// If the policy names no file, the record is none of this release, the answer is none that the release can give, or
/// the file has another answer for the same record.
pub(crate) fn add(root: &Path, arguments: &GoldenArguments) -> Result<u8> {
    let policy = Policy::read(root)?;
    let next = "add [golden] with file = \"data/golden.ndjson\", and [gate.\"accuracy.golden\"] with max = 0";
    let golden = policy.golden.as_ref().with_context(|| format!("{POLICY} names no golden cases\nnext: {next}"))?;
    let case = GoldenCase {
        record: read_record(root, &policy, arguments)?,
        decision: arguments.decision.clone(),
        probability: arguments.probability.as_deref().map(parse_range).transpose()?,
        because: arguments.because.clone(),
    };
    let words = [policy.answer.positive.as_str(), policy.answer.negative.as_str(), REFER];
    if let Some(defect) = case.defect(&words) {
        bail!("no golden case: {defect}");
    }
    let line = append(root, golden, &case, &words)?;
    console::hint(&format!("{}, line {line}: {}", golden.file.display(), serde_json::to_string(&case)?));
    console::hint("next: cargo test --test gate -- --exact accuracy::golden");
    Ok(EXIT_GO)
}

/// Appends a case to the file. Returns its line.
fn append(root: &Path, golden: &Golden, case: &GoldenCase, words: &[&str]) -> Result<usize> {
    let path = root.join(&golden.file);
    let mut text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        read => read.map_err(FileError::io("read", &path))?,
    };
    let known = GoldenCase::read_all(&text, words).with_context(|| golden.file.display().to_string())?;
    if let Some((line, _)) = known.iter().find(|(_, other)| other.record == case.record) {
        bail!("{}, line {line} has the same record: change the answer there", golden.file.display());
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&serde_json::to_string(case)?);
    text.push('\n');
    files::write_atomically(&path, text.as_bytes())?;
    Ok(text.lines().count())
}

/// The record that the arguments name.
fn read_record(root: &Path, policy: &Policy, arguments: &GoldenArguments) -> Result<Map<String, Value>> {
    let contract = Store::in_root(root).path(CONTRACT);
    let contract = files::read(&contract).context("the contract comes from the gates\nnext: cargo test")?;
    let contract: Value = serde_json::from_slice(&contract)?;
    let inputs = inputs(policy, &contract);
    match (&arguments.record, &arguments.id) {
        (Some(path), _) => check_columns(&inputs, read_json(path)?),
        (None, Some(id)) => row_of_data(root, policy, &contract, &inputs, id),
        (None, None) => bail!("name a record, or the id of a row"),
    }
}

/// The columns of a case: the features, and what else the contract requires of a record.
fn inputs<'a>(policy: &'a Policy, contract: &'a Value) -> BTreeSet<&'a str> {
    let required = contract["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    policy.data.features.iter().map(String::as_str).chain(required).collect()
}

fn read_json(path: &Path) -> Result<Map<String, Value>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        stdin().read_to_end(&mut bytes)?;
    } else {
        bytes = files::read(path)?;
    }
    let shown = path.display();
    serde_json::from_slice(&bytes).with_context(|| format!("{shown} is not one record as a JSON object"))
}

/// Refuses what no decision can rest on.
fn check_columns(inputs: &BTreeSet<&str>, record: Map<String, Value>) -> Result<Map<String, Value>> {
    let surplus: Vec<&str> = record.keys().map(String::as_str).filter(|name| !inputs.contains(name)).collect();
    ensure!(surplus.is_empty(), "{} is no feature of this release: leave it out", surplus.join(", "));
    Ok(record)
}

/// These columns of the row with this id in the data file, each with the type that the contract has for it. Where rows
/// have no id, it is their number, from 1.
fn row_of_data(
    root: &Path,
    policy: &Policy,
    contract: &Value,
    inputs: &BTreeSet<&str>,
    id: &str,
) -> Result<Map<String, Value>> {
    let file = root.join(&policy.data.file);
    let mut rows = csv::Reader::from_path(&file).with_context(|| file.display().to_string())?;
    let header = rows.headers()?.clone();
    let id_column = policy.data.id.as_deref();
    let place = id_column.map(|column| {
        let place = header.iter().position(|name| name == column);
        place.with_context(|| format!("{} has no column {column}", file.display()))
    });
    let place = place.transpose()?;
    for (index, row) in rows.records().enumerate() {
        let row = row?;
        let is_the_row = match place {
            Some(place) => row.get(place) == Some(id),
            None => id.parse() == Ok(index + 1),
        };
        if !is_the_row {
            continue;
        }
        let cells = header.iter().zip(&row).filter(|(name, cell)| !cell.is_empty() && inputs.contains(name));
        return cells.map(|(name, cell)| Ok((name.to_owned(), typed(&contract["properties"][name], cell)?))).collect();
    }
    bail!("{} has no row with the {} {id}", policy.data.file.display(), id_column.unwrap_or("number"))
}

/// A cell of the data file with the type of its column.
fn typed(column: &Value, cell: &str) -> Result<Value> {
    let is =
        |kind: &str| column["type"] == kind || column["type"].as_array().is_some_and(|all| all.contains(&kind.into()));
    let literal = is("integer") || is("number") || is("boolean");
    if !literal {
        return Ok(cell.into());
    }
    let value: Value = serde_json::from_str(cell).with_context(|| format!("`{cell}` is no number, true or false"))?;
    // JSON has no second way to write a whole number, and a data file has.
    let whole = value.as_f64().filter(|number| is("integer") && number.fract().abs() < f64::MIN_POSITIVE);
    Ok(whole.map_or(value, |number| Value::from(number as i64)))
}

/// `0.2..0.4` as a range.
fn parse_range(text: &str) -> Result<ProbabilityRange> {
    let ends = text.split_once("..").and_then(|(min, max)| Some((min.parse().ok()?, max.parse().ok()?)));
    let (min, max) = ends.with_context(|| format!("`{text}` is no range; write it as 0.2..0.4"))?;
    Ok(ProbabilityRange { min, max })
}
