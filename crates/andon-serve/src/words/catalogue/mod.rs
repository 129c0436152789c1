//! Good and bad answers of a language model, in a release's own words. The guard must judge them rightly before the
//! release goes out.
//!
//! [`judge_catalogue`] fills templates with the decision words, percentages, reasons and forbidden words of a policy
//! and two of its replies. It gives each answer to the [`guard`](crate::words::guard) and reports every wrong verdict:
//! a bad answer that is shown or refused for another rule, or a good answer that is refused.

use andon::Reply;
use andon::evidence::policy::Policy;

mod bad;
mod case;
mod good;

pub use case::WronglyJudged;
use case::{CatalogueCase, DecisionSide};

/// The verdicts of the guard on the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueResult {
    /// The number of answers that must be refused.
    pub bad: usize,
    /// The number of answers that must be shown.
    pub good: usize,
    /// The answers with a wrong verdict.
    pub wrong: Vec<WronglyJudged>,
}

/// Judges the catalogue for a policy. `None` unless `denial` is a negative reply with reasons and `approval` a positive
/// one.
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
