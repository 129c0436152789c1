//! The documents: what the law and the practice of model risk ask to be written down, rendered from a package.
//!
//! Like the report, a document is pure: the same package gives the same bytes. It computes no statistic. A thing that
//! no machine knows stands there as `TO BE WRITTEN BY` with the role that knows it, and is counted. Nothing is empty
//! without saying so.

mod adverse_action;
mod annex_iv;
mod fair_lending;
mod gates;
mod head;
mod html;
mod kind;
mod markdown;
mod outline;
mod passages;
mod people;
mod source;
#[cfg(test)]
mod tests;
mod validation;

use std::collections::BTreeMap;

use anyhow::Result;

pub(crate) use kind::{DocumentFormat, DocumentKind};
pub(crate) use source::DocumentSource;

use head::DocumentHead;
use outline::Document;

/// The folder of the documents in an artifact.
pub(crate) const FOLDER: &str = "documents";

/// A rendered document.
pub(crate) struct RenderedDocument {
    pub(crate) text: String,
    /// Its points, as in `31 points, 22 from measurements, 9 to be written`.
    pub(crate) counts: String,
}

/// The outline of a document, without anything that is silently empty.
fn outline(kind: DocumentKind, source: &DocumentSource<'_>) -> Result<Document> {
    let document = match kind {
        DocumentKind::AnnexIv => annex_iv::document(source),
        DocumentKind::ValidationReport => validation::document(source),
        DocumentKind::FairLending => fair_lending::document(source),
        DocumentKind::AdverseAction => adverse_action::document(source),
    }?;
    document.check()?;
    Ok(document)
}

/// Renders a document.
///
/// # Errors
/// If the package does not hold what the document needs.
pub(crate) fn render(
    kind: DocumentKind,
    format: DocumentFormat,
    source: &DocumentSource<'_>,
) -> Result<RenderedDocument> {
    let document = outline(kind, source)?;
    let head = DocumentHead::new(&document, kind.name(), source);
    let text = match format {
        DocumentFormat::Html => html::render(&document, &head)?,
        DocumentFormat::Md => markdown::render(&document, &head),
    };
    Ok(RenderedDocument { text, counts: document.counts().in_words() })
}

/// Renders every document in every form, by its file name in the artifact.
///
/// # Errors
/// If the package does not hold what a document needs.
pub(crate) fn render_all(source: &DocumentSource<'_>) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for kind in DocumentKind::ALL {
        for format in DocumentFormat::ALL {
            let name = format!("{FOLDER}/{}.{}", kind.name(), format.ending());
            files.insert(name, render(kind, format, source)?.text.into_bytes());
        }
    }
    Ok(files)
}
