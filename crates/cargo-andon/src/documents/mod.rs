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

pub(crate) use source::DocumentSource;

use head::DocumentHead;
use outline::Document;

/// The folder of the documents in an artifact.
pub(crate) const FOLDER: &str = "documents";

/// A document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DocumentKind {
    /// The technical documentation of Annex IV of the EU AI Act
    AnnexIv,
    /// A validation report after SR 26-2
    ValidationReport,
    /// A fair-lending file: who is judged, who is denied, proxies, alternatives
    FairLending,
    /// An adverse-action pack: the dictionary of reasons, their frequency by group, sample notices
    AdverseAction,
}

/// The form of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DocumentFormat {
    /// One HTML file that loads and runs nothing
    Html,
    /// Markdown
    Md,
}

/// A rendered document.
pub(crate) struct RenderedDocument {
    pub(crate) text: String,
    /// Its points, as in `31 points, 22 from measurements, 9 to be written`.
    pub(crate) counts: String,
}

impl DocumentKind {
    const ALL: [Self; 4] = [Self::AnnexIv, Self::ValidationReport, Self::FairLending, Self::AdverseAction];

    /// The name of the document, as the command has it and as its file is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AnnexIv => "annex-iv",
            Self::ValidationReport => "validation-report",
            Self::FairLending => "fair-lending",
            Self::AdverseAction => "adverse-action",
        }
    }

    fn outline(self, source: &DocumentSource<'_>) -> Result<Document> {
        let document = match self {
            Self::AnnexIv => annex_iv::document(source),
            Self::ValidationReport => validation::document(source),
            Self::FairLending => fair_lending::document(source),
            Self::AdverseAction => adverse_action::document(source),
        }?;
        document.check()?;
        Ok(document)
    }
}

impl DocumentFormat {
    const ALL: [Self; 2] = [Self::Html, Self::Md];

    /// The ending of its files.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Md => "md",
        }
    }
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
    let document = kind.outline(source)?;
    let head = DocumentHead::new(&document, kind, source);
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
