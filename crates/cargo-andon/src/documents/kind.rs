//! The kinds of documents, and their forms.

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

impl DocumentKind {
    /// Every document.
    pub(super) const ALL: [Self; 4] = [Self::AnnexIv, Self::ValidationReport, Self::FairLending, Self::AdverseAction];

    /// The name of the document, as the command has it and as its file is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AnnexIv => "annex-iv",
            Self::ValidationReport => "validation-report",
            Self::FairLending => "fair-lending",
            Self::AdverseAction => "adverse-action",
        }
    }
}

impl DocumentFormat {
    /// Every form.
    pub(super) const ALL: [Self; 2] = [Self::Html, Self::Md];

    /// The ending of its files.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Md => "md",
        }
    }
}
