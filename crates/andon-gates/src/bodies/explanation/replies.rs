//! The replies to the rows of the data.

use andon::judge::NotMeasured;
use andon::{Judged, Record, Reply};

use crate::body::not_measured;

/// The replies to all asked rows.
pub(super) fn replies<R: Record>(judged: &Judged<R>) -> Result<Vec<Reply>, NotMeasured> {
    Ok(judged.replies().map_err(not_measured)?.map(|(.., reply)| reply.clone()).collect())
}

/// The first denial and the first approval.
pub(super) fn one_of_each<R: Record>(judged: &Judged<R>) -> Result<[Reply; 2], NotMeasured> {
    let answer = &judged.decider.policy().answer;
    let first = |word: &String| {
        let mut replies = judged.replies().map_err(not_measured)?.map(|(.., reply)| reply);
        let first = replies.find(|reply| reply.decision == *word).cloned();
        first.ok_or_else(|| not_measured(format!("no row is answered {word}")))
    };
    Ok([first(&answer.negative)?, first(&answer.positive)?])
}
