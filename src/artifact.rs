//! The released model inside the program. Without the `deploy` feature there is none.

use std::collections::BTreeMap;

use andon::contract::Contract;
use andon::evidence::evidence::today;
use andon::evidence::package::{self, Manifest};
use andon::model::Model;
use andon::policy::{self, Policy};
use andon::reply::Decider;
use anyhow::Context;
use loan_approval::application::LoanApplication;

/// This build carries no released model.
#[derive(Debug)]
pub(crate) struct Unreleased;

impl std::fmt::Display for Unreleased {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("this build carries no released model\nnext: cargo andon release")
    }
}

impl std::error::Error for Unreleased {}

/// What this program was released with, checked.
pub(crate) struct Artifact {
    /// Answers records.
    pub(crate) decider: Decider<LoanApplication>,
    /// The card that a person approved.
    pub(crate) card: String,
    /// `evidence.json` as it was packaged.
    pub(crate) evidence: String,
    /// What it says.
    pub(crate) manifest: Manifest,
}

/// The package's files, put here by the build script.
#[cfg(feature = "deploy")]
fn embedded() -> Option<[(&'static str, &'static [u8]); 7]> {
    macro_rules! packaged {
        ($name:literal) => {
            ($name, include_bytes!(concat!(env!("OUT_DIR"), "/", $name)))
        };
    }
    Some([
        packaged!("MODEL_CARD.md"),
        packaged!("contract.schema.json"),
        packaged!("evidence.json"),
        packaged!("figures.json"),
        packaged!("model.json"),
        packaged!("model.onnx"),
        packaged!("release.toml"),
    ])
}

#[cfg(not(feature = "deploy"))]
fn embedded() -> Option<[(&'static str, &'static [u8]); 7]> {
    None
}

/// Takes the package out of the program and checks every digest and the decision again.
///
/// # Errors
/// [`Unreleased`] without one; otherwise what does not fit.
pub(crate) fn load() -> anyhow::Result<Artifact> {
    let files = embedded().ok_or(Unreleased)?;
    let mut files: BTreeMap<String, Vec<u8>> =
        files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).collect();
    let evidence = files.remove(package::EVIDENCE).context("the package has no evidence")?;
    let manifest: Manifest = serde_json::from_slice(&evidence).context("the evidence cannot be read")?;
    manifest.verify(&files)?;
    let text = |name: &str| String::from_utf8(files.get(name).cloned().unwrap_or_default());
    let policy = Policy::parse(&text(policy::FILE)?, std::path::Path::new(policy::FILE))?;
    for waiver in &policy.waivers {
        anyhow::ensure!(waiver.expires >= today(), "the waiver for {} expired on {}", waiver.gate, waiver.expires);
    }
    let model = Model::from_json(text(package::MODEL)?.as_bytes())?;
    let decider = Decider::new(Contract::new()?, policy, model);
    Ok(Artifact { decider, card: text(package::CARD)?, evidence: String::from_utf8(evidence)?, manifest })
}
