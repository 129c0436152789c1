//! From evidence to the decision, and to the package that only a GO makes, on small releases.
#![expect(clippy::unwrap_used, reason = "tests")]

mod fold;
mod folder;
mod ledger;
mod package;
mod policy_reference;
mod release;
mod stops;
mod together;
mod weakening;
