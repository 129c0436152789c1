//! The audit trail with real files, processes and faults.
//!
//! | module | asks |
//! |---|---|
//! | `recording` | one writer, receipts, group commit, load shedding, refused entries, export and statistics |
//! | `between::cord` | does a stop from elsewhere end the recording at once, and survive a restart? |
//! | `between::notes` | do notes from here and elsewhere stand on the chain, and are older trails read as they were? |
//! | `crashes` | is every acknowledged entry there after `kill -9`? |
//! | `faults` | full disk, read-only, locked, deleted: no entry is lost unsaid, and recovery is by itself |
//! | `copies` | is a part of a trail taken for the whole? is a backup whole? what of a read-only mount? |
//! | `replaced` | files moved, replaced and put back under an open trail: foreign ones are left alone, no row is lost |
//! | `tampering` | is each kind of edit found, and its row named? |
//! | `forgetting` | are the bytes gone, and is the chain valid? |
//! | `first_format` | does a trail of version 0.1.0 verify, and go on? |
//! | `random_work` | does a trail verify after any work, and does any edit break it? |
//! | `postgres` | the same on a real PostgreSQL, where one is installed |

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod between;
mod copies;
mod crashes;
mod faults;
mod first_format;
mod forgetting;
mod postgres;
mod postgres_server;
mod random_work;
mod recording;
mod replaced;
mod skip;
mod tampering;
mod tmpfs;

use std::path::Path;
use std::sync::Arc;

use andon_audit::{Entry, Head, JsonObject, Location, Receipt, Trail, TrailError};
use serde_json::json;

/// An entry whose texts all tell its number.
fn entry(number: u64) -> Entry {
    let monitoring = json!({ "race": format!("group-{number}.") });
    Entry {
        request_id: format!("request-{number}"),
        model_version: "1.2.0".to_owned(),
        fingerprint: "9f86d081".to_owned(),
        model_sha256: "5d41402a".to_owned(),
        inputs: JsonObject::new(&json!({ "name": format!("person-{number}."), "income": number })).unwrap(),
        score: if number.is_multiple_of(3) { None } else { Some(0.1 * number as f64) },
        decision: if number.is_multiple_of(2) { "APPROVED" } else { "DECLINED" }.to_owned(),
        reasons: vec!["DEBT".to_owned(), "INCOME".to_owned()],
        explanation_source: "template".to_owned(),
        monitoring: if number.is_multiple_of(2) { JsonObject::new(&monitoring).ok() } else { None },
    }
}

/// Runs a future on a runtime of its own.
fn wait<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}

/// Records entries of these numbers at once, and gives each one's answer.
fn record_all(trail: &Arc<Trail>, numbers: impl Iterator<Item = u64>) -> Vec<Result<Receipt, TrailError>> {
    wait(async {
        let one = |number| {
            let trail = Arc::clone(trail);
            tokio::spawn(async move { trail.record(entry(number)).await })
        };
        let mut answers = Vec::new();
        for task in numbers.map(one).collect::<Vec<_>>() {
            answers.push(task.await.unwrap());
        }
        answers
    })
}

/// A closed trail of `count` decisions, numbered from 1 as their rows are.
fn trail_of(location: impl Into<Location>, count: u64) -> Head {
    let trail = Trail::open(location).unwrap();
    wait(async {
        for number in 1..=count {
            assert_eq!(trail.record(entry(number)).await.unwrap().sequence, number);
        }
    });
    trail.head()
}

/// Runs SQL on a trail's file, as somebody who does not go through the trail.
fn sql(path: &Path, statements: &str) {
    rusqlite::Connection::open(path).unwrap().execute_batch(statements).unwrap();
}
