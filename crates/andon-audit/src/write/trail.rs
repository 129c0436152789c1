//! The open trail: callers on one side of a bounded queue, the writer's thread on the other.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc as channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::clock;
use crate::error::{StoreError, TrailError};
use crate::location::Location;
use crate::record::chain::Head;
use crate::record::cord::{CordAct, TrailStop};
use crate::record::entry::{Entry, Receipt};
use crate::record::forgetting::{Erasure, Selection, check_reason};
use crate::record::note::{KnownNotes, Note};
use crate::record::row::PreparedDecision;
use crate::write::note::check_notes;
use crate::write::queue::{MAX_WAITING_REQUESTS, QueueRefusal, RequestQueue};
use crate::write::writer::{ChainWriter, CordPull, ForgettingStep, Recorded};

/// The time between two looks for rows that others added, such as a stop.
const LOOKING_INTERVAL: Duration = Duration::from_millis(200);

type ReplySender<T> = oneshot::Sender<Result<T, TrailError>>;

#[derive(Debug)]
enum WriterRequest {
    Record(Box<PreparedDecision>, ReplySender<Receipt>),
    Forget { whose: Selection, after: u64, reason: String, reply: ReplySender<Option<ForgettingStep>> },
    Pull(CordPull, ReplySender<Option<Receipt>>),
    Note(Vec<Note>, Option<KnownNotes>, ReplySender<Option<Vec<Receipt>>>),
    Probe,
    Look,
}

/// The health of a trail: does it take entries?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// The last attempt to write succeeded.
    Writing,
    /// Entries are refused.
    Failing {
        /// The time of the first refusal: UTC, RFC 3339.
        since: String,
        /// The reason, in words for an operator.
        why: String,
    },
}

#[derive(Debug)]
struct TrailState {
    head: Head,
    health: Health,
    stops: Vec<TrailStop>,
}

type SharedState = Arc<Mutex<TrailState>>;

type SharedQueue = Arc<RequestQueue<WriterRequest>>;

/// Takes the lock. State is replaced whole, so it is valid even if the thread that held the lock panicked.
fn lock_state(state: &SharedState) -> MutexGuard<'_, TrailState> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An open trail, the only one on its file; a database may have several. Dropping it waits until everything in the
/// queue is written.
#[derive(Debug)]
pub struct Trail {
    queue: SharedQueue,
    state: SharedState,
    location: Location,
    _thread: WriterThread,
}

/// The writer's thread, and the queue whose end ends it.
#[derive(Debug)]
struct WriterThread(SharedQueue, Option<JoinHandle<()>>);

impl Drop for WriterThread {
    fn drop(&mut self) {
        self.0.close();
        // A panic of the thread was its callers' `Stopped` already.
        self.1.take().map(JoinHandle::join).map(drop).unwrap_or_default();
    }
}

impl Trail {
    /// Opens a trail, or begins one where there is none.
    ///
    /// Blocks until it is open, which takes well under a second, also after a crash.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process (or another `Trail` of this one) writes it; any other
    /// [`StoreError`] when it cannot be written.
    pub fn open(location: impl Into<Location>) -> Result<Self, StoreError> {
        let location = location.into();
        let queue = SharedQueue::new(RequestQueue::new());
        let requests = QueueEnd(Arc::clone(&queue));
        let (opened, answer) = channel::channel();
        let name = location.to_string();
        let place = location.clone();
        let io = |source| StoreError::Io { action: "start a thread for", path: name.clone().into(), source };
        // Opened on the thread: a PostgreSQL client must not be made inside of an async runtime.
        let thread = thread::Builder::new().name("audit".to_owned()).spawn(move || run(location, &requests, &opened));
        let thread = WriterThread(Arc::clone(&queue), Some(thread.map_err(&io)?));
        let state = answer.recv().map_err(|_| io(std::io::Error::other("it panicked")))??;
        let looking = Arc::clone(&queue);
        thread::Builder::new().name("audit-look".to_owned()).spawn(move || look(&looking)).map_err(&io)?;
        Ok(Self { queue, state, location: place, _thread: thread })
    }

    /// Records an entry, and returns once it is on disk together with all entries before it.
    ///
    /// Entries of concurrent callers share a commit. When the returned future is dropped, the entry may still be
    /// recorded; the same holds after an error of the database in the very commit, which can only be safe one way.
    ///
    /// # Errors
    /// [`TrailError`]; the entry is then not acknowledged, and the service must not act on it.
    pub async fn record(&self, entry: Entry) -> Result<Receipt, TrailError> {
        entry.check()?;
        let sealed = Box::new(PreparedDecision::new(entry)?);
        self.ask(|reply| WriterRequest::Record(sealed, reply)).await
    }

    /// Erases the personal data of the selected decisions, and records that with the reason. `None` if every selected
    /// row was forgotten before, or none is selected.
    ///
    /// Works through large selections in steps, each a row of the chain, so that entries can be recorded between them.
    /// `reason` is kept for ever and must not be personal itself.
    ///
    /// # Errors
    /// [`TrailError`]; steps before it are done, and asking again does the rest.
    pub async fn forget(&self, whose: Selection, reason: &str) -> Result<Option<Erasure>, TrailError> {
        check_reason(reason)?;
        let mut all = None;
        let mut after = 0;
        loop {
            let whose = whose.clone();
            let reason = reason.to_owned();
            let step = self.ask(|reply| WriterRequest::Forget { whose, after, reason, reply }).await?;
            let Some(step) = step else { return Ok(all) };
            after = step.last;
            all = Erasure::add(all, step.forgotten);
        }
    }

    /// The health of the trail. While entries are refused, asking makes the writer try again, so that a service that
    /// refuses requests for that reason learns of the recovery.
    #[must_use]
    pub fn health(&self) -> Health {
        let health = lock_state(&self.state).health.clone();
        if health != Health::Writing {
            // A full queue holds entries, which are tried as well.
            let _is_full = self.queue.send(WriterRequest::Probe);
        }
        health
    }

    /// The stops in force, in order; empty if decisions are recorded. A stop that another process put on is known here
    /// within a fifth of a second and a little, and no decision is recorded behind it before that.
    #[must_use]
    pub fn stops(&self) -> Vec<TrailStop> {
        lock_state(&self.state).stops.clone()
    }

    /// Stops every service that writes this trail: no decision is recorded before the stop is cleared.
    ///
    /// # Errors
    /// [`TrailError`]; the stop is then not on the chain.
    pub async fn stop(&self, by: &str, why: &str) -> Result<Receipt, TrailError> {
        self.pull(CordPull { act: CordAct::Stop, by: by.to_owned(), why: why.to_owned(), last: 0 }).await
    }

    /// Clears the stops. `last` is the place of the last one that the person knows of.
    ///
    /// # Errors
    /// [`TrailError::OtherStop`] if another stop is the last one; otherwise as [`stop`](Self::stop).
    pub async fn clear(&self, last: u64, by: &str, why: &str) -> Result<Receipt, TrailError> {
        self.pull(CordPull { act: CordAct::Clear, by: by.to_owned(), why: why.to_owned(), last }).await
    }

    async fn pull(&self, pull: CordPull) -> Result<Receipt, TrailError> {
        pull.check()?;
        self.ask(|reply| WriterRequest::Pull(pull, reply)).await?.ok_or(TrailError::OtherStop)
    }

    /// Records notes about decisions, all of them or none, also while a stop is in force: they decide nothing.
    ///
    /// # Errors
    /// [`TrailError::OtherNotes`] if there are other notes of the kind than those that are `known`; otherwise as
    /// [`record`](Self::record).
    pub async fn note(&self, notes: Vec<Note>, known: Option<KnownNotes>) -> Result<Vec<Receipt>, TrailError> {
        check_notes(&notes)?;
        self.ask(|reply| WriterRequest::Note(notes, known, reply)).await?.ok_or(TrailError::OtherNotes)
    }

    /// The place of the trail, for readers.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// The end of the chain now. Keep it where the keepers of this trail cannot write.
    #[must_use]
    pub fn head(&self) -> Head {
        lock_state(&self.state).head
    }

    async fn ask<T>(&self, request: impl FnOnce(ReplySender<T>) -> WriterRequest) -> Result<T, TrailError> {
        let (reply, answer) = oneshot::channel();
        self.queue.send(request(reply)).map_err(|refused| match refused {
            QueueRefusal::Full => TrailError::Full(MAX_WAITING_REQUESTS),
            QueueRefusal::Closed => TrailError::Stopped,
        })?;
        answer.await.map_err(|_| TrailError::Stopped)?
    }
}

/// The second thread: asks the writer to look for the rows of others, until the trail is dropped.
fn look(queue: &SharedQueue) {
    loop {
        thread::sleep(LOOKING_INTERVAL);
        // A full queue holds entries, with which the writer sees the end of the trail as well.
        if queue.send(WriterRequest::Look) == Err(QueueRefusal::Closed) {
            return;
        }
    }
}

/// The writer's end of the queue. When the thread ends, also by a panic, nobody waits for it any more.
struct QueueEnd(SharedQueue);

impl Drop for QueueEnd {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// The thread: opens the trail, says so, and works until the queue ends.
fn run(location: Location, requests: &QueueEnd, opened: &channel::Sender<Result<SharedState, StoreError>>) {
    let writer = match ChainWriter::open(location) {
        Ok(writer) => writer,
        // Nobody waits any more if this cannot be said.
        Err(error) => return drop(opened.send(Err(error))),
    };
    let state = Arc::new(Mutex::new(TrailState {
        head: writer.head(),
        health: Health::Writing,
        stops: writer.stops().to_vec(),
    }));
    drop(opened.send(Ok(Arc::clone(&state))));
    let mut worker = WriterLoop { writer, state };
    let mut batch = requests.0.receive(1);
    while !batch.is_empty() {
        let usual = batch.len();
        worker.serve(batch);
        batch = requests.0.receive(usual);
    }
}

struct WriterLoop {
    writer: ChainWriter,
    state: SharedState,
}

impl WriterLoop {
    /// All entries in one commit, then the rest.
    fn serve(&mut self, requests: Vec<WriterRequest>) {
        let mut batch = Vec::new();
        let mut replies = Vec::new();
        let mut others = Vec::new();
        for request in requests {
            match request {
                WriterRequest::Record(sealed, reply) => {
                    batch.push(*sealed);
                    replies.push(reply);
                }
                other => others.push(other),
            }
        }
        if !batch.is_empty() {
            self.record(batch, replies);
        }
        others.into_iter().for_each(|request| self.serve_other(request));
    }

    /// A caller that no longer waits does not hear of it.
    fn record(&mut self, batch: Vec<PreparedDecision>, replies: Vec<ReplySender<Receipt>>) {
        let recorded = self.writer.record(batch);
        match self.update_health(recorded) {
            Ok(Recorded::Receipts(receipts)) => {
                replies.into_iter().zip(receipts).for_each(|(reply, row)| drop(reply.send(Ok(row))));
            }
            Ok(Recorded::Halted(why)) => {
                replies.into_iter().for_each(|reply| drop(reply.send(Err(TrailError::Halted(why.clone())))));
            }
            Err(error) => replies.into_iter().for_each(|reply| drop(reply.send(Err(error.clone())))),
        }
    }

    fn serve_other(&mut self, request: WriterRequest) {
        match request {
            WriterRequest::Forget { whose, after, reason, reply } => {
                let step = self.writer.forget(&whose, after, &reason);
                drop(reply.send(self.update_health(step)));
            }
            WriterRequest::Pull(pull, reply) => {
                let pulled = self.writer.pull(pull);
                drop(reply.send(self.update_health(pulled)));
            }
            WriterRequest::Note(notes, known, reply) => {
                let noted = self.writer.note(notes, known);
                drop(reply.send(self.update_health(noted)));
            }
            WriterRequest::Look => match self.writer.look() {
                // That it can be read does not say that it can be written.
                Ok(()) => self.update_end(),
                failed => drop(self.update_health(failed)),
            },
            WriterRequest::Probe => {
                let probed = self.writer.probe();
                drop(self.update_health(probed));
            }
            WriterRequest::Record(sealed, reply) => self.record(vec![*sealed], vec![reply]),
        }
    }

    fn update_end(&self) {
        let mut state = lock_state(&self.state);
        state.head = self.writer.head();
        state.stops = self.writer.stops().to_vec();
    }

    /// Keeps the health, the head and the stops up to date.
    fn update_health<T>(&mut self, result: Result<T, StoreError>) -> Result<T, TrailError> {
        let result = result.map_err(TrailError::from);
        self.update_end();
        let mut state = lock_state(&self.state);
        state.health = match (&result, &state.health) {
            (Ok(_), _) => Health::Writing,
            (Err(error), Health::Writing) => Health::Failing { since: clock::now(), why: error.to_string() },
            (Err(error), Health::Failing { since, .. }) => {
                Health::Failing { since: since.clone(), why: error.to_string() }
            }
        };
        result
    }
}
