//! `release`: runs the gates, decides and, on GO, makes the artifact.

use std::path::Path;
use std::process::Command;

use andon_evidence::decision::{Decision, Outcome};
use andon_evidence::evidence::Store;
use andon_evidence::files::{self, FileError};
use andon_evidence::fingerprint::{Fingerprint, Toolchain};
use andon_evidence::layout;
use andon_evidence::messages::{shell_word, with_causes};
use andon_evidence::package::{PackageError, identity};
use andon_evidence::policy::Policy;
use anyhow::Result;

use crate::artifact::ShippedArtifact;
use crate::artifact::only_scores;
use crate::artifact::rehearsal::RefusedProgram;
use crate::artifact::signing::PrivateKey;
use crate::console::{self, print_decision};
use crate::forms::{junit, report_to_github, sarif};
use crate::run::gates::{self, TestRun};
use andon_evidence::run::{current_decision, keep_in_ledger};

/// Runs the gates of the release in `root`, decides and, on GO, makes the artifact. Returns the exit code.
///
/// # Errors
/// If an input is broken or the artifact cannot be made. An earlier artifact is then unchanged.
pub(crate) fn run(root: &Path, serve: bool, json: bool, key: Option<&Path>) -> Result<u8> {
    // First of all: whatever fails from here on, no report of an earlier decision remains.
    Store::in_root(root).remove_reports()?;
    let policy = Policy::read(root)?;
    if serve && policy.scores.is_some() {
        return Err(PackageError::ScoresOnly.into());
    }
    let key = key.map(PrivateKey::read).transpose()?;
    let before = Fingerprint::of_named(root, &policy, &Toolchain::current())?;
    let tests = gates::run(root, &policy)?;
    console::hint(&tests.failures());
    let unchanged = Fingerprint::of_named(root, &policy, &Toolchain::current())?.digest() == before.digest();
    let decision = decide(root, unchanged, &tests)?;
    keep_in_ledger(root, &decision)?;
    if decision.outcome == Outcome::GoForScores {
        return package_scores(root, &decision, key.as_ref(), json);
    }
    let (decision, artifact) = make_artifact(root, decision, key.as_ref())?;
    print_decision(&decision, json)?;
    if let Some(artifact) = artifact {
        console::hint(&artifact.rehearsal);
        artifact.times.line().iter().for_each(|line| console::hint(line));
        console::hint(&format!("artifact: {}, {}", artifact.folder.display(), signed(key.as_ref())));
        demonstrate(root);
        if serve {
            return self::serve(&artifact);
        }
        console::hint(&format!("next: {} serve", shell_word(&artifact.program())));
        console::hint("then, as soon as it is in use: cargo andon adopt, so that the next release is compared with it");
    }
    Ok(decision.outcome.exit_code())
}

fn signed(key: Option<&PrivateKey>) -> &'static str {
    if key.is_some() { "signed" } else { "UNSIGNED" }
}

/// Packages evidence, card and report of a release that is GO for scores only. There is no program to build.
fn package_scores(root: &Path, decision: &Decision, key: Option<&PrivateKey>, json: bool) -> Result<u8> {
    let folder = match only_scores::make(root, key) {
        Ok(folder) => folder,
        Err(error) => {
            write_ci_files(root, &decision.clone().with_doubt(with_causes(error.as_ref())))?;
            return Err(error);
        }
    };
    write_ci_files(root, decision)?;
    print_decision(decision, json)?;
    console::hint(only_scores::NO_PROGRAM);
    console::hint(&format!("artifact: {}, {}", folder.display(), signed(key)));
    console::hint("next: cargo andon adopt, so that the next release is compared with it");
    Ok(decision.outcome.exit_code())
}

/// Shows one decision of the model that ships: the first question that the gates vouch for, and its reply.
fn demonstrate(root: &Path) {
    let text = files::read(&Store::in_root(root).path(layout::QUESTIONS)).unwrap_or_default();
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let Ok(asked) = serde_json::from_slice::<serde_json::Value>(first) else { return };
    let reply = &asked["reply"];
    let explanation = reply["explanation"].as_str().unwrap_or_default();
    console::hint(&format!("a decision of this model: {} -> {}: {explanation}", asked["request"], reply["decision"]));
}

/// Makes the artifact, if the decision is GO. A program that does not answer as the judged model, or misses the bar
/// under load, turns the decision into NO-GO. The decision is then written for continuous integration.
fn make_artifact(
    root: &Path,
    decision: Decision,
    key: Option<&PrivateKey>,
) -> Result<(Decision, Option<ShippedArtifact>)> {
    if decision.outcome != Outcome::Go {
        write_ci_files(root, &decision)?;
        return Ok((decision, None));
    }
    match ShippedArtifact::make(root, &decision, key) {
        Ok(artifact) => write_ci_files(root, &decision).map(|()| (decision, Some(artifact))),
        Err(error) => {
            let Some(refusal) = error.downcast_ref::<RefusedProgram>() else {
                write_ci_files(root, &decision.with_doubt(with_causes(error.as_ref())))?;
                return Err(error);
            };
            let refused = decision.with_objection(refusal.to_string());
            keep_in_ledger(root, &refused)?;
            write_ci_files(root, &refused)?;
            Ok((refused, None))
        }
    }
}

/// Writes the decision, GO or not, in the forms that continuous integration reads.
fn write_ci_files(root: &Path, decision: &Decision) -> Result<()> {
    let (name, version) = identity(root)?;
    let policy_text = String::from_utf8_lossy(&files::read(&root.join(layout::POLICY))?).into_owned();
    let store = Store::in_root(root);
    files::write_atomically(&store.path(layout::JUNIT), junit(&format!("{name} {version}"), decision)?.as_bytes())?;
    files::write_atomically(&store.path(layout::SARIF), sarif(decision, &policy_text)?.as_bytes())?;
    if let Err(error) = report_to_github(decision, &policy_text) {
        console::hint(&format!("the decision could not be reported to GitHub: {}", with_causes(error.as_ref())));
    }
    Ok(())
}

/// Folds the evidence. A GO also needs that `cargo test` passed and that no input changed meanwhile. What only the
/// compiler names is known after a first run; evidence that was found on another state of it is stale by itself.
fn decide(root: &Path, unchanged: bool, tests: &TestRun) -> Result<Decision> {
    let decision = current_decision(root)?;
    if !unchanged {
        return Ok(decision.with_doubt("an input changed while the gates ran".to_owned()));
    }
    if tests.passed || !decision.outcome.is_go() {
        return Ok(decision);
    }
    let red = tests.red().join(", ");
    let what = if red.is_empty() { "a test program did not build, or did not run to its end" } else { &red };
    Ok(decision.with_doubt(format!("every gate is green, but `cargo test` failed: {what}")))
}

/// Replaces this process by the server. Returns only if that fails.
#[cfg(unix)]
fn serve(artifact: &ShippedArtifact) -> Result<u8> {
    use std::os::unix::process::CommandExt;
    let program = artifact.program();
    let error = Command::new(&program).arg("serve").exec();
    Err(FileError::io("run", &program)(error).into())
}

/// Runs the server until it ends.
#[cfg(not(unix))]
fn serve(artifact: &ShippedArtifact) -> Result<u8> {
    let program = artifact.program();
    let status = Command::new(&program).arg("serve").status().map_err(FileError::io("run", &program))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(andon_evidence::EXIT_USAGE))
}
