//! The harness of a release: all that `cargo test` needs to say GO or NO-GO, and nothing about the subject of the
//! model.
//!
//! A release brings a serde struct, `release.toml`, a function that grows a forest, and its gates as ordinary tests:
//!
//! ```no_run
//! # use serde::{Deserialize, Serialize};
//! # #[derive(Clone, Serialize, Deserialize, garde::Validate, schemars::JsonSchema)]
//! # struct LoanApplication {
//! #     #[garde(range(min = 0))]
//! #     monthly_income: u32,
//! # }
//! use andon::{Red, Release, random_forest};
//!
//! #[test]
//! fn race() -> Result<(), Red> {
//!     let release = Release::<LoanApplication>::open(".".as_ref(), random_forest).expect("a policy");
//!     release.statistic("fairness.disparate_impact.race")
//! }
//! ```
//!
//! # The tour
//!
//! * A [`Record`] is one row. Its [`Contract`] gives the checks, the JSON Schema and the words of every error, which is
//!   a [`Violation`]. A [`Dataset`] holds the checked rows of a file, a [`Frame`] the same rows as arrays.
//! * [`random_forest`] grows a [`Forest`]; a calibrator behind it makes a [`Model`], which gives each row a [`Score`].
//!   The [`Candidate`] is a model with an out-of-fold score for every row.
//! * A [`Tally`] counts scores by label and group. With the policy's numbers it is a [`Sample`], and [`measure()`]
//!   computes any statistic of it by the id of its gate.
//! * A [`Release`] holds policy, data and candidate; [`Judged`] is what its gates look at. A [`Gate`] measures, and its
//!   test returns [`Red`] unless the verdict is GO. [`gate_id!`] names a gate by the path of its test.
//! * A [`Decider`] gives a record its [`Reply`]: decision, probability, [`Reason`]s and [`Counterfactual`]. The server
//!   and the gates use the same one.
//! * [`Facts`] are what the model card says.
//!
//! # The rooms
//!
//! A room imports only from the rooms below it, and no two files import each other:
//!
//! | room | holds |
//! |---|---|
//! | [`gate`], [`monitor`], [`search`] | the users of a release: a test, the bars over decisions, alternatives |
//! | [`families`] | the measurements, one room for each family of the policy, and the registry by gate id |
//! | [`release`] | a release under judgement, and the way from a package back to a decider |
//! | [`partial`] | tallies of parts of the data, as files that add up |
//! | [`decide`], [`measure`](mod@measure) | replies to single records; counts, and the statistics folded from them |
//! | [`onnx`] | the model for other runtimes |
//! | [`model`] | forest, training, calibration, scores, attributions |
//! | [`statistics`] | estimates with their intervals; knows no record, no model and no policy |
//! | [`data`] | the contract, files of rows, and arrays |
//!
//! Three layers do not mix: [`families`] computes, [`judge`] holds a measurement against the [`policy`], and [`gate`]
//! records the result as [`evidence`].

pub mod data;
pub mod decide;
pub mod families;
pub mod gate;
pub mod measure;
pub mod model;
pub mod monitor;
pub mod onnx;
pub mod partial;
pub mod release;
pub mod search;
pub mod statistics;
pub mod threads;

/// False if this crate was compiled without optimisation: training then takes twenty times as long and more. Profiles
/// are not inherited from the harness, so a release states its own.
pub const IS_OPTIMISED: bool = cfg!(not(andon_unoptimised));

pub use andon_evidence as evidence;
pub use andon_evidence::judge;
pub use andon_evidence::policy;

pub use crate::data::contract::{Column, Contract, Kind, NoContract, Record, Violation};
pub use crate::data::dataset::Dataset;
pub use crate::data::frame::{Attribute, Frame};
pub use crate::data::matrix::Matrix;
pub use crate::decide::decider::Decider;
pub use crate::decide::reply::{Counterfactual, REFER, Reason, Reply};
pub use crate::families::card::Facts;
pub use crate::families::measure;
pub use crate::gate::{Gate, Red};
pub use crate::measure::sample::{Measured, Sample};
pub use crate::measure::tally::Tally;
pub use crate::model::Model;
pub use crate::model::candidate::Candidate;
pub use crate::model::forest::Forest;
pub use crate::model::random_forest::{TrainError, random_forest};
pub use crate::model::score::Score;
pub use crate::release::{Judged, Release};
