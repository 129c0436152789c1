//! The model card: `templates/model_card.md`, filled with the measurements. Nobody types a number into it.

use andon::Facts;
use askama::Template;

/// The template with the facts it shows.
#[derive(Template)]
#[template(path = "model_card.md")]
struct ModelCard<'a> {
    facts: &'a Facts,
}

/// Renders the card.
///
/// # Errors
/// [`askama::Error`] if the template fails.
pub fn render(facts: &Facts) -> Result<String, askama::Error> {
    ModelCard { facts }.render()
}
