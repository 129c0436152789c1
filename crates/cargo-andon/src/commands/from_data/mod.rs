//! The commands that start from a data file: a project, its data file anew, a judgement of scores.

pub(crate) mod convert;
pub(crate) mod judge;
pub(crate) mod new;
