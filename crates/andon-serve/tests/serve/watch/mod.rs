//! The log, metrics and monitoring.

pub(crate) mod monitored; // the release's own bars over a trail
mod months; // months of decisions, by what happened later
mod monitoring; // protected attributes beside a record
mod observing; // request ids, counts, the log
