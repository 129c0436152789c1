//! `release.toml`: the policy, every table with what was seen.

use crate::project::bars::all_bars;
use crate::project::context::Context;
use crate::project::data_tables::{data, ranges};
use crate::project::people_tables::{explanation, wording};
use crate::project::texts::{quoted, thousands};

const HEAD: &str = "\
# The policy of this release: every bar, with its reason. Every key is explained in docs/policy.md of Andon; an unknown
# key is an error.
#
# A line that begins with `# proposed:` marks what `cargo andon new` proposes, from names, from values and from what so
# many rows can decide. Read it, change what is below it or leave it, and delete the line: then it is your decision.
# The gate `policy.reviewed` counts the lines that are left, so nothing is GO before.

";

/// The parts of the policy, one after the other.
pub(super) fn to_toml(context: &Context) -> String {
    let parts = [
        HEAD.to_owned(),
        about(context),
        data(context),
        recipe(context),
        answer(context),
        ranges(context.plan),
        wording(context.plan),
        serve(context.name),
        explanation(),
        all_bars(context),
    ];
    parts.concat()
}

fn about(context: &Context) -> String {
    let plan = context.plan;
    let label = &plan.label;
    let purpose = format!(
        "Predicts `{}` of `{}`, the better outcome for the person, for one case.",
        label.favourable, label.source
    );
    let rows = format!("The data are {} rows of `{}`.", thousands(plan.rows), context.conversion.source);
    format!(
        "# proposed: who answers for it, what it is for and what it must not be used for; the card repeats these texts\n\
         [about]\nowner = \"nobody yet\"\npurpose = {}\nintended_use = [\"A first recommendation on cases like those of the data; \
         a person decides every referral.\"]\nout_of_scope = [\"Cases outside the validated ranges; the program refers them to a \
         person.\"]\nlimitations = [{}]\n\n",
        quoted(&purpose),
        quoted(&rows),
    )
}

/// Rows beyond which a tree is proposed to part between ranges of values.
const MIN_ROWS_FOR_BINS: usize = 50_000;

fn recipe(context: &Context) -> String {
    let plan = context.plan;
    let rarer = plan.rarer_rows().max(1);
    let frequent = plan.rows - rarer;
    let weight = (10.0 * frequent as f64 / rarer as f64).round() / 10.0;
    let leaf = (frequent as f64 / 50.0).round().clamp(10.0, 1000.0);
    let days = if plan.time().is_some() {
        "\n# proposed: the first half of the rows, by time, against the second\n[drift]\nfirst_share = 0.5\n"
    } else {
        ""
    };
    let bins = if plan.rows > MIN_ROWS_FOR_BINS {
        "max_bins = 256 # ranges of values between which a tree parts: less time on many rows\n"
    } else {
        ""
    };
    format!(
        "# proposed: how the forest is grown; try others with `cargo andon search` and the table [search]\n\
         [recipe]\nseed = 1\ntrees = 50\ndepth = 4\nrare_class_weight = {:?} # {} rows of the more frequent outcome to {} of the rarer\n\
         min_leaf_weight = {leaf:?} # about 1 % of the weight of all rows\nsmoothing_rows = 1.0\nmax_rows_per_tree = 100000\n{bins}\n\
         [evaluation]\nfolds = 5\nrepeats = 10\nbootstrap_draws = 1000\nminimum_group_rows = 100 # in a smaller group one person moves a rate by over a percentage point\n{days}\n",
        weight.clamp(1.0, 1000.0),
        thousands(frequent),
        thousands(rarer),
    )
}

/// The words of the two answers: those of the label, if they are words.
fn answer(context: &Context) -> String {
    let label = &context.plan.label;
    let is_word = |value: &str| value.len() > 2 && value.chars().all(char::is_alphabetic);
    let words = [&label.favourable, &label.other].map(|value| value.to_uppercase());
    let [positive, negative] = if is_word(&words[0]) && is_word(&words[1]) && !words.contains(&"REFER".to_owned()) {
        words
    } else {
        ["ACCEPTED", "DECLINED"].map(str::to_owned)
    };
    format!(
        "# proposed: the words of the answers, and the least probability of the better one\n\
         [answer]\nthreshold = 0.5\npositive = {}\nnegative = {}\nmax_reasons = 4\n\n",
        quoted(&positive),
        quoted(&negative),
    )
}

fn serve(name: &str) -> String {
    let path = quoted(&format!("/{name}/v1/decisions"));
    format!(
        "[serve]\npath = {path}\n\n\
         # proposed: the load that the service must bear, for serving.load: clients that ask at once, and their requests\n\
         [load]\nclients = 8\nrequests = 2000\n\n"
    )
}
