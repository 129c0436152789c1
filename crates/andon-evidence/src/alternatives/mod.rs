//! The alternatives: the other ways in which the model could have been made, each with its figures.
//!
//! `cargo andon search` writes them to [`ALTERNATIVES`](crate::layout::ALTERNATIVES) in the folder of what a person
//! approved, so that whoever judges the release need not search again. The file holds the digests of what was searched
//! on. It stands for these data, these settings and this model alone, and [`Alternatives::objection`] says what is no
//! longer so.

mod fairer;
mod found;
mod recipe;
#[cfg(test)]
mod tests;

pub use self::fairer::Tolerance;
pub use self::found::{
    Alternative, AlternativeFigure, AlternativeFigures, Alternatives, Disparity, alternatives_path, is_judged,
    settings_sha256,
};
pub use self::recipe::{AlternativeRecipe, alternative_recipes};
