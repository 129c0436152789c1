//! A release that is judged by a column of scores alone, from the data file to the decision; and attacks on it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use andon::evidence::decision::{Decision, GateState, Outcome};
use andon::evidence::evidence::today;
use andon::evidence::fingerprint::Toolchain;
use andon::evidence::layout::{EVIDENCE, PREVIOUS_RELEASE, SCORES};
use andon::evidence::package::{Package, PackageError};
use andon::families::contract::unjudged_columns::unjudged_columns;
use andon::families::drift::{self, DriftComparison};
use andon::policy::Policy;
use andon::release::unpack::{self, UnpackError};
use andon::{Facts, Release, random_forest};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::imported::vouch_scores;
use crate::part::{POLICY, Site, write};

/// A part with the score that a model somewhere else gave it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ScoredPart {
    #[garde(skip)]
    serial: String,
    #[garde(range(min = 200.0, max = 900.0))]
    temperature: f64,
    #[garde(skip)]
    site: Site,
    /// No model for these scores has seen a row with 1.
    #[garde(range(max = 1))]
    held_out: u8,
    /// Whatever a number can be: the harness itself must refuse what is no probability.
    #[garde(skip)]
    #[serde(default)]
    score: Option<f64>,
    #[garde(skip)]
    #[serde(default)]
    passed: Option<bool>,
}

const STATISTICS: [&str; 4] =
    ["accuracy.accuracy", "accuracy.auc", "calibration.expected_calibration_error", "fairness.disparate_impact.site"];

/// Parts whose chance of passing is the score.
fn data(rows: u64) -> String {
    let mut state = 7_u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut csv = "serial,temperature,site,held_out,score,passed\n".to_owned();
    for row in 0..rows {
        let temperature = 300.0 + 500.0 * random();
        let score = 1.0 / (1.0 + ((500.0 - temperature) / 20.0).exp());
        let site = ["east", "north", "south"][row as usize % 3];
        let _ = writeln!(csv, "p{row},{temperature:.2},{site},{},{score:.6},{}", row % 2, random() < score);
    }
    csv
}

fn policy(unseen: &str) -> String {
    let model = format!("[model]\nscores = \"score\"\n{unseen}\n[recipe]");
    let calibration = "[gate.\"calibration.expected_calibration_error\"]\nmax = 0.2\nwhy = \"test\"\n";
    let features = "[\"temperature\"]";
    let all = "[\"temperature\", \"pressure\", \"material\", \"polished\"]";
    // No feature needs words, because nobody is answered.
    let words = |line: &&str| !line.contains("{ code = ");
    let policy = POLICY.replacen("[recipe]", &model, 1).replacen(all, features, 1);
    policy.lines().filter(words).collect::<Vec<_>>().join("\n") + "\n" + calibration
}

fn every_row() -> String {
    policy("unseen = \"every_row\"\nunseen_because = \"the parts were made after the model was\"")
}

fn open(root: &Path, policy: &str, data: &str) -> Release<ScoredPart> {
    write(root, policy, data);
    Release::open(root, random_forest).unwrap()
}

fn fold(release: &Release<ScoredPart>) -> Decision {
    Decision::fold(release.policy(), release.fingerprint(), release.store(), release.baseline(), today())
}

/// Runs every gate of the policy; what was red.
fn run(release: &Release<ScoredPart>) -> Vec<String> {
    let statistics = STATISTICS.iter().filter_map(|id| release.statistic(id).err());
    statistics.map(|red| red.to_string()).chain(vouch_scores(release)).collect()
}

/// The reason why there is no candidate.
fn refused(policy: &str, data: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path(), policy, data).judged().unwrap_err().to_string()
}

#[test]
fn scores_become_a_release_that_says_so_and_nothing_can_be_served_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let release = open(folder.path(), &every_row(), &data(900));
    assert_eq!(run(&release), Vec::<String>::new());
    let decision = fold(&release);
    assert_eq!(decision.outcome, Outcome::GoForScores);
    let table = decision.table(false, true);
    assert!(table.contains("Decision: GO for scores only") && table.contains("robustness.noise"), "{table}");

    let judged = release.judged().unwrap();
    let score = &judged.dataset.rows[3].score.unwrap();
    assert!((judged.candidate.scores[3].share() - score).abs() <= 0.000_05, "in ten-thousandths");
    // What stands in for the model answers nothing, and is no model in any file.
    let reply = judged.decider.reply(&judged.dataset.rows[3]).unwrap();
    assert_eq!((reply.decision.as_str(), reply.probability), ("REFER", None));
    assert!(judged.candidate.model_json.is_empty() && judged.candidate.model.to_json().is_empty());
    assert!(!release.store().path("model.json").exists() && !release.store().path("candidate.json").exists());
    assert_eq!(release.digests(2).unwrap(), release.digests(1).unwrap());

    let package = Package::assemble(folder.path(), &Toolchain::current(), today()).unwrap();
    let names: Vec<&str> = package.files.keys().map(String::as_str).collect();
    assert_eq!(names, ["MODEL_CARD.md", "contract.schema.json", "figures.json", "release.toml"]);
    assert!(matches!(unpack::decider::<ScoredPart>(&package), Err(UnpackError::ScoresOnly)));
    // The same evidence with the words of a whole release is refused, and so is a model beside it.
    let whole = package.all_files().unwrap();
    assert!(Package::check(whole.clone(), today()).is_ok());
    let evidence = String::from_utf8(whole[EVIDENCE].clone()).unwrap();
    for said in [evidence.replace("GO for scores only", "GO"), evidence.replace("\"figures.json\"", "\"model.json\"")] {
        assert_ne!(said, evidence);
        let mut files = whole.clone();
        files.insert(EVIDENCE.to_owned(), said.into_bytes());
        assert!(Package::check(files, today()).is_err());
    }
    let program = Package::for_program(folder.path(), &Toolchain::current(), today());
    assert!(matches!(program, Err(PackageError::ScoresOnly)));

    let facts = Facts::collect(&release, judged).unwrap();
    let said = facts.scores_only().unwrap();
    assert!(said.contains("GO for scores only") && said.contains("column `score`"), "{said}");
    let not_asked = facts.policy.not_asked().into_iter().flat_map(|(_, gates)| gates);
    let listed = not_asked.map(|gate| format!("`{gate}`")).collect::<Vec<_>>().join(", ");
    assert!(facts.is_told_whole(&format!("# card\n{said}\nnot asked: {listed}")));
    for hidden in [said.clone(), listed.clone(), format!("{said}{}", listed.replace("`serving.onnx`", ""))] {
        assert!(!facts.is_told_whole(&hidden), "{hidden}");
    }
    assert_eq!((facts.figures.trees, facts.figures.importance.len(), facts.statistics.len()), (0, 0, 4));
    assert_eq!(facts.left_out, ["held_out"]);
    let unjudged = unjudged_columns(release.policy(), release.contract(), 900).unwrap();
    assert!(unjudged.value() < 1.5, "the column of scores has a part, and held_out has none: {unjudged}");
}

#[test]
fn the_next_scores_are_compared_with_those_of_the_previous_release() {
    let folder = tempfile::tempdir().unwrap();
    let release = open(folder.path(), &every_row(), &data(900));
    assert_eq!(run(&release), Vec::<String>::new());
    let package = Package::assemble(folder.path(), &Toolchain::current(), today()).unwrap();
    let scores = fs::read(release.store().path(SCORES)).unwrap();
    fs::create_dir_all(folder.path().join(PREVIOUS_RELEASE)).unwrap();
    for (name, bytes) in package.all_files().unwrap().into_iter().chain([(SCORES.to_owned(), scores)]) {
        fs::write(folder.path().join(PREVIOUS_RELEASE).join(name), bytes).unwrap();
    }
    let challenged = format!("{}[gate.\"accuracy.challenger.auc\"]\nmin = -0.01\nwhy = \"test\"\n", every_row());
    let next = open(folder.path(), &challenged, &data(900));
    next.statistic("accuracy.challenger.auc").unwrap();
    // Scores that rank at random are worse than those of the previous release.
    let worse: String = data(900)
        .lines()
        .enumerate()
        .map(|(row, line)| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            if row > 0 {
                cells[4] = format!("0.{:04}", row * 7_919 % 9_973);
            }
            cells.join(",") + "\n"
        })
        .collect();
    let red = open(folder.path(), &challenged, &worse).statistic("accuracy.challenger.auc").unwrap_err().to_string();
    assert!(red.contains("NO-GO"), "{red}");
}

#[test]
fn a_score_that_moved_makes_all_evidence_stale_and_counts_as_another_try() {
    let folder = tempfile::tempdir().unwrap();
    let release = open(folder.path(), &every_row(), &data(900));
    assert_eq!(run(&release), Vec::<String>::new());
    let first = fold(&release);
    let (entry, seen) = first.ledger_entry(release.policy(), today()).unwrap();
    assert_eq!(entry.outcome, "GO for scores only");
    andon::evidence::ledger::Ledger::append(folder.path(), entry, seen, &release.baseline().rows).unwrap();

    let line = data(900).lines().nth(10).unwrap().to_owned();
    let moved = data(900).replace(&line, &line.replacen(",0.", ",0.9", 1).replacen(",1.", ",0.9", 1));
    fs::write(folder.path().join("data/parts.csv"), &moved).unwrap();
    let stale = andon::evidence::run::current_decision(folder.path()).unwrap();
    assert_eq!(stale.outcome, Outcome::Incomplete);
    assert!(stale.rows.iter().all(|row| row.state == GateState::Stale));
    // While the gates run it is no candidate at all.
    let running = open(folder.path(), &every_row(), &data(900));
    fs::write(folder.path().join("data/parts.csv"), &moved).unwrap();
    assert!(running.judged().unwrap_err().to_string().contains("changed while the gates ran"));

    let again = open(folder.path(), &every_row(), &moved);
    again.statistic("accuracy.accuracy").unwrap();
    assert_eq!(fold(&again).tries.candidates, 2, "the same rows with other scores are the same data");
}

#[test]
fn a_row_without_a_probability_is_named_with_file_line_column_value_and_range() {
    let line = data(900).lines().nth(10).unwrap().to_owned();
    let cells: Vec<&str> = line.split(',').collect();
    for (value, problem) in
        [("", "has no score"), ("1.0001", "is no score"), ("-0.2", "is no score"), ("640", "is no score")]
    {
        let broken = [&cells[..4], &[value], &cells[5..]].concat().join(",");
        let error = refused(&every_row(), &data(900).replace(&line, &broken));
        for part in ["data/parts.csv", "line 11", "column score", problem, "from 0 to 1", value] {
            assert!(error.contains(part), "{part} in: {error}");
        }
    }
    for value in ["NaN", "inf", "high"] {
        let broken = [&cells[..4], &[value], &cells[5..]].concat().join(",");
        let error = refused(&every_row(), &data(900).replace(&line, &broken));
        assert!(error.contains("line 11") && error.contains("score") && error.contains(value), "{error}");
    }
    let without: String = data(900)
        .lines()
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            [&cells[..4], &cells[5..]].concat().join(",") + "\n"
        })
        .collect();
    let error = refused(&every_row(), &without);
    assert!(error.contains("900 values") && error.contains("has no score"), "{error}");
    let error = refused(&every_row().replacen("\"score\"", "\"rating\"", 1), &data(900));
    assert!(error.contains("`rating` as the column of scores") && error.contains("no such column"), "{error}");
}

#[test]
fn only_unseen_rows_are_judged() {
    let folder = tempfile::tempdir().unwrap();
    let release = open(folder.path(), &policy("unseen = { column = \"held_out\" }"), &data(900));
    let judged = release.judged().unwrap();
    assert_eq!((judged.dataset.rows.len(), judged.candidate.scores.len()), (450, 450));
    assert!(judged.dataset.rows.iter().all(|part| part.held_out == 1));
    assert_eq!(run(&release), Vec::<String>::new());

    let folder = tempfile::tempdir().unwrap();
    let listed = "serial\n".to_owned() + &(0..300).map(|row| format!("p{row}\n")).collect::<String>();
    fs::write(folder.path().join("held_out.csv"), listed).unwrap();
    let release = open(folder.path(), &policy("unseen = { file = \"held_out.csv\" }"), &data(900));
    assert_eq!(release.judged().unwrap().candidate.scores.len(), 300);

    let folder = tempfile::tempdir().unwrap();
    let silent = open(folder.path(), &policy(""), &data(900));
    for gate in STATISTICS {
        let red = silent.statistic(gate).unwrap_err().to_string();
        assert!(red.contains("UNDECIDED") && red.contains("or \"every_row\""), "{red}");
    }
}

#[test]
fn drift_compares_the_scores_of_the_reference_file() {
    let folder = tempfile::tempdir().unwrap();
    let policy = format!("{}[drift]\nreference = \"data/before.csv\"\n", every_row());
    let compare = |before: &str| {
        fs::create_dir_all(folder.path().join("data")).unwrap();
        fs::write(folder.path().join("data/before.csv"), before).unwrap();
        let release = open(folder.path(), &policy, &data(900));
        let compared = DriftComparison::of_policy(&release, release.judged().unwrap())?;
        drift::prediction(&compared)
    };
    assert!(compare(&data(600)).unwrap().value() < 0.05);
    let lower = data(600).replace(",0.", ",0.0");
    assert!(compare(&lower).unwrap().value() > 0.05);
    let blank = data(600).replacen(",0.", ",,", 1).replacen(",,", ",", 1);
    assert!(compare(&blank.replace("score,passed", "passed,score")).is_err());
}

#[test]
fn a_policy_with_a_gate_or_a_part_that_scores_cannot_have_is_refused() {
    let parse = |text: &str| Policy::parse(text, Path::new("release.toml"));
    assert!(parse(&every_row()).is_ok());
    for (gate, why) in [
        ("explanation.reasons", "gives no reasons"),
        ("robustness.noise", "is no model that could be asked"),
        ("robustness.of_a_team", "is no model that could be asked"),
        ("robustness.seeds", "was not trained here"),
        ("latency.decision", "nothing is served"),
        ("serving.onnx", "nothing is served"),
        ("serving.referred", "nothing is served"),
        ("fairness.answered.site", "nothing is served"),
        ("import.parity", "is no model file"),
        ("accuracy.golden", "is no model that could be asked"),
        ("accuracy.overfit_gap", "was not trained here"),
        ("contract.fold_overlap", "was not trained here"),
    ] {
        let side = if matches!(gate, "explanation.reasons" | "fairness.answered.site") { "min" } else { "max" };
        let bar = format!("[gate.\"{gate}\"]\n{side} = 0.5\nwhy = \"test\"\n");
        let error = parse(&format!("{}{bar}", every_row())).unwrap_err().to_string();
        assert!(error.contains(gate) && error.contains(why) && error.contains("model.scores"), "{error}");
    }
    for (column, why) in [
        ("temperature", "is a feature"),
        ("passed", "is the label"),
        ("serial", "is the id"),
        ("site", "is a protected attribute"),
    ] {
        let error =
            parse(&every_row().replacen("scores = \"score\"", &format!("scores = \"{column}\""), 1)).unwrap_err();
        assert!(error.to_string().contains(&format!("model.scores: `{column}` {why}")), "{error}");
    }
    for (from, to, why) in [
        ("scores = \"score\"", "scores = \"score\"\nfile = \"model.txt\"", "stands alone"),
        ("scores = \"score\"", "scores = \"score\"\npredictions = \"p.csv\"", "stands alone"),
        ("scores = \"score\"", "file = \"model.txt\"", "needs `file` and `predictions`, or `scores`"),
        ("\"every_row\"", "{ column = \"score\" }", "is the column of unseen rows"),
    ] {
        let error = parse(&every_row().replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}
