//! `audit`: reads and copies the audit trail that `serve` writes, and erases a person from it.

use std::io::Write;
use std::path::{Path, PathBuf};

use andon::evidence::{EXIT_INCOMPLETE, EXIT_NO_GO};
use andon_audit::{BackupError, Format, Head, Location, Selection, Timestamp, VerifiedTrail, VerifyError};
use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};

/// The default place of the trail.
pub(crate) const DEFAULT_TRAIL: &str = "audit.db";

/// One action on a trail.
#[derive(Subcommand)]
pub(crate) enum Action {
    /// Verify the chain row by row; if a row was changed, deleted or inserted, name the first one and exit with 1
    Verify {
        #[command(flatten)]
        trail: Trail,
        /// Head that an earlier `verify` printed, as COUNT:HASH; with it a cut-off trail is found too
        #[arg(long)]
        head: Option<Head>,
    },
    /// Copy the trail into one new file while the service writes it, and verify the copy
    Backup {
        #[command(flatten)]
        trail: Trail,
        /// File to write; there must be none of that name
        #[arg(long)]
        to: PathBuf,
    },
    /// Write all rows in the order of the chain
    Export {
        #[command(flatten)]
        trail: Trail,
        /// Format of the rows
        #[arg(long, value_enum, default_value = "ndjson")]
        format: Form,
        /// Write to this file instead of standard output; it is replaced only after the export is complete
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Count decisions by outcome, day and hour, as JSON
    Stats {
        #[command(flatten)]
        trail: Trail,
    },
    /// Erase the inputs of a person; the chain stays verifiable. Stop the service first
    Forget {
        #[command(flatten)]
        trail: Trail,
        #[command(flatten)]
        whose: Selected,
        /// Reason for the erasure; it is kept for ever, so it must not contain personal data
        #[arg(long)]
        because: String,
    },
}

#[derive(Args)]
pub(crate) struct Trail {
    /// Audit trail: a file, or `postgres://…`
    #[arg(long, default_value = DEFAULT_TRAIL)]
    pub(crate) trail: String,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Selected {
    /// Select all decisions with this request id
    #[arg(long)]
    request: Option<String>,
    /// Select the decision in this row
    #[arg(long)]
    row: Option<u64>,
    /// Select all decisions before this time, such as 2027-01-31T00:00:00Z
    #[arg(long)]
    before: Option<Timestamp>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Form {
    Csv,
    Ndjson,
}

/// Runs an action. The exit code is 1 if the trail was changed since it was recorded, 3 if it has no row to verify, and
/// 0 otherwise.
pub(crate) fn run(action: Action, approved: Option<&str>) -> anyhow::Result<u8> {
    match action {
        Action::Verify { trail, head } => return verify(&trail.location(), head.as_ref()),
        Action::Backup { trail, to } => return backup(&trail.location(), &to),
        Action::Export { trail, format, out } => export(&trail.location(), format, out.as_deref())?,
        Action::Stats { trail } => {
            let stats = andon_audit::stats(trail.location(), approved.context(crate::artifact::Unreleased)?)?;
            crate::output::print_all(&serde_json::to_string_pretty(&stats)?)?;
        }
        Action::Forget { trail, whose, because } => {
            let forgotten = andon_audit::forget(trail.location(), &whose.whose()?, &because)?;
            let rows = forgotten.map_or(0, |forgotten| forgotten.rows);
            crate::output::print_all(&format!("decisions forgotten: {rows}"))?;
        }
    }
    Ok(0)
}

fn verify(location: &Location, head: Option<&Head>) -> anyhow::Result<u8> {
    match andon_audit::verify(location.clone(), head) {
        Ok(verified) => conclude_verified(location, &verified),
        Err(broken @ VerifyError::Broken { .. }) => {
            crate::output::conclude(&format!("{location}: {broken}"), EXIT_NO_GO)
        }
        Err(VerifyError::Store(error)) => Err(error.into()),
    }
}

/// Says what was verified. A trail without rows proves nothing.
fn conclude_verified(location: &Location, verified: &VerifiedTrail) -> anyhow::Result<u8> {
    let VerifiedTrail { head, decisions, forgotten, pulls, notes, set_back } = verified;
    if head.count == 0 {
        let text = format!("{location}: there is no row, so nothing was verified\nhead {head}");
        return crate::output::conclude(&text, EXIT_INCOMPLETE);
    }
    let clock = set_back.map_or_else(String::new, |row| {
        format!("\nrow {row} has an earlier time than the row before it: the clock of the machine was set back")
    });
    let cord = if *pulls == 0 { String::new() } else { format!("; {pulls} stops and clears") };
    let noted = if *notes == 0 { String::new() } else { format!("; {notes} notes about decisions") };
    let text = format!(
        "{location}: every row is as it was recorded: {decisions} decisions, {forgotten} of them forgotten{cord}{noted}{clock}\n\
         head {head}"
    );
    crate::output::conclude(&text, 0)
}

fn backup(location: &Location, to: &Path) -> anyhow::Result<u8> {
    match andon_audit::backup(location.clone(), to) {
        Ok(verified) => conclude_verified(&Location::from(to), &verified),
        Err(BackupError::Verify(broken @ VerifyError::Broken { .. })) => {
            crate::output::conclude(&format!("{location}: {broken}, so it was not copied"), EXIT_NO_GO)
        }
        Err(error) => Err(error.into()),
    }
}

fn export(location: &Location, form: Form, out: Option<&Path>) -> anyhow::Result<()> {
    let format = match form {
        Form::Csv => Format::Csv,
        Form::Ndjson => Format::Ndjson,
    };
    let write = |to: &mut dyn Write| andon_audit::export(location.clone(), format, to).map(drop);
    match out {
        None => Ok(write(&mut std::io::stdout().lock())?),
        Some(out) => crate::output::write_whole(out, |file| Ok(write(file)?)),
    }
}

impl Trail {
    pub(crate) fn location(&self) -> Location {
        Location::from(self.trail.as_str())
    }
}

impl Selected {
    fn whose(self) -> anyhow::Result<Selection> {
        let request = self.request.map(Selection::Request);
        let whose = request.or(self.row.map(Selection::Sequence)).or(self.before.map(Selection::Before));
        whose.context("name a request, a row or a time")
    }
}
