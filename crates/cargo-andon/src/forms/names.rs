//! The names of the files that the forms are written to, and of the decision among the gates.

/// The statement with the verdict, in its envelope.
pub(crate) const VERDICT_FILE: &str = "verdict.intoto.json";
/// The statement with the numbers, in its envelope.
pub(crate) const MEASURED_FILE: &str = "measured.intoto.json";

/// The name under which the decision itself stands among the gates, if it is no GO although each gate is green.
pub(super) const DECISION: &str = "decision";
