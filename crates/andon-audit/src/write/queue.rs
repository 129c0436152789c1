//! The bounded queue before the writer. Callers never wait in it, and the writer is woken once for a batch, not once
//! for each request.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The most requests that wait; one more is refused.
pub(super) const MAX_WAITING_REQUESTS: usize = 4096;

/// The most requests in one batch.
const MAX_BATCH_REQUESTS: usize = 1024;

/// The longest time to wait for callers that were answered just now and are about to come back. It is short beside a
/// disk's sync; without it, commits would hold few and many entries in turn.
const GATHERING_TIME: Duration = Duration::from_micros(200);

/// The reason why a request was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QueueRefusal {
    Full,
    Closed,
}

/// A queue of requests; shared by its ends.
#[derive(Debug)]
pub(super) struct RequestQueue<T> {
    waiting: Mutex<WaitingRequests<T>>,
    /// The batch that the writer waits for is there, or none will come.
    filled: Condvar,
}

#[derive(Debug)]
struct WaitingRequests<T> {
    requests: Vec<T>,
    /// The number of requests that wakes the writer.
    wanted: usize,
    is_open: bool,
}

impl<T> WaitingRequests<T> {
    fn is_short_of_wanted(&mut self) -> bool {
        self.is_open && self.requests.len() < self.wanted
    }
}

impl<T> RequestQueue<T> {
    pub(super) fn new() -> Self {
        Self {
            waiting: Mutex::new(WaitingRequests { requests: Vec::new(), wanted: 1, is_open: true }),
            filled: Condvar::new(),
        }
    }

    /// No code panics with the lock, so the state is valid.
    fn lock(&self) -> MutexGuard<'_, WaitingRequests<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a request, and wakes the writer if it waits for no more than these.
    pub(super) fn send(&self, request: T) -> Result<(), QueueRefusal> {
        let mut waiting = self.lock();
        if !waiting.is_open {
            return Err(QueueRefusal::Closed);
        }
        if waiting.requests.len() >= MAX_WAITING_REQUESTS {
            return Err(QueueRefusal::Full);
        }
        waiting.requests.push(request);
        let is_filled = waiting.requests.len() == waiting.wanted;
        drop(waiting);
        if is_filled {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Waits for a batch: for one request, and then a moment for as many as `usual`. Empty once the queue is closed and
    /// all requests are taken.
    pub(super) fn receive(&self, usual: usize) -> Vec<T> {
        let mut waiting = self.lock();
        waiting.wanted = 1;
        waiting = self
            .filled
            .wait_while(waiting, WaitingRequests::is_short_of_wanted)
            .unwrap_or_else(PoisonError::into_inner);
        waiting.wanted = usual.min(MAX_BATCH_REQUESTS);
        let gathered = self.filled.wait_timeout_while(waiting, GATHERING_TIME, WaitingRequests::is_short_of_wanted);
        (waiting, _) = gathered.unwrap_or_else(PoisonError::into_inner);
        // Nobody waits now: no number of requests wakes.
        waiting.wanted = 0;
        let rest = waiting.requests.len().min(MAX_BATCH_REQUESTS);
        let rest = waiting.requests.split_off(rest);
        std::mem::replace(&mut waiting.requests, rest)
    }

    /// Takes no further request. Those that wait are still received.
    pub(super) fn close(&self) {
        self.lock().is_open = false;
        self.filled.notify_one();
    }

    /// Takes no further request, and drops those that wait.
    pub(super) fn abandon(&self) {
        let dropped = {
            let mut waiting = self.lock();
            waiting.is_open = false;
            std::mem::take(&mut waiting.requests)
        };
        drop(dropped);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;
    use std::time::Instant;

    use super::*;

    #[test]
    fn one_more_than_may_wait_is_refused_and_a_batch_has_a_limit() {
        let queue = RequestQueue::new();
        (0..MAX_WAITING_REQUESTS).for_each(|number| queue.send(number).unwrap());
        assert_eq!(queue.send(MAX_WAITING_REQUESTS), Err(QueueRefusal::Full));
        queue.close();
        assert_eq!(queue.send(MAX_WAITING_REQUESTS), Err(QueueRefusal::Closed));
        let mut received = Vec::new();
        for batch in std::iter::repeat_with(|| queue.receive(1)).take_while(|batch| !batch.is_empty()) {
            assert_eq!(batch.len(), MAX_BATCH_REQUESTS);
            received.extend(batch);
        }
        assert_eq!(received, Vec::from_iter(0..MAX_WAITING_REQUESTS), "all that were taken, in their order");
    }

    #[test]
    fn a_receiver_waits_a_moment_for_as_many_as_usual_and_no_longer() {
        let queue = Arc::new(RequestQueue::new());
        queue.send(0).unwrap();
        let start = Instant::now();
        assert_eq!(queue.receive(2), [0]);
        assert!(start.elapsed() >= GATHERING_TIME, "the second never came");
        let sender = Arc::clone(&queue);
        let sending = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            sender.send(1).unwrap();
        });
        assert_eq!(queue.receive(1), [1], "it was woken");
        sending.join().unwrap();
    }

    #[test]
    fn many_senders_lose_nothing_and_a_close_wakes_the_receiver() {
        let queue = Arc::new(RequestQueue::new());
        let senders: Vec<_> = (0..8)
            .map(|sender| {
                let queue = Arc::clone(&queue);
                thread::spawn(move || (0..500).for_each(|number| queue.send((sender, number)).unwrap()))
            })
            .collect();
        let closing = Arc::clone(&queue);
        let closed = thread::spawn(move || {
            senders.into_iter().for_each(|sender| sender.join().unwrap());
            thread::sleep(Duration::from_millis(20));
            closing.close();
        });
        let mut received = Vec::new();
        for batch in std::iter::repeat_with(|| queue.receive(8)).take_while(|batch| !batch.is_empty()) {
            received.extend(batch);
        }
        closed.join().unwrap();
        received.sort_unstable();
        let sent: Vec<_> = (0..8).flat_map(|sender| (0..500).map(move |number| (sender, number))).collect();
        assert_eq!(received, sent);
    }

    #[test]
    fn requests_of_an_abandoned_queue_are_dropped() {
        let queue = RequestQueue::new();
        let request = Arc::new(());
        queue.send(Arc::clone(&request)).unwrap();
        queue.abandon();
        assert_eq!(Arc::strong_count(&request), 1, "whoever waits for it is told");
        assert_eq!(queue.send(request), Err(QueueRefusal::Closed));
    }
}
