//! `import`: imports the evidence of an artifact that another machine judged, so that this one need not run the gates.

use std::path::Path;

use andon_evidence::decision::{Decision, Outcome};
use andon_evidence::evidence::{Store, today};
use andon_evidence::files;
use andon_evidence::fingerprint::{Fingerprint, Toolchain};
use andon_evidence::judge::Verdict;
use andon_evidence::layout::{self, LEDGER, SIGNED_EVIDENCE};
use andon_evidence::package::previous::PreviousRelease;
use andon_evidence::package::{Package, trusted_key};
use andon_evidence::policy::Policy;
use anyhow::{Context, Result, bail, ensure};

use crate::commands::verify;
use crate::console::{self, print_decision};

/// Imports the evidence of the artifact in `folder`. The key that the policy trusts must have signed the artifact, the
/// inputs here must be those it was judged on, and the decision here must be GO as well. Returns the exit code of the
/// decision.
///
/// # Errors
/// If the policy trusts no key, the artifact does not pass the checks, an input differs, or a gate here is not green.
/// The stored evidence is then unchanged. A write that fails half way leaves evidence from both machines, which has one
/// fingerprint and is judged like any other evidence.
pub(crate) fn run(root: &Path, folder: &Path) -> Result<u8> {
    let policy = Policy::read(root)?;
    let next = "add [trust] with the public_key of the machine that runs the gates";
    let key = trusted_key(&policy).with_context(|| format!("{}: trust.public_key", layout::POLICY))?;
    let key = key.with_context(|| format!("{} trusts no key\nnext: {next}", layout::POLICY))?;
    let (package, signed_evidence) =
        verify::signed_package(folder, &key).with_context(|| format!("{} cannot be trusted", folder.display()))?;
    let here = Fingerprint::take_like(root, &policy, &Toolchain::current(), &package.manifest.fingerprint)?;
    if package.manifest.fingerprint.digest() != here.digest() {
        let differing = here.changed_since(&package.manifest.fingerprint).join(", ");
        bail!("{} was judged on other inputs: {differing}\nnext: cargo andon release", folder.display());
    }
    let aside = tempfile::tempdir()?;
    write_to_store(&Store::in_root(aside.path()), &package)?;
    let baseline = PreviousRelease::baseline(root, &policy)?;
    let decision = Decision::fold(&policy, &here, &Store::in_root(aside.path()), &baseline, today());
    ensure_same_tries(&decision, &package, folder)?;
    print_decision(&decision, false)?;
    if decision.outcome.is_go() {
        let store = Store::in_root(root);
        let _lock = store.lock()?;
        ensure_nothing_red(&policy, &here, &store)?;
        here.keep_compiled(root, &policy, &Toolchain::current())?;
        store.keep_inputs(&here)?;
        write_to_store(&store, &package)?;
        // The build script checks the signature again: nothing but this statement says that the evidence is not forged.
        files::write_atomically(&store.path(SIGNED_EVIDENCE), &signed_evidence)?;
        Package::assemble(root, &Toolchain::current(), today())?.check_trust(root)?;
        if decision.outcome == Outcome::Go {
            console::hint("next: cargo build --release --features deploy");
        }
    }
    Ok(decision.outcome.exit_code())
}

/// Refuses the import if the ledger here knows another number of candidates for these data than the one there did. The
/// evidence that was signed counts the tries as the ledger there does, and the build counts them here.
fn ensure_same_tries(decision: &Decision, package: &Package, folder: &Path) -> Result<()> {
    ensure!(
        decision.tries == package.manifest.decision.tries,
        "{} was judged when the ledger there knew {} candidates for these data, and the ledger here knows {}\n\
         next: copy {LEDGER} from the machine that judged it; if the ledger here knows more, judge it again with this \
         ledger: cargo andon release",
        folder.display(),
        package.manifest.decision.tries.candidates,
        decision.tries.candidates
    );
    Ok(())
}

/// Refuses the import if a gate here, on the same inputs, is anything but green. The result on this machine counts for
/// more than a result from elsewhere.
fn ensure_nothing_red(policy: &Policy, here: &Fingerprint, store: &Store) -> Result<()> {
    for (gate, bar) in &policy.gates {
        let Some(evidence) = store.read(gate)?.filter(|evidence| evidence.fingerprint == here.digest()) else {
            continue;
        };
        let is_go = evidence.gate == *gate && evidence.finding.verdict(bar) == Some(Verdict::Go);
        ensure!(
            is_go,
            "{gate} is not GO on this machine, on the same inputs\nnext: cargo test --test gate -- --exact {}",
            gate.test_path()
        );
    }
    Ok(())
}

fn write_to_store(store: &Store, package: &Package) -> Result<()> {
    for (name, bytes) in package.files.iter().filter(|(name, _)| *name != layout::POLICY) {
        files::write_atomically(&store.path(name), bytes)?;
    }
    let rows = package.manifest.decision.rows.iter();
    Ok(rows.filter_map(|row| row.evidence.as_ref()).try_for_each(|evidence| store.write(evidence))?)
}
