//! A shadow challenger: a second model that decides after the first, and answers nobody.
//!
//! The challenger gets a decision once it is on the trail, through a queue that never waits. Its answers go on the
//! trail together, at most once in [`RECORDING_PAUSE`], so that decisions wait for few more commits. A record that it
//! cannot decide, a full queue and a trail that takes no note change no answer and are counted.

use std::sync::Arc;
use std::time::Duration;

use andon::{Decider, Record};
use andon_audit::{JsonObject, MAX_NOTES, Note, NoteKind, Trail};
use tokio::sync::mpsc;

use crate::identity::Identity;
use crate::trail::ShadowBody;
use crate::watch::shadowed::ShadowCounts;

/// The most decisions that wait for the challenger.
const MAX_WAITING: usize = 16_384;

/// The time between two recordings.
const RECORDING_PAUSE: Duration = Duration::from_secs(1);

/// The most answers that are recorded together.
const MAX_RECORDED: usize = if MAX_WAITING < MAX_NOTES { MAX_WAITING } else { MAX_NOTES };

/// A decision that the challenger is to answer.
#[derive(Debug)]
struct ShadowRequest {
    sequence: u64,
    inputs: JsonObject,
}

/// The queue before a challenger.
#[derive(Debug)]
pub struct Shadow {
    queue: Option<mpsc::Sender<ShadowRequest>>,
    counts: Arc<ShadowCounts>,
}

impl Shadow {
    /// Starts a challenger. Call it inside of a runtime.
    pub fn start<R: Record>(decider: Decider<R>, identity: Identity, trail: Arc<Trail>) -> Self {
        let (queue, requests) = mpsc::channel(MAX_WAITING);
        let counts = Arc::<ShadowCounts>::default();
        let worker = ShadowWorker {
            decider: Arc::new(decider),
            identity: Arc::new(identity),
            trail,
            counts: Arc::clone(&counts),
        };
        tokio::spawn(worker.run(requests));
        Self { queue: Some(queue), counts }
    }

    /// A challenger that could not be loaded: every decision counts as failed.
    #[must_use]
    pub fn failed() -> Self {
        Self { queue: None, counts: Arc::default() }
    }

    pub(crate) fn counts(&self) -> &ShadowCounts {
        &self.counts
    }

    /// Hands a recorded decision over, and does not wait.
    pub(crate) fn offer(&self, sequence: u64, inputs: JsonObject) {
        match &self.queue {
            None => self.counts.count_failed(1),
            Some(queue) if queue.try_send(ShadowRequest { sequence, inputs }).is_err() => self.counts.count_dropped(),
            Some(_) => {}
        }
    }
}

struct ShadowWorker<R> {
    decider: Arc<Decider<R>>,
    identity: Arc<Identity>,
    trail: Arc<Trail>,
    counts: Arc<ShadowCounts>,
}

impl<R: Record> ShadowWorker<R> {
    async fn run(self, mut requests: mpsc::Receiver<ShadowRequest>) {
        let mut batch = Vec::new();
        while requests.recv_many(&mut batch, MAX_RECORDED).await > 0 {
            let waiting = std::mem::take(&mut batch);
            let asked = waiting.len() as u64;
            let decider = Arc::clone(&self.decider);
            let identity = Arc::clone(&self.identity);
            // A panic of the challenger ends here.
            let decided = tokio::task::spawn_blocking(move || decide_all(&decider, &identity, waiting)).await;
            let notes = decided.unwrap_or_default();
            let decided = notes.len() as u64;
            let recorded = if notes.is_empty() { Ok(Vec::new()) } else { self.trail.note(notes, None).await };
            match recorded {
                Ok(_) => self.counts.count_recorded(decided),
                Err(error) => {
                    tracing::error!(%error, "the answers of the shadow challenger are not on the trail");
                    self.counts.count_failed(decided);
                }
            }
            self.counts.count_failed(asked - decided);
            tokio::time::sleep(RECORDING_PAUSE).await;
        }
    }
}

fn decide_all<R: Record>(decider: &Decider<R>, identity: &Identity, requests: Vec<ShadowRequest>) -> Vec<Note> {
    requests.into_iter().filter_map(|request| decide(decider, identity, &request)).collect()
}

/// The answer of the challenger; none if it cannot decide.
fn decide<R: Record>(decider: &Decider<R>, identity: &Identity, request: &ShadowRequest) -> Option<Note> {
    let record = decider.read_request(request.inputs.as_str().as_bytes()).ok()?;
    let reply = decider.reply(&record).ok()?;
    let body = ShadowBody {
        decision: reply.decision,
        score: reply.probability,
        model_version: identity.model_version.clone(),
        fingerprint: identity.fingerprint.clone(),
        model_sha256: identity.model_sha256.clone(),
    };
    Some(Note { kind: NoteKind::Shadow, about: request.sequence, body: JsonObject::new(&body).ok()? })
}
