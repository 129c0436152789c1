//! The counts of one part or of several, and what they are counts of.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::Model;
use crate::model::score::Score;

/// More rows than anybody has; sums of so many are exact wherever they are read.
pub(crate) const MAX_TALLY_ROWS: u64 = 1 << 53;

/// The origin of the scores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ScoreSource {
    /// The model with this SHA-256.
    Model(String),
    /// A column of scored rows.
    Column(String),
    /// A column of scored rows, whose scores are those of a released model: the rows are held against its contract,
    /// its validated ranges and the bins of its training data.
    ColumnOf {
        /// The column.
        column: String,
        /// SHA-256 of the model.
        model_sha256: String,
    },
}

impl ScoreSource {
    /// SHA-256 of the model; none if nobody named it.
    #[must_use]
    pub fn model_sha256(&self) -> Option<&str> {
        match self {
            Self::Model(sha256) | Self::ColumnOf { model_sha256: sha256, .. } => Some(sha256),
            Self::Column(_) => None,
        }
    }
}

/// The question that a tally answers: parts with the same one add up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TallyScope {
    /// The origin of the scores.
    pub scores: ScoreSource,
    /// The column with the outcome.
    pub label: String,
    /// The value of the outcome that counts as label 1.
    pub favourable: String,
    /// The columns of the protected attributes, in the order of the groups.
    pub protected: Vec<String>,
    /// SHA-256 of the policy; absent if the rows were counted without one.
    pub policy_sha256: Option<String>,
    /// SHA-256 of the contract that each row was held against; absent if there was none.
    pub contract_sha256: Option<String>,
}

/// The origin of one part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TallyPart {
    /// Its name; two parts never have the same.
    pub name: String,
    /// SHA-256 of the bytes that were read.
    pub input_sha256: String,
    /// All its rows, the broken ones too.
    pub rows: u64,
}

/// Rows by score.
pub(crate) type ScoreCounts = BTreeMap<Score, u64>;

/// The rows of one combination of groups: by label, once for the rows that the program answers and once for those that
/// it refers to a person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PartialCell {
    /// By label: the rows that are answered.
    pub(crate) answered: [ScoreCounts; 2],
    /// By label: the rows that are referred, with the score that they would have.
    pub(crate) referred: [ScoreCounts; 2],
}

impl PartialCell {
    /// The counts of rows with this label.
    pub(crate) fn side(&mut self, label: bool, is_referred: bool) -> &mut ScoreCounts {
        let sides = if is_referred { &mut self.referred } else { &mut self.answered };
        &mut sides[usize::from(label)]
    }

    /// The four tables of counts, each with its label and true if its rows are referred.
    pub(crate) fn sides(&self) -> [(bool, bool, &ScoreCounts); 4] {
        let side = |label: bool, is_referred: bool| {
            let sides = if is_referred { &self.referred } else { &self.answered };
            (label, is_referred, &sides[usize::from(label)])
        };
        [side(false, false), side(true, false), side(false, true), side(true, true)]
    }
}

/// One row that was counted.
#[derive(Debug, Clone, Copy)]
pub struct CountedRow<'a> {
    /// Its value of each protected attribute; blank if it states none.
    pub groups: &'a [String],
    /// Its label.
    pub label: bool,
    /// True if the program refers it to a person.
    pub is_referred: bool,
    /// Its score.
    pub score: Score,
}

/// The counts of one part or of several. Every number in it adds up, so the order of rows and of parts changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartialTally {
    pub(crate) scope: TallyScope,
    /// The value of the outcome that counts as label 0; none if no row has it.
    pub(crate) unfavourable: Option<String>,
    /// By name.
    pub(crate) parts: BTreeMap<String, TallyPart>,
    /// By the value of each protected attribute.
    pub(crate) cells: BTreeMap<Vec<String>, PartialCell>,
    /// Rows with a broken value; they are in no cell.
    pub(crate) broken_rows: u64,
    /// Broken values by column and reason.
    pub(crate) broken: BTreeMap<(String, String), u64>,
    /// Referred rows by the column whose value is outside its validated range.
    pub(crate) outside: BTreeMap<String, u64>,
    /// For each feature of the model, in its order, the rows in each bin of its training data.
    pub(crate) drift: Vec<(String, Vec<u64>)>,
}

impl PartialTally {
    /// No rows.
    #[must_use]
    pub fn new(scope: TallyScope) -> Self {
        Self {
            scope,
            unfavourable: None,
            parts: BTreeMap::new(),
            cells: BTreeMap::new(),
            broken_rows: 0,
            broken: BTreeMap::new(),
            outside: BTreeMap::new(),
            drift: Vec::new(),
        }
    }

    /// No rows yet, and a bin for each of the training data of the model.
    #[must_use]
    pub fn with_bins_of(self, model: &Model) -> Self {
        let training =
            model.training().into_iter().flat_map(|training| model.features().iter().zip(training.features()));
        self.with_bins(training.map(|(feature, bins)| (feature.name.clone(), vec![0; bins.count()])).collect())
    }

    /// The same counts with these rows by bin.
    pub(crate) fn with_bins(self, drift: Vec<(String, Vec<u64>)>) -> Self {
        Self { drift, ..self }
    }

    /// The question that these counts answer.
    #[must_use]
    pub fn scope(&self) -> &TallyScope {
        &self.scope
    }

    /// The value of the outcome that counts as label 0; none if no row has it.
    #[must_use]
    pub fn unfavourable(&self) -> Option<&str> {
        self.unfavourable.as_deref()
    }

    /// The same counts with the value of the outcome that counts as label 0.
    #[must_use]
    pub fn with_unfavourable(self, value: Option<String>) -> Self {
        Self { unfavourable: value, ..self }
    }

    /// The parts, by name.
    pub fn parts(&self) -> impl Iterator<Item = &TallyPart> {
        self.parts.values()
    }

    /// Counts so many rows that are alike.
    pub fn count(&mut self, row: CountedRow<'_>, rows: u64) {
        let cell = match self.cells.get_mut(row.groups) {
            Some(cell) => cell,
            None => self.cells.entry(row.groups.to_vec()).or_default(),
        };
        *cell.side(row.label, row.is_referred).entry(row.score).or_default() += rows;
    }

    /// Counts a row of the features of the model, with its groups, label and score: if the program refers it, why, and
    /// its bins.
    pub fn count_encoded(&mut self, model: &Model, encoded: &[f64], groups: &[String], (label, score): (bool, Score)) {
        let outside = model.outside(encoded);
        let is_referred = !outside.is_empty();
        outside.iter().for_each(|value| self.count_outside(&value.column, 1));
        if let Some(training) = model.training() {
            let counts = self.drift.iter_mut().map(|(_, counts)| counts);
            for ((bins, counts), value) in training.features().iter().zip(counts).zip(encoded) {
                counts[bins.bin(*value)] += 1;
            }
        }
        self.count(CountedRow { groups, label, is_referred, score }, 1);
    }

    /// Counts so many referred rows whose value in this column is outside its validated range.
    pub fn count_outside(&mut self, column: &str, rows: u64) {
        match self.outside.get_mut(column) {
            Some(counted) => *counted += rows,
            None => drop(self.outside.insert(column.to_owned(), rows)),
        }
    }

    /// Counts so many rows in a bin of a feature; `None` if there is no such bin.
    #[must_use]
    pub fn count_bin(&mut self, feature: &str, bin: usize, rows: u64) -> Option<()> {
        let (_, counts) = self.drift.iter_mut().find(|(name, _)| name == feature)?;
        *counts.get_mut(bin)? += rows;
        Some(())
    }

    /// Counts a broken row, each of its broken values once.
    pub fn count_broken(&mut self, values: impl IntoIterator<Item = (String, String)>) {
        self.count_broken_rows(1);
        for value in values.into_iter().collect::<BTreeSet<_>>() {
            *self.broken.entry(value).or_default() += 1;
        }
    }

    /// Counts so many broken rows. Their broken values are counted apart.
    pub fn count_broken_rows(&mut self, rows: u64) {
        self.broken_rows += rows;
    }

    /// Counts so many rows with this fault in this column.
    pub fn count_broken_values(&mut self, column: &str, problem: &str, rows: u64) {
        *self.broken.entry((column.to_owned(), problem.to_owned())).or_default() += rows;
    }

    /// The rows in cells and the broken ones.
    #[must_use]
    pub fn rows(&self) -> u64 {
        let counted = self.cells.values().flat_map(PartialCell::sides).flat_map(|(.., counts)| counts.values());
        counted.sum::<u64>() + self.broken_rows
    }

    /// The number of counted rows that the program refers to a person.
    #[must_use]
    pub fn referred_rows(&self) -> u64 {
        let referred = self.cells.values().flat_map(|cell| &cell.referred);
        referred.flat_map(BTreeMap::values).sum()
    }

    /// The counted rows of each score that the program answers.
    #[must_use]
    pub fn answered_scores(&self) -> BTreeMap<Score, u64> {
        let mut scores = BTreeMap::new();
        for (score, rows) in self.cells.values().flat_map(|cell| &cell.answered).flatten() {
            *scores.entry(*score).or_default() += rows;
        }
        scores
    }

    /// The name of each feature of the model with the rows in each bin of its training data; empty if none was counted.
    #[must_use]
    pub fn bins(&self) -> &[(String, Vec<u64>)] {
        &self.drift
    }

    /// The number of broken rows.
    #[must_use]
    pub fn broken_rows(&self) -> u64 {
        self.broken_rows
    }

    /// Column, reason and number of the broken values.
    pub fn broken_values(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        self.broken.iter().map(|((column, problem), values)| (column.as_str(), problem.as_str(), *values))
    }

    /// The counts of one part under another name.
    #[must_use]
    pub fn with_name(self, name: &str) -> Self {
        let input_sha256 = self.parts.values().next().map(|part| part.input_sha256.clone()).unwrap_or_default();
        self.into_part(Some(name), &input_sha256)
    }

    /// The counts as those of one part that was read to its end. Without a name, the digest is its name.
    #[must_use]
    pub fn into_part(mut self, name: Option<&str>, input_sha256: &str) -> Self {
        let name = name.unwrap_or(input_sha256).to_owned();
        let rows = self.rows();
        self.parts = BTreeMap::from([(name.clone(), TallyPart { name, input_sha256: input_sha256.to_owned(), rows })]);
        self
    }
}
