//! A loan-approval model that ships only when `cargo test` says GO.
//!
//! This package is a release, as any team would write one: the record, the recipe, the card, and the gates under
//! `tests/gate/`. Everything else comes from the harness in `crates/`.
//!
//! * [`application`]: the record, one serde struct, which is the data contract.
//! * [`recipe`]: the training of the model.
//! * [`card`]: the model card.
//! * [`main`]: the deployed program.
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
pub mod recipe;

use std::path::Path;
use std::process::ExitCode;

use andon::Release;
use andon::release::OpenError;
use andon_program::Program;
use application::LoanApplication;

/// Opens the release in a folder: reads its policy and takes its fingerprint.
///
/// # Errors
/// [`OpenError`], which names the file and the problem.
pub fn open(root: &Path) -> Result<Release<LoanApplication>, OpenError> {
    Release::open(root, recipe::grow)
}

/// The release as its program and its gates know it.
pub static PROGRAM: Program<LoanApplication> = Program {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: "Recommends approval or denial of a home-mortgage application",
    open,
    card: |facts| Ok(card::render(facts)?),
    package: andon_program::package!(),
};

/// Runs the deployed program. It stands here and not in `main.rs`, so that the gates and the program share one
/// compilation of it.
#[must_use]
pub fn main() -> ExitCode {
    andon_program::run(&PROGRAM)
}
