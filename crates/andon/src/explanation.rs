//! Whether what the model says of its own answers is true.

use andon_evidence::judge::{Measurement, NotMeasured, Unit};

use crate::contract::Record;
use crate::measure::Measured;
use crate::release::Judged;

/// The largest distance, over all rows, between a row's raw score and its base plus what every feature moved it by.
///
/// # Errors
/// Not measured without rows.
pub fn additivity<R: Record>(judged: &Judged<R>) -> Measured {
    let (forest, matrix) = (judged.candidate.model.forest(), &judged.frame.matrix);
    let error = |row: usize| {
        let (base, moved) = forest.explain(matrix.row(row));
        (base + moved.iter().sum::<f64>() - forest.score(matrix.row(row))).abs()
    };
    let worst = (0..matrix.len()).map(error).fold(0.0, f64::max);
    Measurement::exact(worst, Unit::Probability, matrix.len() as u64)
}

/// The share of negative answers that come with at least one reason, each in the policy's words and none of it a
/// protected attribute.
///
/// # Errors
/// Not measured when there is no negative answer to explain.
pub fn reasons<R: Record>(judged: &Judged<R>) -> Measured {
    let policy = judged.decider.policy();
    let (mut negative, mut reasoned) = (0_u64, 0_u64);
    for row in &judged.dataset.rows {
        let reply = judged.decider.reply(row).map_err(|error| NotMeasured(error.to_string()))?;
        if reply.decision == policy.answer.negative {
            negative += 1;
            let sound = |reason: &crate::reply::Reason| {
                !policy.data.protected.contains_key(&reason.feature)
                    && policy.wording.get(&reason.feature).is_some_and(|entry| entry.code == reason.code)
                    && reply.explanation.contains(&reason.text)
            };
            reasoned += u64::from(!reply.reasons.is_empty() && reply.reasons.iter().all(sound));
        }
    }
    if negative == 0 {
        return Err(NotMeasured("there is no negative answer to explain".to_owned()));
    }
    Measurement::exact(reasoned as f64 / negative as f64, Unit::Share, negative)
}
