//! Expressions over the values of a row: the fault of each, its bin, and if the program refers the row for it.

use andon::data::faults::ValueFault;
use andon::data::frame::Feature;
use andon::data::matrix::MISSING;
use andon::partial::released::{ReleasedModel, encoded};
use andon::{Column, Kind};

use crate::scores::sql::dialect::Dialect;

/// The largest number of 64 bits.
const LARGEST: f64 = f64::MAX;

/// The largest whole number that is exact in 64 bits, with all below it.
const LARGEST_EXACT_WHOLE: f64 = 9_007_199_254_740_991.0;

/// The first fault of a value, in words; nothing if there is none. `t` is the text of the value, `n` its number.
pub(super) fn fault(dialect: Dialect, column: &Column, at: usize) -> String {
    let blank = if column.required { ValueFault::Blank.to_string() } else { String::new() };
    let mut cases = format!("CASE WHEN t{at} IS NULL THEN {}", dialect.text(&blank));
    for fault in column.faults().filter(|fault| *fault != ValueFault::Blank) {
        let number = |number| dialect.number(number);
        let is_so = match (fault, &column.kind) {
            (ValueFault::NotANumber, _) => format!("n{at} IS NULL OR ABS(n{at}) > {}", number(LARGEST)),
            (ValueFault::Below(min), _) => format!("n{at} < {}", number(min)),
            (ValueFault::Above(max), _) => format!("n{at} > {}", number(max)),
            (ValueFault::NotWhole, _) => {
                format!("n{at} <> FLOOR(n{at}) OR ABS(n{at}) > {}", number(LARGEST_EXACT_WHOLE))
            }
            (ValueFault::NotAFlag, _) => format!("t{at} NOT IN ('true', 'false')"),
            (ValueFault::NotListed, Kind::Choice(names)) if !names.is_empty() => {
                let names: Vec<String> = names.iter().map(|name| dialect.text(name)).collect();
                format!("t{at} NOT IN ({})", names.join(", "))
            }
            (ValueFault::NotListed | ValueFault::Blank, _) => "TRUE".to_owned(),
        };
        cases += &format!("\n      WHEN {is_so} THEN {}", dialect.text(&fault.to_string()));
    }
    cases + " ELSE '' END"
}

/// A feature of the model, with the place of its column among those of the table.
pub(super) struct QueriedFeature<'a> {
    pub(super) feature: &'a Feature,
    pub(super) column: &'a Column,
    pub(super) at: usize,
}

impl QueriedFeature<'_> {
    /// The bin of the value among those that begin at `starts`.
    pub(super) fn bin(&self, dialect: Dialect, starts: &[f64]) -> String {
        let Self { at, .. } = self;
        let bin = |value: f64| starts.partition_point(|start| *start <= value).to_string();
        let below = starts
            .iter()
            .enumerate()
            .map(|(bin, start)| format!("WHEN n{at} < {} THEN '{bin}'", dialect.number(*start)));
        let of_number = format!("{} ELSE '{}'", below.collect::<Vec<_>>().join("\n      "), starts.len());
        self.by_value(dialect, bin, &of_number)
    }

    /// `outside` if the program refers the row for this value; none if it never does.
    pub(super) fn outside(&self, dialect: Dialect, released: &ReleasedModel) -> Option<String> {
        let Self { feature, column, at } = self;
        let range = released.model().validated(&feature.name);
        if range.is_none() && (feature.may_be_missing || column.required) {
            return None;
        }
        let said = |is_outside: bool| if is_outside { OUTSIDE } else { INSIDE }.to_owned();
        let answer = |value: f64| match range {
            _ if value.to_bits() == MISSING.to_bits() => said(!feature.may_be_missing),
            Some(range) => said(value < range.min || value > range.max),
            None => said(false),
        };
        let of_number = match range {
            Some(range) => format!(
                "WHEN n{at} < {} OR n{at} > {} THEN '{OUTSIDE}' ELSE '{INSIDE}'",
                dialect.number(range.min),
                dialect.number(range.max)
            ),
            None => format!("ELSE '{INSIDE}'"),
        };
        Some(self.by_value(dialect, answer, &of_number))
    }

    /// An answer that depends on the encoded value; of a number, by the cases that are given.
    fn by_value(&self, dialect: Dialect, answer: impl Fn(f64) -> String, of_number: &str) -> String {
        let Self { feature, column, at } = self;
        let names = match &column.kind {
            Kind::Number { .. } => {
                return format!("CASE WHEN t{at} IS NULL THEN '{}' {of_number} END", answer(MISSING));
            }
            Kind::Flag => vec!["true".to_owned(), "false".to_owned()],
            Kind::Choice(names) => names.clone(),
            Kind::Text => feature.levels.clone(),
        };
        let named = names.iter().map(|name| (name, answer(encoded(feature, column, name))));
        let named = named.map(|(name, answer)| format!(" WHEN t{at} = {} THEN '{answer}'", dialect.text(name)));
        // Any other name is the last one of the model.
        let other = answer(feature.levels.len().saturating_sub(1) as f64);
        format!("CASE WHEN t{at} IS NULL THEN '{}'{} ELSE '{other}' END", answer(MISSING), named.collect::<String>())
    }
}

/// The answers of a column that may refer a row.
pub(in crate::scores) const OUTSIDE: &str = "outside";
pub(in crate::scores) const INSIDE: &str = "inside";
