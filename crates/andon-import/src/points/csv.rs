//! A table of points as CSV.
//!
//! ```text
//! feature,from,to,points
//! *,,,-1.5
//! income,,2000,-0.25
//! income,2000,,0.5
//! income,missing,,0
//! housing,rent,,-0.1
//! housing,,,0
//! ```
//!
//! The row `*` is what all start with. A number gets the points of the row from which it is, and below the end of
//! which: the rows of a feature follow each other without a gap, the first without a start and the last without an
//! end. A category has a row of its own; the row without a name is that of all others.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::FileFault;
use crate::points::table::{Bins, FeaturePoints, PointsTable};

pub(super) const HEAD: &str = "feature,from,to,points";

/// The start of the row of a missing value.
const MISSING: &str = "missing";

/// One row of the table.
struct PointsRow {
    place: String,
    from: String,
    to: String,
    points: f64,
}

impl PointsRow {
    fn fault(&self, problem: impl Into<String>) -> FileFault {
        FileFault::new(&self.place, problem)
    }
}

pub(super) fn table(bytes: &[u8]) -> Result<PointsTable, FileFault> {
    let (base, by_feature) = lines(bytes)?;
    let features = by_feature.into_iter().map(|(name, lines)| feature(name, &lines)).collect::<Result<_, _>>()?;
    Ok(PointsTable { base, features })
}

/// A feature by its name, with its rows.
type FeatureRows = (String, Vec<PointsRow>);

/// The points that all start with, and the rows of each feature, in the order in which features first occur.
fn lines(bytes: &[u8]) -> Result<(f64, Vec<FeatureRows>), FileFault> {
    let mut base = None;
    let mut by_feature: Vec<FeatureRows> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for record in ::csv::Reader::from_reader(bytes).into_records() {
        let record = record.map_err(|error| FileFault::new("table", error.to_string()))?;
        let place = format!("line {}", record.position().map_or(0, ::csv::Position::line));
        let cell = |at: usize| record.get(at).unwrap_or_default().trim().to_owned();
        let points: f64 = cell(3).parse().unwrap_or(f64::NAN);
        let line = PointsRow { place, from: cell(1), to: cell(2), points };
        if !points.is_finite() {
            return Err(line.fault(format!("its points are `{}`, not a number", cell(3))));
        }
        match cell(0).as_str() {
            "*" if base.is_some() => return Err(line.fault("the points that all start with are there twice")),
            "*" => base = Some(points),
            name => {
                let place = *places.entry(name.to_owned()).or_insert(by_feature.len());
                match by_feature.get_mut(place) {
                    Some((_, lines)) => lines.push(line),
                    None => by_feature.push((name.to_owned(), vec![line])),
                }
            }
        }
    }
    let base = base.ok_or_else(|| FileFault::new("table", "it has no row `*` with the points that all start with"))?;
    Ok((base, by_feature))
}

fn feature(name: String, lines: &[PointsRow]) -> Result<FeaturePoints, FileFault> {
    let first = || FileFault::new("table", "a feature has no rows");
    let place = lines.first().ok_or_else(first)?.place.clone();
    let missing: Vec<f64> = lines.iter().filter(|line| line.from == MISSING).map(|line| line.points).collect();
    let present: Vec<&PointsRow> = lines.iter().filter(|line| line.from != MISSING).collect();
    if missing.len() > 1 || present.is_empty() {
        return Err(FileFault::new(place, "its feature has no row of a present value, or two of a missing one"));
    }
    let bins = if are_categories(&present) { by_category(&present)? } else { by_number(&present)? };
    Ok(FeaturePoints { place, name, missing: missing.first().copied().unwrap_or(0.0), bins })
}

/// True for the rows of categories: some name is no number, and no row has an end.
fn are_categories(lines: &[&PointsRow]) -> bool {
    let is_number = lines.iter().all(|line| line.from.is_empty() || line.from.parse::<f64>().is_ok());
    !is_number && lines.iter().all(|line| line.to.is_empty())
}

fn by_category(lines: &[&PointsRow]) -> Result<Bins, FileFault> {
    let mut others = None;
    let mut named: Vec<(String, f64)> = Vec::new();
    let mut names = BTreeSet::new();
    for line in lines {
        if line.from.is_empty() && others.replace(line.points).is_some() {
            return Err(line.fault("the row of all other categories is there twice"));
        } else if !names.insert(&line.from) && !line.from.is_empty() {
            return Err(line.fault(format!("the row of `{}` is there twice", line.from)));
        } else if !line.from.is_empty() {
            named.push((line.from.clone(), line.points));
        }
    }
    let none = || FileFault::new(&lines[0].place, "its feature has no row of all other categories");
    Ok(Bins::Categories(named, others.ok_or_else(none)?))
}

fn by_number(lines: &[&PointsRow]) -> Result<Bins, FileFault> {
    let mut ends: Vec<(f64, f64)> = Vec::new();
    let mut end = "";
    for (at, line) in lines.iter().enumerate() {
        let is_last = at + 1 == lines.len();
        if line.from != end || line.to.is_empty() != is_last {
            let due = if end.is_empty() { "none".to_owned() } else { format!("`{end}`") };
            return Err(
                line.fault(format!("its start is `{}`; due is {due}, and an end unless it is the last", line.from))
            );
        }
        if is_last {
            return Ok(Bins::Numbers(ends, line.points));
        }
        let is_above = |number: &f64| number.is_finite() && ends.last().is_none_or(|(last, _)| number > last);
        let number = line.to.parse().ok().filter(is_above);
        let no_end = || line.fault(format!("its end `{}` is not a number above the one before", line.to));
        ends.push((number.ok_or_else(no_end)?, line.points));
        end = &line.to;
    }
    Err(FileFault::new("table", "a feature has no rows"))
}
