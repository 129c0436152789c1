//! A measurement held against a bar. Pure arithmetic: no file, no clock, no randomness.

pub mod bar;
pub mod measurement;
pub mod normal;
pub mod significance;
#[cfg(test)]
mod tests;

pub use self::bar::{Bar, DecideOn, Threshold, Verdict};
pub use self::measurement::{Measurement, NotMeasured, Part, Unit};
