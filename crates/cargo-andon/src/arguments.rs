//! The command line: its commands, their options and their help.

use std::path::PathBuf;

use andon_evidence::{EXIT_GO, EXIT_INCOMPLETE, EXIT_NO_GO, EXIT_USAGE};
use clap::{Parser, Subcommand};

/// `cargo test` is the Go/No-Go decision for a model; this packages a GO and shows what stands in the way of one.
///
/// Works on the release whose root, the folder with release.toml and Cargo.toml, is the current folder or the nearest above it.
#[derive(Parser)]
#[command(bin_name = "cargo andon", version, after_help = exit_codes())]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run every gate and, on GO only, build the program and put it into dist/ with its model, card and evidence
    #[command(after_help = exit_codes())]
    Release {
        /// Start the program's server afterwards, on GO only
        #[arg(long, conflicts_with = "json")]
        serve: bool,
        /// Print the decision as JSON on standard output; everything else goes to standard error
        #[arg(long)]
        json: bool,
        /// Sign the artifact with this private key, which `keygen` made
        #[arg(long)]
        sign_with: Option<PathBuf>,
    },
    /// Make a key pair to sign artifacts with: KEY, for you alone, and KEY.pub, for everybody
    Keygen {
        /// Where to put the private key: outside the repository
        key: PathBuf,
    },
    /// Check that an artifact is whole, that every file in it follows from its evidence, and who signed it
    ///
    /// Exits 0 when it is, 1 with the first difference otherwise.
    Verify {
        /// The artifact: a folder under dist/
        folder: PathBuf,
        /// The public key of who must have signed it
        #[arg(long)]
        public_key: Option<PathBuf>,
    },
    /// Take over the evidence of an artifact that was judged on these very inputs and signed by whom release.toml trusts
    #[command(after_help = exit_codes())]
    Import {
        /// The artifact, with its signature beside it
        folder: PathBuf,
    },
    /// Show the decision that the evidence there is adds up to, gate by gate; runs nothing
    #[command(after_help = exit_codes())]
    Status {
        /// Print the decision as JSON on standard output; everything else goes to standard error
        #[arg(long)]
        json: bool,
    },
    /// Make the artifact of this version the last release, which the next one is compared with; commit released/ after
    #[command(after_help = exit_codes())]
    Adopt,
    /// Show which of data, policy, code, dependencies, compiler and model changed since the last release
    #[command(after_help = exit_codes())]
    Diff {
        /// Print the changes as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the model card, if the gates vouch for it as it is
    #[command(after_help = exit_codes())]
    Card,
    /// Write what the evidence says into one HTML file, target/andon/report.html, which loads and runs nothing
    #[command(after_help = exit_codes())]
    Report {
        /// Open it with the system's opener
        #[arg(long)]
        open: bool,
    },
    /// Compare the recipe with the alternatives declared in release.toml: table, JSON and a plot
    Search {
        /// Show every alternative, not only the frontier
        #[arg(long)]
        all: bool,
    },
    /// Plant known faults in a copy of the release, one by one, and report which gate caught each
    ///
    /// Exits 0 when every fault was caught and the clean copy raised no alarm, 1 otherwise.
    Drill {
        /// Only the drills whose name contains this
        #[arg(default_value = "")]
        filter: String,
    },
}

fn exit_codes() -> String {
    format!(
        "Exit codes:\n  \
         {EXIT_GO}  GO: every required gate is green or waived\n  \
         {EXIT_NO_GO}  NO-GO: at least one gate says no\n  \
         {EXIT_USAGE}  wrong usage or broken input, such as an invalid release.toml\n  \
         {EXIT_INCOMPLETE}  INCOMPLETE: not every gate has spoken"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_sound() {
        Arguments::command().debug_assert();
    }
}
