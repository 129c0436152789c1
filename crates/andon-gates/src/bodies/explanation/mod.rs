//! The family `explanation`: are the explanations of the answers true?

mod fallback;
mod guard;
mod privacy;
mod replies;
mod stand_in;

use andon::Record;
use andon::families::explanation::{self, sampled};

use crate::body::Body;

/// The bodies by question.
pub(super) fn find_body<R: Record>(question: &str) -> Option<Body<R>> {
    let body: Body<R> = match question {
        // The contributions of the features add up to the probability, on every row.
        "additivity" => |gate, _, _| explanation::additivity(gate.judged()?),
        // The contributions equal the Shapley values by their definition, computed subset by subset.
        "definition" => |gate, _, _| explanation::definition(gate.judged()?),
        // The strongest reason stays the strongest if the values of other applicants replace those that are left out.
        "methods" => |gate, _, _| explanation::methods(gate.judged()?),
        // The strongest reason of a denial by a command is certain, though its Shapley values are sampled.
        "certain_reasons" => |gate, _, _| sampled::certain_reasons(gate.judged()?),
        // Every denial states its principal reasons, in the words of the policy and in the order of their weight.
        "reasons" => |gate, _, _| explanation::reasons(gate.judged()?),
        // The first reason does not depend on the rounding of a figure.
        "stability" => |gate, _, _| explanation::stability(gate.judged()?),
        // An applicant who follows a reason does not lose by it.
        "favourable" => |gate, _, _| explanation::favourable(gate.judged()?),
        // The reason dictionary has words for every value that can count against an applicant.
        "wording" => |gate, _, _| explanation::wording(gate.judged()?),
        // The change that is said to turn a denial into an approval does so.
        "counterfactuals" => |gate, _, _| explanation::counterfactuals(gate.judged()?),
        // The texts are easy to read.
        "readable" => |gate, _, _| explanation::readable(gate.judged()?),
        "guard" => guard::guard,
        "privacy" => privacy::privacy,
        "fallback" => fallback::fallback,
        _ => return None,
    };
    Some(body)
}
