//! The groups of a protected attribute: which of them are large enough to judge, and which are put together.

use andon_evidence::policy::says;

use crate::columns::names::spoken;
use crate::columns::numbers::plain;
use crate::columns::seen::{SeenColumn, SeenKind, counted};
use crate::conversion::{UNDISCLOSED, band_names};

/// Fewest rows of a judged group: in a smaller one a single person moves a rate by over a percentage point.
pub(crate) const MIN_GROUP_ROWS: usize = 100;

/// The name of the groups that were put together.
const POOLED: &str = "smaller_groups";

/// Most different numbers that are taken for groups as they are.
const MAX_NUMBERED_GROUPS: usize = 12;

/// The age from which the law protects workers as older ones (29 U.S.C. 631).
const AGE_CUT: f64 = 40.0;

/// One group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupRows {
    /// The name by which the policy judges it.
    pub(crate) name: String,
    /// The groups of the data file that it is made of, if they are several.
    pub(crate) pooled: Vec<String>,
    pub(crate) rows: usize,
}

impl GroupRows {
    fn of_one(name: &str, rows: usize) -> Self {
        Self { name: name.to_owned(), pooled: Vec::new(), rows }
    }

    /// Its names in the data file.
    pub(crate) fn names(&self) -> &[String] {
        if self.pooled.is_empty() { std::slice::from_ref(&self.name) } else { &self.pooled }
    }
}

/// A protected attribute as it is proposed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ProtectedGroups {
    /// The groups that gates judge.
    pub(crate) judged: Vec<GroupRows>,
    /// The other groups.
    pub(crate) unjudged: Vec<GroupRows>,
    /// Cut points of a number.
    pub(crate) cuts: Vec<f64>,
}

impl ProtectedGroups {
    /// The groups of a column; `None` if it is a text or a day, which has none.
    pub(crate) fn new(column: &SeenColumn, cells: &[String], decimal: char) -> Option<Self> {
        let cuts = match &column.kind {
            SeenKind::Number { values, .. } if column.different > MAX_NUMBERED_GROUPS => vec![cut(column, values)],
            SeenKind::Number { .. } | SeenKind::Flag { .. } | SeenKind::Category { .. } => Vec::new(),
            SeenKind::Nothing | SeenKind::Day { .. } | SeenKind::Text => return None,
        };
        let mut groups = if cuts.is_empty() { named(column, cells) } else { banded(column, cells, &cuts, decimal) };
        let small: Vec<usize> = (0..groups.len()).filter(|at| groups[*at].rows < MIN_GROUP_ROWS).collect();
        let together: usize = small.iter().map(|at| groups[*at].rows).sum();
        if cuts.is_empty() && small.len() > 1 && together >= MIN_GROUP_ROWS {
            pool(&mut groups);
        }
        Some(Self::judge(groups, cells.len(), cuts))
    }

    /// A group is judged if it is large enough, if it is 2 % of the rows, or if fewer than two others are.
    fn judge(mut groups: Vec<GroupRows>, rows: usize, cuts: Vec<f64>) -> Self {
        groups.sort_by_key(|group| std::cmp::Reverse(group.rows));
        let mut judged = Vec::new();
        let mut unjudged = Vec::new();
        for group in groups {
            let large = group.rows >= MIN_GROUP_ROWS || 50 * group.rows >= rows || judged.len() < 2;
            if large && group.name != UNDISCLOSED { &mut judged } else { &mut unjudged }.push(group);
        }
        Self { judged, unjudged, cuts }
    }

    /// The judged groups that are too small to decide by.
    pub(crate) fn too_small(&self) -> impl Iterator<Item = &GroupRows> {
        self.judged.iter().filter(|group| group.rows < MIN_GROUP_ROWS)
    }

    /// The group that is several groups of the data file.
    pub(crate) fn pooled(&self) -> Option<&GroupRows> {
        self.judged.iter().find(|group| !group.pooled.is_empty())
    }
}

/// A cut point: that of the law for an age, else a round number in the middle. The numbers ascend.
fn cut(column: &SeenColumn, values: &[f64]) -> f64 {
    if says(&spoken(&column.name), "age") {
        return AGE_CUT;
    }
    let middle = values.get(values.len() / 2).copied().unwrap_or_default();
    format!("{middle:.1e}").parse().unwrap_or(middle)
}

fn named(column: &SeenColumn, cells: &[String]) -> Vec<GroupRows> {
    let is_missing = |value: &str| {
        crate::columns::missing::is_blank_word(value) || column.missing_words.iter().any(|word| word == value)
    };
    let counts = counted(cells);
    let known = counts.iter().filter(|(value, _)| !is_missing(value));
    let missing: usize = counts.iter().filter(|(value, _)| is_missing(value)).map(|(_, rows)| rows).sum();
    let undisclosed = (missing > 0).then(|| GroupRows::of_one(UNDISCLOSED, missing));
    known.map(|(value, rows)| GroupRows::of_one(value, *rows)).chain(undisclosed).collect()
}

fn banded(column: &SeenColumn, cells: &[String], cuts: &[f64], decimal: char) -> Vec<GroupRows> {
    let number = |cell: &String| plain(cell, decimal)?.parse::<f64>().ok();
    let place = |number: f64| cuts.iter().filter(|cut| **cut <= number).count();
    let honest = |cell: &&String| !column.missing_words.contains(cell);
    let places: Vec<usize> = cells.iter().filter(honest).filter_map(number).map(place).collect();
    let rows = |band: usize| places.iter().filter(|place| **place == band).count();
    let bands = band_names(cuts).into_iter().enumerate().map(|(band, name)| GroupRows::of_one(&name, rows(band)));
    let undisclosed = (column.missing > 0).then(|| GroupRows::of_one(UNDISCLOSED, column.missing));
    bands.chain(undisclosed).collect()
}

/// Puts the groups that are too small together.
fn pool(groups: &mut Vec<GroupRows>) {
    let is_small = |group: &GroupRows| group.rows < MIN_GROUP_ROWS && group.name != UNDISCLOSED;
    let small: Vec<GroupRows> = groups.extract_if(.., |group| is_small(group)).collect();
    let rows = small.iter().map(|group| group.rows).sum();
    let pooled = small.into_iter().map(|group| group.name).collect();
    groups.push(GroupRows { name: POOLED.to_owned(), pooled, rows });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(name: &str, rows: &[(&str, usize)]) -> ProtectedGroups {
        let cells: Vec<String> =
            rows.iter().flat_map(|(value, rows)| std::iter::repeat_n((*value).to_owned(), *rows)).collect();
        ProtectedGroups::new(&SeenColumn::new(name, name, &cells, '.'), &cells, '.').unwrap()
    }

    fn shown(groups: &[GroupRows]) -> Vec<(&str, usize)> {
        groups.iter().map(|group| (group.name.as_str(), group.rows)).collect()
    }

    #[test]
    fn small_groups_are_put_together_where_that_is_enough() {
        let status = groups("status", &[("A91", 50), ("A92", 310), ("A93", 548), ("A94", 92)]);
        assert_eq!(shown(&status.judged), [("A93", 548), ("A92", 310), ("smaller_groups", 142)]);
        assert_eq!(status.pooled().unwrap().names(), ["A91", "A94"]);
        let foreign = groups("foreign_worker", &[("A201", 963), ("A202", 37)]);
        assert_eq!(foreign.too_small().next().unwrap().rows, 37);
        assert!(foreign.pooled().is_none());
    }

    #[test]
    fn a_group_of_a_few_rows_is_not_judged() {
        let sex = groups("sex", &[("f", 500), ("m", 495), ("x", 5), ("", 8)]);
        assert_eq!(shown(&sex.judged), [("f", 500), ("m", 495)]);
        assert_eq!(shown(&sex.unjudged), [("undisclosed", 8), ("x", 5)]);
    }

    #[test]
    fn an_age_is_cut_where_the_law_cuts_it() {
        let ages: Vec<(String, usize)> = (20..70).map(|age| (age.to_string(), 10)).collect();
        let ages: Vec<(&str, usize)> = ages.iter().map(|(age, rows)| (age.as_str(), *rows)).collect();
        let ages = groups("age_in_years", &ages);
        assert_eq!(shown(&ages.judged), [("from_40", 300), ("under_40", 200)]);
    }
}
