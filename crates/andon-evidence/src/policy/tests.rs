//! A policy is accepted, and each defect is refused with its key.

use super::*;

const MINIMAL: &str = include_str!("../../tests/minimal.toml");

fn parse(text: &str) -> Result<Policy, String> {
    Policy::parse(text, Path::new("release.toml")).map_err(|error| error.to_string())
}

#[test]
fn the_minimal_policy_is_accepted() {
    assert_eq!(parse(MINIMAL).unwrap().gates.len(), 2);
}

#[test]
fn a_source_that_nobody_looked_at_for_a_year_is_named() {
    let today = jiff::civil::date(2027, 3, 31);
    for (lines, stale) in [
        ("", 0),
        ("source = \"15 U.S.C. 1691\"", 1),
        ("source = \"15 U.S.C. 1691\"\nchecked = \"2026-03-30\"", 1),
        ("source = \"15 U.S.C. 1691\"\nchecked = \"2026-04-01\"", 0),
    ] {
        let policy = parse(&MINIMAL.replacen("min = 0.8\n", &format!("min = 0.8\n{lines}\n"), 1)).unwrap();
        assert_eq!(policy.stale_sources(today).len(), stale, "{lines}");
    }
}

#[test]
fn a_team_without_a_language_model_writes_nothing_of_it() {
    let of_the_model = "ollama_url = \"http://127.0.0.1:11434\"\nmodel = \"none\"\ntimeout_ms = 100\n";
    let without = MINIMAL.replace(of_the_model, "");
    let bare = without.replace("[explanation]\n", "");
    assert!(!bare.contains("explanation") && parse(MINIMAL).unwrap().not_asked().is_empty());
    for text in [&without, &bare] {
        let policy = parse(text).unwrap();
        assert!(policy.explanation.language_model.is_none());
        let [(why, gates)] = &policy.not_asked()[..] else { panic!("one reason") };
        let has = |gate: &str| gates.iter().any(|known| known == gate);
        assert!(why.contains("no language model") && has("explanation.guard"), "{why} {gates:?}");
        assert!(!has("explanation.reasons"));
    }
    for gate in ["explanation.guard", "serving.latency_beside_explanations"] {
        let said = parse(&format!("{bare}\n[gate.\"{gate}\"]\nmax = 1\nwhy = \"a test\"\n")).unwrap_err();
        assert!(said.contains(gate) && said.contains("no language model") && said.contains("delete the bar"), "{said}");
    }
    for (half, missing) in
        [("timeout_ms = 100", "ollama_url"), ("retries = 2", "ollama_url"), ("model = \"x\"", "ollama_url")]
    {
        let said = parse(&without.replace("[explanation]", &format!("[explanation]\n{half}"))).unwrap_err();
        assert!(said.contains(&format!("explanation.{missing}: is missing")), "{half}: {said}");
    }
}

#[test]
fn a_file_without_an_id_needs_none() {
    let without = MINIMAL.replace("id = \"id\"\n", "");
    let policy = parse(&without).unwrap();
    assert_eq!(policy.not_asked(), [("the policy names no id of a row", vec!["contract.unique_id".to_owned()])]);
    let said = parse(&format!("{without}\n[gate.\"contract.unique_id\"]\nmax = 0\nwhy = \"a test\"\n")).unwrap_err();
    assert!(said.contains("contract.unique_id") && said.contains("names no id of a row"), "{said}");
}

#[test]
fn groups_are_pooled_under_a_name_with_a_reason_and_each_defect_of_a_pool_is_named() {
    let with = |pool: &str| {
        let protected = "protected = { group = [\"a\", \"rest\"] }";
        MINIMAL.replace("protected = { group = [\"a\", \"b\"] }", &format!("{protected}\npooled = {pool}"))
    };
    let pool = "{ group = { rest = { groups = [\"b\", \"c\"], why = \"9 and 4 rows decide nothing alone\" } } }";
    let policy = parse(&with(pool)).unwrap();
    let data = &policy.data;
    assert_eq!(["a", "b", "c", "d"].map(|group| data.judged_as("group", group)), ["a", "rest", "rest", "d"]);
    assert_eq!(data.judged_as("other", "b"), "b");
    assert_eq!(policy.remarks(), ["judged together in group as rest: b, c (9 and 4 rows decide nothing alone)"]);
    assert!(policy.never_said().any(|word| word == "c"), "the name of a pooled group is never said either");
    for (from, to, told) in [
        ("[\"b\", \"c\"]", "[\"b\"]", "at least two groups"),
        ("[\"b\", \"c\"]", "[\"b\", \"b\"]", "a pool holds already"),
        ("[\"b\", \"c\"]", "[\"a\", \"c\"]", "lists by itself"),
        ("rest =", "others =", "is judged by no gate"),
        ("{ group =", "{ site =", "is not a protected attribute"),
        ("9 and 4 rows decide nothing alone", " ", "states nothing"),
    ] {
        let said = parse(&with(&pool.replacen(from, to, 1))).unwrap_err();
        assert!(said.contains("data.pooled") && said.contains(told), "{to}: {said}");
    }
    let grown = Settings::parse(&with(pool)).unwrap().weakened_since(&Settings::parse(MINIMAL).unwrap());
    let keys: Vec<&str> = grown.iter().map(|change| change.key.as_str()).collect();
    assert_eq!(keys, ["data.pooled.group.rest.groups", "data.protected.group"], "a pool is a weakening");
}

#[test]
fn all_defects_are_told_at_once() {
    let form = MINIMAL
        .replace("trees = 5", "trees = \"five\"")
        .replace("label = \"good\"", "label = \"good\"\nlable = 1")
        .replace("timeout_ms = 100", "timeout_ms = 100\nnevr = 1\nmodle = 2");
    let said = parse(&form).unwrap_err();
    for defect in ["invalid type: string \"five\"", "`lable`", "`nevr`", "`modle`"] {
        assert!(said.contains(defect), "{defect} in:\n{said}");
    }
    assert!(!said.contains("missing field"), "a key that is there with a wrong value is not missing:\n{said}");
    let values = MINIMAL
        .replace("trees = 5", "trees = 0")
        .replace("rare_class_weight = 2.0", "rare_class_weight = 0.5")
        .replace("\"size\", \"price\"", "\"size\", \"id\"")
        .replace("min = 0.8", "min = nan");
    let said = parse(&values).unwrap_err();
    for defect in ["recipe.trees: 0", "recipe.rare_class_weight", "id of the row", "finite number"] {
        assert!(said.contains("release.toml: ") && said.contains(defect), "{defect} in:\n{said}");
    }
    assert_eq!(said.lines().count(), 4, "{said}");
    assert_eq!(parse(&MINIMAL.replace("[recipe]", "[recipe")).unwrap_err().matches("TOML parse error").count(), 1);
}

#[test]
fn each_defect_is_refused_with_its_key() {
    let cases = [
        ("label = \"good\"", "label = \"good\"\nlable = 1", "unknown field `lable`"),
        ("favourable = 1", "favourable = 1\nunjudged = { group = \" \" }", "data.unjudged.group: ` ` states nothing"),
        (
            "favourable = 1",
            "favourable = 1\nunjudged = { good = \"the label itself\" }",
            "data.unjudged.good: is the id or the label",
        ),
        ("[serve]", "[load]\nclients = 0\nrequests = 2000\n[serve]", "load.clients: 0 is out of range"),
        ("[serve]", "[load]\nclients = 8\nrequests = 99\n[serve]", "load.requests: 99 is out of range"),
        (
            "[serve]",
            "[load]\nclients = 8\nrequests = 2000\nfailed_share = nan\n[serve]",
            "load.failed_share: NaN is out of range",
        ),
        ("favourable = 1", "", "missing field `favourable`"),
        ("favourable = 1", "favourable = 0", "data.favourable: 0 is not allowed"),
        ("favourable = 1", "favourable = 1\nfavourable_because = \" \"", "data.favourable_because"),
        ("\"size\", \"price\"", "\"size\", \"id\"", "id of the row"),
        ("\"size\", \"price\"", "\"size\", \"good\"", "is the label"),
        ("\"size\", \"price\"", "\"size\", \"group\"", "protected attribute"),
        ("\"size\", \"price\"", "\"size\", \"size\"", "named twice"),
        ("\"size\", \"price\"", "\"size\", \"weight\"", "no wording"),
        ("\"size\", \"price\"", "", "at least one feature"),
        ("[\"a\", \"b\"]", "[\"a\", \"a\"]", "at least two groups"),
        ("data/x.csv", "../x.csv", "inside the release"),
        ("trees = 5", "trees = 0", "recipe.trees: 0 is out of range: allowed are 1 to 1000"),
        ("rare_class_weight = 2.0", "rare_class_weight = 0.99", "recipe.rare_class_weight"),
        ("rare_class_weight = 2.0", "rare_class_weight = nan", "recipe.rare_class_weight"),
        ("[wording]", "[noise]\nid = { relative = 0.1 }\n[wording]", "noise.id: is not a feature"),
        ("[wording]", "[noise]\nsize = { relative = 1.1 }\n[wording]", "noise.size: 1.1 is out of range"),
        ("[wording]", "[noise]\nsize = { deviation = nan }\n[wording]", "noise.size: NaN is out of range"),
        ("[wording]", "[noise]\nsize = { sd = 1.0 }\n[wording]", "unknown variant `sd`"),
        ("[wording]", "[rounding]\nid = 1.0\n[wording]", "rounding.id: is not a feature"),
        ("[wording]", "[rounding]\nsize = nan\n[wording]", "rounding.size: NaN is out of range"),
        ("[wording]", "[usual.id]\n1 = \"x\"\n[wording]", "usual.id: is not a feature"),
        ("[wording]", "[usual.size]\n1 = \"\"\n[wording]", "usual.size.1: `` states nothing"),
        ("[wording]", "[usual.size]\nnan = \"x\"\n[wording]", "usual.size.nan: is not a number"),
        ("[wording]", "[drift]\nreference = \"../x.csv\"\n[wording]", "drift.reference: must be a path inside"),
        ("[wording]", "[drift]\nfirst_share = 0.95\n[wording]", "drift.first_share: 0.95 is out of range"),
        ("[wording]", "[drift]\n[wording]", "drift"),
        ("label = \"good\"", "label = \"good\"\nperson = \"size\"", "`size` names the person"),
        ("label = \"good\"", "label = \"good\"\nperson = \"good\"", "data.person: is the label"),
        ("label = \"good\"", "label = \"good\"\norder = \" \"", "data.order: ` ` states nothing"),
        ("label = \"good\"", "label = \"good\"\nproxies = { size = \"group\" }", "declared a proxy"),
        ("label = \"good\"", "label = \"good\"\nproxies = { street = \"size\" }", "is not a protected attribute"),
        ("code = \"P\"", "code = \"S\"", "wording.size.code: `S` is empty or another reason's code"),
        ("code = \"P\"", "code = \" \"", "wording.price.code"),
        ("\"the price of {value}\"", "{}", "wording.price.reason: has no words"),
        ("\"the price of {value}\"", "\"\"", "has 0 words: allowed are 1 to 20"),
        ("\"the price of {value}\"", "\"the prices of the groups\"", "names `group`, which must never be said"),
        ("improve = \"lower it\"", "", "missing field `improve`"),
        (
            "[wording]",
            "[actionable]\nid = { step = 1.0, lower_by = 1.0 }\n[wording]",
            "actionable.id: is not a feature",
        ),
        ("[wording]", "[actionable]\nsize = { step = 0.0, lower_by = 1.0 }\n[wording]", "`step` above 0"),
        ("[wording]", "[actionable]\nsize = { step = nan, lower_by = 1.0 }\n[wording]", "`step` above 0"),
        ("[wording]", "[actionable]\nsize = { step = 1.0 }\n[wording]", "at least one step"),
        ("[wording]", "[actionable]\nsize = { step = 1.0, raise_by = 1001.0 }\n[wording]", "at most 1,000"),
        ("timeout_ms = 100", "timeout_ms = 0", "explanation.timeout_ms: 0 is out of range"),
        ("timeout_ms = 100", "timeout_ms = 100\nconcurrent_calls = 0", "explanation.concurrent_calls"),
        ("timeout_ms = 100", "timeout_ms = 100\nlanguage = \"de\"", "explanation.language: `de` has no vocabulary"),
        ("timeout_ms = 100", "timeout_ms = 100\nelsewhere_because = \"\"", "explanation.elsewhere_because"),
        (
            "timeout_ms = 100",
            "timeout_ms = 100\nnever = { a = [\"price\"] }",
            "names `price`, which must never be said",
        ),
        ("label = \"good\"", "label = \"good\"\ncontrol = { weight = [1] }", "data.control.weight: needs a feature"),
        ("label = \"good\"", "label = \"good\"\ncontrol = { size = [2, 1] }", "each above the one before"),
        ("minimum_group_rows = 10", "minimum_group_rows = 10\nminimum_denominator = 1", "minimum_denominator"),
        ("minimum_group_rows = 10", "minimum_group_rows = 10\nasked_rows = 999", "asked_rows"),
        ("minimum_group_rows = 10", "minimum_group_rows = 10\nrepeats = 2", "evaluation.repeats: 2 is out of range"),
        ("[answer]", "[cost]\nfalse_positive = nan\nfalse_negative = 1\n[answer]", "cost.false_positive"),
        ("threshold = 0.5", "threshold = 0.33333", "ten-thousandths"),
        ("negative = \"NO\"", "negative = \"YES\"", "must differ"),
        ("min = 0.8", "min = 0.8\nmax = 0.9", "either `min` or `max`"),
        ("min = 0.8", "min = nan", "finite"),
        ("why = \"test\"", "", "no `why`"),
        ("why = \"test\"", "why = \" \"", "no `why`"),
        ("why = \"test\"", "why = \".\"", "gate.\"accuracy.accuracy\".why: `.` states nothing"),
        ("why = \"test\"", "why = \"\u{200b}\"", "states nothing"),
        ("why = \"test\"", "why = \"test\"\nweakened_because = \"test\"", "repeats `why`"),
        ("min = 0.8", "min = 0.0", "can be missed by nothing"),
        ("min = 0.8", "max = 1.0", "higher is better"),
        ("accuracy.accuracy", "acuracy.accuracy", "no known family"),
        ("accuracy.accuracy", "accuracy.Accuracy", "not of the form"),
        ("accuracy.accuracy", "accuracy", "not of the form"),
    ];
    for (good, bad, message) in cases {
        assert!(MINIMAL.contains(good), "the case `{good}` changes nothing");
        let error = parse(&MINIMAL.replacen(good, bad, 1)).expect_err(bad);
        assert!(error.contains(message), "{bad}: {error}");
    }
}

#[test]
fn a_search_stays_within_what_a_policy_allows() {
    let search = |without: &str, with: &str, depth: &str| {
        let lists = format!("without = {without}\nwith = {with}\ndepth = {depth}\ntrees = [1]\nthreshold = [0.5]");
        parse(&MINIMAL.replacen("[wording]", &format!("[search]\n{lists}\n[wording]"), 1))
    };
    assert!(search("[[\"size\"]]", "[[\"other\"]]", "[1, 16]").is_ok());
    assert!(search("[[\"other\"]]", "[]", "[1]").unwrap_err().contains("is not a feature"));
    assert!(search("[]", "[[\"group\"]]", "[1]").unwrap_err().contains("must never be a feature"));
    assert!(search("[]", "[[\"good\"]]", "[1]").unwrap_err().contains("must never be a feature"));
    assert!(search("[]", "[]", "[17]").unwrap_err().contains("allowed are 1 to 16"));
    assert!(search("[]", "[]", "[]").unwrap_err().contains("at least one"));
    let reweighed = |by: &str, more: &str| {
        let lists =
            format!("without = []\nwith = []\ndepth = [1]\ntrees = [1]\nthreshold = [0.5]\nreweigh_by = {by}\n{more}");
        parse(&MINIMAL.replacen("[wording]", &format!("[search]\n{lists}\n[wording]"), 1))
    };
    assert!(reweighed("[[], [\"group\"]]", "fairer_by = 0.05").is_ok());
    assert!(reweighed("[]", "").unwrap_err().contains("may be empty: [[]]"));
    assert!(reweighed("[[\"size\"]]", "").unwrap_err().contains("no protected attribute"));
    assert!(reweighed("[[]]", "fairer_by = 0.6").unwrap_err().contains("allowed are 0.01 to 0.5"));
    assert!(reweighed("[[]]", "chosen_because = \"TBD\"").unwrap_err().contains("states nothing"));
    let recipe = |by: &str| parse(&MINIMAL.replacen("[evaluation]", &format!("reweigh_by = {by}\n[evaluation]"), 1));
    assert!(recipe("[\"group\"]").is_ok());
    assert!(recipe("[\"group\", \"group\"]").unwrap_err().contains("named twice"));
}

#[test]
fn a_gate_that_asks_for_the_search_needs_its_tolerance_and_its_reason() {
    let gate = "[gate.\"fairness.alternatives\"]\nmax = 0\nwhy = \"test\"\n";
    let lists = "[search]\nwithout = []\nwith = []\ndepth = [1]\ntrees = [1]\nthreshold = [0.5]\n";
    let all = "fairer_by = 0.05\nless_accurate_by = 0.01\nchosen_because = \"the most accurate\"\n";
    let with = |search: &str| parse(&format!("{MINIMAL}{search}{gate}"));
    assert!(with("").unwrap_err().contains("declare them"));
    assert!(with(&format!("{lists}{all}")).is_ok());
    for (key, line) in ["fairer_by", "less_accurate_by", "chosen_because"].iter().zip(all.lines()) {
        let without = all.replacen(line, "", 1);
        let error = with(&format!("{lists}{without}")).unwrap_err();
        assert!(error.contains(&format!("search.{key}")) && error.contains("needs it"), "{error}");
    }
}

#[test]
fn families_and_removals_are_checked() {
    let with = |more: &str| parse(&format!("{MINIMAL}\n{more}\n"));
    let family = |name: &str, control: &str, why: &str| {
        with(&format!("[family.{name}]\ncontrol = \"{control}\"\nwhy = \"{why}\""))
    };
    assert_eq!(family("accuracy", "holm", "test").unwrap().families.len(), 1);
    assert!(family("fairness", "holm", "test").unwrap_err().contains("family.fairness: has no gate"));
    assert!(family("accuracy", "none", "test").unwrap_err().contains("unknown variant"));
    assert!(family("accuracy", "holm", " ").unwrap_err().contains("family.accuracy.why"));
    let removed = |gate: &str, why: &str| with(&format!("[removed]\n\"{gate}\" = \"{why}\""));
    assert_eq!(removed("accuracy.f1", "test").unwrap().removed.len(), 1);
    assert!(removed("accuracy.f1", "").unwrap_err().contains("states nothing"));
    assert!(removed("accuracy.accuracy", "test").unwrap_err().contains("is a gate of this policy"));
    assert!(removed("acuracy.f1", "test").unwrap_err().contains("no known family"));
    let empty = MINIMAL.replacen("min = 0.8", "min = 0.8\nweakened_because = \"\"", 1);
    assert!(parse(&empty).unwrap_err().contains("weakened_because"));
}

#[test]
fn a_policy_needs_a_gate_that_blocks() {
    let warns = "blocks = false\nwarns_because = \"a first look\"\nwhy";
    assert!(parse(&MINIMAL.replacen("why", warns, 1)).is_ok());
    assert!(parse(&MINIMAL.replace("\nwhy", &format!("\n{warns}"))).unwrap_err().contains("at least one must block"));
}

#[test]
fn a_model_from_a_file_needs_a_parity_that_blocks_and_is_a_rounding() {
    let with = |gate: &str| {
        let model = "[model]\nfile = \"model.txt\"\npredictions = \"predictions.csv\"\n[recipe]";
        parse(&format!("{}{gate}", MINIMAL.replacen("[recipe]", model, 1)))
    };
    let parity = |bar: &str| with(&format!("\n[gate.\"import.parity\"]\nwhy = \"test\"\n{bar}\n"));
    assert!(parity("max = 0.000001").is_ok());
    for (bar, told) in [
        ("max = 0.9", "no rounding"),
        ("max = 0.000001\nblocks = false\nwarns_because = \"a first look\"", "must block"),
    ] {
        assert!(parity(bar).unwrap_err().contains(told), "{bar}");
    }
    assert!(with("").unwrap_err().contains("needs the gate `import.parity`"));
}

#[test]
fn unseen_rows_need_what_says_which_they_are_and_all_of_them_a_reason() {
    let unseen = |lines: &str| {
        let model = format!("[model]\nfile = \"model.txt\"\npredictions = \"predictions.csv\"\n{lines}\n[recipe]");
        let gate = "\n[gate.\"import.parity\"]\nwhy = \"test\"\nmax = 0.000001\n";
        parse(&format!("{}{gate}", MINIMAL.replacen("[recipe]", &model, 1)))
    };
    let because = "unseen_because = \"collected after the training\"";
    let policy = unseen(&format!("unseen = \"every_row\"\n{because}")).unwrap();
    assert!(policy.model.unwrap().evaluation().ends_with("has seen none: collected after the training"));
    assert!(unseen("unseen = { file = \"held_out.csv\" }\ncalibrated_on = \"other_rows\"").is_ok());
    for (lines, told) in [
        ("unseen = \"every_row\"", "model.unseen_because: is missing"),
        ("unseen = \"every_row\"\nunseen_because = \"tbd\"", "states nothing"),
        ("unseen = { file = \"../held_out.csv\" }", "model.unseen"),
        ("calibrated_on = \"other_rows\"", "`other_rows` are there only if"),
        ("calibrated_on = { column = \"size\" }", "model.calibrated_on: `size` is a feature, the id or the label"),
        ("calibrated_on = { file = \"/fitted.csv\" }", "model.calibrated_on"),
    ] {
        assert!(unseen(lines).unwrap_err().contains(told), "{lines}");
    }
}

#[test]
fn a_waiver_needs_a_gate_a_reason_an_owner_and_a_date() {
    let waiver = |gate: &str, reason: &str, expires: &str| {
        let text = format!(
            "{MINIMAL}\n[[waiver]]\ngate = \"{gate}\"\nreason = \"{reason}\"\nowner = \"Ada\"\nexpires = \"{expires}\"\n"
        );
        parse(&text)
    };
    assert!(waiver("accuracy.accuracy", "because", "2030-01-31").is_ok());
    assert!(waiver("accuracy.accuracy", "", "2030-01-31").is_err());
    assert!(waiver("accuracy.auc", "because", "2030-01-31").unwrap_err().contains("no such gate"));
    assert!(waiver("accuracy.accuracy", "because", "2030-02-31").is_err());
}
