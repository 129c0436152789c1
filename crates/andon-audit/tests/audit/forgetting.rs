use std::fs;
use std::path::Path;
use std::sync::Arc;

use andon_audit::{Selection, Trail, TrailError, forget, forget_before, verify};
use jiff::Timestamp;

use crate::{record_all, trail_of, wait};

/// True if a text stands anywhere in any file of the folder.
fn found(folder: &Path, text: &str) -> bool {
    let holds = |path| fs::read(path).unwrap().windows(text.len()).any(|window| window == text.as_bytes());
    fs::read_dir(folder).unwrap().any(|file| holds(file.unwrap().path()))
}

#[test]
fn a_forgotten_person_is_gone_from_the_files_and_the_chain_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let trail = Arc::new(Trail::open(&path).unwrap());
    record_all(&trail, 1..=2_000);
    let head = trail.head();
    assert!(found(folder.path(), "person-1234.") && found(folder.path(), "group-1234."));
    let forgotten = wait(trail.forget(Selection::Request("request-1234".into()), "asked")).unwrap().unwrap();
    assert_eq!((forgotten.rows, forgotten.cleared), (1, true));
    assert!(!found(folder.path(), "person-1234.") && !found(folder.path(), "group-1234."), "with the trail open");
    assert!(found(folder.path(), "person-1236."));
    let verified = verify(&path, Some(&head)).unwrap();
    assert_eq!((verified.decisions, verified.forgotten, verified.head.count), (2_000, 1, 2_001));
    assert_eq!(wait(trail.forget(Selection::Request("request-1234".into()), "asked again")).unwrap(), None);
    assert_eq!(wait(trail.forget(Selection::Sequence(2_001), "a forgetting is no decision")).unwrap(), None);
}

/// In an order that would have SQLite move rows about, were they deleted.
#[test]
fn no_copy_of_a_row_stays_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let trail = Arc::new(Trail::open(&path).unwrap());
    record_all(&trail, 0..3_000);
    let gone = |number: u64| number * 7919 % 3_000 < 400;
    wait(async {
        for number in (0..3_000).map(|number| number * 1_009 % 3_000).filter(|number| gone(*number)) {
            trail.forget(Selection::Request(format!("request-{number}")), "asked").await.unwrap().unwrap();
        }
    });
    let bytes = fs::read(&path).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let wrong = |number: &u64| text.contains(&format!("person-{number}.")) == gone(*number);
    assert_eq!((0..3_000).filter(wrong).collect::<Vec<_>>(), [0; 0]);
    assert_eq!(verify(&path, None).unwrap().forgotten, 400);
}

#[test]
fn retention_forgets_what_is_older_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    trail_of(&path, 25);
    let between = Timestamp::now();
    trail_of_more(&path, 5);
    assert_eq!(forget_before(&path, Timestamp::UNIX_EPOCH, "retention").unwrap(), None);
    forget(&path, &Selection::Sequence(7), "asked").unwrap();
    assert_eq!(forget_before(&path, between, "retention").unwrap().unwrap().rows, 24);
    assert!(!found(folder.path(), "person-25.") && found(folder.path(), "person-26."));
    assert_eq!(verify(&path, None).unwrap().forgotten, 25);
    assert_eq!(forget_before(&path, between, "retention").unwrap(), None);
}

fn trail_of_more(path: &Path, count: u64) {
    let trail = Trail::open(path).unwrap();
    let first = trail.head().count + 1;
    record_all(&Arc::new(trail), first..first + count);
}

#[test]
fn a_reader_keeps_the_log_and_the_forgetting_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let trail = Trail::open(&path).unwrap();
    wait(trail.record(crate::entry(1))).unwrap();
    let reader = rusqlite::Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM inputs").unwrap();
    assert!(!wait(trail.forget(Selection::Sequence(1), "asked")).unwrap().unwrap().cleared);
    drop((reader, trail));
    drop(Trail::open(&path).unwrap());
    assert!(!found(folder.path(), "person-1."));
}

#[test]
fn a_forgetting_needs_a_reason_and_a_trail() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    assert!(forget(&path, &Selection::Sequence(1), "asked").is_err());
    assert!(!path.exists());
    let trail = Trail::open(&path).unwrap();
    assert!(matches!(
        wait(trail.forget(Selection::Sequence(1), " ")),
        Err(TrailError::Invalid { field: "reason", .. })
    ));
    let refused = forget(&path, &Selection::Sequence(1), "asked").unwrap_err();
    assert!(refused.to_string().contains("is being written by another process"), "{refused}");
}
