//! Cases in which other tools say yes and must not, on the second release. None of these may end in GO.
//!
//! | fault | tool that passes it | here |
//! |---|---|---|
//! | [`a_check_that_crashes`] | Deepchecks 0.19.1: `passed()` is true if every check crashed | NO-GO, with the crash |
//! | [`a_check_that_kills_the_process`] | Deepchecks 0.19.1, as above | CRASHED, INCOMPLETE |
//! | [`no_model`] | Deepchecks 0.19.1: `passed()` is true without a model | UNDECIDED |
//! | [`a_candidate_that_is_not_a_number`] | MLflow 3.17: NaN passes a relative threshold | UNDECIDED |
//! | [`a_baseline_that_is_not_a_number`] | MLflow 3.17: a NaN baseline passes | the release cannot be opened |
//! | [`an_empty_table_of_thresholds`] | MLflow 3.17: passes | the policy is refused |
//! | [`a_threshold_that_is_not_a_number`] | TFMA: compares false and goes on | the policy is refused |
//! | [`empty_data`] | Great Expectations 1.24, Pandera 0.35: an empty table passes | UNDECIDED |
//! | [`a_column_of_nulls`] | Great Expectations 1.24: passes range and uniqueness | UNDECIDED, with line and column |
//! | [`a_column_that_nobody_declared`] | Pandera 0.35: let through by default | UNDECIDED, with the column |
//! | [`nobody_approved`] | Fairlearn 0.15: difference 0.0, parity | UNDECIDED |
//! | [`one_group_only`] | Fairlearn 0.15: ratio 1.0 | UNDECIDED |
//! | [`a_group_of_one`] | Fairlearn 0.15: counts in full | UNDECIDED |

use std::fs;
use std::path::Path;

use andon::evidence::decision::{Decision, GateState, Outcome};
use andon::evidence::evidence::{Evidence, Finding, Store, now};
use andon::evidence::layout::PREVIOUS_RELEASE;
use andon::judge::{Measurement, Unit};
use andon::policy::{Better, Policy, Recipe};
use andon::{Forest, Matrix, Release, TrainError};

use crate::gates::{fold, run};
use crate::part::{OWN, POLICY, Part, parts, release, split_at, stump, write};

const AUC: &str = "accuracy.auc";
const SITE: &str = "fairness.disparate_impact.site";

/// State of a gate in the decision, which must not be GO.
fn state(decision: &Decision, gate: &str) -> GateState {
    assert_ne!(decision.outcome, Outcome::Go, "{}", decision.table(false, true));
    decision.rows.iter().find(|row| row.gate.as_str() == gate).unwrap().state
}

/// Runs the gates of a release in `root`; the state of `gate` and what its test says.
fn judged(release: &Release<Part>, gate: &str) -> (GateState, String) {
    let red = [AUC, SITE, "accuracy.accuracy"].map(|id| (id, release.statistic(id).err()));
    let red = red.into_iter().find(|(id, _)| *id == gate).and_then(|(_, red)| red);
    (state(&fold(release), gate), red.map(|red| red.to_string()).unwrap_or_default())
}

/// Judges a gate of the second release on other data; its state must be UNDECIDED, and its test must say why.
fn undecided(data: &str, gate: &str, why: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (state, red) = judged(&release(folder.path(), POLICY, data), gate);
    assert_eq!(state, GateState::Undecided, "{red}");
    assert!(red.contains(why), "{why} in:\n{red}");
}

#[test]
fn a_check_that_crashes() {
    let folder = tempfile::tempdir().unwrap();
    let release = release(folder.path(), POLICY, &parts(600));
    let red = release.gate(OWN, |_| panic!("index out of bounds")).unwrap_err().to_string();
    assert!(red.contains("is NO-GO") && red.contains("index out of bounds"), "{red}");
    assert_eq!(state(&fold(&release), OWN), GateState::NoGo);
}

/// As an abort, a timeout or an exhausted memory leaves it: the gate has begun, and an earlier green run is void.
#[test]
fn a_check_that_kills_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let release = release(folder.path(), POLICY, &parts(600));
    assert_eq!(run(&release), Vec::<String>::new());
    assert_eq!(fold(&release).outcome, Outcome::Go);
    let begun = Evidence {
        gate: AUC.to_owned().try_into().unwrap(),
        fingerprint: release.fingerprint().digest().to_owned(),
        model_sha256: None,
        scores_sha256: None,
        finding: Finding::Started,
        vouched: Default::default(),
        started_at: now(),
        duration_ms: Some(0),
    };
    Store::in_root(folder.path()).write(&begun).unwrap();
    assert_eq!(state(&fold(&release), AUC), GateState::Crashed);
    assert_eq!(fold(&release).outcome, Outcome::Incomplete);
}

fn refuses(_: &Recipe, _: &[Option<Better>], _: &Matrix, _: &[bool], _: usize) -> Result<Forest, TrainError> {
    Err(TrainError::Tree("no luck today".to_owned()))
}

#[test]
fn no_model() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), POLICY, &parts(600));
    let release = Release::<Part>::open(folder.path(), refuses).unwrap();
    for gate in [AUC, SITE, "accuracy.accuracy"] {
        let (state, red) = judged(&release, gate);
        assert_eq!(state, GateState::Undecided);
        assert!(red.contains("there is no candidate"), "{red}");
    }
}

fn not_a_number(recipe: &Recipe, _: &[Option<Better>], x: &Matrix, y: &[bool], _: usize) -> Result<Forest, TrainError> {
    split_at(f64::NAN, recipe, x, y)
}

#[test]
fn a_candidate_that_is_not_a_number() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), POLICY, &parts(600));
    let (state_of_model, red) = judged(&Release::<Part>::open(folder.path(), not_a_number).unwrap(), AUC);
    assert_eq!(state_of_model, GateState::Undecided, "{red}");

    let sound = release(folder.path(), POLICY, &parts(600));
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(sound.gate(OWN, |_| Measurement::exact(number, Unit::Score, 600)).is_err(), "{number}");
        assert!(sound.gate(OWN, |_| Measurement::with_interval(0.9, (number, 1.0), Unit::Score, 600)).is_err());
        assert_eq!(state(&fold(&sound), OWN), GateState::Undecided);
    }
}

/// The last release is what a candidate is compared with. JSON has no NaN; what stands in its place is no release.
#[test]
fn a_baseline_that_is_not_a_number() {
    for baseline in ["{\"accuracy\": NaN}", "{\"accuracy\": null}", "{}", ""] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), POLICY, &parts(600));
        fs::create_dir(folder.path().join(PREVIOUS_RELEASE)).unwrap();
        fs::write(folder.path().join(PREVIOUS_RELEASE).join("evidence.json"), baseline).unwrap();
        fs::write(folder.path().join(PREVIOUS_RELEASE).join("scores.csv"), "id,label,score\np0,true,NaN\n").unwrap();
        assert!(Release::<Part>::open(folder.path(), stump).is_err(), "{baseline}");
    }
}

fn refused(policy: &str) -> String {
    Policy::parse(policy, Path::new("release.toml")).unwrap_err().to_string()
}

#[test]
fn an_empty_table_of_thresholds() {
    let (head, _) = POLICY.split_once("[gate.").unwrap();
    assert!(refused(&format!("{head}[gate]\n")).contains("at least one gate is required"));
    assert!(refused(head).contains("missing field `gate`"));
}

#[test]
fn a_threshold_that_is_not_a_number() {
    for bar in ["min = nan", "min = inf", "min = -inf", ""] {
        let message = refused(&POLICY.replacen("min = 0.7", bar, 1));
        assert!(message.contains("needs either `min` or `max`, a finite number"), "{bar}: {message}");
    }
}

#[test]
fn empty_data() {
    undecided(&parts(0), AUC, "there is a header and no row");
    undecided("", AUC, "the file is empty");
}

#[test]
fn a_column_of_nulls() {
    let mut nulls = String::new();
    for (line, row) in parts(600).lines().enumerate() {
        let mut values: Vec<&str> = row.split(',').collect();
        if line > 0 {
            values[1] = "";
        }
        nulls.push_str(&values.join(","));
        nulls.push('\n');
    }
    undecided(&nulls, AUC, "600 values break the contract");
    undecided(&nulls, AUC, "column temperature");
}

#[test]
fn a_column_that_nobody_declared() {
    let more: String = parts(600).lines().map(|line| format!("{line},passed_later\n")).collect();
    undecided(&more, AUC, "is not a column of the contract");
}

/// The model approves no one: all groups have the same rate, and it is 0.
#[test]
fn nobody_approved() {
    let folder = tempfile::tempdir().unwrap();
    let policy = POLICY.replacen("threshold = 0.5", "threshold = 0.9999", 1);
    let (state, red) = judged(&release(folder.path(), &policy, &parts(600)), SITE);
    assert_eq!(state, GateState::Undecided);
    assert!(red.contains("nobody is selected"), "{red}");
}

#[test]
fn one_group_only() {
    undecided(&parts(600).replace("north", "east").replace("south", "east"), SITE, "north has 0 rows");
    let (head, tail) = POLICY.split_once("[\"east\", \"north\", \"south\"]").unwrap();
    assert!(refused(&format!("{head}[\"east\"]{tail}")).contains("at least two groups"));
}

#[test]
fn a_group_of_one() {
    let one = parts(600).replace("south", "east").replacen("east", "south", 1);
    undecided(&one, SITE, "south has 1 rows");
}
