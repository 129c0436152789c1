//! The explanations of a release: true on the second release, and each fault planted in it measured.

use andon::families::card::importance::{RowImportance, importance};
use andon::families::explanation::{
    additivity, counterfactuals, definition, favourable, methods, readable, reasons, stability, wording,
};
use andon::{Measured, Release, Reply};

use crate::part::{POLICY, Part, free, parts, write};

/// The release with a text of its policy replaced, and its folder.
fn open(from: &str, to: &str) -> (tempfile::TempDir, Release<Part>) {
    let folder = tempfile::tempdir().unwrap();
    let actionable = "actionable = { temperature = { step = 10.0, raise_by = 300.0 } }";
    let policy = format!("rounding = {{ temperature = 1.0 }}\n{actionable}\n{POLICY}");
    assert!(from.is_empty() || policy.contains(from), "`{from}` is not in the policy");
    write(folder.path(), &policy.replacen(from, to, 1), &parts(600));
    let release = Release::open(folder.path(), free).unwrap();
    (folder, release)
}

fn value(measured: &Measured) -> f64 {
    measured.as_ref().unwrap().value()
}

fn rejected(release: &Release<Part>) -> Vec<Reply> {
    let judged = release.judged().unwrap();
    let replies = judged.dataset.rows.iter().map(|row| judged.decider.reply(row).unwrap());
    replies.filter(|reply| reply.decision == "REJECT").collect()
}

#[test]
fn a_sound_release_is_explained_truly() {
    let (_folder, release) = open("", "");
    let judged = release.judged().unwrap();
    assert!(value(&additivity(judged)) < 1e-12 && value(&definition(judged)) < 1e-12);
    assert!(value(&methods(judged)) > 0.99 && value(&reasons(judged)) > 0.99);
    assert!(value(&stability(judged)) < 0.05 && value(&favourable(judged)) < 0.05);
    assert!(value(&counterfactuals(judged)).abs() < 1e-12 && value(&readable(judged)) > 30.0);
    let found = counterfactuals(judged).unwrap();
    assert_eq!((found.parts()[0].value + found.parts()[1].value) as u64, found.n());
    let first = &rejected(&release)[0];
    assert!(first.reasons[0].text.starts_with("a temperature of ") && first.reasons[0].moved < -0.1, "{first:?}");
    assert!(first.explanation.contains(&first.reasons[0].text));
    let importance: Vec<RowImportance> = importance(judged);
    assert_eq!(importance[0].feature, "temperature");
    assert_eq!(importance[0].dependence.len(), 600);
}

#[test]
fn a_value_without_words_is_counted_and_never_a_reason() {
    let (_folder, release) = open("", "");
    let lacking = wording(release.judged().unwrap()).unwrap();
    assert_eq!(
        (lacking.value() as u64, lacking.parts()[0].name.as_str()),
        (1, "pressure"),
        "where there is no pressure"
    );
    let told = "improve = \"press it\", missing = \"an unknown pressure\"";
    assert!(value(&wording(open("improve = \"press it\"", told).1.judged().unwrap())).abs() < 1e-12);
    let (_folder, release) = open("{ 0 = \"a rough finish\", 1 = \"a smooth finish\" }", "{ 1 = \"a smooth finish\" }");
    assert_eq!(value(&wording(release.judged().unwrap())) as u64, 2);
    let (_folder, release) = open("\"a temperature of {value} K\"", "{ 300 = \"300 K\" }");
    let judged = release.judged().unwrap();
    assert!(rejected(&release).iter().all(|reply| reply.reasons.iter().all(|reason| reason.feature != "temperature")));
    assert!(value(&reasons(judged)) < 0.9, "{:?}", reasons(judged));
}

#[test]
fn advice_in_the_wrong_direction_is_measured() {
    let (_folder, release) = open("better = { temperature = \"higher\" }", "better = { temperature = \"lower\" }");
    let measured = favourable(release.judged().unwrap()).unwrap();
    assert!(measured.value() > 0.1 && measured.parts()[0].name == "temperature", "{measured}");
    let sound = favourable(open("", "").1.judged().unwrap()).unwrap();
    assert!(sound.value() < 0.05 && sound.n() > 100, "{sound}");
}

#[test]
fn what_is_out_of_reach_is_said_to_be() {
    let (_folder, release) = open("raise_by = 300.0", "raise_by = 10.0");
    let none = counterfactuals(release.judged().unwrap()).unwrap();
    assert!(none.value().abs() < 1e-12 && none.parts()[1].value > 100.0, "{none:?}");
    let cold = rejected(&release).into_iter().find(|reply| reply.probability < Some(0.2)).unwrap();
    let text = cold.counterfactual.unwrap().text("PASS");
    assert_eq!(text, "No change within the limits of the search would have led to PASS.");
}

#[test]
fn what_the_policy_does_not_declare_is_not_measured() {
    for (from, to) in [
        ("rounding = { temperature = 1.0 }", ""),
        ("rounding = { temperature = 1.0 }", "rounding = { material = 1.0 }"),
    ] {
        let (_folder, release) = open(from, to);
        assert!(stability(release.judged().unwrap()).is_err(), "{to}");
    }
    let (_folder, release) = open("better = { temperature = \"higher\" }", "");
    assert!(favourable(release.judged().unwrap()).is_err());
    let (_folder, release) = open("actionable = { temperature = { step = 10.0, raise_by = 300.0 } }", "");
    assert!(counterfactuals(release.judged().unwrap()).is_err());
}

#[test]
fn where_nobody_is_rejected_there_is_nothing_to_explain() {
    let (_folder, release) = open("threshold = 0.5", "threshold = 0.0001");
    let judged = release.judged().unwrap();
    for measure in [definition, methods, reasons, stability, favourable, counterfactuals] {
        assert!(measure(judged).is_err());
    }
}
