//! The arguments of the program.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::artifact::Source;
use crate::{audit, cord, listen, monitor, outcomes, tally};

/// Shown after the help of the whole program.
const EXIT_CODES: &str = "Exit codes: 0 success; 1 the audit trail was changed, or `monitor` says NO-GO; 2 wrong usage \
                          or broken input; 3 this build contains no released model, or `monitor` says UNDECIDED.";

#[derive(Parser)]
#[command(after_long_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve decisions over HTTP
    Serve {
        #[command(flatten)]
        listen: listen::Listen,
        /// Audit trail that records every decision before the program answers: a file, `postgres://…`, or `off`
        #[arg(long, default_value = audit::DEFAULT_TRAIL)]
        audit: String,
        /// Judge the trail's decisions by the bars of the release every so many minutes, and stop the service if that
        /// says NO-GO, with the gate as the reason
        #[arg(long, value_name = "MINUTES", num_args = 0..=1, default_missing_value = "10",
              value_parser = clap::value_parser!(u64).range(1..=1440))]
        stop_on_monitor: Option<u64>,
        /// Let the artifact in this folder decide too, after the answer; its answers go on the trail, and to nobody
        #[arg(long, value_name = "DIR")]
        shadow: Option<PathBuf>,
        #[command(flatten)]
        source: Source,
    },
    /// Stop every service that writes an audit trail, here or on another host, until another person clears the stop
    Stop {
        #[command(flatten)]
        pull: cord::Pull,
    },
    /// Clear the stops of an audit trail; unless the policy says otherwise, nobody clears a stop of his own
    Clear {
        #[command(flatten)]
        pull: cord::Pull,
        #[command(flatten)]
        source: Source,
    },
    /// Make an API key: shows the key once on standard error and prints the line for the `--keys` file
    Key {
        /// Name of the client system; the log shows it with each of its requests
        name: String,
        /// Right beyond decisions: to stop the service, to clear a stop, or to put a person's decision on record
        #[arg(long, value_parser = ["stop", "clear", "override"])]
        may: Vec<String>,
    },
    /// Verify, export or count the audit trail, or erase a person from it
    Audit {
        #[command(subcommand)]
        action: audit::Action,
    },
    /// Record what happened after the decisions on the audit trail
    Outcomes {
        #[command(subcommand)]
        action: outcomes::OutcomesAction,
    },
    /// Check the decisions on the audit trail against the bars of the release: disparate impact and drift; once their
    /// outcomes are on the trail, also accuracy, calibration and fairness by month
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
    /// Count the rows of one part of the data, with their outcomes, and print the tally of the part
    ///
    /// Each row is checked against the contract and scored; none is kept. A broken row is counted by column and reason.
    /// Tallies add up in any order, and `cargo andon judge --tally` decides from them.
    Tally(tally::TallyFlags),
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
    /// Write the questions that the library of a model from a file must answer for the gate `import.parity`
    Questions {
        /// Folder of the release, the one with release.toml
        #[arg(long, default_value = ".")]
        release: PathBuf,
        /// Write the questions to this file
        #[arg(long)]
        out: PathBuf,
    },
    /// Print the data contract as JSON Schema
    Schema,
    /// Compare the recipe with the alternatives in release.toml: accuracy against who is approved and who is denied
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
        #[arg(long, default_value_t = andon::threads::default_threads())]
        threads: usize,
        /// Print the fingerprint first, and at the end, after an empty line, the card of the new model
        #[arg(long)]
        card: bool,
    },
}
