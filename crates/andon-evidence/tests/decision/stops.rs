//! The cord: a stop holds whatever the gates say, outlives its file, and is cleared by another person.

use std::fs;

use andon_evidence::decision::Outcome;
use andon_evidence::ledger::{Ledger, LedgerLine};
use andon_evidence::run::keep_in_ledger;
use andon_evidence::stops::{self, StopError};

use crate::release::{ACCURACY, LATENCY, TestRelease, fast, green};

const STOPS: &str = "stops.toml";

fn green_release(policy: &str) -> TestRelease {
    let release = TestRelease::with(policy);
    release.record(ACCURACY, green()).record(LATENCY, fast());
    assert_eq!(release.decide().outcome, Outcome::Go);
    release
}

fn clear(release: &TestRelease, id: &str, by: &str) -> Result<(), StopError> {
    stops::clear(release.root(), &release.policy().cord, id, by, "the rows are right again").map(drop)
}

#[test]
fn a_stop_is_no_go_until_another_person_clears_it() {
    let release = green_release("");
    let stop = stops::stop(release.root(), "Ada", "the rows of May are missing").unwrap();
    let decision = release.decide();
    assert_eq!((decision.outcome, decision.stops.len()), (Outcome::NoGo, 1));
    let table = decision.table(false, true);
    assert!(table.starts_with("STOPPED    Ada stopped the release on "), "{table}");
    assert!(table.contains(&format!("next: cargo andon clear {}", stop.id)), "{table}");
    assert!(release.assemble().is_err());
    for own in ["Ada", "  ADA "] {
        let refused = clear(&release, &stop.id, own).unwrap_err();
        assert!(matches!(refused, StopError::Refused { .. }), "{refused}");
    }
    assert!(matches!(clear(&release, "stop-0", "Grace"), Err(StopError::Unknown(_))));
    clear(&release, &stop.id, "Grace").unwrap();
    assert_eq!(release.decide().outcome, Outcome::Go);
    assert!(matches!(clear(&release, &stop.id, "Grace"), Err(StopError::Unknown(_))));
}

#[test]
fn a_stop_outlives_its_file_and_its_own_person_in_it() {
    let release = green_release("");
    let stop = stops::stop(release.root(), "Ada", "the rows of May are missing").unwrap();
    let text = fs::read_to_string(release.root().join(STOPS)).unwrap();
    fs::remove_file(release.root().join(STOPS)).unwrap();
    assert_eq!(release.decide().outcome, Outcome::NoGo, "the ledger knows it");
    let by_hand = "[stop.cleared]\nby = \"Ada\"\nwhy = \"it is fine\"\nday = \"2026-03-31\"\n";
    release.put(STOPS, &format!("{text}{by_hand}"));
    assert_eq!(release.decide().outcome, Outcome::NoGo, "nobody clears a stop of his own, in the file neither");
    for broken in ["[[stop]]\nid = 1\n", "stop = 1\n"] {
        release.put(STOPS, broken);
        assert!(release.decide().objections[0].starts_with("stops.toml cannot be trusted"), "{broken}");
    }
    assert!(matches!(clear(&release, &stop.id, "Grace"), Err(StopError::Defect(_))));
    fs::remove_file(release.root().join(STOPS)).unwrap();
    clear(&release, &stop.id, "Grace").unwrap();
    assert_eq!(release.decide().outcome, Outcome::Go);
}

/// With another name in the file, the person who stopped could clear it alone.
#[test]
fn the_account_of_the_ledger_holds_against_an_edited_file() {
    let release = green_release("");
    let stop = stops::stop(release.root(), "Ada", "the rows of May are missing").unwrap();
    let text = fs::read_to_string(release.root().join(STOPS)).unwrap();
    let renamed = text.replace("by = \"Ada\"", "by = \"Eve\"");
    assert_ne!(renamed, text);
    release.put(STOPS, &renamed);
    assert!(matches!(clear(&release, &stop.id, "Ada"), Err(StopError::Refused { .. })));
    let by_hand = "[stop.cleared]\nby = \"Ada\"\nwhy = \"it is fine\"\nday = \"2026-03-31\"\n";
    for edited in [renamed.clone(), format!("{renamed}{by_hand}")] {
        release.put(STOPS, &edited);
        let decision = release.decide();
        assert_eq!(decision.outcome, Outcome::NoGo);
        assert!(decision.objections.iter().any(|told| told.contains("in another way than the ledger")), "{edited}");
        assert_eq!(decision.stops.iter().map(|stop| stop.by.as_str()).collect::<Vec<_>>(), ["Ada"]);
    }
    clear(&release, &stop.id, "Grace").unwrap();
    assert_eq!(release.decide().outcome, Outcome::Go);
}

#[test]
fn a_stop_from_another_machine_holds_and_gets_into_the_ledger() {
    let release = green_release("");
    let elsewhere = TestRelease::with("");
    let stop = stops::stop(elsewhere.root(), "Ada", "the rows of May are missing").unwrap();
    release.put(STOPS, &fs::read_to_string(elsewhere.root().join(STOPS)).unwrap());
    let decision = release.decide();
    assert_eq!(decision.outcome, Outcome::NoGo);
    keep_in_ledger(release.root(), &decision).unwrap();
    fs::remove_file(release.root().join(STOPS)).unwrap();
    assert_eq!(release.decide().outcome, Outcome::NoGo, "the ledger has heard of it");
    let ledger = Ledger::read(release.root()).unwrap();
    let [LedgerLine::Stop(told), LedgerLine::Decision(refused)] = ledger.lines() else { panic!("{ledger:?}") };
    assert_eq!((&told.stop.id, refused.outcome.as_str()), (&stop.id, "NO-GO"));
    assert!(refused.stops.contains(&stop.id));
    clear(&elsewhere, &stop.id, "Grace").unwrap();
    release.put(STOPS, &fs::read_to_string(elsewhere.root().join(STOPS)).unwrap());
    keep_in_ledger(release.root(), &release.decide()).unwrap();
    fs::remove_file(release.root().join(STOPS)).unwrap();
    assert_eq!(release.decide().outcome, Outcome::Go, "and of its end");
}

#[test]
fn the_policy_says_who_may_clear() {
    let release = green_release("[cord]\nmay_clear = [\"Grace Hopper\", \"Ada\"]\n");
    let stop = stops::stop(release.root(), "Ada", "the rows of May are missing").unwrap();
    for refused in ["Charles", "Ada"] {
        assert!(matches!(clear(&release, &stop.id, refused), Err(StopError::Refused { .. })), "{refused}");
    }
    let text = fs::read_to_string(release.root().join(STOPS)).unwrap();
    let by_hand = "[stop.cleared]\nby = \"Charles\"\nwhy = \"it is fine\"\nday = \"2026-03-31\"\n";
    release.put(STOPS, &format!("{text}{by_hand}"));
    assert_eq!(release.decide().outcome, Outcome::NoGo, "in the file neither");
    release.put(STOPS, &text);
    clear(&release, &stop.id, "grace  hopper").unwrap();
    let alone = green_release("[cord]\nclear_alone = \"a team of one\"\n");
    let stop = stops::stop(alone.root(), "Ada", "the rows of May are missing").unwrap();
    clear(&alone, &stop.id, "Ada").unwrap();
    assert_eq!(alone.decide().outcome, Outcome::Go);
    for nothing in [("", "why it is"), ("Ada", "."), ("TBD", "why it is")] {
        assert!(matches!(stops::stop(alone.root(), nothing.0, nothing.1), Err(StopError::Unstated(..))));
    }
}

#[test]
fn stops_that_cannot_be_read_are_no_go() {
    let release = green_release("");
    fs::create_dir(release.root().join(STOPS)).unwrap();
    let decision = release.decide();
    assert_eq!(decision.outcome, Outcome::NoGo);
    assert!(decision.objections[0].starts_with("stops.toml cannot be trusted"), "{:?}", decision.objections);
}

#[test]
fn a_stop_that_is_taken_out_of_the_ledger_breaks_it() {
    let release = green_release("");
    stops::stop(release.root(), "Ada", "the rows of May are missing").unwrap();
    keep_in_ledger(release.root(), &release.decide()).unwrap();
    let path = release.root().join("releases.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    fs::remove_file(release.root().join(STOPS)).unwrap();
    fs::write(&path, text.lines().skip(1).collect::<Vec<_>>().join("\n")).unwrap();
    assert_eq!(release.decide().outcome, Outcome::NoGo);
    assert!(Ledger::read(release.root()).unwrap().defect().is_some());
}
