//! The tables about the model: how it is grown, judged and searched for.

use crate::policy::keys::key::{PolicyKey, PolicyTable};
use crate::policy::limits;

pub(super) const RECIPE: PolicyTable = PolicyTable {
    name: "recipe",
    required: true,
    meaning: "How the forest is grown.",
    keys: &[
        PolicyKey::new("seed", "whole number", "The seed of every random choice.").valid("0 or more"),
        PolicyKey::new("trees", "whole number", "The number of trees.").within(limits::TREES),
        PolicyKey::new("depth", "whole number", "The greatest depth of a tree, in splits.").within(limits::DEPTH),
        PolicyKey::new(
            "rare_class_weight",
            "number",
            "The weight of one row of the rarer label when splits are chosen; a row of the other label weighs 1. With \
             the inverse of the ratio of the labels both labels count the same. Leaves hold shares of rows, without \
             weights, so a probability does not depend on it.",
        )
        .within(limits::RARE_CLASS_WEIGHT),
        PolicyKey::new("min_leaf_weight", "number", "The least weight of the rows in a leaf, weighted as for splits.")
            .within(limits::MIN_LEAF_WEIGHT),
        PolicyKey::new(
            "smoothing_rows",
            "number",
            "Rows of the base rate that are mixed into each leaf's share, so that no leaf claims certainty.",
        )
        .within(limits::SMOOTHING_ROWS),
        PolicyKey::new(
            "max_rows_per_tree",
            "whole number",
            "The most rows that are drawn for one tree. The time to grow a tree is in proportion to it.",
        )
        .within(limits::MAX_ROWS_PER_TREE),
        PolicyKey::new(
            "max_bins",
            "whole number",
            "The most ranges, of about as many rows each, into which the values of a column are put before trees are \
             grown; a tree then parts between ranges, which takes a fraction of the time on large data. Missing values \
             and the names of a column without an order are never put together. Without it a tree parts between any \
             two values.",
        )
        .within(limits::MAX_BINS)
        .optional(),
        PolicyKey::new(
            "reweigh_by",
            "list of columns",
            "The protected attributes in whose groups (all of them together) the rows are reweighed in training: a row \
             weighs P(group) P(label) / P(group, label), so that group and label are independent in what is learned \
             (Kamiran and Calders 2012). The attributes are used in training alone: the model has no such column, and \
             no answer depends on them. Ask a lawyer first: whether a lender may use a protected attribute even in \
             training is disputed. A learner of a release's own must heed `Matrix::groups`.",
        )
        .valid("protected attributes, each once; with [model] none")
        .default("[]"),
    ],
    example: r#"[recipe]
seed = 20261123
trees = 50
depth = 5
rare_class_weight = 7.3
min_leaf_weight = 175.0
smoothing_rows = 1.0
max_rows_per_tree = 100000
max_bins = 256
reweigh_by = []
"#,
};

pub(super) const MODEL: PolicyTable = PolicyTable {
    name: "model",
    required: false,
    meaning: "A model that was trained elsewhere, in place of one that is grown by the recipe. The recipe then grows the \
              small forests of some gates and nothing else. Either `file` and `predictions` are given, and the policy \
              needs the gate `import.parity`; or `scores` or `command` alone, and then the release ends in GO for scores \
              only.",
    keys: &[
        PolicyKey::new(
            "file",
            "path",
            "The model: XGBoost (JSON, UBJSON), LightGBM (text), ONNX with one tree ensemble or one \
             logistic regression, or a table of points (CSV, TOML).",
        )
        .valid("relative to the policy; inside the release")
        .optional(),
        PolicyKey::new(
            "predictions",
            "path",
            "What the library that trained the model answers to the questions of `import.parity`, as CSV. \
             `cargo run -- questions` writes the questions, and `cargo andon import-model` prints the Python that \
             answers them.",
        )
        .valid("relative to the policy; inside the release")
        .optional(),
        PolicyKey::new(
            "scores",
            "column",
            "The column of the data file with the scores of a model that is somewhere else: the probability of the \
             favourable outcome, 0 to 1, rounded to ten-thousandths. Gates that need more than scores must not be in \
             the policy, and are listed as not asked; the decision is GO for scores only, and no program is built. \
             Features then need no entry in `[wording]`.",
        )
        .valid("neither a feature, the id, the person, the label, a protected attribute nor a proxy; not beside `file`")
        .optional(),
        PolicyKey::new(
            "command",
            "list of texts",
            "The program, with its arguments, that scores rows: a model in any language. It runs in the folder of the \
             policy and reads the features of each row as a JSON object on a line (a blank value is null); it prints the \
             probability of the favourable outcome of each, 0 to 1, on a line, in their order. A word of it that is a \
             file of the release is an input of the fingerprint. Gates that need more than answers must not be in the \
             policy, and are listed as not asked; the decision is GO for scores only, and no program is built. Features \
             then need no entry in `[wording]`.",
        )
        .valid("names a program and a file of the release; needs the gate `reproducibility.model_digest`; not beside \
                `file` or `scores`")
        .optional(),
        PolicyKey::new(
            "files",
            "list of paths",
            "Further files and folders that the scores of `command` depend on: the model, modules of the script, the lock \
             file of its packages. They are inputs of the fingerprint.",
        )
        .valid("relative to the policy; inside the release; there")
        .default("[]"),
        PolicyKey::new("time_limit_s", "whole number", "The seconds that one run of `command` may take.")
            .within(limits::TIME_LIMIT_S)
            .default("600"),
        PolicyKey::new(
            "explained_rows",
            "whole number",
            "The negative answers of `command` that Shapley values are sampled for; all of them if there are fewer.",
        )
        .within(limits::EXPLAINED_ROWS)
        .default("100"),
        PolicyKey::new(
            "explained_pairs",
            "whole number",
            "The samples for each of them: an order of the features with its reverse, against another row of the data. \
             Each asks `command` about at most twice as many rows as there are features.",
        )
        .within(limits::EXPLAINED_PAIRS)
        .default("50"),
        PolicyKey::new(
            "unseen",
            "`\"every_row\"` or table",
            "The rows that the model has not seen, neither in training nor when its settings were chosen: every row of \
             the data file; or those with 1 in a column, `{ column = \"…\" }`; or those whose id stands in a CSV file \
             with the column of the ids, `{ file = \"…\" }`. The gates then judge no other rows. Without it every gate \
             of the families accuracy, calibration, fairness and drift is UNDECIDED.",
        )
        .valid("a column is neither feature, id nor label; a file needs `data.id` and is an input of the fingerprint")
        .optional(),
        PolicyKey::new(
            "unseen_because",
            "text",
            "The reason why the model has not seen these rows: how they were kept from its training and from the choice \
             of its settings. Card and report show it.",
        )
        .valid("states something; required with `unseen = \"every_row\"`")
        .optional(),
        PolicyKey::new(
            "calibrated_on",
            "`\"other_rows\"` or table",
            "The rows that a calibrator (Platt) behind the model is fitted on: those that `unseen` does not name, \
             `\"other_rows\"`; or those with 1 in a column, `{ column = \"…\" }`; or those whose id stands in a CSV file, \
             `{ file = \"…\" }`. The gates judge none of them, and card and report name them. `import.parity` compares \
             the probabilities before the calibrator. Without it the scores are those of the library.",
        )
        .valid("a column is neither feature, id nor label; a file needs `data.id` and is an input of the fingerprint")
        .optional(),
    ],
    example: r#"[model]
file = "model.txt"
predictions = "predictions.csv"
unseen = { column = "held_out" }
unseen_because = "the applicants of 2026; training and choice of settings ended with those of 2025"
calibrated_on = { column = "calibration" }
# For GO for scores only, in place of file and predictions: scores = "score", or
# command = ["python3", "score.py"]
# files = ["model.bin", "requirements.lock"]
# time_limit_s = 600
# explained_rows = 100
# explained_pairs = 50

[gate."import.parity"]
max = 0.000001 # probability
why = "the program must answer as the library does"
"#,
};

pub(super) const EVALUATION: PolicyTable = PolicyTable {
    name: "evaluation",
    required: true,
    meaning: "How the candidate gets the scores that the gates judge: a model that did not see a row scores it.",
    keys: &[
        PolicyKey::new("folds", "whole number", "The number of cross-validation folds.").within(limits::FOLDS),
        PolicyKey::new(
            "repeats",
            "whole number",
            "The number of further cross-validations, with other folds and seeds. The calibrator is fitted on the \
             scores of all of them, and each interval is widened by how far its statistic moves from one to the next. \
             Each costs as much as the folds do. An interval that is all luck of training is 31 % wider with 5 \
             repeats than if that luck were known, 14 % with 10 and 6 % with 20 (Student's point). A change needs a \
             reason after `adopt`.",
        )
        .within(limits::REPEATS)
        .default("5"),
        PolicyKey::new(
            "bootstrap_draws",
            "whole number",
            "The number of bootstrap draws behind each resampled interval.",
        )
        .within(limits::BOOTSTRAP_DRAWS),
        PolicyKey::new(
            "minimum_group_rows",
            "whole number",
            "The fewest rows that a judged group may have. A smaller group makes its gates UNDECIDED.",
        )
        .within(limits::MINIMUM_GROUP_ROWS),
        PolicyKey::new(
            "minimum_denominator",
            "whole number",
            "The fewest rows that a rate of a group may be a share of, such as its approved rows for its true positive \
             rate. From 30 on, score intervals of shares hold their level.",
        )
        .within(limits::MINIMUM_DENOMINATOR)
        .default("30"),
        PolicyKey::new(
            "asked_rows",
            "whole number",
            "The rows that are drawn for the gates which ask row by row: by HTTP, of the language model, for reasons, \
             counterfactuals, noise, missing values, directions and protected attributes, for the probe of \
             `fairness.proxy`, and for the comparison with the library of an imported model. A file with so many rows \
             or fewer is asked whole. Of a larger one the rows with the smallest seeded hash are drawn, and rare cases \
             come on top: negative answers, each label, each group of a protected attribute, missing values, referred \
             rows and the rows next to the threshold. Evidence and table then say how many rows were asked, and that \
             a fault which none of them shows is in fewer than 3 of `asked_rows` rows, with 95 %. A change needs a \
             reason after `adopt`.",
        )
        .within(limits::ASKED_ROWS)
        .default("10000"),
    ],
    example: r#"[evaluation]
folds = 5
repeats = 5
bootstrap_draws = 1000
minimum_group_rows = 100
minimum_denominator = 30
asked_rows = 10000
"#,
};

pub(super) const ANSWER: PolicyTable = PolicyTable {
    name: "answer",
    required: true,
    meaning: "How a score becomes an answer.",
    keys: &[
        PolicyKey::new("threshold", "number", "The lowest score that is answered with `positive`.")
            .within(limits::THRESHOLD)
            .valid("a whole number of ten-thousandths, as every score is"),
        PolicyKey::new("positive", "text", "The word for a label of 1.")
            .valid("not empty; neither `negative` nor `REFER`"),
        PolicyKey::new("negative", "text", "The word for a label of 0.")
            .valid("not empty; neither `positive` nor `REFER`"),
        PolicyKey::new("max_reasons", "whole number", "The most reasons that a negative answer gives.")
            .within(limits::MAX_REASONS),
        PolicyKey::new(
            "contact",
            "text",
            "The contact for questions and corrections. Every negative answer and every referral names it.",
        )
        .valid("states something")
        .optional(),
    ],
    example: r#"[answer]
threshold = 0.5
positive = "APPROVED"
negative = "DENIED"
max_reasons = 4
contact = "Lending desk, 1 Main Street, Boston; 617 555 0100"
"#,
};

pub(super) const COST: PolicyTable = PolicyTable {
    name: "cost",
    required: false,
    meaning: "What each kind of answer costs, for the gate `accuracy.expected_cost`. The unit is the release's own; a \
              gain is below 0.",
    keys: &[
        PolicyKey::new("false_positive", "number", "The cost of a positive answer to a row with label 0.")
            .within(limits::FALSE_POSITIVE),
        PolicyKey::new("false_negative", "number", "The cost of a negative answer to a row with label 1.")
            .within(limits::FALSE_NEGATIVE),
        PolicyKey::new("true_positive", "number", "The cost of a positive answer to a row with label 1.")
            .within(limits::TRUE_POSITIVE)
            .default("0.0"),
        PolicyKey::new("true_negative", "number", "The cost of a negative answer to a row with label 0.")
            .within(limits::TRUE_NEGATIVE)
            .default("0.0"),
    ],
    example: r#"[cost]
false_positive = 5.0
false_negative = 1.0
true_positive = -0.5 # a gain
true_negative = 0.0
"#,
};

pub(super) const SEARCH: PolicyTable = PolicyTable {
    name: "search",
    required: false,
    meaning: "The alternatives that `cargo andon search` compares the recipe with: every combination of a feature set, \
              weights of the rows, a depth, a number of trees and a threshold. It writes them to \
              `snapshots/alternatives.json`. The gate `fairness.alternatives` asks for that file: is it of these data, \
              this policy and this model, is the shipped recipe among them, and which of them are less discriminatory \
              without a reason against them?",
    keys: &[
        PolicyKey::new("without", "list of lists of columns", "Feature sets: each leaves these features out.")
            .valid("features"),
        PolicyKey::new("with", "list of lists of columns", "Feature sets: each adds these columns.")
            .valid("neither id, label nor protected attributes"),
        PolicyKey::new("depth", "list of whole numbers", "The depths to try.")
            .within(limits::SEARCH_DEPTH)
            .valid("at least one"),
        PolicyKey::new("trees", "list of whole numbers", "The numbers of trees to try.")
            .within(limits::SEARCH_TREES)
            .valid("at least one"),
        PolicyKey::new("threshold", "list of numbers", "The thresholds to try.")
            .within(limits::SEARCH_THRESHOLD)
            .valid("at least one"),
        PolicyKey::new("reweigh_by", "list of lists of columns", "Sets of attributes, as `recipe.reweigh_by` is one.")
            .valid("protected attributes; at least one set, which may be empty")
            .default("[[]]"),
        PolicyKey::new(
            "fairer_by",
            "number",
            "An alternative is less discriminatory if its ratio of approval rates, of denial rates or its amplification \
             is by this share closer to equality or more, and none of them by this share further from it or more. \
             Required with the gate `fairness.alternatives`.",
        )
        .within(limits::SEARCH_FAIRER_BY)
        .optional(),
        PolicyKey::new(
            "less_accurate_by",
            "number",
            "An alternative is about as accurate if accuracy and area under the curve are lower by this at most. \
             Required with the gate `fairness.alternatives`.",
        )
        .within(limits::SEARCH_LESS_ACCURATE_BY)
        .optional(),
        PolicyKey::new(
            "chosen_because",
            "text",
            "The reason why the shipped recipe was chosen; the card shows it. Required with the gate \
             `fairness.alternatives`.",
        )
        .valid("states something")
        .optional(),
        PolicyKey::new(
            "declined",
            "list of texts",
            "The less discriminatory alternatives that this reason answers for, by the names that the gate tells. A \
             name that is none of them is refused.",
        )
        .default("[]"),
    ],
    example: r#"[search]
without = [["credit_history"]]
with = [["meets_guidelines"]]
depth = [3, 5, 7]
trees = [50]
threshold = [0.5, 0.6]
reweigh_by = [[], ["sex"]]
fairer_by = 0.05
less_accurate_by = 0.01
chosen_because = "the others are fairer by less than their intervals are wide"
declined = ["features as shipped, reweighed by sex, depth 5, 50 trees, threshold 0.5"]
"#,
};
