//! The timeouts of one connection: for the head of a request, for the next request, and for reading a response.
//!
//! hyper has one timeout for both a head and the wait before it, and sets a timer for each request. Here, hyper only
//! reports when it begins and ends to wait for a head, and [`ObservedStream`] reports when bytes come and go. One timer
//! a connection checks these times now and then, so a request costs no timer.

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

/// The time of an event that is not going on.
const NOT_WAITING: u64 = u64::MAX;

/// The waits of one connection. Only the connection's own task uses them; they are atomic because hyper requires that
/// timers are shared.
#[derive(Debug, Clone)]
pub(super) struct ConnectionTimer(Arc<WaitTimes>);

/// Times in microseconds after `opened`.
#[derive(Debug)]
struct WaitTimes {
    opened: Instant,
    /// True until the first head is read.
    is_new: AtomicBool,
    /// The wait for a head, or for its rest.
    waiting: AtomicU64,
    /// The beginning of a head.
    head: AtomicU64,
    /// The client does not read the response.
    blocked: AtomicU64,
}

impl ConnectionTimer {
    pub(super) fn new() -> Self {
        let [waiting, head, blocked] = [(); 3].map(|()| AtomicU64::new(NOT_WAITING));
        Self(Arc::new(WaitTimes { opened: Instant::now(), is_new: AtomicBool::new(true), waiting, head, blocked }))
    }

    /// Resolves when a wait for the client took too long.
    pub(super) async fn wait_until_expired(&self, limits: &Limits, open: &Semaphore) {
        loop {
            let now = Instant::now();
            let idle = if open.available_permits() == 0 { limits.head.min(limits.idle) } else { limits.idle };
            let end = self.0.deadline(limits.head, idle);
            if end.is_some_and(|end| end <= now) {
                return;
            }
            // A wait that begins after this check ends no sooner than the shorter timeout from now.
            let look = now + limits.head.min(limits.idle);
            sleep_until(end.map_or(look, |end| end.min(look))).await;
        }
    }
}

impl WaitTimes {
    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(NOT_WAITING - 1)
    }

    /// The time at which the first wait is over.
    fn deadline(&self, head: Duration, idle: Duration) -> Option<Instant> {
        let end = |since: &AtomicU64, time: Duration| match since.load(Relaxed) {
            NOT_WAITING => None,
            since => self.opened.checked_add(Duration::from_micros(since) + time),
        };
        [end(&self.head, head), end(&self.waiting, idle), end(&self.blocked, idle)].into_iter().flatten().min()
    }

    /// hyper begins to wait for a head. A new connection must send its first request soon.
    fn begin_wait(&self) {
        let now = self.now();
        self.waiting.store(now, Relaxed);
        self.head.store(if self.is_new.swap(false, Relaxed) { now } else { NOT_WAITING }, Relaxed);
    }

    fn end_wait(&self) {
        self.waiting.store(NOT_WAITING, Relaxed);
        self.head.store(NOT_WAITING, Relaxed);
    }

    /// Bytes arrived.
    fn note_read(&self) {
        if self.waiting.load(Relaxed) != NOT_WAITING && self.head.load(Relaxed) == NOT_WAITING {
            self.head.store(self.now(), Relaxed);
        }
    }

    /// Bytes were written, or could not be written.
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

/// A stream that reports when bytes come and go.
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
