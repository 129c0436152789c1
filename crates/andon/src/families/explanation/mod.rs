//! The family `explanation`: checks that the reasons given for an answer are true, and of use to the person.

pub mod interventional;
pub mod readability;
pub mod sampled;
pub mod shapley;

use std::collections::{BTreeMap, BTreeSet};

use andon_evidence::judge::{Asked, AskedKind, Measurement, NotMeasured, Part, Unit};
use andon_evidence::policy::{Actionable, Phrase, Policy, says};
use serde_json::Value;

use crate::data::contract::{Kind, Record};
use crate::data::frame::Feature;
use crate::data::matrix::{MISSING, Matrix, is_missing};
use crate::decide::reply::{Change, Counterfactual, Reason, Reply};
use crate::families::robustness::{rounded_rows, worst_to_best};
use crate::measure::asked_rows::draw_among;
use crate::measure::counterexamples::{Counterexamples, Furthest};
use crate::measure::sample::Measured;
use crate::model::Attribution;
use crate::release::Judged;
use crate::statistics::share::wilson;

/// The largest distance, over all asked rows, between a row's probability and the base plus what every feature moved it
/// by.
///
/// # Errors
/// Not measured without rows.
pub fn additivity<R: Record>(judged: &Judged<R>) -> Measured {
    let matrix = &judged.frame.matrix;
    let mut furthest = Furthest::default();
    for row in judged.asked.places().iter().copied() {
        let Attribution { base, moved } = judged.decider.attribution(matrix.row(row));
        let moved = moved.iter().sum::<f64>();
        let probability = judged.candidate.model.probability(matrix.row(row));
        furthest.add((base + moved - probability).abs(), || {
            let sum = base + moved;
            format!(
                "row {}: the base {base} and the features' {moved} add up to {sum}, and it has {probability}",
                row + 1
            )
        });
    }
    Ok(judged.asked.note(furthest.measure(Unit::Probability)?))
}

/// Rows that are worked out by the definition, each over every subset of the features of each tree.
const DEFINITION_ROWS: usize = 24;

/// The multiplications that the definition may take: some seconds.
const DEFINITION_COST: f64 = 2e9;

/// The largest distance between what a feature moved the raw score by and its Shapley value by definition, over 24 rows
/// drawn by a seeded hash, half of them negative answers; over fewer where trees ask many features on the way to a
/// leaf.
///
/// # Errors
/// Not measured without rows, and where the definition takes too long for one row.
pub fn definition<R: Record>(judged: &Judged<R>) -> Measured {
    let forest = judged.candidate.model.forest();
    let matrix = &judged.frame.matrix;
    let most = ((DEFINITION_COST / shapley::cost(forest).max(1.0)) as usize).min(DEFINITION_ROWS);
    if most == 0 {
        return Err(not_measured("the trees ask so many features that their subsets are too many for one row"));
    }
    let negatives: Vec<usize> = negatives(judged, judged.asked.places())?.into_iter().map(|(row, _)| row).collect();
    let draw = |rows: &[usize], most| draw_among(&judged.frame, judged.sample.seed, rows, most);
    let negatives = draw(&negatives, most.div_ceil(2));
    let drawn = draw(judged.asked.drawn(), (most - negatives.len()).max(1));
    let rows: BTreeSet<usize> = negatives.iter().chain(&drawn).copied().collect();
    let [asked, drawn, of] = [rows.len(), drawn.len(), matrix.len()].map(|count| count as u64);
    let mut furthest = Furthest::default();
    for row in rows {
        let fast = judged.decider.moved(matrix.row(row));
        let slow = shapley::path_dependent(forest, matrix.row(row));
        let distance = |place: &usize| (fast[*place] - slow[*place]).abs();
        let place = (0..slow.len()).max_by(|a, b| distance(a).total_cmp(&distance(b)));
        let place = place.ok_or_else(|| not_measured("the model has no feature"))?;
        furthest.add(distance(&place), || {
            let name = &judged.candidate.model.features()[place].name;
            format!(
                "row {}: {name} moved the score by {}, and by the definition by {}",
                row + 1,
                fast[place],
                slow[place]
            )
        });
    }
    let asked = Asked { rows: asked, drawn, of, kind: AskedKind::Rows };
    Ok(furthest.measure(Unit::Probability)?.with_asked(Some(asked)))
}

/// Rows that a feature which is not known takes its values from.
const BACKGROUND_ROWS: usize = 200;

/// The share of negative answers whose strongest reason also moved the score most against other rows of the data
/// ([`crate::families::explanation::interventional`], against 200 of them): a reason that does not hang on how the
/// question is put. Wilson interval. The part is the first answer whose strongest reason differs.
///
/// # Errors
/// Not measured when there is no negative answer.
pub fn methods<R: Record>(judged: &Judged<R>) -> Measured {
    let matrix = &judged.frame.matrix;
    let mut background = Matrix::new(matrix.columns());
    let spread = (0..matrix.len()).step_by(matrix.len().div_ceil(BACKGROUND_ROWS).max(1));
    spread.for_each(|row| background.push(matrix.row(row)));
    let forest = judged.candidate.model.forest();
    let negatives = negatives(judged, judged.asked.drawn())?;
    let n = negatives.len() as u64;
    let mut agree = 0;
    let mut differing = Counterexamples::default();
    for (row, reply) in &negatives {
        let moved = interventional::moved(forest, &background, matrix.row(*row));
        let lowest = moved.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)).map(|(place, _)| place);
        let strongest = lowest.map_or("", |place| judged.candidate.model.features()[place].name.as_str());
        let stated = reply.reasons.first().map_or("none", |reason| reason.feature.as_str());
        if stated == strongest {
            agree += 1;
        } else {
            differing.add(|| format!("row {}: the first reason is {stated}; against other rows {strongest}", row + 1));
        }
    }
    let measured = Measurement::with_interval(agree as f64 / n as f64, wilson(agree, n), Unit::Share, n)?;
    Ok(judged.asked.note_drawn(measured.with_parts(differing.part().into_iter().collect())))
}

/// The share of negative answers with as many reasons as the policy wants, one at least: each with the policy's code
/// and words for the value at hand, each against the record, the strongest first, and none of it anything that must
/// never be said.
///
/// # Errors
/// Not measured when there is no negative answer to explain.
pub fn reasons<R: Record>(judged: &Judged<R>) -> Measured {
    let policy = judged.decider.policy();
    let negatives = negatives(judged, judged.asked.places())?;
    let mut unsound = Counterexamples::default();
    let mut forbidden = ForbiddenWords::default();
    for (row, reply) in &negatives {
        let features = judged.frame.matrix.row(*row);
        let mut defect_of = |reason| reason_defect(judged, features, reply, reason, &mut forbidden);
        let defect = count_defect(policy, reply).or_else(|| reply.reasons.iter().find_map(&mut defect_of));
        unsound.add_defect(defect.map(|defect| format!("row {}: {defect}", row + 1)));
    }
    Ok(judged.asked.note_negatives(unsound.sound_share(negatives.len() as u64)?))
}

/// The defect of the reasons of an answer as a list.
fn count_defect(policy: &Policy, reply: &Reply) -> Option<String> {
    let reasons = &reply.reasons;
    if !(1..=policy.answer.max_reasons).contains(&reasons.len()) {
        return Some(format!("{} reasons, where 1 to {} are allowed", reasons.len(), policy.answer.max_reasons));
    }
    let is_sorted = reasons.is_sorted_by(|a, b| a.moved <= b.moved && a.code != b.code);
    let codes = || reasons.iter().map(|reason| reason.code.as_str()).collect::<Vec<_>>().join(", ");
    (!is_sorted).then(|| format!("the reasons {} are not in the order of their weight, each once", codes()))
}

/// The words of texts that must never be said. The same few texts stand in thousands of answers, so each is searched
/// once.
#[derive(Default)]
struct ForbiddenWords(BTreeMap<String, Option<String>>);

impl ForbiddenWords {
    fn in_text(&mut self, policy: &Policy, text: &str) -> Option<String> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let word = policy.never_said().find(|word| says(text, word)).map(str::to_owned);
        self.0.insert(text.to_owned(), word.clone());
        word
    }
}

/// The defect of one reason.
fn reason_defect<R: Record>(
    judged: &Judged<R>,
    row: &[f64],
    reply: &Reply,
    reason: &Reason,
    forbidden: &mut ForbiddenWords,
) -> Option<String> {
    let policy = judged.decider.policy();
    let Reason { feature, code, text, moved, .. } = reason;
    let place = judged.candidate.model.features().iter().position(|known| known.name == *feature);
    let entry = policy.wording.get(feature).filter(|entry| entry.code == *code);
    let own = place.zip(entry).and_then(|(at, entry)| judged.candidate.model.features()[at].reason(entry, row[at]));
    if *moved >= 0.0 {
        Some(format!("the reason {code} spoke for the applicant: it moved the score by {moved}"))
    } else if own.as_ref() != Some(text) {
        Some(format!("the reason {code} says `{text}`, and wording.{feature} says {own:?}"))
    } else if !reply.explanation.contains(text) {
        Some(format!("the explanation does not say the reason `{text}`: {}", reply.explanation))
    } else if let Some(word) = forbidden.in_text(policy, text) {
        Some(format!("the reason `{text}` says `{word}`, which must never be said"))
    } else {
        let word = forbidden.in_text(policy, feature)?;
        Some(format!(
            "the reason {code} rests on the feature `{feature}`, whose name says `{word}`, which must never be said: \
             rename the column, or take the word out of [explanation.never]"
        ))
    }
}

/// Draws for each negative answer.
const ROUNDING_DRAWS: usize = 20;

/// The frequency with which the strongest reason of a negative answer changes once every value is off by up to half of
/// what the policy's `[rounding]` says: the mean, over the answers, of the share of those of 20 draws that stay
/// negative; all, where none does. Wilson interval on the answers, which is wider than the draws alone would have it.
/// The parts are the reasons that gave way, and the first answer of which one did.
///
/// # Errors
/// Not measured when there is no negative answer, the policy declares no rounding, or declares it for a feature that is
/// not a number.
pub fn stability<R: Record>(judged: &Judged<R>) -> Measured {
    let negatives = negatives(judged, judged.asked.drawn())?;
    let model = &judged.candidate.model;
    let n = negatives.len() as u64;
    let mut changed = 0.0;
    let mut gave_way = BTreeMap::<String, f64>::new();
    let mut unstable = Counterexamples::default();
    for (row, reply) in &negatives {
        let strongest = &reply.reasons.first().ok_or_else(|| not_measured("a negative answer has no reason"))?.feature;
        let draws = rounded_rows(judged, *row, ROUNDING_DRAWS)?;
        let negative = draws.iter().filter(|row| model.score(row).is_some_and(|score| score < model.threshold()));
        let first = |row: &Vec<f64>| judged.decider.reasons(row).into_iter().next().map(|reason| reason.feature);
        let same: Vec<bool> = negative.map(|row| first(row).as_ref() == Some(strongest)).collect();
        let others = same.iter().filter(|same| !**same).count() as f64;
        let share = if same.is_empty() { 1.0 } else { others / same.len() as f64 };
        if share > 0.0 {
            let draws = same.len();
            unstable.add(|| format!("row {}: {strongest} gave way in {others} of {draws} negative draws", row + 1));
        }
        changed += share;
        *gave_way.entry(strongest.clone()).or_default() += share;
    }
    let parts = gave_way.into_iter().map(|(name, share)| Part { name, value: share / n as f64, n });
    let parts = parts.chain(unstable.part());
    let (value, (low, high)) = (changed / n as f64, wilson(changed.ceil() as u64, n));
    let measured = Measurement::with_interval(value, (low.min(value), high), Unit::Share, n)?;
    Ok(judged.asked.note_drawn(measured.with_parts(parts.collect())))
}

/// The largest loss of probability that anybody would suffer who moved a cited factor in its favourable direction, from
/// the value at hand to any better one in the data (at most 32, evenly picked), all else equal: over all negative
/// answers and their reasons that the policy's `[better]` knows a direction for. The parts are the features, and the
/// answer with the largest loss.
///
/// # Errors
/// Not measured when there is no such reason.
pub fn favourable<R: Record>(judged: &Judged<R>) -> Measured {
    let mut losses = BTreeMap::<String, Vec<f64>>::new();
    let mut furthest = Furthest::default();
    let mut tried = BTreeMap::new();
    for (row, reply) in negatives(judged, judged.asked.places())? {
        for reason in &reply.reasons {
            let feature = &reason.feature;
            if let Some((loss, value)) = largest_loss(judged, row, feature, &mut tried)? {
                losses.entry(feature.clone()).or_default().push(loss);
                furthest
                    .add(loss, || format!("row {}: {feature} = {value}, which is better, costs it {loss}", row + 1));
            }
        }
    }
    let part = |(name, losses): (String, Vec<f64>)| {
        let value = losses.iter().copied().max_by(f64::total_cmp).unwrap_or(f64::NAN);
        Part { name, value, n: losses.len() as u64 }
    };
    let measured = furthest.measure(Unit::Probability)?;
    let parts = losses.into_iter().map(part).chain(measured.parts().iter().cloned()).collect();
    Ok(judged.asked.note_negatives(measured.with_parts(parts)))
}

/// The greatest loss of a row by better values of a feature, 0 or more, with the value; `None` where the policy knows
/// no direction or the row has the best value. `tried` keeps the values of each feature, from worst to best.
fn largest_loss<R: Record>(
    judged: &Judged<R>,
    row: usize,
    feature: &str,
    tried: &mut BTreeMap<String, Vec<f64>>,
) -> Result<Option<(f64, f64)>, NotMeasured> {
    let model = &judged.candidate.model;
    let matrix = &judged.frame.matrix;
    let Some(better) = judged.decider.policy().better.get(feature) else { return Ok(None) };
    let place = model.features().iter().position(|known| known.name == feature);
    let place = place.ok_or_else(|| not_measured("a reason names no feature"))?;
    let mut moved = matrix.row(row).to_vec();
    let own = moved[place];
    let before = model.probability(&moved);
    let values = tried.entry(feature.to_owned()).or_insert_with(|| worst_to_best(matrix, place, *better));
    let values = values.iter().copied().filter(|value| better.is_better(*value, own));
    let losses = values.map(|value| {
        moved[place] = value;
        (before - model.probability(&moved), value)
    });
    // A gain is no loss; NaN is greater than every number in this order, and stays.
    let largest = losses.max_by(|a, b| a.0.total_cmp(&b.0));
    Ok(largest.map(|(loss, value)| (if loss < 0.0 { 0.0 } else { loss }, value)))
}

/// The number of feature values without words in the dictionary, of all that a person could be told: flags, categories,
/// numbers with words by value, and missing values. Not the best value in the sense of `[better]`, which speaks against
/// nobody. The parts are the features that lack words, and the first value without.
///
/// # Errors
/// Not measured without a feature.
pub fn wording<R: Record>(judged: &Judged<R>) -> Measured {
    let mut parts = Vec::new();
    let mut unsaid = Counterexamples::default();
    let mut n = 0_u64;
    for feature in judged.candidate.model.features() {
        let values = tellable_values(judged, feature);
        let entry = judged.decider.policy().wording.get(&feature.name);
        let words = |value: &&f64| entry.and_then(|entry| feature.reason(entry, **value));
        let lacking: Vec<f64> = values.iter().filter(|value| words(value).is_none()).copied().collect();
        lacking.iter().for_each(|value| unsaid.add(|| unsaid_value(feature, *value)));
        n += values.len() as u64;
        if !lacking.is_empty() {
            parts.push(Part { name: feature.name.clone(), value: lacking.len() as f64, n: values.len() as u64 });
        }
    }
    parts.extend(unsaid.part());
    Ok(unsaid.count(n)?.with_parts(parts))
}

fn unsaid_value(feature: &Feature, value: f64) -> String {
    let name = &feature.name;
    let value = match feature.levels.get(value as usize) {
        _ if is_missing(value) => "the missing value".to_owned(),
        Some(level) => format!("`{level}`"),
        None => format!("{value}"),
    };
    format!("wording.{name} has no words for {value}")
}

/// Most values of a number that words by value are asked for.
const MAX_WORDED_VALUES: i64 = 1_000;

/// The values of a feature that a person could be tellable_values, or one where the words are the same for all.
fn tellable_values<R: Record>(judged: &Judged<R>, feature: &Feature) -> Vec<f64> {
    let policy = judged.decider.policy();
    let by_value = policy.wording.get(&feature.name).is_some_and(|entry| matches!(entry.reason, Phrase::ByValue(_)));
    let kind = judged.decider.contract().column(&feature.name).map(|column| &column.kind);
    let mut values: Vec<f64> = match kind {
        Some(Kind::Choice(names)) => (0..names.len()).map(|place| place as f64).collect(),
        Some(Kind::Flag) => vec![0.0, 1.0],
        Some(Kind::Number { whole: true, min: Some(min), max: Some(max) }) if by_value => {
            (*min as i64..=*max as i64).take(MAX_WORDED_VALUES as usize).map(|value| value as f64).collect()
        }
        _ => vec![0.0],
    };
    if let Some(better) = policy.better.get(&feature.name).filter(|_| by_value) {
        let beaten = |value: &f64| values.iter().any(|other| better.is_better(*other, *value));
        values = values.iter().copied().filter(beaten).collect();
    }
    values.extend(feature.may_be_missing.then_some(MISSING));
    values
}

/// The number of negative answers whose counterfactual does not hold: the record with its changes, answered anew as a
/// request would be, is not positive or has another probability; or a change is none, or beyond what the policy allows.
/// The parts say for how many one was found, and for how many there is none within the policy's bounds.
///
/// # Errors
/// Not measured when there is no negative answer, or the policy names not_measured that can be acted on.
pub fn counterfactuals<R: Record>(judged: &Judged<R>) -> Measured {
    let policy = judged.decider.policy();
    if policy.actionable.is_empty() {
        return Err(not_measured("the policy names not_measured under [actionable]"));
    }
    let negatives = negatives(judged, judged.asked.places())?;
    let n = negatives.len() as u64;
    let mut found = 0_u64;
    let mut none = 0_u64;
    let mut broken = Counterexamples::default();
    for (row, reply) in negatives {
        let record = &judged.dataset.rows[row];
        match &reply.counterfactual {
            Some(Counterfactual::Change { changes, probability, .. }) => {
                found += 1;
                let changed = judged.decider.reply(&with_changes(record, changes)?).map_err(not_measured)?;
                let holds = changed.decision == policy.answer.positive && changed.probability == Some(*probability);
                let allowed = changes.iter().all(|change| is_allowed(change, policy.actionable.get(&change.feature)));
                if !holds || !allowed || changes.is_empty() {
                    broken.add(|| {
                        let promised = serde_json::to_string(changes).unwrap_or_default();
                        format!(
                            "row {}: promised {} at {probability} by {promised}; answered {} at {:?}",
                            row + 1,
                            policy.answer.positive,
                            changed.decision,
                            changed.probability
                        )
                    });
                }
            }
            Some(Counterfactual::NoneWithinBounds) => none += 1,
            None => broken.add(|| format!("row {}: the denial says nothing about a change", row + 1)),
        }
    }
    let part = |name: &str, count: u64| Part { name: name.to_owned(), value: count as f64, n };
    let parts = vec![part("found", found), part("none within the bounds", none)];
    let parts = parts.into_iter().chain(broken.part()).collect();
    Ok(judged.asked.note_negatives(broken.count(n)?.with_parts(parts)))
}

/// True if the policy lets a value move so far; a column of whole numbers rounds by half a unit.
fn is_allowed(change: &Change, actionable: Option<&Actionable>) -> bool {
    let by = change.to - change.from;
    let within = |most: f64| most > 0.0 && by.abs() <= most + 0.5;
    actionable.is_some_and(|a| if by < 0.0 { within(a.lower_by) } else { within(a.raise_by) })
}

/// The record with some values changed, read as a request would be.
fn with_changes<R: Record>(record: &R, changes: &[Change]) -> Result<R, NotMeasured> {
    let mut changed = serde_json::to_value(record).map_err(not_measured)?;
    for Change { feature, to, .. } in changes {
        // A whole column takes no number with a point.
        changed[feature] = if to.fract().abs() > 0.0 { Value::from(*to) } else { Value::from(*to as i64) };
    }
    serde_json::from_value(changed).map_err(not_measured)
}

/// The lowest reading ease ([`readability`]) of any row's plain-language text. The part is that row, with its reasons.
///
/// # Errors
/// Not measured when a text has no word.
pub fn readable<R: Record>(judged: &Judged<R>) -> Measured {
    let mut lowest = f64::INFINITY;
    let mut hardest = String::new();
    for (place, _, reply) in judged.replies().map_err(not_measured)? {
        let ease = readability::reading_ease(&reply.explanation).ok_or_else(|| not_measured("a text has no word"))?;
        if ease < lowest {
            lowest = ease;
            let codes: Vec<&str> = reply.reasons.iter().map(|reason| reason.code.as_str()).collect();
            hardest = format!("hardest: row {}, {} with reasons [{}]", place + 1, reply.decision, codes.join(", "));
        }
    }
    let part = Part { name: hardest, value: lowest, n: 1 };
    let rows = judged.asked.places().len() as u64;
    Ok(judged.asked.note(Measurement::exact(lowest, Unit::Score, rows)?.with_parts(vec![part])))
}

/// Of the asked rows at some places those that are answered negatively, with their replies.
fn negatives<'a, R: Record>(judged: &'a Judged<R>, places: &[usize]) -> Result<Vec<(usize, &'a Reply)>, NotMeasured> {
    let negative = &judged.decider.policy().answer.negative;
    let replies = judged.replies().map_err(not_measured)?.filter(|(.., reply)| reply.decision == *negative);
    let negatives: Vec<_> = replies
        .filter(|(place, ..)| places.binary_search(place).is_ok())
        .map(|(place, _, reply)| (place, reply))
        .collect();
    if negatives.is_empty() { Err(not_measured("there is no negative answer to explain")) } else { Ok(negatives) }
}

fn not_measured(why: impl std::fmt::Display) -> NotMeasured {
    NotMeasured(why.to_string())
}
