//! Every bar of the policy: from law and custom, from logic, or from what so many rows can decide. None comes from the
//! figures of a candidate: there is none yet.

use crate::columns::seen::SeenKind;
use crate::project::bar::GateBar;
use crate::project::context::Context;
use crate::project::data_tables::quantities;
use crate::project::fairness_bars::fairness_bars;
use crate::project::later_bars::{NOT_ASKED, over_time};
use crate::project::texts::thousands;
use crate::proposals::plan::Plan;
use crate::proposals::power::{calibration_by_chance, up_to_ten};

const HEAD: &str = "\
# One table for each required gate: `min` or `max`, and `why`. The unfavourable end of the 95 % interval must clear the
# bar; with `decide_on = \"point\"` the measured value must. The test of a gate has the same name, with `::` for the dots:
# after a change here, `cargo andon gates` writes the tests that are missing.

";

pub(super) fn all_bars(context: &Context) -> String {
    let plan = context.plan;
    let families = [
        ("data must be what they claim to be", contract(plan)),
        ("the model must be right often enough, for every use that you name above", accuracy(plan)),
        ("groups must be treated alike", fairness_bars(plan)),
        ("answers must hold if inputs change", changes(plan)),
        ("answers must be explained truly", explanation(plan)),
        ("the program must answer as it was judged, in time", program(plan)),
    ];
    let family = |(about, bars): &(&str, Vec<GateBar>)| {
        if bars.is_empty() {
            return String::new();
        }
        format!(
            "# proposed: the bars up to the next such line; {about}\n{}",
            bars.iter().map(GateBar::to_toml).collect::<String>()
        )
    };
    let review = GateBar::new(
        "policy.reviewed",
        "max = 0 # proposals",
        "a proposal of a program is no decision: a person reads each one, changes it or leaves it, and deletes its mark",
    );
    format!("{HEAD}{}{}{NOT_ASKED}", review.to_toml(), families.iter().map(family).collect::<String>())
}

fn contract(plan: &Plan) -> Vec<GateBar> {
    let features = plan.features().count();
    let share = plan.rarer_rows() as f64 / plan.rows as f64;
    let enough = up_to_ten(10.0 * features as f64 / share);
    let minimum = format!("min = {enough} # rows");
    let why = format!(
        "ten rows of the rarer outcome for each of the {features} features (Peduzzi et al. 1996); the rarer outcome has {:.0} % of the rows",
        100.0 * share
    );
    let minimum = GateBar {
        note: Some(format!("There are {} rows.", thousands(plan.rows))),
        ..GateBar::new("contract.minimum_rows", &minimum, &why)
    };
    let mut bars = keeping_the_contract();
    bars.extend(over_time(plan));
    bars.push(minimum);
    bars.extend(fit_to_learn_from());
    bars.extend(leaks(plan));
    bars
}

fn keeping_the_contract() -> Vec<GateBar> {
    vec![
        GateBar::new(
            "contract.rows",
            "max = 0 # broken values",
            "a model that trains on a broken value learns something false",
        ),
        GateBar::new(
            "contract.accepts_valid",
            "max = 0 # rows",
            "a person whose data keep the contract must get an answer",
        ),
        GateBar::new(
            "contract.refuses_broken",
            "max = 0 # rows",
            "a record with a broken field must be refused with that field named, and never scored",
        ),
        GateBar::new(
            "contract.same_in_json_and_csv",
            "max = 0 # rows",
            "the gates read rows from a CSV file and the service reads them as JSON: both must come to the same record",
        ),
    ]
}

fn fit_to_learn_from() -> Vec<GateBar> {
    vec![
        GateBar::new(
            "contract.class_balance",
            "min = 0.05 # share of the rarer outcome",
            "if fewer than one row in twenty has the rarer outcome, the folds hold too few of them to learn from and to judge by",
        ),
        GateBar::new(
            "contract.favourable",
            "max = 0 # signs that 1 is not the better outcome",
            "approvals, disparate impact and equal opportunity count 1: if that were the worse outcome, they would measure the opposite",
        ),
        GateBar::new(
            "contract.unjudged_columns",
            "max = 0 # columns",
            "nobody asks about an attribute that the policy does not list, so each column is judged or has a written reason",
        ),
        GateBar::new("contract.duplicates", "max = 0.01 # share of rows", "a case that was entered twice counts twice"),
        GateBar::new(
            "contract.near_duplicates",
            "max = 0.01 # share of rows",
            "the same case again with one figure a step apart counts twice as an equal one does",
        ),
        GateBar::new(
            "contract.conflicting_labels",
            "max = 0.01 # share of rows",
            "if equal cases ended differently, no model can be right on both",
        ),
        GateBar::new(
            "contract.constant_columns",
            "max = 0 # columns",
            "a column with the same value in every row teaches nothing; most often it broke on its way into the file",
        ),
        GateBar::new(
            "contract.sentinels",
            "max = 0 # values",
            "a number that stands for a missing value is learned as if it were an amount; values that are rightly frequent go under [usual]",
        ),
    ]
}

fn leaks(plan: &Plan) -> Vec<GateBar> {
    let has_names = plan.features().any(|column| matches!(column.kind, SeenKind::Category { .. }));
    let spellings = (has_names || plan.protected().next().is_some()).then(|| {
        GateBar::new(
            "contract.category_spellings",
            "max = 0 # groups with more than one spelling",
            "a group that is spelt in two ways is judged as two smaller groups",
        )
    });
    let others = [
        GateBar::new(
            "contract.label_leakage",
            "max = 0.90 # area under the ROC curve of one feature alone",
            "one fact that ranks nine of ten pairs rightly was most often written down after the outcome",
        ),
        GateBar::new(
            "contract.value_leakage",
            "max = 0 # values",
            "one value that nearly always has one outcome, where the values beside it have not, was made together with the outcome",
        ),
        GateBar::new(
            "contract.identifier_leakage",
            "max = 0.60 # area under the ROC curve",
            "the name of a row must not predict its outcome; if it does, the file was sorted or put together by outcome",
        ),
        GateBar::new(
            "contract.fold_overlap",
            "max = 0 # rows",
            "a model must not be judged on a row if it was trained on an equal row",
        ),
    ];
    spellings.into_iter().chain(others).collect()
}

fn calibration(plan: &Plan) -> GateBar {
    let chance = calibration_by_chance(plan.share(), plan.rows);
    let allowed = ((0.05 + chance) * 100.0).ceil() / 100.0;
    GateBar::new(
        "calibration.expected_calibration_error",
        &format!("max = {allowed:.2} # probability"),
        &format!(
            "people read the probability, so it may be off by five percentage points; with {} rows chance alone adds {:.0}, on average",
            thousands(plan.rows),
            100.0 * chance
        ),
    )
}

fn weak_slice() -> GateBar {
    let why = "on no slice that the search finds may the model be right a fifth less often than elsewhere; the interval covers \
               hundreds of slices at once, so the point decides";
    GateBar { on_point: true, ..GateBar::new("accuracy.weak_slice", "max = 0.20 # share of rows", why) }
}

fn accuracy(plan: &Plan) -> Vec<GateBar> {
    vec![
        GateBar::new(
            "accuracy.auc",
            "min = 0.70 # 0.5 is chance",
            "values from 0.7 are called acceptable (Hosmer and Lemeshow 2000); below that the model ranks hardly better than chance",
        ),
        GateBar::new(
            "accuracy.balanced_accuracy",
            "min = 0.50 # 0.5 is chance",
            "accuracy alone would pass a model that always gives the more frequent answer; balanced accuracy does not",
        ),
        GateBar::new(
            "accuracy.brier_skill",
            "min = 0.0 # share of the base rate's squared error that the model removes",
            "a model must not decide if its probabilities are worse than always stating the base rate",
        ),
        GateBar::new(
            "accuracy.over_majority",
            "min = -0.01 # share of rows",
            "always giving the more frequent answer needs no model; the model must not be less accurate by more than one percentage point",
        ),
        GateBar::new(
            "accuracy.over_single_feature",
            "min = 0.0 # area under the ROC curve",
            "the features together must rank better than the best of them alone, or that one is enough",
        ),
        GateBar::new(
            "accuracy.overfit_gap",
            "max = 0.15 # area under the ROC curve",
            "a forest ranks the rows it was grown on better than new rows; if the gap is larger than this, it has memorised them",
        ),
        weak_slice(),
        calibration(plan),
    ]
}

/// Robustness, drift, reproducibility.
fn changes(plan: &Plan) -> Vec<GateBar> {
    let mut bars = vec![GateBar::new(
        "robustness.protected_attributes",
        "max = 0 # changed answers",
        "no answer may depend on a protected attribute, on the name of the row or on its outcome",
    )];
    if quantities(plan).next().is_some() {
        bars.push(GateBar::new(
            "robustness.noise",
            "max = 0.05 # share of answers that flip",
            "at most one answer in twenty may depend on how a figure was rounded",
        ));
    }
    bars.push(GateBar::new(
        "robustness.seeds",
        "max = 0.50 # share of the answers of one kind that a training with another seed turns",
        "above one half, most of the people who get that answer would get the other one from most trainings",
    ));
    if plan.time().is_some() {
        bars.extend(drift());
    }
    bars.push(GateBar::new(
        "reproducibility.model_digest",
        "max = 1 # different digests",
        "an auditor must be able to train exactly the same model",
    ));
    bars.push(GateBar::new(
        "reproducibility.package",
        "max = 1 # different texts of one file",
        "the package must be the same bytes no matter who builds it",
    ));
    bars
}

fn drift() -> [GateBar; 5] {
    [
        GateBar::new(
            "drift.population_stability",
            "max = 0.25 # index",
            "above 0.25 the later rows are customarily regarded as another population (Siddiqi 2006)",
        ),
        GateBar::new(
            "drift.kolmogorov_smirnov",
            "max = 0.20 # share of rows",
            "at most a fifth of the rows may have moved across any one value",
        ),
        GateBar::new(
            "drift.cramers_v",
            "max = 0.20 # 0 to 1",
            "a value between a small effect (0.1) and a medium one (0.3), as Cohen (1988) defines them",
        ),
        GateBar::new(
            "drift.label",
            "max = 0.10 # share of the better outcome",
            "outcomes that move by ten percentage points follow another rule than the one that was learned",
        ),
        GateBar::new(
            "drift.prediction",
            "max = 0.05 # probability, on average over the scores",
            "if the scores move by five percentage points, they are given to other cases than those that were judged",
        ),
    ]
}

fn explanation(plan: &Plan) -> Vec<GateBar> {
    let mut bars = vec![
        GateBar::new(
            "explanation.additivity",
            "max = 1e-9 # probability",
            "the contributions of the features must add up to the probability that they explain",
        ),
        GateBar::new(
            "explanation.definition",
            "max = 1e-9 # raw score",
            "a contribution that is shown as a Shapley value must be the Shapley value by its definition",
        ),
        GateBar::new(
            "explanation.methods",
            "min = 0.80 # share of negative answers",
            "if the first reason changes with the method of attribution, it is not the reason",
        ),
        GateBar::new(
            "explanation.reasons",
            "min = 1.0 # share of negative answers",
            "every negative answer needs its principal reasons, and they must be specific and true (Regulation B, 12 CFR 1002.9)",
        ),
    ];
    if quantities(plan).next().is_some() {
        bars.push(GateBar::new(
            "explanation.stability",
            "max = 0.15 # share of negative answers whose first reason changes",
            "two people who differ only by rounding must get the same first reason",
        ));
    }
    bars.extend(words());
    bars
}

fn words() -> [GateBar; 2] {
    [
        GateBar::new(
            "explanation.wording",
            "max = 0 # values without words",
            "an answer can rest on each of these values, and the person must then be able to read the reason",
        ),
        GateBar::new(
            "explanation.readable",
            "min = 40 # Flesch reading ease",
            "the minimum for insurance policies under the model act of the NAIC; a text that nobody reads does not inform",
        ),
    ]
}

/// Latency, serving, card.
fn program(plan: &Plan) -> Vec<GateBar> {
    let mut bars = vec![
        GateBar::new(
            "latency.decision",
            "max = 50.0 # ms, 99th percentile",
            "a person who waits for an answer does not notice 50 ms",
        ),
        GateBar::new(
            "latency.relative",
            "max = 5.0 # time of a decision over the time of sorting 1,000 numbers on the same machine",
            "a model that takes several times as long as this simple task became much slower than a forest of this size is",
        ),
    ];
    bars.extend(serving(plan));
    bars.push(GateBar::new(
        "card.approved",
        "max = 0 # lines that differ from the approved card",
        "a person must have read everything that the card says about this model",
    ));
    bars
}

fn serving(plan: &Plan) -> Vec<GateBar> {
    let validated = quantities(plan).count();
    let referred = (0.01 * validated as f64).max(0.02);
    let referred_why = format!(
        "each of the {validated} validated ranges holds about the inner 99 % of the data, so hardly more rows lie outside any of them"
    );
    vec![
        GateBar::new(
            "serving.scores",
            "max = 0 # rows that are answered differently",
            "the service must give the same score that the gates judged",
        ),
        GateBar::new("serving.referred", &format!("max = {referred:.2} # share of rows"), &referred_why),
        GateBar::new(
            "serving.onnx",
            "max = 0.00001 # probability; a score is rounded to ten times as much",
            "a team that serves the ONNX file must serve the model that the gates judged, up to the precision of float32",
        ),
        GateBar::new(
            "serving.latency",
            "max = 50.0 # ms over HTTP on the same machine, 99th percentile",
            "the same wait, with the server in between",
        ),
        GateBar::new(
            "serving.load",
            "max = 400.0 # ms over HTTP with the clients of [load] at once, 99th percentile; one failed request is a NO-GO",
            "even the last of eight clients at once waits no longer than eight answers of 50 ms, one after the other",
        ),
    ]
}
