//! `audit`: reads the trail that `serve` writes, and forgets a person in it.

use std::io::Write;
use std::path::{Path, PathBuf};

use andon::evidence::EXIT_NO_GO;
use andon_audit::{Format, Head, Location, Selection, Timestamp, VerifyError};
use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};

/// Where the trail is unless somebody says otherwise.
pub(crate) const TRAIL: &str = "audit.db";

/// What to do with a trail.
#[derive(Subcommand)]
pub(crate) enum Action {
    /// Check every row of the chain; the first that was changed, deleted or inserted is named, and the exit code is 1
    Verify {
        #[command(flatten)]
        trail: Trail,
        /// Where the chain ended when somebody last looked, as `verify` printed it: COUNT:HASH
        #[arg(long)]
        head: Option<Head>,
    },
    /// Write every row, in the order of the chain
    Export {
        #[command(flatten)]
        trail: Trail,
        /// The form
        #[arg(long, value_enum, default_value = "ndjson")]
        format: Form,
        /// Write here instead of to standard output; replaced only when it is whole
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Count decisions by outcome, day and hour, as JSON
    Stats {
        #[command(flatten)]
        trail: Trail,
    },
    /// Erase what a person sent; the chain stays whole. Not while the program serves
    Forget {
        #[command(flatten)]
        trail: Trail,
        #[command(flatten)]
        whose: Selected,
        /// Why; kept for ever, and must not be personal itself
        #[arg(long)]
        because: String,
    },
}

#[derive(Args)]
pub(crate) struct Trail {
    /// The trail: a file, or `postgres://…`
    #[arg(long, default_value = TRAIL)]
    trail: String,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Selected {
    /// All decisions with this request id
    #[arg(long)]
    request: Option<String>,
    /// The decision in this row
    #[arg(long)]
    row: Option<u64>,
    /// All decisions before this time, as in 2027-01-31T00:00:00Z
    #[arg(long)]
    before: Option<Timestamp>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Form {
    Csv,
    Ndjson,
}

/// Does it; the exit code is that of a trail that is as it was recorded, or of one that is not.
pub(crate) fn run(action: Action, approved: Option<&str>) -> anyhow::Result<u8> {
    match action {
        Action::Verify { trail, head } => return verify(&trail.location(), head.as_ref()),
        Action::Export { trail, format, out } => export(&trail.location(), format, out.as_deref())?,
        Action::Stats { trail } => {
            let stats = andon_audit::stats(trail.location(), approved.context(crate::artifact::Unreleased)?)?;
            crate::print_all(&serde_json::to_string_pretty(&stats)?)?;
        }
        Action::Forget { trail, whose, because } => {
            let forgotten = andon_audit::forget(trail.location(), &whose.whose()?, &because)?;
            let rows = forgotten.map_or(0, |forgotten| forgotten.rows);
            crate::print_all(&format!("{rows} decisions forgotten"))?;
        }
    }
    Ok(0)
}

fn verify(location: &Location, head: Option<&Head>) -> anyhow::Result<u8> {
    match andon_audit::verify(location.clone(), head) {
        Ok(verified) => {
            let decisions = verified.decisions;
            let forgotten = verified.forgotten;
            let text = format!(
                "{location}: every row is as it was recorded: {decisions} decisions, {forgotten} of them forgotten\nhead {}",
                verified.head
            );
            crate::conclude(&text, 0)
        }
        Err(broken @ VerifyError::Broken { .. }) => crate::conclude(&format!("{location}: {broken}"), EXIT_NO_GO),
        Err(VerifyError::Store(error)) => Err(error.into()),
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
        Some(out) => crate::predict::whole_or_nothing(out, |file| Ok(write(file)?)),
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
