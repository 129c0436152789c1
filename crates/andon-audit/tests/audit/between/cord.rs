//! The cord: a stop from anywhere ends the recording at once, survives a restart, and is part of the chain.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use andon_audit::{Format, Location, Selection, Trail, TrailError, clear, export, forget, stop, stops, verify};

use crate::{entry, record_all, sql, trail_of, wait};

/// Records without a pause until `ended`, and gives the place of the last acknowledged row.
async fn record_until(trail: Arc<Trail>, ended: Arc<AtomicBool>, last: Arc<AtomicU64>) {
    while !ended.load(SeqCst) {
        match trail.record(entry(1)).await {
            Ok(receipt) => drop(last.fetch_max(receipt.sequence, SeqCst)),
            Err(TrailError::Halted(why)) => {
                assert!(why.starts_with("Ada stopped the service at "), "{why}");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            Err(other) => panic!("{other}"),
        }
    }
}

/// Stops all the trails, which write to one location under load, and clears the stop again.
pub(crate) fn stops_under_load(location: &Location, trails: &[Arc<Trail>]) {
    let ended = Arc::new(AtomicBool::new(false));
    let last = Arc::new(AtomicU64::new(0));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let load: Vec<_> = (0..16)
        .map(|at| {
            let trail = Arc::clone(&trails[at % trails.len()]);
            runtime.spawn(record_until(trail, Arc::clone(&ended), Arc::clone(&last)))
        })
        .collect();
    std::thread::sleep(Duration::from_millis(300));
    assert!(last.load(SeqCst) > 0);

    let begun = Instant::now();
    let stopped = stop(location.clone(), "Ada", "the rows of May are missing").unwrap();
    while trails.iter().any(|trail| trail.stops().is_empty()) {
        assert!(begun.elapsed() < Duration::from_secs(1), "not seen within a second");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(100));
    assert!(last.load(SeqCst) < stopped.sequence, "{} was acknowledged behind the stop", last.load(SeqCst));

    assert!(matches!(clear(location.clone(), 1, "Grace", "they are there"), Err(TrailError::OtherStop)));
    clear(location.clone(), stopped.sequence, "Grace", "they are there").unwrap();
    let begun = Instant::now();
    while last.load(SeqCst) < stopped.sequence || trails.iter().any(|trail| !trail.stops().is_empty()) {
        assert!(begun.elapsed() < Duration::from_secs(1), "not seen within a second");
        std::thread::sleep(Duration::from_millis(5));
    }
    ended.store(true, SeqCst);
    load.into_iter().for_each(|task| runtime.block_on(task).unwrap());
    assert_eq!(verify(location.clone(), None).unwrap().pulls, 2);
}

#[test]
fn a_stop_from_elsewhere_ends_the_recording_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::from(folder.path().join("trail.db").as_path());
    let trail = Arc::new(Trail::open(location.clone()).unwrap());
    stops_under_load(&location, &[trail]);
}

/// The trail fails, a stop comes meanwhile, and the trail is opened again by the next decision.
#[test]
fn a_stop_that_came_during_a_failure_is_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let trail = Arc::new(Trail::open(path.as_path()).unwrap());
    assert!(record_all(&trail, 1..=1)[0].is_ok());
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(record_all(&trail, 2..=2)[0].is_err(), "the file is locked");
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    stop(path.as_path(), "Ada", "the rows of May are missing").unwrap();
    let after = record_all(&trail, 3..=3);
    assert!(matches!(after[0], Err(TrailError::Halted(_))), "{after:?}");
    drop(trail);
    assert_eq!(verify(path.as_path(), None).unwrap().decisions, 1);
}

/// A forgetting of this process takes its place behind a stop of another, and does not hide it.
#[test]
fn a_stop_right_before_a_forgetting_is_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let trail = Arc::new(Trail::open(path.as_path()).unwrap());
    assert!(record_all(&trail, 1..=2).iter().all(Result::is_ok));
    stop(path.as_path(), "Ada", "the rows of May are missing").unwrap();
    assert!(wait(trail.forget(Selection::Request("request-1".into()), "asked")).unwrap().is_some());
    let after = record_all(&trail, 3..=3);
    assert!(matches!(after[0], Err(TrailError::Halted(_))), "{after:?}");
    assert_eq!(trail.stops()[0].by, "Ada");
    drop(trail);
    let verified = verify(path.as_path(), None).unwrap();
    assert_eq!((verified.decisions, verified.pulls, verified.forgotten), (2, 1, 1));
}

#[test]
fn a_stop_survives_a_restart_and_is_part_of_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    assert!(stop(path.as_path(), "Ada", "no trail is there").is_err());
    trail_of(path.as_path(), 3);
    stop(path.as_path(), "Ada", "the rows of May are missing").unwrap();

    let trail = Arc::new(Trail::open(path.as_path()).unwrap());
    assert_eq!(trail.stops()[0].by, "Ada");
    assert!(matches!(record_all(&trail, 4..=4)[0], Err(TrailError::Halted(_))));
    let second = wait(trail.stop("Bob", "and those of June")).unwrap();
    for nothing in ["", " ", "a\0b"] {
        assert!(matches!(wait(trail.stop(nothing, "why")), Err(TrailError::Invalid { field: "by", .. })));
    }
    assert!(wait(trail.forget(Selection::Request("request-2".into()), "asked")).unwrap().is_some());
    drop(trail);

    let known: Vec<String> = stops(path.as_path()).unwrap().into_iter().map(|stop| stop.by).collect();
    assert_eq!(known, ["Ada", "Bob"]);
    clear(path.as_path(), second.sequence, "Grace", "all are there").unwrap();
    let trail = Arc::new(Trail::open(path.as_path()).unwrap());
    assert_eq!(record_all(&trail, 4..=4)[0].as_ref().unwrap().sequence, 8);
    let head = trail.head();
    drop(trail);
    forget(path.as_path(), &Selection::Request("request-1".into()), "asked").unwrap();

    let verified = verify(path.as_path(), Some(&head)).unwrap();
    assert_eq!((verified.decisions, verified.pulls, verified.forgotten), (4, 3, 2));
    let mut ndjson = Vec::new();
    assert_eq!(export(path.as_path(), Format::Ndjson, &mut ndjson).unwrap(), 9);
    let kinds: Vec<String> = String::from_utf8(ndjson)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds[3..], ["stop", "stop", "forgetting", "clear", "decision", "forgetting"]);

    let changed = [
        ("UPDATE cord SET person = 'Eve' WHERE sequence = 4", 4),
        ("UPDATE cord SET act = 'clear' WHERE sequence = 4", 4),
        ("DELETE FROM cord WHERE sequence = 5", 5),
    ];
    for (statement, at) in changed {
        let copy = folder.path().join("copy.db");
        std::fs::copy(&path, &copy).unwrap();
        sql(&copy, statement);
        let broken = verify(copy.as_path(), None).unwrap_err().to_string();
        assert!(broken.starts_with(&format!("row {at} ")), "{statement}: {broken}");
    }
}
