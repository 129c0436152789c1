//! The tables about what comes after a decision.

use crate::policy::keys::key::{PolicyKey, PolicyTable};
use crate::policy::limits;

pub(super) const OUTCOMES: PolicyTable = PolicyTable {
    name: "outcomes",
    required: false,
    meaning: "The rule for what happened later (`outcomes import`). `monitor` holds accuracy, calibration and fairness of \
              each month of decisions against the bars of the release. Without the table these months are judged by the \
              defaults as soon as the trail has an outcome; with it, a month without outcomes is UNDECIDED.",
    keys: &[
        PolicyKey::new(
            "no_go_months",
            "whole number",
            "So many months with NO-GO, one after the other or not, ask for a new validation of the release: `monitor` \
             then says NO-GO.",
        )
        .within(limits::NO_GO_MONTHS)
        .valid("appearing or changing after a release needs a reason under `[weakened]`")
        .default("1"),
        PolicyKey::new(
            "due_after_months",
            "whole number",
            "The outcomes of a month are due so many months after it, counted to the last decision on the trail. A month \
             that is due and UNDECIDED makes the monitor UNDECIDED.",
        )
        .within(limits::DUE_AFTER_MONTHS)
        .default("0"),
    ],
    example: r#"[outcomes]
no_go_months = 1
due_after_months = 6
"#,
};
