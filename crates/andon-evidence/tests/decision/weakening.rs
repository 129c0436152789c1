//! Bars against those of the last release.

use andon_evidence::decision::{GateState, Outcome};
use andon_evidence::files::sha256_hex;
use andon_evidence::layout::{PREVIOUS_RELEASE, SCORES};
use andon_evidence::package::previous::PreviousRelease;

use crate::release::{ACCURACY, LATENCY, TestRelease, fast, green};

const SCORED: &str = "id,label,score\n";

/// A release that has been adopted as the last one, with more text at the end of its policy then.
fn adopted(policy: &str) -> TestRelease {
    let release = TestRelease::with(policy);
    release.record_changed(ACCURACY, green(), |evidence| {
        evidence.vouched.insert(SCORES.to_owned(), sha256_hex(SCORED.as_bytes()));
    });
    release.record(LATENCY, fast());
    for (name, bytes) in release.assemble().unwrap().all_files().unwrap() {
        release.put(&format!("{PREVIOUS_RELEASE}/{name}"), std::str::from_utf8(&bytes).unwrap());
    }
    release.put(&format!("{PREVIOUS_RELEASE}/{SCORES}"), SCORED);
    release
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
        assert!(note.contains("matches nothing"), "{note}");
    }
}

#[test]
fn a_removed_gate_and_a_family_no_longer_controlled_count_as_weakened() {
    let family = "[family.accuracy]\ncontrol = \"holm\"\nwhy = \"test\"\n";
    let (outcome, state, note) = after(&adopted(family), |policy| policy.replace(family, ""));
    assert_eq!((outcome, state), (Outcome::NoGo, GateState::Weakened));
    assert!(note.contains("controlled the error of the family accuracy"), "{note}");

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
fn adopting_a_release_makes_its_evidence_stale() {
    let release = adopted("");
    let decision = release.decide();
    assert!(decision.rows.iter().all(|row| row.state == GateState::Stale));
    assert_eq!(PreviousRelease::read(release.root()).unwrap().unwrap().title(), "small 1.2.3");
}
