//! Rows that came after the training, counted by the bins of the training data: the questions of `drift`, put to
//! counts.

use std::collections::BTreeMap;

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};
use andon_evidence::policy::GateId;

use crate::families::drift;
use crate::measure::sample::{Measured, Sample};
use crate::model::Model;
use crate::model::score::Score;
use crate::model::training_data::{Bins, Training};
use crate::partial::counts::PartialTally;
use crate::statistics::bins;
use crate::statistics::effect_size;
use crate::statistics::estimate::Estimate;

/// The questions of `drift` that counts by the bins of the training data can answer; the others need rows.
pub const COUNTED_QUESTIONS: [&str; 3] = ["cramers_v", "population_stability", "prediction"];

/// Rows that came after the training, counted beside it: what `drift` asks, of counts in place of rows.
#[derive(Debug, Clone)]
pub(crate) struct SinceTraining<'a> {
    training: &'a Training,
    names: Vec<&'a str>,
    counts: Vec<Vec<u64>>,
    rows: u64,
    /// The rows of each score that the model gave.
    scores: BTreeMap<Score, u64>,
    draws: usize,
    seed: u64,
}

impl<'a> SinceTraining<'a> {
    /// No rows yet, with features of these names, bootstrap draws and seed.
    #[must_use]
    pub(crate) fn new(training: &'a Training, names: Vec<&'a str>, draws: usize, seed: u64) -> Self {
        let counts = training.features().iter().map(|bins| vec![0; bins.count()]).collect();
        Self { training, names, counts, rows: 0, scores: BTreeMap::new(), draws, seed }
    }

    /// Counts an encoded row, with its score if the model gave one.
    pub(crate) fn add(&mut self, row: &[f64], score: Option<Score>) {
        for ((bins, counts), value) in self.training.features().iter().zip(&mut self.counts).zip(row) {
            counts[bins.bin(*value)] += 1;
        }
        self.rows += 1;
        if let Some(score) = score {
            *self.scores.entry(score).or_default() += 1;
        }
    }

    /// Rows that were counted elsewhere, by the bins of this training.
    ///
    /// # Errors
    /// Not measured if they were counted by other bins.
    pub(crate) fn with_counted(self, tally: &PartialTally) -> Result<Self, NotMeasured> {
        let same = |((name, bins), (counted, rows)): ((&&str, &Bins), &(String, Vec<u64>))| {
            *name == counted && bins.count() == rows.len()
        };
        let own = self.names.iter().zip(self.training.features());
        if tally.bins().len() != self.names.len() || !own.zip(tally.bins()).all(same) {
            return Err(NotMeasured("the rows were counted by other bins than those of the training data".to_owned()));
        }
        let counts = tally.bins().iter().map(|(_, rows)| rows.clone()).collect();
        let rows = tally.rows() - tally.broken_rows();
        Ok(Self { counts, rows, scores: tally.answered_scores(), ..self })
    }

    /// The statistic of one of the [`COUNTED_QUESTIONS`]; `None` for any other question.
    pub(crate) fn measure(&self, question: &str) -> Option<Measured> {
        match question {
            "population_stability" => Some(self.population_stability()),
            "cramers_v" => Some(self.cramers_v()),
            "prediction" => Some(self.prediction()),
            _ => None,
        }
    }

    /// Refuses to answer a question by fewer rows than these: an index of few rows is noise. Scores are asked of the
    /// rows that have one.
    ///
    /// # Errors
    /// Not measured with fewer.
    pub(crate) fn at_least(&self, question: &str, fewest: u64) -> Result<(), NotMeasured> {
        match question {
            "prediction" => enough(self.scored(), "scores were served", fewest),
            _ => enough(self.rows, "rows were served", fewest),
        }
    }

    fn scored(&self) -> u64 {
        self.scores.values().sum()
    }

    /// [`drift::population_stability`] against the training data.
    ///
    /// # Errors
    /// Not measured when there are no rows.
    fn population_stability(&self) -> Measured {
        self.worst(|_| true, effect_size::stability)
    }

    /// [`drift::cramers_v`] against the training data, of the features with few values there.
    ///
    /// # Errors
    /// Not measured when there are no rows, or no such feature.
    fn cramers_v(&self) -> Measured {
        self.worst(Bins::is_by_value, effect_size::cramers_v)
    }

    fn worst(&self, is_asked: fn(&Bins) -> bool, statistic: fn(&[u64]) -> Option<f64>) -> Measured {
        let asked = self.training.features().iter().zip(&self.counts).zip(&self.names);
        let effects = asked.filter(|((bins, _), _)| is_asked(bins)).map(|((bins, counts), name)| {
            (*name, effect_size::resampled(&bins.beside(counts), self.draws, self.seed, statistic))
        });
        drift::worst(self.rows, effects, Unit::Score)
    }

    /// [`drift::prediction`] against the scores out of fold.
    ///
    /// # Errors
    /// Not measured when no row has a score.
    fn prediction(&self) -> Measured {
        let now: Vec<(Score, u64)> = self.scores.iter().map(|(score, rows)| (*score, *rows)).collect();
        let both: Vec<f64> = self.training.scores().iter().chain(&now).map(|(score, _)| score.share()).collect();
        let values = bins::distinct(&both, &[]);
        let mut table = vec![0; 2 * (values.len() + 1)];
        for (side, scores) in [self.training.scores(), &now].into_iter().enumerate() {
            for (score, rows) in scores {
                table[2 * values.partition_point(|value| *value <= score.share()) + side] += rows;
            }
        }
        let Estimate { value, low, high } =
            effect_size::resampled(&table, self.draws, self.seed, |table| effect_size::wasserstein(table, &values))?;
        let part = |name: &str, scores: &[(Score, u64)]| {
            let rows: u64 = scores.iter().map(|(_, rows)| rows).sum();
            let sum: f64 = scores.iter().map(|(score, rows)| score.share() * *rows as f64).sum();
            Part { name: name.to_owned(), value: sum / rows as f64, n: rows }
        };
        let parts = vec![part("mean score, training", self.training.scores()), part("mean score, served", &now)];
        Ok(Measurement::with_interval(value, (low, high), Unit::Probability, self.scored())?.with_parts(parts))
    }
}

/// The statistic that a gate of `drift` asks for, of rows that were counted by the bins of the training data; `None` if
/// the gate needs rows. `sample` has the draws, the seed and the fewest rows of the policy.
#[must_use]
pub fn measure_counted(gate: &GateId, model: &Model, tally: &PartialTally, sample: &Sample) -> Option<Measured> {
    let (question, None) = gate.question() else { return None };
    if gate.family() != "drift" || !COUNTED_QUESTIONS.contains(&question) {
        return None;
    }
    let names = || model.features().iter().map(|feature| feature.name.as_str()).collect();
    let training = model.training()?;
    let since = SinceTraining::new(training, names(), sample.draws, sample.seed).with_counted(tally);
    match since.and_then(|since| since.at_least(question, sample.minimum_group_rows).map(|()| since)) {
        Ok(since) => since.measure(question),
        Err(why) => Some(Err(why)),
    }
}

fn enough(found: u64, of_what: &str, fewest: u64) -> Result<(), NotMeasured> {
    if found >= fewest {
        return Ok(());
    }
    Err(NotMeasured(format!("{found} {of_what}, the policy judges from {fewest} on")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::matrix::MISSING;
    use crate::model::training_data::tests::{matrix, numbers, score};
    use crate::partial::counts::{CountedRow, ScoreSource, TallyScope};

    /// A number of many values, one of few with values that came later, one of 20 and missing ones, and a category of
    /// 30.
    #[test]
    fn counts_say_what_rows_say() {
        let column = |rows: u32, value: &dyn Fn(u32) -> f64| (0..rows).map(value).collect::<Vec<f64>>();
        let before = [
            column(200, &|row| f64::from(row * 37 % 101)),
            column(200, &|row| f64::from(row * 7 % 3)),
            column(200, &|row| if row % 9 == 0 { MISSING } else { f64::from(row % 20) }),
            column(200, &|row| f64::from(row * 7 % 30)),
        ];
        let since = [
            column(150, &|row| f64::from(row * 29 % 113) - 4.0),
            column(150, &|row| f64::from(row * 5 % 40) / 2.0),
            column(150, &|row| if row % 5 == 0 { MISSING } else { f64::from(row % 17) }),
            column(150, &|row| f64::from(row * row % 30)),
        ];
        let scores =
            |n: usize, step: usize| (0..n).map(|row| score((row * step % 89) as f64 / 89.0)).collect::<Vec<_>>();
        let old = scores(200, 31);
        let new = scores(150, 17);
        let mut features = numbers(&["a", "b", "c", "d"]);
        features[3].levels = (0..30).map(|level| level.to_string()).collect();
        let side = |columns: &[Vec<f64>], scores: Vec<Score>| drift::RowSet {
            labels: vec![true; scores.len()],
            matrix: matrix(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>()),
            scores,
        };
        let reference = side(&before, old);
        let current = side(&since, new);
        let training = Training::count(&features, &reference.matrix, reference.scores.iter().copied()).unwrap();
        let by_value = training.features().iter().map(Bins::is_by_value).collect::<Vec<_>>();
        assert_eq!(by_value, [false, true, true, true]);
        let mut counted = SinceTraining::new(&training, vec!["a", "b", "c", "d"], 200, 7);
        for row in 0..150 {
            counted.add(current.matrix.row(row), Some(current.scores[row]));
        }
        let moved = drift::DriftComparison { features, reference, current, draws: 200, seed: 7 };
        let same = |counted: Measured, rows: Measured| {
            let counted = counted.unwrap();
            let rows = rows.unwrap();
            assert_eq!((counted.value(), counted.interval()), (rows.value(), rows.interval()));
        };
        same(counted.population_stability(), drift::population_stability(&moved));
        same(counted.cramers_v(), drift::cramers_v(&moved));
        same(counted.prediction(), drift::prediction(&moved));
        // Rows that were counted elsewhere say the same.
        let mut tally = elsewhere(&["a", "b", "c", "d"], &training);
        for (row, score) in moved.current.scores.iter().enumerate() {
            tally.count(CountedRow { groups: &[], label: true, is_referred: false, score: *score }, 1);
            for ((name, bins), value) in
                ["a", "b", "c", "d"].iter().zip(training.features()).zip(moved.current.matrix.row(row))
            {
                tally.count_bin(name, bins.bin(*value), 1).unwrap();
            }
        }
        let none = || SinceTraining::new(&training, vec!["a", "b", "c", "d"], 200, 7);
        let added = none().with_counted(&tally).unwrap();
        for question in COUNTED_QUESTIONS {
            same(added.measure(question).unwrap(), counted.measure(question).unwrap());
        }
        assert!(added.at_least("prediction", 150).is_ok() && added.at_least("prediction", 151).is_err());
        // By other bins nothing is measured.
        let other = elsewhere(&["a", "b", "d", "c"], &training);
        assert!(none().with_counted(&other).is_err() && none().with_counted(&elsewhere(&[], &training)).is_err());
    }

    fn elsewhere(names: &[&str], training: &Training) -> PartialTally {
        let scope = TallyScope {
            scores: ScoreSource::Column("p".to_owned()),
            label: "good".to_owned(),
            favourable: "1".to_owned(),
            protected: Vec::new(),
            policy_sha256: None,
            contract_sha256: None,
        };
        let bins = names.iter().zip(training.features());
        PartialTally::new(scope)
            .with_bins(bins.map(|(name, bins)| ((*name).to_owned(), vec![0; bins.count()])).collect())
    }

    #[test]
    fn no_rows_are_not_measured() {
        let training = Training::count(&numbers(&["a"]), &matrix(&[&[0.0, 1.0]]), [score(0.5)].into_iter()).unwrap();
        let none = SinceTraining::new(&training, vec!["a"], 200, 1);
        assert!(none.population_stability().is_err() && none.cramers_v().is_err() && none.prediction().is_err());
        assert!(COUNTED_QUESTIONS.iter().all(|question| none.at_least(question, 1).is_err()));
    }
}
