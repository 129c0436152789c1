//! The deployed program: serves decisions, scores files, and shows what it was released on.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to its user")]

mod artifact;
mod audit;
mod listen;
mod monitor;
mod predict;
mod search;
mod serve;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use andon::evidence::{EXIT_INCOMPLETE, EXIT_USAGE};
use clap::{Parser, Subcommand};
use loan_approval::application::LoanApplication;

/// Recommends approval or denial of a home-mortgage application.
///
/// Exit codes: 0 done, 1 the audit trail is not as it was recorded, or `monitor` says NO-GO, 2 wrong usage or broken input,
/// 3 this build carries no released model, or `monitor` is UNDECIDED.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve decisions over HTTP
    Serve {
        #[command(flatten)]
        listen: listen::Listen,
        /// Put every decision on record here before it is answered: a file, `postgres://…`, or `off`
        #[arg(long, default_value = audit::TRAIL)]
        audit: String,
        #[command(flatten)]
        source: Source,
    },
    /// Make a key for a client system: the key is shown once, its line for the file of `--keys` goes to standard output
    Key {
        /// The client system; its name is logged with each of its requests
        name: String,
    },
    /// Check, export or count the audit trail of the service, or forget a person in it
    Audit {
        #[command(subcommand)]
        action: audit::Action,
    },
    /// Hold the release's own bars against the decisions on the trail: who was approved, and whether the world moved
    Monitor {
        #[command(flatten)]
        flags: monitor::Flags,
        #[command(flatten)]
        source: Source,
    },
    /// Decide every row of a CSV file; the answers go to standard output as CSV
    Predict {
        /// The file: a header with every feature, and a row per application
        file: PathBuf,
        /// Write here instead; replaced only when every row was decided
        #[arg(long)]
        out: Option<PathBuf>,
        #[command(flatten)]
        source: Source,
    },
    /// Print the model card
    Card {
        /// Of the candidate in this folder with release.toml, instead of the model this program was released with
        #[arg(long, conflicts_with = "model")]
        release: Option<PathBuf>,
        #[command(flatten)]
        source: Source,
    },
    /// Print the decision, the evidence and the digests this program was released on
    Evidence {
        #[command(flatten)]
        source: Source,
    },
    /// Print the data contract as JSON Schema
    Schema,
    /// Compare the recipe with the alternatives declared in release.toml: accuracy against disparate impact
    Search {
        /// The release: the folder with release.toml
        #[arg(long, default_value = ".")]
        release: PathBuf,
        /// Show every alternative, not only the frontier
        #[arg(long)]
        all: bool,
    },
    /// Train the model anew from a release's folder and print the SHA-256 of it and of the scores it was judged by
    Train {
        /// The release: the folder with release.toml
        #[arg(long, default_value = ".")]
        release: PathBuf,
        /// How many threads to use; the result does not depend on it
        #[arg(long, default_value_t = andon::statistics::threads::default_threads())]
        threads: usize,
    },
}

/// Where the released model is taken from.
#[derive(clap::Args)]
struct Source {
    /// A folder as `cargo andon release` leaves it under dist/, instead of the model inside this program; it is checked
    /// just as well. `serve` reads it again on SIGHUP
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
}

impl Source {
    fn load(&self) -> anyhow::Result<artifact::Artifact> {
        artifact::load(self.model.as_deref())
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => ExitCode::from(code),
        // The reader of a pipe has seen enough. What has an answer in its exit code gives it by `conclude`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            let unreleased = error.downcast_ref::<artifact::Unreleased>().is_some();
            ExitCode::from(if unreleased { EXIT_INCOMPLETE } else { EXIT_USAGE })
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = |error: &std::io::Error| error.kind() == std::io::ErrorKind::BrokenPipe;
    let csv = error.downcast_ref::<csv::Error>().map(csv::Error::kind);
    error.downcast_ref().is_some_and(kind) || matches!(csv, Some(csv::ErrorKind::Io(error)) if kind(error))
}

fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Audit { action } => {
            let artifact = artifact::load(None).ok();
            let approved = artifact.as_ref().map(|artifact| artifact.decider.policy().answer.positive.as_str());
            return audit::run(action, approved);
        }
        Command::Monitor { flags, source } => return monitor::run(&source.load()?, &flags),
        Command::Serve { listen, audit, source } => serve::serve(source.model, &listen, &audit),
        Command::Key { name } => listen::key(&name),
        Command::Predict { file, out, source } => predict::predict(&source.load()?, &file, out.as_deref()),
        Command::Card { release: None, source } => print_all(&source.load()?.identity.card),
        Command::Card { release: Some(folder), .. } => print_all(&candidate_card(&folder)?),
        Command::Evidence { source } => print_all(&source.load()?.identity.evidence),
        Command::Schema => {
            let contract = andon::data::contract::Contract::<LoanApplication>::new()?;
            print_all(&serde_json::to_string_pretty(contract.json_schema())?)
        }
        Command::Search { release, all } => search::search(&release, all),
        Command::Train { release, threads } => train(&release, threads),
    }?;
    Ok(0)
}

/// Prints what led to an exit code, which stands whether or not somebody reads all of it.
fn conclude(text: &str, code: u8) -> anyhow::Result<u8> {
    concluded(print_all(text), code)
}

fn concluded(printed: anyhow::Result<()>, code: u8) -> anyhow::Result<u8> {
    match printed {
        Err(error) if !is_broken_pipe(&error) => Err(error),
        Ok(()) | Err(_) => Ok(code),
    }
}

fn train(release: &Path, threads: usize) -> anyhow::Result<()> {
    let candidate = loan_approval::open(release)?.train(threads)?;
    print_all(&candidate.digests().to_string())
}

fn candidate_card(folder: &Path) -> anyhow::Result<String> {
    let release = loan_approval::open(folder)?;
    let judged = release.judged().map_err(|error| anyhow::anyhow!("{error}"))?;
    let facts = andon::families::card::Facts::of(&release, judged).map_err(anyhow::Error::msg)?;
    Ok(loan_approval::card::render(&facts)?)
}

fn print_all(text: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{}", text.trim_end())?)
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;

    #[test]
    fn a_verdict_stands_though_nobody_reads_it() {
        let failed = |kind: ErrorKind| concluded(Err(Error::from(kind).into()), EXIT_INCOMPLETE);
        assert_eq!(failed(ErrorKind::BrokenPipe).unwrap(), EXIT_INCOMPLETE);
        assert_eq!(concluded(Ok(()), 1).unwrap(), 1);
        assert!(failed(ErrorKind::StorageFull).is_err(), "what could not be written is said");
    }
}
