//! `import`: takes over the evidence of an artifact that was released elsewhere, so that this machine need not run the gates.

use std::path::Path;

use andon_evidence::decision::{Decision, Outcome};
use andon_evidence::evidence::{Store, today};
use andon_evidence::files;
use andon_evidence::fingerprint::{Fingerprint, Toolchain};
use andon_evidence::judge::Verdict;
use andon_evidence::layout;
use andon_evidence::package::Package;
use andon_evidence::package::previous::PreviousRelease;
use andon_evidence::policy::Policy;
use anyhow::{Context, Result, bail, ensure};

use crate::artifact::signing::PublicKey;
use crate::commands::verify;
use crate::console::print_decision;

/// Takes over the artifact in `folder`, if whom the policy trusts signed it, it was judged on the inputs that are here, and
/// it is a GO here as well. Returns the exit code of the decision.
///
/// # Errors
/// When the policy trusts nobody; when anything about the artifact does not check out; when an input differs; when a gate
/// said anything but Go here. The evidence there was is then untouched. A write that fails half way leaves a mixture,
/// which is of one fingerprint and judged like any other evidence.
pub(crate) fn run(root: &Path, folder: &Path) -> Result<u8> {
    let policy = Policy::read(root)?;
    let next = "add [trust] with the public_key of the machine that runs the gates";
    let trust = policy.trust.as_ref().with_context(|| format!("{} trusts nobody\nnext: {next}", layout::POLICY))?;
    let key = PublicKey::parse(&trust.public_key).with_context(|| format!("{}: trust.public_key", layout::POLICY))?;
    let package =
        verify::signed_package(folder, &key).with_context(|| format!("{} is not to be trusted", folder.display()))?;
    let here = Fingerprint::take(root, &policy, &Toolchain::current())?;
    if package.manifest.fingerprint.digest() != here.digest() {
        let differing = here.changed_since(&package.manifest.fingerprint).join(", ");
        bail!("{} was judged on other inputs: {differing}\nnext: cargo andon release", folder.display());
    }
    let aside = tempfile::tempdir()?;
    put(&Store::of(aside.path()), &package)?;
    let released = PreviousRelease::read(root)?;
    let baseline = released.as_ref().map(|released| &released.manifest.decision);
    let decision = Decision::fold(&policy, &here, &Store::of(aside.path()), baseline, today());
    print_decision(&decision, false)?;
    if decision.outcome == Outcome::Go {
        let store = Store::of(root);
        let _lock = store.lock()?;
        ensure_nothing_red(&policy, &here, &store)?;
        store.keep_inputs(&here)?;
        put(&store, &package)?;
        eprintln!("next: cargo build --release --features deploy");
    }
    Ok(decision.outcome.exit_code())
}

/// What a gate found here, on these very inputs, counts for more than what it found elsewhere.
fn ensure_nothing_red(policy: &Policy, here: &Fingerprint, store: &Store) -> Result<()> {
    for (gate, bar) in &policy.gates {
        let Some(evidence) = store.read(gate)?.filter(|evidence| evidence.fingerprint == here.digest()) else {
            continue;
        };
        let is_go = evidence.gate == *gate && evidence.finding.verdict(bar) == Some(Verdict::Go);
        ensure!(
            is_go,
            "{gate} is no GO here on the same inputs\nnext: cargo test --test gate -- --exact {}",
            gate.test_path()
        );
    }
    Ok(())
}

fn put(store: &Store, package: &Package) -> Result<()> {
    for (name, bytes) in package.files.iter().filter(|(name, _)| *name != layout::POLICY) {
        files::write_atomically(&store.path(name), bytes)?;
    }
    let rows = package.manifest.decision.rows.iter();
    Ok(rows.filter_map(|row| row.evidence.as_ref()).try_for_each(|evidence| store.write(evidence))?)
}
