//! The negative answers of a command with the Shapley values that are sampled for them, once for all that ask.

use andon_evidence::judge::NotMeasured;

use crate::data::contract::Record;
use crate::measure::asked_rows::draw_among;
use crate::model::command::{CommandError, CommandModel, CommandProblem};
use crate::model::sampled_values::{ExplainedDenials, SamplingPlan, sample};
use crate::model::score::Score;
use crate::release::Judged;

impl<R: Record> Judged<R> {
    /// The negative answers of the command that Shapley values are sampled for; the first caller asks the command.
    /// `None` without a command, and if nobody is denied.
    ///
    /// # Errors
    /// Not measured if the command gives other than one probability for each row, or another one than before.
    pub fn explained_denials(&self) -> Result<Option<&ExplainedDenials>, NotMeasured> {
        let explain = || {
            let explained = self.command.as_ref().map(|command| self.explain(command)).transpose();
            explained.map(Option::flatten).map_err(|error| NotMeasured(error.to_string()))
        };
        self.explained.get_or_init(explain).as_ref().map(Option::as_ref).map_err(Clone::clone)
    }

    fn explain(&self, command: &CommandModel) -> Result<Option<ExplainedDenials>, CommandError> {
        let is_negative = |row: &usize| self.candidate.scores[*row] < self.sample.threshold;
        let negatives: Vec<usize> = self.asked.drawn().iter().copied().filter(is_negative).collect();
        if negatives.is_empty() {
            return Ok(None);
        }
        let settings = command.settings();
        let seed = self.sample.seed;
        let rows = draw_among(&self.frame, seed, &negatives, settings.explained_rows);
        let plan = SamplingPlan { matrix: &self.frame.matrix, rows: &rows, pairs: settings.explained_pairs, seed };
        let values = sample(plan, |questions| command.probabilities(questions))?;
        let unsteady = values.known.iter().find_map(|(row, probability)| self.unsteady(*row, *probability));
        match unsteady {
            Some(problem) => Err(command.error(problem)),
            None => {
                let pairs = settings.explained_pairs as u64;
                Ok(Some(ExplainedDenials { values, pairs, negatives: negatives.len() as u64 }))
            }
        }
    }

    /// The fault of an answer to a row of the data that is another one than the row has.
    fn unsteady(&self, row: usize, probability: f64) -> Option<CommandProblem> {
        let first = self.candidate.scores[row];
        let again = Score::nearest(probability);
        let unsteady = |again: Option<Score>| CommandProblem::Unsteady {
            row: row + 1,
            first: first.to_string(),
            again: again.map_or_else(|| "none".to_owned(), |again| again.to_string()),
        };
        (again != Some(first)).then(|| unsteady(again))
    }
}
