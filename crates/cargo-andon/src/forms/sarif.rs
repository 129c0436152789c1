//! SARIF 2.1.0 for code hosts: each gate that missed its bar or has no result, at the line of its bar in the policy.

use andon_evidence::decision::{Decision, GateResult, GateState, Outcome};
use andon_evidence::layout::POLICY;
use anyhow::Result;
use serde_json::{Value, json};

use super::names::DECISION;
use super::text::to_json;
use crate::policy_lines::threshold_line;

/// The gates that are not green, as SARIF; a waived gate, and a red one that does not block, is a warning.
pub(crate) fn sarif(decision: &Decision, policy_text: &str) -> Result<String> {
    let rules: Vec<Value> = decision.rows.iter().map(rule).chain([decision_rule()]).collect();
    let red = decision.rows.iter().enumerate().filter(|(_, row)| row.state != GateState::Go);
    let red = red.map(|(place, row)| {
        let level = if row.state.outcome() == Outcome::NoGo { "error" } else { "warning" };
        let text = format!("{} is {}: {}", row.gate, row.state.word(), row.summary());
        result((row.gate.as_str(), place), level, &text, threshold_line(&row.gate, policy_text).unwrap_or(1))
    });
    let beside = decision.beside_gates().map(|(outcome, why)| {
        let level = if outcome == Outcome::NoGo { "error" } else { "warning" };
        result((DECISION, decision.rows.len()), level, &why, 1)
    });
    let results: Vec<Value> = beside.chain(red).collect();
    to_json(json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "Andon", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "results": results,
            "properties": {
                "outcome": decision.outcome,
                "fingerprint": decision.fingerprint,
                "remarks": decision.remarks,
            },
        }],
    }))
}

fn rule(row: &GateResult) -> Value {
    json!({
        "id": row.gate,
        "shortDescription": { "text": format!("{}: {}", row.gate, row.bar) },
        "fullDescription": { "text": row.bar.why },
        "help": { "text": row.next_command().unwrap_or_else(|| "nothing to do".to_owned()) },
    })
}

fn decision_rule() -> Value {
    let text =
        "GO needs more than green gates: every test passes, no input changes meanwhile, all gates judge one model";
    json!({ "id": DECISION, "shortDescription": { "text": text } })
}

fn result((rule, place): (&str, usize), level: &str, text: &str, line: usize) -> Value {
    json!({
        "ruleId": rule,
        "ruleIndex": place,
        "level": level,
        "message": { "text": text },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": POLICY, "uriBaseId": "%SRCROOT%" },
                "region": { "startLine": line },
            },
        }],
    })
}
