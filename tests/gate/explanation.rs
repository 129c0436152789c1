//! Are the explanations of the answers true?

use crate::{Gate, gate, gate_id};

/// The contributions of the features add up to the probability, on every row.
#[test] fn additivity() -> Gate { gate(&gate_id!()) }
/// The contributions equal the Shapley values by their definition, computed subset by subset.
#[test] fn definition() -> Gate { gate(&gate_id!()) }
/// The strongest reason stays the strongest if the values of others replace those that are left out.
#[test] fn methods() -> Gate { gate(&gate_id!()) }
/// Every denial states its principal reasons, in the words of the policy and in the order of their weight.
#[test] fn reasons() -> Gate { gate(&gate_id!()) }
/// The first reason does not depend on the rounding of a figure.
#[test] fn stability() -> Gate { gate(&gate_id!()) }
/// An applicant who follows a reason does not lose by it.
#[test] fn favourable() -> Gate { gate(&gate_id!()) }
/// The reason dictionary has words for every value that can count against an applicant.
#[test] fn wording() -> Gate { gate(&gate_id!()) }
/// The change that is said to turn a denial into an approval does so.
#[test] fn counterfactuals() -> Gate { gate(&gate_id!()) }
/// The texts are easy to read.
#[test] fn readable() -> Gate { gate(&gate_id!()) }
/// The guard of the language model refuses bad answers by the right rule and shows good ones.
#[test] fn guard() -> Gate { gate(&gate_id!()) }
/// The language model gets the decision and its reasons, and nothing else of an application.
#[test] fn privacy() -> Gate { gate(&gate_id!()) }
/// If the local language model fails or misbehaves, the template serves. If it behaves, its words are shown.
#[test] fn fallback() -> Gate { gate(&gate_id!()) }
