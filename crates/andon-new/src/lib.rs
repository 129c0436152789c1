//! A stranger's data file becomes the project of a release: `cargo andon new`, without the terminal.
//!
//! [`Project::propose`] reads the whole file, finds its form, gives every column a part, and writes the record, the
//! policy, the gates and what else a release needs. What it proposes is marked `proposed:` in the file it stands in,
//! with what was seen. [`Conversion`] is the way from the source file to the data file; it can be gone again.
//! [`complete`] writes the tests of gates that a policy has got since.
//!
//! | room | content |
//! |---|---|
//! | `project` | the files of a project |
//! | `tests_of_gates` | the tests, one for each gate |
//! | `proposals` | the part of every column, groups, suspicion of leakage, what so many rows can decide |
//! | `conversion` | from the source file to the data file |
//! | `columns` | kinds, missing words, bounds, names |
//! | `reading` | encoding, separator, rows |

mod columns;
mod conversion;
mod error;
mod project;
mod proposals;
mod reading;
mod tests_of_gates;

pub use conversion::{Conversion, ConvertedColumn, WrittenAs};
pub use error::NewError;
pub use project::{CONVERSION, Harness, Project};
pub use proposals::Answers;
pub use reading::PARQUET_MARK;
#[cfg(feature = "parquet")]
pub use reading::ParquetFile;
pub use tests_of_gates::{GateTests, complete};
