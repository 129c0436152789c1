//! The report: everything that the evidence says of a release, in one file that loads nothing and runs nothing.
//!
//! [`render`] is pure: the same inputs give the same bytes, and times are those of the evidence. It computes no
//! statistic. What it shows is the decision, the [`Figures`] and the policy, rounded in one way ([`numbers`]).

mod open;
mod page;
pub(crate) mod plot;
pub(crate) mod sections;
#[cfg(test)]
mod tests;

use std::path::Path;

use andon_evidence::decision::Decision;
use andon_evidence::evidence::Store;
use andon_evidence::figures::Figures;
use andon_evidence::files::{self, sha256_hex};
use andon_evidence::layout::{self, FIGURES};
use andon_evidence::package::previous::PreviousRelease;
use andon_evidence::package::{Manifest, identity};
use andon_evidence::policy::Policy;
use anyhow::Result;
use askama::Template;
use page::Page;
use sections::alternatives::Alternative;

/// The file, in the store.
pub(crate) const REPORT: &str = "report.html";

/// What a report is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Contents<'a> {
    /// The release's name and version.
    pub(crate) identity: (&'a str, &'a str),
    /// The decision with its evidence.
    pub(crate) decision: &'a Decision,
    /// The policy.
    pub(crate) policy: &'a Policy,
    /// Its text, for the lines that gates are on.
    pub(crate) policy_text: &'a str,
    /// What is drawn.
    pub(crate) figures: &'a Believed,
    /// The last release, where there is one.
    pub(crate) released: Option<&'a Manifest>,
    /// What `cargo andon search` last compared; empty where it never ran.
    pub(crate) alternatives: &'a [Alternative],
}

/// The figures, and whether they may be believed.
#[derive(Debug, Clone)]
pub(crate) enum Believed {
    /// A green gate vouches for them.
    Vouched(Figures),
    /// No green gate does, or not for these.
    Unvouched(Figures),
    /// There are none; why.
    Absent(String),
}

impl Believed {
    /// What the store holds.
    fn read(store: &Store, decision: &Decision) -> Self {
        let path = store.path(FIGURES);
        if !path.exists() {
            return Self::Absent(format!("there is no {FIGURES}: no gate made it yet"));
        }
        match files::read(&path) {
            Ok(bytes) => Self::parse(&bytes, decision),
            Err(error) => Self::Absent(error.to_string()),
        }
    }

    /// Reads figures, and asks the decision for their digest.
    pub(crate) fn parse(bytes: &[u8], decision: &Decision) -> Self {
        match Figures::parse(bytes) {
            Err(error) => Self::Absent(error.to_string()),
            Ok(figures) if decision.vouched().get(FIGURES) == Some(&sha256_hex(bytes).as_str()) => {
                Self::Vouched(figures)
            }
            Ok(figures) => Self::Unvouched(figures),
        }
    }

    /// The figures, believed or not.
    fn figures(&self) -> Option<&Figures> {
        match self {
            Self::Vouched(figures) | Self::Unvouched(figures) => Some(figures),
            Self::Absent(_) => None,
        }
    }
}

/// Writes the page.
///
/// # Errors
/// When the template cannot be filled.
pub(crate) fn render(material: Contents<'_>) -> Result<String> {
    Ok(Page::new(material).render()?)
}

/// Writes the report of the release in `root` into its store, says where it is, and opens it where that is wanted.
///
/// # Errors
/// When an input is broken or the file cannot be written.
pub(crate) fn run(root: &Path, open: bool) -> Result<u8> {
    let decision = crate::decision(root)?;
    let policy = Policy::read(root)?;
    let policy_text = String::from_utf8_lossy(&files::read(&root.join(layout::POLICY))?).into_owned();
    let (name, version) = identity(root)?;
    let store = Store::of(root);
    let released = PreviousRelease::read(root)?;
    let html = render(Contents {
        identity: (&name, &version),
        decision: &decision,
        policy: &policy,
        policy_text: &policy_text,
        figures: &Believed::read(&store, &decision),
        released: released.as_ref().map(|released| &released.manifest),
        alternatives: &alternatives(&store),
    })?;
    let path = store.path(REPORT);
    files::write_atomically(&path, html.as_bytes())?;
    println!("{}: {}", decision.outcome, path.display());
    if open {
        open::open(&path);
    }
    Ok(decision.outcome.exit_code())
}

/// What was searched last; what cannot be read is left out, and that is said.
fn alternatives(store: &Store) -> Vec<Alternative> {
    let path = store.path(sections::alternatives::FILE);
    if !path.exists() {
        return Vec::new();
    }
    let read = files::read(&path).map_err(anyhow::Error::from);
    read.and_then(|bytes| Ok(serde_json::from_slice(&bytes)?)).unwrap_or_else(|error| {
        eprintln!("left out of the report: {}: {error}", path.display());
        Vec::new()
    })
}
