use std::path::Path;

use andon_audit::{Head, RowFault, Selection, VerifyError, forget, read, verify};

use crate::{sql, trail_of};

/// Ten decisions; the third is forgotten by row 11.
fn trail(path: &Path) -> Head {
    trail_of(path, 10);
    forget(path, &Selection::Sequence(3), "asked").unwrap();
    verify(path, None).unwrap().head
}

fn fault_after(statements: &str, keep_head: bool) -> (i64, RowFault) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let head = trail(&path);
    sql(&path, statements);
    match verify(path.as_path(), keep_head.then_some(&head)) {
        Err(VerifyError::Broken { sequence, fault }) => (sequence, fault),
        other => panic!("{statements}: {other:?}"),
    }
}

#[test]
fn every_changed_field_is_found() {
    let columns = [
        "time = '2026-01-01T00:00:00.000000Z'",
        "request_id = request_id || 'x'",
        "model_version = '1.2'",
        "fingerprint = ''",
        "model_sha256 = 'another'",
        "model_sha256 = NULL",
        "score = 0.9",
        "score = NULL",
        "decision = 'DECLINED'",
        "reasons = '[\"DEBT\", \"INCOME\"]'",
        "explanation_source = 'ollama'",
        "inputs_digest = randomblob(32)",
        "monitoring_digest = NULL",
        "monitoring_digest = randomblob(32)",
        "hash = randomblob(32)",
        "hash = 'text'",
        "request_id = 7",
    ];
    for column in columns {
        let found = fault_after(&format!("UPDATE decisions SET {column} WHERE sequence = 4"), false);
        assert_eq!(found, (4, RowFault::Altered), "{column}");
    }
    for column in ["time = ''", "reason = 'another'", "hash = randomblob(32)", "rows = '3,300'"] {
        let found = fault_after(&format!("UPDATE forgettings SET {column}"), false);
        assert_eq!(found, (11, RowFault::Altered), "{column}");
    }
    // The last row of each kind is where the head is read.
    let last = "DELETE FROM forgettings; UPDATE decisions SET hash = 'text' WHERE sequence = 10";
    assert_eq!(fault_after(last, false), (10, RowFault::Altered));
    assert_eq!(fault_after("UPDATE forgettings SET hash = 'text'", false), (11, RowFault::Altered));
    // Row 4 is there although row 11 says that it was forgotten.
    let found = fault_after("UPDATE forgettings SET rows = '3-4'", false);
    assert_eq!(found, (4, RowFault::PersonalSurplus("inputs")));
}

#[test]
fn changed_personal_data_are_found() {
    let cases = [
        ("UPDATE inputs SET json = json || ' ' WHERE sequence = 4", 4, RowFault::PersonalAltered("inputs")),
        ("UPDATE inputs SET salt = randomblob(32) WHERE sequence = 5", 5, RowFault::PersonalAltered("inputs")),
        ("UPDATE monitoring SET json = '{}' WHERE sequence = 4", 4, RowFault::PersonalAltered("monitoring")),
        ("DELETE FROM inputs WHERE sequence = 6", 6, RowFault::PersonalMissing("inputs")),
        ("DELETE FROM monitoring WHERE sequence = 6", 6, RowFault::PersonalMissing("monitoring")),
        (
            "UPDATE inputs SET salt = zeroblob(32), json = zeroblob(9) WHERE sequence = 6",
            6,
            RowFault::PersonalMissing("inputs"),
        ),
        ("UPDATE inputs SET json = '{}' WHERE sequence = 3", 3, RowFault::PersonalSurplus("inputs")),
        ("INSERT INTO monitoring VALUES (5, zeroblob(32), '{}')", 5, RowFault::PersonalSurplus("monitoring")),
        ("INSERT INTO inputs VALUES (11, zeroblob(32), '{}')", 11, RowFault::Surplus),
        ("INSERT INTO inputs VALUES (12, zeroblob(32), '{}')", 12, RowFault::Surplus),
        ("INSERT INTO inputs VALUES (-1, zeroblob(32), '{}')", -1, RowFault::Surplus),
    ];
    for (statements, sequence, fault) in cases {
        assert_eq!(fault_after(statements, false), (sequence, fault), "{statements}");
    }
}

#[test]
fn deleted_inserted_and_moved_rows_are_found() {
    let copy = "INSERT INTO decisions SELECT {at}, time, request_id, model_version, fingerprint, score, decision, \
                reasons, explanation_source, inputs_digest, monitoring_digest, hash, model_sha256 FROM decisions WHERE sequence = 7;";
    let copy_to = |at: &str| copy.replace("{at}", at);
    let swap = "UPDATE decisions SET sequence = -5 WHERE sequence = 5; \
                UPDATE decisions SET sequence = 5 WHERE sequence = 6; \
                UPDATE decisions SET sequence = 6 WHERE sequence = -5;";
    let make_room = "UPDATE decisions SET sequence = -sequence - 1 WHERE sequence > 7; \
                     UPDATE decisions SET sequence = -sequence WHERE sequence < 0; \
                     UPDATE forgettings SET sequence = 12;";
    let close_gap = "DELETE FROM decisions WHERE sequence = 8; \
                     UPDATE decisions SET sequence = sequence - 1 WHERE sequence > 8;";
    let cases = [
        ("DELETE FROM decisions WHERE sequence = 1".to_owned(), 1, RowFault::Missing),
        ("DELETE FROM decisions WHERE sequence BETWEEN 6 AND 8".to_owned(), 6, RowFault::Missing),
        ("DELETE FROM decisions WHERE sequence = 10".to_owned(), 10, RowFault::Missing),
        (close_gap.to_owned(), 8, RowFault::Altered),
        (swap.to_owned(), 5, RowFault::Altered),
        (format!("{make_room} {}", copy_to("8")), 8, RowFault::Altered),
        (copy_to("0"), 0, RowFault::Surplus),
        (copy_to("11"), 11, RowFault::Surplus),
        (copy_to("12"), 12, RowFault::Altered),
        (copy_to("20"), 12, RowFault::Missing),
    ];
    for (statements, sequence, fault) in cases {
        assert_eq!(fault_after(&statements, false), (sequence, fault), "{statements}");
    }
}

#[test]
fn a_cut_end_is_found_against_a_kept_head() {
    assert_eq!(fault_after("DELETE FROM forgettings", true).0, 3, "data missing that nothing explains");
    let cut = "DELETE FROM forgettings; DELETE FROM decisions WHERE sequence > 2; DELETE FROM inputs WHERE sequence > 2; \
               DELETE FROM monitoring WHERE sequence > 2;";
    assert_eq!(fault_after(cut, true), (3, RowFault::CutOff));
}

#[test]
fn a_trail_that_was_hashed_anew_is_found_against_a_kept_head() {
    let folder = tempfile::tempdir().unwrap();
    let one = folder.path().join("one.db");
    let other = folder.path().join("other.db");
    let kept = trail_of(&one, 3);
    trail_of(&other, 5);
    let error = verify(&other, Some(&kept)).unwrap_err();
    assert_eq!(error.to_string(), "row 3 does not have the hash of the kept head: the trail was rewritten");
}

#[test]
fn what_is_changed_after_it_was_verified_is_not_read_as_verified() {
    let cases = [
        ("UPDATE decisions SET score = 0.9 WHERE sequence = 4", 4, RowFault::Altered),
        ("UPDATE inputs SET json = json || ' ' WHERE sequence = 4", 4, RowFault::PersonalAltered("inputs")),
        ("DELETE FROM monitoring WHERE sequence = 6", 6, RowFault::PersonalMissing("monitoring")),
        ("DELETE FROM decisions WHERE sequence = 10", 10, RowFault::Missing),
        ("DELETE FROM forgettings", 3, RowFault::PersonalMissing("inputs")),
        ("UPDATE decisions SET hash = randomblob(32) WHERE sequence = 10", 10, RowFault::Altered),
    ];
    for (statements, row, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trail.db");
        let verified = trail(&path);
        let mut rows = 0;
        read(path.as_path(), &verified, |_| rows += 1).unwrap();
        assert_eq!(rows, 10);
        sql(&path, statements);
        match read(path.as_path(), &verified, |_| {}) {
            Err(VerifyError::Broken { sequence, fault }) => {
                assert_eq!((sequence, fault), (row, expected), "{statements}")
            }
            other => panic!("{statements}: {other:?}"),
        }
    }
}

#[test]
fn another_trail_in_the_place_of_the_verified_one_is_not_read_as_verified() {
    let folder = tempfile::tempdir().unwrap();
    let verified = trail(&folder.path().join("trail.db"));
    let other = folder.path().join("other.db");
    trail_of(&other, 11);
    let read = read(other.as_path(), &verified, |_| {}).unwrap_err();
    assert!(matches!(read, VerifyError::Broken { sequence: 11, fault: RowFault::Rewritten }), "{read}");
}
