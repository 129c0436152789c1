//! A program that may hang, print without end or fail, run within limits.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// The time between two looks at a process that has closed its output and not ended.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// The time that the reason of a failure has to arrive.
const ERROR_TIME: Duration = Duration::from_secs(1);

/// The largest number of bytes of standard error that are read.
const MAX_ERROR_BYTES: usize = 1 << 20;

/// The largest number of bytes of standard error in a message.
const MAX_QUOTED_BYTES: usize = 400;

/// A process that is killed when it is dropped.
pub(super) struct KilledOnDrop(pub(super) Child);

impl Drop for KilledOnDrop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a command and returns its standard output.
///
/// # Errors
/// A sentence about the command `what` if it does not start, prints more than `most` bytes, does not end in time, or
/// ends with an error.
pub(crate) fn run_bounded(what: &str, mut command: Command, most: usize, limit: Duration) -> Result<Vec<u8>, String> {
    let until = Instant::now() + limit;
    let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut process = KilledOnDrop(started.map_err(|error| format!("{what} does not start: {error}"))?);
    let output = read_aside(process.0.stdout.take(), most + 1);
    let errors = read_aside(process.0.stderr.take(), MAX_ERROR_BYTES);
    let too_slow = || format!("{what} did not end within {} s", limit.as_secs());
    let output = output.recv_timeout(limit).map_err(|_| too_slow())?;
    if output.len() > most {
        return Err(format!("{what} prints more than the {most} bytes that it may"));
    }
    let status = wait(&mut process.0, until).ok_or_else(too_slow)?;
    if status.success() {
        return Ok(output);
    }
    let errors = errors.recv_timeout(ERROR_TIME).unwrap_or_default();
    Err(format!("{what} ended with {status}: {}", excerpt(&errors)))
}

/// Reads a pipe in a thread of its own, at most so many bytes. Then the pipe is closed.
fn read_aside(pipe: Option<impl Read + Send + 'static>, most: usize) -> mpsc::Receiver<Vec<u8>> {
    let (done, read) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            // What was read before an error counts.
            let _ = pipe.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(&mut bytes);
        }
        // Nobody listens any more if the process was too slow.
        let _ = done.send(bytes);
    });
    read
}

/// The status of a process that ends in time.
fn wait(process: &mut Child, until: Instant) -> Option<ExitStatus> {
    loop {
        if let Ok(Some(status)) = process.try_wait() {
            return Some(status);
        }
        if Instant::now() >= until {
            return None;
        }
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// The beginning of what a program printed, without control characters.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_QUOTED_BYTES)]).into_owned();
    text.trim().replace(char::is_control, " ")
}

/// The variables that a program needs to start and to find its temporary folder. It gets no other one, so that it
/// cannot tell a rehearsal by what cargo or a test sets, and nothing in the shell of this person moves its answers.
const KEPT_VARIABLES: [&str; 5] = ["PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP"];

/// A command of the program, in a folder and an environment that show nothing of the release.
pub(crate) fn command(program: &Path, folder: &Path, arguments: &[&std::ffi::OsStr]) -> Command {
    let mut command = Command::new(program);
    let kept = KEPT_VARIABLES.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    command.args(arguments).current_dir(folder).env_clear().envs(kept);
    command
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn run(script: &str) -> Result<Vec<u8>, String> {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        run_bounded("it", shell, 10, Duration::from_millis(500))
    }

    #[test]
    fn the_output_of_a_program_that_ends_well_is_returned() {
        assert_eq!(run("printf 0123456789").unwrap(), b"0123456789");
    }

    #[test]
    fn a_program_that_hangs_prints_without_end_or_fails_is_an_error() {
        let cases = [
            ("sleep 100", "did not end within"),
            ("exec >&-; sleep 100", "did not end within"),
            ("sleep 100 & printf 1", "did not end within"),
            ("printf 01234567890", "prints more than the 10 bytes"),
            ("yes", "prints more than the 10 bytes"),
            ("echo why >&2; exit 3", "ended with exit status: 3: why"),
        ];
        for (script, reason) in cases {
            let error = run(script).unwrap_err();
            assert!(error.contains(reason), "{script}: {error}");
        }
        let missing = run_bounded("it", Command::new("/no/such/program"), 10, Duration::from_secs(1));
        assert!(missing.unwrap_err().contains("it does not start"));
    }
}
