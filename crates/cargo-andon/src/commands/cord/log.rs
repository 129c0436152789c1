//! `log`: prints the ledger, every decision and every stop, oldest first.

use std::path::Path;

use andon_evidence::layout::LEDGER;
use andon_evidence::ledger::{Ledger, LedgerEntry, LedgerLine, Stop};
use andon_evidence::{EXIT_GO, EXIT_NO_GO};
use anyhow::Result;
use serde_json::{Value, json};

use crate::console;

/// The digits of a fingerprint that a person reads.
const SHOWN_DIGITS: usize = 12;

/// Prints the ledger of the release in `root` and checks its chain. Returns the exit code: a chain that does not hold
/// is NO-GO.
///
/// # Errors
/// If the ledger cannot be read.
pub(crate) fn run(root: &Path, as_json: bool) -> Result<u8> {
    let ledger = Ledger::read(root)?;
    if as_json {
        let lines: Vec<Value> = ledger.lines().iter().map(to_json).collect();
        let log = json!({ "lines": lines, "end": ledger.end(), "defect": ledger.defect() });
        console::print(&serde_json::to_string_pretty(&log)?)?;
    } else {
        ledger.lines().iter().try_for_each(|line| console::print(&describe(line)))?;
        if ledger.lines().is_empty() && ledger.defect().is_none() {
            console::hint(&format!("{LEDGER} holds no decision yet\nnext: cargo test"));
        }
    }
    match ledger.defect() {
        Some(defect) => {
            console::hint(&format!("lines from here on are not believed: {defect}"));
            Ok(EXIT_NO_GO)
        }
        None => Ok(EXIT_GO),
    }
}

fn describe(line: &LedgerLine) -> String {
    match line {
        LedgerLine::Decision(entry) => describe_decision(entry),
        LedgerLine::Stop(entry) => describe_stop(&entry.stop),
    }
}

fn describe_stop(stop: &Stop) -> String {
    match &stop.cleared {
        Some(clear) => {
            let text = format!("{}  CLEARED     {} by {}: {}", clear.day, stop.id, clear.by, clear.why);
            text.replace(char::is_control, " ")
        }
        None => format!("{}  STOPPED     {stop}", stop.day),
    }
}

/// A decision in one line: day, outcome, fingerprint, and who was concerned.
fn describe_decision(entry: &LedgerEntry) -> String {
    let list = |name: &str, items: Vec<String>| match items.len() {
        0 => String::new(),
        _ => format!("; {name} {}", items.join(", ")),
    };
    let red = list("red:", entry.red.iter().map(ToString::to_string).collect());
    let waived = list("waived:", entry.waived.iter().map(|(gate, owner)| format!("{gate} by {owner}")).collect());
    let stops = list("stopped:", entry.stops.iter().cloned().collect());
    let LedgerEntry { day, outcome, fingerprint, .. } = entry;
    let text = format!("{day}  {outcome:<10}  {}{red}{waived}{stops}", short(fingerprint));
    text.replace(char::is_control, " ")
}

fn short(digest: &str) -> &str {
    digest.get(..SHOWN_DIGITS).unwrap_or(digest)
}

/// A line without what only the chain needs: bars, settings and the sketch of the data.
fn to_json(line: &LedgerLine) -> Value {
    match line {
        LedgerLine::Decision(entry) => json!({
            "kind": "decision",
            "day": entry.day,
            "outcome": entry.outcome,
            "fingerprint": entry.fingerprint,
            "candidate": entry.candidate,
            "red": entry.red,
            "waived": entry.waived,
            "stops": entry.stops,
        }),
        LedgerLine::Stop(entry) => {
            json!({ "kind": if entry.stop.cleared.is_some() { "clear" } else { "stop" }, "stop": entry.stop })
        }
    }
}
