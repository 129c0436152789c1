//! Walks a whole chain and names the first row that is not as it was recorded.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::ops::{ControlFlow, RangeInclusive};
use std::thread;

use serde::Serialize;

use crate::error::StoreError;
use crate::location::Location;
use crate::record::chain::{self, Hash, Head};
use crate::record::ranges::Ranges;
use crate::record::row::{Decision, Forgetting, Held, Link, Part};
use crate::store::{MAX_SEQUENCE, Source};

/// Fewest rows worth a thread.
const SHARE: u64 = 20_000;

/// A trail whose every row is as it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Where the chain ends: to be kept elsewhere, for the next time.
    pub head: Head,
    /// How many of the rows are decisions.
    pub decisions: u64,
    /// How many decisions were forgotten.
    pub forgotten: u64,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The chain breaks here.
    #[error("does not follow from the row before it: it was changed, inserted or moved here")]
    Altered,
    /// There is no such row.
    #[error("is missing: it was deleted")]
    Missing,
    /// There is a row too many.
    #[error("has no place in the trail: it was inserted")]
    Surplus,
    /// Personal data do not match their digest.
    #[error("has other {0} than were recorded: they were changed")]
    PersonalAltered(&'static str),
    /// Personal data are absent, and no forgetting names the row.
    #[error("has no {0}, and no forgetting explains it: they were deleted")]
    PersonalMissing(&'static str),
    /// Personal data are there though they were forgotten, or were never recorded.
    #[error("has {0} that should not be there: they were put back or inserted")]
    PersonalSurplus(&'static str),
    /// The trail ends before the head that was kept.
    #[error("is missing, at which the kept head stands: the end of the trail was cut off")]
    CutOff,
    /// The trail was hashed anew.
    #[error("has another hash than the kept head: the trail was rewritten")]
    Rewritten,
}

/// A trail is not as it was recorded, or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The first row that is not as it was recorded.
    #[error("row {sequence} {fault}")]
    Broken {
        /// Its sequence number, or the one it pretends to have.
        sequence: i64,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The trail cannot be read.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for VerifyError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unreadable { sequence, .. } => Self::Broken { sequence, fault: Fault::Altered },
            other => Self::Store(other),
        }
    }
}

fn broken(sequence: u64, fault: Fault) -> VerifyError {
    VerifyError::Broken { sequence: crate::store::to_sql(sequence), fault }
}

/// Checks every row of a trail, also while it is written, and holds it against a head that was kept. Blocks, and uses
/// all processors.
///
/// Without `kept`, rows that were cut off at the end cannot be missed, nor a trail that was hashed anew.
///
/// # Errors
/// [`VerifyError::Broken`] with the first row that was changed, deleted, inserted or moved.
pub fn verify(location: impl Into<Location>, kept: Option<&Head>) -> Result<Verified, VerifyError> {
    let location = location.into();
    let mut source = location.source()?;
    let head = source.head()?;
    let stray = source.stray(head.count)?;
    if let Some(sequence) = stray.filter(|sequence| *sequence < 1) {
        return Err(VerifyError::Broken { sequence, fault: Fault::Surplus });
    }
    let forgettings = source.forgettings()?;
    check_all(&location, head.count)?;
    if let Some(sequence) = stray {
        return Err(VerifyError::Broken { sequence, fault: Fault::Surplus });
    }
    check_kept(source.as_mut(), head, kept)?;
    let forgotten = forgotten(&forgettings).count();
    Ok(Verified { head, decisions: head.count - forgettings.len() as u64, forgotten })
}

fn check_kept(source: &mut dyn Source, head: Head, kept: Option<&Head>) -> Result<(), VerifyError> {
    let Some(kept) = kept.filter(|kept| **kept != Head::EMPTY) else { return Ok(()) };
    if kept.count > head.count {
        return Err(broken(head.count.saturating_add(1), Fault::CutOff));
    }
    let found = source.hash_at(kept.count)?;
    if found == Some(kept.hash) { Ok(()) } else { Err(broken(kept.count, Fault::Rewritten)) }
}

/// Shares the rows among threads. Each believes the hash before its first row, which is the last of another's.
fn check_all(location: &Location, count: u64) -> Result<(), VerifyError> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get) as u64;
    let share = count.div_ceil(threads).max(SHARE);
    let shares = (0..count).step_by(usize::try_from(share).unwrap_or(usize::MAX));
    let shares = shares.map(|before| before + 1..=before.saturating_add(share).min(count).min(MAX_SEQUENCE));
    thread::scope(|scope| {
        let workers: Vec<_> = shares.map(|rows| scope.spawn(|| check_share(location, rows))).collect();
        // In the order of the rows, so that the first fault is the one reported.
        let results =
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        results.collect::<Vec<_>>().into_iter().collect()
    })
}

fn check_share(location: &Location, rows: RangeInclusive<u64>) -> Result<(), VerifyError> {
    let mut source = location.source()?;
    let forgettings = source.forgettings()?;
    let before = match rows.start() - 1 {
        0 => Some(Hash::ZERO),
        before => source.hash_at(before)?,
    };
    let before = before.ok_or_else(|| broken(rows.start() - 1, Fault::Missing))?;
    let mut walk = Walk::from(*rows.start(), before, forgettings);
    let mut result = Ok(());
    source.decisions(rows.clone(), &mut |sequence, row| {
        result = walk.decision(sequence, row).map(drop);
        if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    result.and_then(|()| walk.up_to(rows.end().saturating_add(1)))
}

/// What the recorded forgettings name.
pub(crate) fn forgotten(forgettings: &[Forgetting]) -> Ranges {
    Ranges::union(forgettings.iter().filter_map(|row| row.sequences.parse().ok()))
}

/// Checks one row after the other.
pub(crate) struct Walk {
    /// The sequence number that must come.
    next: u64,
    /// The hash of the row before it.
    before: Hash,
    forgettings: BTreeMap<u64, Forgetting>,
    forgotten: Ranges,
}

impl Walk {
    /// From this row on, which follows on this hash.
    pub(crate) fn from(next: u64, before: Hash, forgettings: Vec<Forgetting>) -> Self {
        let forgotten = forgotten(&forgettings);
        let forgettings = forgettings.into_iter().map(|row| (row.link.sequence, row)).collect();
        Self { next, before, forgettings, forgotten }
    }

    /// Checks that nothing is missing up to this head, and that it was come to.
    pub(crate) fn end_at(mut self, head: &Head) -> Result<(), VerifyError> {
        self.up_to(head.count.saturating_add(1))?;
        if self.before == head.hash { Ok(()) } else { Err(broken(head.count, Fault::Rewritten)) }
    }

    pub(crate) fn decision(&mut self, sequence: i64, row: Result<Decision, String>) -> Result<Decision, VerifyError> {
        let at = u64::try_from(sequence).map_err(|_| VerifyError::Broken { sequence, fault: Fault::Surplus })?;
        self.up_to(at)?;
        if self.forgettings.contains_key(&at) {
            return Err(broken(at, Fault::Surplus));
        }
        let row = row.map_err(|_| broken(at, Fault::Altered))?;
        self.link(&row.link, &row.fields.encode().digest())?;
        self.personal(at, Part::Inputs, Some(&row.fields.inputs_digest), &row.inputs)?;
        self.personal(at, Part::Monitoring, row.fields.monitoring_digest.as_ref(), &row.monitoring)?;
        Ok(row)
    }

    /// Between two decisions there are forgettings, and nothing else.
    fn up_to(&mut self, sequence: u64) -> Result<(), VerifyError> {
        while self.next < sequence {
            let row = self.forgettings.get(&self.next).ok_or_else(|| broken(self.next, Fault::Missing))?;
            let (link, content) = (row.link.clone(), Forgetting::encode(&row.sequences, &row.reason).digest());
            self.link(&link, &content)?;
        }
        Ok(())
    }

    fn link(&mut self, link: &Link, content: &Hash) -> Result<(), VerifyError> {
        // A number that was there already is a row too many; SQLite's key forbids it, another schema may not.
        if link.sequence < self.next {
            return Err(broken(link.sequence, Fault::Surplus));
        }
        if chain::link(&self.before, link.sequence, &link.time, content) != link.hash {
            return Err(broken(link.sequence, Fault::Altered));
        }
        (self.before, self.next) = (link.hash, link.sequence + 1);
        Ok(())
    }

    fn personal(&self, at: u64, part: Part, digest: Option<&Hash>, held: &Held) -> Result<(), VerifyError> {
        let fault = match (held, digest, self.forgotten.contains(at)) {
            (Held::Nothing, None, _) | (Held::Nothing | Held::Erased, Some(_), true) => return Ok(()),
            (Held::Text(personal), Some(digest), false) if personal.digest(part) == *digest => return Ok(()),
            (Held::Text(_), Some(_), false) => Fault::PersonalAltered(part.name()),
            (Held::Nothing | Held::Erased, Some(_), false) => Fault::PersonalMissing(part.name()),
            (Held::Text(_) | Held::Erased, None, _) | (Held::Text(_), Some(_), true) => {
                Fault::PersonalSurplus(part.name())
            }
        };
        Err(broken(at, fault))
    }
}
