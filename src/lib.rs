//! A loan-approval model that ships only when `cargo test` says GO.
//!
//! This package is a release, as any team would write one: the record, the recipe, the card, and the gates under
//! `tests/gate/`. Everything else comes from the harness in `crates/`.
//!
//! * [`application`]: the record, one serde struct, which is the data contract.
//! * [`recipe`]: the training of the model.
//! * [`card`]: the model card.
//! * [`program`]: the deployed program.
//!
//! ```
//! use andon::Contract;
//! use loan_approval::application::LoanApplication;
//!
//! let contract = Contract::<LoanApplication>::new()?;
//! let worst = contract.column("consumer_credit_score").map(|column| column.allowed());
//! assert_eq!(worst.as_deref(), Some("a whole number from 1 to 6"));
//! # Ok::<(), andon::NoContract>(())
//! ```

pub mod application;
pub mod card;
pub mod program;
pub mod recipe;

use std::path::Path;

use andon::Release;
use andon::release::OpenError;
use application::LoanApplication;

/// Opens the release in a folder: reads its policy and takes its fingerprint.
///
/// # Errors
/// [`OpenError`], which names the file and the problem.
pub fn open(root: &Path) -> Result<Release<LoanApplication>, OpenError> {
    Release::open(root, recipe::grow)
}
