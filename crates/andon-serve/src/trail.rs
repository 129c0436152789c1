//! Compares the decisions of an audit trail with the release's own bars. [`andon::monitor`] computes; this module
//! reads.

use andon::data::frame::FrameError;
use andon::evidence::evidence::Timestamp;
use andon::monitor::{Monitor, NotOfThisRelease, ServedDecision, ServedDecisions};
use andon::{Decider, Record};
use andon_audit::{Head, Location, RecordedDecision, StoreError, VerifyError};
use serde::Serialize;

use crate::identity::Identity;

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
    let mut served = ServedDecisions::new(decider)?;
    let mut rows = TrailRows::default();
    let mut wrong = None;
    let is_recent = |row: &RecordedDecision<'_>| match since {
        None => true,
        Some(since) => row.time.parse::<Timestamp>().is_ok_and(|time| time >= since),
    };
    andon_audit::read(trail, &verified.head, |row| {
        if !is_recent(&row) {
            return;
        }
        if !is_decided_by(identity, &row) {
            rows.others += 1;
        } else if let Err(error) = count(&mut served, &mut rows, &row) {
            wrong.get_or_insert(error);
        }
    })?;
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    (rows.decisions, rows.with_monitoring) = served.rows();
    Ok(Monitored { trail: rows, monitor: served.judge() })
}

/// True for a decision of this release and of its model. A row of version 0.1.0 holds no digest of the model.
fn is_decided_by(identity: &Identity, row: &RecordedDecision<'_>) -> bool {
    row.fingerprint == identity.fingerprint && row.model_sha256.is_none_or(|model| model == identity.model_sha256)
}

/// Counts one decision of this release.
fn count<R: Record>(
    served: &mut ServedDecisions<'_, R>,
    rows: &mut TrailRows,
    row: &RecordedDecision<'_>,
) -> Result<(), MonitorError> {
    let &RecordedDecision { sequence, score, decision, monitoring, .. } = row;
    let problem_at = |problem| MonitorError::Row { sequence, problem };
    let Some(inputs) = row.inputs else {
        rows.forgotten += 1;
        return served.forgotten(score, decision).map_err(problem_at);
    };
    served.add(ServedDecision { inputs, score, decision, monitoring }).map_err(problem_at)
}

impl Monitored {
    /// The results as a table for people.
    #[must_use]
    pub fn table(&self, colour: bool) -> String {
        let TrailRows { decisions, with_monitoring, forgotten, others } = self.trail;
        let rows = format!(
            "{decisions} decisions, {with_monitoring} with protected attributes; left out: {forgotten} forgotten, {others} \
             of another release"
        );
        self.monitor.table(colour, &rows)
    }
}
