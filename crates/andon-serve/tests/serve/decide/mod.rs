//! Decisions over HTTP.

pub(crate) mod audited; // every decision is on record before it is answered
mod batches; // many records in one request
mod cord; // a stop of the service, and its end
mod decisions; // decisions, one at a time and many at once
mod idempotency; // repeated requests with the same key
mod overrides; // a person's decision beside the model's
mod refusals; // every refusal, and hostile bytes
mod shadow; // a challenger that answers nobody
