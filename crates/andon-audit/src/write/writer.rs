//! The writer: keeps the head, hashes rows into the chain, and opens the trail again after a failure.

use std::collections::VecDeque;

use crate::clock;
use crate::error::StoreError;
use crate::location::Location;
use crate::record::chain::Head;
use crate::record::entry::Receipt;
use crate::record::forgetting::{Erasure, Selection};
use crate::record::hash::Hash;
use crate::record::ranges::Ranges;
use crate::record::row::{ForgettingRow, Link, PreparedDecision, forgotten_rows};
use crate::store::StoreWriter;
use crate::store::open::{open_source, open_store};
use crate::store::place::ExpectedFiles;

/// Most rows that one forgetting erases, so that decisions need not wait long behind it.
const MAX_FORGOTTEN: u32 = 20_000;

/// Writes one trail.
pub(crate) struct ChainWriter {
    location: Location,
    /// Absent after a failure.
    store: Option<Box<dyn StoreWriter>>,
    /// The files behind the store that failed last.
    left: ExpectedFiles,
    /// The end of the chain that was acknowledged last.
    head: Head,
}

/// A part of a forgetting.
#[derive(Debug)]
pub(crate) struct ForgettingStep {
    /// The last row that was looked at.
    pub(crate) last: u64,
    pub(crate) forgotten: Option<Erasure>,
}

impl ChainWriter {
    pub(crate) fn open(location: Location) -> Result<Self, StoreError> {
        let mut store = open_store(&location, true)?;
        let head = store.head()?;
        Ok(Self { location, store: Some(store), left: ExpectedFiles::default(), head })
    }

    pub(crate) fn head(&self) -> Head {
        self.head
    }

    /// Checks that writing works, with a write that changes nothing.
    pub(crate) fn probe(&mut self) -> Result<(), StoreError> {
        self.attempt(|store, head| store.probe(head))
    }

    /// Appends a batch: all of it is on disk, or nothing of it is acknowledged.
    pub(crate) fn record(&mut self, batch: Vec<PreparedDecision>) -> Result<VecDeque<Receipt>, StoreError> {
        let time = clock::recording_time().map_err(StoreError::Clock)?;
        let mut head = self.head;
        let rows: Vec<(Link, PreparedDecision)> =
            batch.into_iter().map(|sealed| (link(&mut head, &time, &sealed.content), sealed)).collect();
        self.attempt(|store, head| store.append(head, &rows))?;
        self.head = head;
        Ok(rows.into_iter().map(|(Link { sequence, time, hash }, _)| Receipt { sequence, time, hash }).collect())
    }

    /// Forgets some of the rows above `after`; `None` when no further row is selected.
    pub(crate) fn forget(
        &mut self,
        whose: &Selection,
        after: u64,
        reason: &str,
    ) -> Result<Option<ForgettingStep>, StoreError> {
        // A second connection of this process to another file at the path would empty the index (`-shm`) that the first
        // one works with: SQLite tells processes apart there, and not their connections.
        self.probe()?;
        let mut source = open_source(&self.location)?;
        let found = source.find(whose, after, MAX_FORGOTTEN)?;
        let Some(&last) = found.last() else { return Ok(None) };
        let already = forgotten_rows(&source.forgettings()?);
        drop(source);
        let mut rows = Ranges::default();
        found.into_iter().filter(|sequence| !already.contains(*sequence)).for_each(|sequence| rows.push(sequence));
        let forgotten = if rows.count() == 0 { None } else { Some(self.erase(&rows, reason)?) };
        Ok(Some(ForgettingStep { last, forgotten }))
    }

    fn erase(&mut self, rows: &Ranges, reason: &str) -> Result<Erasure, StoreError> {
        let sequences = rows.to_string();
        let reason = reason.to_owned();
        let mut head = self.head;
        let time = clock::recording_time().map_err(StoreError::Clock)?;
        let link = link(&mut head, &time, &ForgettingRow::encode(&sequences, &reason).digest());
        let forgetting = ForgettingRow { link, sequences, reason };
        let cleared = self.attempt(|store, head| store.forget(head, &forgetting, rows))?;
        self.head = head;
        Ok(Erasure { rows: rows.count(), cleared })
    }

    fn attempt<T>(
        &mut self,
        work: impl FnOnce(&mut dyn StoreWriter, &Head) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut store = match self.store.take() {
            Some(store) => store,
            None => self.reopen()?,
        };
        let done = work(store.as_mut(), &self.head);
        match done.as_ref().map_or_else(|_| store.leave(), |_| None) {
            Some(left) => self.left = left,
            None => self.store = Some(store),
        }
        done
    }

    /// Opens the trail again after a failure. It may hold rows that were not acknowledged; it lacks none that was.
    /// Anything that is not the trail is found before it is opened for writing.
    fn reopen(&mut self) -> Result<Box<dyn StoreWriter>, StoreError> {
        self.left.check(self.head != Head::EMPTY)?;
        let kept =
            self.head == Head::EMPTY || open_source(&self.location)?.hash_at(self.head.count)? == Some(self.head.hash);
        if !kept {
            return Err(StoreError::Diverged { location: self.location.to_string(), sequence: self.head.count });
        }
        let mut store = open_store(&self.location, false)?;
        self.head = store.head()?;
        Ok(store)
    }
}

/// The next row's place, time and hash.
fn link(head: &mut Head, time: &str, content: &Hash) -> Link {
    *head = head.next(time, content);
    Link { sequence: head.count, time: time.to_owned(), hash: head.hash }
}
