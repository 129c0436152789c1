//! The fold of all required evidence to GO, NO-GO or INCOMPLETE.

pub mod family;
pub(crate) mod fold;
pub mod weakening;

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::decision::family::Family;
use crate::evidence::{Evidence, Finding, Store};
use crate::fingerprint::Fingerprint;
use crate::judge::{Bar, Measurement};
use crate::policy::{self, GateId, Policy};

/// Whether the release may ship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Every required gate is green or waived.
    #[serde(rename = "GO")]
    Go,
    /// At least one gate says no.
    #[serde(rename = "NO-GO")]
    NoGo,
    /// No gate says no, and not every one has spoken.
    #[serde(rename = "INCOMPLETE")]
    Incomplete,
}

impl Outcome {
    /// The exit code of a command that ends with this decision.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Go => crate::EXIT_GO,
            Self::NoGo => crate::EXIT_NO_GO,
            Self::Incomplete => crate::EXIT_INCOMPLETE,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Go => "GO",
            Self::NoGo => "NO-GO",
            Self::Incomplete => "INCOMPLETE",
        })
    }
}

/// What one gate contributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Green.
    Go,
    /// Red or undecided, and excepted by a waiver in force.
    Waived,
    /// Red.
    NoGo,
    /// Ran, and had too little to judge by; counts as NO-GO.
    Undecided,
    /// The evidence file was changed after it was written; counts as NO-GO.
    Tampered,
    /// A waiver that has expired or excepts a green gate; counts as NO-GO.
    BadWaiver,
    /// The bar is looser than in the last release without a reason, or is said to be and is not; counts as NO-GO.
    Weakened,
    /// Began and never ended.
    Crashed,
    /// Never ran.
    Missing,
    /// Ran on other inputs.
    Stale,
}

impl State {
    /// The word shown for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Go => "GO",
            Self::Waived => "WAIVED",
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

    /// What a gate in this state makes of the decision.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Go | Self::Waived => Outcome::Go,
            Self::NoGo | Self::Undecided | Self::Tampered | Self::BadWaiver | Self::Weakened => Outcome::NoGo,
            Self::Crashed | Self::Missing | Self::Stale => Outcome::Incomplete,
        }
    }
}

/// One gate in the decision.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Which gate.
    pub gate: GateId,
    /// What it contributes.
    pub state: State,
    /// Its bar in the policy.
    pub bar: Bar,
    /// The evidence of this fingerprint, where there is some.
    pub evidence: Option<Evidence>,
    /// What to know about the state: what is wrong, who waived it.
    pub note: String,
}

/// The decision with everything it rests on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// GO, NO-GO or INCOMPLETE.
    pub outcome: Outcome,
    /// Digest of the fingerprint it holds for.
    pub fingerprint: String,
    /// Every required gate, and those that were dropped without a reason.
    pub rows: Vec<Row>,
    /// The families whose error was controlled.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub families: BTreeMap<String, Family>,
    /// What speaks against a GO beside the gates: a red test that is none, an input that did not stand still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

impl Decision {
    /// Folds the evidence in `store` for every gate that `policy` requires; `released` is the decision of the last
    /// release, which no bar may be looser than without a reason.
    #[must_use]
    pub fn fold(
        policy: &Policy,
        fingerprint: &Fingerprint,
        store: &Store,
        released: Option<&Self>,
        today: Date,
    ) -> Self {
        let mut rows = fold::of(policy, |gate, bar| fold::stored(gate, bar, fingerprint, store), today);
        fold::hold_against(released, policy, &mut rows);
        Self::of_rows(policy, fingerprint, rows)
    }

    fn of_rows(policy: &Policy, fingerprint: &Fingerprint, rows: Vec<Row>) -> Self {
        let any = |outcome| rows.iter().any(|row| row.state.outcome() == outcome);
        let outcome = if any(Outcome::NoGo) {
            Outcome::NoGo
        } else if any(Outcome::Incomplete) || rows.is_empty() {
            Outcome::Incomplete
        } else {
            Outcome::Go
        };
        let (fingerprint, families) = (fingerprint.digest().to_owned(), policy.families.clone());
        let decision = Self { outcome, fingerprint, rows, families, doubt: None };
        if decision.outcome == Outcome::Go && decision.model_sha256().is_none() {
            return decision.doubted("the gates did not all judge one model".to_owned());
        }
        decision
    }

    /// The same decision where something beside the gates speaks against it: no GO any more.
    #[must_use]
    pub fn doubted(self, doubt: String) -> Self {
        match self.outcome {
            Outcome::Go | Outcome::Incomplete => Self { outcome: Outcome::Incomplete, doubt: Some(doubt), ..self },
            Outcome::NoGo => self,
        }
    }

    /// Whether the decision is what follows from its own evidence under a policy; a waiver counts whatever the day. How
    /// the bars stand to those of the last release is not asked, which is not part of it.
    ///
    /// # Errors
    /// The first thing that does not follow.
    pub(crate) fn check_follows(&self, policy: &Policy, fingerprint: &Fingerprint) -> Result<(), String> {
        if !self.rows.iter().map(|row| (&row.gate, &row.bar)).eq(&policy.gates) {
            return Err(format!("its gates and bars are not those of {}", policy::FILE));
        }
        let of = |gate: &GateId| {
            let row = self.rows.iter().find(|row| row.gate == *gate)?;
            row.evidence.clone().filter(|evidence| evidence.fingerprint == fingerprint.digest())
        };
        let rows = fold::of(policy, |gate, bar| fold::given(gate, bar, of(gate)), Date::MIN);
        if let Some((row, _)) = self.rows.iter().zip(&rows).find(|(row, follows)| row.state != follows.state) {
            return Err(format!("what {} found is no {}", row.gate, row.state.word()));
        }
        let follows = Self::of_rows(policy, fingerprint, rows);
        let told = (self.outcome, &self.fingerprint, &self.families, &self.doubt);
        if told != (follows.outcome, &follows.fingerprint, &follows.families, &follows.doubt) {
            return Err("its outcome does not follow from its gates".to_owned());
        }
        Ok(())
    }

    /// The digest of the one model that all gates judged; `None` when there is none, or more than one.
    #[must_use]
    pub fn model_sha256(&self) -> Option<&str> {
        one_model(&self.rows)
    }

    /// Files that green and waived gates of this decision vouch for, with their digests; two digests for one file cancel out.
    #[must_use]
    pub fn vouched(&self) -> BTreeMap<&str, &str> {
        let mut vouched: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let green = self.rows.iter().filter(|row| matches!(row.state, State::Go | State::Waived));
        for (file, digest) in green.filter_map(|row| row.evidence.as_ref()).flat_map(|e| &e.vouched) {
            vouched.entry(file).or_default().push(digest);
        }
        vouched
            .into_iter()
            .filter(|(_, digests)| digests.iter().all(|digest| *digest == digests[0]))
            .map(|(file, digests)| (file, digests[0]))
            .collect()
    }

    /// How many gates are in each state that occurs, in the order of the states.
    fn counts(&self) -> String {
        let states = [
            State::Go,
            State::Waived,
            State::NoGo,
            State::Undecided,
            State::Tampered,
            State::BadWaiver,
            State::Weakened,
            State::Crashed,
            State::Missing,
            State::Stale,
        ];
        let count = |state| self.rows.iter().filter(|row| row.state == state).count();
        let counts = states.iter().filter(|state| count(**state) > 0);
        counts.map(|state| format!("{} {}", count(*state), state.word())).collect::<Vec<_>>().join(", ")
    }

    /// The decision as a table for people. `colour` adds terminal escapes; `all` also shows green gates.
    #[must_use]
    pub fn table(&self, colour: bool, all: bool) -> String {
        let rows: Vec<&Row> = self.rows.iter().filter(|row| all || row.state != State::Go).collect();
        let width = rows.iter().map(|row| row.gate.as_str().len()).max().unwrap_or(0);
        let mut text = String::new();
        for row in rows {
            let word = painted(&format!("{:<10}", row.state.word()), row.state.outcome(), colour);
            let line = format!("{word} {:<width$}  {}", row.gate.as_str(), row.summary());
            let _ = writeln!(text, "{}", line.trim_end());
        }
        let outcome = painted(&format!("Decision: {}", self.outcome), self.outcome, colour);
        let short = self.fingerprint.get(..12).unwrap_or(&self.fingerprint);
        let _ = writeln!(text, "\n{outcome}  {} gates: {}; fingerprint {short}", self.rows.len(), self.counts());
        if let Some(doubt) = &self.doubt {
            let _ = writeln!(text, "{doubt}");
        }
        if let Some(next) = self.next_command() {
            let _ = writeln!(text, "next: {next}");
        }
        text
    }

    /// What to run to get further; nothing after a GO.
    #[must_use]
    pub fn next_command(&self) -> Option<String> {
        match self.outcome {
            Outcome::Go => None,
            Outcome::Incomplete => Some("cargo test".to_owned()),
            Outcome::NoGo => {
                let mut red = self.rows.iter().filter(|row| row.state.outcome() == Outcome::NoGo);
                // What could not be judged often follows from what was missed.
                red.clone().find(|row| row.state != State::Undecided).or_else(|| red.next())?.next_command()
            }
        }
    }
}

impl Row {
    /// What to run to get further with this gate; nothing where it is green or waived.
    #[must_use]
    pub fn next_command(&self) -> Option<String> {
        Some(match self.state {
            State::Go | State::Waived => return None,
            State::BadWaiver => "edit or remove the waiver in release.toml, then cargo test".to_owned(),
            State::Weakened => "mend the bar in release.toml or give the reason there, then cargo test".to_owned(),
            State::Tampered => "cargo test".to_owned(),
            State::NoGo | State::Undecided | State::Crashed | State::Missing | State::Stale => {
                format!("cargo test --test gate -- --exact {}", self.gate.test_path())
            }
        })
    }

    /// What was measured, where anything was.
    #[must_use]
    pub fn measurement(&self) -> Option<&Measurement> {
        match &self.evidence.as_ref()?.finding {
            Finding::Measured(measurement) => Some(measurement),
            Finding::Started | Finding::NotMeasured(_) | Finding::Refused(_) => None,
        }
    }

    /// What was found, in a line; whatever a terminal would take for a command is a space.
    #[must_use]
    pub fn summary(&self) -> String {
        let finding = match self.evidence.as_ref().map(|evidence| &evidence.finding) {
            Some(Finding::Measured(measurement)) => format!("{measurement}, bar {}", self.bar),
            Some(Finding::NotMeasured(why) | Finding::Refused(why)) => {
                why.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
            }
            Some(Finding::Started) | None => String::new(),
        };
        let parts = [finding, self.note.clone()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        parts.join("; ").replace(char::is_control, " ")
    }
}

/// A text in the colour of an outcome, with terminal escapes; as it is without `colour`.
#[must_use]
pub fn painted(text: &str, outcome: Outcome, colour: bool) -> String {
    let code = match outcome {
        Outcome::Go => "32",
        Outcome::NoGo => "31",
        Outcome::Incomplete => "33",
    };
    if colour { format!("\u{1b}[1;{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

fn one_model(rows: &[Row]) -> Option<&str> {
    let mut digests = rows.iter().filter_map(|row| row.evidence.as_ref()?.model_sha256.as_deref());
    let first = digests.next()?;
    digests.all(|digest| digest == first).then_some(first)
}
