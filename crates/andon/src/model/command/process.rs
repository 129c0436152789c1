//! One run of a command. Three threads write its input and read both of its outputs, so that no pipe that is full stops
//! another; this one waits, and stops all of its processes when the time is over.

use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use andon_evidence::policy::ScoreCommand;

use super::answers::{read_answers, read_end};
use super::error::CommandProblem;

/// The time between two looks at a process that has closed its outputs and not ended.
const PAUSE: Duration = Duration::from_millis(2);

/// The work of one thread, once it is done.
enum Done {
    /// True if every row was taken.
    Written(bool),
    Answered(Result<Vec<f64>, CommandProblem>),
    Said(String),
}

/// The output of a command that closed all of its pipes.
struct Output {
    answers: Vec<f64>,
    has_read_all: bool,
    said: String,
}

/// Runs a command in a folder and gives it lines, of which there are so many: the probability that it prints for each.
pub(super) fn run(
    command: &ScoreCommand,
    folder: &Path,
    lines: impl Iterator<Item = Vec<u8>> + Send + 'static,
    rows: usize,
) -> Result<Vec<f64>, CommandProblem> {
    let deadline = Instant::now() + Duration::from_secs(command.time_limit_s);
    let mut process = RunningCommand::start(command, folder).map_err(CommandProblem::NotStarted)?;
    let answered = Arc::new(AtomicUsize::new(0));
    let done = process.follow(lines, rows, &answered);
    let too_late = || {
        let lines = answered.load(Ordering::Relaxed);
        CommandProblem::TimeLimit { seconds: command.time_limit_s, lines, rows }
    };
    let Output { answers, has_read_all, said } = wait_for_output(&done, deadline, too_late)?;
    process.wait(deadline, too_late, said)?;
    if answers.len() < rows {
        return Err(CommandProblem::TooFew { lines: answers.len(), rows });
    }
    if has_read_all { Ok(answers) } else { Err(CommandProblem::Unread { rows }) }
}

fn wait_for_output(
    done: &Receiver<Done>,
    deadline: Instant,
    too_late: impl Fn() -> CommandProblem,
) -> Result<Output, CommandProblem> {
    let mut answers = None;
    let mut has_read_all = None;
    let mut said = None;
    loop {
        match done.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Done::Answered(all)) => answers = Some(all?),
            Ok(Done::Written(all)) => has_read_all = Some(all),
            Ok(Done::Said(text)) => said = Some(text),
            Err(RecvTimeoutError::Timeout) => return Err(too_late()),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(CommandProblem::Broken("a thread that reads its output ended early".to_owned()));
            }
        }
        (answers, has_read_all, said) = match (answers, has_read_all, said) {
            (Some(answers), Some(has_read_all), Some(said)) => return Ok(Output { answers, has_read_all, said }),
            open => open,
        };
    }
}

/// A process and all that it starts. They are stopped when it goes out of scope before its end.
struct RunningCommand {
    child: Child,
    has_ended: bool,
}

impl RunningCommand {
    fn start(command: &ScoreCommand, folder: &Path) -> io::Result<Self> {
        // The policy names a program.
        let (program, arguments) = command.command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut process = Command::new(program_path(program, folder));
        process.args(arguments).current_dir(folder);
        process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut process, 0);
        Ok(Self { child: process.spawn()?, has_ended: false })
    }

    /// Starts the threads. Each owns its pipe, and none is waited for: a process that left the group may keep a pipe
    /// open after the others were stopped.
    fn follow(
        &mut self,
        lines: impl Iterator<Item = Vec<u8>> + Send + 'static,
        rows: usize,
        answered: &Arc<AtomicUsize>,
    ) -> Receiver<Done> {
        let (sender, done) = channel();
        let work = |sender: &Sender<Done>, work: Box<dyn FnOnce() -> Done + Send>| {
            let sender = sender.clone();
            // Nobody listens any more once the command was stopped.
            thread::spawn(move || drop(sender.send(work())));
        };
        if let Some(input) = self.child.stdin.take() {
            work(&sender, Box::new(move || Done::Written(write(input, lines).is_ok())));
        }
        if let Some(output) = self.child.stdout.take() {
            let answered = Arc::clone(answered);
            work(&sender, Box::new(move || Done::Answered(read_answers(BufReader::new(output), rows, &answered))));
        }
        if let Some(error) = self.child.stderr.take() {
            work(&sender, Box::new(move || Done::Said(read_end(BufReader::new(error)))));
        }
        done
    }

    /// Waits for the end of the process, which must be a success.
    fn wait(
        &mut self,
        deadline: Instant,
        too_late: impl Fn() -> CommandProblem,
        said: String,
    ) -> Result<(), CommandProblem> {
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => {
                    self.has_ended = true;
                    let said = if said.is_empty() { "(nothing)".to_owned() } else { said };
                    let failed = CommandProblem::Failed { status: status.to_string(), said };
                    return if status.success() { Ok(()) } else { Err(failed) };
                }
                Ok(None) if Instant::now() < deadline => thread::sleep(PAUSE),
                Ok(None) => return Err(too_late()),
                Err(error) => return Err(CommandProblem::Broken(error.to_string())),
            }
        }
    }
}

impl Drop for RunningCommand {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        // Before it is waited for, its number cannot be that of another group.
        #[cfg(unix)]
        let _ = rustix::process::kill_process_group(
            rustix::process::Pid::from_child(&self.child),
            rustix::process::Signal::KILL,
        );
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program: one with a separator in its name is looked for from the folder, any other one where programs are.
fn program_path(program: &str, folder: &Path) -> PathBuf {
    let path = Path::new(program);
    if path.components().count() > 1 { folder.join(path) } else { path.to_owned() }
}

fn write(input: impl Write, lines: impl Iterator<Item = Vec<u8>>) -> io::Result<()> {
    let mut input = BufWriter::with_capacity(1 << 16, input);
    for line in lines {
        input.write_all(&line)?;
    }
    input.flush()
}
