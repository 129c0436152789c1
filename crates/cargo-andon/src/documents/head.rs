//! The head of a document: the decision with everything that speaks against relying on it, and the count of blanks.

use andon_evidence::decision::{Decision, GateResult, GateState};
use andon_evidence::evidence::{Date, Evidence};

use super::outline::Document;
use super::source::DocumentSource;
use crate::report::plot::numbers::counted;
use crate::report::plot::tone::{Tone, tone_of_outcome};
use crate::report::sections::gates::count_states;

/// The most gates of one state that a warning names.
const MAX_NAMED_GATES: usize = 6;

/// The head of a document.
#[derive(Debug)]
pub(super) struct DocumentHead {
    pub(super) command: &'static str,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) purpose: String,
    pub(super) tone: Tone,
    pub(super) outcome: String,
    /// The gates by state, as in `92 gates: 88 GO, 4 WAIVED`.
    pub(super) tally: String,
    /// Everything that a reader must know before relying on the document.
    pub(super) warnings: Vec<String>,
    pub(super) counts: String,
    pub(super) roles: String,
    pub(super) facts: Vec<(String, String)>,
}

impl DocumentHead {
    pub(super) fn new(document: &Document, command: &'static str, source: &DocumentSource<'_>) -> Self {
        let decision = source.decision;
        let counts = document.counts();
        let states = count_states(decision.rows.iter());
        let states = states.iter().map(|(_, word, n)| format!("{n} {word}")).collect::<Vec<_>>().join(", ");
        Self {
            command,
            name: source.identity.0.to_owned(),
            version: source.identity.1.to_owned(),
            purpose: source.policy.about.purpose.clone(),
            tone: tone_of_outcome(decision.outcome),
            outcome: decision.outcome.to_string(),
            tally: format!("{}: {states}", counted(decision.rows.len(), "gate")),
            warnings: warnings(source),
            counts: counts.in_words(),
            roles: counts.roles_in_words(),
            facts: facts(source),
        }
    }
}

fn facts(source: &DocumentSource<'_>) -> Vec<(String, String)> {
    let decision = source.decision;
    let model = decision.model_sha256().unwrap_or("the gates did not all judge the same model");
    let facts = [
        ("Owner", source.policy.about.owner.clone()),
        ("Judged", days(decision)),
        ("Fingerprint of every input", decision.fingerprint.clone()),
        ("Model, SHA-256", model.to_owned()),
        ("Data, SHA-256", source.figures.data_sha256.clone()),
    ];
    facts.map(|(name, fact)| (name.to_owned(), fact)).to_vec()
}

/// The first and the last day on which a gate ran.
pub(super) fn days(decision: &Decision) -> String {
    let days = || decision.rows.iter().filter_map(|row| row.evidence.as_ref()).map(Evidence::date);
    match days().min().zip(days().max()) {
        None => "no gate has run on these inputs".to_owned(),
        Some((first, last)) if first == last => day(first),
        Some((first, last)) => format!("{} to {}", day(first), day(last)),
    }
}

fn day(date: Date) -> String {
    format!("{date} (UTC)")
}

/// Stops, objections, doubts, figures that nobody vouches for, and every gate that is not green.
fn warnings(source: &DocumentSource<'_>) -> Vec<String> {
    let decision = source.decision;
    let mut warnings: Vec<String> = decision.beside_gates().map(|(_, why)| why).collect();
    if !source.vouched {
        warnings.push(
            "NOT VOUCHED FOR: no green gate vouches for the figures and the data contract behind this document. They may \
             belong to another model. Do not rely on it."
                .to_owned(),
        );
    }
    let mut groups: Vec<(GateState, &str, Vec<&GateResult>)> = Vec::new();
    for row in decision.rows.iter().filter(|row| row.state != GateState::Go) {
        match groups.iter_mut().find(|(state, note, _)| *state == row.state && *note == row.note) {
            Some((.., rows)) => rows.push(row),
            None => groups.push((row.state, &row.note, vec![row])),
        }
    }
    warnings.extend(groups.iter().map(|(state, note, rows)| group_warning(*state, note, rows)));
    warnings
}

/// The warning of gates in one state for one reason.
fn group_warning(state: GateState, note: &str, rows: &[&GateResult]) -> String {
    let named = rows.iter().take(MAX_NAMED_GATES).map(|row| row.gate.as_str()).collect::<Vec<_>>().join(", ");
    let more = rows.len().saturating_sub(MAX_NAMED_GATES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let note = if note.is_empty() { String::new() } else { format!(": {note}") };
    format!("{} {named}{more}{note}", state.word())
}
