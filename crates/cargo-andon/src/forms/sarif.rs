//! SARIF 2.1.0: each red gate at the line of the policy that it violates, as code hosts show it.

use andon_evidence::decision::{Decision, Outcome, Row};
use andon_evidence::layout::POLICY;
use andon_evidence::policy::GateId;
use anyhow::Result;
use serde_json::{Value, json};

use super::DECISION;

/// The gates that are not green, as SARIF.
pub(crate) fn sarif(decision: &Decision, policy_text: &str) -> Result<String> {
    let rules: Vec<Value> = decision.rows.iter().map(rule).chain([decision_rule()]).collect();
    let red = decision.rows.iter().enumerate().filter(|(_, row)| row.state.outcome() != Outcome::Go);
    let red = red.map(|(place, row)| {
        let level = if row.state.outcome() == Outcome::NoGo { "error" } else { "warning" };
        let text = format!("{} is {}: {}", row.gate, row.state.word(), row.summary());
        result((row.gate.as_str(), place), level, &text, line_of(&row.gate, policy_text).unwrap_or(1))
    });
    let doubt = decision.doubt.as_deref();
    let doubt = doubt.map(|doubt| result((DECISION, decision.rows.len()), "warning", doubt, 1));
    let results: Vec<Value> = red.chain(doubt).collect();
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
        "help": { "text": row.next_command().unwrap_or_else(|| "nothing to do".to_owned()) },
    })
}

fn decision_rule() -> Value {
    let text = "GO needs more than green gates: every test, inputs that stand still, one model";
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

/// The line of a gate's threshold in the policy, from 1; that of its table where the threshold is elsewhere, and none
/// where the policy has no such table any more.
pub(crate) fn line_of(gate: &GateId, policy_text: &str) -> Option<usize> {
    let name = gate.to_string();
    let is_table = |line: &str| {
        let inside = line.trim().strip_prefix("[gate.").and_then(|rest| rest.split_once(']'));
        inside.is_some_and(|(key, _)| key.trim().trim_matches(['"', '\'']) == name)
    };
    let lines: Vec<&str> = policy_text.lines().collect();
    let table = lines.iter().position(|line| is_table(line))?;
    let inside = lines[table + 1..].iter().take_while(|line| !line.trim_start().starts_with('['));
    let is_threshold = |line: &&str| {
        let key = line.split('=').next().unwrap_or_default().trim();
        key == "min" || key == "max"
    };
    let threshold = inside.clone().position(is_threshold);
    Some(table + 1 + threshold.map_or(0, |place| place + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_that_of_the_threshold() {
        let text = "[gate.\"a.b\"]\nwhy = \"max = 2\"\nmax = 1\n\n[ gate . \"c.d\" ]\n[gate.\"a.bc\"]\nwhy = \"x\"\n";
        let line = |gate: &str| line_of(&gate.to_owned().try_into().unwrap(), text);
        assert_eq!([line("accuracy.b"), line("fairness.c")], [None, None]);
        let text = text.replace("a.b", "accuracy.b");
        let line = |gate: &str| line_of(&gate.to_owned().try_into().unwrap(), &text);
        assert_eq!([line("accuracy.b"), line("accuracy.bc")], [Some(3), Some(6)]);
    }
}
