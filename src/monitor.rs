//! `monitor`: the release's own bars, held against the decisions on the trail.

use std::io::{IsTerminal, stdout};

use andon::evidence::{EXIT_GO, EXIT_INCOMPLETE, EXIT_NO_GO};
use andon::judge::Verdict;
use andon_audit::{Head, Timestamp};
use andon_serve::trail::{MonitorError, monitor};
use clap::Args;

use crate::artifact::Artifact;
use crate::audit::Trail;

/// Which decisions, and how they are shown.
#[derive(Args)]
pub(crate) struct Flags {
    #[command(flatten)]
    trail: Trail,
    /// Only decisions recorded at or after this time, as in 2027-01-31T00:00:00Z
    #[arg(long)]
    since: Option<Timestamp>,
    /// Where the trail's chain ended when somebody last looked, as `audit verify` printed it: COUNT:HASH
    #[arg(long)]
    head: Option<Head>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Shows the answers; the exit code is theirs, or 1 for a trail that is not as it was recorded.
pub(crate) fn run(artifact: &Artifact, flags: &Flags) -> anyhow::Result<u8> {
    let fingerprint = &artifact.identity.fingerprint;
    let location = flags.trail.location();
    let monitored = match monitor(&artifact.decider, fingerprint, location.clone(), flags.head.as_ref(), flags.since) {
        Ok(monitored) => monitored,
        Err(broken @ MonitorError::Broken(_)) => {
            return crate::conclude(&format!("{location}: {broken}"), EXIT_NO_GO);
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
    crate::conclude(&text, code)
}
