//! The log, metrics and monitoring.

mod monitored; // the release's own bars over a trail
mod monitoring; // protected attributes beside a record
mod observing; // request ids, counts, the log
