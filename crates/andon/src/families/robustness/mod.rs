//! The family `robustness`: changes of a row that must not change its answer, or must not make it worse.

mod seeds;

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};
use andon_evidence::policy::{Better, Noise};
use rand_distr::{Distribution, StandardNormal, StandardUniform};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use serde_json::Value;

use crate::data::contract::{Contract, Kind, Record};
use crate::data::matrix::{MISSING, Matrix, is_missing};
use crate::decide::reply::Reply;
use crate::measure::counterexamples::{Counterexamples, Furthest};
use crate::measure::sample::Measured;
use crate::model::score::Score;
use crate::release::Judged;
use crate::statistics::share::wilson;

pub use seeds::seeds;

/// The number of replies that change when a protected attribute, the id or the label of a row is replaced, over every
/// asked row and every group that the contract allows. The parts are the columns, and the first reply that changes.
///
/// # Errors
/// Not measured when a row cannot be replied to.
pub fn protected_attributes<R: Record>(judged: &Judged<R>) -> Measured {
    let policy = judged.decider.policy();
    let columns = policy.data.protected.keys().chain(&policy.data.id).chain([&policy.data.label]);
    let mut parts = Vec::new();
    let mut first = Counterexamples::default();
    for column in columns {
        let mut changed = 0_u64;
        let mut n = 0_u64;
        for (place, row, reply) in judged.replies().map_err(|error| NotMeasured(error.to_string()))? {
            for twin in twins(judged.decider.contract(), row, column)? {
                let other = judged.decider.reply(&twin).map_err(|error| NotMeasured(error.to_string()))?;
                n += 1;
                if other != *reply {
                    changed += 1;
                    first.add(|| format!("row {}: with another {column} {}", place + 1, change(reply, &other)));
                }
            }
        }
        if n == 0 {
            return Err(NotMeasured(format!("no row could be given another {column}")));
        }
        parts.push(Part { name: column.clone(), value: changed as f64, n });
    }
    let n = parts.iter().map(|part| part.n).sum();
    parts.extend(first.part());
    Ok(judged.asked.note(first.count(n)?.with_parts(parts)))
}

fn change(from: &Reply, to: &Reply) -> String {
    let say = |reply: &Reply| match reply.probability {
        Some(probability) => format!("{} at {probability}", reply.decision),
        None => reply.decision.clone(),
    };
    format!("{} becomes {}", say(from), say(to))
}

/// The row with every other value of one column: each other category, or the ends of its range.
fn twins<R: Record>(contract: &Contract<R>, row: &R, column: &str) -> Result<Vec<R>, NotMeasured> {
    let failed = |why: String| NotMeasured(format!("{column} cannot be replaced: {why}"));
    let value = serde_json::to_value(row).map_err(|error| failed(error.to_string()))?;
    let kind = &contract.column(column).ok_or_else(|| failed("no such column".to_owned()))?.kind;
    let others: Vec<Value> = match kind {
        Kind::Choice(names) => names.iter().map(|name| Value::from(name.as_str())).collect(),
        Kind::Number { min, max, whole } => {
            let ends = [min.unwrap_or(0.0), max.unwrap_or(1.0)];
            ends.iter().map(|end| if *whole { Value::from(*end as i64) } else { Value::from(*end) }).collect()
        }
        Kind::Flag => vec![Value::from(false), Value::from(true)],
        Kind::Text => vec![Value::from(""), Value::from("other")],
    };
    let others = others.into_iter().filter(|other| value.get(column) != Some(other));
    others
        .map(|other| {
            let mut twin = value.clone();
            twin[column] = other;
            serde_json::from_value(twin).map_err(|error| failed(error.to_string()))
        })
        .collect()
}

/// Share of the drawn rows whose answer flips when every feature that the policy's `[noise]` names is off by as much as
/// it says: normal noise, drawn once a row from a seed, rounded and cut to what the contract allows. Interval by
/// Wilson. The parts are the same for one feature at a time, and the first row that flips.
///
/// # Errors
/// Not measured when the policy declares no noise, declares it for a feature that is not a number, or declares so
/// little that not one value changes.
pub fn noise<R: Record>(judged: &Judged<R>) -> Measured {
    let changed = ChangedRows::new(judged)?;
    let matrix = &changed.matrix;
    let n = matrix.len() as u64;
    let mut all = Vec::new();
    let mut parts = Vec::new();
    for (place, feature) in judged.candidate.model.features().iter().enumerate() {
        let Some(noise) = judged.decider.policy().noise.get(&feature.name) else { continue };
        let one = [(place, noisy(judged, matrix, place, *noise)?)];
        let same = |(row, value): (usize, &f64)| matrix.row(row)[place].to_bits() == value.to_bits();
        if one[0].1.iter().enumerate().all(same) {
            return Err(NotMeasured(format!("noise.{}: so little changes no value", feature.name)));
        }
        let share = changed.flips(&replaced(matrix, &one))?.0 as f64 / n.max(1) as f64;
        parts.push(Part { name: feature.name.clone(), value: share, n });
        all.extend(one);
    }
    if parts.is_empty() {
        return Err(NotMeasured("the policy declares no [noise]".to_owned()));
    }
    let (flipped, first) = changed.flips(&replaced(matrix, &all))?;
    parts.extend(first);
    let share = flipped as f64 / n as f64;
    let measured = Measurement::with_interval(share, wilson(flipped, n), Unit::Share, n)?.with_parts(parts);
    Ok(judged.asked.note_drawn(measured))
}

/// A feature whose values can be moved without breaking the contract.
struct NumberColumn {
    place: usize,
    whole: bool,
    min: f64,
    max: f64,
}

impl NumberColumn {
    /// `role` is the policy's table that names the feature.
    fn new<R: Record>(judged: &Judged<R>, place: usize, role: &str) -> Result<Self, NotMeasured> {
        let name = &judged.candidate.model.features()[place].name;
        match judged.decider.contract().column(name).map(|column| &column.kind) {
            Some(Kind::Number { whole, min, max }) => {
                Ok(Self { place, whole: *whole, min: min.unwrap_or(f64::MIN), max: max.unwrap_or(f64::MAX) })
            }
            _ => Err(NotMeasured(format!("{role}.{name}: is not a number"))),
        }
    }

    /// The allowed value nearest to another one; a missing value stays missing.
    fn moved(&self, from: f64, to: f64) -> f64 {
        let to = if self.whole { to.round() } else { to };
        if is_missing(from) { from } else { to.max(self.min).min(self.max) }
    }
}

/// The column's values with noise; a stream of random numbers for every column.
fn noisy<R: Record>(judged: &Judged<R>, matrix: &Matrix, place: usize, noise: Noise) -> Result<Vec<f64>, NotMeasured> {
    let movable = NumberColumn::new(judged, place, "noise")?;
    let mut random = Xoshiro256PlusPlus::seed_from_u64(judged.sample.seed.wrapping_add(place as u64));
    let mut off = |value: f64| {
        let by: f64 = StandardNormal.sample(&mut random);
        let noisy = match noise {
            Noise::Deviation(deviation) => value + deviation * by,
            Noise::Relative(share) => value * (1.0 + share * by),
        };
        movable.moved(value, noisy)
    };
    Ok((0..matrix.len()).map(|row| off(matrix.row(row)[place])).collect())
}

/// One row, so many times, with every feature that the policy's `[rounding]` names off by up to half of its unit,
/// evenly.
///
/// # Errors
/// Not measured when the policy declares no rounding, or declares it for a feature that is not a number.
pub(crate) fn rounded_rows<R: Record>(
    judged: &Judged<R>,
    row: usize,
    draws: usize,
) -> Result<Vec<Vec<f64>>, NotMeasured> {
    let rounding = &judged.decider.policy().rounding;
    let features = judged.candidate.model.features().iter().enumerate();
    let declared = features.filter_map(|(place, feature)| Some((place, *rounding.get(&feature.name)?)));
    let rounded = declared.map(|(place, unit)| Ok((NumberColumn::new(judged, place, "rounding")?, unit)));
    let rounded = rounded.collect::<Result<Vec<_>, NotMeasured>>()?;
    if rounded.is_empty() {
        return Err(NotMeasured("the policy declares no [rounding]".to_owned()));
    }
    let mut random = Xoshiro256PlusPlus::seed_from_u64(judged.sample.seed.wrapping_add(row as u64));
    let mut draw = || {
        let mut values = judged.frame.matrix.row(row).to_vec();
        for (movable, unit) in &rounded {
            let value = &mut values[movable.place];
            let chance: f64 = StandardUniform.sample(&mut random);
            *value = movable.moved(*value, *value + unit * (chance - 0.5));
        }
        values
    };
    Ok((0..draws).map(|_| draw()).collect())
}

/// Share of the drawn rows whose answer flips when a value that the contract lets be absent is absent, for the feature
/// where most do. Looked at are the features that were absent in part of the training data; without them such a row is
/// referred to a person, which is no answer. Interval by Wilson. The parts are the features, and the first row that
/// flips by that feature.
///
/// # Errors
/// Not measured when there is no such feature, or it has no value to take away.
pub fn missing<R: Record>(judged: &Judged<R>) -> Measured {
    let mut found: Vec<(Part, (f64, f64), Option<Part>)> = Vec::new();
    let changed = ChangedRows::new(judged)?;
    let matrix = &changed.matrix;
    for (place, feature) in judged.candidate.model.features().iter().enumerate() {
        let optional = judged.decider.contract().column(&feature.name).is_some_and(|column| !column.required);
        let present = (0..matrix.len()).filter(|row| !is_missing(matrix.row(*row)[place]));
        let n = present.count() as u64;
        if !optional || !feature.may_be_missing || n == 0 {
            continue;
        }
        let absent = [(place, vec![MISSING; matrix.len()])];
        let (flipped, first) = changed.flips(&replaced(matrix, &absent))?;
        let part = Part { name: feature.name.clone(), value: flipped as f64 / n as f64, n };
        found.push((part, wilson(flipped, n), first));
    }
    found.sort_by(|a, b| b.0.value.total_cmp(&a.0.value));
    let Some((Part { value, n, .. }, (low, _), first)) = found.first().cloned() else {
        return Err(NotMeasured("no feature may be missing and was, in part, in the training data".to_owned()));
    };
    // Another feature's interval may reach further up than that of the one which leads.
    let high = found.iter().map(|(_, (_, high), _)| *high).fold(value, f64::max);
    let parts = found.into_iter().map(|(part, ..)| part).chain(first).collect();
    let measured = Measurement::with_interval(value, (low, high), Unit::Share, n)?.with_parts(parts);
    Ok(judged.asked.note_drawn(measured))
}

/// The matrix with other values in some columns.
fn replaced(matrix: &Matrix, columns: &[(usize, Vec<f64>)]) -> Matrix {
    let mut replaced = Matrix::new(matrix.columns());
    for row in 0..matrix.len() {
        let mut values = matrix.row(row).to_vec();
        columns.iter().for_each(|(place, column)| values[*place] = column[row]);
        replaced.push(&values);
    }
    replaced
}

/// The drawn rows, which are asked before and after a change.
struct ChangedRows<'a, R> {
    judged: &'a Judged<R>,
    matrix: Matrix,
    /// Their answers before a change.
    before: Vec<bool>,
}

impl<'a, R: Record> ChangedRows<'a, R> {
    fn new(judged: &'a Judged<R>) -> Result<Self, NotMeasured> {
        let matrix = judged.frame.matrix.select(judged.asked.drawn());
        let before = answers(judged, &matrix)?;
        Ok(Self { judged, matrix, before })
    }

    /// The number of changed rows that the model answers otherwise than these, and the first of them.
    fn flips(&self, changed: &Matrix) -> Result<(u64, Option<Part>), NotMeasured> {
        let before = &self.before;
        let after = answers(self.judged, changed)?;
        let flipped: Vec<usize> = (0..before.len()).filter(|row| before[*row] != after[*row]).collect();
        let answer = &self.judged.decider.policy().answer;
        let word = |positive: bool| if positive { &answer.positive } else { &answer.negative };
        let describe = |row: usize| {
            let change = format!("{} becomes {}", word(before[row]), word(after[row]));
            let place = self.judged.asked.drawn()[row] + 1;
            Part { name: format!("first: row {place}: {change}"), value: 1.0, n: 1 }
        };
        Ok((flipped.len() as u64, flipped.first().map(|row| describe(*row))))
    }
}

/// True for each encoded row that is answered positively.
fn answers<R: Record>(judged: &Judged<R>, matrix: &Matrix) -> Result<Vec<bool>, NotMeasured> {
    let scores = judged.score_all(matrix)?;
    Ok(scores.into_iter().map(|score| score >= judged.sample.threshold).collect())
}

/// Most values of a feature that are tried.
const MAX_TRIED_VALUES: usize = 32;

/// The largest loss of probability that a better value of a feature brings any row, all else equal: over every asked
/// row, and over all pairs of a worse and a better value that occur in the data (at most 32, evenly picked). The part
/// is the row with the largest loss.
///
/// # Errors
/// Not measured when the policy does not say which values are better, or the feature has one value only.
pub fn direction<R: Record>(judged: &Judged<R>, feature: &str) -> Measured {
    let better = judged.decider.policy().better.get(feature);
    let better =
        better.ok_or_else(|| NotMeasured(format!("the policy has no better.{feature} = \"lower\" or \"higher\"")))?;
    let place = judged.frame.features.iter().position(|known| known.name == feature);
    let place = place.ok_or_else(|| NotMeasured(format!("{feature} is not a feature")))?;
    let values = worst_to_best(&judged.frame.matrix, place, *better);
    if values.len() < 2 {
        return Err(NotMeasured(format!("{feature} has one value only")));
    }
    let mut tried = Matrix::new(judged.frame.matrix.columns());
    for row in judged.asked.places() {
        let mut moved = judged.frame.matrix.row(*row).to_vec();
        values.iter().for_each(|value| {
            moved[place] = *value;
            tried.push(&moved);
        });
    }
    let scores = judged.score_all(&tried)?;
    let mut furthest = Furthest::default();
    for (row, scores) in judged.asked.places().iter().zip(scores.chunks(values.len())) {
        let (loss, (before, worse), (after, better)) = largest_loss(&values, scores);
        furthest.add(loss, || {
            format!("row {}: {before} at {feature} = {worse}, and {after} at {better}, which is better", row + 1)
        });
    }
    Ok(judged.asked.note(furthest.measure(Unit::Probability)?))
}

/// The largest loss of probability on the way from worse to better values, and its two ends, each a probability with
/// its value.
fn largest_loss(values: &[f64], scores: &[Score]) -> (f64, (f64, f64), (f64, f64)) {
    let mut best = (0.0_f64, f64::NAN);
    let mut worst = (0.0_f64, best, best);
    for (value, score) in values.iter().zip(scores) {
        let here = (score.share(), *value);
        if here.0 > best.0 {
            best = here;
        }
        if best.0 - here.0 > worst.0 {
            worst = (best.0 - here.0, best, here);
        }
    }
    worst
}

pub(crate) fn worst_to_best(matrix: &Matrix, place: usize, better: Better) -> Vec<f64> {
    let values = (0..matrix.len()).map(|row| matrix.row(row)[place]);
    let mut values: Vec<f64> = values.filter(|value| !is_missing(*value)).collect();
    values.sort_unstable_by(f64::total_cmp);
    values.dedup_by(|a, b| a.to_bits() == b.to_bits());
    let step = values.len().div_ceil(MAX_TRIED_VALUES).max(1);
    let mut tried: Vec<f64> = values.into_iter().step_by(step).collect();
    if better == Better::Lower {
        tried.reverse();
    }
    tried
}
