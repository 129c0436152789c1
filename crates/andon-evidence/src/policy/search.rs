//! The rules that `[search]` must keep, and the sets of attributes that rows are reweighed by.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::error::KeyProblem;
use crate::policy::limits;
use crate::policy::raw::RawBar;
use crate::policy::reason::stated;
use crate::policy::tables::{Data, Search};

/// The gate that asks for the search, and for the reason why the shipped recipe was chosen.
const GATE: &str = "fairness.alternatives";

/// Rows are reweighed by protected attributes, each named once.
pub(super) fn check_reweighing(key: &str, attributes: &[String], data: &Data) -> Result<(), KeyProblem> {
    let mut seen = BTreeSet::new();
    match attributes.iter().find(|name| !data.protected.contains_key(*name) || !seen.insert(*name)) {
        Some(name) => Err((key.to_owned(), format!("`{name}` is no protected attribute, or is named twice"))),
        None => Ok(()),
    }
}

/// Checks the table, and that a policy with the gate says what the gate holds the alternatives to.
pub(super) fn check(search: Option<&Search>, data: &Data, gates: &BTreeMap<String, RawBar>) -> Result<(), KeyProblem> {
    let is_asked = gates.contains_key(GATE);
    let Some(search) = search else {
        let missing = format!("the gate `{GATE}` asks which alternatives there are: declare them");
        return if is_asked { Err(("search".to_owned(), missing)) } else { Ok(()) };
    };
    check_lists(search, data)?;
    search.fairer_by.map_or(Ok(()), |by| limits::SEARCH_FAIRER_BY.check(by))?;
    search.less_accurate_by.map_or(Ok(()), |by| limits::SEARCH_LESS_ACCURATE_BY.check(by))?;
    search.chosen_because.as_ref().map_or(Ok(()), |because| stated("search.chosen_because", because))?;
    let missing = [
        ("fairer_by", search.fairer_by.is_none()),
        ("less_accurate_by", search.less_accurate_by.is_none()),
        ("chosen_because", search.chosen_because.is_none()),
    ];
    match missing.iter().find(|(_, is_missing)| is_asked && *is_missing) {
        Some((key, _)) => Err((format!("search.{key}"), format!("is missing, and the gate `{GATE}` needs it"))),
        None => Ok(()),
    }
}

fn check_lists(search: &Search, data: &Data) -> Result<(), KeyProblem> {
    search.depth.iter().try_for_each(|depth| limits::SEARCH_DEPTH.check(*depth))?;
    search.trees.iter().try_for_each(|trees| limits::SEARCH_TREES.check(*trees))?;
    search.threshold.iter().try_for_each(|threshold| limits::SEARCH_THRESHOLD.check(*threshold))?;
    let is_empty = [search.depth.is_empty(), search.trees.is_empty(), search.threshold.is_empty()].contains(&true);
    if is_empty || search.reweigh_by.is_empty() {
        let problem = "needs at least one depth, one number of trees, one threshold, and one set to reweigh by, which \
                       may be empty: [[]]";
        return Err(("search".to_owned(), problem.to_owned()));
    }
    search.reweigh_by.iter().try_for_each(|set| check_reweighing("search.reweigh_by", set, data))?;
    if let Some(column) = search.without.iter().flatten().find(|column| !data.features.contains(column)) {
        return Err(("search.without".to_owned(), format!("`{column}` is not a feature")));
    }
    let unfit = |column: &&String| data.is_id(column) || **column == data.label || data.protected.contains_key(*column);
    match search.with.iter().flatten().find(unfit) {
        Some(column) => Err(("search.with".to_owned(), format!("`{column}` must never be a feature"))),
        None => Ok(()),
    }
}
