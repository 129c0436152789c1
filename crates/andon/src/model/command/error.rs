//! The reasons why a command gives no scores, each with what to do next.

use std::io;

/// Scores cannot be had from the command of `[model]`.
#[derive(Debug, thiserror::Error)]
#[error("the command `{command}` of [model] {problem}\nnext: {next}", next = .problem.next())]
pub struct CommandError {
    /// The command, as a shell would take it.
    pub command: String,
    /// The fault in it.
    pub problem: CommandProblem,
}

/// The fault in a command or in its output.
#[derive(Debug, thiserror::Error)]
pub enum CommandProblem {
    /// There is no such program, or it may not be run.
    #[error("cannot be started: {0}")]
    NotStarted(io::Error),
    /// It was stopped.
    #[error(
        "had not ended after {seconds} s, which model.time_limit_s allows, and had answered {lines} of {rows} rows: it was \
         stopped"
    )]
    TimeLimit {
        /// The limit in seconds.
        seconds: u64,
        /// The lines that it had printed by then.
        lines: usize,
        /// The rows that it was given.
        rows: usize,
    },
    /// It says itself that it failed.
    #[error("ended with {status}, and the end of its standard error is:\n{said}")]
    Failed {
        /// The exit code or the signal.
        status: String,
        /// The end of its standard error.
        said: String,
    },
    /// A line is no score.
    #[error(
        "printed no score: line {line} of its output, value `{value}`: {problem}; allowed is a probability from 0 to 1 of \
         the favourable outcome, and nothing else on the line"
    )]
    Answer {
        /// The line of its output, from 1: the answer to that line of its input.
        line: usize,
        /// The line, cut after some characters.
        value: String,
        /// The fault in it.
        problem: &'static str,
    },
    /// Rows were left out.
    #[error("was given {rows} rows and printed {lines} lines: there must be one for each row")]
    TooFew {
        /// The lines that it printed.
        lines: usize,
        /// The rows that it was given.
        rows: usize,
    },
    /// There are more lines than rows.
    #[error(
        "was given {rows} rows and printed more lines than that: line {line}, value `{value}`; there must be one for each \
         row",
        line = .rows + 1
    )]
    TooMany {
        /// The first line too many.
        value: String,
        /// The rows that it was given.
        rows: usize,
    },
    /// It answered without the rows.
    #[error("printed a line for each of {rows} rows without reading them all: it cannot have scored them")]
    Unread {
        /// The rows that it was given.
        rows: usize,
    },
    /// The same row has two scores.
    #[error("gave row {row} the score {first}, and {again} when it was asked again among other rows")]
    Unsteady {
        /// The row of the judged data, from 1.
        row: usize,
        /// Its score at first.
        first: String,
        /// Its score the second time.
        again: String,
    },
    /// A file that the scores depend on is another one now.
    #[error("gave scores with another {0} than the one that the evidence is for: it changed while the gates ran")]
    Changed(String),
    /// The system failed.
    #[error("cannot be run to its end: {0}")]
    Broken(String),
}

impl CommandProblem {
    /// The next step of whoever must mend it.
    fn next(&self) -> &'static str {
        match self {
            Self::NotStarted(_) => {
                "install the program, or correct model.command in release.toml: it is run in the folder of that file, \
                 without a shell"
            }
            Self::TimeLimit { .. } => {
                "run it by hand in the folder of release.toml with some rows on its standard input; it must end when \
                 its input does. If it is only slow, raise model.time_limit_s"
            }
            Self::Failed { .. } => "mend it, then cargo test",
            Self::Answer { .. } | Self::TooFew { .. } | Self::TooMany { .. } => {
                "let it print the probability of each line of its input, in their order: no header, no blank line, and \
                 messages to its standard error"
            }
            Self::Unread { .. } => "let it read its standard input to the end",
            Self::Unsteady { .. } => {
                "let the score of a row depend on its features alone: not on chance, time, other rows or its place"
            }
            Self::Changed(_) => "cargo test",
            Self::Broken(_) => "see to the cause, then cargo test",
        }
    }
}
