//! Good and bad answers of a language model, in a release's own words: what the guard must judge rightly before the
//! release goes out.
//!
//! [`judge_catalogue`] fills templates with the decision words, percentages, reasons and forbidden words of a policy and
//! of two of its replies, gives each answer to the [`guard`](crate::words::guard), and reports every one that is judged
//! otherwise than it must be: a bad one that is shown or refused for another rule, a good one that is refused.

use andon::decide::reply::Reply;
use andon::evidence::policy::Policy;

mod bad;
mod case;
mod good;

pub use case::WronglyJudged;
use case::{CatalogueCase, DecisionSide};

/// How the guard judged the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueResult {
    /// How many answers must be refused.
    pub bad: usize,
    /// How many answers must be shown.
    pub good: usize,
    /// Those that were judged otherwise.
    pub wrong: Vec<WronglyJudged>,
}

/// Judges the catalogue for a policy; `None` without a negative reply that has reasons and a positive one.
#[must_use]
pub fn judge_catalogue(policy: &Policy, denial: &Reply, approval: &Reply) -> Option<CatalogueResult> {
    let denial = DecisionSide::new(policy, denial)?;
    let approval = DecisionSide::new(policy, approval)?;
    if denial.facts.reasons.is_empty() || !approval.facts.reasons.is_empty() {
        return None;
    }
    let bad = bad::cases(policy, &denial, &approval);
    let good = good::cases(&denial, &approval);
    let wrong = bad.iter().chain(&good).filter_map(CatalogueCase::find_problem).collect();
    Some(CatalogueResult { bad: bad.len(), good: good.len(), wrong })
}

#[cfg(test)]
mod tests;
