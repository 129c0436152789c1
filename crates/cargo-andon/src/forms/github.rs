//! Output for GitHub Actions: a summary of the step, and an annotation in the policy for each gate that is not green.

use std::fs::OpenOptions;
use std::io::Write;

use andon_evidence::decision::{Decision, GateResult, GateState, Outcome};
use andon_evidence::layout::POLICY;
use anyhow::{Context, Result};

use crate::console;
use crate::policy_lines::threshold_line;

/// Writes annotations and summary, if the program runs in GitHub Actions.
///
/// # Errors
/// If the summary cannot be written.
pub(crate) fn report_to_github(decision: &Decision, policy_text: &str) -> Result<()> {
    if std::env::var_os("GITHUB_ACTIONS").is_none_or(|value| value != "true") {
        return Ok(());
    }
    console::hint(&annotations(decision, policy_text));
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY") else { return Ok(()) };
    let mut file =
        OpenOptions::new().append(true).create(true).open(&path).context("failed to open the step's summary")?;
    file.write_all(summary(decision).as_bytes()).context("failed to write the step's summary")
}

/// The annotations as workflow commands, one per line.
fn annotations(decision: &Decision, policy_text: &str) -> String {
    let red = decision.rows.iter().filter(|row| row.state != GateState::Go);
    let line = |row: &GateResult| {
        let level = if row.state.outcome() == Outcome::NoGo { "error" } else { "warning" };
        let place = threshold_line(&row.gate, policy_text).unwrap_or(1);
        let text = escaped(&row.summary());
        format!("::{level} file={POLICY},line={place},title={} is {}::{text}\n", row.gate, row.state.word())
    };
    let beside = decision.beside_gates().map(|(outcome, why)| {
        let level = if outcome == Outcome::NoGo { "error" } else { "warning" };
        format!("::{level} file={POLICY},line=1,title={outcome}::{}\n", escaped(&why))
    });
    beside.chain(red.map(line)).collect()
}

/// Text escaped for a workflow command.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The decision as Markdown: first the gates that are not green, then the green ones, folded.
fn summary(decision: &Decision) -> String {
    let (green, red): (Vec<&GateResult>, Vec<&GateResult>) =
        decision.rows.iter().partition(|row| row.state == GateState::Go);
    let short = decision.fingerprint.get(..12).unwrap_or(&decision.fingerprint);
    let mut text = format!("## {}\n\n{} gates; fingerprint `{short}`\n\n", decision.outcome, decision.rows.len());
    let not_asked = decision.remarks.iter().filter(|_| decision.outcome == Outcome::GoForScores).cloned();
    for why in decision.beside_gates().map(|(_, why)| why).chain(not_asked) {
        text += &format!("{}\n\n", escaped_markdown(&why));
    }
    if !red.is_empty() {
        text += &table(&red);
    }
    format!("{text}<details><summary>{} green</summary>\n\n{}</details>\n", green.len(), table(&green))
}

fn table(rows: &[&GateResult]) -> String {
    let line = |row: &&GateResult| {
        format!("| {} | `{}` | {} |\n", row.state.word(), row.gate, escaped_markdown(&row.summary()))
    };
    let lines: String = rows.iter().map(line).collect();
    format!("| | gate | found |\n|---|---|---|\n{lines}\n")
}

/// Text escaped for Markdown and for the cell of a table.
fn escaped_markdown(text: &str) -> String {
    let escaped = |char: char| match char {
        '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '!' | '#' | '~' => format!("\\{char}"),
        '<' => "&lt;".to_owned(),
        char if char.is_control() => " ".to_owned(),
        char => char.to_string(),
    };
    text.chars().map(escaped).collect()
}
