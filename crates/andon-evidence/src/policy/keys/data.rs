//! The tables about the release, its data and its features.

use crate::policy::keys::key::{PolicyKey, PolicyTable};
use crate::policy::limits;

pub(super) const ABOUT: PolicyTable = PolicyTable {
    name: "about",
    required: true,
    meaning: "What the release is for. The model card repeats it.",
    keys: &[
        PolicyKey::new("owner", "text", "The person or role that answers for the release.").valid("not empty"),
        PolicyKey::new("purpose", "text", "One sentence: what the model decides.").valid("not empty"),
        PolicyKey::new("intended_use", "list of texts", "The uses that the release was judged for."),
        PolicyKey::new("out_of_scope", "list of texts", "The uses that it must not be put to."),
        PolicyKey::new("limitations", "list of texts", "The weaknesses that are known."),
    ],
    example: r#"[about]
owner = "Lead engineer, lending models"
purpose = "Recommends approval or denial of a loan application."
intended_use = ["First recommendation; a person decides every referral."]
out_of_scope = ["Applications outside the validated ranges."]
limitations = ["The label is what lenders decided, not whether the loan was repaid."]
"#,
};

pub(super) const DATA: PolicyTable = PolicyTable {
    name: "data",
    required: true,
    meaning: "The data file, and the part that each column plays. Andon refuses a policy that names the id, the label, \
              a protected attribute or a proxy as a feature.",
    keys: &[
        PolicyKey::new("file", "path", "The CSV file with one row per past decision.")
            .valid("relative to the policy; inside the release"),
        PolicyKey::new(
            "id",
            "column",
            "The column that names a row. Without it rows are named by their number in the file, and \
             `contract.unique_id` is not asked.",
        )
        .valid("neither a feature nor the label")
        .optional(),
        PolicyKey::new(
            "person",
            "column",
            "The column that names the person or household of a row. Its rows share a fold, so that no row is judged by a \
             model that saw the same person. Without the key, only equal rows and near twins share a fold.",
        )
        .valid("not a feature, not the label")
        .optional(),
        PolicyKey::new("label", "column", "The column that the model predicts: 0 or 1.").valid("not a feature"),
        PolicyKey::new(
            "favourable",
            "whole number",
            "The value of the label that is the better outcome for the person. Approvals, disparate impact and equal \
             opportunity count it. A column of the bad outcome, such as `denied`, is turned over first.",
        )
        .valid("`1`"),
        PolicyKey::new(
            "favourable_because",
            "text",
            "The reason why label 1 is the better outcome, where the name of the label, the words of the answer or the \
             data speak against it. `contract.favourable` is red until a person has written it; the card shows it.",
        )
        .valid("not empty")
        .optional(),
        PolicyKey::new(
            "order",
            "text",
            "The meaning of the order of the rows in the file, such as the day of the decision. Without it `drift.first_share` \
             compares two parts that differ in nothing anybody knows, and the `drift.*` gates are UNDECIDED.",
        )
        .valid("not empty")
        .optional(),
        PolicyKey::new(
            "collected_until",
            "date as text",
            "The day on which the newest row of the data file was collected. `contract.freshness` bounds the age of the \
             data by it, in days, on every day on which a decision is read.",
        )
        .valid("a date such as `\"2026-03-31\"`; not later than today, and not later than before for the same data file")
        .optional(),
        PolicyKey::new("features", "list of columns", "The columns that the model sees, in the model's order.")
            .valid("at least one; none twice; each has an entry in `[wording]`"),
        PolicyKey::new(
            "ordered",
            "list of columns",
            "Categories among the features whose names stand in an order in the record, such as bands of age. The model \
             asks of them whether a value lies below another. It asks of any other category whether the value is one \
             certain name, so the order of declaration means nothing.",
        )
        .valid("each a feature")
        .default("[]"),
        PolicyKey::new(
            "categories",
            "table: feature = { names, unseen }",
            "Categories that the record has as text, with the names that the model knows, so that a new name needs no \
             compilation. With `unseen = \"refer\"` a person decides on a record with another name, and the data file \
             may hold none. With `unseen = \"other\"` the model takes every other name for the name `other`, in the data \
             file too.",
        )
        .valid("two names or more, none twice; without an order at most 64")
        .default("{}"),
        PolicyKey::new(
            "protected",
            "table: column = list of groups",
            "The protected attributes, each with the groups that the fairness gates judge. Rows of other groups widen \
             each measurement as far as their worst assignment to the judged groups allows.",
        )
        .valid("each attribute has at least two groups and is neither id nor label"),
        PolicyKey::new(
            "pooled",
            "table: attribute = table: name = { groups, why }",
            "Groups of a protected attribute that have too few rows each and are judged together under a name, with the \
             reason. The name stands in `protected`; table, card and monitor use it, and the card counts the groups in \
             it. A group that has `evaluation.minimum_group_rows` is judged by itself: Andon refuses a pool that holds \
             it. A pool that appears after a gate was red, or after a release, needs a reason under `[weakened]`.",
        )
        .valid("two groups or more, each in one pool and not in `protected`")
        .default("{}"),
        PolicyKey::new(
            "control",
            "table: feature = list of numbers",
            "Features that groups may be compared within, each with the cut points of its bands. A gate whose id ends \
             in `_given_` and the feature's name compares groups band by band. A category has no cut points; each of \
             its names is a band.",
        )
        .valid("finite cut points, each above the one before")
        .default("{}"),
        PolicyKey::new(
            "unjudged",
            "table: column = text",
            "The reason why no gate judges a column of the record, or not every row of a protected attribute. A column \
             without a part in the policy needs one (`contract.unjudged_columns`); no reason excuses a column that \
             names a protected ground such as race. For a protected attribute, a reason excuses less than 2 % of the \
             rows (29 CFR 1607.15(A)(2)): the bar must still be met by the value under their worst assignment, but not \
             by its interval.",
        )
        .valid("not empty; neither the id nor the label")
        .default("{}"),
        PolicyKey::new(
            "proxies",
            "table: column = attribute",
            "Columns that stand for a protected attribute, such as a postcode for race. They are never a feature and \
             never part of a reason.",
        )
        .valid("the attribute is one of `protected`")
        .default("{}"),
    ],
    example: r#"[data]
file = "data/loans.csv"
id = "application_id"
person = "applicant"
order = "the day of the decision"
collected_until = "2026-03-31"
label = "approved"
favourable = 1 # if names or data speak against it: favourable_because = "the reason"
features = ["income", "loan_amount", "credit_history"]
ordered = ["credit_history"]
categories = { credit_history = { names = ["1", "2"], unseen = "refer" } }
protected = { sex = ["female", "male"], race = ["white", "other"] }
pooled = { race = { other = { groups = ["asian", "native"], why = "12 and 31 rows: neither decides anything alone" } } }
control = { credit_history = [2] } # two bands: up to 2, above 2
unjudged = { comment = "free text, which no model reads" }
proxies = { postcode = "sex" }
"#,
};

pub(super) const VALIDATED: PolicyTable = PolicyTable {
    name: "validated",
    required: true,
    meaning: "The range of each feature in which the model was validated. The answer to a record outside it is \
              `REFER`: a person decides. A feature without an entry has no validated range, and its values are limited \
              by the data contract alone. `serving.referred` bounds the share of such records, `fairness.answered.*` \
              their share by group, and the statistics are judged without them too.",
    keys: &[
        PolicyKey::new("NAME.min", "number", "The lowest validated value, in the feature's unit.")
            .valid("finite, below `max`; NAME is a feature"),
        PolicyKey::new("NAME.max", "number", "The highest validated value, in the feature's unit.")
            .valid("finite, above `min`"),
    ],
    example: r#"[validated]
income = { min = 700, max = 36000 }         # US dollars a month
loan_amount = { min = 26000, max = 575000 } # US dollars
"#,
};

pub(super) const BETTER: PolicyTable = PolicyTable {
    name: "better",
    required: false,
    meaning: "Which values of a feature are better for the person. The trees keep these directions: no better value \
              lowers a score. `contract.directions` checks that the labels do not contradict a direction, \
              `robustness.direction.*` that a better value costs nobody, and `explanation.favourable` that following \
              a reason costs nobody.",
    keys: &[PolicyKey::new("NAME", "text", "The direction of better values.")
        .valid("`\"lower\"` or `\"higher\"`; NAME is a feature")
        .optional()],
    example: r#"[better]
income = "higher"
credit_history = "lower"
"#,
};

pub(super) const NOISE: PolicyTable = PolicyTable {
    name: "noise",
    required: false,
    meaning: "How far a feature's value may be off, as people state or type it: the standard deviation of normal noise. \
              `robustness.noise` counts the answers that flip. Each feature has one of the two keys.",
    keys: &[
        PolicyKey::new("NAME.deviation", "number", "The standard deviation, in the feature's unit.")
            .valid("above 0, at most 1,000,000,000,000")
            .optional(),
        PolicyKey::new("NAME.relative", "number", "The standard deviation, as a share of the value.")
            .valid("above 0, at most 1")
            .optional(),
    ],
    example: r#"[noise]
income = { relative = 0.05 }       # a bonus counted or not
loan_amount = { deviation = 1000 } # US dollars
"#,
};

pub(super) const ROUNDING: PolicyTable = PolicyTable {
    name: "rounding",
    required: false,
    meaning: "The unit that people round a feature's value to. `explanation.stability` checks that rounding otherwise \
              does not change the first reason.",
    keys: &[PolicyKey::new("NAME", "number", "The unit of rounding, in the feature's unit.")
        .valid("above 0, at most 1,000,000,000,000; NAME is a feature")
        .optional()],
    example: r#"[rounding]
income = 100       # US dollars a month
loan_amount = 1000 # US dollars
"#,
};

pub(super) const USUAL: PolicyTable = PolicyTable {
    name: "usual.NAME",
    required: false,
    meaning: "Values of a feature that rightly occur far more often than the values around them: each value with the \
              reason. `contract.sentinels` takes any other value of that kind for a code in the place of a number.",
    keys: &[PolicyKey::new("NAME", "text", "The reason why so many rows have this value.")
        .valid("not empty; NAME is a number, quoted if it has a point; the table's name is a feature")
        .optional()],
    example: r#"[usual.loan_amount]
50000 = "the lender's standard loan"
"#,
};

pub(super) const GOLDEN: PolicyTable = PolicyTable {
    name: "golden",
    required: false,
    meaning: "The golden cases: records of past failures, each with the answer that it must get. `accuracy.golden` counts \
              those that get another one. `cargo andon golden add` writes a case.",
    keys: &[
        PolicyKey::new(
            "file",
            "path",
            "The cases, one JSON object on each line: `record`, `decision` or `probability` (`min` and `max`) or both, \
             and `because`.",
        )
        .valid("relative to the policy; inside the release"),
        PolicyKey::new(
            "fewer_because",
            "text",
            "The reason why there are fewer cases than in the previous release. Without it, fewer cases are UNDECIDED.",
        )
        .valid("states something")
        .optional(),
    ],
    example: r#"[golden]
file = "data/golden.ndjson"
# fewer_because = "the reason", once a case of the previous release is gone
"#,
};

pub(super) const DRIFT: PolicyTable = PolicyTable {
    name: "drift",
    required: false,
    meaning: "What the `drift.*` gates compare. The table has one of the two keys; without the table these gates have \
              nothing to measure and are UNDECIDED.",
    keys: &[
        PolicyKey::new(
            "first_share",
            "number",
            "Compares this share of the data file, from its beginning, with the rest.",
        )
        .within(limits::FIRST_SHARE)
        .optional(),
        PolicyKey::new(
            "reference",
            "path",
            "Compares the data file with another file of the same contract, such as the rows of the last quarter.",
        )
        .valid("relative to the policy; inside the release")
        .optional(),
    ],
    example: r#"[drift]
first_share = 0.5 # or: reference = "data/last_quarter.csv"
"#,
};
