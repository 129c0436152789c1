//! The fold of evidence to a decision.

use std::fs;

use andon_evidence::decision::{Baseline, Decision, GateState, Outcome};
use andon_evidence::evidence::{Evidence, Finding, Store};
use andon_evidence::files::sha256_hex;
use andon_evidence::layout::{CARD, CONTRACT, FIGURES, MODEL, ONNX};
use andon_evidence::policy::Policy;
use jiff::civil::date;
use proptest::prelude::*;

use crate::release::{ACCURACY, LATENCY, MODEL_BYTES, TestRelease, accuracy, fast, found, gate, green, red, waiver};

#[test]
fn all_green_is_go() {
    let decision = found(green()).decide();
    assert_eq!(decision.outcome, Outcome::Go);
    assert_eq!(decision.model_sha256(), Some(sha256_hex(MODEL_BYTES.as_bytes()).as_str()));
    assert_eq!(decision.next_command(), None);
}

#[test]
fn red_and_undecided_are_no_go() {
    let cases = [
        (red(), GateState::NoGo),
        (Finding::Refused("assertion failed".to_owned()), GateState::NoGo),
        (accuracy(0.799_999, 0.9, 1.0), GateState::Undecided),
        (Finding::NotMeasured("no rows".to_owned()), GateState::Undecided),
    ];
    for (finding, state) in cases {
        assert_eq!(found(finding).outcome(), (Outcome::NoGo, state));
    }
}

#[test]
fn a_gate_that_has_not_spoken_is_incomplete() {
    let release = TestRelease::with("");
    release.record(LATENCY, fast());
    assert_eq!(release.outcome(), (Outcome::Incomplete, GateState::Missing));
    release.record(ACCURACY, Finding::Started);
    assert_eq!(release.outcome(), (Outcome::Incomplete, GateState::Crashed));
    release.record_changed(ACCURACY, green(), |evidence| evidence.fingerprint = "0".repeat(64));
    assert_eq!(release.outcome(), (Outcome::Incomplete, GateState::Stale));
}

#[test]
fn a_changed_input_makes_all_evidence_stale() {
    let release = found(green());
    release.put("data/x.csv", "1");
    let decision = release.decide();
    assert_eq!(decision.outcome, Outcome::Incomplete);
    assert!(decision.rows.iter().all(|row| row.state == GateState::Stale && row.evidence.is_none()));
    assert!(decision.vouched().is_empty());
}

#[test]
fn a_gate_that_says_no_outweighs_one_that_has_not_spoken() {
    let release = TestRelease::with("");
    release.record(ACCURACY, red());
    assert_eq!(release.outcome(), (Outcome::NoGo, GateState::NoGo));
}

#[test]
fn evidence_edited_by_hand_is_tampered() {
    let release = found(red());
    let path = Store::in_root(release.root()).evidence_path(&gate(ACCURACY));
    let text = fs::read_to_string(&path).unwrap();
    let edited = text.replace("\"low\": 0.7", "\"low\": 0.9");
    assert_ne!(edited, text, "the case changes nothing");
    for edited in [edited, text[..text.len() / 2].to_owned(), String::new()] {
        fs::write(&path, edited).unwrap();
        assert_eq!(release.outcome(), (Outcome::NoGo, GateState::Tampered));
    }
}

#[test]
fn evidence_of_one_gate_does_not_serve_another() {
    let release = found(green());
    let store = Store::in_root(release.root());
    fs::copy(store.evidence_path(&gate(LATENCY)), store.evidence_path(&gate(ACCURACY))).unwrap();
    assert_eq!(release.outcome(), (Outcome::NoGo, GateState::Tampered));
    assert_eq!(release.decide().rows[0].note, "the evidence file belongs to latency.decision");
}

#[test]
fn a_waiver_holds_to_the_end_of_its_last_day() {
    let cases = [
        ("2026-04-01", Outcome::Go, GateState::Waived),
        ("2026-03-31", Outcome::Go, GateState::Waived),
        ("2026-03-30", Outcome::NoGo, GateState::BadWaiver),
        // The longest term is 92 days.
        ("2026-07-01", Outcome::Go, GateState::Waived),
        ("2026-07-02", Outcome::NoGo, GateState::BadWaiver),
    ];
    for (expires, outcome, state) in cases {
        for finding in [red(), Finding::NotMeasured("no rows".to_owned())] {
            let release = TestRelease::waived_until(expires);
            release.record(ACCURACY, finding).record(LATENCY, fast());
            assert_eq!(release.outcome(), (outcome, state), "{expires}");
        }
    }
}

#[test]
fn a_waiver_shows_its_owner_reason_and_last_day() {
    let release = TestRelease::waived_until("2026-04-01");
    release.record(ACCURACY, red()).record(LATENCY, fast());
    assert_eq!(release.decide().rows[0].note, "waived by Ada until 2026-04-01: known");
    assert!(release.decide().table(false, false).contains("WAIVED"), "a waived gate is always shown");
}

#[test]
fn a_waiver_excepts_neither_a_green_gate_nor_one_that_has_not_spoken() {
    let release = TestRelease::waived_until("2026-04-01");
    release.record(ACCURACY, green()).record(LATENCY, fast());
    assert_eq!(release.outcome(), (Outcome::NoGo, GateState::BadWaiver));
    release.record(ACCURACY, Finding::Started);
    assert_eq!(release.outcome(), (Outcome::Incomplete, GateState::Crashed));
}

#[test]
fn gates_that_judged_two_models_or_none_are_no_go_ahead() {
    let release = found(green());
    release.record_changed(LATENCY, fast(), |evidence| evidence.model_sha256 = Some("1".repeat(64)));
    assert_eq!((release.decide().outcome, release.decide().model_sha256()), (Outcome::Incomplete, None));
    for scores in [Some("1".repeat(64)), None] {
        release.record_changed(LATENCY, fast(), |evidence| evidence.scores_sha256 = scores.clone());
        assert_eq!((release.decide().outcome, release.decide().model_sha256()), (Outcome::Incomplete, None));
    }
    release.record_changed(LATENCY, fast(), |evidence| evidence.model_sha256 = None);
    assert_eq!(release.decide().outcome, Outcome::Go, "one gate may look at the data alone");
    release.record_changed(ACCURACY, green(), |evidence| evidence.model_sha256 = None);
    assert_eq!(release.decide().outcome, Outcome::Incomplete);
}

#[test]
fn two_digests_for_one_file_vouch_for_nothing() {
    let release = found(green());
    release.record_changed(LATENCY, fast(), |evidence| {
        evidence.vouched.insert(CARD.to_owned(), "1".repeat(64));
    });
    let decision = release.decide();
    assert_eq!(decision.vouched().into_keys().collect::<Vec<_>>(), [CONTRACT, FIGURES, MODEL, ONNX]);
}

#[test]
fn the_table_of_a_no_go_says_what_was_measured_and_what_to_run() {
    let decision = found(red()).decide();
    let end = format!(
        "\nDecision: NO-GO  2 gates: 1 GO, 1 NO-GO; fingerprint {}\n\
         next: cargo test --test gate -- --exact accuracy::accuracy\n",
        &decision.fingerprint[..12]
    );
    let red = "NO-GO      accuracy.accuracy  0.7500 (0.7000 to 0.8000), bar at least 0.8\n";
    let green = "GO         latency.decision   1.500 ms, bar at most 50\n";
    assert_eq!(decision.table(false, true), format!("{red}{green}{end}"));
    assert_eq!(decision.table(false, false), format!("{red}{end}"));
}

#[test]
fn the_table_names_the_gates_that_have_nothing_to_ask_about() {
    let decision = found(red()).decide();
    assert!(decision.remarks.is_empty(), "the policy of the test names a language model");
    let decision =
        Decision { remarks: vec!["not asked, since no language model: explanation.guard".to_owned()], ..decision };
    assert!(decision.table(false, false).contains("\nnot asked, since no language model: explanation.guard\n"));
}

#[test]
fn colour_only_adds_escape_codes() {
    for finding in [green(), red(), Finding::Started] {
        let decision = found(finding).decide();
        let coloured = decision.table(true, true);
        let plain = ["\u{1b}[1;31m", "\u{1b}[1;32m", "\u{1b}[1;33m", "\u{1b}[0m"]
            .iter()
            .fold(coloured.clone(), |text, escape| text.replace(escape, ""));
        assert_ne!(coloured, plain);
        assert_eq!(plain, decision.table(false, true));
    }
}

/// The fate of one gate, before waivers.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Green,
    Red,
    Undecided,
    Refused,
    Crashed,
    Missing,
    Stale,
    Edited,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Excepted {
    Not,
    InForce,
    Expired,
}

/// The outcome of a gate by the rules, written down a second time.
fn expected(fate: Fate, excepted: Excepted) -> Outcome {
    match (fate, excepted) {
        (Fate::Crashed | Fate::Missing | Fate::Stale, _) => Outcome::Incomplete,
        (Fate::Green, Excepted::Not) => Outcome::Go,
        (Fate::Red | Fate::Undecided | Fate::Refused, Excepted::InForce) => Outcome::Go,
        _ => Outcome::NoGo,
    }
}

fn suffer(release: &TestRelease, name: &str, fate: Fate) {
    match fate {
        Fate::Green => release.record(name, green()),
        Fate::Red => release.record(name, red()),
        Fate::Undecided => release.record(name, accuracy(0.7, 0.9, 1.0)),
        Fate::Refused => release.record(name, Finding::Refused("no".to_owned())),
        Fate::Crashed => release.record(name, Finding::Started),
        Fate::Missing => release,
        Fate::Stale => release.record_changed(name, green(), |evidence| evidence.fingerprint = "0".repeat(64)),
        Fate::Edited => {
            release.record(name, green());
            let path = Store::in_root(release.root()).evidence_path(&gate(name));
            fs::write(&path, fs::read_to_string(&path).unwrap().replace("0.8", "0.81")).unwrap();
            release
        }
    };
}

fn any_fate() -> impl Strategy<Value = (Fate, Excepted)> {
    let rare = prop::sample::select(vec![
        Fate::Red,
        Fate::Undecided,
        Fate::Refused,
        Fate::Crashed,
        Fate::Missing,
        Fate::Stale,
        Fate::Edited,
    ]);
    let excepted = prop::sample::select(vec![Excepted::Not, Excepted::InForce, Excepted::Expired]);
    // Half are fine, so that GO comes up often.
    let fine = prop::sample::select(vec![(Fate::Green, Excepted::Not), (Fate::Red, Excepted::InForce)]);
    prop_oneof![6 => fine, 1 => (rare, excepted.clone()), 1 => (Just(Fate::Green), excepted)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn the_outcome_is_go_exactly_when_every_gate_is_green_or_validly_waived(
        fates in prop::collection::vec(any_fate(), 3)
    ) {
        let names = ["contract.own", "fairness.parity.race", "robustness.own"];
        let mut policy = String::new();
        for (name, (_, excepted)) in names.iter().zip(&fates) {
            policy.push_str(&format!("[gate.\"{name}\"]\nmin = 0.8\nwhy = \"test\"\n"));
            match excepted {
                Excepted::Not => {}
                Excepted::InForce => policy.push_str(&waiver(name, "2026-03-31")),
                Excepted::Expired => policy.push_str(&waiver(name, "2026-03-30")),
            }
        }
        let release = TestRelease::with(&policy);
        release.record(ACCURACY, green()).record(LATENCY, fast());
        for (name, (fate, _)) in names.iter().zip(&fates) {
            suffer(&release, name, *fate);
        }
        let outcomes: Vec<Outcome> = fates.iter().map(|(fate, excepted)| expected(*fate, *excepted)).collect();
        let worst = [Outcome::NoGo, Outcome::Incomplete].into_iter().find(|outcome| outcomes.contains(outcome));
        let decision = release.decide();
        prop_assert_eq!(decision.outcome, worst.unwrap_or(Outcome::Go), "{}", decision.table(false, true));
        prop_assert_eq!(release.assemble().is_ok(), worst.is_none());
    }
}

#[test]
fn evidence_from_the_future_is_refused() {
    let release = found(green());
    let later = |evidence: &mut Evidence| evidence.started_at = "2026-04-01T00:00:00Z".parse().unwrap();
    release.record_changed(ACCURACY, green(), later);
    assert_eq!(release.outcome(), (Outcome::NoGo, GateState::Tampered));
    let note = &release.decide().rows[0].note;
    assert!(note.contains("2026-04-01") && note.contains("2026-03-31") && note.contains("clock"), "{note}");
}

/// With the clock a year back the waiver would count, over evidence that is younger than the clock.
#[test]
fn a_clock_that_was_set_back_does_not_bring_a_waiver_back() {
    let release = TestRelease::waived_until("2026-03-30");
    release.record(ACCURACY, red()).record(LATENCY, fast());
    assert_eq!(release.outcome(), (Outcome::NoGo, GateState::BadWaiver));
    let fold = |day| {
        Decision::fold(&release.policy(), &release.inputs(), &Store::in_root(release.root()), &Baseline::default(), day)
    };
    let year_back = fold(date(2025, 3, 31));
    assert_eq!((year_back.outcome, year_back.rows[0].state), (Outcome::NoGo, GateState::Tampered));
}

#[test]
fn a_red_gate_that_does_not_block_is_a_warning() {
    let release = TestRelease::with("");
    let policy = std::fs::read_to_string(release.root().join("release.toml")).unwrap();
    let put = |text: &str| {
        release.put("release.toml", &policy.replacen("min = 0.8", &format!("min = 0.8\n{text}"), 1));
        release.record(LATENCY, fast());
    };
    put("blocks = false\nwarns_because = \"a first look\"");
    for (finding, state) in [
        (red(), GateState::Warned),
        (accuracy(0.7, 0.85, 0.9), GateState::Warned),
        (green(), GateState::Go),
        (Finding::Started, GateState::Crashed),
    ] {
        release.record(ACCURACY, finding);
        let decision = release.decide();
        let outcome = if state == GateState::Crashed { Outcome::Incomplete } else { Outcome::Go };
        assert_eq!((decision.rows[0].state, decision.outcome), (state, outcome));
    }
    // A gate that measured nothing warns of nothing.
    for (finding, state) in [
        (Finding::NotMeasured("no rows".to_owned()), GateState::Undecided),
        (Finding::Refused("the gate panicked".to_owned()), GateState::NoGo),
    ] {
        release.record(ACCURACY, finding);
        let decision = release.decide();
        assert_eq!((decision.rows[0].state, decision.outcome), (state, Outcome::NoGo));
    }
    release.record(ACCURACY, red());
    assert!(release.decide().rows[0].note.ends_with("NO-GO, and does not block: a first look"));
    assert!(release.assemble().is_ok(), "the package holds the warning");
    for wrong in ["blocks = false", "warns_because = \"a first look\"", "blocks = false\nwarns_because = \"tbd\""] {
        let text = policy.replacen("min = 0.8", &format!("min = 0.8\n{wrong}"), 1);
        assert!(Policy::parse(&text, std::path::Path::new("release.toml")).is_err(), "{wrong}");
    }
}
