//! The decision: GO, NO-GO or INCOMPLETE, from the evidence of every gate that the policy requires.

pub mod family;
mod fold;
mod record;
mod table;
pub mod weakening;

pub use self::record::{Decision, GateResult, GateState, Outcome};
pub use self::table::paint;
