//! `monitor`: checks the decisions on the audit trail against the bars of the release.

use std::io::{IsTerminal, stdout};

use andon::Record;
use andon::evidence::{EXIT_GO, EXIT_INCOMPLETE, EXIT_NO_GO};
use andon::judge::Verdict;
use andon_audit::{Head, Timestamp};
use andon_serve::trail::{MonitorError, monitor};
use clap::Args;

use crate::artifact::Artifact;
use crate::audit::Trail;

/// The selection of decisions, and the form of the result.
#[derive(Args)]
pub(crate) struct Flags {
    #[command(flatten)]
    trail: Trail,
    /// Use only decisions recorded at or after this time, such as 2027-01-31T00:00:00Z
    #[arg(long)]
    since: Option<Timestamp>,
    /// Head that an earlier `audit verify` printed, as COUNT:HASH; with it a cut-off trail is found too
    #[arg(long)]
    head: Option<Head>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Prints the result. The exit code is that of its verdict, or 1 if the trail was changed since it was recorded.
pub(crate) fn run<R: Record>(artifact: &Artifact<R>, flags: &Flags) -> anyhow::Result<u8> {
    let location = flags.trail.location();
    let monitored =
        match monitor(&artifact.decider, &artifact.identity, location.clone(), flags.head.as_ref(), flags.since) {
            Ok(monitored) => monitored,
            Err(broken @ MonitorError::Broken(_)) => {
                return crate::output::conclude(&format!("{location}: {broken}"), EXIT_NO_GO);
            }
            Err(error) => return Err(error.into()),
        };
    let code = match monitored.monitor.verdict {
        Verdict::Go => EXIT_GO,
        Verdict::NoGo => EXIT_NO_GO,
        Verdict::Undecided => EXIT_INCOMPLETE,
    };
    let text =
        if flags.json { serde_json::to_string_pretty(&monitored)? } else { monitored.table(stdout().is_terminal()) };
    crate::output::conclude(&text, code)
}
