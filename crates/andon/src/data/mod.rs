//! Records and files: the data contract, data sets, and the arrays made from them.

pub(crate) mod bound_rows;
pub mod cells;
pub mod contract;
pub mod dataset;
pub mod faults;
pub mod frame;
#[cfg(feature = "gates")]
pub mod generate;
pub mod matrix;
pub(crate) mod missing;
pub(crate) mod mix;
pub mod numbers;
pub(crate) mod places;
pub(crate) mod pools;
