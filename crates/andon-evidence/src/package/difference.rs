//! The changes since the previous release, from the inputs of both fingerprints, both decisions and both models.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use serde::Serialize;

use crate::decision::Decision;
use crate::fingerprint::Fingerprint;
use crate::judge::Bar;
use crate::layout;
use crate::package::previous::PreviousRelease;
use crate::policy::{GateId, Policy};

/// Parts of a release that change on their own, in the order in which they are shown.
const PARTS: [&str; 5] = ["data", "policy", "code", "dependencies", "compiler"];

/// The changes in one part of a release since the previous one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartChange {
    /// `data`, `policy`, `code`, `dependencies`, `compiler` or `model`.
    pub part: &'static str,
    /// The paths and bars that changed; empty if nothing did.
    pub changed: Vec<String>,
}

impl fmt::Display for PartChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.changed.is_empty() {
            return write!(f, "{:<12}  unchanged", self.part);
        }
        for (line, changed) in self.changed.iter().enumerate() {
            let (part, end) = if line == 0 { (self.part, "") } else { ("", "\n") };
            write!(f, "{end}{part:<12}  {changed}")?;
        }
        Ok(())
    }
}

/// Compares the inputs as they are now, and the model that the gates judged on them, with the previous release.
#[must_use]
pub fn changes_since(
    released: &PreviousRelease,
    policy: &Policy,
    now: &Fingerprint,
    decision: &Decision,
) -> Vec<PartChange> {
    let mut changes: Vec<PartChange> = PARTS.iter().map(|part| PartChange { part, changed: Vec::new() }).collect();
    for path in now.changed_since(&released.manifest.fingerprint) {
        let part = part_of(path, &policy.data.file);
        let change = changes.iter_mut().find(|change| Some(change.part) == part);
        change.into_iter().for_each(|change| change.changed.push(path.to_owned()));
    }
    changes[1].changed.extend(moved_bars(&released.manifest.decision, policy));
    let settings = released.settings().unwrap_or_default();
    changes[1].changed.extend(policy.settings.changes_since(&settings).iter().map(ToString::to_string));
    changes.push(PartChange { part: "model", changed: model(released, decision) });
    changes
}

/// The part that an input belongs to; none for the previous release itself.
fn part_of(path: &str, data: &Path) -> Option<&'static str> {
    let beside_data = data.parent().filter(|folder| !folder.as_os_str().is_empty());
    if Path::new(path).starts_with(layout::PREVIOUS_RELEASE) {
        None
    } else if Path::new(path) == data || beside_data.is_some_and(|folder| Path::new(path).starts_with(folder)) {
        Some("data")
    } else if path == layout::POLICY {
        Some("policy")
    } else if path == layout::CARGO_LOCK {
        Some("dependencies")
    } else if path.starts_with('(') || path.starts_with("rust-toolchain") || path.starts_with(".cargo/") {
        Some("compiler")
    } else {
        Some("code")
    }
}

/// Gates that are new, gone or have another bar.
fn moved_bars(then: &Decision, policy: &Policy) -> Vec<String> {
    let before = |gate: &GateId| then.rows.iter().find(|row| row.gate == *gate).map(|row| &row.bar);
    let gates: BTreeSet<&GateId> = then.rows.iter().map(|row| &row.gate).chain(policy.gates.keys()).collect();
    let moved = |gate: &GateId| {
        let text = |bar: Option<&Bar>| bar.map_or_else(|| "no such gate".to_owned(), Bar::to_string);
        let then = text(before(gate));
        let now = text(policy.gates.get(gate));
        (then != now).then(|| format!("{gate}: {then} -> {now}"))
    };
    gates.into_iter().filter_map(moved).collect()
}

fn model(released: &PreviousRelease, decision: &Decision) -> Vec<String> {
    let short = |digest: &str| digest.get(..12).unwrap_or(digest).to_owned();
    let then = released.manifest.decision.model_sha256().unwrap_or_default();
    match decision.model_sha256() {
        Some(now) if now == then => Vec::new(),
        Some(now) => vec![format!("{} -> {}", short(then), short(now))],
        None => vec!["not known: no gate has judged a model on these inputs".to_owned()],
    }
}
