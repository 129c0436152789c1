//! SARIF 2.1.0: each red gate at the line of the policy that it violates, as code hosts show it.

use andon_evidence::decision::{Decision, Outcome, Row};
use andon_evidence::policy::{FILE, GateId};
use anyhow::Result;
use serde_json::{Value, json};

/// The gates that are not green, as SARIF.
pub(crate) fn sarif(decision: &Decision, policy_text: &str) -> Result<String> {
    let rules: Vec<Value> = decision.rows.iter().map(rule).collect();
    let red = decision.rows.iter().enumerate().filter(|(_, row)| row.state.outcome() != Outcome::Go);
    let results: Vec<Value> = red.map(|(place, row)| result(place, row, policy_text)).collect();
    super::pretty(json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "Andon", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "results": results,
            "properties": { "outcome": decision.outcome, "fingerprint": decision.fingerprint },
        }],
    }))
}

fn rule(row: &Row) -> Value {
    json!({
        "id": row.gate,
        "shortDescription": { "text": format!("{}: {}", row.gate, row.bar) },
        "fullDescription": { "text": row.bar.why },
        "help": { "text": format!("cargo test --test gate -- --exact {}", row.gate.test_path()) },
    })
}

fn result(place: usize, row: &Row, policy_text: &str) -> Value {
    let level = if row.state.outcome() == Outcome::NoGo { "error" } else { "warning" };
    json!({
        "ruleId": row.gate,
        "ruleIndex": place,
        "level": level,
        "message": { "text": format!("{} is {}: {}", row.gate, row.state.word(), row.summary()) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": FILE, "uriBaseId": "%SRCROOT%" },
                "region": { "startLine": line_of(&row.gate, policy_text) },
            },
        }],
    })
}

/// The line of a gate's threshold in the policy, from 1; that of its table where the threshold is elsewhere, and the first
/// line where the policy has no such table any more.
pub(crate) fn line_of(gate: &GateId, policy_text: &str) -> usize {
    let name = gate.to_string();
    let is_table = |line: &str| {
        let inside = line.trim().strip_prefix("[gate.").and_then(|rest| rest.split_once(']'));
        inside.is_some_and(|(key, _)| key.trim().trim_matches(['"', '\'']) == name)
    };
    let lines: Vec<&str> = policy_text.lines().collect();
    let Some(table) = lines.iter().position(|line| is_table(line)) else { return 1 };
    let inside = lines[table + 1..].iter().take_while(|line| !line.trim_start().starts_with('['));
    let is_threshold = |line: &&str| {
        let key = line.split('=').next().unwrap_or_default().trim();
        key == "min" || key == "max"
    };
    let threshold = inside.clone().position(is_threshold);
    table + 1 + threshold.map_or(0, |place| place + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_that_of_the_threshold() {
        let text = "[gate.\"a.b\"]\nwhy = \"max = 2\"\nmax = 1\n\n[ gate . \"c.d\" ]\n[gate.\"a.bc\"]\nwhy = \"x\"\n";
        let line = |gate: &str| line_of(&gate.to_owned().try_into().unwrap(), text);
        assert_eq!([line("accuracy.b"), line("fairness.c")], [1, 1]);
        let text = text.replace("a.b", "accuracy.b");
        let line = |gate: &str| line_of(&gate.to_owned().try_into().unwrap(), &text);
        assert_eq!([line("accuracy.b"), line("accuracy.bc")], [3, 6]);
    }
}
