//! The counterfactual of a negative answer: the smallest change, in what a person can act on, that makes it positive.
//!
//! The policy's `[actionable]` names the features, the size of a step, and how far each can move; a change costs its
//! steps. The search is exact (branch and bound): it splits the box of all changes, drops what the forest's highest
//! leaves show cannot be positive, and takes the cheapest first, so that what it finds is the smallest and "none" means
//! none. After Wachter, Mittelstadt and Russell 2018, "Counterfactual explanations without opening the black box".

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use andon_evidence::policy::{Actionable, Policy};

use crate::data::contract::{Contract, Kind, Record};
use crate::data::matrix::is_missing;
use crate::decide::reply::{Change, Counterfactual};
use crate::model::Model;
use crate::model::score::Score;

/// A feature and the values that it can take, fewest steps first.
#[derive(Debug, Clone)]
struct Movable {
    place: usize,
    /// Steps and value; the first is the present one, at no step.
    values: Vec<(usize, f64)>,
}

/// The smallest change that would have turned the negative answer to an encoded row into a positive one.
pub(crate) fn smallest_change<R: Record>(
    contract: &Contract<R>,
    policy: &Policy,
    model: &Model,
    row: &[f64],
) -> Counterfactual {
    match smallest(model, row, movables(contract, policy, model, row)) {
        Some((steps, changed)) => counterfactual(policy, model, (row, &changed), steps),
        None => Counterfactual::NoneWithinBounds,
    }
}

/// The features of a row that a person can act on, with the values that contract, policy and validated range allow.
fn movables<R: Record>(contract: &Contract<R>, policy: &Policy, model: &Model, row: &[f64]) -> Vec<Movable> {
    let features = model.features().iter().enumerate();
    let movable = features.filter_map(|(place, feature)| {
        let actionable = policy.actionable.get(&feature.name)?;
        let column = contract.column(&feature.name)?;
        let Kind::Number { whole, min, max } = column.kind else { return None };
        let validated = model.validated(&feature.name);
        let low = validated.map_or(f64::MIN, |range| range.min).max(min.unwrap_or(f64::MIN));
        let high = validated.map_or(f64::MAX, |range| range.max).min(max.unwrap_or(f64::MAX));
        let allowed = |value: f64| value >= low && value <= high;
        let values = within_reach(*actionable, row[place], whole);
        let values = values.into_iter().filter(|(_, value)| allowed(*value)).collect();
        (!is_missing(row[place])).then_some(Movable { place, values })
    });
    movable.collect()
}

/// The changes that lead from a row to a changed one, in words.
fn counterfactual(policy: &Policy, model: &Model, (row, changed): (&[f64], &[f64]), steps: usize) -> Counterfactual {
    let moved = model.features().iter().zip(row.iter().zip(changed));
    let moved = moved.filter(|(_, (from, to))| from.to_bits() != to.to_bits());
    let changes = moved.map(|(feature, (from, to))| {
        let words = policy.wording.get(&feature.name);
        let text = words.and_then(|words| feature.reason(words, *to));
        let text = text.unwrap_or_else(|| format!("{} of {}", feature.name, feature.spoken(*to)));
        Change { feature: feature.name.clone(), from: *from, to: *to, text }
    });
    let probability = model.score(changed).map_or(0.0, Score::share);
    Counterfactual::Change { changes: changes.collect(), steps, probability }
}

/// The present value and those a whole number of steps away, fewest steps first.
fn within_reach(actionable: Actionable, value: f64, whole: bool) -> Vec<(usize, f64)> {
    let Actionable { step, lower_by, raise_by } = actionable;
    // A bound that is a whole number of steps away is reached, whatever the last bit says.
    let most = |by: f64| (by / step * (1.0 + 1e-12)) as usize;
    let exact = |value: f64| if whole { value.round() } else { (value * 1e6).round() / 1e6 };
    let at = |steps: usize, sign: f64| (steps, exact(value + sign * steps as f64 * step));
    let lower = (1..=most(lower_by)).map(|steps| at(steps, -1.0));
    let raised = (1..=most(raise_by)).map(|steps| at(steps, 1.0));
    let mut values: Vec<(usize, f64)> = [(0, value)].into_iter().chain(lower).chain(raised).collect();
    values.sort_by_key(|(steps, _)| *steps);
    values
}

/// Part of all changes: for each feature a stretch of its values. In the order of the search no part of a box comes
/// before the box, and of two with as many steps the one that changes fewer features comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct ChangeBox {
    /// The fewest steps of a change in it, and the features that this one changes.
    steps: usize,
    changed: usize,
    /// The first and the last value of each feature.
    first: Vec<usize>,
    last: Vec<usize>,
}

impl ChangeBox {
    fn new(movable: &[Movable], first: Vec<usize>, last: Vec<usize>) -> Self {
        let steps = movable.iter().zip(&first).map(|(movable, first)| movable.values[*first].0).sum();
        let changed = first.iter().filter(|first| **first > 0).count();
        Self { steps, changed, first, last }
    }

    /// Both halves across the feature with the most values; `None` if the box is one change.
    fn halve(mut self, movable: &[Movable]) -> Option<[Self; 2]> {
        let length = |at: &usize| self.last[*at] - self.first[*at];
        let widest = (0..self.first.len()).filter(|at| length(at) > 0).max_by_key(length)?;
        let middle = self.first[widest].midpoint(self.last[widest]);
        let mut first = self.first.clone();
        first[widest] = middle + 1;
        let upper = Self::new(movable, first, self.last.clone());
        self.last[widest] = middle;
        Some([self, upper])
    }

    /// Writes the lowest and the highest value of each feature that can move into two rows.
    fn write_ends(&self, movable: &[Movable], low: &mut [f64], high: &mut [f64]) {
        for (movable, (first, last)) in movable.iter().zip(self.first.iter().zip(&self.last)) {
            let values = movable.values[*first..=*last].iter().map(|(_, value)| *value);
            low[movable.place] = values.clone().fold(f64::INFINITY, f64::min);
            high[movable.place] = values.fold(f64::NEG_INFINITY, f64::max);
        }
    }
}

/// The box of all changes; `None` if a feature has no value.
fn whole_box(movable: &[Movable]) -> Option<ChangeBox> {
    let last = movable.iter().map(|movable| movable.values.len().checked_sub(1)).collect::<Option<_>>()?;
    Some(ChangeBox::new(movable, vec![0; movable.len()], last))
}

/// The positive row with the fewest steps from `row`, and how many; `None` where there is none.
fn smallest(model: &Model, row: &[f64], mut movable: Vec<Movable>) -> Option<(usize, Vec<f64>)> {
    let mut low = row.to_vec();
    let mut high = row.to_vec();
    whole_box(&movable)?.write_ends(&movable, &mut low, &mut high);
    let reached = model.forest().part_between(&low, &high);
    // Of values that no row's score tells apart, the first has the fewest steps.
    movable
        .iter_mut()
        .for_each(|movable| reached.retain_distinct(movable.place, &mut movable.values, |(_, value)| *value));
    let mut open = BinaryHeap::from([Reverse(whole_box(&movable)?)]);
    while let Some(Reverse(part)) = open.pop() {
        part.write_ends(&movable, &mut low, &mut high);
        if model.may_be_positive_in(&reached, &low, &high) {
            let steps = part.steps;
            let Some(halves) = part.halve(&movable) else { return Some((steps, low)) };
            open.extend(halves.map(Reverse));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::forest::Forest;
    use crate::model::forest::tests::any_forest;
    use proptest::prelude::*;

    fn model(forest: &Forest) -> Model {
        let model = serde_json::json!({
            "form": 2,
            "features": [{ "name": "a" }, { "name": "b" }, { "name": "c" }],
            "validated": {},
            "threshold": 6000,
            "calibrator": { "slope": 1.0, "intercept": 0.0 },
            "forest": forest,
        });
        Model::from_json(model.to_string().as_bytes()).unwrap()
    }

    /// The fewest steps of any positive row, looked for one by one.
    fn one_by_one(model: &Model, row: &[f64], movable: &[Movable]) -> Option<usize> {
        let Some((first, rest)) = movable.split_first() else {
            return model.score(row).filter(|score| *score >= model.threshold()).map(|_| 0);
        };
        let moves = first.values.iter().filter_map(|(steps, value)| {
            let mut moved = row.to_vec();
            moved[first.place] = *value;
            one_by_one(model, &moved, rest).map(|more| steps + more)
        });
        moves.min()
    }

    proptest! {
        #[test]
        fn what_is_found_is_positive_and_the_smallest_and_none_means_none(
            forest in any_forest(), row in [-4.0..4.0_f64, -4.0..4.0, -4.0..4.0],
            reach in proptest::collection::vec((0.1..2.0_f64, 0.0..4.0_f64, 0.0..4.0_f64), 2)
        ) {
            let model = model(&forest);
            let movable: Vec<Movable> = reach.iter().enumerate().map(|(place, (step, lower_by, raise_by))| {
                let actionable = Actionable { step: *step, lower_by: *lower_by, raise_by: *raise_by };
                Movable { place, values: within_reach(actionable, row[place], false) }
            }).collect();
            let found = smallest(&model, &row, movable.clone());
            let steps = found.as_ref().map(|(steps, _)| *steps);
            prop_assert_eq!(steps, one_by_one(&model, &row, &movable));
            if let Some((_, changed)) = found {
                prop_assert!(model.score(&changed).unwrap() >= model.threshold());
                prop_assert_eq!(changed[2].to_bits(), row[2].to_bits(), "what cannot be acted on stays");
            }
        }
    }

    #[test]
    fn values_are_whole_steps_away_within_reach_and_whole_where_they_must_be() {
        let actionable = Actionable { step: 0.1, lower_by: 0.3, raise_by: 0.1 };
        let values = within_reach(actionable, 2.0, false);
        assert_eq!(values, [(0, 2.0), (1, 1.9), (1, 2.1), (2, 1.8), (3, 1.7)]);
        let whole = within_reach(Actionable { step: 2.5, lower_by: 5.0, raise_by: 0.0 }, 10.0, true);
        assert_eq!(whole, [(0, 10.0), (1, 8.0), (2, 5.0)]);
    }
}
