//! The harness: everything a release needs so that `cargo test` can say GO or NO-GO, and nothing about what is released.
//!
//! A release brings a serde struct, `release.toml`, a way to grow a forest, and its gates as ordinary tests:
//!
//! ```no_run
//! # use serde::{Deserialize, Serialize};
//! # #[derive(Clone, Serialize, Deserialize, garde::Validate, schemars::JsonSchema)]
//! # struct LoanApplication {
//! #     #[garde(range(min = 0))]
//! #     monthly_income: u32,
//! # }
//! use andon::gate::Red;
//! use andon::release::Release;
//! use andon::model::random_forest::random_forest;
//!
//! #[test]
//! fn race() -> Result<(), Red> {
//!     let release = Release::<LoanApplication>::open(".".as_ref(), random_forest).expect("a policy");
//!     release.statistic("fairness.disparate_impact.race")
//! }
//! ```
//!
//! The way of the data, one module a station, in reading order:
//!
//! 1. [`contract`]: the record's own declaration gives the checks, the JSON Schema and the words of every error;
//!    [`cells`] reads any record by column name; [`dataset`] reads files.
//! 2. [`frame`]: records as arrays, as the policy assigns the columns.
//! 3. [`train`], [`forest`], [`mod@platt`], [`score`], [`model`]: the model, the same to the bit on every machine.
//! 4. [`candidate`]: the model with an out-of-fold score for every row.
//! 5. [`tally`], [`table`], [`control`]: counts; [`interval`], [`contrast`], [`mod@bootstrap`], [`pairs`], [`effect`], [`shares`],
//!    [`rank`]: what a count is worth; [`measure`](mod@measure), [`subject`]: the statistics by gate id; [`probe`] asks small forests.
//! 6. The families: `contract` in [`hygiene`], [`columns`] and [`leakage`]; [`accuracy`] with [`ranking`], [`loss`],
//!    [`baseline`], [`slices`] and [`challenger`]; [`calibration`]; [`fairness`] with [`mod@proxy`]; [`robustness`],
//!    [`mod@drift`], [`reproducibility`], [`explanation`], [`latency`], [`card`].
//! 7. [`release`] and [`gate`]: a release under judgement, and one question put to it, recorded as evidence.
//! 8. [`search`] and [`frontier`]: what else could have shipped.
//! 9. [`attribution`] (by definition in [`shapley`], against other rows in [`interventional`]), [`counterfactual`],
//!    [`mod@importance`], [`mod@figures`], [`readability`]: why an answer is what it is, and what would have changed it.
//! 10. [`onnx`]: the model for other runtimes; [`reply`]: what the gates judged, the server answers.
//!
//! Three layers do not mix: measuring is pure arithmetic, judging knows the policy
//! ([`judge`]), recording does the I/O.

pub mod data;
pub mod decide;
pub mod families;
pub mod measure;
pub mod statistics;

pub use andon_evidence as evidence;
pub use andon_evidence::judge;
pub use andon_evidence::policy;

pub mod gate;
pub mod model;
pub mod monitor;
pub mod onnx;
pub mod release;
pub mod search;
