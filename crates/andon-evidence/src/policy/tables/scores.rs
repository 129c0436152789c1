//! The scores of a model that is somewhere else, which a release is judged by in place of a model: those of a column of
//! the data file (`[model] scores`), or those that a command prints (`[model] command`).

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::messages::shell_word;
use crate::policy::tables::model::{UnseenRows, judged_rows};

/// The scores that a release is judged by, in place of a model. Nothing can be served from them.
#[derive(Debug, Clone, Serialize)]
pub struct OutsideScores {
    /// The place that they come from.
    pub origin: ScoreOrigin,
    /// The rows that the model has not seen. Without it, no gate that needs such rows is measured.
    pub unseen: Option<UnseenRows>,
    /// The reason why it has not seen them.
    pub unseen_because: Option<String>,
}

/// The place that scores come from.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreOrigin {
    /// A column of the data file: the probability of the favourable outcome, 0 to 1.
    Column(String),
    /// A command that scores the rows that it is given.
    Command(ScoreCommand),
}

/// A command that reads features, a JSON object on each line, and prints a probability for each.
#[derive(Debug, Clone, Serialize)]
pub struct ScoreCommand {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The files and folders that the scores depend on, relative to the policy.
    pub files: Vec<PathBuf>,
    /// The seconds that one run may take.
    pub time_limit_s: u64,
    /// The negative answers that Shapley values are sampled for.
    pub explained_rows: usize,
    /// The pairs of orders of the features that are drawn for each of them.
    pub explained_pairs: usize,
}

impl OutsideScores {
    /// The column that holds the scores, if one does.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        if let ScoreOrigin::Column(column) = &self.origin { Some(column) } else { None }
    }

    /// The command that gives the scores, if one does.
    #[must_use]
    pub fn command(&self) -> Option<&ScoreCommand> {
        if let ScoreOrigin::Command(command) = &self.origin { Some(command) } else { None }
    }

    /// The rows by which the scores are judged, in words for a card.
    #[must_use]
    pub fn evaluation(&self) -> String {
        judged_rows(&format!("{} scores", self.origin), self.unseen.as_ref(), self.unseen_because.as_deref())
    }
}

impl fmt::Display for ScoreOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(column) => write!(f, "the column {column}"),
            Self::Command(command) => write!(f, "the command `{command}`"),
        }
    }
}

/// As a shell would take it.
impl fmt::Display for ScoreCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.command.iter().map(|word| shell_word(Path::new(word))).collect();
        f.write_str(&words.join(" "))
    }
}

impl ScoreCommand {
    /// The words of program and arguments, each of which may name a file: a script, or one behind `--model=`.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        let part = |letter: char| letter.is_whitespace() || matches!(letter, '=' | ',' | ';' | '"' | '\'');
        let whole = self.command.iter().map(String::as_str);
        whole.chain(self.command.iter().flat_map(move |word| word.split(part))).filter(|word| !word.is_empty())
    }
}
