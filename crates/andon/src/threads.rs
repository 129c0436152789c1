//! Threads that share out a computation. No result depends on their number.

/// The number of threads to use unless the caller names another: one for each processor of this machine.
#[must_use]
pub fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The results of so many pieces of work, in their order. The threads take turns, so that each has pieces from the
/// beginning and from the end; the calling thread is one of them.
pub(crate) fn share_out<T: Send>(pieces: usize, threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = threads.clamp(1, pieces.max(1));
    let every = |first: usize| (first..pieces).step_by(threads).map(|at| (at, work(at))).collect::<Vec<_>>();
    let mut results = std::thread::scope(|scope| {
        let every = &every;
        let workers: Vec<_> = (1..threads).map(|first| scope.spawn(move || every(first))).collect();
        let mut results = every(0);
        for worker in workers {
            results.extend(worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        results
    });
    results.sort_unstable_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_work_whatever_the_number_of_threads() {
        for threads in [0, 1, 3, 50] {
            assert_eq!(share_out(10, threads, |at| at * at), [0, 1, 4, 9, 16, 25, 36, 49, 64, 81], "{threads} threads");
            assert!(share_out(0, threads, |at| at).is_empty());
        }
    }
}
