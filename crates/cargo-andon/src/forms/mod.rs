//! The forms that other tools read. Every form is made from the same package and measures nothing.

mod bom;
mod contract;
mod github;
mod junit;
mod lock;
mod material;
mod names;
mod results;
mod sarif;
mod statement;
mod text;

use std::collections::BTreeMap;

use anyhow::Result;

use crate::report::{self, Contents, FigureEvidence, REPORT_FILE};

pub(crate) use github::report_to_github;
pub(crate) use junit::junit;
pub(crate) use material::Material;
pub(crate) use names::{JUNIT_FILE, LOCK_FILE, MEASURED_FILE, SARIF_FILE, VERDICT_FILE};
pub(crate) use sarif::sarif;
pub(crate) use statement::{STATEMENT_TYPE, statements};

/// Renders every form, by its file name in the artifact.
///
/// # Errors
/// If the package does not hold what a form needs.
pub(crate) fn render_all(material: &Material<'_>) -> Result<BTreeMap<String, Vec<u8>>> {
    let manifest = material.manifest;
    let title = format!("{} {}", manifest.name, manifest.version);
    let forms = [
        (LOCK_FILE, material.lock.to_owned()),
        (JUNIT_FILE, junit(&title, material.decision())?),
        (SARIF_FILE, sarif(material.decision(), &material.policy_text)?),
        ("bom.cdx.json", bom::bom(material)?),
        ("contract.odcs.yaml", contract::odcs(material)?),
        (".eval_results/gates.yaml", results::eval_results(material)?),
        (REPORT_FILE, render_report(material)?),
    ];
    Ok(forms.into_iter().map(|(name, text)| (name.to_owned(), text.into_bytes())).collect())
}

/// The report of this release alone: neither the previous release nor the alternatives are part of an artifact.
fn render_report(material: &Material<'_>) -> Result<String> {
    report::render(Contents {
        identity: (&material.manifest.name, &material.manifest.version),
        decision: material.decision(),
        policy: &material.policy,
        policy_text: &material.policy_text,
        figures: &FigureEvidence::Vouched(material.figures.clone()),
        previous: None,
        alternatives: &[],
    })
}
