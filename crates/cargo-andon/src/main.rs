//! `cargo andon`: from the gates to the artifact, with the decision in between.
//!
//! Standard output holds the result (the decision, the card); how it came about goes to standard error.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what a command line is for")]

mod artifact;
mod commands;
mod forms;
mod report;
mod run;

use std::ffi::OsString;
use std::io::{IsTerminal, Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use andon_evidence::decision::{Decision, Outcome};
use andon_evidence::evidence::{Store, today};
use andon_evidence::files::{self, FileError};
use andon_evidence::fingerprint::{Fingerprint, Toolchain};
use andon_evidence::layout::{self, CARD};
use andon_evidence::package::PackageError;
use andon_evidence::package::previous::PreviousRelease;
use andon_evidence::policy::Policy;
use andon_evidence::{EXIT_GO, EXIT_INCOMPLETE, EXIT_NO_GO, EXIT_USAGE};
use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

/// `cargo test` is the Go/No-Go decision for a model; this packages a GO and shows what stands in the way of one.
///
/// Works on the release whose root, the folder with release.toml and Cargo.toml, is the current folder or the nearest above it.
#[derive(Parser)]
#[command(bin_name = "cargo andon", version, after_help = exit_codes())]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
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

fn main() -> ExitCode {
    let arguments = Arguments::parse_from(without_own_name(std::env::args_os()));
    let code = run(&arguments.command).unwrap_or_else(|error| {
        eprintln!("error: {}", told(&error));
        exit_code(&error)
    });
    ExitCode::from(code)
}

/// An error with its causes, but those that it tells itself.
fn told(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |told, cause| match told.as_str() {
        "" => cause,
        already if already.ends_with(&cause) => told,
        _ => format!("{told}: {cause}"),
    })
}

/// Cargo calls an installed subcommand as `cargo-andon andon …`.
fn without_own_name(arguments: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    arguments.enumerate().filter(|(at, argument)| *at != 1 || argument != "andon").map(|(_, argument)| argument)
}

fn run(command: &Command) -> Result<u8> {
    match command {
        Command::Release { serve, json, sign_with } => {
            commands::release::run(&root()?, *serve, *json, sign_with.as_deref())
        }
        Command::Keygen { key } => keygen(key),
        Command::Verify { folder, public_key } => commands::verify::run(folder, public_key.as_deref()),
        Command::Import { folder } => commands::import::run(&root()?, folder),
        Command::Status { json } => {
            let decision = decision(&root()?)?;
            show(&decision, *json)?;
            Ok(decision.outcome.exit_code())
        }
        Command::Adopt => commands::adopt::adopt(&root()?),
        Command::Diff { json } => commands::adopt::diff(&root()?, *json),
        Command::Card => card(&root()?),
        Command::Report { open } => report::run(&root()?, *open),
        Command::Search { all } => search(&root()?, *all),
        Command::Drill { filter } => commands::drill::run(&root()?, filter),
    }
}

fn keygen(key: &Path) -> Result<u8> {
    let public = artifact::signing::keygen(key)?;
    println!("{}: keep it to yourself", key.display());
    println!("{}: give it to whoever runs cargo andon verify --public-key", public.display());
    Ok(EXIT_GO)
}

/// The exit code of a command that failed: what the decision says where there is one, else broken input.
fn exit_code(error: &anyhow::Error) -> u8 {
    match error.downcast_ref() {
        Some(PackageError::NotGo(decision)) => decision.outcome.exit_code(),
        Some(PackageError::NotVouched(_)) => Outcome::Incomplete.exit_code(),
        _ => EXIT_USAGE,
    }
}

/// The nearest folder with a policy, from the current one upwards.
fn root() -> Result<PathBuf> {
    let here = std::env::current_dir().map_err(FileError::io("find", Path::new(".")))?;
    let root = here.ancestors().find(|folder| is_root(folder));
    let root = root.with_context(|| {
        format!("found no {} beside a Cargo.toml in {} or above it", layout::POLICY, here.display())
    })?;
    Ok(root.to_owned())
}

/// Whether a folder is that of a release: with a policy beside a manifest only, since other tools keep a file of that name
/// too, and in folders that are no package.
fn is_root(folder: &Path) -> bool {
    [layout::POLICY, "Cargo.toml"].iter().all(|file| folder.join(file).is_file())
}

/// The fold of the evidence there is, for the inputs as they are now.
fn decision(root: &Path) -> Result<Decision> {
    let policy = Policy::read(root)?;
    let fingerprint = Fingerprint::take(root, &policy, &Toolchain::current())?;
    let released = PreviousRelease::read(root)?;
    let baseline = released.as_ref().map(|released| &released.manifest.decision);
    Ok(Decision::fold(&policy, &fingerprint, &Store::of(root), baseline, today()))
}

/// Prints the decision: the table, or JSON with the table on standard error.
fn show(decision: &Decision, json: bool) -> Result<()> {
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let table = decision.table(stdout().is_terminal() && !no_colour, true);
    if json {
        eprint!("{table}");
        println!("{}", serde_json::to_string_pretty(decision)?);
    } else {
        print!("{table}");
    }
    Ok(())
}

/// Runs the release's own program, which alone knows its record.
fn search(root: &Path, all: bool) -> Result<u8> {
    let mut program = run::cargo::command(root);
    program.args(["run", "--quiet", "--release", "--", "search"]).args(all.then_some("--all"));
    let status = program.status().map_err(FileError::io("run", Path::new("cargo run")))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(EXIT_USAGE))
}

/// Prints the model card that the current evidence vouches for.
fn card(root: &Path) -> Result<u8> {
    let decision = decision(root)?;
    let path = Store::of(root).path(CARD);
    let card = if path.exists() { files::read(&path)? } else { Vec::new() };
    if decision.vouched().get(CARD) != Some(&files::sha256_hex(&card).as_str()) {
        eprintln!("no gate vouches for a {CARD} on these inputs\nnext: cargo test");
        return Ok(EXIT_INCOMPLETE);
    }
    stdout().write_all(&card).map_err(FileError::io("print", &path))?;
    Ok(EXIT_GO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn only_a_leading_own_name_is_dropped() {
        let without =
            |arguments: &[&str]| -> Vec<OsString> { without_own_name(arguments.iter().map(OsString::from)).collect() };
        assert_eq!(without(&["cargo-andon", "andon", "status"]), ["cargo-andon", "status"]);
        assert_eq!(without(&["andon", "status", "andon"]), ["andon", "status", "andon"]);
    }
}
