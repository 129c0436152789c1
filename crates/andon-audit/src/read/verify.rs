//! Walks a whole chain and names the first row that is not as it was recorded.

use std::num::NonZero;
use std::ops::{ControlFlow, RangeInclusive};
use std::thread;

use serde::Serialize;

use crate::location::Location;
use crate::read::chunks::chunks;
use crate::read::fault::{RowFault, VerifyError, broken};
use crate::read::walk::ChainWalk;
use crate::record::chain::Head;
use crate::record::hash::Hash;
use crate::record::row::forgotten_rows;
use crate::store::open::open_source;
use crate::store::{MAX_SEQUENCE, StoreReader};

/// Fewest rows worth a thread.
const MIN_ROWS_PER_THREAD: u64 = 20_000;

/// A trail whose every row is as it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct VerifiedTrail {
    /// The end of the chain. Keep it elsewhere, for the next time.
    pub head: Head,
    /// The number of rows that are decisions.
    pub decisions: u64,
    /// The number of decisions that were forgotten.
    pub forgotten: u64,
    /// The number of stops and clears.
    pub pulls: u64,
    /// The number of notes about decisions.
    pub notes: u64,
    /// The first row with an earlier time than the row before it: the clock of the machine was set back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_back: Option<u64>,
}

/// Checks every row of a trail, also while it is written, and holds it against a head that was kept. Blocks, and uses
/// all processors.
///
/// Without `kept`, rows that were cut off at the end cannot be missed, nor a trail that was hashed anew.
///
/// # Errors
/// [`VerifyError::Broken`] with the first row that was changed, deleted, inserted or moved.
pub fn verify(location: impl Into<Location>, kept: Option<&Head>) -> Result<VerifiedTrail, VerifyError> {
    let location = location.into();
    let mut source = open_source(&location)?;
    let head = source.head()?;
    let stray = source.stray(head.count)?;
    if let Some(sequence) = stray.filter(|sequence| *sequence < 1) {
        return Err(VerifyError::Broken { sequence, fault: RowFault::Surplus });
    }
    let forgettings = source.forgettings()?;
    check_all(&location, head.count)?;
    if let Some(sequence) = stray {
        return Err(VerifyError::Broken { sequence, fault: RowFault::Surplus });
    }
    check_kept(source.as_mut(), head, kept)?;
    let forgotten = forgotten_rows(&forgettings).count();
    let set_back = source.set_back()?;
    let pulls = source.cord()?.len() as u64;
    let notes = source.count_notes()?;
    let decisions = head.count - forgettings.len() as u64 - pulls - notes;
    Ok(VerifiedTrail { head, decisions, forgotten, pulls, notes, set_back })
}

fn check_kept(source: &mut dyn StoreReader, head: Head, kept: Option<&Head>) -> Result<(), VerifyError> {
    let Some(kept) = kept.filter(|kept| **kept != Head::EMPTY) else { return Ok(()) };
    if kept.count > head.count {
        return Err(broken(head.count.saturating_add(1), RowFault::CutOff));
    }
    let found = source.hash_at(kept.count)?;
    if found == Some(kept.hash) { Ok(()) } else { Err(broken(kept.count, RowFault::Rewritten)) }
}

/// Shares the rows among threads. Each believes the hash before its first row, which is the last of another's.
fn check_all(location: &Location, count: u64) -> Result<(), VerifyError> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get) as u64;
    let share = count.div_ceil(threads).max(MIN_ROWS_PER_THREAD);
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
    let mut source = open_source(location)?;
    let forgettings = source.forgettings()?;
    let before = match rows.start() - 1 {
        0 => Some(Hash::ZERO),
        before => source.hash_at(before)?,
    };
    let before = before.ok_or_else(|| broken(rows.start() - 1, RowFault::Missing))?;
    let mut walk = ChainWalk::from(*rows.start(), before, forgettings, source.cord()?);
    for chunk in chunks(rows.clone()) {
        walk.expect(source.notes(chunk.clone())?);
        let mut result = Ok(());
        source.decisions(chunk, &mut |sequence, row| {
            result = walk.decision(sequence, row).map(drop);
            if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        result?;
    }
    walk.up_to(rows.end().saturating_add(1))
}
