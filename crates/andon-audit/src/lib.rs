//! The durable audit trail of a decision service: no acknowledged entry is lost, and every change is found.
//!
//! A [`Trail`] takes an [`Entry`] for each decision and answers with a [`Receipt`] once it is on disk. It lives in a
//! file ([SQLite](https://sqlite.org)) or in a PostgreSQL database, see [`Location`].
//!
//! ```
//! use andon_audit::{Entry, JsonObject, Trail, Selection, forget, stats, verify};
//! use serde_json::json;
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("trail.db");
//!
//! let trail = Trail::open(&path)?;
//! let recorded = trail
//!     .record(Entry {
//!         request_id: "4711".to_owned(),
//!         model_version: "1.2.0".to_owned(),
//!         fingerprint: "9f86d081".to_owned(),
//!         model_sha256: "5d41402a".to_owned(),
//!         inputs: JsonObject::new(&json!({ "income": 58.5 }))?,
//!         score: Some(0.83),
//!         decision: "APPROVED".to_owned(),
//!         reasons: vec![],
//!         explanation_source: "template".to_owned(),
//!         monitoring: Some(JsonObject::new(&json!({ "age_group": "30-39" }))?),
//!     })
//!     .await?;
//! assert_eq!(recorded.sequence, 1);
//! let kept = trail.head(); // where the keepers of the trail cannot write
//! drop(trail);
//!
//! forget(&path, &Selection::Request("4711".to_owned()), "asked to be forgotten")?;
//! let verified = verify(&path, Some(&kept))?;
//! assert_eq!((verified.decisions, verified.forgotten), (1, 1));
//! assert_eq!(stats(&path, "APPROVED")?.approval_rate, Some(1.0));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! The guarantees:
//!
//! - **Acknowledged is durable.** [`Trail::record`] returns after the commit, and the commit returns after the disk
//!   has the entry. Callers that wait at the same time share a commit.
//! - **Not acknowledged is an error,** never silence and never an endless wait: a full queue, a full disk, a locked, a
//!   deleted or an unreachable database. [`Trail::health`] says why, and the trail works again when writing does.
//! - **Changed is found.** Rows form a hash [`chain`]; [`verify()`] names the first that was changed, deleted, inserted
//!   or moved, and with a kept [`Head`] also finds an end that was cut off.
//! - **Forgotten is gone.** [`forget()`] erases the personal data of a decision, and the chain stays valid.
//! - **Stopped is stopped.** [`stop()`] puts a stop on the chain, also while another process writes the trail. Behind
//!   it no decision is acknowledged before somebody clears it.
//! - **Later rows add and change nothing.** [`note()`] puts on the chain what belongs to a decision and came after it:
//!   its outcome, a person's decision against it, a challenger's answer.
//! - **A part is not the whole.** A database file without its log says so; nothing is verified by it. [`backup()`]
//!   copies a trail that is being written.
//! - **One writer of a file.** A second one is refused. Several services may write one trail in PostgreSQL, each row on
//!   the end that the others left. Readers can read meanwhile.
//!
//! Deliberately absent: a signature, and an index. The chain finds edits. Against a person who can rewrite the whole
//! trail, only a head that is kept elsewhere helps. A trail is written all day and searched seldom.
//!
//! [`verify()`], [`stats()`], [`read()`], [`export()`], [`backup()`] and [`forget()`] block: call them from a
//! thread that may block.
//!
//! The rooms in reading order: `record` is a row and its place in the chain, whose construction [`chain`] documents;
//! `store` holds the databases; `write` takes entries and forgets; `read` verifies, copies, exports and counts.

mod clock;
mod error;
mod location;
mod read;
mod record;
mod store;
mod write;

/// A time, as [`Selection::Before`] takes it.
pub use jiff::Timestamp;

pub use crate::error::{StoreError, TrailError};
pub use crate::location::Location;
pub use crate::read::backup::{BackupError, backup};
pub use crate::read::decisions::{RecordedDecision, RecordedNote, RecordedRow, read, read_rows};
pub use crate::read::export::{ExportError, Format, export};
pub use crate::read::fault::{RowFault, VerifyError};
pub use crate::read::find::{FoundDecision, FoundDecisions, FoundNote, find};
pub use crate::read::stats::{Stats, stats};
pub use crate::read::verify::{VerifiedTrail, verify};
pub use crate::record::chain;
pub use crate::record::chain::{Head, NotAHead};
pub use crate::record::cord::TrailStop;
pub use crate::record::entry::{Entry, JsonObject, MAX_ENTRY_BYTES, NotAnObject, Receipt};
pub use crate::record::forgetting::{Erasure, Selection};
pub use crate::record::hash::Hash;
pub use crate::record::note::{KnownNotes, Note, NoteKind};
pub use crate::write::cord::{clear, last_clear, stop, stops};
pub use crate::write::forget::{forget, forget_before};
pub use crate::write::note::{MAX_NOTES, note};
pub use crate::write::trail::{Health, Trail};
