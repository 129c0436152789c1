//! Files that are moved, replaced and put back while the trail is open.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use andon_audit::{Health, Receipt, Trail, TrailError, verify};
use tempfile::TempDir;

use crate::{entry, sql, wait};

/// The files of a trail.
const ALL_FILES: [&str; 3] = ["", "-wal", "-shm"];

/// An open trail in a folder of its own, and a folder to put its files aside.
struct MovedTrail {
    folder: TempDir,
    trail: Trail,
    /// The entries that were acknowledged.
    acknowledged: u64,
}

impl MovedTrail {
    fn begun() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("aside")).unwrap();
        let trail = Trail::open(&folder.path().join("trail.db")).unwrap();
        let mut moved = Self { folder, trail, acknowledged: 0 };
        (0..3).for_each(|_| drop(moved.record().unwrap()));
        moved
    }

    fn record(&mut self) -> Result<Receipt, TrailError> {
        let recorded = wait(self.trail.record(entry(self.acknowledged + 1)))?;
        self.acknowledged += 1;
        assert_eq!(recorded.sequence, self.acknowledged);
        Ok(recorded)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("trail.db")
    }

    fn file(&self, ending: &str) -> PathBuf {
        self.folder.path().join(format!("trail.db{ending}"))
    }

    fn aside(&self, ending: &str) -> PathBuf {
        self.folder.path().join("aside").join(format!("trail.db{ending}"))
    }

    fn take(&self, ending: &str) {
        fs::rename(self.file(ending), self.aside(ending)).unwrap();
    }

    /// A file that a reader or SQLite left in its place goes.
    fn put_back(&self, ending: &str) {
        fs::rename(self.aside(ending), self.file(ending)).unwrap();
    }

    /// Twice: the failure, and the attempt to open it again.
    fn refuses(&mut self) -> String {
        let first = self.record().unwrap_err().to_string();
        let again = self.record().unwrap_err().to_string();
        assert_ne!(self.trail.health(), Health::Writing);
        format!("{first}; {again}")
    }

    /// Everything that was acknowledged is there, now and after a restart.
    fn goes_on(mut self, case: &str) {
        let start = Instant::now();
        while let Err(error) = self.record() {
            assert!(start.elapsed() < Duration::from_secs(10), "{case}: {error}");
        }
        let verified = verify(&self.path(), Some(&self.trail.head())).unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!(verified.decisions, self.acknowledged, "{case}");
        self.restarts(case);
    }

    fn restarts(self, case: &str) {
        let path = self.path();
        let head = self.trail.head();
        let count = self.acknowledged;
        drop(self.trail);
        assert_eq!(Trail::open(&path).unwrap().head(), head, "{case}: after a restart");
        assert_eq!(verify(&path, Some(&head)).unwrap().decisions, count, "{case}: after a restart");
    }
}

type Make = fn(&Path);

/// Files that are not this trail.
const FOREIGN_FILES: [(&str, Make); 5] = [
    ("another trail", |path| assert_eq!(crate::trail_of(path, 5).count, 5)),
    ("an empty trail", |path| assert_eq!(crate::trail_of(path, 0).count, 0)),
    ("a database", |path| sql(path, "CREATE TABLE houses (rooms); INSERT INTO houses VALUES (3);")),
    ("an empty file", |path| fs::write(path, "").unwrap()),
    ("a text", |path| fs::write(path, "no database at all".repeat(1_000)).unwrap()),
];

#[test]
fn a_foreign_file_is_left_alone_and_the_trail_goes_on_when_its_own_is_back() {
    for (case, make) in FOREIGN_FILES {
        let mut moved = MovedTrail::begun();
        let foreign = moved.folder.path().join("foreign.db");
        make(&foreign);
        let before = fs::read(&foreign).unwrap();
        let log = fs::read(moved.file("-wal")).unwrap();
        assert!(!log.is_empty(), "the last rows are still in the log, or nothing is tried here");
        moved.take("");
        fs::rename(&foreign, moved.path()).unwrap();
        let error = moved.refuses();
        assert!(error.contains("trail.db was deleted, moved or replaced"), "{case}: {error}");
        assert!(fs::read(moved.path()).unwrap() == before, "{case} was written to");
        assert!(fs::read(moved.file("-wal")).unwrap() == log, "{case}: the log was written to");
        moved.put_back("");
        moved.goes_on(case);
    }
}

/// Readers open the same path, also while it is not the trail's.
#[test]
fn a_reader_of_a_foreign_file_costs_the_trail_nothing() {
    for (case, make) in FOREIGN_FILES {
        let mut moved = MovedTrail::begun();
        let foreign = moved.folder.path().join("foreign.db");
        make(&foreign);
        moved.take("");
        fs::rename(&foreign, moved.path()).unwrap();
        moved.refuses();
        let head = moved.trail.head();
        drop(verify(moved.path().as_path(), Some(&head)));
        moved.put_back("");
        moved.goes_on(case);
    }
}

/// Of an empty trail no row tells whether a file is the one it was.
#[test]
fn a_trail_without_rows_takes_no_other_file_for_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let [path, other, kept] = ["trail.db", "other.db", "kept.db"].map(|name| folder.path().join(name));
    crate::trail_of(&other, 5);
    let trail = Trail::open(&path).unwrap();
    fs::rename(&path, &kept).unwrap();
    fs::rename(&other, &path).unwrap();
    assert!((0..3).all(|_| wait(trail.record(entry(1))).is_err()));
    assert_eq!(verify(&path, None).unwrap().decisions, 5);
    fs::rename(&kept, &path).unwrap();
    assert_eq!(wait(trail.record(entry(1))).unwrap().sequence, 1);
}

fn orders() -> Vec<[&'static str; 3]> {
    let [database, log, index] = ALL_FILES;
    vec![
        [database, log, index],
        [database, index, log],
        [log, database, index],
        [log, index, database],
        [index, database, log],
        [index, log, database],
    ]
}

/// In every order, with an attempt after each move or only in between.
#[test]
fn all_files_moved_away_and_back_lose_nothing() {
    for away in orders() {
        for back in orders() {
            for eager in [false, true] {
                let case = format!("{away:?} away, {back:?} back, eager: {eager}");
                let mut moved = MovedTrail::begun();
                // What SQLite put in the place of a file is not the trail's: the file that is aside is.
                for ending in away {
                    if !moved.aside(ending).exists() && moved.file(ending).exists() {
                        moved.take(ending);
                    }
                    if eager {
                        drop(moved.record());
                    }
                }
                drop(moved.record());
                for ending in back {
                    if moved.aside(ending).exists() {
                        moved.put_back(ending);
                    }
                    if eager {
                        drop(moved.record());
                    }
                }
                moved.goes_on(&case);
            }
        }
    }
}

#[test]
fn a_deleted_log_loses_nothing() {
    for with_index in [false, true] {
        let mut moved = MovedTrail::begun();
        fs::remove_file(moved.file("-wal")).unwrap();
        if with_index {
            fs::remove_file(moved.file("-shm")).unwrap();
        }
        let error = moved.refuses();
        assert!(error.contains("trail.db-wal was deleted, moved or replaced"), "{error}");
        moved.restarts("a deleted log");
    }
}

/// Nothing was asked between the fault and the end.
#[test]
fn a_trail_that_ends_while_a_file_is_gone_loses_nothing() {
    let moved = MovedTrail::begun();
    fs::remove_file(moved.file("-wal")).unwrap();
    moved.restarts("an end without a log");
    for ending in ["", "-wal"] {
        let moved = MovedTrail::begun();
        moved.take(ending);
        let path = moved.path();
        let head = moved.trail.head();
        let MovedTrail { folder, trail, .. } = moved;
        drop(trail);
        let file = format!("trail.db{ending}");
        fs::rename(folder.path().join("aside").join(&file), folder.path().join(&file)).unwrap();
        assert_eq!(Trail::open(&path).unwrap().head(), head, "{file}");
    }
}

/// The rows in a log that is gone are in memory alone: it stays open until a reader lets go.
#[test]
fn a_deleted_log_loses_nothing_while_somebody_reads() {
    let mut moved = MovedTrail::begun();
    let reader = rusqlite::Connection::open(moved.path()).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM decisions;").unwrap();
    drop(moved.record().unwrap());
    fs::remove_file(moved.file("-wal")).unwrap();
    moved.refuses();
    reader.execute_batch("COMMIT").unwrap();
    drop(reader);
    moved.refuses();
    moved.restarts("a deleted log that is read");
}

#[test]
fn a_log_of_another_trail_is_refused() {
    let mut moved = MovedTrail::begun();
    let other = MovedTrail::begun();
    moved.take("-wal");
    fs::copy(other.file("-wal"), moved.file("-wal")).unwrap();
    let foreign = fs::read(moved.file("-wal")).unwrap();
    let error = moved.refuses();
    assert!(error.contains("trail.db-wal was deleted, moved or replaced"), "{error}");
    assert!(fs::read(moved.file("-wal")).unwrap() == foreign, "the foreign log was written to");
    moved.put_back("-wal");
    moved.goes_on("the log of another trail");
}

/// The last connection to close a database deletes its log, with all rows in the database: nothing was moved.
#[test]
fn a_log_that_another_program_has_done_with_is_not_missed() {
    let mut moved = MovedTrail::begun();
    let other = rusqlite::Connection::open(moved.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Nobody asks for the health: the writer would try again, and could have the log open when the other is done.
    let errors = [(); 2].map(|()| moved.record().unwrap_err().to_string());
    assert!(errors.iter().all(|error| error.contains("locked")), "{errors:?}");
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    assert!(!moved.file("-wal").exists(), "the log is still there, or nothing is tried here");
    moved.goes_on("a log that was done with");
}

/// A copy of everything is as good as the files themselves.
#[test]
fn a_trail_that_is_restored_from_a_copy_goes_on() {
    let mut moved = MovedTrail::begun();
    for ending in ALL_FILES {
        fs::copy(moved.file(ending), moved.aside(ending)).unwrap();
    }
    ALL_FILES.iter().for_each(|ending| fs::remove_file(moved.file(ending)).unwrap());
    moved.refuses();
    ALL_FILES.iter().for_each(|ending| moved.put_back(ending));
    moved.goes_on("a copy");
}
