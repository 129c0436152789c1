//! `document`: renders a document from the release at hand, whatever its decision is.

use std::path::Path;

use andon_evidence::evidence::Store;
use andon_evidence::figures::Figures;
use andon_evidence::files;
use andon_evidence::fingerprint::{Fingerprint, Toolchain};
use andon_evidence::layout::{CONTRACT, FIGURES};
use andon_evidence::package::identity;
use andon_evidence::policy::Policy;
use andon_evidence::run::current_decision;
use anyhow::{Context, Result, ensure};

use crate::arguments::DocumentArguments;
use crate::console;
use crate::documents::{self, DocumentSource};
use crate::report::AlternativesFound;

/// Renders the document of the release in `root` into its store or into a file, and prints the count of its points.
/// Returns the exit code of the decision.
///
/// # Errors
/// If an input is broken, the figures or the contract are missing, or the file cannot be written.
pub(crate) fn run(root: &Path, arguments: &DocumentArguments) -> Result<u8> {
    let DocumentArguments { kind, format, out } = arguments;
    let decision = current_decision(root)?;
    let policy = Policy::read(root)?;
    let fingerprint = Fingerprint::take(root, &policy, &Toolchain::current())?;
    let (name, version) = identity(root)?;
    let store = Store::in_root(root);
    let contract_json = read(&store, CONTRACT)?;
    let figures_json = read(&store, FIGURES)?;
    let contract = serde_json::from_slice(&contract_json).with_context(|| format!("{CONTRACT} cannot be read"))?;
    let figures = Figures::parse(&figures_json)?;
    let is_vouched = |name: &str, bytes: &[u8]| {
        decision.vouched().get(name).is_some_and(|digest| *digest == files::sha256_hex(bytes))
    };
    let source = DocumentSource {
        identity: (&name, &version),
        decision: &decision,
        policy: &policy,
        figures: &figures,
        vouched: is_vouched(CONTRACT, &contract_json) && is_vouched(FIGURES, &figures_json),
        contract: &contract,
        alternatives: &AlternativesFound::read(root, &policy, &decision),
        fingerprint: &fingerprint,
    };
    let rendered = documents::render(*kind, *format, &source)?;
    let path = out
        .clone()
        .unwrap_or_else(|| store.path(documents::FOLDER).join(format!("{}.{}", kind.name(), format.ending())));
    files::write_atomically(&path, rendered.text.as_bytes())?;
    console::print(&format!("{}: {}", kind.name(), rendered.counts))?;
    console::hint(&format!("{}: {}", decision.outcome, path.display()));
    Ok(decision.outcome.exit_code())
}

/// A file that the gates made.
fn read(store: &Store, name: &str) -> Result<Vec<u8>> {
    let path = store.path(name);
    ensure!(path.exists(), "there is no {}, because no gate has made it yet\nnext: cargo test", path.display());
    Ok(files::read(&path)?)
}
