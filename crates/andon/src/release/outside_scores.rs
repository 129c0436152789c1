//! The scores that a release is judged by in place of a model: of a column of the data file, or of a command.

use std::path::Path;
use std::sync::Arc;

use andon_evidence::fingerprint::FingerprintError;
use andon_evidence::judge::NotMeasured;
use andon_evidence::policy::{OutsideScores, ScoreOrigin};

use crate::data::cells::{self, NotFlat};
use crate::data::contract::Record;
use crate::data::dataset::Dataset;
use crate::data::frame::{Feature, Frame};
use crate::data::matrix::Matrix;
use crate::decide::reply::REFER;
use crate::model::command::CommandModel;
use crate::model::score::Score;
use crate::release::column_scores::{NoScores, column_scores};
use crate::release::{Judged, NoCandidate, Release};

impl<R: Record> Release<R> {
    /// The scores of the rows of a file that the policy names in place of a model; `None` for a release with a model.
    pub(crate) fn outside_scores(
        &self,
        (dataset, frame): (&Dataset<R>, &Frame),
        path: &Path,
    ) -> Result<Option<Vec<Score>>, NoCandidate> {
        match self.policy.scores.as_ref().map(|scores| &scores.origin) {
            None => Ok(None),
            Some(ScoreOrigin::Column(column)) => {
                column_scores(&self.contract, column, path, dataset).map(Some).map_err(|error| match error {
                    NoScores::Column(error) => error.into(),
                    NoScores::Rows(error) => NoCandidate::Data(Arc::new(error)),
                })
            }
            Some(ScoreOrigin::Command(_)) => {
                let command = self.command_model(&frame.features)?;
                Ok(command.map(|command| command.scores(&frame.matrix)).transpose()?)
            }
        }
    }

    /// The command of the policy, which scores rows of these features; `None` unless there is one.
    pub(super) fn command_model(&self, features: &[Feature]) -> Result<Option<CommandModel>, FingerprintError> {
        let command = self.policy.scores.as_ref().and_then(OutsideScores::command);
        let place = (self.root.as_path(), &self.fingerprint);
        command.map(|command| CommandModel::new(command, place, &self.contract, features)).transpose()
    }
}

impl<R: Record> Judged<R> {
    /// The scores that the model, or the command in its place, gives to encoded rows.
    ///
    /// # Errors
    /// Not measured if the command gives other than one probability for each, or the model no number. A column of
    /// scores has none for any row.
    pub fn score_all(&self, matrix: &Matrix) -> Result<Vec<Score>, NotMeasured> {
        if let Some(command) = &self.command {
            return command.scores(matrix).map_err(|error| NotMeasured(error.to_string()));
        }
        let scores: Option<Vec<Score>> = self.candidate.model.score_all(matrix).into_iter().collect();
        scores.ok_or_else(|| NotMeasured("a score is not a number".to_owned()))
    }

    /// The answers to checked records, each a word and a probability, which a referral to a person has not. A command
    /// is asked about all of them at once.
    ///
    /// # Errors
    /// Not measured if the command gives other than one probability for each.
    pub(crate) fn answers(&self, records: &[R]) -> Result<Vec<(String, Option<f64>)>, NotMeasured> {
        let failed = |error: NotFlat| NotMeasured(error.to_string());
        let Some(command) = &self.command else {
            let replies = records.iter().map(|record| self.decider.reply(record).map_err(failed));
            return replies.map(|reply| reply.map(|reply| (reply.decision, reply.probability))).collect();
        };
        let encode = |record| Ok(self.candidate.model.encode(&cells::read(record)?).ok());
        let rows: Vec<Option<Vec<f64>>> = records.iter().map(encode).collect::<Result<_, _>>().map_err(failed)?;
        let mut known = Matrix::new(self.frame.matrix.columns());
        rows.iter().flatten().for_each(|row| known.push(row));
        let scores = command.scores(&known).map_err(|error| NotMeasured(error.to_string()))?;
        let mut scores = scores.into_iter();
        let answer = &self.decider.policy().answer;
        let word = |score: Score| if score >= self.sample.threshold { &answer.positive } else { &answer.negative };
        let reply = |row: &Option<Vec<f64>>| match row.as_ref().and_then(|_| scores.next()) {
            Some(score) => (word(score).clone(), Some(score.share())),
            None => (REFER.to_owned(), None),
        };
        Ok(rows.iter().map(reply).collect())
    }
}
