//! The number of threads that a computation runs on. No result depends on it.

/// The number of threads to use unless the caller names another: one for each processor of this machine.
#[must_use]
pub fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
