//! SIGXFSZ, the signal of a file that may not grow (`ulimit -f`, `LimitFSIZE=` of systemd).

/// Lets the process live on when a file reaches the limit of its size: the write fails, as on a full disk, and the
/// trail says so. Without this the operating system ends the process. Call it inside a runtime of tokio, before the
/// trail is opened.
///
/// A handler that does nothing is as good as ignoring the signal, which needs `unsafe`.
///
/// # Errors
/// The operating system does not let the process listen.
#[cfg(unix)]
pub fn outlive_file_size_limit() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    // The handler stays when its receiver is dropped.
    signal(SignalKind::from_raw(libc::SIGXFSZ)).map(drop)
}

/// Does nothing: this system has no such signal.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn outlive_file_size_limit() -> std::io::Result<()> {
    Ok(())
}
