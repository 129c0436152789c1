//! The counts of one part or of several, and what they are counts of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::score::Score;

/// More rows than anybody has; sums of so many are exact wherever they are read.
pub(crate) const MAX_TALLY_ROWS: u64 = 1 << 53;

/// The reason why a blank value is broken.
pub const BLANK: &str = "has no value";

/// The origin of the scores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ScoreSource {
    /// The model with this SHA-256.
    Model(String),
    /// A column of scored rows.
    Column(String),
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

    /// Counts so many broken rows that are alike, with their broken values.
    pub fn count_broken(&mut self, values: impl IntoIterator<Item = (String, String)>, rows: u64) {
        self.broken_rows += rows;
        for value in values {
            *self.broken.entry(value).or_default() += rows;
        }
    }

    /// The rows in cells and the broken ones.
    #[must_use]
    pub fn rows(&self) -> u64 {
        let counted = self.cells.values().flat_map(PartialCell::sides).flat_map(|(.., counts)| counts.values());
        counted.sum::<u64>() + self.broken_rows
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
