//! The writer: keeps the head, hashes rows into the chain, and opens the trail again after a failure.

use std::collections::VecDeque;

use crate::clock;
use crate::error::StoreError;
use crate::location::Location;
use crate::record::chain::Head;
use crate::record::cord::{CordAct, CordRow, TrailStop};
use crate::record::entry::Receipt;
use crate::record::forgetting::{Erasure, Selection};
use crate::record::hash::Hash;
use crate::record::note::{KnownNotes, Note, NoteRow};
use crate::record::ranges::Ranges;
use crate::record::row::{ForgettingRow, Link, PreparedDecision, forgotten_rows};
use crate::store::open::{open_source, open_store};
use crate::store::place::ExpectedFiles;
use crate::store::{CordState, StoreWriter};

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
    /// The stops in force.
    stops: Vec<TrailStop>,
}

/// A stop, or the clear of the stops up to the one at `last`.
#[derive(Debug)]
pub(crate) struct CordPull {
    pub(crate) act: CordAct,
    pub(crate) by: String,
    pub(crate) why: String,
    pub(crate) last: u64,
}

/// The outcome of recording decisions.
pub(crate) enum Recorded {
    Receipts(VecDeque<Receipt>),
    /// Nothing was recorded: a stop is in force.
    Halted(String),
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
        let store = open_store(&location, true)?;
        Self::beside(location, store)
    }

    /// A writer that has this store.
    pub(crate) fn beside(location: Location, mut store: Box<dyn StoreWriter>) -> Result<Self, StoreError> {
        let head = store.head()?;
        let stops = store.stops()?;
        Ok(Self { location, store: Some(store), left: ExpectedFiles::default(), head, stops })
    }

    pub(crate) fn stops(&self) -> &[TrailStop] {
        &self.stops
    }

    pub(crate) fn head(&self) -> Head {
        self.head
    }

    /// Checks that writing works, with a write that changes nothing.
    pub(crate) fn probe(&mut self) -> Result<(), StoreError> {
        self.attempt(|store, head| store.probe(head))
    }

    /// Appends a batch: all of it is on disk, or nothing of it is acknowledged.
    pub(crate) fn record(&mut self, batch: Vec<PreparedDecision>) -> Result<Recorded, StoreError> {
        self.be_open()?;
        if let Some(stop) = self.stops.first() {
            return Ok(Recorded::Halted(stop.to_string()));
        }
        let time = clock::recording_time().map_err(StoreError::Clock)?;
        let mut head = self.head;
        let mut rows: Vec<(Link, PreparedDecision)> =
            batch.into_iter().map(|sealed| (link(&mut head, &time, &sealed.content), sealed)).collect();
        if let Some(state) = self.attempt(|store, head| store.append(head, &mut rows))? {
            self.take(state);
            return Ok(Recorded::Halted(self.stops.first().map(ToString::to_string).unwrap_or_default()));
        }
        self.head = rows.last().map_or(self.head, |(link, _)| end_at(link));
        let receipts = rows.into_iter().map(|(link, _)| receipt(link)).collect();
        Ok(Recorded::Receipts(receipts))
    }

    /// Stops the service or clears the stops; `None` if the clear is not of the last stop.
    pub(crate) fn pull(&mut self, pull: CordPull) -> Result<Option<Receipt>, StoreError> {
        let time = clock::recording_time().map_err(StoreError::Clock)?;
        let CordPull { act, by, why, last } = pull;
        // Place and hash follow in the transaction.
        let mut row = CordRow { link: Link { sequence: 0, time, hash: Hash::ZERO }, act, by, why };
        let state = self.attempt(|store, head| store.pull(head, &mut row, last))?;
        Ok(state.map(|state| {
            self.take(state);
            receipt(row.link)
        }))
    }

    /// Appends notes, all of them or none; `None` if there are other notes of the kind than those that are known.
    pub(crate) fn note(
        &mut self,
        notes: Vec<Note>,
        known: Option<KnownNotes>,
    ) -> Result<Option<Vec<Receipt>>, StoreError> {
        let time = clock::recording_time().map_err(StoreError::Clock)?;
        // Place and hash follow in the transaction.
        let link = || Link { sequence: 0, time: time.clone(), hash: Hash::ZERO };
        let row =
            |note: Note| NoteRow { link: link(), kind: note.kind, about: note.about, body: note.body.into_text() };
        let mut rows: Vec<NoteRow> = notes.into_iter().map(row).collect();
        let state = self.attempt(|store, head| store.note(head, &mut rows, known))?;
        Ok(state.map(|state| {
            self.take(state);
            rows.into_iter().map(|row| receipt(row.link)).collect()
        }))
    }

    /// Learns of rows that others added, without writing.
    pub(crate) fn look(&mut self) -> Result<(), StoreError> {
        if self.store.is_none() {
            return Ok(());
        }
        if let Some(state) = self.attempt(|store, head| store.look(head))? {
            self.take(state);
        }
        Ok(())
    }

    fn take(&mut self, state: CordState) {
        (self.head, self.stops) = (state.head, state.stops);
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
        self.be_open()?;
        let sequences = rows.to_string();
        let reason = reason.to_owned();
        let time = clock::recording_time().map_err(StoreError::Clock)?;
        let link = link(&mut self.head.clone(), &time, &ForgettingRow::encode(&sequences, &reason).digest());
        let mut forgetting = ForgettingRow { link, sequences, reason };
        // Another process may have stopped the service between the known end and the forgetting, which is the end now:
        // nobody would look behind it again.
        let (cleared, stops) =
            self.attempt(|store, head| Ok((store.forget(head, &mut forgetting, rows)?, store.stops()?)))?;
        self.take(CordState { head: end_at(&forgetting.link), stops });
        Ok(Erasure { rows: rows.count(), cleared })
    }

    /// Opens the trail again if a failure closed it. Before rows are linked: others may have moved its end meanwhile,
    /// or stopped the service.
    fn be_open(&mut self) -> Result<(), StoreError> {
        if self.store.is_none() {
            self.store = Some(self.reopen()?);
        }
        Ok(())
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
        self.take(CordState { head: store.head()?, stops: store.stops()? });
        Ok(store)
    }
}

fn receipt(link: Link) -> Receipt {
    Receipt { sequence: link.sequence, time: link.time, hash: link.hash }
}

fn end_at(link: &Link) -> Head {
    Head { count: link.sequence, hash: link.hash }
}

/// The next row's place, time and hash.
fn link(head: &mut Head, time: &str, content: &Hash) -> Link {
    *head = head.next(time, content);
    Link { sequence: head.count, time: time.to_owned(), hash: head.hash }
}
