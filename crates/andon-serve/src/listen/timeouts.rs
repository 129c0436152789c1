//! How long a connection waits for its client: for the head of a request, for the next request, for a response to be read.
//!
//! hyper has one time for both a head and the wait before it, and sets a timer anew for each request. Here, hyper only
//! says when it begins and ends to wait for a head, [`ObservedStream`] when bytes come and go, and one timer a connection looks
//! at it now and then: a request costs no timer.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::{Sleep, Timer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

use super::limits::Limits;

/// The time of what is not going on.
const NOT_WAITING: u64 = u64::MAX;

/// What one connection waits for, and since when. All of it is used by the connection's own task; atomic because hyper
/// wants timers to be shared.
#[derive(Debug, Clone)]
pub(super) struct ConnectionTimer(Arc<WaitTimes>);

/// Times in microseconds after `opened`.
#[derive(Debug)]
struct WaitTimes {
    opened: Instant,
    /// The next head is the first.
    is_new: AtomicBool,
    /// HeadWait for a head, or for its rest.
    waiting: AtomicU64,
    /// A head has begun.
    head: AtomicU64,
    /// The client takes no more bytes.
    blocked: AtomicU64,
}

impl ConnectionTimer {
    pub(super) fn new() -> Self {
        let [waiting, head, blocked] = [(); 3].map(|()| AtomicU64::new(NOT_WAITING));
        Self(Arc::new(WaitTimes { opened: Instant::now(), is_new: AtomicBool::new(true), waiting, head, blocked }))
    }

    /// Resolves when the client was waited for in vain.
    pub(super) async fn wait_until_expired(&self, limits: &Limits, open: &Semaphore) {
        loop {
            let now = Instant::now();
            let idle = if open.available_permits() == 0 { limits.head.min(limits.idle) } else { limits.idle };
            let end = self.0.deadline(limits.head, idle);
            if end.is_some_and(|end| end <= now) {
                return;
            }
            // Whatever begins after this look ends no sooner than the shorter time from now.
            let look = now + limits.head.min(limits.idle);
            sleep_until(end.map_or(look, |end| end.min(look))).await;
        }
    }
}

impl WaitTimes {
    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(NOT_WAITING - 1)
    }

    /// When to give up on what is waited for.
    fn deadline(&self, head: Duration, idle: Duration) -> Option<Instant> {
        let end = |since: &AtomicU64, time: Duration| match since.load(Relaxed) {
            NOT_WAITING => None,
            since => self.opened.checked_add(Duration::from_micros(since) + time),
        };
        [end(&self.head, head), end(&self.waiting, idle), end(&self.blocked, idle)].into_iter().flatten().min()
    }

    /// hyper waits for a head. Whoever opens a connection is expected to use it.
    fn begin_wait(&self) {
        let now = self.now();
        self.waiting.store(now, Relaxed);
        self.head.store(if self.is_new.swap(false, Relaxed) { now } else { NOT_WAITING }, Relaxed);
    }

    fn end_wait(&self) {
        self.waiting.store(NOT_WAITING, Relaxed);
        self.head.store(NOT_WAITING, Relaxed);
    }

    /// Bytes came.
    fn note_read(&self) {
        if self.waiting.load(Relaxed) != NOT_WAITING && self.head.load(Relaxed) == NOT_WAITING {
            self.head.store(self.now(), Relaxed);
        }
    }

    /// Bytes went, or could not.
    fn note_write(&self, could: bool) {
        if could {
            self.blocked.store(NOT_WAITING, Relaxed);
        } else if self.blocked.load(Relaxed) == NOT_WAITING {
            self.blocked.store(self.now(), Relaxed);
        }
    }
}

impl Timer for ConnectionTimer {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(HeadWait::begin(self))
    }

    fn sleep_until(&self, _: std::time::Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(HeadWait::begin(self))
    }
}

/// Lives while hyper waits for a head; never wakes it.
struct HeadWait(ConnectionTimer);

impl HeadWait {
    fn begin(timer: &ConnectionTimer) -> Self {
        timer.0.begin_wait();
        Self(timer.clone())
    }
}

impl Drop for HeadWait {
    fn drop(&mut self) {
        self.0.0.end_wait();
    }
}

impl Future for HeadWait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

impl Sleep for HeadWait {}

/// A stream whose bytes are noticed.
#[derive(Debug)]
pub(super) struct ObservedStream<S> {
    stream: S,
    timer: ConnectionTimer,
}

impl<S> ObservedStream<S> {
    pub(super) fn new(stream: S, timer: ConnectionTimer) -> Self {
        Self { stream, timer }
    }

    fn note_outcome<T>(&self, outcome: Poll<T>) -> Poll<T> {
        self.timer.0.note_write(outcome.is_ready());
        outcome
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ObservedStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.timer.0.note_read();
        }
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ObservedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note_outcome(outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.note_outcome(outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(cx);
        self.note_outcome(outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.note_outcome(outcome)
    }
}
