//! Pure arithmetic: estimates with their intervals. Knows no record, no model and no policy.

pub mod auc;
pub(crate) mod bins;
pub mod bootstrap;
pub mod effect_size;
pub mod estimate;
pub(crate) mod logistic;
pub(crate) mod mean;
pub(crate) mod odds;
pub mod paired_shares;
pub mod share;
pub(crate) mod student;
pub(crate) mod tails;
pub mod two_shares;
pub(crate) mod worst_of;
