//! A document as one HTML file that loads and runs nothing.

use anyhow::Result;
use askama::Template;

use super::head::DocumentHead;
use super::outline::{Document, Passage};

#[derive(Template)]
#[template(path = "document/document.html")]
struct DocumentPage<'a> {
    document: &'a Document,
    head: &'a DocumentHead,
}

/// Renders the document.
///
/// # Errors
/// If the template cannot be filled.
pub(super) fn render(document: &Document, head: &DocumentHead) -> Result<String> {
    Ok(DocumentPage { document, head }.render()?)
}
