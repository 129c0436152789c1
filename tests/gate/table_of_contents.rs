//! Has every gate of the policy a test that runs? These are no gates themselves: they make plain `cargo test` red if a
//! gate is deleted, renamed or ignored. Otherwise only the decision would show that.

use crate::{GATES, Gate};

#[test] fn every_gate_has_a_test_that_runs() -> Gate { GATES.each_has_a_test() }
/// A gate of the previous release, or one that was red, that the policy no longer has needs a reason under `[removed]`.
#[test] fn no_gate_is_gone_without_a_reason() -> Gate { GATES.none_is_gone() }
