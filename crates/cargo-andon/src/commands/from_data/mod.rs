//! The commands that start from a data file: a project, its data file anew, a judgement of scores, a tally of them.

pub(crate) mod convert;
pub(crate) mod judge;
pub(crate) mod new;
mod scored_columns;
pub(crate) mod tally;
