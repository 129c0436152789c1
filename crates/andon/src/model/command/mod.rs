//! The model behind the command of `[model]`: a black box in any language, which is asked about rows in batches. It is
//! given the features of each and nothing else.

mod answers;
mod error;
mod process;
mod rows;

use std::path::{Path, PathBuf};

use andon_evidence::fingerprint::{Fingerprint, FingerprintError, command_inputs};
use andon_evidence::policy::ScoreCommand;

pub use self::error::{CommandError, CommandProblem};
use self::rows::RowColumn;
use crate::data::contract::{Contract, Record};
use crate::data::frame::Feature;
use crate::data::matrix::Matrix;
use crate::data::mix::mix;
use crate::model::score::Score;

/// A command that scores rows of some features.
#[derive(Debug, Clone)]
pub struct CommandModel {
    command: ScoreCommand,
    folder: PathBuf,
    columns: Vec<RowColumn>,
    /// The files that the scores depend on, as the evidence is for them.
    inputs: Vec<PathBuf>,
    fingerprint: Fingerprint,
}

impl CommandModel {
    /// The command of a policy in the folder of a release, with the fingerprint that its files must have.
    pub(crate) fn new<R: Record>(
        command: &ScoreCommand,
        (folder, fingerprint): (&Path, &Fingerprint),
        contract: &Contract<R>,
        features: &[Feature],
    ) -> Result<Self, FingerprintError> {
        Ok(Self {
            command: command.clone(),
            folder: folder.to_owned(),
            columns: rows::columns(contract, features),
            inputs: command_inputs(folder, command)?,
            fingerprint: fingerprint.clone(),
        })
    }

    /// The settings of the command.
    #[must_use]
    pub fn settings(&self) -> &ScoreCommand {
        &self.command
    }

    /// The probability of the favourable outcome of each encoded row, by one run of the command.
    ///
    /// # Errors
    /// [`CommandError`] if it gives other than one probability for each row, or a file of it has changed.
    pub fn probabilities(&self, matrix: &Matrix) -> Result<Vec<f64>, CommandError> {
        let rows = matrix.len();
        if rows == 0 {
            return Ok(Vec::new());
        }
        let columns = self.columns.clone();
        let given = matrix.clone();
        let lines = (0..rows).map(move |row| rows::line(&columns, given.row(row)));
        let answers = process::run(&self.command, &self.folder, lines, rows).map_err(|problem| self.error(problem))?;
        match self.fingerprint.changed_input(&self.folder, &self.inputs) {
            Ok(None) => Ok(answers),
            Ok(Some(changed)) => Err(self.error(CommandProblem::Changed(changed))),
            Err(error) => Err(self.error(CommandProblem::Broken(error.to_string()))),
        }
    }

    /// The scores of rows: their probabilities in ten-thousandths.
    ///
    /// # Errors
    /// As [`CommandModel::probabilities`].
    pub fn scores(&self, matrix: &Matrix) -> Result<Vec<Score>, CommandError> {
        let probabilities = self.probabilities(matrix)?;
        // None of them is NaN.
        Ok(probabilities.into_iter().filter_map(Score::nearest).collect())
    }

    /// The same scores, asked in another order and in other batches: a single row, a third of the others, and the rest.
    /// A score that depends on the place of its row, on the rows beside it, on time or on chance is another one then.
    ///
    /// # Errors
    /// As [`CommandModel::probabilities`].
    pub fn scores_in_other_order(&self, matrix: &Matrix, seed: u64) -> Result<Vec<Score>, CommandError> {
        let mut order: Vec<usize> = (0..matrix.len()).collect();
        order.sort_by_key(|row| mix(seed ^ mix(*row as u64)));
        let (single, others) = order.split_at(order.len().min(1));
        let (third, rest) = others.split_at(others.len() / 3);
        let mut scores = vec![Score::middle(); matrix.len()];
        for batch in [single, third, rest] {
            for (row, score) in batch.iter().zip(self.scores(&matrix.select(batch))?) {
                scores[*row] = score;
            }
        }
        Ok(scores)
    }

    /// An error of this command.
    pub(crate) fn error(&self, problem: CommandProblem) -> CommandError {
        CommandError { command: self.command.to_string(), problem }
    }
}
