//! in-toto statements about the artifact: the verdict as a standard test result, and the numbers in a format of Andon.

use std::collections::BTreeMap;

use andon_evidence::decision::{Decision, GateResult, Outcome};
use andon_evidence::layout::{self, SUMS};
use anyhow::Result;
use serde_json::{Value, json};

use super::names::{MEASURED_FILE, VERDICT_FILE};
use super::source::FormSource;

const VERDICT_TYPE: &str = "https://in-toto.io/attestation/test-result/v0.1";

/// The type of the predicate with the numbers. It holds `outcome`, `fingerprint`, `model_sha256` and, for each gate,
/// `state` and `bar`. A gate that measured also has `value`, `interval`, `unit` and `n`. All are as in `evidence.json`.
/// GO for scores only has the gates that were not asked, by the reason.
const MEASURED_TYPE: &str = "urn:andon:predicate:measured:v1";

/// Both statements by file name. Their subjects are the files of the artifact with their digests, except the statements
/// themselves and the list of digests.
pub(crate) fn statements(
    source: &FormSource<'_>,
    digests: &BTreeMap<String, String>,
) -> Result<[(&'static str, Vec<u8>); 2]> {
    let about = digests.iter().filter(|(name, _)| ![VERDICT_FILE, MEASURED_FILE, SUMS].contains(&name.as_str()));
    let subject = |(name, digest): (&String, &String)| json!({ "name": name, "digest": { "sha256": digest } });
    let subjects = Value::Array(about.map(subject).collect());
    let measured = statement(MEASURED_TYPE, numbers(source), subjects.clone())?;
    Ok([(VERDICT_FILE, statement(VERDICT_TYPE, verdict(source), subjects)?), (MEASURED_FILE, measured)])
}

/// The gates as a predicate of the type test-result/v0.1.
fn verdict(source: &FormSource<'_>) -> Value {
    let decision = source.decision();
    let gates = |keep: &dyn Fn(&GateResult) -> bool| -> Vec<String> {
        decision.rows.iter().filter(|row| keep(row)).map(|row| row.gate.to_string()).collect()
    };
    let is_green = |row: &GateResult| row.state.outcome() == Outcome::Go;
    let policy_sha256 = source.manifest.files.get(layout::POLICY).map_or("", String::as_str);
    json!({
        "result": result(decision),
        "configuration": [{
            "name": layout::POLICY,
            "digest": { "sha256": policy_sha256 },
            "annotations": { "outcome": decision.outcome },
        }],
        "passedTests": gates(&|row| is_green(row) && !row.state.is_exception()),
        "warnedTests": gates(&|row| row.state.is_exception()),
        "failedTests": gates(&|row| !is_green(row)),
    })
}

/// A release with a gate that missed its bar, by a waiver or without blocking, passed with a warning; GO for scores
/// only is one too, because whoever takes `PASSED` for a whole release must not take it.
fn result(decision: &Decision) -> &'static str {
    let is_warned = decision.rows.iter().any(|row| row.state.is_exception());
    match decision.outcome {
        Outcome::GoForScores => "WARNED",
        Outcome::Go if is_warned => "WARNED",
        Outcome::Go => "PASSED",
        Outcome::NoGo | Outcome::Incomplete => "FAILED",
    }
}

fn numbers(source: &FormSource<'_>) -> Value {
    let decision = source.decision();
    let gate = |row: &GateResult| {
        let mut gate = json!({ "state": row.state, "bar": row.bar });
        if let Some(measured) = row.measurement() {
            gate["value"] = json!(measured.value());
            gate["interval"] = json!(measured.interval());
            gate["unit"] = json!(measured.unit());
            gate["n"] = json!(measured.n());
            if let Some(asked) = measured.asked() {
                gate["asked"] = json!(asked);
            }
        }
        (row.gate.to_string(), gate)
    };
    let mut numbers = json!({
        "outcome": decision.outcome,
        "fingerprint": decision.fingerprint,
        "model_sha256": decision.model_sha256(),
        "gates": decision.rows.iter().map(gate).collect::<serde_json::Map<_, _>>(),
    });
    if decision.outcome == Outcome::GoForScores {
        numbers["not_asked"] = json!(source.policy.not_asked().into_iter().collect::<BTreeMap<_, _>>());
    }
    numbers
}

fn statement(predicate_type: &str, predicate: Value, subjects: Value) -> Result<Vec<u8>> {
    let mut statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects,
        "predicateType": predicate_type,
        "predicate": predicate,
    });
    statement.sort_all_objects();
    Ok(serde_json::to_vec(&statement)?)
}
