//! Small groups that are judged together: their rows, and the rule that no pool hides a group that can be judged.

use std::collections::BTreeMap;

use andon_evidence::policy::Policy;

use crate::data::cells::{self, NotFlat};
use crate::data::contract::Record;
use crate::data::frame::FrameError;

/// The rows of a group that is in a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MemberRows<'a> {
    pub(crate) attribute: &'a str,
    pub(crate) pool: &'a str,
    pub(crate) group: &'a str,
    pub(crate) rows: u64,
}

/// Counts the rows of every group that is in a pool, in the order of the policy.
///
/// # Errors
/// [`NotFlat`] if the record is no flat struct.
pub(crate) fn count_members<'a, R: Record>(policy: &'a Policy, rows: &[R]) -> Result<Vec<MemberRows<'a>>, NotFlat> {
    let mut counts: BTreeMap<(&str, String), u64> = BTreeMap::new();
    let pooled = &policy.data.pooled;
    for row in rows.iter().take(if pooled.is_empty() { 0 } else { rows.len() }) {
        for (name, cell) in cells::read(row)?.into_iter().filter(|(name, _)| pooled.contains_key(*name)) {
            *counts.entry((name, cell.to_string())).or_default() += 1;
        }
    }
    let mut members = Vec::new();
    for (attribute, pool, of) in policy.data.pools() {
        for group in &of.groups {
            let counted = counts.iter().find(|((name, value), _)| *name == attribute && value == group);
            members.push(MemberRows { attribute, pool, group, rows: counted.map_or(0, |(_, rows)| *rows) });
        }
    }
    Ok(members)
}

/// Refuses a pool that hides a group with enough rows to be judged by itself.
///
/// # Errors
/// [`FrameError::Column`] with the group and its rows.
pub(crate) fn check_pools<R: Record>(policy: &Policy, rows: &[R]) -> Result<(), FrameError> {
    let refuse = |attribute: &str, problem: String| FrameError::Column {
        column: attribute.to_owned(),
        role: "a protected attribute with a pool",
        problem,
    };
    let least = policy.evaluation.minimum_group_rows;
    let members = count_members(policy, rows).map_err(|error| refuse("", error.to_string()))?;
    match members.iter().find(|member| member.rows >= least) {
        Some(MemberRows { attribute, pool, group, rows }) => Err(refuse(
            attribute,
            format!(
                "the pool `{pool}` hides `{group}`, whose {rows} rows can be judged by themselves \
                 (evaluation.minimum_group_rows is {least}), which would weaken the gates; list `{group}` under \
                 data.protected.{attribute} and take it out of the pool"
            ),
        )),
        None => Ok(()),
    }
}
