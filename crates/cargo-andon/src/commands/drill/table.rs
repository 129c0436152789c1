//! The data file, as text in rows and columns.

use std::collections::BTreeSet;

use andon_evidence::policy::Policy;
use anyhow::{Context, Result};

use super::not_here::NotHere;

/// A feature with no more different numbers than this is a code, a class or a flag.
const MIN_NUMBERS: usize = 20;

/// The data file, as text.
pub(crate) struct Table {
    header: Vec<String>,
    /// The rows, each as long as the header.
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn parse(content: &str) -> Result<Self> {
        let mut reader = csv::Reader::from_reader(content.as_bytes());
        let text = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
        let header = text(reader.headers()?);
        let rows = reader.records().map(|record| record.map(|record| text(&record))).collect::<Result<_, _>>()?;
        Ok(Self { header, rows })
    }

    pub(super) fn to_csv(&self) -> Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.header)?;
        for row in &self.rows {
            writer.write_record(row)?;
        }
        Ok(String::from_utf8(writer.into_inner().map_err(|error| error.into_error())?)?)
    }

    /// The place of a column.
    pub(crate) fn column(&self, name: &str) -> Result<usize> {
        self.header.iter().position(|column| column == name).with_context(|| format!("there is no column {name}"))
    }

    /// Exchanges the names of two columns.
    pub(crate) fn swap_names(&mut self, a: usize, b: usize) {
        self.header.swap(a, b);
    }

    /// The lowest and the highest value of a column that occur, as text.
    pub(crate) fn ends(&self, column: usize) -> Result<(String, String)> {
        let values = self.rows.iter().map(|row| row[column].as_str()).filter(|value| !value.is_empty());
        let mut values: Vec<&str> = values.collect();
        let of = |value: &str| value.parse::<f64>().unwrap_or(f64::NAN);
        values.sort_by(|a, b| of(a).total_cmp(&of(b)).then(a.cmp(b)));
        let (lowest, highest) = values.first().zip(values.last()).context("the column is empty")?;
        Ok(((*lowest).to_owned(), (*highest).to_owned()))
    }

    /// The place of the feature with the most different numbers.
    pub(crate) fn number_feature(&self, policy: &Policy) -> Result<usize> {
        let different = |column: &usize| {
            let values: BTreeSet<&str> = self.rows.iter().map(|row| row[*column].as_str()).collect();
            let is_number = |value: &&str| value.is_empty() || value.parse::<f64>().is_ok();
            values.iter().all(is_number).then_some(values.len()).filter(|different| *different > MIN_NUMBERS)
        };
        let places: Vec<usize> =
            policy.data.features.iter().map(|feature| self.column(feature)).collect::<Result<_>>()?;
        let numbers = places.into_iter().filter_map(|column| Some((different(&column)?, column)));
        let none = || NotHere::because(format!("no feature has more than {MIN_NUMBERS} different numbers"));
        numbers.max().map(|(_, column)| column).ok_or_else(none)
    }
}
