//! The output of the program, and its exit code.

use std::io::Write;

/// Prints the text behind an exit code. A closed pipe does not change the code.
pub(super) fn conclude(text: &str, code: u8) -> anyhow::Result<u8> {
    code_despite_closed_pipe(print_all(text), code)
}

fn code_despite_closed_pipe(printed: anyhow::Result<()>, code: u8) -> anyhow::Result<u8> {
    match printed {
        Err(error) if !is_broken_pipe(&error) => Err(error),
        Ok(()) | Err(_) => Ok(code),
    }
}

/// Prints a text to standard output.
pub(super) fn print_all(text: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{}", text.trim_end())?)
}

/// Prints a line to standard error. Nothing follows if that fails: no other place is left to say so.
pub(super) fn hint(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// True if the reader of a pipe has closed it.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = |error: &std::io::Error| error.kind() == std::io::ErrorKind::BrokenPipe;
    let csv = error.downcast_ref::<csv::Error>().map(csv::Error::kind);
    error.downcast_ref().is_some_and(kind) || matches!(csv, Some(csv::ErrorKind::Io(error)) if kind(error))
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use andon::evidence::EXIT_INCOMPLETE;

    use super::*;

    #[test]
    fn a_closed_pipe_does_not_change_the_exit_code() {
        let failed = |kind: ErrorKind| code_despite_closed_pipe(Err(Error::from(kind).into()), EXIT_INCOMPLETE);
        assert_eq!(failed(ErrorKind::BrokenPipe).unwrap(), EXIT_INCOMPLETE);
        assert_eq!(code_despite_closed_pipe(Ok(()), 1).unwrap(), 1);
        assert!(failed(ErrorKind::StorageFull).is_err(), "a failed write is an error");
    }
}
