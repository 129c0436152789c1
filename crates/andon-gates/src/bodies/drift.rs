//! The family `drift`: are the later rows like the earlier ones?

use andon::Record;
use andon::families::drift::{self, DriftComparison};
use andon::gate::Gate;
use andon::judge::NotMeasured;

use crate::body::Body;

/// The bodies by question.
pub(super) fn find_body<R: Record>(question: &str) -> Option<Body<R>> {
    let body: Body<R> = match question {
        // The largest shift of any feature, over its tenths.
        "population_stability" => |gate, _, _| drift::population_stability(&compare(gate)?),
        // The largest shift of any numeric feature, at any value.
        "kolmogorov_smirnov" => |gate, _, _| drift::kolmogorov_smirnov(&compare(gate)?),
        // The largest shift of any categorical feature.
        "cramers_v" => |gate, _, _| drift::cramers_v(&compare(gate)?),
        // The shift of the label.
        "label" => |gate, _, _| drift::label(&compare(gate)?),
        // The shift of the scores.
        "prediction" => |gate, _, _| drift::prediction(&compare(gate)?),
        _ => return None,
    };
    Some(body)
}

fn compare<R: Record>(gate: &mut Gate<'_, R>) -> Result<DriftComparison, NotMeasured> {
    DriftComparison::of_policy(gate.release(), gate.judged()?)
}
