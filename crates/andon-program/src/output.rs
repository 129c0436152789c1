//! The output of the program, in files and on the terminal, and its exit code.

use std::io::Write;
use std::path::Path;

use andon::evidence::EXIT_USAGE;
use andon_audit::ExportError;
use anyhow::Context;

/// Prints the text behind an exit code. A closed pipe does not change the code.
pub(crate) fn conclude(text: &str, code: u8) -> anyhow::Result<u8> {
    code_despite_closed_pipe(print_all(text), code)
}

fn code_despite_closed_pipe(printed: anyhow::Result<()>, code: u8) -> anyhow::Result<u8> {
    match printed {
        Err(error) if !is_broken_pipe(&error) => Err(error),
        Ok(()) | Err(_) => Ok(code),
    }
}

/// Writes to a temporary file and renames it once it is complete.
pub(crate) fn write_whole(out: &Path, write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = || format!("failed to write {}", out.display());
    let mut aside = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
    write(&mut aside)?;
    aside.persist(out).map(drop).with_context(failed)
}

/// Prints a text to standard output.
pub(crate) fn print_all(text: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{}", text.trim_end())?)
}

/// Prints a line to standard error. Nothing follows if that fails: no other place is left to say so.
pub(crate) fn hint(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// True if the reader of a pipe has closed it. A broken connection to a database is no such pipe.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = |error: &std::io::Error| error.kind() == std::io::ErrorKind::BrokenPipe;
    let csv = error.downcast_ref::<csv::Error>().map(csv::Error::kind);
    error.downcast_ref().is_some_and(kind)
        || matches!(csv, Some(csv::ErrorKind::Io(error)) if kind(error))
        || matches!(error.downcast_ref(), Some(ExportError::Write(error)) if kind(error))
}

/// Ends the process with the help or the complaint of the parser. Help that cannot be written is an error, unless its
/// reader has closed the pipe.
pub(crate) fn end_with(parsed: &clap::Error) -> ! {
    let is_lost = parsed.print().is_err_and(|error| error.kind() != std::io::ErrorKind::BrokenPipe);
    std::process::exit(if is_lost { EXIT_USAGE.into() } else { parsed.exit_code() })
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
        let exported = |kind: ErrorKind| is_broken_pipe(&ExportError::Write(kind.into()).into());
        assert!(exported(ErrorKind::BrokenPipe) && !exported(ErrorKind::StorageFull));
    }
}
