//! A table of points as TOML.
//!
//! ```toml
//! base = -1.5
//!
//! [[feature]]
//! name = "income"
//! bins = [{ below = 2000, points = -0.25 }]
//! others = 0.5
//! missing = 0.1
//!
//! [[feature]]
//! name = "housing"
//! categories = { rent = -0.1 }
//! others = 0
//! ```

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::error::FileFault;
use crate::points::table::{Bins, FeaturePoints, PointsTable};

/// The line by which the form shows.
pub(super) const FEATURE: &str = "[[feature]]";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TomlTable {
    base: f64,
    feature: Vec<TomlFeature>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TomlFeature {
    name: String,
    #[serde(default)]
    bins: Vec<TomlBin>,
    #[serde(default)]
    categories: BTreeMap<String, f64>,
    others: f64,
    #[serde(default)]
    missing: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TomlBin {
    below: f64,
    points: f64,
}

pub(super) fn table(bytes: &[u8]) -> Result<PointsTable, FileFault> {
    let table: TomlTable = ::toml::from_slice(bytes).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = bytes.iter().take(start).filter(|byte| **byte == b'\n').count() + 1;
        FileFault::new(format!("line {line}"), error.message())
    })?;
    let mut features: Vec<FeaturePoints> = Vec::with_capacity(table.feature.len());
    let mut names = BTreeSet::new();
    for feature in table.feature {
        let place = format!("feature `{}`", feature.name);
        if !names.insert(feature.name.clone()) {
            return Err(FileFault::new(place, "it is there twice"));
        }
        let problem = feature.problem();
        features.push(feature.points(place.clone()));
        if let Some(problem) = problem {
            return Err(FileFault::new(place, problem));
        }
    }
    if !table.base.is_finite() {
        return Err(FileFault::new("base", "it is not a number"));
    }
    Ok(PointsTable { base: table.base, features })
}

impl TomlFeature {
    fn problem(&self) -> Option<&'static str> {
        let bins = self.bins.iter().flat_map(|bin| [bin.below, bin.points]);
        let mut numbers = bins.chain(self.categories.values().copied()).chain([self.others, self.missing]);
        if !numbers.all(f64::is_finite) {
            Some("its points or ends are not numbers")
        } else if !self.bins.is_empty() && !self.categories.is_empty() {
            Some("it has bins and categories; a feature has either")
        } else if !self.bins.is_sorted_by(|a, b| a.below < b.below) {
            Some("the ends of its bins do not ascend")
        } else {
            None
        }
    }

    fn points(self, place: String) -> FeaturePoints {
        let bins = if self.categories.is_empty() {
            Bins::Numbers(self.bins.iter().map(|bin| (bin.below, bin.points)).collect(), self.others)
        } else {
            Bins::Categories(self.categories.into_iter().collect(), self.others)
        };
        FeaturePoints { place, name: self.name, missing: self.missing, bins }
    }
}
