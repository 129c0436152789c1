//! A model that was trained elsewhere, on the second release: which gates are asked of it, and how it is compared with
//! its library.

mod commands;
mod sampled_reasons;
mod scores;

use std::path::Path;

use andon::data::frame::Feature;
use andon::evidence::layout::CARD;
use andon::families::card::figures::figures;
use andon::families::{explanation, import};
use andon::judge::{Measurement, Unit};
use andon::model::forest::{Combine, GrownNode, LinearTerm, Link, Precision, Sum, Test};
use andon::model::imported::Imported;
use andon::model::origin::Origin;
use andon::{Forest, Record, Release, random_forest};

use crate::part::{OWN, POLICY, Part, parts, record, write};

/// Runs the gate of the tests' own, which vouches for all that a release of scores packages; what was red.
fn vouch_scores<R: Record>(release: &Release<R>) -> Option<String> {
    let vouched = release.gate(OWN, |gate| {
        gate.vouch_candidate()?;
        let judged = gate.judged()?;
        gate.vouch(CARD, b"# card")?;
        gate.vouch_figures(&figures(judged)?)?;
        Measurement::exact(0.0, Unit::Count, judged.dataset.rows.len() as u64)
    });
    vouched.err().map(|red| red.to_string())
}

const GATE: &str = "import.parity";

/// No row of the data was trained on.
const EVERY_ROW: &str = "unseen = \"every_row\"\nunseen_because = \"made after the training\"";

/// The policy with a model file, and what it says about unseen rows.
fn policy(unseen: &str) -> String {
    let model = format!("[model]\nfile = \"model.txt\"\npredictions = \"predictions.csv\"\n{unseen}\n[recipe]");
    let gate = format!("[gate.\"{GATE}\"]\nmax = 0.000001\nwhy = \"test\"\n");
    format!("{}{gate}", POLICY.replacen("[recipe]", &model, 1))
}

/// A file of one number: parts of at most this temperature fail, log-odds -2, and hotter or unmeasured ones pass, 1.5.
/// Whoever reads it as if parts of this very temperature passed is off by one comparison.
fn read(bytes: &[u8], file: &str, features: &[Feature], reads: fn(f64) -> f64) -> Result<Imported, String> {
    let text = String::from_utf8_lossy(bytes);
    let threshold: f64 = text.trim().parse().map_err(|error| format!("{file}: {error}"))?;
    let root = GrownNode::Question { feature: 0, test: Test::Below(reads(threshold)), missing_right: true, left: 1 };
    let leaf = |value: f64| GrownNode::Leaf { value, rows: 300 };
    let sum = Sum { base: 0.0, link: Link::Logistic, precision: Precision::Double };
    let tree = vec![root, leaf(-2.0), leaf(1.5)];
    let forest =
        Forest::combining(features.len(), &[tree], &[], Combine::Sum(sum)).map_err(|error| error.to_string())?;
    let origin = Origin { library: "by hand".to_owned(), version: String::new(), sha256: "0".to_owned() };
    Ok(Imported { forest, origin, features: features.to_vec(), has_weights: true })
}

fn read_well(bytes: &[u8], file: &str, features: &[Feature]) -> Result<Imported, String> {
    read(bytes, file, features, f64::next_up)
}

fn read_off_by_one(bytes: &[u8], file: &str, features: &[Feature]) -> Result<Imported, String> {
    read(bytes, file, features, |threshold| threshold)
}

type Reader = fn(&[u8], &str, &[Feature]) -> Result<Imported, String>;

fn open(root: &Path, policy: &str, reader: Reader) -> Release<Part> {
    write(root, policy, &parts(600));
    std::fs::write(root.join("model.txt"), "500\n").unwrap();
    Release::open(root, random_forest).unwrap().reading(reader)
}

/// The answers of the library to the questions of a release, in its own words.
fn answer(release: &Release<Part>) -> String {
    let questions = import::questions_csv(release.judged().unwrap()).unwrap();
    let mut answers = "question,probability\n".to_owned();
    for line in String::from_utf8(questions).unwrap().lines().skip(1) {
        let mut cells = line.split(',');
        let question = cells.next().unwrap();
        let margin: f64 = if cells.next().unwrap().parse().is_ok_and(|value: f64| value <= 500.0) { -2.0 } else { 1.5 };
        answers += &format!("{question},{}\n", 1.0 / (1.0 + (-margin).exp()));
    }
    answers
}

fn asked(release: &Release<Part>) -> Result<(), String> {
    record(release, GATE, import::parity(release, release.judged().unwrap()))
}

#[test]
fn the_model_is_judged_as_it_is_and_only_where_the_policy_says_what_is_unseen() {
    let folder = tempfile::tempdir().unwrap();
    let release = open(folder.path(), &policy(EVERY_ROW), read_well);
    let judged = release.judged().unwrap();
    assert_eq!(judged.candidate.model.origin().unwrap().library, "by hand");
    assert!(judged.candidate.repeats.whole.is_empty() && judged.dataset.rows.len() == 600);
    release.statistic("accuracy.accuracy").unwrap();
    let gap = andon::families::accuracy::baseline::overfit_gap(judged).unwrap_err().to_string();
    assert!(gap.contains("are not there"), "{gap}");
    assert_eq!(release.digests(2).unwrap(), release.digests(1).unwrap());
    assert!(andon::families::explanation::additivity(judged).unwrap().value() < 1e-12);

    let silent = open(folder.path(), &policy(""), read_well);
    for gate in ["accuracy.accuracy", "fairness.disparate_impact.site"] {
        let red = silent.statistic(gate).unwrap_err().to_string();
        assert!(red.contains("UNDECIDED") && red.contains("[model] unseen = { column"), "{red}");
    }
}

#[test]
fn a_column_says_which_rows_are_judged() {
    let folder = tempfile::tempdir().unwrap();
    // Without the flag among the features it can say so.
    let policy = policy("unseen = { column = \"polished\" }").replacen(", \"polished\"]", "]", 1);
    let policy = policy.lines().filter(|line| !line.starts_with("polished = ")).collect::<Vec<_>>().join("\n");
    let release = open(folder.path(), &policy, read_well);
    let dataset = &release.judged().unwrap().dataset;
    assert!(dataset.rows.len() < 300 && dataset.rows.iter().all(|part| part.polished));
    assert_eq!(dataset.lines.len(), dataset.rows.len());

    let feature = policy.replacen("\"polished\"", "\"pressure\"", 1);
    write(folder.path(), &feature, &parts(600));
    let error = Release::<Part>::open(folder.path(), random_forest).unwrap_err().to_string();
    assert!(error.contains("model.unseen") && error.contains("`pressure` is a feature"), "{error}");
}

#[test]
fn a_list_of_ids_says_which_rows_are_judged() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy("unseen = { file = \"held_out.csv\" }");
    let judged = |listed: &str| {
        std::fs::write(folder.path().join("held_out.csv"), listed).unwrap();
        let release = open(folder.path(), &policy, read_well);
        let judged = release.judged();
        judged.map(|judged| judged.dataset.rows.clone()).map_err(ToString::to_string)
    };
    let ids: String = (0..200).map(|at| format!("held out,p{}\n", 3 * at)).collect();
    let rows = judged(&format!("why,serial\n{ids}")).unwrap();
    assert!(rows.len() == 200 && rows[1].serial == "p3", "{rows:?}");
    for (listed, told) in [
        ("serial\np3\np9999\n", "held_out.csv, line 3: no row of the data file has `p9999` in its column serial"),
        ("id\np3\n", "held_out.csv, line 1: it has no column `serial`"),
        ("serial\n", "held_out.csv, line 2: it lists no row"),
    ] {
        assert!(judged(listed).unwrap_err().contains(told), "{listed}");
    }
    // The list is an input: with another list the evidence is for another fingerprint.
    let with = |listed: &str| {
        std::fs::write(folder.path().join("held_out.csv"), listed).unwrap();
        open(folder.path(), &policy, read_well).fingerprint().digest().to_owned()
    };
    assert_ne!(with("serial\np3\n"), with("serial\np6\n"));
}

/// Judged are every second part; the calibrator is fitted on the others.
#[test]
fn a_calibrator_is_fitted_on_rows_that_are_not_judged_and_parity_is_held_before_it() {
    let unseen = "unseen = { file = \"held_out.csv\" }\ncalibrated_on = \"other_rows\"";
    let policy = policy(unseen);
    let listed: String = (0..300).map(|at| format!("p{}\n", 2 * at)).collect();
    let opened = |root: &Path, parts: &str| {
        write(root, &policy, parts);
        std::fs::write(root.join("model.txt"), "500\n").unwrap();
        std::fs::write(root.join("held_out.csv"), format!("serial\n{listed}")).unwrap();
        Release::<Part>::open(root, random_forest).unwrap().reading(read_well)
    };
    let folder = tempfile::tempdir().unwrap();
    let release = opened(folder.path(), &parts(600));
    let judged = release.judged().unwrap();
    let model = &judged.candidate.model;
    assert_eq!(judged.dataset.rows.len(), 300);
    let row = judged.frame.matrix.row(0);
    let of_library = 1.0 / (1.0 + (-1.5_f64).exp());
    assert!(
        (model.probability(row) - of_library).abs() > 0.01,
        "parts above 500 pass more often than the library says"
    );
    assert!(explanation::additivity(judged).unwrap().value() < 1e-12);
    let onnx = andon::onnx::Onnx::read(&andon::onnx::to_onnx(model)).unwrap();
    assert!((f64::from(onnx.answer(row).unwrap().1) - model.probability(row)).abs() < 1e-6);
    assert_eq!(&andon::Model::from_json(&model.to_json()).unwrap(), model);

    // The labels of the judged rows have no part in it.
    let turned = |(at, line): (usize, &str)| match line.rsplit_once(',') {
        Some((cells, passed)) if at % 2 == 1 => format!("{cells},{}\n", passed == "false"),
        _ => format!("{line}\n"),
    };
    let other: String = parts(600).lines().enumerate().map(turned).collect();
    let elsewhere = tempfile::tempdir().unwrap();
    let others = opened(elsewhere.path(), &other);
    assert!((others.judged().unwrap().candidate.model.probability(row) - model.probability(row)).abs() < 1e-15);

    std::fs::write(folder.path().join("predictions.csv"), answer(&release)).unwrap();
    assert_eq!(asked(&opened(folder.path(), &parts(600))), Ok(()));
}

#[test]
fn the_library_and_the_model_agree_or_the_gate_is_red() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let policy = policy(EVERY_ROW);
    let red = asked(&open(root, &policy, read_well)).unwrap_err();
    assert!(red.contains("cargo andon import-model"), "without the predictions: {red}");

    let answers = answer(&open(root, &policy, read_well));
    std::fs::write(root.join("predictions.csv"), &answers).unwrap();
    assert_eq!(asked(&open(root, &policy, read_well)), Ok(()));

    // Off by one comparison: no row of the data lies on the threshold, so every other gate sees nothing.
    let elsewhere = tempfile::tempdir().unwrap();
    let off = open(elsewhere.path(), &policy, read_off_by_one);
    off.statistic("accuracy.accuracy").unwrap();
    assert_eq!(
        off.judged().unwrap().candidate.scores,
        open(root, &policy, read_well).judged().unwrap().candidate.scores
    );
    let answers_to_off = answer(&off);
    std::fs::write(elsewhere.path().join("predictions.csv"), answers_to_off).unwrap();
    let red = asked(&open(elsewhere.path(), &policy, read_off_by_one)).unwrap_err();
    assert!(red.contains("NoGo") && red.contains("temperature 500.0"), "{red}");

    for (broken, why) in [
        (answers.lines().take(100).collect::<Vec<_>>().join("\n"), "questions have no answer"),
        (answers.replacen("question,", "id,", 1), "it has no column `question`"),
        (answers.replacen(",0.", ",NaN0.", 1), "is no probability"),
        (format!("{answers}{},0.5\n", answers.lines().nth(1).unwrap().split(',').next().unwrap()), "has two answers"),
    ] {
        std::fs::write(root.join("predictions.csv"), broken).unwrap();
        let red = asked(&open(root, &policy, read_well)).unwrap_err();
        assert!(red.contains("Undecided") && red.contains(why), "{red}");
    }
}

/// A split that no row of the data comes to, which lies behind a temperature above all of them: 900 K is the highest.
fn read_hot(bytes: &[u8], file: &str, features: &[Feature], second: fn(f64) -> f64) -> Result<Imported, String> {
    let plain = read_well(bytes, file, features)?;
    let split = |feature: u32, threshold: f64, left: u32| GrownNode::Question {
        feature,
        test: Test::Below(threshold),
        missing_right: false,
        left,
    };
    let leaf = |value: f64| GrownNode::Leaf { value, rows: 300 };
    let tree = vec![split(0, 5_000.0, 1), leaf(1.5), split(1, second(7.0), 3), leaf(-2.0), leaf(2.0)];
    let sum = Sum { base: 0.0, link: Link::Logistic, precision: Precision::Double };
    let forest =
        Forest::combining(features.len(), &[tree], &[], Combine::Sum(sum)).map_err(|error| error.to_string())?;
    Ok(Imported { forest, ..plain })
}

fn read_hot_well(bytes: &[u8], file: &str, features: &[Feature]) -> Result<Imported, String> {
    read_hot(bytes, file, features, |threshold| threshold)
}

fn read_hot_off_by_one(bytes: &[u8], file: &str, features: &[Feature]) -> Result<Imported, String> {
    read_hot(bytes, file, features, f64::next_up)
}

#[test]
fn a_split_that_no_row_comes_to_is_asked_too() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let policy = policy(EVERY_ROW);
    // A folder of its own: the store keeps the candidate of a file.
    let elsewhere = tempfile::tempdir().unwrap();
    let questions = |root: &Path, reader: Reader| {
        let release = open(root, &policy, reader);
        String::from_utf8(import::questions_csv(release.judged().unwrap()).unwrap()).unwrap()
    };
    let asked_of = questions(root, read_hot_well);
    assert!(asked_of.lines().any(|line| line.contains(",5000,7,")), "on both thresholds of the way: {asked_of}");
    // The library's answers are those of the model that it has; the other is off by one comparison behind that split.
    let mut answers = "question,probability\n".to_owned();
    for line in asked_of.lines().skip(1).chain(questions(elsewhere.path(), read_hot_off_by_one).lines().skip(1)) {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |at: usize| cells[at].parse().unwrap_or(f64::NAN);
        let hot = number(1) >= 5_000.0;
        let probability = if !hot {
            1.5_f64
        } else if number(2) >= 7.0 {
            2.0
        } else {
            -2.0
        };
        answers += &format!("{},{}\n", cells[0], 1.0 / (1.0 + (-probability).exp()));
    }
    std::fs::write(root.join("predictions.csv"), &answers).unwrap();
    assert_eq!(asked(&open(root, &policy, read_hot_well)), Ok(()));
    std::fs::write(elsewhere.path().join("predictions.csv"), &answers).unwrap();
    let red = asked(&open(elsewhere.path(), &policy, read_hot_off_by_one)).unwrap_err();
    assert!(red.contains("NoGo") && red.contains("temperature 5000.0, pressure 7.0"), "{red}");
}

/// A logistic regression on temperature and pressure.
fn read_linear(bytes: &[u8], file: &str, features: &[Feature], missing: Option<f64>) -> Result<Imported, String> {
    let term = |feature: u32, weight: f64| LinearTerm { feature, weight, missing, mean: 0.0 };
    let sum = Sum { base: -4.0, link: Link::Logistic, precision: Precision::Double };
    let forest = Forest::linear(features.len(), vec![term(0, 0.008), term(1, 0.1)], sum);
    let forest = forest.map_err(|error| error.to_string())?;
    Ok(Imported { forest, has_weights: false, ..read_well(bytes, file, features)? })
}

fn read_linear_with_blanks(bytes: &[u8], file: &str, features: &[Feature]) -> Result<Imported, String> {
    read_linear(bytes, file, features, Some(450.0))
}

fn read_linear_without_blanks(bytes: &[u8], file: &str, features: &[Feature]) -> Result<Imported, String> {
    read_linear(bytes, file, features, None)
}

#[test]
fn a_linear_model_is_judged_as_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(EVERY_ROW);
    let release = open(folder.path(), &policy, read_linear_with_blanks);
    let judged = release.judged().unwrap();
    assert!(explanation::additivity(judged).unwrap().value() < 1e-12);
    assert!(explanation::definition(judged).unwrap().value() < 1e-12);
    release.statistic("accuracy.accuracy").unwrap();
    assert!(judged.candidate.model.forest().terms().iter().all(|term| term.mean > 0.0), "means are counted");
    let questions = String::from_utf8(import::questions_csv(judged).unwrap()).unwrap();
    let of_terms: Vec<&str> = questions.lines().skip(601).collect();
    assert!(of_terms.len() == 6 && of_terms[2].split(',').nth(1) == Some(""), "{of_terms:?}");

    // A folder of its own: the store keeps the candidate of a file.
    let elsewhere = tempfile::tempdir().unwrap();
    let release = open(elsewhere.path(), &policy, read_linear_without_blanks);
    let error = release.judged().err().unwrap().to_string();
    assert!(error.contains("no answer for a row without pressure"), "{error}");
}

#[test]
fn a_release_without_a_reader_has_no_candidate() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &policy(EVERY_ROW), &parts(600));
    std::fs::write(folder.path().join("model.txt"), "500\n").unwrap();
    let release = Release::<Part>::open(folder.path(), random_forest).unwrap();
    assert!(release.judged().unwrap_err().to_string().contains("has no reader"));
    std::fs::write(folder.path().join("model.txt"), "hot\n").unwrap();
    let release = Release::<Part>::open(folder.path(), random_forest).unwrap().reading(read_well);
    assert!(release.judged().unwrap_err().to_string().contains("model.txt: invalid float"));
}
