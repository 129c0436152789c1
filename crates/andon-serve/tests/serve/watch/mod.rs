//! The log, metrics and monitoring.

pub(crate) mod monitored; // the release's own bars over a trail
mod monitoring; // protected attributes beside a record
mod months; // months of decisions, by what happened later
mod observing; // request ids, counts, the log
