//! The content of a package, read for the forms.

use std::collections::BTreeMap;

use andon_evidence::alternatives::Alternatives;
use andon_evidence::decision::{Decision, GateResult};
use andon_evidence::figures::Figures;
use andon_evidence::judge::Measurement;
use andon_evidence::layout::{ALTERNATIVES, CONTRACT, FIGURES, POLICY};
use andon_evidence::package::Manifest;
use andon_evidence::policy::Policy;
use anyhow::{Context, Result};
use serde_json::Value;

use crate::report::AlternativesFound;

/// The content of a package, as far as the forms use it.
pub(crate) struct FormSource<'a> {
    pub(crate) manifest: &'a Manifest,
    pub(crate) policy: Policy,
    pub(crate) policy_text: String,
    pub(crate) figures: Figures,
    /// The data contract as JSON Schema.
    pub(crate) contract: Value,
    /// The alternatives, if a gate asks for them.
    pub(crate) alternatives: AlternativesFound,
    /// The text of the lock file.
    pub(crate) lock: &'a str,
}

impl<'a> FormSource<'a> {
    /// Reads the files of a package that was verified.
    ///
    /// # Errors
    /// If a file is missing, cannot be read, or is of other data.
    pub(crate) fn read(manifest: &'a Manifest, files: &BTreeMap<String, Vec<u8>>, lock: &'a str) -> Result<Self> {
        let file = |name: &str| files.get(name).with_context(|| format!("the package holds no {name}"));
        let policy_text = String::from_utf8(file(POLICY)?.clone())?;
        let policy = Policy::parse(&policy_text, POLICY.as_ref())?;
        let alternatives = files.get(ALTERNATIVES).map(|bytes| Alternatives::parse(bytes)).transpose()?;
        Ok(Self {
            alternatives: alternatives.map_or(AlternativesFound::Absent, AlternativesFound::Current),
            figures: figures(file(FIGURES)?, manifest, &policy)?,
            contract: serde_json::from_slice(file(CONTRACT)?).with_context(|| format!("{CONTRACT} cannot be read"))?,
            manifest,
            policy,
            policy_text,
            lock,
        })
    }

    /// The decision of the package.
    pub(super) fn decision(&self) -> &Decision {
        &self.manifest.decision
    }

    /// The gates that measured something, each with its measurement.
    pub(super) fn measured(&self) -> impl Iterator<Item = (&GateResult, &Measurement)> {
        self.decision().rows.iter().filter_map(|row| Some((row, row.measurement()?)))
    }
}

/// Reads the figures, which must be of the data that the gates judged.
fn figures(json: &[u8], manifest: &Manifest, policy: &Policy) -> Result<Figures> {
    let figures = Figures::parse(json)?;
    let data = manifest.fingerprint.input(&policy.data.file);
    anyhow::ensure!(
        data == Some(&figures.data_sha256),
        "{FIGURES} was made from other data than {}",
        policy.data.file.display()
    );
    Ok(figures)
}
