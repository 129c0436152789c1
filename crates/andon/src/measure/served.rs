//! The rows as the program serves them: it refers a row outside the validated ranges to a person, who decides. A score
//! of such a row reaches nobody.

use std::collections::BTreeMap;

use andon_evidence::policy::Policy;

use crate::data::frame::{Attribute, Frame};
use crate::measure::bands;
use crate::measure::coarse_scores::coarse_scores;
use crate::measure::sample::Sample;
use crate::measure::tally::Tally;
use crate::model::candidate::Candidate;
use crate::model::score::Score;
use crate::threads::default_threads;

/// A sample of the highest and the lowest scores, for answered and for referred rows, whatever the policy's threshold.
pub(crate) fn answered_or_not(sample: Sample) -> Sample {
    Sample { threshold: Score::middle(), ..sample }
}

/// The judged rows by what the program does with them.
#[derive(Debug, Clone)]
pub struct Served {
    /// The rows that the program answers.
    pub answered: Sample,
    /// Every row, a referred one with the lowest score: a referral is not an approval.
    pub approved: Sample,
    /// Every row, with the highest score if the program answers it, and with the lowest if it refers it.
    pub referral: Sample,
    /// The number of referred rows.
    pub referred: u64,
    /// The number of referred rows by the column whose value is outside its validated range; a row can be outside of
    /// several.
    pub outside: BTreeMap<String, u64>,
}

impl Served {
    /// Counts the rows of a frame with the scores of a candidate. Who is referred depends on no training, so only the
    /// samples with its scores have repeats.
    #[must_use]
    pub(crate) fn new(policy: &Policy, frame: &Frame, candidate: &Candidate) -> Self {
        let model = &candidate.model;
        let mut outside = BTreeMap::new();
        let mut answers = |row| {
            let columns = model.outside(frame.matrix.row(row));
            let is_answered = columns.is_empty();
            columns.into_iter().for_each(|value| *outside.entry(value.column).or_default() += 1);
            is_answered
        };
        let is_answered: Vec<bool> = (0..frame.matrix.len()).map(&mut answers).collect();
        let places: Vec<usize> = (0..is_answered.len()).filter(|row| is_answered[*row]).collect();
        let or_lowest = |score: Score, is_answered: bool| if is_answered { score } else { Score::lowest() };
        let of_answered = |scores: &[Score]| places.iter().map(|row| scores[*row]).collect();
        let approved =
            |scores: &[Score]| scores.iter().zip(&is_answered).map(|(score, is)| or_lowest(*score, *is)).collect();
        let referral: Vec<Score> = is_answered.iter().map(|is| or_lowest(Score::highest(), *is)).collect();
        let everybody = Counting { policy, frame, controls: bands::bands(policy, frame), candidate };
        let of_places = |attribute: &Attribute| attribute.select(&places);
        let answered = Counting {
            policy,
            frame: &frame.select_labels(&places),
            controls: everybody.controls.iter().map(of_places).collect(),
            candidate,
        };
        Self {
            answered: answered.sample(of_answered),
            approved: everybody.sample(approved),
            referral: answered_or_not(everybody.count(&referral)),
            referred: (is_answered.len() - places.len()) as u64,
            outside,
        }
    }
}

/// Rows with their bands, which are the same for every scoring of them.
struct Counting<'a> {
    policy: &'a Policy,
    frame: &'a Frame,
    controls: Vec<Attribute>,
    candidate: &'a Candidate,
}

impl Counting<'_> {
    /// The rows with what is made of the scores of the candidate and of its repeats.
    fn sample(&self, of: impl Fn(&[Score]) -> Vec<Score>) -> Sample {
        let threshold = self.candidate.model.threshold();
        let repeats = self.candidate.repeats.map(|scores| self.count(&of(&coarse_scores(scores, threshold))).tally);
        self.count(&of(&self.candidate.scores)).with_repeats(repeats)
    }

    fn count(&self, scores: &[Score]) -> Sample {
        let tally = Tally::count_with_controls(self.frame, &self.controls, scores, default_threads());
        Sample::new(self.policy, tally, self.candidate.model.threshold())
    }
}
