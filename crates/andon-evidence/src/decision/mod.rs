//! The decision: GO, GO for scores only, NO-GO or INCOMPLETE, from the evidence of every gate that the policy
//! requires.

mod baseline;
pub mod family;
mod fold;
mod looser;
mod record;
mod table;
mod tries;
pub mod weakening;

pub use self::baseline::Baseline;
pub use self::fold::results_without_release;
pub use self::looser::is_looser;
pub use self::record::{Decision, GateResult, GateState, Outcome, Tries};
pub use self::table::paint;
