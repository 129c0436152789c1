//! A model that ships only when `cargo test` says GO: the record, the card, and the release that the gates judge.

pub mod card;
pub mod record;

use std::path::Path;
use std::process::ExitCode;

use andon::Release;
use andon::release::OpenError;
use andon_program::Program;
use record::Record;

/// Opens the release in a folder: reads its policy and takes its fingerprint. The model comes from the file that the
/// policy names; the learner grows the small forests of some gates.
///
/// # Errors
/// [`OpenError`], which names the file and the problem.
pub fn open(root: &Path) -> Result<Release<Record>, OpenError> {
    Ok(Release::open(root, andon::random_forest)?.reading(andon_import::read_model))
}

/// The deployed program. The gates ask it too.
pub static PROGRAM: Program<Record> = Program {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: "Answers one case at a time, with reasons",
    open,
    card: |facts| Ok(card::render(facts)?),
    package: andon_program::package!(),
};

/// Runs the deployed program.
#[must_use]
pub fn main() -> ExitCode {
    andon_program::run(&PROGRAM)
}
