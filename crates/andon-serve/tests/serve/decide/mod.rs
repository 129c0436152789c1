//! Decisions over HTTP.

pub(crate) mod audited; // every decision is on record before it is answered
mod batches; // many records in one request
mod cord; // a stop of the service, and its end
mod decisions; // decisions, one at a time and many at once
mod idempotency;
mod overrides; // repeated requests with the same key
mod refusals;
mod shadow; // every refusal, and hostile bytes
