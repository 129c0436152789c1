//! Compares the decisions of an audit trail with the release's own bars. [`andon::monitor`] computes; this module
//! reads.

mod bodies;

use andon::data::frame::FrameError;
use andon::evidence::evidence::Timestamp;
use andon::monitor::{Monitor, NotOfThisRelease, RowPlace, ServedDecision, ServedDecisions, ShadowAnswer};
use andon::{Decider, Record};
use andon_audit::{Head, Location, NoteKind, RecordedDecision, RecordedNote, RecordedRow, StoreError, VerifyError};
use serde::Serialize;

use crate::identity::Identity;

pub use crate::trail::bodies::{OutcomeBody, OverrideBody, ShadowBody};

/// The decisions of a trail, by their part in the comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TrailRows {
    /// Decisions that were counted.
    pub decisions: u64,
    /// Counted decisions that state a judged group of each protected attribute.
    pub with_monitoring: u64,
    /// Decisions whose inputs were forgotten: no judged group holds them, and all other questions leave them out.
    pub forgotten: u64,
    /// Decisions by another model or release; they are left out.
    pub others: u64,
    /// Outcomes of decisions that were counted.
    pub outcomes: u64,
    /// Decisions of persons about decisions that were counted.
    pub overrides: u64,
    /// Answers of challengers to decisions that were counted.
    pub shadowed: u64,
}

/// The release's bars over the decisions of a trail.
#[derive(Debug, Clone, Serialize)]
pub struct Monitored {
    /// The decisions behind the results.
    pub trail: TrailRows,
    /// The results.
    #[serde(flatten)]
    pub monitor: Monitor,
}

/// The reasons why a trail cannot be monitored.
#[derive(Debug, thiserror::Error)]
pub enum MonitorError {
    /// The trail was changed after it was recorded.
    #[error("the trail was changed after it was recorded, so nothing is judged by it: {0}")]
    Broken(VerifyError),
    /// The trail cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The policy has a protected attribute that cannot be watched.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A decision claims to belong to this release, but does not.
    #[error("row {sequence} does not belong to this release: {problem}")]
    Row {
        /// Its place in the trail.
        sequence: u64,
        /// The difference.
        problem: NotOfThisRelease,
    },
    /// A note about a decision is not of a form that this program knows.
    #[error("row {sequence} is a note that cannot be read: {problem}")]
    Note {
        /// Its place in the trail.
        sequence: u64,
        /// The difference.
        problem: serde_json::Error,
    },
}

impl From<VerifyError> for MonitorError {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Store(error) => Self::Store(error),
            broken @ VerifyError::Broken { .. } => Self::Broken(broken),
        }
    }
}

/// Verifies a trail, also against a head that somebody kept. Then compares the decisions of this release since `since`
/// with its own bars. Only verified rows count. Blocks.
///
/// # Errors
/// [`MonitorError::Broken`] if the trail was changed after it was recorded; the other variants as they say.
pub fn monitor<R: Record>(
    decider: &Decider<R>,
    identity: &Identity,
    trail: impl Into<Location>,
    kept: Option<&Head>,
    since: Option<Timestamp>,
) -> Result<Monitored, MonitorError> {
    let trail = trail.into();
    let verified = andon_audit::verify(trail.clone(), kept)?;
    let mut counting = TrailCount {
        served: ServedDecisions::new(decider)?,
        approved: &decider.policy().answer.positive,
        rows: TrailRows::default(),
        notes: Vec::new(),
    };
    let mut wrong = None;
    andon_audit::read_rows(trail, &verified.head, |row| {
        let counted = match row {
            RecordedRow::Decision(row) if !is_recent(&row, since) => Ok(()),
            RecordedRow::Decision(row) => counting.decision(identity, &row),
            RecordedRow::Note(note) => counting.note(&note),
        };
        if let Err(error) = counted {
            wrong.get_or_insert(error);
        }
    })?;
    match wrong {
        Some(wrong) => Err(wrong),
        None => Ok(counting.finish()),
    }
}

fn is_recent(row: &RecordedDecision<'_>, since: Option<Timestamp>) -> bool {
    since.is_none_or(|since| row.time.parse::<Timestamp>().is_ok_and(|time| time >= since))
}

/// True for a decision of this release and of its model. A row of version 0.1.0 holds no digest of the model.
fn is_decided_by(identity: &Identity, row: &RecordedDecision<'_>) -> bool {
    row.fingerprint == identity.fingerprint && row.model_sha256.is_none_or(|model| model == identity.model_sha256)
}

/// A note about a decision, by the place of the decision.
enum ReadNote {
    Outcome(u64, OutcomeBody),
    Override(u64, OverrideBody),
    Shadow(u64, ShadowBody),
}

/// The trail as it is read.
struct TrailCount<'a, R> {
    served: ServedDecisions<'a, R>,
    /// The word for an approval.
    approved: &'a str,
    rows: TrailRows,
    /// Kept until every decision is counted.
    notes: Vec<ReadNote>,
}

impl<R: Record> TrailCount<'_, R> {
    fn decision(&mut self, identity: &Identity, row: &RecordedDecision<'_>) -> Result<(), MonitorError> {
        if !is_decided_by(identity, row) {
            self.rows.others += 1;
            return Ok(());
        }
        let &RecordedDecision { sequence, time, score, decision, monitoring, .. } = row;
        let place = RowPlace { sequence, time };
        let problem_at = |problem| MonitorError::Row { sequence, problem };
        let Some(inputs) = row.inputs else {
            self.rows.forgotten += 1;
            return self.served.forgotten(place, score, decision).map_err(problem_at);
        };
        self.served.add(ServedDecision { place, inputs, score, decision, monitoring }).map_err(problem_at)
    }

    fn note(&mut self, note: &RecordedNote<'_>) -> Result<(), MonitorError> {
        let unreadable = |problem| MonitorError::Note { sequence: note.sequence, problem };
        match note.kind {
            NoteKind::Outcome => {
                let body = serde_json::from_str(note.body).map_err(unreadable)?;
                self.notes.push(ReadNote::Outcome(note.about, body));
            }
            NoteKind::Override => {
                let body = serde_json::from_str(note.body).map_err(unreadable)?;
                self.notes.push(ReadNote::Override(note.about, body));
            }
            NoteKind::Shadow => {
                let body = serde_json::from_str(note.body).map_err(unreadable)?;
                self.notes.push(ReadNote::Shadow(note.about, body));
            }
        }
        Ok(())
    }

    /// Adds the notes to the decisions that were counted; others are about decisions that were left out.
    fn finish(mut self) -> Monitored {
        for note in std::mem::take(&mut self.notes) {
            match note {
                ReadNote::Outcome(about, body) => {
                    self.rows.outcomes += u64::from(self.served.outcome(about, body.outcome == 1));
                }
                ReadNote::Shadow(about, body) => {
                    let approves = body.score.map(|_| body.decision == self.approved);
                    self.rows.shadowed += u64::from(self.served.shadowed(about, shadow_answer(&body, approves)));
                }
                ReadNote::Override(about, body) => {
                    let is_approved = body.decision == self.approved;
                    self.rows.overrides += u64::from(self.served.overridden(about, is_approved));
                }
            }
        }
        (self.rows.decisions, self.rows.with_monitoring) = self.served.rows();
        Monitored { trail: self.rows, monitor: self.served.judge() }
    }
}

/// The answer of a challenger, which is named by its version and the digest of its model.
fn shadow_answer(body: &ShadowBody, approves: Option<bool>) -> ShadowAnswer {
    let digest: String = body.model_sha256.chars().take(12).collect();
    ShadowAnswer { challenger: format!("{} ({digest})", body.model_version), approves }
}

impl Monitored {
    /// The results as a table for people.
    #[must_use]
    pub fn table(&self, colour: bool) -> String {
        let TrailRows { decisions, with_monitoring, forgotten, others, outcomes, .. } = self.trail;
        let rows = format!(
            "{decisions} decisions, {with_monitoring} with protected attributes, {outcomes} with an outcome; left out: \
             {forgotten} forgotten, {others} of another release"
        );
        self.monitor.table(colour, &rows)
    }
}
