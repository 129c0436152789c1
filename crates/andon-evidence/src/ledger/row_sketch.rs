//! A sketch of a data file, by which the ledger knows data again that were changed a little.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::files::{FileError, sha256};
use crate::policy::{OutsideScores, Policy};

/// Hashes that are kept. With 64, data that share 9 of 10 rows are known again, and data that share 1 of 4 are not, in
/// more than 999 of 1,000 cases (binomial).
const KEPT: usize = 64;

/// Bytes of a hash that are kept.
const BYTES: usize = 8;

/// The smallest hashes of the lines of a file (bottom-k sketch; Broder 1997). The share of equal hashes among the
/// smallest of two files together estimates the share of rows that both files have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowSketch(BTreeSet<String>);

impl RowSketch {
    /// Reads the data file of the release in `root`.
    ///
    /// # Errors
    /// [`FileError`] when the file cannot be read.
    pub fn of_data(root: &Path, policy: &Policy) -> Result<Self, FileError> {
        let scores = policy.scores.as_ref().and_then(OutsideScores::column);
        Self::read(&root.join(&policy.data.file), &policy.data.label, scores)
    }

    /// Reads a file. The name of the label is part of each hash: the same rows with another label are other data. A
    /// column of scores is left out: the same rows with other scores are the same data, asked about another candidate.
    fn read(path: &Path, label: &str, scores: Option<&str>) -> Result<Self, FileError> {
        let file = File::open(path).map_err(FileError::io("read", path))?;
        let mut smallest = BTreeSet::new();
        let mut left_out = None;
        for (number, line) in BufReader::new(file).split(b'\n').enumerate() {
            let line = line.map_err(FileError::io("read", path))?;
            if number == 0 {
                let names = cells(line.trim_ascii());
                left_out = scores.and_then(|scores| names.iter().position(|name| is_named(name, scores)));
            }
            let line = left_out.map_or_else(|| line.trim_ascii().to_vec(), |at| without(line.trim_ascii(), at));
            let digest = sha256(&[label.as_bytes(), b"\n", &line].concat());
            let hash = digest.iter().take(BYTES).fold(0_u64, |hash, byte| (hash << 8) | u64::from(*byte));
            if smallest.len() < KEPT || smallest.last().is_some_and(|largest| hash < *largest) {
                smallest.insert(hash);
            }
            if smallest.len() > KEPT {
                smallest.pop_last();
            }
        }
        Ok(Self(smallest.into_iter().map(|hash| format!("{hash:016x}")).collect()))
    }

    /// True if half of the rows of both files together are in both.
    #[must_use]
    pub fn shares_half_with(&self, other: &Self) -> bool {
        let both: BTreeSet<&String> = self.0.union(&other.0).take(KEPT).collect();
        let shared = both.iter().filter(|hash| self.0.contains(**hash) && other.0.contains(**hash)).count();
        !both.is_empty() && 2 * shared >= both.len()
    }
}

/// True for a header's cell with this name, in quotes or not, behind the mark that some programs put first.
fn is_named(cell: &[u8], name: &str) -> bool {
    let cell = String::from_utf8_lossy(cell);
    cell.trim_start_matches('\u{feff}').trim_matches('"') == name
}

/// The cells of a line as they are written, split at each comma outside of quotes.
fn cells(line: &[u8]) -> Vec<&[u8]> {
    let mut is_quoted = false;
    let is_end = |byte: &u8| {
        is_quoted ^= *byte == b'"';
        *byte == b',' && !is_quoted
    };
    line.split(is_end).collect()
}

/// A line without one of its cells.
fn without(line: &[u8], at: usize) -> Vec<u8> {
    let kept = cells(line).into_iter().enumerate().filter(|(place, _)| *place != at);
    kept.map(|(_, cell)| cell).collect::<Vec<_>>().join(&b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sketch(label: &str, rows: impl Iterator<Item = u32>) -> RowSketch {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        let lines: Vec<String> = rows.map(|row| format!("{row},{}\r\n", row * 7)).collect();
        std::fs::write(&path, lines.concat()).unwrap();
        RowSketch::read(&path, label, None).unwrap()
    }

    /// Otherwise each new column of scores would be the first candidate that the data are asked about.
    #[test]
    fn the_same_rows_with_other_scores_are_the_same_data() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        let read = |seed: u32, scores: Option<&str>| {
            let rows = (0..2_000_u32).map(|row| format!("{row},{},\"a, b\",{}\n", row * 7, (row * seed) % 997));
            let text = format!("id,size,\"text\",\"score\"\n{}", rows.collect::<String>());
            std::fs::write(&path, text).unwrap();
            RowSketch::read(&path, "good", scores).unwrap()
        };
        assert_eq!(read(3, Some("score")), read(5, Some("score")));
        assert!(!read(3, None).shares_half_with(&read(5, None)));
        assert!(!read(3, Some("text")).shares_half_with(&read(5, Some("text"))), "in quotes, with a comma");
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
