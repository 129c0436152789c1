//! Rows with a score, an outcome and protected attributes, as arrays.

use std::collections::BTreeMap;

use andon::Frame;
use andon::data::frame::Attribute;
use andon::data::matrix::Matrix;
use andon::model::score::Score;
use andon_evidence::policy::Data;

/// The group of rows that do not state an attribute. It is never judged as a group.
pub(crate) const NOT_STATED: &str = "not stated";

/// The columns that are read.
#[derive(Debug, Clone)]
pub(crate) struct ScoredColumns {
    /// The outcome.
    pub(crate) label: String,
    /// The value of the outcome that is the better one for the person.
    pub(crate) favourable: String,
    /// The probability of that outcome.
    pub(crate) score: String,
    /// The protected attributes.
    pub(crate) protected: Vec<ProtectedColumn>,
}

/// A protected attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProtectedColumn {
    /// The column in the file.
    pub(crate) column: String,
    /// The name in the ids of gates: small letters, digits and `_`.
    pub(crate) name: String,
}

impl ProtectedColumn {
    /// A column whose name a policy has checked.
    pub(crate) fn same(column: &str) -> Self {
        Self { column: column.to_owned(), name: column.to_owned() }
    }

    /// A column under a name that the id of a gate can hold.
    pub(crate) fn new(column: &str) -> Self {
        let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        let name: String = column.chars().map(letter).collect();
        Self { column: column.to_owned(), name: name.trim_matches('_').to_owned() }
    }
}

impl ScoredColumns {
    /// The names of all columns: outcome, score, protected attributes.
    pub(crate) fn names(&self) -> Vec<&str> {
        let protected = self.protected.iter().map(|one| one.column.as_str());
        [self.label.as_str(), self.score.as_str()].into_iter().chain(protected).collect()
    }

    /// A column that has two parts, such as a score that is the outcome itself.
    pub(crate) fn doubled(&self) -> Option<&str> {
        let columns = self.names();
        columns.iter().enumerate().find(|(at, column)| columns[..*at].contains(column)).map(|(_, column)| *column)
    }
}

/// The groups that are judged.
#[derive(Debug, Clone)]
pub(crate) enum JudgedGroups {
    /// Those that the policy lists, its pools under their names.
    Listed(Box<Data>),
    /// Every group with at least so many rows.
    WithRows(u64),
}

impl JudgedGroups {
    /// The name under which a group of an attribute is judged.
    pub(crate) fn name_of<'a>(&'a self, attribute: &str, group: &'a str) -> &'a str {
        match self {
            Self::Listed(data) => data.judged_as(attribute, group),
            Self::WithRows(_) => group,
        }
    }
}

/// All rows of a file.
#[derive(Debug, Clone)]
pub(crate) struct ScoredRows {
    /// The labels and the groups, without features.
    pub(crate) frame: Frame,
    /// The score of each row.
    pub(crate) scores: Vec<Score>,
    /// Digest of the file.
    pub(crate) sha256: String,
}

/// One protected attribute while rows are read.
#[derive(Debug)]
pub(crate) struct GroupsSeen {
    name: String,
    places: BTreeMap<String, usize>,
    rows: Vec<u64>,
    group_of: Vec<usize>,
}

impl GroupsSeen {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), places: BTreeMap::new(), rows: Vec::new(), group_of: Vec::new() }
    }

    /// Counts a row. Gives the number of groups so far.
    pub(crate) fn count(&mut self, value: &str) -> usize {
        let value = if value.is_empty() { NOT_STATED } else { value };
        let place = self.places.get(value).copied().unwrap_or_else(|| {
            self.places.insert(value.to_owned(), self.rows.len());
            self.rows.push(0);
            self.rows.len() - 1
        });
        self.rows[place] += 1;
        self.group_of.push(place);
        self.rows.len()
    }

    /// The attribute with its groups in the order of their names, whatever the order of the rows.
    pub(crate) fn into_attribute(self, judged: &JudgedGroups) -> Attribute {
        let mut order = vec![0; self.rows.len()];
        self.places.values().enumerate().for_each(|(at, place)| order[*place] = at);
        let is_large = |place: &usize, least: u64| self.rows[*place] >= least;
        let judged = match judged {
            JudgedGroups::Listed(data) => data.protected.get(&self.name).cloned().unwrap_or_default(),
            JudgedGroups::WithRows(least) => {
                let large = self.places.iter().filter(|(name, place)| *name != NOT_STATED && is_large(place, *least));
                large.map(|(name, _)| name.clone()).collect()
            }
        };
        let listed_without_rows = judged.iter().filter(|name| !self.places.contains_key(*name)).cloned();
        Attribute {
            groups: self.places.keys().cloned().chain(listed_without_rows).collect(),
            judged,
            group_of: self.group_of.into_iter().map(|place| order[place]).collect(),
            name: self.name,
        }
    }
}

/// The frame of rows that have labels and groups, and no features.
pub(crate) fn frame(labels: Vec<bool>, attributes: Vec<Attribute>) -> Frame {
    Frame { features: Vec::new(), matrix: Matrix::new(1), labels, attributes, persons: Vec::new() }
}
