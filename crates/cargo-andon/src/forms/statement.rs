//! in-toto statements about the artifact: the verdict in the form that everybody knows, and the numbers in a form of our own.

use std::collections::BTreeMap;

use andon_evidence::decision::{Decision, Outcome, Row, State};
use andon_evidence::files::sha256_hex;
use andon_evidence::policy;
use anyhow::Result;
use serde_json::{Value, json};

use super::{Material, measurement};

/// The media type of a statement in an envelope.
pub(crate) const STATEMENT_TYPE: &str = "application/vnd.in-toto+json";

/// The predicate with the numbers: `fingerprint`, `model_sha256`, and for each gate its `state`, `bar` and, where it has
/// them, `value`, `interval`, `unit` and `n`, as in `evidence.json`.
const MEASURED: &str = "urn:andon:predicate:measured:v1";

/// What test-result/v0.1 says of the gates; `subjects` are the files of the artifact by name.
pub(crate) fn verdict(material: &Material<'_>, subjects: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>> {
    let decision = material.decision();
    let gates = |keep: &dyn Fn(&Row) -> bool| -> Vec<String> {
        decision.rows.iter().filter(|row| keep(row)).map(|row| row.gate.to_string()).collect()
    };
    let is_green = |row: &Row| row.state.outcome() == Outcome::Go;
    let policy_sha256 = material.manifest.files.get(policy::FILE).map_or("", String::as_str);
    let predicate = json!({
        "result": if decision.outcome == Outcome::Go { "PASSED" } else { "FAILED" },
        "configuration": [{ "name": policy::FILE, "digest": { "sha256": policy_sha256 } }],
        "passedTests": gates(&|row| is_green(row) && row.state != State::Waived),
        "warnedTests": gates(&|row| row.state == State::Waived),
        "failedTests": gates(&|row| !is_green(row)),
    });
    statement("https://in-toto.io/attestation/test-result/v0.1", &predicate, subjects)
}

/// The numbers behind the verdict.
pub(crate) fn measured(material: &Material<'_>, subjects: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>> {
    statement(MEASURED, &numbers(material.decision()), subjects)
}

fn numbers(decision: &Decision) -> Value {
    let gate = |row: &Row| {
        let mut gate = json!({ "state": row.state, "bar": row.bar });
        if let Some(measured) = measurement(row) {
            gate["value"] = json!(measured.value());
            gate["interval"] = json!(measured.interval());
            gate["unit"] = json!(measured.unit());
            gate["n"] = json!(measured.n());
        }
        (row.gate.to_string(), gate)
    };
    json!({
        "outcome": decision.outcome,
        "fingerprint": decision.fingerprint,
        "model_sha256": decision.model_sha256(),
        "gates": decision.rows.iter().map(gate).collect::<serde_json::Map<_, _>>(),
    })
}

fn statement(predicate_type: &str, predicate: &Value, subjects: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>> {
    let subject =
        |(name, bytes): (&String, &Vec<u8>)| json!({ "name": name, "digest": { "sha256": sha256_hex(bytes) } });
    let mut statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects.iter().map(subject).collect::<Vec<_>>(),
        "predicateType": predicate_type,
        "predicate": predicate,
    });
    statement.sort_all_objects();
    Ok(serde_json::to_vec(&statement)?)
}
