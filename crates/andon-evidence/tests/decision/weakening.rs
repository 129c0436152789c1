//! Bars against those of the last release.

use andon_evidence::decision::{GateState, Outcome};
use andon_evidence::files::sha256_hex;
use andon_evidence::layout::{EVIDENCE, PREVIOUS_RELEASE, SCORES};
use andon_evidence::package::previous::PreviousRelease;
use andon_evidence::run::keep_in_ledger;

use crate::release::{ACCURACY, LATENCY, TestRelease, fast, green};

const SCORED: &str = "id,label,score\n";

/// A release that has been adopted as the last one, with more text at the end of its policy then.
fn adopted(policy: &str) -> TestRelease {
    let release = TestRelease::with(policy);
    release.record_changed(ACCURACY, green(), |evidence| {
        evidence.vouched.insert(SCORES.to_owned(), sha256_hex(SCORED.as_bytes()));
    });
    release.record(LATENCY, fast());
    adopt(&release);
    release
}

/// Makes the release, which is green, the previous one.
fn adopt(release: &TestRelease) {
    for (name, bytes) in release.assemble().unwrap().all_files().unwrap() {
        release.put(&format!("{PREVIOUS_RELEASE}/{name}"), std::str::from_utf8(&bytes).unwrap());
    }
    release.put(&format!("{PREVIOUS_RELEASE}/{SCORES}"), SCORED);
}

/// The decision's first row after a change of the policy, with all gates run again and green.
fn after(release: &TestRelease, change: impl Fn(String) -> String) -> (Outcome, GateState, String) {
    let policy = std::fs::read_to_string(release.root().join("release.toml")).unwrap();
    release.put("release.toml", &change(policy));
    release.record(ACCURACY, green()).record(LATENCY, fast());
    let decision = release.decide();
    (decision.outcome, decision.rows[0].state, decision.rows[0].note.clone())
}

#[test]
fn a_looser_bar_needs_a_reason_and_a_stricter_one_does_not() {
    let to = |text: &'static str| move |policy: String| policy.replacen("min = 0.8", text, 1);
    let (outcome, state, note) = after(&adopted(""), to("min = 0.79"));
    assert_eq!((outcome, state), (Outcome::NoGo, GateState::Weakened));
    assert_eq!(note, "the previous release had at least 0.8: give the reason as `weakened_because`");
    let (outcome, state, _) = after(&adopted(""), to("min = 0.8\ndecide_on = \"point\""));
    assert_eq!((outcome, state), (Outcome::NoGo, GateState::Weakened));
    let (outcome, state, note) = after(&adopted(""), to("min = 0.79\nweakened_because = \"less data\""));
    assert_eq!((outcome, state), (Outcome::Go, GateState::Go));
    assert_eq!(note, "weakened; the previous release had at least 0.8: less data");
    for same_or_stricter in ["min = 0.8", "min = 0.800001"] {
        assert_ne!(after(&adopted(""), to(same_or_stricter)).1, GateState::Weakened);
    }
}

#[test]
fn a_reason_that_matches_nothing_is_no_go_also_before_the_first_release() {
    let reason = |policy: String| policy.replacen("min = 0.8", "min = 0.8\nweakened_because = \"less data\"", 1);
    for release in [adopted(""), TestRelease::with("")] {
        let (outcome, state, note) = after(&release, reason);
        assert_eq!((outcome, state), (Outcome::NoGo, GateState::Weakened));
        assert!(note.contains("matches nothing") && note.contains("copy releases.jsonl from there"), "{note}");
    }
}

#[test]
fn a_removed_gate_and_a_family_no_longer_controlled_count_as_weakened() {
    let family = "[family.accuracy]\ncontrol = \"holm\"\nwhy = \"test\"\n";
    let release = adopted(family);
    assert_eq!(after(&release, |policy| policy.replace(family, "")).0, Outcome::NoGo);
    let objections = release.decide().objections;
    assert!(objections[0].starts_with("family.accuracy.control: \"holm\" -> not set"), "{objections:?}");

    let without = |policy: String| policy.replacen(&format!("[gate.\"{LATENCY}\"]\nmax = 50.0\nwhy = \"test\""), "", 1);
    let release = adopted("");
    assert_eq!(after(&release, without).0, Outcome::NoGo);
    let decision = release.decide();
    assert_eq!((decision.rows[1].gate.as_str(), decision.rows[1].state), (LATENCY, GateState::Weakened));
    assert!(decision.table(false, false).contains("give the reason why it is gone under [removed]"));
    let (outcome, _, _) =
        after(&release, |policy| format!("{policy}\n[removed]\n\"{LATENCY}\" = \"moved to the bench\""));
    assert_eq!((outcome, release.decide().rows.len()), (Outcome::Go, 1));
}

#[test]
fn a_weaker_setting_is_named_by_its_key_and_needs_a_reason() {
    let cases = [
        ("minimum_group_rows = 10", "minimum_group_rows = 9", "evaluation.minimum_group_rows: 10 -> 9"),
        ("folds = 3", "folds = 5", "evaluation.folds: 3 -> 5"),
        ("threshold = 0.5", "threshold = 0.4", "answer.threshold: 0.5 -> 0.4"),
        ("[validated]", "[validated]\nsize = { min = 1, max = 2 }", "validated.size.max: not set -> 2"),
    ];
    for (from, to, said) in cases {
        let release = adopted("");
        assert_eq!(after(&release, |policy| policy.replacen(from, to, 1)).0, Outcome::NoGo, "{to}");
        let decision = release.decide();
        assert!(decision.objections[0].starts_with(said), "{:?}", decision.objections);
        assert!(release.assemble().is_err());
    }
    let release = adopted("");
    let change = |policy: String| {
        let policy = policy.replacen("folds = 3", "folds = 5", 1);
        format!("{policy}\n[weakened]\n\"evaluation.folds\" = \"five as in the literature\"\n")
    };
    assert_eq!(after(&release, change).0, Outcome::Go);
    assert!(release.decide().table(false, false).contains("weakened; evaluation.folds: 3 -> 5: five as"));
}

#[test]
fn the_point_does_not_decide_for_the_reason_of_the_interval() {
    let point = "min = 0.8\ndecide_on = \"point\"\nweakened_because = \"less data\"";
    let (_, state, note) = after(&adopted(""), |policy| policy.replacen("min = 0.8", point, 1));
    assert_eq!(state, GateState::Weakened);
    assert!(note.contains("for the same `why`"), "{note}");
    let with_reason = |policy: String| {
        let policy = policy.replacen("min = 0.8", point, 1);
        policy.replacen("why = \"test\"", "why = \"no interval is known for it\"", 1)
    };
    assert_eq!(after(&adopted(""), with_reason).0, Outcome::Go);
}

#[test]
fn a_ledger_that_lost_the_line_of_the_previous_release_is_no_go() {
    let release = TestRelease::with("");
    release.record_changed(ACCURACY, green(), |evidence| {
        evidence.vouched.insert(SCORES.to_owned(), sha256_hex(SCORED.as_bytes()));
    });
    release.record(LATENCY, fast());
    keep_in_ledger(release.root(), &release.decide()).unwrap();
    adopt(&release);
    let same = |policy: String| policy;
    assert_eq!(after(&release, same).0, Outcome::Go);
    std::fs::remove_file(release.root().join("releases.jsonl")).unwrap();
    assert_eq!(after(&release, same).0, Outcome::NoGo);
    assert!(release.decide().objections[0].contains("was cut or written anew"));
}

#[test]
fn a_last_release_that_is_not_whole_is_an_error_and_never_a_first_release() {
    for (file, text) in [("evidence.json", "{}"), ("model.json", "[]"), (SCORES, "id\n"), ("release.toml", "")] {
        let release = adopted("");
        release.put(&format!("{PREVIOUS_RELEASE}/{file}"), text);
        assert!(PreviousRelease::read(release.root()).is_err() && release.assemble().is_err(), "{file} changed unseen");
        std::fs::remove_file(release.root().join(PREVIOUS_RELEASE).join(file)).unwrap();
        assert!(PreviousRelease::read(release.root()).is_err(), "{file} missing unseen");
    }
    let release = TestRelease::with("");
    assert!(PreviousRelease::read(release.root()).unwrap().is_none());
    release.put(&format!("{PREVIOUS_RELEASE}/README.md"), "nothing yet");
    assert!(PreviousRelease::read(release.root()).is_err());
}

#[test]
fn a_previous_release_in_the_form_of_another_version_says_what_to_do() {
    let release = adopted("");
    let path = format!("{PREVIOUS_RELEASE}/{EVIDENCE}");
    let evidence = std::fs::read_to_string(release.root().join(&path)).unwrap();
    release.put(&path, &evidence.replacen("\"decision\"", "\"verdict\"", 1));
    let error = PreviousRelease::read(release.root()).unwrap_err().to_string();
    assert!(error.starts_with(&path) && error.contains("another version wrote it"), "{error}");
    assert!(error.contains("next: ") && error.contains("cargo andon adopt"), "{error}");
}

#[test]
fn adopting_a_release_makes_its_evidence_stale() {
    let release = adopted("");
    let decision = release.decide();
    assert!(decision.rows.iter().all(|row| row.state == GateState::Stale));
    assert_eq!(PreviousRelease::read(release.root()).unwrap().unwrap().title(), "small 1.2.3");
}

#[test]
fn a_gate_that_does_not_block_any_more_is_weakened() {
    let release = TestRelease::with("");
    release.record(ACCURACY, crate::release::red()).record(LATENCY, fast());
    keep_in_ledger(release.root(), &release.decide()).unwrap();
    let policy = std::fs::read_to_string(release.root().join("release.toml")).unwrap();
    let warns = "min = 0.8\nblocks = false\nwarns_because = \"a first look\"";
    release.put("release.toml", &policy.replacen("min = 0.8", warns, 1));
    release.record(ACCURACY, crate::release::red()).record(LATENCY, fast());
    let decision = release.decide();
    assert_eq!((decision.outcome, decision.rows[0].state), (Outcome::NoGo, GateState::Weakened));
    let explained = format!("{warns}\nweakened_because = \"the data of May are too few to block by\"");
    release.put("release.toml", &policy.replacen("min = 0.8", &explained, 1));
    release.record(ACCURACY, crate::release::red()).record(LATENCY, fast());
    let decision = release.decide();
    assert_eq!((decision.outcome, decision.rows[0].state), (Outcome::Go, GateState::Warned));
}
