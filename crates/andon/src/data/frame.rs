//! Records as the arrays that training and judging work on: features, labels, protected groups.

use std::collections::BTreeMap;

use andon_evidence::policy::{Policy, Unseen, Wording};
use serde::{Deserialize, Serialize};

use crate::data::cells::{self, Cell};
use crate::data::contract::{Contract, Kind, Record};
use crate::data::matrix::{MISSING, Matrix, is_missing};

/// Policy, contract and rows do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The policy names a column that the record does not have, or one of the wrong kind.
    #[error("release.toml names `{column}` as {role}: {problem}")]
    Column {
        /// The column.
        column: String,
        /// The part that the policy gives it.
        role: &'static str,
        /// The reason why it cannot play that part.
        problem: String,
    },
    /// A row lacks a value that training needs.
    #[error("line {line}, column {column}, value `{value}`: {problem}")]
    Row {
        /// Line in the data file, from 1.
        line: usize,
        /// The column.
        column: String,
        /// The value in the file.
        value: String,
        /// The fault in it.
        problem: &'static str,
    },
}

/// The encoding of one column as a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// The column's name.
    pub name: String,
    /// For a category: its names in order, each encoded as its place. Empty for a number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<String>,
    /// True if the last name stands for every name that the model does not know.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub takes_unseen: bool,
    /// True if the training data had rows without a value; if not, the model does not answer such a row.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_be_missing: bool,
}

impl Feature {
    /// The words of a dictionary's entry for an encoded value; `None` where it has none.
    #[must_use]
    pub(crate) fn reason(&self, entry: &Wording, value: f64) -> Option<String> {
        if is_missing(value) { entry.missing.clone() } else { entry.reason.for_value(&self.spoken(value)) }
    }

    /// The number of a cell; `None` for a category that the feature does not have.
    fn number(&self, cell: &Cell) -> Option<f64> {
        match cell {
            Cell::Missing => Some(MISSING),
            Cell::Number(number) => Some(*number),
            Cell::Text(text) => self.place(text),
        }
    }

    /// The number of a category; `None` for one that the feature does not have.
    pub(crate) fn place(&self, name: &str) -> Option<f64> {
        let known = self.levels.iter().position(|level| level == name);
        let place = known.or_else(|| self.takes_unseen.then(|| self.levels.len().checked_sub(1)).flatten());
        place.map(|place| place as f64)
    }

    /// An encoded value as it is read out: a category by its name, a number with at most two decimals and a comma at
    /// every thousand, a missing value as `missing`.
    ///
    /// ```
    /// use andon::data::frame::Feature;
    /// use andon::data::matrix::MISSING;
    /// let number = Feature { name: "debt".to_owned(), levels: Vec::new(), takes_unseen: false, may_be_missing: true };
    /// assert_eq!(number.spoken(-1_234_567.891), "-1,234,567.89");
    /// assert_eq!(number.spoken(999.5), "999.5");
    /// assert_eq!(number.spoken(MISSING), "missing");
    /// let category = Feature { levels: vec!["gas".to_owned()], ..number };
    /// assert_eq!(category.spoken(0.0), "gas");
    /// ```
    #[must_use]
    pub fn spoken(&self, value: f64) -> String {
        if is_missing(value) {
            return "missing".to_owned();
        }
        let level = self.levels.get(value as usize).filter(|_| value >= 0.0);
        level.cloned().unwrap_or_else(|| spoken_number(value))
    }
}

fn spoken_number(number: f64) -> String {
    let plain = format!("{:.2}", number.abs());
    let (whole, decimals) = plain.split_once('.').unwrap_or((&plain, ""));
    let thousands = whole.as_bytes().rchunks(3).rev().filter_map(|digits| str::from_utf8(digits).ok());
    let whole = thousands.collect::<Vec<_>>().join(",");
    let decimals = decimals.trim_end_matches('0');
    // What rounds to nil has no sign.
    let sign = if number <= -0.005 { "-" } else { "" };
    if decimals.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") }
}

/// A value that the model has no number for.
///
/// ```
/// let unknown = andon::data::frame::Unencodable { column: "site".to_owned(), value: "moon".to_owned() };
/// assert_eq!(unknown.to_string(), "column site: the model does not know the value `moon`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: the model does not know the value `{value}`")]
pub struct Unencodable {
    /// The column.
    pub column: String,
    /// The value.
    pub value: String,
}

/// The most names of a category without an order: with more, they name rows rather than describe them.
const MAX_NOMINAL_LEVELS: usize = 64;

/// The features of a policy, as the contract describes them.
///
/// # Errors
/// [`FrameError::Column`] when the record lacks one, or has it as free text or as an identifier.
pub(crate) fn features<R: Record>(policy: &Policy, contract: &Contract<R>) -> Result<Vec<Feature>, FrameError> {
    let one = |name: &String| {
        let column = known(contract, name, "a feature")?;
        let levels = levels(policy, name, &column.kind).map_err(|problem| unfit(name, "a feature", problem))?;
        let takes_unseen = policy.data.categories.get(name).is_some_and(|open| open.unseen == Unseen::Other);
        Ok(Feature { name: name.clone(), levels, takes_unseen, may_be_missing: false })
    };
    policy.data.features.iter().map(one).collect()
}

/// The names of a feature, in the order of their numbers; none for a number.
fn levels(policy: &Policy, name: &String, kind: &Kind) -> Result<Vec<String>, String> {
    let is_ordered = policy.data.ordered.contains(name);
    let levels = match (kind, policy.data.categories.get(name)) {
        (Kind::Choice(levels), None) => levels.clone(),
        (Kind::Text, Some(category)) => category.levels(),
        (Kind::Number { .. } | Kind::Flag, None) if !is_ordered => return Ok(Vec::new()),
        (Kind::Number { .. } | Kind::Flag, None) => {
            return Err("data.ordered lists it, and it is no category".to_owned());
        }
        (Kind::Text, None) => {
            let next = format!("list its names: data.categories.{name} = {{ names = [...], unseen = \"refer\" }}");
            return Err(format!("free text is not a number; {next}"));
        }
        (_, Some(_)) => {
            return Err("data.categories lists its names, and the record does not have it as text".to_owned());
        }
    };
    let count = levels.len();
    if is_ordered {
        return Ok(levels);
    }
    if policy.better.contains_key(name) {
        return Err(format!("[better] gives it a direction, and its {count} names have no order: see data.ordered"));
    }
    if count > MAX_NOMINAL_LEVELS {
        return Err(format!(
            "its {count} names identify rows rather than describe them (at most {MAX_NOMINAL_LEVELS} without an order): \
             leave it out, put rare names together, or list it under data.ordered if their order means something"
        ));
    }
    Ok(levels)
}

/// True for each feature whose numbers are names without an order.
fn nominal(policy: &Policy, features: &[Feature]) -> Vec<bool> {
    let is_nominal = |feature: &Feature| !feature.levels.is_empty() && !policy.data.ordered.contains(&feature.name);
    features.iter().map(is_nominal).collect()
}

/// Encodes the cells of a record as the model's numbers, in the order of `features`.
///
/// # Errors
/// [`Unencodable`] for a category that the contract did not have when the model was trained.
pub(crate) fn encode(
    features: &[Feature],
    cells: &[(&'static str, Cell)],
    row: &mut Vec<f64>,
) -> Result<(), Unencodable> {
    row.clear();
    for feature in features {
        let cell = find_cell(feature, cells);
        let unknown = || Unencodable { column: feature.name.clone(), value: cell.to_string() };
        row.push(feature.number(cell).ok_or_else(unknown)?);
    }
    Ok(())
}

/// The same, and true if the model knows every category. One that it does not know has a number beyond all others.
pub(crate) fn encode_known(features: &[Feature], cells: &[(&'static str, Cell)]) -> (Vec<f64>, bool) {
    let numbers = features.iter().map(|feature| feature.number(find_cell(feature, cells)));
    let numbers: Vec<Option<f64>> = numbers.collect();
    let is_known = numbers.iter().all(Option::is_some);
    let beyond = |feature: &Feature| feature.levels.len() as f64;
    let row = features.iter().zip(numbers).map(|(feature, number)| number.unwrap_or_else(|| beyond(feature)));
    (row.collect(), is_known)
}

fn find_cell<'a>(feature: &Feature, cells: &'a [(&'static str, Cell)]) -> &'a Cell {
    cells.iter().find(|(name, _)| *name == feature.name).map_or(&Cell::Missing, |(_, cell)| cell)
}

/// One protected attribute over all rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The column's name.
    pub name: String,
    /// Every group that the contract allows.
    pub groups: Vec<String>,
    /// The groups that the policy wants judged.
    pub judged: Vec<String>,
    /// The group of each row, as a place in `groups`.
    pub group_of: Vec<usize>,
}

/// All rows as arrays.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The encodings of the columns as numbers.
    pub features: Vec<Feature>,
    /// The encoded features.
    pub matrix: Matrix,
    /// The label of each row.
    pub labels: Vec<bool>,
    /// The protected attributes, by name.
    pub attributes: Vec<Attribute>,
    /// The person or household of each row, by the first row that has it; empty if the policy names no such column.
    pub persons: Vec<usize>,
}

impl Attribute {
    /// The groups of the rows at these places, in this order.
    #[must_use]
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        let Self { name, groups, judged, group_of } = self;
        let group_of = rows.iter().map(|row| group_of[*row]).collect();
        Self { name: name.clone(), groups: groups.clone(), judged: judged.clone(), group_of }
    }
}

impl Frame {
    /// The rows at these places, in this order.
    #[must_use]
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        Self {
            features: self.features.clone(),
            matrix: self.matrix.select(rows),
            persons: rows.iter().filter_map(|row| self.persons.get(*row).copied()).collect(),
            ..self.select_labels(rows)
        }
    }

    /// The labels and the groups of the rows at these places, in this order, without features.
    #[must_use]
    pub(crate) fn select_labels(&self, rows: &[usize]) -> Self {
        Self {
            features: Vec::new(),
            matrix: Matrix::new(0),
            labels: rows.iter().map(|row| self.labels[*row]).collect(),
            attributes: self.attributes.iter().map(|attribute| attribute.select(rows)).collect(),
            persons: Vec::new(),
        }
    }

    /// For each row its group by all of these attributes together, as a number; empty without attributes. A name that
    /// is no attribute tells nothing.
    #[must_use]
    pub(crate) fn joint_groups(&self, attributes: &[String]) -> Vec<u32> {
        let named: Vec<&Attribute> = self.attributes.iter().filter(|one| attributes.contains(&one.name)).collect();
        let group = |row: usize| named.iter().fold(0, |joint, one| joint * one.groups.len() + one.group_of[row]);
        let rows = if named.is_empty() { 0 } else { self.labels.len() };
        (0..rows).map(|row| group(row) as u32).collect()
    }

    /// Encodes checked rows as the policy asks.
    ///
    /// # Errors
    /// [`FrameError`] when policy and contract do not fit, or a row lacks its label or a protected attribute.
    pub fn new<R: Record>(policy: &Policy, contract: &Contract<R>, rows: &[R]) -> Result<Self, FrameError> {
        let mut features = features(policy, contract)?;
        policy.data.id.as_ref().map_or(Ok(()), |id| known(contract, id, "the id").map(|_| ()))?;
        known(contract, &policy.data.label, "the label")?;
        let mut attributes = attributes(policy, contract)?;
        let mut persons = Persons::new(policy, contract)?;
        let mut matrix = Matrix::new(features.len()).with_nominal(nominal(policy, &features));
        let mut labels = Vec::with_capacity(rows.len());
        let mut encoded = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            // The header is line 1. A quoted line break would move this by a line; the contract has no free text.
            let line = index + 2;
            let broken = |column: &str, value: String, problem| FrameError::Row {
                line,
                column: column.to_owned(),
                value,
                problem,
            };
            let cells = cells::read(row).map_err(|e| broken("", e.to_string(), "is not a flat record"))?;
            encode(&features, &cells, &mut encoded).map_err(|error| {
                broken(&error.column, error.value, "is not a value of the contract, nor a name of data.categories")
            })?;
            for (feature, value) in features.iter_mut().zip(&encoded) {
                feature.may_be_missing |= is_missing(*value);
            }
            matrix.push(&encoded);
            persons.push(&cells);
            labels.push(
                label(&cells, &policy.data.label)
                    .map_err(|value| broken(&policy.data.label, value, "a label is 0 or 1"))?,
            );
            for attribute in &mut attributes {
                let unknown = "a protected attribute must be known in the data, if only as undisclosed";
                let place = group(policy, &cells, attribute);
                attribute.group_of.push(place.map_err(|value| broken(&attribute.name, value, unknown))?);
            }
        }
        Ok(Self { features, matrix, labels, attributes, persons: persons.first_of })
    }
}

/// The rows by person, as they are read.
struct Persons<'a> {
    column: Option<&'a str>,
    first: BTreeMap<String, usize>,
    first_of: Vec<usize>,
}

impl<'a> Persons<'a> {
    fn new<R: Record>(policy: &'a Policy, contract: &Contract<R>) -> Result<Self, FrameError> {
        let column = policy.data.person.as_deref();
        column.map_or(Ok(()), |column| known(contract, column, "the person").map(|_| ()))?;
        Ok(Self { column, first: BTreeMap::new(), first_of: Vec::new() })
    }

    /// A row without a name is a person of its own.
    fn push(&mut self, cells: &[(&'static str, Cell)]) {
        let Some(column) = self.column else { return };
        let row = self.first_of.len();
        let person = cell(cells, column).filter(|cell| **cell != Cell::Missing).map(Cell::to_string);
        self.first_of.push(person.map_or(row, |person| *self.first.entry(person).or_insert(row)));
    }
}

pub(crate) fn cell<'a>(cells: &'a [(&'static str, Cell)], name: &str) -> Option<&'a Cell> {
    cells.iter().find(|(column, _)| *column == name).map(|(_, cell)| cell)
}

/// A row's label, or the value that is none.
pub(crate) fn label(cells: &[(&'static str, Cell)], name: &str) -> Result<bool, String> {
    match cell(cells, name) {
        Some(Cell::Number(number)) if number.to_bits() == 0 => Ok(false),
        Some(Cell::Number(number)) if number.to_bits() == 1.0_f64.to_bits() => Ok(true),
        other => Err(other.map(Cell::to_string).unwrap_or_default()),
    }
}

/// For each row, true if it has 1 in a column.
///
/// # Errors
/// [`FrameError`] when the record lacks the column, or a row has something else than 0 or 1 there.
pub(crate) fn marked<R: Record>(contract: &Contract<R>, column: &str, rows: &[R]) -> Result<Vec<bool>, FrameError> {
    known(contract, column, "a column that marks rows")?;
    let mark = |(index, row): (usize, &R)| {
        let broken =
            |value: String, problem| FrameError::Row { line: index + 2, column: column.to_owned(), value, problem };
        let cells = cells::read(row).map_err(|error| broken(error.to_string(), "is not a flat record"))?;
        label(&cells, column).map_err(|value| broken(value, "must be 1 for a row that the column marks, else 0"))
    };
    rows.iter().enumerate().map(mark).collect()
}

/// The place of a row's group among an attribute's, or the value that is none of them.
fn group(policy: &Policy, cells: &[(&'static str, Cell)], attribute: &Attribute) -> Result<usize, String> {
    let value = cell(cells, &attribute.name).map(Cell::to_string).unwrap_or_default();
    let judged_as = policy.data.judged_as(&attribute.name, &value);
    attribute.groups.iter().position(|group| group == judged_as).ok_or(value)
}

/// The protected attributes of a policy, as the contract describes them, without rows.
///
/// # Errors
/// [`FrameError::Column`] when the record lacks one, or has it as something else than a category.
pub(crate) fn attributes<R: Record>(policy: &Policy, contract: &Contract<R>) -> Result<Vec<Attribute>, FrameError> {
    let role = "a protected attribute";
    let one = |(name, judged): (&String, &Vec<String>)| {
        let Kind::Choice(groups) = &known(contract, name, role)?.kind else {
            return Err(unfit(name, role, "it is not a category".to_owned()));
        };
        let groups = pooled_groups(policy, name, groups).map_err(|problem| unfit(name, role, problem))?;
        if let Some(unknown) = judged.iter().find(|group| !groups.contains(group)) {
            return Err(unfit(name, role, format!("it has no group `{unknown}` (groups: {})", groups.join(", "))));
        }
        Ok(Attribute { name: name.clone(), groups, judged: judged.clone(), group_of: Vec::new() })
    };
    policy.data.protected.iter().map(one).collect()
}

/// The groups of an attribute as they are judged: those of the contract, with each pool in the place of its first
/// group.
fn pooled_groups(policy: &Policy, attribute: &str, groups: &[String]) -> Result<Vec<String>, String> {
    let listed = || format!("(groups: {})", groups.join(", "));
    for (_, name, pool) in policy.data.pools().filter(|(of, ..)| *of == attribute) {
        if groups.iter().any(|group| group == name) {
            return Err(format!("the pool `{name}` has the name of one of its groups {}", listed()));
        }
        if let Some(unknown) = pool.groups.iter().find(|group| !groups.contains(group)) {
            return Err(format!("the pool `{name}` holds `{unknown}`, which is no group of it {}", listed()));
        }
    }
    let mut judged: Vec<String> = Vec::new();
    for group in groups {
        let name = policy.data.judged_as(attribute, group);
        if !judged.iter().any(|known| known == name) {
            judged.push(name.to_owned());
        }
    }
    Ok(judged)
}

fn known<'a, R: Record>(
    contract: &'a Contract<R>,
    name: &str,
    role: &'static str,
) -> Result<&'a crate::data::contract::Column, FrameError> {
    contract.column(name).ok_or_else(|| {
        let columns: Vec<_> = contract.columns().iter().map(|column| column.name.as_str()).collect();
        unfit(name, role, format!("the record has no such column (columns: {})", columns.join(", ")))
    })
}

fn unfit(column: &str, role: &'static str, problem: String) -> FrameError {
    FrameError::Column { column: column.to_owned(), role, problem }
}
