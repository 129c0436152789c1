//! `import`: takes over the evidence of an artifact that was released elsewhere, so that this machine need not run the gates.

use std::path::Path;

use andon_evidence::EXIT_GO;
use andon_evidence::decision::Outcome;
use andon_evidence::evidence::Store;
use andon_evidence::files;
use andon_evidence::fingerprint::{Fingerprint, Toolchain};
use andon_evidence::policy::{self, Policy};
use anyhow::{Context, Result, bail, ensure};

use crate::signing::PublicKey;
use crate::verify;

/// Takes over the artifact in `folder`, if whom the policy trusts signed it and it was judged on the inputs that are here.
///
/// # Errors
/// When the policy trusts nobody; when anything about the artifact does not check out; when an input differs. The evidence
/// there was is then untouched.
pub(crate) fn run(root: &Path, folder: &Path) -> Result<u8> {
    let policy = Policy::read(root)?;
    let next = "add [trust] with the public_key of the machine that runs the gates";
    let trust = policy.trust.as_ref().with_context(|| format!("{} trusts nobody\nnext: {next}", policy::FILE))?;
    let key = PublicKey::parse(&trust.public_key).with_context(|| format!("{}: trust.public_key", policy::FILE))?;
    let package = verify::signed_package(folder, &key)?;
    let here = Fingerprint::take(root, &policy, &Toolchain::current())?;
    let there = &package.manifest.fingerprint;
    if there.digest() != here.digest() {
        bail!("{} was judged on other inputs: {}", folder.display(), here.changed_since(there).join(", "));
    }
    let store = Store::of(root);
    store.keep_inputs(&here)?;
    for (name, bytes) in package.files.iter().filter(|(name, _)| *name != policy::FILE) {
        files::write_atomically(&store.path(name), bytes)?;
    }
    for evidence in package.manifest.decision.rows.iter().filter_map(|row| row.evidence.as_ref()) {
        store.write(evidence)?;
    }
    let decision = crate::decision(root)?;
    crate::show(&decision, false)?;
    ensure!(decision.outcome == Outcome::Go, "what was imported is no GO here");
    eprintln!("next: cargo build --release --features deploy");
    Ok(EXIT_GO)
}
