//! What must not change an answer, and what must not make it worse.

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};
use andon_evidence::policy::Better;
use serde_json::Value;

use crate::contract::{Contract, Kind, Record};
use crate::frame::Matrix;
use crate::measure::Measured;
use crate::release::Judged;

/// How many replies change when a protected attribute, the id or the label of a row is replaced, over every row and
/// every group that the contract allows. The parts are the columns.
///
/// # Errors
/// Not measured when a row cannot be replied to.
pub fn protected_attributes<R: Record>(judged: &Judged<R>) -> Measured {
    let policy = judged.decider.policy();
    let columns = policy.data.protected.keys().chain([&policy.data.id, &policy.data.label]);
    let mut parts = Vec::new();
    for column in columns {
        let (mut changed, mut n) = (0_u64, 0_u64);
        for row in &judged.dataset.rows {
            let reply = judged.decider.reply(row).map_err(|error| NotMeasured(error.to_string()))?;
            for twin in twins(judged.decider.contract(), row, column)? {
                let other = judged.decider.reply(&twin).map_err(|error| NotMeasured(error.to_string()))?;
                changed += u64::from(other != reply);
                n += 1;
            }
        }
        if n == 0 {
            return Err(NotMeasured(format!("no row could be given another {column}")));
        }
        parts.push(Part { name: column.clone(), value: changed as f64, n });
    }
    let changed = parts.iter().map(|part| part.value).sum();
    let n = parts.iter().map(|part| part.n).sum();
    Ok(Measurement::exact(changed, Unit::Count, n)?.with_parts(parts))
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

/// Most values of a feature that are tried.
const TRIED: usize = 32;

/// The largest loss of probability that a better value of a feature brings any row, all else equal: over every row,
/// and over all pairs of a worse and a better value that occur in the data (at most 32, evenly picked).
///
/// # Errors
/// Not measured when the policy does not say which values are better, or the feature has one value only.
pub fn direction<R: Record>(judged: &Judged<R>, feature: &str) -> Measured {
    let better = judged.decider.policy().better.get(feature);
    let better =
        better.ok_or_else(|| NotMeasured(format!("the policy has no better.{feature} = \"lower\" or \"higher\"")))?;
    let model = &judged.candidate.model;
    let place = model.features().iter().position(|known| known.name == feature);
    let place = place.ok_or_else(|| NotMeasured(format!("{feature} is not a feature")))?;
    let values = worst_to_best(&judged.frame.matrix, place, *better);
    if values.len() < 2 {
        return Err(NotMeasured(format!("{feature} has one value only")));
    }
    let mut worst_loss = 0.0_f64;
    for row in 0..judged.frame.matrix.len() {
        let mut moved = judged.frame.matrix.row(row).to_vec();
        let mut best_so_far = 0.0_f64;
        for value in &values {
            moved[place] = *value;
            let score = model.score(&moved).ok_or_else(|| NotMeasured("a score is not a number".to_owned()))?;
            best_so_far = best_so_far.max(score.share());
            worst_loss = worst_loss.max(best_so_far - score.share());
        }
    }
    Measurement::exact(worst_loss, Unit::Probability, judged.frame.matrix.len() as u64)
}

fn worst_to_best(matrix: &Matrix, place: usize, better: Better) -> Vec<f64> {
    let values = (0..matrix.len()).map(|row| matrix.row(row)[place]);
    let mut values: Vec<f64> = values.filter(|value| !crate::frame::is_missing(*value)).collect();
    values.sort_unstable_by(f64::total_cmp);
    values.dedup_by(|a, b| a.to_bits() == b.to_bits());
    let step = values.len().div_ceil(TRIED).max(1);
    let mut tried: Vec<f64> = values.into_iter().step_by(step).collect();
    if better == Better::Lower {
        tried.reverse();
    }
    tried
}
