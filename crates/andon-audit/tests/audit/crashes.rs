use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use andon_audit::Trail;
use andon_audit::verify;

use crate::{entry, wait};

const TRAIL: &str = "ANDON_AUDIT_CHILD_TRAIL";

/// The child: records under load until it is killed, and prints each sequence number once it is acknowledged.
#[test]
#[ignore = "runs as the child of `every_acknowledged_entry_survives_kill_9`"]
fn child() {
    let trail = Arc::new(Trail::open(std::env::var(TRAIL).unwrap().as_str()).unwrap());
    wait(async {
        let mut callers = tokio::task::JoinSet::new();
        for caller in 0..16 {
            let trail = Arc::clone(&trail);
            callers.spawn(async move {
                for number in 0.. {
                    let recorded = trail.record(entry(number * 16 + caller)).await.unwrap();
                    // One write: a line is whole or absent.
                    let line = format!("acknowledged {} {}\n", recorded.sequence, recorded.hash);
                    std::io::stdout().write_all(line.as_bytes()).unwrap();
                }
            });
        }
        callers.join_all().await;
    });
}

/// Starts the child, kills it after `wait`, and gives what it acknowledged.
pub(crate) fn acknowledged_until_killed(path: &Path, wait: Duration) -> Vec<(u64, String)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crashes::child", "--ignored", "--nocapture"])
        .env(TRAIL, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || {
        let lines = output.split(b'\n').map(|line| String::from_utf8(line.unwrap()).unwrap());
        let read = |line: String| {
            let (_, row) = line.split_once("acknowledged ")?;
            let (sequence, hash) = row.split_once(' ')?;
            Some((sequence.parse().unwrap(), hash.to_owned())).filter(|(_, hash)| hash.len() == 64)
        };
        lines.filter_map(read).collect()
    });
    std::thread::sleep(wait);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

#[test]
fn every_acknowledged_entry_survives_kill_9() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path().join("trail.db");
    let mut total = 0;
    for round in 0..20 {
        // Different moments, among them that of opening.
        let acknowledged = acknowledged_until_killed(&path, Duration::from_millis(60 + 37 * (round % 7)));
        total += acknowledged.len();
        let start = Instant::now();
        let trail = Trail::open(&path).unwrap();
        assert!(start.elapsed() < Duration::from_secs(1), "round {round}: reopened after {:?}", start.elapsed());
        let stored = rusqlite::Connection::open(&path).unwrap();
        for (sequence, hash) in &acknowledged {
            let sql = "SELECT lower(hex(hash)) FROM decisions WHERE sequence = ?";
            let found: String = stored.query_row(sql, [sequence], |row| row.get(0)).unwrap();
            assert_eq!(&found, hash, "round {round}: row {sequence}");
        }
        verify(&path, Some(&trail.head())).unwrap();
    }
    assert!(total > 1_000, "the children acknowledged {total} entries only");
}
