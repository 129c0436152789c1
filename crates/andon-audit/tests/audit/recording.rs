use std::sync::Arc;

use andon_audit::{
    Format, Health, JsonObject, Selection, StoreError, Trail, TrailError, export, forget, stats, verify,
};
use serde_json::{Value, json};

use crate::{entry, record_all, trail_of, wait};

#[test]
fn concurrent_entries_get_one_place_each() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let trail = Arc::new(Trail::open(&path).unwrap());
    let mut sequences: Vec<u64> = record_all(&trail, 1..=500).into_iter().map(|row| row.unwrap().sequence).collect();
    sequences.sort_unstable();
    assert_eq!(sequences, (1..=500).collect::<Vec<_>>());
    assert_eq!(trail.health(), Health::Writing);
    let verified = verify(&path, Some(&trail.head())).unwrap();
    assert_eq!((verified.head, verified.decisions), (trail.head(), 500));
}

#[test]
fn a_trail_goes_on_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let head = trail_of(&path, 3);
    let trail = Trail::open(&path).unwrap();
    assert_eq!(trail.head(), head);
    assert_eq!(wait(trail.record(entry(4))).unwrap().sequence, 4);
    assert!(verify(&path, Some(&head)).is_ok());
}

#[test]
fn a_second_writer_is_refused_until_the_first_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let first = Trail::open(&path).unwrap();
    let refused = Trail::open(&path).unwrap_err();
    assert!(matches!(refused, StoreError::Locked(_)), "{refused}");
    assert!(refused.to_string().contains("is being written by another process"), "{refused}");
    drop(first);
    assert!(Trail::open(&path).is_ok());
}

#[test]
fn a_file_that_is_no_trail_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    crate::sql(&path, "CREATE TABLE customers (name TEXT)");
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(Trail::open(&path), Err(StoreError::Foreign(_))));
    assert!(matches!(verify(&path, None), Err(andon_audit::VerifyError::Store(StoreError::Foreign(_)))));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_full_queue_refuses_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let trail = Arc::new(Trail::open(&path).unwrap());
    // Holds the writer in its first commit.
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answers = record_all(&trail, 0..8_000);
    let full = answers.iter().filter(|answer| matches!(answer, Err(TrailError::Full(4096)))).count();
    assert!(full > 1_000, "{full} of 8,000 were refused");
    assert!(answers.iter().all(Result::is_err));
    other.execute_batch("ROLLBACK").unwrap();
    assert!(wait(trail.record(entry(1))).is_ok());
    assert_eq!(verify(&path, None).unwrap().decisions, 1);
}

#[test]
fn what_could_not_be_given_back_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let trail = Trail::open(&folder.path().join("trail.db")).unwrap();
    let huge = JsonObject::new(&json!({ "note": "x".repeat(1 << 20) })).unwrap();
    let cases = [
        (andon_audit::Entry { score: Some(f64::NAN), ..entry(1) }, "`score` is not finite"),
        (andon_audit::Entry { request_id: "a\0b".into(), ..entry(1) }, "`request_id` holds a NUL character"),
        (andon_audit::Entry { inputs: huge, ..entry(1) }, "`entry` is longer than 1 MiB"),
    ];
    for (bad, message) in cases {
        assert_eq!(wait(trail.record(bad)).unwrap_err().to_string(), message);
    }
    assert_eq!(trail.head().count, 0);
}

#[test]
fn an_export_holds_every_row_and_says_what_was_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    trail_of(&path, 3);
    forget(&path, &Selection::Sequence(2), "asked to be").unwrap();

    let mut ndjson = Vec::new();
    assert_eq!(export(&path, Format::Ndjson, &mut ndjson).unwrap(), 4);
    let rows: Vec<Value> =
        ndjson.split(|byte| *byte == b'\n').filter_map(|row| serde_json::from_slice(row).ok()).collect();
    assert_eq!(
        rows.iter().map(|row| &row["kind"]).collect::<Vec<_>>(),
        ["decision", "decision", "decision", "forgetting"]
    );
    assert_eq!(rows[0]["inputs"], json!({ "income": 1, "name": "person-1." }));
    assert_eq!(rows[0]["reasons"], json!(["DEBT", "INCOME"]));
    assert_eq!((&rows[1]["inputs"], &rows[1]["monitoring"]), (&Value::Null, &Value::Null));
    assert_eq!((&rows[1]["forgotten_because"], &rows[1]["forgotten_at"]), (&json!("asked to be"), &rows[3]["time"]));
    assert_eq!(rows[3]["forgotten_rows"], "2");

    let mut csv = Vec::new();
    assert_eq!(export(&path, Format::Csv, &mut csv).unwrap(), 4);
    let mut csv = csv::Reader::from_reader(csv.as_slice());
    assert_eq!(csv.headers().unwrap().len(), 21);
    let rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    assert_eq!((&rows[0][11], &rows[1][11]), (r#"{"income":1,"name":"person-1."}"#, ""));
}

#[test]
fn statistics_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    assert_eq!(stats_after(&path, 0).approval_rate, None);
    let stats = stats_after(&path, 5);
    assert_eq!((stats.decisions, stats.by_decision["APPROVED"], stats.by_explanation_source["template"]), (5, 2, 5));
    assert_eq!(stats.approval_rate, Some(0.4));
    assert_eq!((stats.by_day.values().sum::<u64>(), stats.by_hour.values().sum::<u64>()), (5, 5));
    assert!(stats.first.unwrap() <= stats.last.unwrap());
}

fn stats_after(path: &std::path::PathBuf, count: u64) -> andon_audit::Stats {
    trail_of(path, count);
    stats(path, "APPROVED").unwrap()
}
