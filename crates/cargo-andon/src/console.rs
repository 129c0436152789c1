//! The terminal: the decision as people read it, errors with their causes, and the arguments as cargo passes them.

use std::ffi::OsString;
use std::io::{IsTerminal, stdout};

use andon_evidence::decision::Decision;
use anyhow::Result;

/// An error followed by its causes. A cause that its error already ends with is left out.
pub(crate) fn with_causes(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |text, cause| match text.as_str() {
        "" => cause,
        already if already.ends_with(&cause) => text,
        _ => format!("{text}: {cause}"),
    })
}

/// The arguments without the `andon` that cargo puts first when it runs an installed subcommand: `cargo-andon andon …`.
pub(crate) fn drop_subcommand_name(arguments: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    arguments.enumerate().filter(|(at, argument)| *at != 1 || argument != "andon").map(|(_, argument)| argument)
}

/// Prints the decision: the table, or JSON with the table on standard error.
///
/// # Errors
/// If the decision cannot be written as JSON.
pub(crate) fn print_decision(decision: &Decision, json: bool) -> Result<()> {
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
    fn a_cause_that_the_error_repeats_is_printed_once() {
        let error = anyhow::anyhow!("no such file").context("x.toml cannot be read").context("the policy");
        assert_eq!(with_causes(&error), "the policy: x.toml cannot be read: no such file");
        let error = anyhow::anyhow!("no such file").context("x.toml: no such file");
        assert_eq!(with_causes(&error), "x.toml: no such file");
    }
}
