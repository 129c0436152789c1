//! A measurement held against a bar. Pure arithmetic: no file, no clock, no randomness.

pub mod bar;
mod call_times;
pub mod measurement;
pub mod normal;
pub mod significance;
#[cfg(test)]
mod tests;

pub use self::bar::{Bar, DecideOn, Threshold, Verdict};
pub use self::call_times::{MIN_TIMED_CALLS, p99};
pub use self::measurement::{Asked, AskedKind, Measurement, NotMeasured, Part, Unit};
