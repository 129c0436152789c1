//! Champion and challenger on the second release: the last release adopted, then a candidate compared with it.

use std::fs;
use std::path::Path;

use andon::evidence::evidence::today;
use andon::evidence::fingerprint::Toolchain;
use andon::evidence::layout::{CARD, CONTRACT, ONNX, PREVIOUS_RELEASE, SCORES};
use andon::evidence::package::Package;
use andon::families::card::figures::figures;
use andon::judge::{Measurement, Unit};
use andon::onnx::to_onnx;
use andon::policy::{Better, Recipe};
use andon::{Forest, Matrix, Release, TrainError};

use crate::gates::fold;
use crate::part::{OWN, POLICY, Part, parts, release, split_at, stump, write};

const GATE: &str = "accuracy.challenger.auc";

/// The policy with a gate that lets the candidate be worse by so much.
fn policy(min: f64) -> String {
    format!("{POLICY}[gate.\"{GATE}\"]\nmin = {min:?}\nwhy = \"test\"\n")
}

/// Runs every gate of the first release, packages it and makes it the last one.
fn adopt(root: &Path) {
    adopt_with_contract(root, POLICY, |contract| contract);
}

/// The same with a policy that requires the gates of [`POLICY`] alone, and with another contract in the package.
pub(crate) fn adopt_with_contract(root: &Path, policy: &str, edit: impl Fn(String) -> String) {
    adopt_all(root, policy, |_| {}, edit);
}

/// The same with a policy that requires more gates, which `run` runs.
pub(crate) fn adopt_with_gate(root: &Path, policy: &str, run: impl Fn(&Release<Part>)) {
    adopt_all(root, policy, run, |contract| contract);
}

fn adopt_all(root: &Path, policy: &str, run: impl Fn(&Release<Part>), edit: impl Fn(String) -> String) {
    let release = release(root, policy, &parts(600));
    run(&release);
    release.statistic("accuracy.auc").unwrap();
    release.statistic("fairness.disparate_impact.site").unwrap();
    release.statistic("accuracy.accuracy").unwrap();
    let vouching = release.gate(OWN, |gate| {
        gate.vouch_candidate()?;
        gate.vouch(CARD, b"# card")?;
        let judged = gate.judged()?;
        gate.vouch_figures(&figures(judged)?)?;
        gate.vouch(CONTRACT, edit(gate.release().contract().json_schema().to_string()).as_bytes())?;
        gate.vouch(ONNX, &to_onnx(&judged.candidate.model))?;
        Measurement::exact(0.0, Unit::Count, 600)
    });
    vouching.unwrap();
    let package = Package::assemble(root, &Toolchain::current(), today()).unwrap();
    let scores = fs::read(release.store().path(SCORES)).unwrap();
    fs::create_dir_all(root.join(PREVIOUS_RELEASE)).unwrap();
    for (name, bytes) in package.all_files().unwrap().into_iter().chain([(SCORES.to_owned(), scores)]) {
        fs::write(root.join(PREVIOUS_RELEASE).join(name), bytes).unwrap();
    }
}

/// A learner that splits where the labels hardly differ.
fn worse(recipe: &Recipe, _: &[Option<Better>], x: &Matrix, y: &[bool], _: usize) -> Result<Forest, TrainError> {
    split_at(700.0, recipe, x, y)
}

fn red(release: &Release<Part>) -> Option<String> {
    release.statistic(GATE).err().map(|red| red.to_string())
}

#[test]
fn before_the_first_release_there_is_nothing_to_be_better_than() {
    let folder = tempfile::tempdir().unwrap();
    let red = red(&release(folder.path(), &policy(-1.0), &parts(600))).unwrap();
    assert!(red.contains("is UNDECIDED") && red.contains("nothing was released yet"), "{red}");
}

#[test]
fn the_same_model_is_not_worse_and_not_better() {
    let folder = tempfile::tempdir().unwrap();
    adopt(folder.path());
    assert_eq!(red(&release(folder.path(), &policy(0.0), &parts(600))), None);
    let not_better = red(&release(folder.path(), &policy(0.001), &parts(600))).unwrap();
    assert!(not_better.contains("is NO-GO") && not_better.contains("champion: "), "{not_better}");
}

#[test]
fn a_worse_candidate_is_caught_by_the_champion_s_own_scores() {
    let folder = tempfile::tempdir().unwrap();
    adopt(folder.path());
    write(folder.path(), &policy(-0.05), &parts(600));
    let challenger = Release::<Part>::open(folder.path(), worse).unwrap();
    let red = red(&challenger).unwrap();
    assert!(red.contains("is NO-GO"), "{red}");
    let row = fold(&challenger).rows.into_iter().find(|row| row.gate.as_str() == GATE).unwrap();
    assert!(row.note.is_empty() && row.evidence.unwrap().model_sha256.is_some());
}

#[test]
fn rows_that_came_later_are_not_compared_and_too_few_common_ones_are_undecided() {
    let folder = tempfile::tempdir().unwrap();
    adopt(folder.path());
    let longer = release(folder.path(), &policy(-0.05), &parts(900));
    assert_eq!(red(&longer), None);
    let evidence = fold(&longer).rows.into_iter().find_map(|row| row.evidence.filter(|e| e.gate.as_str() == GATE));
    let text = serde_json::to_string(&evidence.unwrap().finding).unwrap();
    assert!(text.contains("\"n\":600"), "{text}");

    let renamed = parts(600).replace("\np", "\nq");
    let red = red(&release(folder.path(), &policy(-0.05), &renamed)).unwrap();
    assert!(red.contains("0 rows are common with parts 0.3.0, the policy judges from 20 on"), "{red}");
}

#[test]
fn an_edited_champion_gives_no_release_to_judge() {
    let folder = tempfile::tempdir().unwrap();
    adopt(folder.path());
    let scores = folder.path().join(PREVIOUS_RELEASE).join(SCORES);
    let edited = fs::read_to_string(&scores).unwrap().replace("true", "false");
    fs::write(&scores, edited).unwrap();
    write(folder.path(), POLICY, &parts(600));
    assert!(Release::<Part>::open(folder.path(), stump).is_err());
}

#[test]
fn a_weakened_bar_turns_the_gate_s_own_test_red() {
    let folder = tempfile::tempdir().unwrap();
    adopt(folder.path());
    let looser = POLICY.replacen("min = 0.7\n", "min = 0.6\n", 1);
    let weak = release(folder.path(), &looser, &parts(600));
    let red = weak.statistic("accuracy.accuracy").unwrap_err().to_string();
    assert!(red.contains("accuracy.accuracy is WEAKENED") && red.contains("weakened_because"), "{red}");
    let explained =
        looser.replacen("min = 0.6\n", "min = 0.6\nweakened_because = \"the lower bar is part of this test\"\n", 1);
    assert!(release(folder.path(), &explained, &parts(600)).statistic("accuracy.accuracy").is_ok());
}
