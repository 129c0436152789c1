//! One node of a tree: as it is given, and as a walk reads it.

use crate::data::matrix::is_missing;

/// The question of a split about one value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    /// Values below this one go left.
    Below(f64),
    /// The categories of the set with this number go right and all others left; the forest holds the sets.
    In(u32),
}

/// One node of a tree as it is grown or read, children after parents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum GrownNode {
    /// A question that sends a missing value left.
    Split {
        /// The feature that is compared, as a place in the row.
        feature: u32,
        /// Values below it go left.
        threshold: f64,
        /// Place of the left child in the tree; the right one stands behind it.
        left: u32,
    },
    /// A question of a model that was trained elsewhere.
    Question {
        /// The feature that is asked about, as a place in the row.
        feature: u32,
        /// The values that go left.
        test: Test,
        /// True if a missing value goes right.
        missing_right: bool,
        /// Place of the left child in the tree; the right one stands behind it.
        left: u32,
    },
    /// An answer.
    Leaf {
        /// Share of positive rows here, 0 to 1; or what a tree adds to the sum.
        value: f64,
        /// The rows that it was grown on, or their weight in small units; at least 1.
        rows: u64,
    },
}

/// One step of a walk, a quarter of a cache line. A leaf is its own left child.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FlatNode {
    /// The threshold; at a question about categories the number of its set.
    pub(super) threshold: f64,
    pub(super) left: u32,
    /// The feature, and in the two highest bits what is unlike a plain question.
    asked: u32,
}

/// The bit of a question that sends a missing value right.
const MISSING_RIGHT: u32 = 1 << 31;

/// The bit of a question about categories.
const CATEGORIES: u32 = 1 << 30;

impl FlatNode {
    /// The most features that a node can tell apart.
    pub(super) const MAX_COLUMNS: usize = CATEGORIES as usize;

    /// A leaf at a place.
    pub(super) fn leaf(at: u32) -> Self {
        Self { threshold: f64::INFINITY, left: at, asked: 0 }
    }

    /// A question; the feature is below [`FlatNode::MAX_COLUMNS`].
    pub(super) fn question(feature: u32, test: Test, missing_right: bool, left: u32) -> Self {
        let (threshold, categories) = match test {
            Test::Below(threshold) => (threshold, 0),
            Test::In(set) => (f64::from(set), CATEGORIES),
        };
        Self { threshold, left, asked: feature | categories | if missing_right { MISSING_RIGHT } else { 0 } }
    }

    /// The question with its left child at another place.
    pub(super) fn with_left(self, left: u32) -> Self {
        Self { left, ..self }
    }

    pub(super) fn feature(self) -> u32 {
        self.asked & !(MISSING_RIGHT | CATEGORIES)
    }

    pub(super) fn test(self) -> Test {
        if self.is_about_categories() { Test::In(self.threshold as u32) } else { Test::Below(self.threshold) }
    }

    pub(super) fn is_missing_right(self) -> bool {
        self.asked & MISSING_RIGHT != 0
    }

    pub(super) fn is_about_categories(self) -> bool {
        self.asked & CATEGORIES != 0
    }

    /// True if a value goes right at a node that knows no categories. No answer is a branch, which a processor would
    /// guess wrong half the time.
    pub(super) fn number_goes_right(self, value: f64) -> bool {
        (value >= self.threshold) | (is_missing(value) & self.is_missing_right())
    }

    /// True if a value goes right.
    pub(super) fn goes_right(self, value: f64, sets: &[Vec<u32>]) -> bool {
        if self.asked & (MISSING_RIGHT | CATEGORIES) == 0 {
            value >= self.threshold
        } else if is_missing(value) {
            self.is_missing_right()
        } else if self.is_about_categories() {
            sets.get(self.threshold as usize).is_some_and(|set| holds(set, value))
        } else {
            value >= self.threshold
        }
    }
}

/// True if a set of categories, in order, holds the whole part of a value.
fn holds(set: &[u32], value: f64) -> bool {
    (0.0..=f64::from(u32::MAX)).contains(&value) && set.binary_search(&(value as u32)).is_ok()
}
