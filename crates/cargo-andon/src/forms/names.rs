//! The names of the files that the forms are written to, and of the decision among the gates.

/// The gates as test results.
pub(crate) const JUNIT_FILE: &str = "junit.xml";
/// Gates that are not green, at the lines of the policy that ask for them.
pub(crate) const SARIF_FILE: &str = "andon.sarif";
/// The statement with the verdict, in its envelope.
pub(crate) const VERDICT_FILE: &str = "verdict.intoto.json";
/// The statement with the numbers, in its envelope.
pub(crate) const MEASURED_FILE: &str = "measured.intoto.json";

/// The name under which the decision itself stands among the gates, if it is no GO although each gate is green.
pub(super) const DECISION: &str = "decision";
