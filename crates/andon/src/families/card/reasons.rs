//! The reasons of the denied rows, counted: by reason, by group, and by list of reasons.

use std::collections::BTreeMap;

use andon_evidence::figures::{ListedReason, ReasonFigure, ReasonFigures, ReasonGroup, ReasonList};
use andon_evidence::policy::{Phrase, Policy};

use crate::data::contract::Record;
use crate::data::frame::Attribute;
use crate::decide::reply::Reason;
use crate::release::Judged;

/// The most lists of reasons that the figures hold.
const MAX_LISTS: usize = 3;

/// A row that is answered negatively, with its reasons.
type DeniedRow = (usize, Vec<Reason>);

/// Counts the reasons that the model that ships gives to the drawn rows. None if a row is not flat, which a gate says.
#[must_use]
pub(super) fn reasons<R: Record>(judged: &Judged<R>) -> Option<ReasonFigures> {
    let policy = judged.decider.policy();
    let drawn = judged.asked.drawn();
    let mut denied: Vec<DeniedRow> = Vec::new();
    for row in drawn {
        let reply = judged.decider.reply_without_change(judged.dataset.rows.get(*row)?).ok()?;
        if reply.decision == policy.answer.negative {
            denied.push((*row, reply.reasons));
        }
    }
    let reasons = by_reason(&denied);
    let attributes = judged.frame.attributes.iter();
    Some(ReasonFigures {
        asked: drawn.len() as u64,
        negatives: denied.len() as u64,
        groups: attributes.flat_map(|attribute| by_group(attribute, &denied, &reasons)).collect(),
        lists: lists(policy, &denied),
        reasons,
    })
}

/// Every reason that occurs, the most frequent first; of two as frequent, the one whose code comes first.
fn by_reason(denied: &[DeniedRow]) -> Vec<ReasonFigure> {
    let mut figures: BTreeMap<&str, ReasonFigure> = BTreeMap::new();
    for (_, reasons) in denied {
        for (place, reason) in reasons.iter().enumerate() {
            let new = || ReasonFigure { code: reason.code.clone(), feature: reason.feature.clone(), first: 0, any: 0 };
            let figure = figures.entry(&reason.code).or_insert_with(new);
            figure.any += 1;
            figure.first += u64::from(place == 0);
        }
    }
    let mut figures: Vec<ReasonFigure> = figures.into_values().collect();
    figures.sort_by_key(|figure| std::cmp::Reverse(figure.any));
    figures
}

/// The reasons of the denied rows of each judged group.
fn by_group(attribute: &Attribute, denied: &[DeniedRow], reasons: &[ReasonFigure]) -> Vec<ReasonGroup> {
    let group_of = |row: usize| attribute.group_of.get(row).and_then(|place| attribute.groups.get(*place));
    let group = |name: &String| {
        let own: Vec<&DeniedRow> = denied.iter().filter(|(row, _)| group_of(*row) == Some(name)).collect();
        let gives = |code: &str, given: &[Reason]| given.iter().any(|reason| reason.code == code);
        let any = |figure: &ReasonFigure| own.iter().filter(|(_, given)| gives(&figure.code, given)).count() as u64;
        ReasonGroup {
            attribute: attribute.name.clone(),
            name: name.clone(),
            negatives: own.len() as u64,
            any: reasons.iter().map(any).collect(),
        }
    };
    attribute.judged.iter().map(group).collect()
}

/// The most frequent lists of reasons. The words hold no value of a person, except where the dictionary has words for
/// a single value.
fn lists(policy: &Policy, denied: &[DeniedRow]) -> Vec<ReasonList> {
    let mut counts: BTreeMap<Vec<ListedReason>, u64> = BTreeMap::new();
    for (_, reasons) in denied.iter().filter(|(_, reasons)| !reasons.is_empty()) {
        let listed =
            reasons.iter().map(|reason| ListedReason { code: reason.code.clone(), words: words(policy, reason) });
        *counts.entry(listed.collect()).or_default() += 1;
    }
    let mut lists: Vec<ReasonList> = counts.into_iter().map(|(reasons, rows)| ReasonList { rows, reasons }).collect();
    lists.sort_by_key(|list| std::cmp::Reverse(list.rows));
    lists.truncate(MAX_LISTS);
    lists
}

/// The words of the dictionary that a reason was made from.
fn words(policy: &Policy, reason: &Reason) -> String {
    let entry = policy.wording.get(&reason.feature);
    match entry.map(|entry| (&entry.reason, &entry.missing)) {
        Some((Phrase::Any(words), missing)) if missing.as_ref() != Some(&reason.text) => words.clone(),
        _ => reason.text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(code: &str) -> Reason {
        let [feature, text, improve] = ["f", "t", "i"].map(|text| format!("{text} of {code}"));
        Reason { code: code.to_owned(), feature, text, improve, moved: -0.1 }
    }

    fn denied() -> Vec<DeniedRow> {
        let given = [vec!["B", "A"], vec!["A"], vec!["B", "A"], vec!["C"], vec![]];
        given.into_iter().map(|codes| codes.into_iter().map(reason).collect()).enumerate().collect()
    }

    #[test]
    fn reasons_are_counted_as_the_first_one_and_as_any_by_group() {
        let reasons = by_reason(&denied());
        let counts: Vec<(&str, u64, u64)> = reasons.iter().map(|one| (one.code.as_str(), one.first, one.any)).collect();
        assert_eq!(counts, [("A", 1, 3), ("B", 2, 2), ("C", 1, 1)]);
        let attribute = Attribute {
            name: "group".to_owned(),
            groups: vec!["x".to_owned(), "y".to_owned(), "unknown".to_owned()],
            judged: vec!["x".to_owned(), "y".to_owned()],
            group_of: vec![0, 1, 2, 1, 1],
        };
        let groups = by_group(&attribute, &denied(), &reasons);
        let counts: Vec<(&str, u64, &[u64])> =
            groups.iter().map(|group| (group.name.as_str(), group.negatives, group.any.as_slice())).collect();
        assert_eq!(counts, [("x", 1, [1, 1, 0].as_slice()), ("y", 3, &[1, 0, 1])]);
    }

    #[test]
    fn lists_are_counted_and_hold_the_words_of_the_dictionary_without_the_value() {
        let mut policy =
            Policy::parse(include_str!("../../../../andon-evidence/tests/minimal.toml"), "x".as_ref()).unwrap();
        let mut denied = denied();
        for (_, reasons) in &mut denied {
            reasons
                .iter_mut()
                .filter(|reason| reason.code == "A")
                .for_each(|reason| reason.feature = "size".to_owned());
        }
        let found = lists(&policy, &denied);
        assert_eq!(found.iter().map(|list| list.rows).collect::<Vec<_>>(), [2, 1, 1]);
        assert_eq!(found[0].reasons[1].words, "the size of {value}");
        assert_eq!(found[0].reasons[0].words, "t of B");
        let entry = policy.wording.get_mut("size").unwrap();
        entry.missing = Some("t of A".to_owned());
        assert_eq!(lists(&policy, &denied)[0].reasons[1].words, "t of A");
    }
}
