//! Parts put together: each once, all of the same question, none missing.

use std::collections::BTreeSet;

use crate::partial::counts::{MAX_TALLY_ROWS, PartialTally, ScoreCounts, ScoreSource, TallyPart, TallyScope};

/// Parts do not add up to the whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddError {
    /// There is nothing to add up.
    #[error("no part was given")]
    Nothing,
    /// Two parts answer different questions.
    #[error("part `{part}` is of another {what}: {found}; the parts before it: {expected}")]
    Another {
        /// The part.
        part: String,
        /// The difference: model, policy, outcome and so on.
        what: &'static str,
        /// The part has this.
        found: String,
        /// The parts before it have this.
        expected: String,
    },
    /// A part is there twice.
    #[error("part `{part}` is counted twice{also}")]
    Doubled {
        /// The part.
        part: String,
        /// The other name under which it is there.
        also: String,
    },
    /// Parts are missing.
    #[error("{0}")]
    Missing(String),
    /// A part is there that nobody expects.
    #[error("part `{0}` is not one of those that are expected")]
    Unexpected(String),
    /// There are more rows than can be counted.
    #[error("the parts have more than {MAX_TALLY_ROWS} rows")]
    TooMany,
}

/// The parts that make the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedParts {
    /// So many.
    Count(usize),
    /// These names.
    Names(BTreeSet<String>),
}

impl ExpectedParts {
    /// Checks that a tally holds exactly these parts.
    ///
    /// ```
    /// use andon::partial::adding::ExpectedParts;
    /// use andon::partial::counts::{PartialTally, ScoreSource, TallyScope};
    /// let scope = TallyScope {
    ///     scores: ScoreSource::Column("p".to_owned()),
    ///     label: "ok".to_owned(),
    ///     favourable: "1".to_owned(),
    ///     protected: Vec::new(),
    ///     policy_sha256: None,
    ///     contract_sha256: None,
    /// };
    /// let tally = PartialTally::new(scope).into_part(Some("north"), "00");
    /// assert_eq!(ExpectedParts::Count(1).check(&tally), Ok(()));
    /// let names = ["north", "south"].map(str::to_owned).into();
    /// let missing = ExpectedParts::Names(names).check(&tally).unwrap_err();
    /// assert_eq!(missing.to_string(), "part `south` is missing; there are: north");
    /// ```
    ///
    /// # Errors
    /// [`AddError`] names the first part that is missing, or that nobody expects.
    pub fn check(&self, tally: &PartialTally) -> Result<(), AddError> {
        let there = || tally.parts.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        match self {
            Self::Count(count) if tally.parts.len() == *count => Ok(()),
            Self::Count(count) => {
                let found = tally.parts.len();
                Err(AddError::Missing(format!("{count} parts are expected, and there are {found}: {}", there())))
            }
            Self::Names(names) => {
                if let Some(part) = tally.parts.keys().find(|part| !names.contains(*part)) {
                    return Err(AddError::Unexpected(part.clone()));
                }
                match names.iter().find(|name| !tally.parts.contains_key(*name)) {
                    Some(name) => Err(AddError::Missing(format!("part `{name}` is missing; there are: {}", there()))),
                    None => Ok(()),
                }
            }
        }
    }
}

impl PartialTally {
    /// Adds other parts. After an error the counts are as they were.
    ///
    /// # Errors
    /// [`AddError`] names the part that does not belong here.
    pub fn add(&mut self, other: Self) -> Result<(), AddError> {
        self.check_same_scope(&other)?;
        self.check_no_part_twice(&other)?;
        if self.rows().saturating_add(other.rows()) > MAX_TALLY_ROWS {
            return Err(AddError::TooMany);
        }
        self.unfavourable = self.unfavourable.take().or(other.unfavourable);
        self.parts.extend(other.parts);
        for (groups, cell) in other.cells {
            let own = self.cells.entry(groups).or_default();
            for (label, is_referred, counts) in cell.sides() {
                add_counts(own.side(label, is_referred), counts);
            }
        }
        self.broken_rows += other.broken_rows;
        for (value, count) in other.broken {
            *self.broken.entry(value).or_default() += count;
        }
        for (column, count) in other.outside {
            *self.outside.entry(column).or_default() += count;
        }
        for ((_, own), (_, more)) in self.drift.iter_mut().zip(other.drift) {
            own.iter_mut().zip(more).for_each(|(own, more)| *own += more);
        }
        Ok(())
    }

    fn check_same_scope(&self, other: &Self) -> Result<(), AddError> {
        let part = other.parts.keys().next().cloned().unwrap_or_default();
        let mut pairs = scope_words(&self.scope).into_iter().zip(scope_words(&other.scope));
        if let Some(((what, expected), (_, found))) = pairs.find(|((_, own), (_, other))| own != other) {
            return Err(AddError::Another { part, what, found, expected });
        }
        if let (Some(expected), Some(found)) = (&self.unfavourable, &other.unfavourable)
            && expected != found
        {
            let what = "unfavourable outcome";
            return Err(AddError::Another { part, what, found: found.clone(), expected: expected.clone() });
        }
        let bins = |tally: &Self| tally.drift.iter().map(|(name, bins)| (name.clone(), bins.len())).collect::<Vec<_>>();
        if bins(self) == bins(other) {
            return Ok(());
        }
        let words = |tally: &Self| format!("{:?}", bins(tally));
        Err(AddError::Another { part, what: "set of bins", found: words(other), expected: words(self) })
    }

    /// Two empty parts may be the same bytes: they count nothing twice.
    fn check_no_part_twice(&self, other: &Self) -> Result<(), AddError> {
        for part in other.parts.values() {
            if self.parts.contains_key(&part.name) {
                return Err(AddError::Doubled { part: part.name.clone(), also: String::new() });
            }
            let same = |own: &&TallyPart| own.rows > 0 && own.input_sha256 == part.input_sha256;
            if let Some(own) = self.parts.values().find(same) {
                let also = format!(": its input is that of part `{}`, SHA-256 {}", own.name, own.input_sha256);
                return Err(AddError::Doubled { part: part.name.clone(), also });
            }
        }
        Ok(())
    }
}

fn add_counts(own: &mut ScoreCounts, more: &ScoreCounts) {
    for (score, rows) in more {
        *own.entry(*score).or_default() += rows;
    }
}

/// The members of a scope, each with its name.
fn scope_words(scope: &TallyScope) -> [(&'static str, String); 6] {
    let scores = match &scope.scores {
        ScoreSource::Model(sha256) => format!("model {sha256}"),
        ScoreSource::Column(column) => format!("score column {column}"),
        ScoreSource::ColumnOf { column, model_sha256 } => format!("score column {column} of model {model_sha256}"),
    };
    let or_none = |sha256: &Option<String>| sha256.clone().unwrap_or_else(|| "none".to_owned());
    [
        ("model", scores),
        ("policy", or_none(&scope.policy_sha256)),
        ("contract", or_none(&scope.contract_sha256)),
        ("outcome", scope.label.clone()),
        ("favourable outcome", scope.favourable.clone()),
        ("set of protected attributes", scope.protected.join(", ")),
    ]
}
