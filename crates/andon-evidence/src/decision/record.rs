//! The record of a decision: its outcome, and the result of every gate.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::evidence::{Evidence, Finding};
use crate::judge::{Bar, Measurement};
use crate::ledger::Stop;
use crate::policy::{Family, GateId};

/// The outcome of a decision: may the release ship?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Every required gate is green, waived, or red without blocking.
    #[serde(rename = "GO")]
    Go,
    /// The same, for scores alone: no model was judged, so nothing is built and nothing is served.
    #[serde(rename = "GO for scores only")]
    GoForScores,
    /// At least one gate says no.
    #[serde(rename = "NO-GO")]
    NoGo,
    /// No gate says no, and at least one has not finished on these inputs.
    #[serde(rename = "INCOMPLETE")]
    Incomplete,
}

impl Outcome {
    /// True if nothing says no: GO, or GO for scores only.
    #[must_use]
    pub fn is_go(self) -> bool {
        matches!(self, Self::Go | Self::GoForScores)
    }

    /// The exit code of a command that ends with this decision.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Go | Self::GoForScores => crate::EXIT_GO,
            Self::NoGo => crate::EXIT_NO_GO,
            Self::Incomplete => crate::EXIT_INCOMPLETE,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Go => "GO",
            Self::GoForScores => "GO for scores only",
            Self::NoGo => "NO-GO",
            Self::Incomplete => "INCOMPLETE",
        })
    }
}

/// The state of one gate in the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateState {
    /// Green.
    Go,
    /// Red or undecided, with a waiver in force.
    Waived,
    /// Red or undecided, and the gate does not block.
    Warned,
    /// Red.
    NoGo,
    /// Ran, and had too little to judge by; counts as NO-GO.
    Undecided,
    /// The evidence file was changed after it was written; counts as NO-GO.
    Tampered,
    /// A waiver that has expired or excepts a green gate; counts as NO-GO.
    BadWaiver,
    /// The bar is looser than in the previous release without a reason, or a reason is given although it is not looser;
    /// counts as NO-GO.
    Weakened,
    /// Started but never finished.
    Crashed,
    /// Never ran.
    Missing,
    /// Ran on other inputs.
    Stale,
}

impl GateState {
    /// The word shown for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Go => "GO",
            Self::Waived => "WAIVED",
            Self::Warned => "WARNED",
            Self::NoGo => "NO-GO",
            Self::Undecided => "UNDECIDED",
            Self::Tampered => "TAMPERED",
            Self::BadWaiver => "BAD WAIVER",
            Self::Weakened => "WEAKENED",
            Self::Crashed => "CRASHED",
            Self::Missing => "MISSING",
            Self::Stale => "STALE",
        }
    }

    /// True if the gate missed its bar, and the decision is no NO-GO for it.
    #[must_use]
    pub fn is_exception(self) -> bool {
        matches!(self, Self::Waived | Self::Warned)
    }

    /// The outcome of a decision on one gate in this state.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Go | Self::Waived | Self::Warned => Outcome::Go,
            Self::NoGo | Self::Undecided | Self::Tampered | Self::BadWaiver | Self::Weakened => Outcome::NoGo,
            Self::Crashed | Self::Missing | Self::Stale => Outcome::Incomplete,
        }
    }
}

/// The result of one gate.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateResult {
    /// The gate.
    pub gate: GateId,
    /// Its state.
    pub state: GateState,
    /// Its bar in the policy.
    pub bar: Bar,
    /// The evidence of this fingerprint, if there is any.
    pub evidence: Option<Evidence>,
    /// A remark on the state, such as the defect or the owner of the waiver.
    pub note: String,
}

/// The decision with all evidence behind it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// GO, GO for scores only, NO-GO or INCOMPLETE.
    pub outcome: Outcome,
    /// Digest of the fingerprint it holds for.
    pub fingerprint: String,
    /// Every required gate, and every gate that was dropped without a reason.
    pub rows: Vec<GateResult>,
    /// The families with error control.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub families: BTreeMap<String, Family>,
    /// The number of candidates that these data were asked about.
    #[serde(default)]
    pub tries: Tries,
    /// The stops that persons put on the release.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<Stop>,
    /// Reasons for a NO-GO that no gate raised: a weaker setting without a reason, a ledger that was edited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objections: Vec<String>,
    /// Settings that are weaker than before, each with its reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weakened: Vec<String>,
    /// Gates that have nothing to ask about in this release, and groups that are judged together, with the reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// A doubt that no gate raised, such as a red test that is not a gate, or an input that changed during the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

/// The number of candidates that the same data were asked about. The best of many looks better than it is, so each
/// claim is held to the level divided by this number (Bonferroni).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tries {
    /// The number, this candidate included.
    pub candidates: u64,
    /// The digest of the data and the name of the label.
    pub data: String,
    /// The digest of the scores and the threshold; none if no gate has judged a candidate.
    pub candidate: Option<String>,
    /// The digest of the last line of the ledger.
    pub ledger: Option<String>,
}

impl Default for Tries {
    fn default() -> Self {
        Self { candidates: 1, data: String::new(), candidate: None, ledger: None }
    }
}

impl Decision {
    /// The digest of the one model that all gates judged; `None` when there is none, or more than one.
    #[must_use]
    pub fn model_sha256(&self) -> Option<&str> {
        one_model(&self.rows)
    }

    /// Files that green, waived and warned gates of this decision vouch for, with their digests. A file with two
    /// digests is left out.
    #[must_use]
    pub fn vouched(&self) -> BTreeMap<&str, &str> {
        let mut vouched: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let green = self.rows.iter().filter(|row| row.state.outcome() == Outcome::Go);
        for (file, digest) in green.filter_map(|row| row.evidence.as_ref()).flat_map(|e| &e.vouched) {
            vouched.entry(file).or_default().push(digest);
        }
        vouched
            .into_iter()
            .filter(|(_, digests)| digests.iter().all(|digest| *digest == digests[0]))
            .map(|(file, digests)| (file, digests[0]))
            .collect()
    }
}

impl Decision {
    /// The same decision on evidence [without a clock](Evidence::without_clock).
    #[must_use]
    pub(crate) fn without_clock(mut self) -> Self {
        for row in &mut self.rows {
            row.evidence = row.evidence.take().map(Evidence::without_clock);
        }
        self
    }
}

impl GateResult {
    /// The measurement, if there is one.
    #[must_use]
    pub fn measurement(&self) -> Option<&Measurement> {
        match &self.evidence.as_ref()?.finding {
            Finding::Measured(measurement) => Some(measurement),
            Finding::Started | Finding::NotMeasured(_) | Finding::Refused(_) => None,
        }
    }
}

/// The digest of the model, if every gate that judged one judged the same model by the same scores.
fn one_model(rows: &[GateResult]) -> Option<&str> {
    let evidence = rows.iter().filter_map(|row| row.evidence.as_ref());
    let mut judged =
        evidence.filter_map(|evidence| Some((evidence.model_sha256.as_deref()?, evidence.scores_sha256.as_deref())));
    let first = judged.next().filter(|(_, scores)| scores.is_some())?;
    judged.all(|other| other == first).then_some(first.0)
}
