use std::path::Path;
use std::sync::Arc;

use andon_audit::{
    Format, JsonObject, KnownNotes, Location, Note, NoteKind, RecordedRow, Selection, Trail, TrailError, export,
    forget, note, read_rows, stop, verify,
};
use serde_json::{Value, json};

use crate::{record_all, sql, trail_of, wait};

fn outcome(about: u64) -> Note {
    let body = JsonObject::new(&json!({ "outcome": about % 2, "date": "2026-12-01" })).unwrap();
    Note { kind: NoteKind::Outcome, about, body }
}

fn known(count: u64) -> Option<KnownNotes> {
    Some(KnownNotes { kind: NoteKind::Outcome, count })
}

/// Each note on record: its place, what it is about, and its body.
fn notes_of(location: &Location) -> Vec<(u64, u64, String)> {
    let head = verify(location.clone(), None).unwrap().head;
    let mut found = Vec::new();
    read_rows(location.clone(), &head, |row| {
        if let RecordedRow::Note(note) = row {
            found.push((note.sequence, note.about, note.body.to_owned()));
        }
    })
    .unwrap();
    found
}

/// Notes from another process and from the one that writes the trail, between decisions and stops.
pub(crate) fn notes_stand_on_the_chain(location: &Location) {
    let trail = Arc::new(Trail::open(location.clone()).unwrap());
    assert!(record_all(&trail, 1..=3).iter().all(Result::is_ok));
    let beside = note(location.clone(), vec![outcome(1), outcome(2)], known(0)).unwrap();
    assert_eq!([beside[0].sequence, beside[1].sequence], [4, 5]);
    let others = note(location.clone(), vec![outcome(3)], known(0)).unwrap_err();
    assert!(matches!(others, TrailError::OtherNotes), "{others}");
    assert!(record_all(&trail, 4..=4)[0].is_ok(), "the service goes on behind the notes of others");
    stop(location.clone(), "Ada", "the rows of May are missing").unwrap();
    assert_eq!(wait(trail.note(vec![outcome(3)], known(2))).unwrap()[0].sequence, 8);
    assert!(matches!(record_all(&trail, 5..=5)[0], Err(TrailError::Halted(_))), "a note hides no stop");
    let about_nothing = wait(trail.note(vec![outcome(0)], None)).unwrap_err();
    assert!(matches!(about_nothing, TrailError::Invalid { field: "note", .. }), "{about_nothing}");
    let head = trail.head();
    drop(trail);

    assert!(forget(location.clone(), &Selection::Request("request-2".into()), "asked").unwrap().is_some());
    let verified = verify(location.clone(), Some(&head)).unwrap();
    assert_eq!((verified.decisions, verified.notes, verified.pulls, verified.forgotten), (4, 3, 1, 1));
    let body = r#"{"date":"2026-12-01","outcome":1}"#.to_owned();
    let found = notes_of(location);
    assert_eq!(found.iter().map(|(at, about, _)| (*at, *about)).collect::<Vec<_>>(), [(4, 1), (5, 2), (8, 3)]);
    assert_eq!((&found[0].2, &found[2].2), (&body, &body));
}

#[test]
fn notes_in_a_file_stand_on_the_chain_and_every_change_of_one_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    notes_stand_on_the_chain(&Location::from(path.as_path()));

    let mut ndjson = Vec::new();
    assert_eq!(export(path.as_path(), Format::Ndjson, &mut ndjson).unwrap(), 9);
    let lines: Vec<Value> =
        String::from_utf8(ndjson).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds[2..], ["decision", "outcome", "outcome", "decision", "stop", "outcome", "forgetting"]);
    assert_eq!((&lines[4]["about"], &lines[4]["note"]["outcome"]), (&json!(2), &json!(0)));
    let mut csv = Vec::new();
    assert_eq!(export(path.as_path(), Format::Csv, &mut csv).unwrap(), 9);

    let changed = [
        ("UPDATE notes SET body = '{\"outcome\":0}' WHERE sequence = 4", 4),
        ("UPDATE notes SET about = 3 WHERE sequence = 5", 5),
        ("UPDATE notes SET kind = 'shadow' WHERE sequence = 5", 5),
        ("UPDATE notes SET kind = 'other' WHERE sequence = 5", 5),
        ("DELETE FROM notes WHERE sequence = 5", 5),
        ("INSERT INTO notes SELECT 10, time, kind, about, body, hash FROM notes WHERE sequence = 4", 10),
        ("INSERT INTO notes SELECT 3, time, kind, about, body, hash FROM notes WHERE sequence = 4", 3),
        ("INSERT INTO notes SELECT 7, time, kind, about, body, hash FROM notes WHERE sequence = 4", 7),
        ("INSERT INTO notes SELECT -7, time, kind, about, body, hash FROM notes WHERE sequence = 4", -7),
    ];
    for (statement, at) in changed {
        let copy = folder.path().join("copy.db");
        std::fs::copy(&path, &copy).unwrap();
        sql(&copy, statement);
        let broken = verify(copy.as_path(), None).unwrap_err().to_string();
        assert!(broken.starts_with(&format!("row {at} ")), "{statement}: {broken}");
    }
}

/// A trail as the version before notes left it.
fn without_notes(path: &Path) {
    sql(path, "DROP TABLE notes; PRAGMA user_version = 3");
}

#[test]
fn a_trail_from_before_notes_is_read_as_it_was_and_takes_notes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let kept = trail_of(path.as_path(), 3);
    stop(path.as_path(), "Ada", "the rows of May are missing").unwrap();
    without_notes(&path);
    let before = std::fs::read(&path).unwrap();
    let verified = verify(path.as_path(), Some(&kept)).unwrap();
    assert_eq!((verified.decisions, verified.pulls, verified.notes), (3, 1, 0));
    assert_eq!(std::fs::read(&path).unwrap(), before, "a reader changes nothing");
    note(path.as_path(), vec![outcome(2)], known(0)).unwrap();
    assert_eq!(verify(path.as_path(), Some(&kept)).unwrap().notes, 1);
    let nowhere = folder.path().join("nowhere.db");
    assert!(note(nowhere.as_path(), vec![outcome(1)], None).is_err() && !nowhere.exists());
}

/// More notes than one part of a reading.
#[test]
fn many_notes_are_one_transaction_and_are_read_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    trail_of(path.as_path(), 3);
    let many = (0..45_000).map(|number| outcome(number % 3 + 1)).collect();
    assert_eq!(note(path.as_path(), many, known(0)).unwrap().len(), 45_000);
    let trail = Arc::new(Trail::open(path.as_path()).unwrap());
    assert_eq!(record_all(&trail, 4..=4)[0].as_ref().unwrap().sequence, 45_004);
    drop(trail);
    let verified = verify(path.as_path(), None).unwrap();
    assert_eq!((verified.decisions, verified.notes), (4, 45_000));
    assert_eq!(notes_of(&Location::from(path.as_path())).len(), 45_000);
    assert_eq!(export(path.as_path(), Format::Csv, std::io::sink()).unwrap(), 45_004);
    sql(&path, "UPDATE notes SET about = 2 WHERE sequence = 30001");
    assert!(verify(path.as_path(), None).unwrap_err().to_string().starts_with("row 30001 "));
    let too_many = (0..100_001).map(|_| outcome(1)).collect();
    assert!(matches!(note(path.as_path(), too_many, None), Err(TrailError::Invalid { field: "notes", .. })));
}
