use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use andon_audit::{Entry, Health, JsonObject, Trail, TrailError, verify};
use serde_json::json;

use crate::skip::skip;
use crate::tmpfs::Tmpfs;
use crate::{entry, record_all, wait};

fn why(trail: &Trail) -> String {
    match trail.health() {
        Health::Writing => String::new(),
        Health::Failing { why, .. } => why,
    }
}

/// Asks after the health, and nothing else, until it is good.
fn recovers(trail: &Trail) {
    let start = Instant::now();
    while trail.health() != Health::Writing {
        assert!(start.elapsed() < Duration::from_secs(10), "still failing: {}", why(trail));
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// An entry of about 100 kB.
fn bulky(number: u64) -> Entry {
    Entry { inputs: JsonObject::new(&json!({ "note": "x".repeat(100_000) })).unwrap(), ..entry(number) }
}

#[test]
fn a_full_disk_refuses_entries_and_loses_none() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Tmpfs::mount("a full disk", folder.path(), "2m") else { return };
    let path = folder.path().join("trail.db");
    let trail = Trail::open(&path).unwrap();
    let mut acknowledged = 0;
    let error = loop {
        match wait(trail.record(bulky(acknowledged))) {
            Ok(recorded) => acknowledged = recorded.sequence,
            Err(error) => break error,
        }
    };
    assert!(error.to_string().contains("disk"), "{error}");
    assert!(acknowledged > 2 && why(&trail).contains("disk"), "{acknowledged}: {}", why(&trail));
    assert_eq!(verify(&path, Some(&trail.head())).unwrap().head.count, acknowledged);

    assert!(disk.remount("size=64m"));
    recovers(&trail);
    assert_eq!(wait(trail.record(bulky(0))).unwrap().sequence, acknowledged + 1);
    assert_eq!(verify(&path, Some(&trail.head())).unwrap().head.count, acknowledged + 1);
    drop(trail);
}

#[test]
fn a_disk_that_turns_read_only_refuses_entries_until_it_is_writable() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Tmpfs::mount("a read-only disk", folder.path(), "2m") else { return };
    let path = folder.path().join("trail.db");
    let head = crate::trail_of(&path, 3);
    assert!(disk.remount("ro"));
    let refused = Trail::open(&path).unwrap_err().to_string();
    assert!(refused.to_lowercase().contains("read-only"), "{refused}");
    assert!(disk.remount("rw"));
    assert_eq!(Trail::open(&path).unwrap().head(), head);
}

#[test]
fn a_read_only_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    crate::trail_of(&path, 1);
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    if fs::File::options().append(true).open(&path).is_ok() {
        return skip("unprivileged", "a read-only file: root may write it all the same");
    }
    assert!(Trail::open(&path).is_err());
}

#[test]
fn a_lock_of_another_program_refuses_entries_until_it_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let trail = Arc::new(Trail::open(&path).unwrap());
    assert!(wait(trail.record(entry(1))).is_ok());
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answers = record_all(&trail, 2..=40);
    let locked = |answer: &Result<_, TrailError>| answer.as_ref().is_err_and(|e| e.to_string().contains("locked"));
    assert!(answers.iter().all(locked), "{answers:?}");
    assert!(why(&trail).contains("locked"), "{}", why(&trail));
    other.execute_batch("ROLLBACK").unwrap();
    recovers(&trail);
    assert_eq!(wait(trail.record(entry(2))).unwrap().sequence, 2);
    assert_eq!(verify(&path, Some(&trail.head())).unwrap().decisions, 2);
}

#[test]
fn deleted_or_moved_files_are_missed_and_a_restored_trail_goes_on() {
    for ending in ["", "-wal", ".lock"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trail.db");
        let trail = Trail::open(&path).unwrap();
        assert!(wait(trail.record(entry(1))).is_ok());
        let file = folder.path().join(format!("trail.db{ending}"));
        let aside = folder.path().join("aside");
        fs::rename(&file, &aside).unwrap();
        let error = wait(trail.record(entry(2))).unwrap_err().to_string();
        assert!(error.contains("was deleted, moved or replaced"), "{ending}: {error}");
        if ending.is_empty() {
            let again = wait(trail.record(entry(2))).unwrap_err().to_string();
            assert!(again.contains("was deleted, moved or replaced"), "{again}");
            assert!(!path.exists(), "a new trail was begun in silence");
        }
        if ending != ".lock" {
            fs::rename(&aside, &file).unwrap();
        }
        recovers(&trail);
        assert_eq!(wait(trail.record(entry(2))).unwrap().sequence, 2, "{ending}");
        assert!(verify(&path, Some(&trail.head())).is_ok());
    }
}

#[test]
fn another_trail_in_its_place_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let other = folder.path().join("other.db");
    crate::trail_of(&other, 5);
    let trail = Trail::open(&path).unwrap();
    assert!(wait(trail.record(entry(7))).is_ok());
    for ending in ["", "-wal", "-shm"] {
        drop(fs::remove_file(folder.path().join(format!("trail.db{ending}"))));
    }
    fs::rename(&other, &path).unwrap();
    assert!(wait(trail.record(entry(8))).is_err());
    let error = wait(trail.record(entry(8))).unwrap_err().to_string();
    assert!(error.contains("row 1 was acknowledged and is now missing or changed"), "{error}");
    assert_eq!(verify(&path, None).unwrap().decisions, 5);
}

#[test]
fn rows_of_another_program_stop_the_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let trail = Trail::open(&path).unwrap();
    assert!(wait(trail.record(entry(1))).is_ok());
    crate::sql(&path, "DELETE FROM decisions");
    for _ in 0..2 {
        let error = wait(trail.record(entry(2))).unwrap_err().to_string();
        assert!(error.contains("row 1 was acknowledged and is now missing or changed"), "{error}");
    }
}
