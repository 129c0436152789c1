//! Copies of a trail, whole and in part, and trails on media that cannot be written.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use andon_audit::{BackupError, StoreError, Trail, VerifyError, backup, stats, verify};

use crate::tmpfs::Tmpfs;
use crate::{entry, record_all, sql, trail_of, wait};

/// A folder with an open trail of three decisions, which are in its log.
fn open_trail() -> (tempfile::TempDir, PathBuf, Trail) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let trail = Trail::open(&path).unwrap();
    (1..=3).for_each(|number| drop(wait(trail.record(entry(number))).unwrap()));
    (folder, path, trail)
}

/// Copies these files of a trail, as `cp` does.
fn copy(path: &Path, to: &Path, endings: &[&str]) {
    for ending in endings {
        let name = |path: &Path| format!("{}{ending}", path.display());
        fs::copy(name(path), name(to)).unwrap();
    }
}

/// Everything that reads or writes a trail refuses this one.
fn is_not_whole(path: &Path, case: &str) {
    let told = "is not whole: its newest rows were in a log";
    for error in [
        verify(path, None).map(drop).map_err(|error| error.to_string()),
        stats(path, "APPROVED").map(drop).map_err(|error| error.to_string()),
        backup(path, &path.with_extension("again")).map(drop).map_err(|error| error.to_string()),
        Trail::open(path).map(drop).map_err(|error| error.to_string()),
    ] {
        assert!(error.as_ref().is_err_and(|error| error.contains(told)), "{case}: {error:?}");
    }
}

#[test]
fn a_copy_without_the_log_is_no_trail_and_a_copy_with_it_is() {
    let (folder, path, trail) = open_trail();
    let [bare, whole, killed] = ["bare.db", "whole.db", "killed.db"].map(|name| folder.path().join(name));
    copy(&path, &bare, &[""]);
    is_not_whole(&bare, "the first rows");
    copy(&path, &whole, &["", "-wal"]);
    assert_eq!(verify(&whole, Some(&trail.head())).unwrap().decisions, 3);
    // As after a crash: another program, the last to close the file, moves the log into it.
    copy(&path, &killed, &["", "-wal"]);
    sql(&killed, "SELECT count(*) FROM decisions");
    assert!(!folder.path().join("killed.db-wal").exists());
    assert_eq!(verify(&killed, Some(&trail.head())).unwrap().decisions, 3);
    let head = trail.head();
    drop(trail);
    let closed = folder.path().join("closed.db");
    copy(&path, &closed, &[""]);
    assert_eq!(verify(&closed, Some(&head)).unwrap().decisions, 3);
    assert_eq!(Trail::open(&closed).unwrap().head(), head);
}

#[test]
fn a_trail_that_lost_its_log_says_so_after_every_kind_of_work() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let bare = folder.path().join("bare.db");
    let check = |case: &str| {
        copy(&path, &bare, &[""]);
        is_not_whole(&bare, case);
        drop(fs::remove_file(&bare));
        drop(fs::remove_file(folder.path().join("bare.db-wal")));
        drop(fs::remove_file(folder.path().join("bare.db-shm")));
    };
    let trail = Arc::new(Trail::open(&path).unwrap());
    check("nothing recorded");
    for round in 0..4 {
        (0..200).for_each(|number| drop(wait(trail.record(entry(round * 200 + number))).unwrap()));
        check("recorded");
    }
    let log = fs::metadata(folder.path().join("trail.db-wal")).unwrap().len();
    assert!(log < 8 << 20, "nobody empties the log: {log} bytes");
    assert!(fs::metadata(&path).unwrap().len() > 200_000, "most rows are in the database");
    wait(trail.forget(andon_audit::Selection::Sequence(7), "asked to be")).unwrap();
    check("forgotten");
    drop(trail);
    let trail = Trail::open(&path).unwrap();
    check("opened again");
    assert_eq!(verify(&path, Some(&trail.head())).unwrap().decisions, 800);
}

#[test]
fn a_backup_holds_every_row_so_far_while_others_are_recorded() {
    let (folder, path, trail) = open_trail();
    let trail = Arc::new(trail);
    let before = trail.head();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let writing = {
        let trail = Arc::clone(&trail);
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || {
            let mut number = 3;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                number += 50;
                assert!(record_all(&trail, number..number + 50).iter().all(Result::is_ok));
            }
        })
    };
    for number in 0..10 {
        let to = folder.path().join(format!("backup-{number}.db"));
        let kept = trail.head();
        let verified = backup(&path, &to).unwrap();
        assert!(verified.head.count >= kept.count && verified.head.count >= before.count);
        assert_eq!(verify(&to, Some(&kept)).unwrap(), verified);
        std::thread::sleep(Duration::from_millis(20));
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    writing.join().unwrap();
    let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    names.retain(|name| name.to_string_lossy().starts_with("backup"));
    assert_eq!(names.len(), 10, "one file each: {names:?}");
    // A backup is a trail: it goes on where it was made.
    let restored = folder.path().join("backup-0.db");
    let head = verify(&restored, None).unwrap().head;
    let trail = Trail::open(&restored).unwrap();
    assert_eq!(trail.head(), head);
    assert_eq!(wait(trail.record(entry(1))).unwrap().sequence, head.count + 1);
}

#[test]
fn a_backup_replaces_no_file_and_copies_nothing_that_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let to = folder.path().join("backup.db");
    trail_of(&path, 3);
    fs::write(&to, "mine").unwrap();
    assert!(matches!(backup(&path, &to), Err(BackupError::Exists(_))));
    assert!(matches!(backup(&path, &path), Err(BackupError::Exists(_))));
    assert_eq!(fs::read(&to).unwrap(), b"mine");
    fs::remove_file(&to).unwrap();
    assert!(matches!(backup(&folder.path().join("none.db"), &to), Err(BackupError::Store(StoreError::Sqlite { .. }))));
    assert!(matches!(backup("postgres://x@127.0.0.1/y", &to), Err(BackupError::Database(_))));
    sql(&path, "UPDATE decisions SET decision = 'APPROVED' WHERE sequence = 3");
    assert!(matches!(backup(&path, &to), Err(BackupError::Verify(VerifyError::Broken { sequence: 3, .. }))));
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().contains("backup")), "{names:?}");
}

#[test]
fn a_file_that_was_cut_off_is_no_trail() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    trail_of(&path, 200);
    let bytes = fs::read(&path).unwrap();
    for length in [0, 50, 4_096, bytes.len() / 2, bytes.len() - 4_096] {
        fs::write(&path, &bytes[..length]).unwrap();
        assert!(verify(&path, None).is_err(), "{length} of {} bytes", bytes.len());
    }
}

#[test]
fn a_read_only_mount_is_verified_and_a_log_on_it_is_not_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Tmpfs::mount("a read-only mount", folder.path(), "4m") else { return };
    let (_elsewhere, open, trail) = open_trail();
    let [closed, bare, killed] = ["closed #1?.db", "bare.db", "killed.db"].map(|name| folder.path().join(name));
    let head = trail_of(&closed, 4);
    copy(&open, &bare, &[""]);
    copy(&open, &killed, &["", "-wal"]);
    assert!(disk.remount("ro"));
    assert_eq!(verify(&closed, Some(&head)).unwrap().decisions, 4);
    assert_eq!(stats(&closed, "APPROVED").unwrap().decisions, 4);
    let elsewhere = tempfile::tempdir().unwrap();
    assert_eq!(backup(&closed, &elsewhere.path().join("copy.db")).unwrap().head, head);
    assert!(matches!(verify(&bare, None), Err(VerifyError::Store(StoreError::WithoutLog(_)))));
    let told = verify(&killed, None).unwrap_err().to_string();
    assert!(told.contains("copy both files to a folder that you can write"), "{told}");
    copy(&killed, &elsewhere.path().join("killed.db"), &["", "-wal"]);
    assert_eq!(verify(&elsewhere.path().join("killed.db"), Some(&trail.head())).unwrap().decisions, 3);
    assert!(disk.remount("rw"));
}
