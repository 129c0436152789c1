//! The deployed program of a release: serves decisions, scores files, counts rows, and shows what it was released on.
//!
//! A release owns what [`Program`] names. Its `main.rs` calls [`run`].

mod arguments;
mod artifact;
mod audit;
mod cord;
mod listen;
mod monitor;
mod outcomes;
mod output;
mod predict;
mod program;
mod search;
mod serve;
mod tally;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use andon::evidence::messages::with_causes;
use andon::evidence::{EXIT_INCOMPLETE, EXIT_USAGE};
use andon::release::{Judged, Release};
use andon::{Contract, Facts, Record};
use clap::{CommandFactory, FromArgMatches};

use crate::arguments::{Arguments, Command};
use crate::output::{end_with, hint, is_broken_pipe, print_all};
pub use crate::program::{Packaged, Program};
pub use crate::serve::serve_decider;

/// Runs the program with the arguments of this process.
#[must_use]
pub fn run<R: Record>(program: &Program<R>) -> ExitCode {
    match carry_out(program, arguments(program).command) {
        Ok(code) => ExitCode::from(code),
        // The reader closed the pipe, which is no failure. A command with a verdict in its exit code uses `conclude`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            hint(&format!("error: {}", with_causes(error.as_ref())));
            let unreleased = error.downcast_ref::<artifact::Unreleased>().is_some();
            ExitCode::from(if unreleased { EXIT_INCOMPLETE } else { EXIT_USAGE })
        }
    }
}

/// Parses the arguments of this process; ends it after the help and after wrong usage.
fn arguments<R>(program: &Program<R>) -> Arguments {
    let command = Arguments::command().name(program.name).version(program.version).about(program.about);
    let parsed = command.try_get_matches().and_then(|matches| Arguments::from_arg_matches(&matches));
    parsed.unwrap_or_else(|error| end_with(&error))
}

fn carry_out<R: Record>(program: &Program<R>, command: Command) -> anyhow::Result<u8> {
    let package = program.package;
    match command {
        Command::Audit { action } => {
            let artifact = artifact::load::<R>(package, None, None).ok();
            let approved = artifact.as_ref().map(|artifact| artifact.decider.policy().answer.positive.as_str());
            return audit::run(action, approved);
        }
        Command::Outcomes { action } => return outcomes::run(&action),
        Command::Monitor { flags, source } => return monitor::run(&source.load::<R>(package)?, &flags),
        Command::Serve { listen, audit, stop_on_monitor, shadow, source } => {
            let watching = serve::Watching {
                monitored_every: stop_on_monitor.map(|minutes| Duration::from_secs(60 * minutes)),
                shadow,
            };
            serve::serve(program, &source, &listen, &audit, watching)
        }
        Command::Stop { pull } => cord::stop(&pull),
        Command::Clear { pull, source } => {
            let policy = source.load::<R>(package).map(|artifact| artifact.decider.policy().cord.clone());
            // Without an artifact the strict rule holds.
            cord::clear(&pull, &policy.unwrap_or_default())
        }
        Command::Key { name, may } => listen::key(&name, &may),
        Command::Predict { file, out, source } => predict::predict(&source.load::<R>(package)?, &file, out.as_deref()),
        Command::Tally(flags) => tally::run::<R>(package, &flags),
        Command::Card { release: None, source } => print_all(&source.load::<R>(package)?.identity.card),
        Command::Card { release: Some(folder), .. } => print_all(&candidate_card(program, &folder)?),
        Command::Evidence { source } => print_all(&source.load::<R>(package)?.identity.evidence),
        Command::Questions { release, out } => write_questions(program, &release, &out),
        Command::Schema => print_all(&serde_json::to_string_pretty(Contract::<R>::new()?.json_schema())?),
        Command::Search { release, all } => search::search(&(program.open)(&release)?, all),
        Command::Train { release, threads, card: false } => print_all(&(program.open)(&release)?.digests(threads)?),
        Command::Train { release, threads, card: true } => print_all(&train(program, &release, threads)?),
    }?;
    Ok(0)
}

fn write_questions<R: Record>(program: &Program<R>, folder: &Path, out: &Path) -> anyhow::Result<()> {
    let release = (program.open)(folder)?;
    let judged = release.judged().map_err(|error| anyhow::anyhow!("{error}"))?;
    let questions = andon::families::import::questions_csv(judged).map_err(anyhow::Error::msg)?;
    Ok(andon::evidence::files::write_atomically(out, &questions)?)
}

fn candidate_card<R: Record>(program: &Program<R>, folder: &Path) -> anyhow::Result<String> {
    let release = (program.open)(folder)?;
    let judged = release.judged().map_err(|error| anyhow::anyhow!("{error}"))?;
    card_of(program, &release, judged)
}

/// The fingerprint, the digests and the card of a candidate that is made anew, an empty line before the card.
fn train<R: Record>(program: &Program<R>, folder: &Path, threads: usize) -> anyhow::Result<String> {
    let release = (program.open)(folder)?;
    let judged = release.judged_anew(threads)?;
    let digests = release.digests_with(&judged.candidate, &judged.frame, threads)?;
    let fingerprint = release.fingerprint().digest();
    Ok(format!("{fingerprint}\n{digests}\n\n{}", card_of(program, &release, &judged)?))
}

fn card_of<R: Record>(program: &Program<R>, release: &Release<R>, judged: &Judged<R>) -> anyhow::Result<String> {
    let facts = Facts::collect(release, judged).map_err(anyhow::Error::msg)?;
    (program.card)(&facts).map_err(anyhow::Error::from_boxed)
}
