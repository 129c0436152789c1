//! The tables about what comes after a decision.

use crate::policy::keys::gates::BAR_KEYS;
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

pub(super) const OVERRIDE: PolicyTable = PolicyTable {
    name: "override",
    required: false,
    meaning: "The reasons for which a person may decide otherwise than the model (`POST .../decisions/{id}/override`). \
              Without the table no override can be put on record.",
    keys: &[PolicyKey::new(
        "reasons",
        "table: code = text",
        "The reason in words, by the code that an override gives. New codes may be added later; one that changes or goes \
         needs a reason under `[weakened]`.",
    )
    .valid("at least one; each code 1 to 40 of A-Z, a-z, 0-9, `_` and `-`; each text states something")],
    example: r#"[override]
reasons = { O01 = "a document that the model does not see proves another income", O02 = "the record holds a mistake" }
"#,
};

pub(super) const MONITOR: PolicyTable = PolicyTable {
    name: "monitor.\"NAME\"",
    required: false,
    meaning: "One table for each gate that `monitor` alone asks, since only served decisions can answer it; no release is \
              judged by it. `serving.overrides` is the share of decisions that a person overrode; \
              `fairness.overrides.ATTRIBUTE` is the greatest difference of that share between groups, and \
              `fairness.overrides_to_approval.ATTRIBUTE` and `fairness.overrides_to_denial.ATTRIBUTE` ask it of one \
              direction. ATTRIBUTE is a subject as in `[gate]`. Changing a bar after a release needs a reason under \
              `[weakened]`.",
    keys: &BAR_KEYS,
    example: r#"[monitor."serving.overrides"]
max = 0.05 # never `min = `: it is a share, and lower is better
decide_on = "interval"
why = "a model that people overrule more often than that is not the one that decides"
# source = "the policy of the house, section 4"; checked = "2027-01-31"
# blocks = false, with warns_because = "the reason", if red must not stop anything
# weakened_because = "the reason", if the bar is looser than before
"#,
};
