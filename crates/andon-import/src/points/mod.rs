//! A table of points, as CSV or TOML: a scorecard, or the bins of any model that adds up.
//!
//! The points are log-odds. A feature is a tree of its own, as flat as its bins allow, so that its Shapley value is its
//! points less their mean. A feature without points for a missing value gives 0 points for it.

mod csv;
mod table;
mod toml;

use andon::data::frame::Feature;
use andon::model::forest::{Link, Precision, Sum};

use self::table::{Bins, FeaturePoints};
use crate::Read;
use crate::columns::{Columns, FileColumns};
use crate::error::FileFault;
use crate::trees::{FileNode, GoesLeft, Trees};

/// True if a file begins as a table of points, or has a feature of one.
pub(crate) fn is_points(bytes: &[u8]) -> bool {
    bytes.starts_with(csv::HEAD.as_bytes()) || is_toml(bytes)
}

fn is_toml(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).is_ok_and(|text| text.lines().any(|line| line.trim() == toml::FEATURE))
}

/// A bin on its way into a tree; the last one has no question.
struct Bin {
    goes_left: Option<GoesLeft>,
    points: f64,
}

pub(crate) fn read(bytes: &[u8], features: Option<&[Feature]>) -> Result<Read, FileFault> {
    let table = if is_toml(bytes) { toml::table(bytes)? } else { csv::table(bytes)? };
    let names = table.features.iter().map(|feature| feature.name.clone()).collect();
    let categories = table.features.iter().map(FeaturePoints::category_names).collect();
    let file = FileColumns { count: table.features.len(), names, categories };
    let columns = Columns::new(file, features)?;
    let mut trees = Trees::default();
    for (column, feature) in table.features.iter().enumerate() {
        let nodes = feature.tree(column, &columns).map_err(|problem| FileFault::new(&feature.place, problem))?;
        trees.push(&nodes, 0)?;
    }
    let sum = Sum { base: table.base, link: Link::Logistic, precision: Precision::Double };
    let forest = trees.forest(columns.features.len(), sum)?;
    Ok(Read { library: "points", version: String::new(), forest, has_weights: false, columns })
}

impl FeaturePoints {
    fn category_names(&self) -> Option<Vec<String>> {
        let Bins::Categories(named, _) = &self.bins else { return None };
        Some(named.iter().map(|(name, _)| name.clone()).collect())
    }

    /// The feature as a tree: first whether it is missing, then its bins.
    fn tree(&self, column: usize, columns: &Columns) -> Result<Vec<FileNode>, String> {
        let feature = columns.place(column)?;
        // Every number is below it, so a missing value alone goes right.
        let all = GoesLeft::Below(f64::MAX);
        let mut nodes = vec![
            FileNode::Split { feature, goes_left: all, missing_right: true, left: 2, right: 1 },
            FileNode::Leaf { value: self.missing, weight: 1 },
        ];
        grow(&mut nodes, feature, &self.bins.in_order(column, columns)?);
        Ok(nodes)
    }
}

impl Bins {
    fn in_order(&self, column: usize, columns: &Columns) -> Result<Vec<Bin>, String> {
        let (mut bins, others) = match self {
            Self::Numbers(ends, others) => {
                let bin = |(end, points): &(f64, f64)| Bin { goes_left: Some(GoesLeft::Below(*end)), points: *points };
                (ends.iter().map(bin).collect(), *others)
            }
            Self::Categories(named, others) => {
                let bin = |(code, (_, points)): (u32, &(String, f64))| {
                    let set = GoesLeft::In(columns.categories(column, &[code])?);
                    Ok(Bin { goes_left: Some(set), points: *points })
                };
                ((0..).zip(named).map(bin).collect::<Result<Vec<_>, String>>()?, *others)
            }
        };
        bins.push(Bin { goes_left: None, points: others });
        Ok(bins)
    }
}

/// Halves the bins until each has a leaf; returns the place of the first node.
fn grow(nodes: &mut Vec<FileNode>, feature: usize, bins: &[Bin]) -> usize {
    let at = nodes.len();
    nodes.push(FileNode::Leaf { value: bins.first().map_or(0.0, |bin| bin.points), weight: 1 });
    let (first, rest) = bins.split_at(bins.len() / 2);
    if let Some(goes_left) = any_of(first) {
        let left = grow(nodes, feature, first);
        let right = grow(nodes, feature, rest);
        nodes[at] = FileNode::Split { feature, goes_left, missing_right: false, left, right };
    }
    at
}

/// The question about all of some bins; `None` without a bin.
fn any_of(bins: &[Bin]) -> Option<GoesLeft> {
    let mut set = Vec::new();
    for bin in bins {
        if let Some(GoesLeft::In(codes)) = &bin.goes_left {
            set.extend(codes);
        }
    }
    match bins.last()?.goes_left.as_ref()? {
        // The ends of numbers ascend, so that the last one holds all.
        GoesLeft::Below(end) => Some(GoesLeft::Below(*end)),
        GoesLeft::In(_) => {
            set.sort_unstable();
            set.dedup();
            Some(GoesLeft::In(set))
        }
    }
}
