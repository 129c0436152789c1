//! Rows with a score, an outcome and protected attributes: their columns and their groups.

use std::collections::BTreeMap;
use std::sync::Arc;

use andon::data::frame::Attribute;
use andon::partial::counts::{PartialTally, ScoreSource, TallyScope};
use andon::partial::released::ReleasedModel;
use andon::{Column, Kind};
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
    /// SHA-256 of the policy that names them; none without a policy.
    pub(crate) policy_sha256: Option<String>,
    /// The model whose scores these are; none if nobody named it.
    pub(crate) released: Option<Arc<ReleasedModel>>,
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
    /// The names of outcome, score and protected attributes.
    pub(crate) fn names(&self) -> Vec<&str> {
        let protected = self.protected.iter().map(|one| one.column.as_str());
        [self.label.as_str(), self.score.as_str()].into_iter().chain(protected).collect()
    }

    /// The columns that each row is held against: those of the contract, if the model was named, with an outcome that
    /// must be there; and the score, a probability.
    pub(crate) fn checked(&self) -> Vec<Column> {
        let column =
            |name: &str, kind| Column { name: name.to_owned(), description: String::new(), required: true, kind };
        let mut columns = match &self.released {
            Some(released) => released.columns().to_vec(),
            None => vec![column(&self.label, Kind::Text)],
        };
        columns.iter_mut().filter(|column| column.name == self.label).for_each(|label| label.required = true);
        columns.push(column(&self.score, Kind::Number { whole: false, min: Some(0.0), max: Some(1.0) }));
        columns
    }

    /// True if a table must have this column, if only with blanks: it has a part of its own, or each row has a value.
    pub(crate) fn must_have(&self, column: &Column) -> bool {
        let mut features = self.released.iter().flat_map(|released| released.features());
        let is_feature = features.any(|(feature, _)| feature.name == column.name);
        column.required || is_feature || self.names().contains(&column.name.as_str())
    }

    /// The question that counts of these columns answer.
    pub(crate) fn scope(&self) -> TallyScope {
        let column = self.score.clone();
        let scores = match &self.released {
            Some(released) => ScoreSource::ColumnOf { column, model_sha256: released.model_sha256().to_owned() },
            None => ScoreSource::Column(column),
        };
        TallyScope {
            scores,
            label: self.label.clone(),
            favourable: self.favourable.clone(),
            protected: self.protected.iter().map(|one| one.column.clone()).collect(),
            policy_sha256: self.policy_sha256.clone(),
            contract_sha256: self.released.as_ref().map(|released| released.contract_sha256().to_owned()),
        }
    }

    /// No rows of these columns yet.
    pub(crate) fn tally(&self) -> PartialTally {
        let tally = PartialTally::new(self.scope());
        match &self.released {
            Some(released) => tally.with_bins_of(released.model()),
            None => tally,
        }
    }

    /// A column that has two parts, such as a score that is the outcome itself.
    pub(crate) fn doubled(&self) -> Option<&str> {
        let mut columns = self.names();
        let contract = self.released.iter().flat_map(|released| released.columns());
        columns.extend(contract.map(|column| column.name.as_str()).filter(|name| *name == self.score));
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

impl JudgedGroups {
    /// The groups of an attribute that are judged, of those with so many rows.
    fn judged(&self, attribute: &str, rows: &BTreeMap<String, u64>) -> Vec<String> {
        match self {
            Self::Listed(data) => data.protected.get(attribute).cloned().unwrap_or_default(),
            Self::WithRows(least) => {
                let large = rows.iter().filter(|(name, rows)| *name != NOT_STATED && **rows >= *least);
                large.map(|(name, _)| name.clone()).collect()
            }
        }
    }

    /// The counts under the names of the judged groups, and the attributes with these groups in the order of their
    /// names, whatever the order of the rows.
    pub(crate) fn grouped(
        &self,
        counts: &PartialTally,
        protected: &[ProtectedColumn],
    ) -> (PartialTally, Vec<Attribute>) {
        let name_of = |column: &str, group: &str| {
            let attribute = protected.iter().find(|one| one.column == column).map_or(column, |one| &one.name);
            let name = self.name_of(attribute, group);
            if name.is_empty() { NOT_STATED.to_owned() } else { name.to_owned() }
        };
        let counts = counts.with_groups(name_of);
        let attributes = protected.iter().enumerate().map(|(at, one)| {
            let rows = counts.group_rows(at);
            let judged = self.judged(&one.name, &rows);
            let listed_without_rows = judged.iter().filter(|name| !rows.contains_key(*name)).cloned();
            let groups = rows.keys().cloned().chain(listed_without_rows).collect();
            Attribute { name: one.name.clone(), groups, judged, group_of: Vec::new() }
        });
        let attributes = attributes.collect();
        (counts, attributes)
    }
}
