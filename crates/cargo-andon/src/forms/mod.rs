//! The forms: files of the artifact that other tools read. Every form is made from the package and measures nothing.

mod bom;
mod contract;
mod github;
mod junit;
mod lock;
mod names;
mod results;
mod sarif;
mod source;
mod statement;
mod text;

use std::collections::BTreeMap;

use andon_evidence::layout::{CARGO_LOCK, JUNIT, SARIF};
use anyhow::Result;

use crate::documents::{self, DocumentSource};
use crate::report::{self, Contents, FigureEvidence, REPORT_FILE};

pub(crate) use github::report_to_github;
pub(crate) use junit::junit;
pub(crate) use names::{MEASURED_FILE, VERDICT_FILE};
pub(crate) use sarif::sarif;
pub(crate) use source::FormSource;
pub(crate) use statement::statements;

/// Renders every form, by its file name in the artifact.
///
/// # Errors
/// If the package does not hold what a form needs.
pub(crate) fn render_all(source: &FormSource<'_>) -> Result<BTreeMap<String, Vec<u8>>> {
    let manifest = source.manifest;
    let title = format!("{} {}", manifest.name, manifest.version);
    let forms = [
        (CARGO_LOCK, source.lock.to_owned()),
        (JUNIT, junit(&title, source.decision())?),
        (SARIF, sarif(source.decision(), &source.policy_text)?),
        ("bom.cdx.json", bom::bom(source)?),
        ("contract.odcs.yaml", contract::odcs(source)?),
        (".eval_results/gates.yaml", results::eval_results(source)?),
        (REPORT_FILE, render_report(source)?),
    ];
    let mut files = documents::render_all(&document_source(source))?;
    files.extend(forms.into_iter().map(|(name, text)| (name.to_owned(), text.into_bytes())));
    Ok(files)
}

fn document_source<'a>(source: &'a FormSource<'_>) -> DocumentSource<'a> {
    DocumentSource {
        identity: (&source.manifest.name, &source.manifest.version),
        decision: source.decision(),
        policy: &source.policy,
        figures: &source.figures,
        vouched: true,
        contract: &source.contract,
        alternatives: &source.alternatives,
        fingerprint: &source.manifest.fingerprint,
    }
}

/// The report of this release alone: the previous release is no part of an artifact.
fn render_report(source: &FormSource<'_>) -> Result<String> {
    report::render(Contents {
        identity: (&source.manifest.name, &source.manifest.version),
        decision: source.decision(),
        policy: &source.policy,
        policy_text: &source.policy_text,
        figures: &FigureEvidence::Vouched(source.figures.clone()),
        previous: None,
        alternatives: &source.alternatives,
    })
}
