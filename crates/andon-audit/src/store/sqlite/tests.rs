use super::{SqliteReader, SqliteWriter};
use crate::error::StoreError;
use crate::record::chain::Head;
use crate::record::entry::{Entry, JsonObject};
use crate::record::hash::Hash;
use crate::record::row::{Link, PreparedDecision};
use crate::store::{StoreReader, StoreWriter};

fn row(head: &mut Head, note: &str) -> (Link, PreparedDecision) {
    row_at(head, note, "now")
}

fn row_at(head: &mut Head, note: &str, time: &str) -> (Link, PreparedDecision) {
    let entry = Entry {
        request_id: "1".into(),
        model_version: String::new(),
        fingerprint: String::new(),
        model_sha256: String::new(),
        inputs: JsonObject::new(&serde_json::json!({ "note": note })).unwrap(),
        score: None,
        decision: "REFER".into(),
        reasons: vec![],
        explanation_source: String::new(),
        monitoring: None,
    };
    let sealed = PreparedDecision::new(entry).unwrap();
    *head = head.next(time, &sealed.content);
    (Link { sequence: head.count, time: time.into(), hash: head.hash }, sealed)
}

#[test]
fn a_clock_that_was_set_back_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let mut writer = SqliteWriter::open(&path, true).unwrap();
    let mut head = Head::EMPTY;
    for (time, first) in [("2027", None), ("2027", None), ("2026", Some(3)), ("2028", Some(3)), ("2027", Some(3))] {
        let before = head;
        let next = row_at(&mut head, "short", time);
        writer.append(&before, &mut [next]).unwrap();
        assert_eq!(crate::verify(&path, None).unwrap().set_back, first, "row {}", head.count);
    }
}

/// The database may not grow: what a full disk is to SQLite, on every machine.
#[test]
fn of_a_batch_that_does_not_fit_nothing_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let mut writer = SqliteWriter::open(&path, true).unwrap();
    let mut head = Head::EMPTY;
    let first = row(&mut head, "short");
    writer.append(&Head::EMPTY, &mut [first]).unwrap();
    let before = head;

    let pages: i64 = writer.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    writer.connection.query_row(&format!("PRAGMA max_page_count = {}", pages + 3), [], |_| Ok(())).unwrap();
    let long = "x".repeat(9_000);
    let mut batch: Vec<_> = ["short", &long, &long].map(|note| row(&mut head, note)).into();
    let error = writer.append(&before, &mut batch).unwrap_err().to_string();
    assert!(error.contains("full"), "{error}");
    assert_eq!(writer.head().unwrap(), before);

    writer.connection.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(())).unwrap();
    writer.append(&before, &mut batch).unwrap();
    assert_eq!(writer.head().unwrap(), head);
    assert_eq!(SqliteReader::open(&path).unwrap().hash_at(2).unwrap(), Some(batch[0].0.hash));
}

#[test]
fn commits_are_synced() {
    let folder = tempfile::tempdir().unwrap();
    let writer = SqliteWriter::open(&folder.path().join("trail.db"), true).unwrap();
    let pragma = |name: &str| -> rusqlite::types::Value {
        writer.connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0)).unwrap()
    };
    assert_eq!(pragma("journal_mode"), "wal".to_owned().into());
    assert_eq!(pragma("synchronous"), 2.into(), "FULL");
    assert_eq!(pragma("secure_delete"), 1.into());
}

#[test]
fn a_writer_that_is_behind_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = SqliteWriter::open(&folder.path().join("trail.db"), true).unwrap();
    let elsewhere = Head { count: 7, hash: Hash::ZERO };
    assert!(matches!(writer.append(&elsewhere, &mut []), Err(StoreError::Diverged { sequence: 7, .. })));
}
