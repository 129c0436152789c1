//! Months of decisions against the bars that need outcomes.

use std::path::Path;

use andon::Decider;
use andon::evidence::policy::Policy;
use andon::judge::Verdict;
use andon::monitor::{Monitor, RowPlace, ServedDecision, ServedDecisions};
use serde_json::{Value, json};

use crate::houses::{House, decider};
use crate::watch::monitored::{ask, entry, record, release};
use crate::{bad, good, unusual};

const OPPORTUNITY: &str = "[gate.\"fairness.equal_opportunity_difference.origin\"]\nmax = 0.1\nwhy = \"test\"\n";

/// A house with its outcome, if one is known, on a side.
type Case<'a> = (&'a Value, Option<bool>, Option<&'a str>);

/// The monitor over decisions by month.
fn judged(decider: &Decider<House>, months: &[(&str, Vec<Case<'_>>)]) -> Monitor {
    let mut served = ServedDecisions::new(decider).unwrap();
    let mut sequence = 0;
    for (month, cases) in months {
        let time = format!("{month}-10T12:00:00.000000Z");
        for (house, outcome, side) in cases {
            sequence += 1;
            let reply = decider.reply(&decider.read_request(house.to_string().as_bytes()).unwrap()).unwrap();
            let monitoring = side.map(|side| json!({ "origin": side }).to_string());
            let decided = ServedDecision {
                place: RowPlace { sequence, time: &time },
                inputs: &house.to_string(),
                score: reply.probability,
                decision: &reply.decision,
                monitoring: monitoring.as_deref(),
            };
            served.add(decided).unwrap();
            assert!(outcome.is_none_or(|outcome| served.outcome(sequence, outcome)));
        }
    }
    assert!(!served.outcome(sequence + 1, true), "nothing was decided there");
    served.judge()
}

fn many<'a>(house: &'a Value, outcome: Option<bool>, rows: usize) -> Vec<Case<'a>> {
    vec![(house, outcome, None); rows]
}

fn verdicts(monitor: &Monitor) -> Vec<(&str, Verdict)> {
    monitor.months.iter().map(|month| (month.month.as_str(), month.verdict)).collect()
}

fn with(outcomes: &str, gates: &str) -> Decider<House> {
    let text = include_str!("../houses.toml").replace("OLLAMA_URL", "http://127.0.0.1:9").replace("TIMEOUT_MS", "1000");
    decider(Policy::parse(&format!("{text}\n{gates}\n{outcomes}"), Path::new("release.toml")).unwrap())
}

#[test]
fn each_month_is_judged_by_the_bars_of_the_release() {
    let (good, bad) = (good(), bad());
    let right = [many(&good, Some(true), 180), many(&bad, Some(false), 20)].concat();
    let wrong = [many(&good, Some(true), 120), many(&good, Some(false), 80)].concat();
    let unknown = many(&good, None, 200);
    let months = [("2026-01", right.clone()), ("2026-02", wrong.clone()), ("2026-03", right), ("2026-04", unknown)];
    let monitor = judged(&with("", ""), &months);
    let expected = [
        ("2026-01", Verdict::Go),
        ("2026-02", Verdict::NoGo),
        ("2026-03", Verdict::Go),
        ("2026-04", Verdict::Undecided),
    ];
    assert_eq!(verdicts(&monitor), expected);
    let revalidation = monitor.revalidation.as_ref().unwrap();
    assert!(revalidation.is_due && revalidation.no_go == ["2026-02"], "the strict default is one month");
    assert_eq!(monitor.verdict, Verdict::NoGo);
    assert_eq!(
        monitor.no_go_reasons(),
        ["a new validation is due: by what happened later, 2026-02 is NO-GO"],
        "a service that stops by itself says why"
    );
    let table = monitor.table(false, "rows");
    for part in [
        "GO          2026-01  outcomes of 180 of 180 approved, 20 of 20 denied; 0 referred",
        "NO-GO       2026-02",
        "0 of 200 decisions have an outcome: fewer than half cannot speak for the others",
        "Validate the release anew: 1 months NO-GO (2026-02), of 1 that ask for it",
        "Monitor: NO-GO",
    ] {
        assert!(table.contains(part), "{part} is missing:\n{table}");
    }

    // Two months ask for a validation; one is still no GO. Outcomes are due after a month.
    let rule = "[outcomes]\nno_go_months = 2\ndue_after_months = 1\n";
    let patient = judged(&with(rule, ""), &months);
    assert!(!patient.revalidation.as_ref().unwrap().is_due);
    assert_eq!(
        (patient.verdict, patient.months[3].is_due, patient.months[2].is_due),
        (Verdict::Undecided, false, true)
    );
    let twice = judged(&with(rule, ""), &[("2026-01", wrong.clone()), ("2026-02", wrong)]);
    assert_eq!(twice.verdict, Verdict::NoGo);
}

#[test]
fn decisions_without_an_outcome_are_never_counted_as_good() {
    let (good, bad, unusual) = (good(), bad(), unusual());
    // 90 of 100 are known and right. Were the others wrong, the accuracy would be 0.9 of a bar of 0.8.
    let few = [many(&good, Some(true), 900), many(&bad, None, 100), many(&unusual, None, 50)].concat();
    let monitor = judged(&with("", ""), &[("2026-01", few)]);
    assert_eq!(verdicts(&monitor), [("2026-01", Verdict::Go)], "{}", monitor.table(false, ""));
    // With 300 of 1,000 denied it would be 0.7: the denied have no outcome, and nothing says that they were right.
    let denied = [many(&good, Some(true), 700), many(&bad, None, 300)].concat();
    let monitor = judged(&with("", ""), &[("2026-01", denied)]);
    assert_eq!(verdicts(&monitor), [("2026-01", Verdict::Undecided)]);
    let note = &monitor.months[0].gates[0].note;
    assert!(note.contains("300 have no outcome: if each of these decisions was wrong, it would be 0.7"), "{note}");
    let table = monitor.table(false, "");
    assert!(table.contains("300 of 300 denied have no outcome: nobody knows how many"), "{table}");
    // What is known to be wrong is NO-GO, whatever the others were.
    let wrong = [many(&good, Some(false), 400), many(&good, Some(true), 300), many(&bad, None, 300)].concat();
    assert_eq!(verdicts(&judged(&with("", ""), &[("2026-01", wrong)])), [("2026-01", Verdict::NoGo)]);
}

#[test]
fn groups_are_compared_by_outcome_and_one_group_without_outcomes_turns_a_go() {
    let (good, bad) = (good(), bad());
    let side = |side: &'static str, house: &'static str, outcome: Option<bool>, rows: usize| {
        let house = if house == "good" { &good } else { &bad };
        vec![(house, outcome, Some(side)); rows]
    };
    let fair = [
        side("north_side", "good", Some(true), 400),
        side("north_side", "bad", Some(false), 100),
        side("south_side", "good", Some(true), 400),
        side("south_side", "bad", Some(false), 100),
    ]
    .concat();
    let gate = "fairness.equal_opportunity_difference.origin";
    let verdict = |months: Vec<Case<'_>>| {
        let monitor = judged(&with("", OPPORTUNITY), &[("2026-05", months)]);
        let row = monitor.months[0].gates.iter().find(|row| row.gate.as_str() == gate).unwrap().clone();
        (row.verdict, row.note)
    };
    assert_eq!(verdict(fair.clone()).0, Verdict::Go);
    let denied_one_side = [fair.clone(), side("south_side", "bad", Some(true), 150)].concat();
    assert_eq!(verdict(denied_one_side).0, Verdict::NoGo);
    let unknown_one_side = [fair, side("south_side", "bad", None, 150)].concat();
    let (verdict, note) = verdict(unknown_one_side);
    assert_eq!(verdict, Verdict::Undecided);
    assert!(note.contains("150 have no outcome"), "{note}");
}

#[tokio::test]
async fn outcomes_on_a_trail_are_joined_to_its_decisions() {
    let folder = tempfile::tempdir().unwrap();
    let decider = release("");
    let trail = folder.path().join("trail.db");
    record(&trail, (0..40).map(|_| entry(&decider, &good(), None)).collect()).await;
    assert!(ask(&decider, &trail, None).unwrap().monitor.months.is_empty());
    let body =
        |outcome: u8| andon_audit::JsonObject::new(&json!({ "outcome": outcome, "date": "2199-01-01" })).unwrap();
    let note = |about, body| andon_audit::Note { kind: andon_audit::NoteKind::Outcome, about, body };
    andon_audit::note(trail.as_path(), (1..=40).map(|about| note(about, body(0))).collect(), None).unwrap();
    let monitored = ask(&decider, &trail, None).unwrap();
    assert_eq!((monitored.trail.outcomes, monitored.monitor.verdict), (40, Verdict::NoGo));
    assert!(monitored.table(false).contains("40 with an outcome"), "{}", monitored.table(false));
    let other = andon_audit::JsonObject::new(&json!({ "repaid": true })).unwrap();
    andon_audit::note(trail.as_path(), vec![note(1, other)], None).unwrap();
    let error = ask(&decider, &trail, None).unwrap_err().to_string();
    assert!(error.starts_with("row 81 is a note that cannot be read: unknown field"), "{error}");
}

#[test]
fn an_estimate_from_scores_can_say_no_and_never_yes() {
    let (good, bad) = (good(), bad());
    let estimate = |cases: Vec<Case<'_>>, gates: &str| {
        let monitor = judged(&with("[outcomes]\n", gates), &[("2026-01", cases)]);
        let month = monitor.months[0].clone();
        (month.verdict, month.estimates, monitor.table(false, ""))
    };
    // Each house is accepted or declined at 5 : 1, so the expected accuracy is 0.8333; the bar is 0.8.
    let open = [many(&good, None, 600), many(&bad, None, 400)].concat();
    let (verdict, estimates, table) = estimate(open.clone(), "");
    assert_eq!((verdict, estimates[0].verdict), (Verdict::Undecided, Verdict::Undecided), "{table}");
    assert!((estimates[0].estimate - 0.8333).abs() < 0.005, "{table}");
    let spread = estimates[0].high - estimates[0].low;
    let expected = 2.0 * 1.96 * (0.8333_f64 * 0.1667 / 1_000.0).sqrt();
    assert!((spread / expected - 1.0).abs() < 0.25, "{spread} {expected}");
    assert!(table.contains("accuracy.accuracy  ESTIMATE from calibrated scores, not measured: 0.83"), "{table}");
    let (_, again, _) = estimate(open.clone(), "");
    assert_eq!(again[0].estimate.to_bits(), estimates[0].estimate.to_bits(), "drawn by a seed");

    let strict = "[gate.\"accuracy.balanced_accuracy\"]\nmin = 0.9\nwhy = \"test\"\n";
    let (verdict, estimates, table) = estimate(open, strict);
    assert_eq!(verdict, Verdict::NoGo, "{table}");
    assert!(
        estimates.iter().any(|one| one.verdict == Verdict::NoGo && one.gate.as_str().ends_with("balanced_accuracy"))
    );
    assert!(table.contains("Validate the release anew"), "{table}");

    // What the outcomes decide is not estimated, and known outcomes are taken as they are.
    let known = [many(&good, Some(true), 600), many(&bad, Some(false), 400)].concat();
    assert!(estimate(known, "").1.is_empty());
    let half = [many(&good, Some(true), 400), many(&good, None, 450)].concat();
    let (_, estimates, _) = estimate(half, "");
    assert!((estimates[0].estimate - (400.0 + 450.0 * 0.8333) / 850.0).abs() < 0.01);
    // Without a rule and without an outcome there are no months, and nothing is estimated.
    assert!(judged(&with("", ""), &[("2026-01", many(&good, None, 50))]).months.is_empty());
}
