//! The slim half of Andon: everything that a build script and a server need to know that a release may ship.
//!
//! A release is decided in five steps. Each has its module, in reading order:
//!
//! 1. [`policy`]: `release.toml`, parsed once from raw to checked; the only place where a bar is written.
//! 2. [`judge`]: a [`Measurement`](judge::Measurement) held against a [`Bar`](judge::Bar) gives a
//!    [`Verdict`](judge::Verdict); the unfavourable end of the interval decides.
//!    [`judge::significance`] estimates how many more rows would decide an undecided measurement.
//! 3. [`evidence`]: one sealed file per gate under `target/andon/`, bound to the [`fingerprint`] of every input
//!    that can change the decision.
//! 4. [`decision`]: the fold of all required evidence to GO, NO-GO or INCOMPLETE. [`decision::family`] controls the
//!    error of many gates together, and [`decision::weakening`] asks a reason for every bar that is looser than before.
//! 5. [`package`]: the files that follow from a GO. [`package::previous`] is the previous release, and
//!    [`package::difference`] lists the changes since.
//!
//! [`stops`] are a person's NO-GO, whatever the gates say. The [`ledger`] counts how often the same data were asked
//! about another candidate, and knows the bars that were seen red. [`load`] asks a service from many clients at once.
//! [`layout`] has the name of every file and folder, [`files`] reads and writes them whole, [`messages`] words errors,
//! and [`figures`] holds the curves and counts that reports draw.
//!
//! ```
//! use andon_evidence::judge::{Bar, Measurement, Unit, Verdict};
//!
//! let four_fifths = Bar::at_least(0.80, "four-fifths rule");
//! let ratio = Measurement::with_interval(0.80, (0.80, 0.90), Unit::Ratio, 1_000).expect("finite");
//! assert_eq!(four_fifths.judge(&ratio), Verdict::Go); // the bar itself is met
//! ```
//!
//! Deliberately absent: machine learning, networking, and any knowledge of the thing that is released.

pub mod alternatives;
pub mod decision;
pub mod evidence;
pub mod figures;
pub mod files;
pub mod fingerprint;
pub mod golden;
pub mod judge;
pub mod layout;
pub mod ledger;
pub mod load;
pub mod messages;
pub mod package;
pub mod policy;
pub mod proposals;
pub mod run;
pub mod signature;
pub mod stops;

/// Exit code of every Andon command when the decision is GO.
pub const EXIT_GO: u8 = 0;
/// Exit code when the decision is NO-GO.
pub const EXIT_NO_GO: u8 = 1;
/// Exit code for wrong usage or broken input.
pub const EXIT_USAGE: u8 = 2;
/// Exit code when the decision is INCOMPLETE.
pub const EXIT_INCOMPLETE: u8 = 3;
