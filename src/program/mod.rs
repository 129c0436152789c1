//! The deployed program: serves decisions, scores files, and shows what it was released on.

mod artifact;
mod audit;
mod listen;
mod monitor;
mod output;
mod predict;
mod search;
mod serve;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use andon::evidence::messages::with_causes;
use andon::evidence::{EXIT_INCOMPLETE, EXIT_USAGE};
use clap::{Parser, Subcommand};

use crate::application::LoanApplication;
use artifact::Source;
use output::{hint, is_broken_pipe, print_all};
pub use serve::serve_decider;

/// Recommends approval or denial of a home-mortgage application.
///
/// Exit codes: 0 success; 1 the audit trail was changed, or `monitor` says NO-GO; 2 wrong usage or broken input; 3 this
/// build contains no released model, or `monitor` says UNDECIDED.
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
        /// Audit trail that records every decision before the program answers: a file, `postgres://…`, or `off`
        #[arg(long, default_value = audit::DEFAULT_TRAIL)]
        audit: String,
        #[command(flatten)]
        source: Source,
    },
    /// Make an API key: shows the key once on standard error and prints the line for the `--keys` file
    Key {
        /// Name of the client system; the log shows it with each of its requests
        name: String,
    },
    /// Verify, export or count the audit trail, or erase a person from it
    Audit {
        #[command(subcommand)]
        action: audit::Action,
    },
    /// Check the decisions on the audit trail against the bars of the release: disparate impact and drift
    Monitor {
        #[command(flatten)]
        flags: monitor::Flags,
        #[command(flatten)]
        source: Source,
    },
    /// Decide every row of a CSV file and print the answers as CSV
    Predict {
        /// CSV file with a header that names every feature, and one row for each application
        file: PathBuf,
        /// Write the answers to this file; it is replaced only after every row was decided
        #[arg(long)]
        out: Option<PathBuf>,
        #[command(flatten)]
        source: Source,
    },
    /// Print the model card
    Card {
        /// Print the card of the candidate in this folder (the one with release.toml) instead of the released model's
        #[arg(long, conflicts_with = "model")]
        release: Option<PathBuf>,
        #[command(flatten)]
        source: Source,
    },
    /// Print the decision, the evidence and the digests that this program was released on
    Evidence {
        #[command(flatten)]
        source: Source,
    },
    /// Print the data contract as JSON Schema
    Schema,
    /// Compare the recipe with the alternatives in release.toml: accuracy against disparate impact
    Search {
        /// Folder of the release, the one with release.toml
        #[arg(long, default_value = ".")]
        release: PathBuf,
        /// Show all alternatives, not only those on the frontier
        #[arg(long)]
        all: bool,
    },
    /// Train the model again and print the SHA-256 of the model, of its out-of-sample scores, and of forests on
    /// variations of the data
    Train {
        /// Folder of the release, the one with release.toml
        #[arg(long, default_value = ".")]
        release: PathBuf,
        /// Number of threads; the result does not depend on it
        #[arg(long, default_value_t = andon::statistics::threads::default_threads())]
        threads: usize,
    },
}

/// Runs the program with the arguments of this process.
#[must_use]
pub fn main() -> ExitCode {
    match run(Arguments::parse().command) {
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

fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Audit { action } => {
            let artifact = artifact::load(None, None).ok();
            let approved = artifact.as_ref().map(|artifact| artifact.decider.policy().answer.positive.as_str());
            return audit::run(action, approved);
        }
        Command::Monitor { flags, source } => return monitor::run(&source.load()?, &flags),
        Command::Serve { listen, audit, source } => serve::serve(&source, &listen, &audit),
        Command::Key { name } => listen::key(&name),
        Command::Predict { file, out, source } => predict::predict(&source.load()?, &file, out.as_deref()),
        Command::Card { release: None, source } => print_all(&source.load()?.identity.card),
        Command::Card { release: Some(folder), .. } => print_all(&candidate_card(&folder)?),
        Command::Evidence { source } => print_all(&source.load()?.identity.evidence),
        Command::Schema => {
            let contract = andon::Contract::<LoanApplication>::new()?;
            print_all(&serde_json::to_string_pretty(contract.json_schema())?)
        }
        Command::Search { release, all } => search::search(&release, all),
        Command::Train { release, threads } => train(&release, threads),
    }?;
    Ok(0)
}

fn train(release: &Path, threads: usize) -> anyhow::Result<()> {
    let digests = crate::open(release)?.digests(threads)?;
    print_all(&digests)
}

fn candidate_card(folder: &Path) -> anyhow::Result<String> {
    let release = crate::open(folder)?;
    let judged = release.judged().map_err(|error| anyhow::anyhow!("{error}"))?;
    let facts = andon::Facts::collect(&release, judged).map_err(anyhow::Error::msg)?;
    Ok(crate::card::render(&facts)?)
}
