//! How often each reason is given, and to whom: counts, never a row.

use serde::{Deserialize, Serialize};

/// The reasons of the rows that the model that ships answers negatively.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonFigures {
    /// The rows that were asked.
    pub asked: u64,
    /// The rows among them that are answered negatively.
    pub negatives: u64,
    /// Every reason that occurs, the most frequent first.
    pub reasons: Vec<ReasonFigure>,
    /// Every judged group.
    pub groups: Vec<ReasonGroup>,
    /// The most frequent lists of reasons.
    pub lists: Vec<ReasonList>,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonFigure {
    /// Its code in the dictionary.
    pub code: String,
    /// The column.
    pub feature: String,
    /// The negative answers of which it is the first reason.
    pub first: u64,
    /// The negative answers that give it at all.
    pub any: u64,
}

/// The reasons of one group of a protected attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonGroup {
    /// The attribute's column.
    pub attribute: String,
    /// The group.
    pub name: String,
    /// Its rows that are answered negatively.
    pub negatives: u64,
    /// The number of them that get each reason, in the order of [`ReasonFigures::reasons`].
    pub any: Vec<u64>,
}

/// A list of reasons, and the negative answers that give just these in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonList {
    /// Their number.
    pub rows: u64,
    /// The reasons, the strongest first.
    pub reasons: Vec<ListedReason>,
}

/// A reason of such a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedReason {
    /// Its code in the dictionary.
    pub code: String,
    /// The words of the dictionary, in which [`VALUE`](crate::policy::VALUE) stands for the value of a person.
    pub words: String,
}

impl ReasonFigures {
    /// The first counts that cannot be.
    pub(super) fn defect(&self) -> Option<&'static str> {
        let most = |count: u64| count <= self.negatives;
        let reasons = self.reasons.iter().all(|reason| reason.first <= reason.any && most(reason.any));
        let groups = self.groups.iter().all(|group| {
            let is_whole = group.any.len() == self.reasons.len() && most(group.negatives);
            is_whole && group.any.iter().all(|any| *any <= group.negatives)
        });
        let lists = self.lists.iter().all(|list| most(list.rows) && !list.reasons.is_empty());
        let first = self.reasons.iter().try_fold(0_u64, |sum, reason| sum.checked_add(reason.first));
        // An answer without a reason is what `explanation.reasons` is red for.
        let whole = self.negatives <= self.asked && first.is_some_and(most);
        (!(reasons && groups && lists && whole)).then_some("the reasons are counted more often than rows")
    }
}
