//! The parts that all three tree operators share: comparisons, and the scale of the answer.

use andon::model::forest::Link;

use crate::columns::Columns;
use crate::thresholds::{at_most, single_at_most, single_below};
use crate::trees::{FileNode, GoesLeft};

/// The numbers in which a file compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Single,
    Double,
}

/// What an operator says.
pub(super) struct Ensemble {
    /// The nodes of each tree, and the place of its root among them.
    pub(super) trees: Vec<(Vec<FileNode>, usize)>,
    pub(super) base: f64,
    pub(super) link: Link,
    /// True if the leaves state the rows that they were grown on.
    pub(super) has_weights: bool,
}

/// A question as a file puts it.
pub(super) struct FileQuestion<'a> {
    /// The mode, as in `nodes_modes` without `BRANCH_`.
    pub(super) mode: &'a str,
    pub(super) column: i64,
    pub(super) threshold: f64,
    /// The categories of a question of mode MEMBER.
    pub(super) members: &'a [f64],
    /// True if a missing value goes where the question is answered by yes.
    pub(super) missing_is_true: bool,
    pub(super) if_true: usize,
    pub(super) if_false: usize,
}

impl FileQuestion<'_> {
    /// The question as a split. One that asks for greater numbers has its sides changed.
    pub(super) fn split(&self, columns: &Columns, comparison: Comparison) -> Result<FileNode, String> {
        let column = usize::try_from(self.column).map_err(|_| format!("it asks column {}", self.column))?;
        let feature = columns.place(column)?;
        // Of scikit-learn: all present values go one way, and the missing ones the other.
        let is_about_missing = self.threshold == f64::INFINITY && self.mode == "LEQ";
        if !self.threshold.is_finite() && !is_about_missing {
            return Err(format!("its threshold {} is not a number", self.threshold));
        }
        let at_most = || match comparison {
            _ if is_about_missing => f64::MAX,
            Comparison::Single => single_at_most(self.threshold),
            Comparison::Double => at_most(self.threshold),
        };
        let below = || match comparison {
            Comparison::Single => single_below(self.threshold as f32),
            Comparison::Double => self.threshold,
        };
        let (goes_left, true_is_left) = match self.mode {
            "LEQ" => (GoesLeft::Below(at_most()), true),
            "LT" => (GoesLeft::Below(below()), true),
            "GT" => (GoesLeft::Below(at_most()), false),
            "GTE" => (GoesLeft::Below(below()), false),
            "EQ" => (self.categories(&[self.threshold], columns, column)?, true),
            "NEQ" => (self.categories(&[self.threshold], columns, column)?, false),
            "MEMBER" => (self.categories(self.members, columns, column)?, true),
            mode => return Err(format!("its mode {mode} is unknown")),
        };
        // A missing value is neither below nor above: it passes no comparison but NEQ, unless the node says so.
        let missing_is_true = self.missing_is_true || self.mode == "NEQ";
        let (left, right) = if true_is_left { (self.if_true, self.if_false) } else { (self.if_false, self.if_true) };
        Ok(FileNode::Split { feature, goes_left, missing_right: missing_is_true != true_is_left, left, right })
    }

    fn categories(&self, numbers: &[f64], columns: &Columns, column: usize) -> Result<GoesLeft, String> {
        let code = |number: &f64| {
            let is_code = (0.0..=f64::from(u32::MAX)).contains(number) && number.fract() == 0.0;
            is_code.then_some(*number as u32).ok_or_else(|| format!("its category {number} is no whole number"))
        };
        let codes: Vec<u32> = numbers.iter().map(code).collect::<Result<_, _>>()?;
        Ok(GoesLeft::In(columns.categories(column, &codes)?))
    }
}
