//! A table of points: a scorecard, or the bins of any model that adds up.
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
//! The points are log-odds, and the row `*` is what all start with. A number gets the points of the row from which it
//! is, and below the end of which: the rows of a feature follow each other without a gap, the first without a start and
//! the last without an end. A category has a row of its own; the row without a name is that of all others. A feature
//! without a row for `missing` gives 0 points for a missing value.

use andon::data::frame::Feature;
use andon::model::forest::{Link, Precision, Sum};

use crate::Read;
use crate::columns::{Columns, FileColumns};
use crate::error::FileFault;
use crate::trees::{FileNode, GoesLeft, Trees};

const HEAD: &str = "feature,from,to,points";

/// True if a file begins as a table of points.
pub(crate) fn is_points(bytes: &[u8]) -> bool {
    bytes.starts_with(HEAD.as_bytes())
}

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

pub(crate) fn read(bytes: &[u8], features: Option<&[Feature]>) -> Result<Read, FileFault> {
    let (base, by_feature) = lines(bytes)?;
    let names: Vec<String> = by_feature.iter().map(|(name, _)| name.clone()).collect();
    let categories = by_feature.iter().map(|(_, lines)| category_names(lines)).collect();
    let columns = Columns::new(FileColumns { count: names.len(), names, categories }, features)?;
    let mut trees = Trees::default();
    for (column, (_, lines)) in by_feature.iter().enumerate() {
        let place = columns.place(column).map_err(|problem| lines[0].fault(problem))?;
        let nodes = tree(place, column, lines, &columns)?;
        trees.push(&nodes, 0)?;
    }
    let sum = Sum { base, link: Link::Logistic, precision: Precision::Double };
    let forest = trees.forest(columns.features.len(), sum)?;
    Ok(Read { library: "points", version: String::new(), forest, has_weights: false, columns })
}

/// The points that all start with, and the rows of each feature, in the order in which features first occur.
fn lines(bytes: &[u8]) -> Result<(f64, Vec<(String, Vec<PointsRow>)>), FileFault> {
    let mut base = None;
    let mut by_feature: Vec<(String, Vec<PointsRow>)> = Vec::new();
    for (at, record) in csv::Reader::from_reader(bytes).into_records().enumerate() {
        let place = format!("line {}", at + 2);
        let record = record.map_err(|error| FileFault::new(&place, error.to_string()))?;
        let cell = |at: usize| record.get(at).unwrap_or_default().trim().to_owned();
        let points: f64 = cell(3).parse().unwrap_or(f64::NAN);
        let line = PointsRow { place, from: cell(1), to: cell(2), points };
        if !points.is_finite() {
            return Err(line.fault(format!("its points are `{}`, not a number", cell(3))));
        }
        match cell(0).as_str() {
            "*" if base.is_some() => return Err(line.fault("the points that all start with are there twice")),
            "*" => base = Some(points),
            name => match by_feature.iter_mut().find(|(feature, _)| feature == name) {
                Some((_, lines)) => lines.push(line),
                None => by_feature.push((name.to_owned(), vec![line])),
            },
        }
    }
    let base = base.ok_or_else(|| FileFault::new("table", "it has no row `*` with the points that all start with"))?;
    Ok((base, by_feature))
}

/// The names of a feature's categories, in the order of the table; `None` for a number.
fn category_names(lines: &[PointsRow]) -> Option<Vec<String>> {
    let names = lines.iter().filter(|line| !line.from.is_empty() && line.from != MISSING);
    let names: Vec<String> = names.map(|line| line.from.clone()).collect();
    let is_number = names.iter().all(|name| name.parse::<f64>().is_ok());
    let has_ends = lines.iter().any(|line| !line.to.is_empty());
    (!is_number && !has_ends).then_some(names)
}

/// The start of the row of a missing value.
const MISSING: &str = "missing";

/// A feature as a tree: whether it is missing, then bin by bin from the last.
fn tree(feature: usize, column: usize, lines: &[PointsRow], columns: &Columns) -> Result<Vec<FileNode>, FileFault> {
    let missing = lines.iter().filter(|line| line.from == MISSING).map(|line| line.points);
    let missing: Vec<f64> = missing.collect();
    let present: Vec<&PointsRow> = lines.iter().filter(|line| line.from != MISSING).collect();
    if missing.len() > 1 || present.is_empty() {
        return Err(lines[0].fault("its feature has no row of a present value, or two of a missing one"));
    }
    let questions = match category_names(lines) {
        Some(_) => by_category(column, &present, columns)?,
        None => by_number(&present)?,
    };
    let leaf = |value: f64| FileNode::Leaf { value, weight: 1 };
    // No set holds anything but a category, and a missing value is in none: it alone goes right here.
    let all = GoesLeft::Below(f64::MAX);
    let mut nodes = vec![FileNode::Split { feature, goes_left: all, missing_right: true, left: 2, right: 1 }];
    nodes.push(leaf(missing.first().copied().unwrap_or(0.0)));
    let (others, questions) = questions;
    for (goes_left, points) in questions {
        let at = nodes.len();
        nodes.push(FileNode::Split { feature, goes_left, missing_right: false, left: at + 1, right: at + 2 });
        nodes.push(leaf(points));
    }
    nodes.push(leaf(others));
    Ok(nodes)
}

/// The points of all others, and the questions before them.
type Questions = (f64, Vec<(GoesLeft, f64)>);

fn by_category(column: usize, lines: &[&PointsRow], columns: &Columns) -> Result<Questions, FileFault> {
    let mut others = None;
    let mut questions = Vec::new();
    let mut code = 0;
    for line in lines {
        if line.from.is_empty() {
            if others.replace(line.points).is_some() {
                return Err(line.fault("the row of all other categories is there twice"));
            }
            continue;
        }
        let set = columns.categories(column, &[code]).map_err(|problem| line.fault(problem))?;
        questions.push((GoesLeft::In(set), line.points));
        code += 1;
    }
    let others = others.ok_or_else(|| lines[0].fault("its feature has no row of all other categories"))?;
    Ok((others, questions))
}

fn by_number(lines: &[&PointsRow]) -> Result<Questions, FileFault> {
    let mut questions = Vec::new();
    let mut end = String::new();
    let mut last = f64::NEG_INFINITY;
    for (at, line) in lines.iter().enumerate() {
        let is_last = at + 1 == lines.len();
        if line.from != end || line.to.is_empty() != is_last {
            let due = if end.is_empty() { "none".to_owned() } else { format!("`{end}`") };
            return Err(
                line.fault(format!("its start is `{}`; due is {due}, and an end unless it is the last", line.from))
            );
        }
        if is_last {
            return Ok((line.points, questions));
        }
        let threshold = line.to.parse().ok().filter(|threshold: &f64| threshold.is_finite() && *threshold > last);
        let no_end = || line.fault(format!("its end `{}` is not a number above the one before", line.to));
        let threshold = threshold.ok_or_else(no_end)?;
        last = threshold;
        questions.push((GoesLeft::Below(threshold), line.points));
        end.clone_from(&line.to);
    }
    Err(FileFault::new("table", "a feature has no rows"))
}
