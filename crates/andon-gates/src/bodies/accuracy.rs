//! The family `accuracy` beyond its statistics: better than simpler means, and right everywhere?

use andon::Record;
use andon::families::accuracy::{baseline, golden, slices};

use crate::body::Body;

/// The bodies by question.
pub(super) fn find_body<R: Record>(question: &str) -> Option<Body<R>> {
    let body: Body<R> = match question {
        // Accuracy beyond always giving the more frequent answer.
        "over_majority" => |gate, _, _| baseline::over_majority(gate.judged()?),
        // AUC beyond that of the best single feature.
        "over_single_feature" => |gate, _, _| baseline::over_single_feature(gate.judged()?, gate.release().grow()),
        // AUC on the rows of the training minus AUC on unseen rows: a model that memorises rows fails on new ones.
        "overfit_gap" => |gate, _, _| baseline::overfit_gap(gate.judged()?),
        // The worst slice that a search over one and two features finds.
        "weak_slice" => |gate, _, _| slices::weak_slice(gate.judged()?),
        // Each failure of the past gets the answer that it must get.
        "golden" => |gate, _, _| golden::golden(gate.release(), gate.judged()?),
        _ => return None,
    };
    Some(body)
}
