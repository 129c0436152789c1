//! The terminal: the decision as people read it, what goes to which output, and the arguments as cargo passes them.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write, stderr, stdout};

use andon_evidence::EXIT_USAGE;
use andon_evidence::decision::Decision;
use anyhow::{Context, Result};

/// Prints a text and a line end to standard output. A reader that closed the pipe is no failure.
///
/// # Errors
/// If the text cannot be written, for instance to a full disk.
pub(crate) fn print(text: &str) -> Result<()> {
    despite_closed_pipe(write_line(&mut stdout().lock(), text)).context("failed to write to standard output")
}

/// Prints a text and a line end to standard error. Nothing follows if it cannot be written: no other place is left to
/// say so.
pub(crate) fn hint(text: &str) {
    let _ = write_line(&mut stderr().lock(), text);
}

/// Ends the process with the help or the complaint of the parser. Help that cannot be written is an error, unless its
/// reader has closed the pipe.
pub(crate) fn end_with(parsed: &clap::Error) -> ! {
    let is_lost = despite_closed_pipe(parsed.print()).is_err();
    std::process::exit(if is_lost { EXIT_USAGE.into() } else { parsed.exit_code() })
}

/// Writes at once, so that a write that fails does so here and not at the end of the process. An empty text is no line.
fn write_line(to: &mut impl Write, text: &str) -> io::Result<()> {
    if !text.is_empty() {
        writeln!(to, "{}", text.trim_end())?;
    }
    to.flush()
}

fn despite_closed_pipe(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

/// The arguments without the `andon` that cargo puts first when it runs an installed subcommand: `cargo-andon andon …`.
pub(crate) fn drop_subcommand_name(arguments: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    arguments.enumerate().filter(|(at, argument)| *at != 1 || argument != "andon").map(|(_, argument)| argument)
}

/// True if standard output is a terminal whose user wants colour.
pub(crate) fn has_colour() -> bool {
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    stdout().is_terminal() && !no_colour
}

/// Prints the decision: the table, or JSON with the table on standard error.
///
/// # Errors
/// If the decision cannot be written as JSON, or not at all.
pub(crate) fn print_decision(decision: &Decision, json: bool) -> Result<()> {
    let table = decision.table(has_colour(), true);
    if json {
        hint(&table);
        print(&serde_json::to_string_pretty(decision)?)
    } else {
        print(&table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_leading_own_name_is_dropped() {
        let without = |arguments: &[&str]| -> Vec<OsString> {
            drop_subcommand_name(arguments.iter().map(OsString::from)).collect()
        };
        assert_eq!(without(&["cargo-andon", "andon", "status"]), ["cargo-andon", "status"]);
        assert_eq!(without(&["andon", "status", "andon"]), ["andon", "status", "andon"]);
    }

    #[test]
    fn a_closed_pipe_is_no_failure_and_a_full_disk_is() {
        let failed = |kind: io::ErrorKind| despite_closed_pipe(Err(kind.into()));
        assert!(failed(io::ErrorKind::BrokenPipe).is_ok() && failed(io::ErrorKind::StorageFull).is_err());
    }
}
