//! x
pub mod accuracy;
pub mod calibration;
pub mod candidate;
pub mod cells;
pub mod contract;
pub mod dataset;
pub mod fairness;
pub mod forest;
pub mod frame;
pub mod interval;
pub mod measure;
pub mod model;
pub mod platt;
pub mod reply;
pub mod score;
pub mod tally;
pub mod train;
pub use andon_evidence as evidence;
