//! A sketch of a data file, by which the ledger knows data again that were changed a little.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::files::{FileError, sha256_hex};

/// Hashes that are kept. With 64, data that share 9 of 10 rows are known again, and data that share 1 of 4 are not, in
/// more than 999 of 1,000 cases (binomial).
const KEPT: usize = 64;

/// Hexadecimal digits of a hash that are kept.
const DIGITS: usize = 16;

/// The smallest hashes of the lines of a file (bottom-k sketch; Broder 1997). The share of equal hashes among the
/// smallest of two files together estimates the share of rows that both files have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowSketch(BTreeSet<String>);

impl RowSketch {
    /// Reads a file. The name of the label is part of each hash: the same rows with another label are other data.
    ///
    /// # Errors
    /// [`FileError`] when the file cannot be read.
    pub fn read(path: &Path, label: &str) -> Result<Self, FileError> {
        let file = File::open(path).map_err(FileError::io("read", path))?;
        let mut smallest = BTreeSet::new();
        for line in BufReader::new(file).split(b'\n') {
            let line = line.map_err(FileError::io("read", path))?;
            let mut hash = sha256_hex(&[label.as_bytes(), b"\n", line.trim_ascii()].concat());
            hash.truncate(DIGITS);
            smallest.insert(hash);
            if smallest.len() > KEPT {
                smallest.pop_last();
            }
        }
        Ok(Self(smallest))
    }

    /// True if half of the rows of both files together are in both.
    #[must_use]
    pub fn shares_half_with(&self, other: &Self) -> bool {
        let both: BTreeSet<&String> = self.0.union(&other.0).take(KEPT).collect();
        let shared = both.iter().filter(|hash| self.0.contains(**hash) && other.0.contains(**hash)).count();
        !both.is_empty() && 2 * shared >= both.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sketch(label: &str, rows: impl Iterator<Item = u32>) -> RowSketch {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        let lines: Vec<String> = rows.map(|row| format!("{row},{}\r\n", row * 7)).collect();
        std::fs::write(&path, lines.concat()).unwrap();
        RowSketch::read(&path, label).unwrap()
    }

    #[test]
    fn data_that_share_most_rows_are_known_again() {
        let rows = || 0..2_000;
        let before = sketch("approved", rows());
        assert!(before.shares_half_with(&before));
        assert!(before.shares_half_with(&sketch("approved", rows().rev())), "another order");
        assert!(before.shares_half_with(&sketch("approved", rows().skip(100).chain(5_000..5_100))), "other rows");
        assert!(!before.shares_half_with(&sketch("approved", rows().skip(1_500).chain(5_000..6_000))), "a quarter");
        assert!(!before.shares_half_with(&sketch("denied", rows())), "another label");
        assert!(!RowSketch::default().shares_half_with(&RowSketch::default()), "nothing");
    }
}
