//! The measured record in the forms that other tools read. Every form is made from the same package and measures nothing.

mod bom;
mod contract;
mod github;
mod junit;
mod lock;
mod results;
mod sarif;
mod statement;

use std::collections::BTreeMap;

use andon_evidence::decision::{Decision, Row};
use andon_evidence::figures::Figures;
use andon_evidence::judge::Measurement;
use andon_evidence::layout::{self, CONTRACT, FIGURES};
use andon_evidence::package::Manifest;
use andon_evidence::policy::Policy;
use anyhow::{Context, Result};
use serde_json::Value;

use crate::report::{self, Believed, REPORT};

pub(crate) use github::tell_github;
pub(crate) use junit::junit;
pub(crate) use sarif::{line_of, sarif};
pub(crate) use statement::{MEASURED, STATEMENT_TYPE, VERDICT, statements};

/// The lock file that the program was built with, in the artifact.
pub(crate) const LOCK: &str = "Cargo.lock";

/// What the decision itself is called among the gates, where it is no GO although each of them is green.
const DECISION: &str = "decision";

/// The gates as test results.
pub(crate) const JUNIT: &str = "junit.xml";
/// Red gates at the lines of the policy that ask for them.
pub(crate) const SARIF: &str = "andon.sarif";

/// What a release rests on, read from its package.
pub(crate) struct Material<'a> {
    pub(crate) manifest: &'a Manifest,
    pub(crate) policy: Policy,
    pub(crate) policy_text: String,
    pub(crate) figures: Figures,
    /// The data contract as JSON Schema.
    pub(crate) contract: Value,
    /// The text of the lock file.
    pub(crate) lock: &'a str,
}

impl<'a> Material<'a> {
    /// Reads a package that was verified.
    pub(crate) fn of(manifest: &'a Manifest, files: &BTreeMap<String, Vec<u8>>, lock: &'a str) -> Result<Self> {
        let file = |name: &str| files.get(name).with_context(|| format!("the package holds no {name}"));
        let policy_text = String::from_utf8(file(layout::POLICY)?.clone())?;
        let policy = Policy::parse(&policy_text, layout::POLICY.as_ref())?;
        Ok(Self {
            figures: figures(file(FIGURES)?, manifest, &policy)?,
            contract: serde_json::from_slice(file(CONTRACT)?).with_context(|| format!("{CONTRACT} cannot be read"))?,
            manifest,
            policy,
            policy_text,
            lock,
        })
    }

    fn decision(&self) -> &Decision {
        &self.manifest.decision
    }

    /// The gates that have a number, with it.
    fn measured(&self) -> impl Iterator<Item = (&Row, &Measurement)> {
        self.decision().rows.iter().filter_map(|row| Some((row, row.measurement()?)))
    }

    /// Every form by its file name in the artifact.
    pub(crate) fn forms(&self) -> Result<BTreeMap<String, Vec<u8>>> {
        let (name, version) = (&self.manifest.name, &self.manifest.version);
        let forms = [
            (LOCK, self.lock.to_owned()),
            (JUNIT, junit(&format!("{name} {version}"), self.decision())?),
            (SARIF, sarif(self.decision(), &self.policy_text)?),
            ("bom.cdx.json", bom::bom(self)?),
            ("contract.odcs.yaml", contract::odcs(self)?),
            (".eval_results/gates.yaml", results::eval_results(self)?),
            (REPORT, self.report()?),
        ];
        Ok(forms.into_iter().map(|(name, text)| (name.to_owned(), text.into_bytes())).collect())
    }
}

/// The figures of the data that the gates judged.
fn figures(json: &[u8], manifest: &Manifest, policy: &Policy) -> Result<Figures> {
    let figures = Figures::parse(json)?;
    let data = manifest.fingerprint.input(&policy.data.file);
    anyhow::ensure!(
        data == Some(&figures.data_sha256),
        "{FIGURES} is of other data than {}",
        policy.data.file.display()
    );
    Ok(figures)
}

impl Material<'_> {
    /// The report of this release alone: neither the last one nor the alternatives are part of an artifact.
    fn report(&self) -> Result<String> {
        report::render(report::Contents {
            identity: (&self.manifest.name, &self.manifest.version),
            decision: self.decision(),
            policy: &self.policy,
            policy_text: &self.policy_text,
            figures: &Believed::Vouched(self.figures.clone()),
            released: None,
            alternatives: &[],
        })
    }
}

/// JSON with keys in order, whatever other crates make of serde_json's maps.
fn pretty(mut value: Value) -> Result<String> {
    value.sort_all_objects();
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

fn yaml(mut value: Value) -> Result<String> {
    value.sort_all_objects();
    Ok(serde_yaml_ng::to_string(&value)?)
}
