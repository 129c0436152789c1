//! The tables about gates: their bars, and everything that changes what a bar means.

use crate::policy::keys::key::{PolicyKey, PolicyTable};

pub(super) const TRUST: PolicyTable = PolicyTable {
    name: "trust",
    required: false,
    meaning: "The machine whose evidence counts. With the table, nothing is built from evidence that its key did not \
              sign: `cargo andon release` needs `--sign-with` on that machine, and others take the evidence over with \
              `cargo andon import`. The built program takes other artifacts only if that key signed them. Without the \
              table nothing can be imported.",
    keys: &[PolicyKey::new(
        "public_key",
        "text",
        "The public key of that machine, in PEM, as `cargo andon keygen` writes it.",
    )],
    example: r#"[trust]
public_key = """
-----BEGIN PUBLIC KEY-----
…
-----END PUBLIC KEY-----
"""
"#,
};

/// The keys of a bar.
pub(super) const BAR_KEYS: [PolicyKey; 9] = [
    PolicyKey::new("min", "number", "The measurement must be at least this.").valid("finite").optional(),
    PolicyKey::new("max", "number", "The measurement must be at most this.").valid("finite").optional(),
    PolicyKey::new(
        "decide_on",
        "text",
        "What must meet the bar: the unfavourable end of the interval, or the point alone.",
    )
    .valid("`\"interval\"` or `\"point\"`")
    .default("\"interval\""),
    PolicyKey::new("why", "text", "The reason for the bar, for an auditor who reads it once.")
        .valid("states something; another text than that of the interval, if the point decides now"),
    PolicyKey::new("source", "text", "The law, standard or paper that the bar rests on; the card lists it.")
        .valid("states something")
        .optional(),
    PolicyKey::new(
        "checked",
        "date as text",
        "The day on which somebody last looked whether the source still says so. `cargo andon status` names sources \
         that nobody has looked at for a year.",
    )
    .valid("`\"YYYY-MM-DD\"`; needs `source`")
    .optional(),
    PolicyKey::new(
        "blocks",
        "true or false",
        "False for a gate that warns: red or undecided, it shows as WARNED, in attestations too, and the decision \
         is no NO-GO for it. At least one gate of the policy blocks. A gate that blocked before and does not now is WEAKENED without `weakened_because`.",
    )
    .default("true"),
    PolicyKey::new("warns_because", "text", "The reason why the gate does not block.")
        .valid("states something; required with `blocks = false`, and an error without")
        .optional(),
    PolicyKey::new(
        "weakened_because",
        "text",
        "The reason why the bar is looser than in the previous release, or than when the gate was red. It is \
         required if the bar is looser, and an error if it is not.",
    )
    .valid("states something; not the text of `why`")
    .optional(),
];

pub(super) const GATE: PolicyTable = PolicyTable {
    name: "gate.\"NAME\"",
    required: true,
    meaning: "One table for each required gate: its bar, and the reason for it. NAME is the gate's id, \
              `family.question` or `family.question.subject`; the gate's test has the same name with `::` in place of \
              the dots. A gate is green if the unfavourable end of the 95 % interval meets the bar. A bar has either \
              `min` or `max`.",
    keys: &BAR_KEYS,
    example: r#"[gate."fairness.disparate_impact.sex"]
min = 0.80
why = "the customary yardstick of four fifths, taken from guidance for hiring"
source = "29 CFR 1607.4(D), its withdrawal under way"
checked = "2026-11-25"

[gate."latency.decision"]
max = 50.0 # milliseconds
decide_on = "point"
why = "the service level of the calling application"
# weakened_because = "the reason", once a previous release had a stricter bar
# blocks = false, with warns_because = "the reason": red is then WARNED
"#,
};

pub(super) const FAMILY: PolicyTable = PolicyTable {
    name: "family.NAME",
    required: false,
    meaning: "Family-wise error control over the gates of one family, against multiple testing. With it, the \
              probability that any green gate of the family is wrong is at most 2.5 %, so the decision can be stricter \
              than each gate's own test.",
    keys: &[
        PolicyKey::new("control", "text", "The procedure: Holm (1979).")
            .valid("`\"holm\"`; NAME is a family with a gate"),
        PolicyKey::new("why", "text", "The reason for it.").valid("not empty"),
    ],
    example: r#"[family.fairness]
control = "holm"
why = "the card makes a claim for each attribute, and not one of them may be there by chance"
"#,
};

pub(super) const BREAKING: PolicyTable = PolicyTable {
    name: "breaking",
    required: false,
    meaning: "Columns whose contract accepts less than in the previous release, each with the reason. \
              `contract.compatible` counts such a change, unless it has a reason here or the version says so: a new \
              major version, or a new minor version before 1.0.0. A reason holds for one release.",
    keys: &[PolicyKey::new("NAME", "text", "The reason. NAME is a column of the record, of now or then.")
        .valid("states something; not the text that stood in the previous release")
        .optional()],
    example: r#"[breaking]
term_months = "no caller sends a term over 40 years; agreed with the two that could"
"#,
};

pub(super) const REMOVED: PolicyTable = PolicyTable {
    name: "removed",
    required: false,
    meaning: "Gates of the previous release that are no longer required. A gate that is gone without an entry here is \
              WEAKENED, which is a NO-GO.",
    keys: &[PolicyKey::new("NAME", "text", "The reason why the gate is gone. NAME is the gate's id.")
        .valid("not empty; not a gate of this policy")
        .optional()],
    example: r#"[removed]
"accuracy.brier_skill" = "calibration.slope asks the same with a narrower interval"
"#,
};

pub(super) const WEAKENED: PolicyTable = PolicyTable {
    name: "weakened",
    required: false,
    meaning: "Settings other than bars that are weaker than in the previous release, or than when a gate was red: groups, \
              minimum rows, validated ranges, noise, folds, families and so on. A setting that can make a GO easier and \
              has no entry here is a NO-GO. If it is not known in which direction a key is stricter, any change of it \
              counts.",
    keys: &[PolicyKey::new("NAME", "text", "The reason. NAME is the key with its table, as in `evaluation.folds`.")
        .valid("states something; the setting is weaker than before")
        .optional()],
    example: r#"[weakened]
"evaluation.minimum_group_rows" = "the new survey has fewer rows, and its intervals say so"
"#,
};

pub(super) const WAIVER: PolicyTable = PolicyTable {
    name: "[waiver]",
    required: false,
    meaning: "An exception from one gate, for a time. A gate with a waiver may be red or undecided, and shows as \
              WAIVED. An expired waiver, or one for a green gate, is a NO-GO.",
    keys: &[
        PolicyKey::new("gate", "gate id", "The gate that may be red.").valid("a gate of this policy; each gate once"),
        PolicyKey::new("reason", "text", "The reason why that is acceptable.").valid("states something"),
        PolicyKey::new("owner", "text", "The person who answers for it.").valid("states something"),
        PolicyKey::new("expires", "date as text", "The last day on which the waiver holds (UTC).")
            .valid("`\"YYYY-MM-DD\"`; at most 92 days after the gate ran"),
    ],
    example: r#"[[waiver]]
gate = "latency.decision"
reason = "the new machine is ordered"
owner = "Ada Lovelace"
expires = "2027-02-15"
"#,
};
