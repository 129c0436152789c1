//! The gates about ids, the age of the data and the contract of the previous release, on the second release.

use std::fs;
use std::path::Path;

use andon::Release;
use andon::evidence::decision::{Decision, GateState};
use andon::evidence::evidence::{Date, today};
use andon::families::contract::{compatible, freshness, identity};

use crate::challenger::adopt_with_contract;
use crate::part::{POLICY, Part, parts, record, release};

/// The policy with a gate that may count so many defects, or days.
fn policy(gate: &str, max: u32) -> String {
    format!("{POLICY}[gate.\"{gate}\"]\nmax = {max}\nwhy = \"test\"\n")
}

fn unique_id(data: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let release = release(folder.path(), &policy("contract.unique_id", 0), data);
    let judged = release.judged().unwrap();
    record(&release, "contract.unique_id", identity::unique_id(&judged.dataset, "serial"))
}

#[test]
fn an_id_of_two_rows_is_named_with_the_lines_of_both() {
    assert_eq!(unique_id(&parts(600)), Ok(()));
    let red = unique_id(&parts(600).replace("\np7,", "\np3,").replace("\np90,", "\np3,")).unwrap_err();
    assert!(red.contains("NoGo") && red.contains("serial p3: lines 5, 9, 92") && red.contains('2'), "{red}");
}

const COMPATIBLE: &str = "contract.compatible";

fn compatible(release: &Release<Part>) -> Result<(), String> {
    record(release, COMPATIBLE, compatible::compatible(release))
}

/// The contract of a release that took parts of up to 1,000 K.
fn hotter(contract: String) -> String {
    assert!(contract.contains("\"maximum\":900.0"), "{contract}");
    contract.replace("\"maximum\":900.0", "\"maximum\":1000.0")
}

fn note_of(release: &Release<Part>) -> String {
    let rows = decision(release, today()).rows;
    let row = rows.into_iter().find(|row| row.gate.as_str() == COMPATIBLE).unwrap();
    row.measurement().unwrap().parts().iter().map(|part| part.name.clone()).collect()
}

fn decision(release: &Release<Part>, today: Date) -> Decision {
    Decision::fold(release.policy(), release.fingerprint(), release.store(), release.baseline(), today)
}

#[test]
fn a_first_release_and_an_equal_contract_break_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let first = release(folder.path(), &policy(COMPATIBLE, 0), &parts(600));
    assert_eq!(compatible(&first), Ok(()));
    assert_eq!(note_of(&first), "nothing was released yet, so there is nothing to compare with");
    adopt_with_contract(folder.path(), POLICY, |contract| contract);
    let next = release(folder.path(), &policy(COMPATIBLE, 0), &parts(600));
    assert_eq!((compatible(&next), note_of(&next).as_str()), (Ok(()), ""));
}

#[test]
fn a_narrower_contract_needs_a_version_or_a_reason_of_this_release() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let reason = "[breaking]\ntemperature = \"no oven reaches 900 K\"\n";
    adopt_with_contract(root, POLICY, hotter);
    let red = compatible(&release(root, &policy(COMPATIBLE, 0), &parts(600))).unwrap_err();
    assert!(red.contains("NoGo") && red.contains("temperature: the most is 900, and was 1000"), "{red}");

    let explained = release(root, &(policy(COMPATIBLE, 0) + reason), &parts(600));
    assert_eq!(compatible(&explained), Ok(()));
    assert!(note_of(&explained).contains("(reason: no oven reaches 900 K)"), "{}", note_of(&explained));

    release(root, &policy(COMPATIBLE, 0), &parts(600));
    bump_version(root, "0.4.0");
    let announced = Release::<Part>::open(root, crate::part::stump).unwrap();
    assert_eq!(compatible(&announced), Ok(()));
    assert!(note_of(&announced).contains("(version 0.4.0 says so)"), "{}", note_of(&announced));

    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    adopt_with_contract(root, &(POLICY.to_owned() + reason), hotter);
    let stale = release(root, &(policy(COMPATIBLE, 0) + reason), &parts(600));
    assert!(compatible(&stale).is_err(), "a reason of the previous release excused a change of this one");
}

fn bump_version(root: &Path, version: &str) {
    let manifest = root.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap().replace("0.3.0", version);
    fs::write(manifest, text).unwrap();
}

const FRESHNESS: &str = "contract.freshness";

/// The policy that takes data of up to ten days, collected until a day.
fn collected(until: Date) -> String {
    policy(FRESHNESS, 10).replace("favourable = 1", &format!("favourable = 1\ncollected_until = \"{until}\""))
}

fn fresh(release: &Release<Part>) -> Result<(), String> {
    record(release, FRESHNESS, freshness::freshness(release, today()))
}

fn days_ago(days: i64) -> Date {
    (0..days).fold(today(), |day, _| day.yesterday().unwrap())
}

#[test]
fn data_are_too_old_on_the_day_after_the_last_one() {
    let folder = tempfile::tempdir().unwrap();
    let ten_days = release(folder.path(), &collected(days_ago(10)), &parts(600));
    assert_eq!(fresh(&ten_days), Ok(()));
    let state = |today| {
        let rows = decision(&ten_days, today).rows;
        rows.into_iter().find(|row| row.gate.as_str() == FRESHNESS).map(|row| (row.state, row.note)).unwrap()
    };
    assert_eq!(state(today()), (GateState::Go, String::new()));
    // The evidence is the same; only the day on which it is read is another.
    let (later, note) = state(today().tomorrow().unwrap());
    assert_eq!(later, GateState::NoGo);
    assert!(note.contains("contract.freshness takes them until"), "{note}");

    let red = fresh(&release(folder.path(), &collected(days_ago(11)), &parts(600))).unwrap_err();
    assert!(red.contains("NoGo") && red.contains("11"), "{red}");
}

#[test]
fn a_day_that_nobody_stated_or_that_is_still_to_come_is_undecided() {
    let folder = tempfile::tempdir().unwrap();
    let silent = fresh(&release(folder.path(), &policy(FRESHNESS, 10), &parts(600))).unwrap_err();
    assert!(silent.contains("Undecided") && silent.contains("does not state data.collected_until"), "{silent}");
    let tomorrow = collected(today().tomorrow().unwrap());
    let to_come = fresh(&release(folder.path(), &tomorrow, &parts(600))).unwrap_err();
    assert!(to_come.contains("Undecided") && to_come.contains("and today is"), "{to_come}");
}

#[test]
fn the_same_data_file_does_not_get_younger() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let earlier = collected(days_ago(30)).replace(&policy(FRESHNESS, 10)[POLICY.len()..], "");
    adopt_with_contract(root, &earlier, |contract| contract);
    let same = fresh(&release(root, &collected(days_ago(1)), &parts(600))).unwrap_err();
    assert!(same.contains("for the same data file in parts 0.3.0"), "{same}");
    assert_eq!(fresh(&release(root, &collected(days_ago(1)), &parts(601))), Ok(()));
}
