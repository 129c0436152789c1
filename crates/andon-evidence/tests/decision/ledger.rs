//! The ledger: what was seen red before a first release, how often the same data were asked, and a chain that breaks.

use std::fs;

use andon_evidence::decision::{Decision, GateState, Outcome};
use andon_evidence::ledger::Ledger;
use andon_evidence::run::keep_in_ledger;
use jiff::civil::date;

use crate::release::{ACCURACY, LATENCY, TestRelease, accuracy, fast, green, red};

const LEDGER: &str = "releases.jsonl";

/// Changes the policy, runs both gates again, decides, and keeps the decision.
fn decide(release: &TestRelease, finding: andon_evidence::evidence::Finding, from: &str, to: &str) -> Decision {
    let policy = fs::read_to_string(release.root().join("release.toml")).unwrap();
    assert!(policy.contains(from), "{from}");
    release.put("release.toml", &policy.replacen(from, to, 1));
    release.record(ACCURACY, finding).record(LATENCY, fast());
    let decision = release.decide();
    keep_in_ledger(release.root(), &decision).unwrap();
    decision
}

fn lines(release: &TestRelease) -> Vec<String> {
    fs::read_to_string(release.root().join(LEDGER)).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// A release whose accuracy was seen red at 0.8.
fn seen_red() -> TestRelease {
    let release = TestRelease::with("");
    assert_eq!(decide(&release, red(), "min = 0.8", "min = 0.8").outcome, Outcome::NoGo);
    release
}

#[test]
fn a_bar_that_moves_after_it_was_seen_red_needs_a_reason_before_the_first_release_too() {
    let release = seen_red();
    let decision = decide(&release, accuracy(0.72, 0.75, 0.8), "min = 0.8", "min = 0.7");
    assert_eq!((decision.outcome, decision.rows[0].state), (Outcome::NoGo, GateState::Weakened));
    assert!(decision.rows[0].note.starts_with("the gate was red with at least 0.8"), "{}", decision.rows[0].note);
    let why = "min = 0.7\nweakened_because = \"the task has label noise\"";
    let explained = decide(&release, accuracy(0.72, 0.75, 0.8), "min = 0.7", why);
    assert_eq!(explained.outcome, Outcome::Go);
    assert!(explained.rows[0].note.contains("label noise"));
}

#[test]
fn a_gate_that_was_excepted_is_kept_as_red_also_if_only_its_family_or_the_tries_made_it_so() {
    let release = TestRelease::with("");
    release.record(ACCURACY, green()).record(LATENCY, fast());
    let mut decision = release.decide();
    let red = |decision: &Decision| decision.ledger_entry(&release.policy(), date(2026, 3, 31)).unwrap().0.red;
    assert!(red(&decision).is_empty());
    for state in [GateState::Waived, GateState::Warned] {
        // Its measurement alone meets the bar.
        decision.rows[0].state = state;
        assert_eq!(red(&decision).iter().map(ToString::to_string).collect::<Vec<_>>(), [ACCURACY]);
    }
}

#[test]
fn a_bar_that_comes_back_to_what_it_was_is_no_weakening() {
    let release = TestRelease::with("");
    assert_eq!(decide(&release, green(), "min = 0.8", "min = 0.8").outcome, Outcome::Go);
    assert_eq!(decide(&release, green(), "min = 0.8", "min = 0.95").outcome, Outcome::NoGo);
    assert_eq!(decide(&release, green(), "min = 0.95", "min = 0.8").outcome, Outcome::Go);
}

#[test]
fn a_gate_that_goes_and_a_group_that_is_dropped_after_red_need_a_reason() {
    let release = seen_red();
    let gate = "[gate.\"accuracy.accuracy\"]\nmin = 0.8\nwhy = \"test\"\n";
    let decision = decide(&release, red(), gate, "");
    let gone = decision.rows.iter().find(|row| row.gate.as_str() == ACCURACY).unwrap();
    assert_eq!((decision.outcome, gone.state), (Outcome::NoGo, GateState::Weakened));
    assert!(gone.note.starts_with("this gate was red"), "{}", gone.note);

    let release = seen_red();
    let decision = decide(&release, green(), "[\"a\", \"b\"]", "[\"a\", \"c\"]");
    assert_eq!(decision.outcome, Outcome::NoGo);
    assert!(decision.objections[0].starts_with("data.protected.group: [\"a\", \"b\"] -> [\"a\", \"c\"]"));
    assert!(decision.table(false, false).contains("NO-GO data.protected.group"));
    let why = "[gate.\"latency.decision\"]";
    let why_too = format!("[weakened]\n\"data.protected.group\" = \"the form asks it no more\"\n{why}");
    let explained = decide(&release, green(), why, &why_too);
    assert_eq!(explained.outcome, Outcome::Go, "{}", explained.table(false, true));
    assert!(explained.weakened[0].contains("the form asks it no more"));
}

#[test]
fn a_reason_for_a_setting_that_is_as_before_matches_nothing() {
    let release = TestRelease::with("[weakened]\n\"evaluation.folds\" = \"fewer rows\"\n");
    release.record(ACCURACY, green()).record(LATENCY, fast());
    let decision = release.decide();
    assert_eq!(decision.outcome, Outcome::NoGo);
    assert!(decision.objections[0].contains("matches nothing"), "{:?}", decision.objections);
}

/// Both gates judged another candidate.
fn try_candidate(release: &TestRelease, scores: &str, low: f64) -> Decision {
    for (gate, finding) in [(ACCURACY, accuracy(low, 0.9, 1.0)), (LATENCY, fast())] {
        release.record_changed(gate, finding, |evidence| evidence.scores_sha256 = Some(scores.repeat(64)));
    }
    let decision = release.decide();
    keep_in_ledger(release.root(), &decision).unwrap();
    decision
}

#[test]
fn the_same_data_asked_about_another_candidate_make_the_level_stricter() {
    let release = TestRelease::with("");
    // On the bar: a p-value of 0.025, which holds for one candidate and for no second one.
    assert_eq!(try_candidate(&release, "1", 0.8).outcome, Outcome::Go);
    assert_eq!(try_candidate(&release, "1", 0.8).tries.candidates, 1);
    let second = try_candidate(&release, "2", 0.8);
    assert_eq!(
        (second.outcome, second.rows[0].state, second.tries.candidates),
        (Outcome::NoGo, GateState::Undecided, 2)
    );
    assert!(second.rows[0].note.contains("p 0.0250 times 2, at most 0.025"), "{}", second.rows[0].note);
    // 2.5 standard errors: a p-value of 0.0062, which holds for four candidates.
    let surer = 0.9 - 0.1 * 1.959_963_985 / 2.5;
    assert_eq!(try_candidate(&release, "3", surer).outcome, Outcome::Go);
    assert_eq!(try_candidate(&release, "4", surer).outcome, Outcome::Go);
    assert_eq!(try_candidate(&release, "5", surer).outcome, Outcome::NoGo);
    assert_eq!(lines(&release).len(), 5);
    // Other data are asked for the first time.
    release.put("data/x.csv", "other\n");
    assert_eq!(try_candidate(&release, "6", 0.8).tries.candidates, 1);
}

#[test]
fn data_that_were_changed_a_little_are_the_same_data() {
    let release = TestRelease::with("");
    let rows = |from: u32| (from..from + 1_000).map(|row| format!("{row},1\n")).collect::<String>();
    release.put("data/x.csv", &rows(0));
    assert_eq!(try_candidate(&release, "1", 0.8).tries.candidates, 1);
    release.put("data/x.csv", &(rows(0) + "\n"));
    assert_eq!(try_candidate(&release, "2", 0.8).tries.candidates, 2);
    release.put("data/x.csv", &rows(50));
    assert_eq!(try_candidate(&release, "3", 0.8).outcome, Outcome::NoGo);
    release.put("data/x.csv", &rows(900));
    assert_eq!(try_candidate(&release, "4", 0.8).tries.candidates, 1);
}

#[test]
fn the_same_decision_is_kept_once_and_the_ledger_is_no_input() {
    let release = TestRelease::with("");
    let before = release.fingerprint();
    for _ in 0..3 {
        decide(&release, green(), "min = 0.8", "min = 0.8");
    }
    assert_eq!((lines(&release).len(), release.fingerprint()), (1, before));
}

#[test]
fn every_line_that_is_edited_moved_or_taken_out_is_found() {
    let release = seen_red();
    decide(&release, green(), "min = 0.8", "min = 0.8");
    try_candidate(&release, "2", 0.85);
    let whole = lines(&release);
    assert_eq!(whole.len(), 3);
    let edited = whole[0].replace("NO-GO", "GO");
    let broken: [Vec<&String>; 4] = [
        vec![&edited, &whole[1], &whole[2]],
        vec![&whole[1], &whole[2]],
        vec![&whole[0], &whole[2]],
        vec![&whole[1], &whole[0], &whole[2]],
    ];
    for broken in broken {
        let text: String = broken.iter().map(|line| format!("{line}\n")).collect();
        release.put(LEDGER, &text);
        assert!(Ledger::read(release.root()).unwrap().defect().is_some(), "{text}");
        assert_eq!(release.decide().outcome, Outcome::NoGo);
        assert!(release.assemble().is_err());
        // Nothing is written behind a defect.
        keep_in_ledger(release.root(), &release.decide()).unwrap();
        assert_eq!(lines(&release).len(), broken.len());
    }
}

#[test]
fn only_a_go_is_a_state_to_come_back_to() {
    let release = TestRelease::with("");
    assert_eq!(decide(&release, accuracy(0.6, 0.55, 0.65), "min = 0.8", "min = 0.7").outcome, Outcome::NoGo);
    assert_eq!(decide(&release, accuracy(0.72, 0.7, 0.75), "min = 0.7", "min = 0.8").outcome, Outcome::NoGo);
    let decision = decide(&release, accuracy(0.72, 0.71, 0.75), "min = 0.8", "min = 0.7");
    assert_eq!((decision.outcome, decision.rows[0].state), (Outcome::NoGo, GateState::Weakened));
}

#[test]
fn a_line_that_gives_an_earlier_policy_other_bars_breaks_the_chain() {
    let release = seen_red();
    let text = fs::read_to_string(release.root().join(LEDGER)).unwrap();
    let last = text.lines().last().unwrap();
    let mut line: serde_json::Value = serde_json::from_str(last).unwrap();
    line["previous"] = andon_evidence::files::sha256_hex(last.as_bytes()).into();
    assert_eq!(Ledger::read(release.root()).unwrap().defect(), None);
    release.put(LEDGER, &format!("{text}{line}\n"));
    assert_eq!(Ledger::read(release.root()).unwrap().defect(), None, "the same bars again");
    line["seen"]["bars"] = serde_json::json!({});
    release.put(LEDGER, &format!("{text}{line}\n"));
    let defect = Ledger::read(release.root()).unwrap().defect().unwrap().to_owned();
    assert!(defect.contains("line 2 holds a policy that is not the one it names"), "{defect}");
}
