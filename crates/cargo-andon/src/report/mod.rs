//! The report: one HTML file with everything that the evidence says of a release. The file loads and runs nothing.
//!
//! [`render`] is pure: the same inputs give the same bytes, and times are those of the evidence. It computes no
//! statistic. It shows the decision, the figures and the policy, rounded in one way ([`plot::numbers`]).

mod contents;
mod figures;
pub(crate) mod judgement;
mod page;
pub(crate) mod plot;
pub(crate) mod sections;
#[cfg(test)]
pub(crate) mod tests;

use anyhow::Result;
use askama::Template;

pub(crate) use contents::{AlternativesFound, Contents, FigureEvidence};

use page::ReportPage;

/// The file name of the report, in the store and in the artifact.
pub(crate) const REPORT_FILE: &str = "report.html";

/// Renders the page.
///
/// # Errors
/// If the template cannot be filled.
pub(crate) fn render(contents: Contents<'_>) -> Result<String> {
    Ok(ReportPage::new(contents).render()?)
}
