//! `verify`: checks that every file of an artifact follows from its evidence, and who signed it.

use std::collections::BTreeMap;
use std::path::Path;

use andon_evidence::decision::Outcome;
use andon_evidence::evidence::today;
use andon_evidence::files::{self, sha256_hex};
use andon_evidence::layout::{CARGO_LOCK, EVIDENCE, SIGNED_EVIDENCE, SUMS};
use andon_evidence::messages::with_causes;
use andon_evidence::package::{Manifest, Package, evidence_statement, read_folder};
use andon_evidence::signature::{Envelope, PublicKey};
use andon_evidence::{EXIT_GO, EXIT_NO_GO};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::artifact;
use crate::artifact::only_scores;
use crate::artifact::rehearsal::{REHEARSAL_FILE, RehearsalRecord};
use crate::artifact::signing::folder_statement;
use crate::console;
use crate::forms::{self, FormSource, MEASURED_FILE, VERDICT_FILE, statements};

/// Longest excerpt of a file in a message.
const MAX_QUOTED_CHARS: usize = 200;

/// Checks the artifact in `folder` and prints one line with the result. Returns the exit code.
///
/// # Errors
/// If the public key cannot be read.
pub(crate) fn run(folder: &Path, public_key: Option<&Path>) -> Result<u8> {
    let read = |path: &Path| PublicKey::read(path).with_context(|| path.display().to_string());
    let key = public_key.map(read).transpose()?;
    match check(folder, key.as_ref()) {
        Ok(Verified { package, rehearsal, signed, .. }) => {
            let outcome = package.manifest.decision.outcome;
            console::print(&format!(
                "{}: {outcome}, complete, and every file follows from the evidence; {signed}\n{rehearsal}",
                folder.display()
            ))?;
            Ok(EXIT_GO)
        }
        Err(error) => {
            console::print(&format!("{}: NO-GO: {}", folder.display(), with_causes(error.as_ref())))?;
            console::hint("next: do not use this artifact; cargo andon release makes a new one");
            Ok(EXIT_NO_GO)
        }
    }
}

/// The package of an artifact that passes every check and that the private key of `key` signed. With it comes the
/// signed statement about its evidence.
///
/// # Errors
/// The first check that fails.
pub(crate) fn signed_package(folder: &Path, key: &PublicKey) -> Result<(Package, Vec<u8>)> {
    check(folder, Some(key)).map(|verified| (verified.package, verified.signed_evidence))
}

/// An artifact that passed every check.
struct Verified {
    package: Package,
    /// What the program was asked before it was put in place.
    rehearsal: String,
    /// The statement about the evidence in its envelope.
    signed_evidence: Vec<u8>,
    /// Who signed it.
    signed: &'static str,
}

/// Runs every check. The folder is read once.
fn check(folder: &Path, key: Option<&PublicKey>) -> Result<Verified> {
    let found = read_folder(folder)?;
    let package = Package::check(found.clone(), today())?;
    let manifest = &package.manifest;
    let lock = std::str::from_utf8(file_in(&found, CARGO_LOCK)?).context("Cargo.lock is not UTF-8 text")?;
    let input = manifest.fingerprint.input(Path::new(CARGO_LOCK));
    ensure!(input == Some(sha256_hex(lock.as_bytes()).as_str()), "{CARGO_LOCK} is not the one that the gates ran with");
    let source = FormSource::read(manifest, &package.files, lock)?;
    let forms = forms::render_all(&source)?;
    for (name, expected) in &forms {
        ensure_same(name, expected, file_in(&found, name)?).with_context(|| {
            format!(
                "this is cargo-andon {}; an artifact must be verified by the version that made it",
                env!("CARGO_PKG_VERSION")
            )
        })?;
    }
    let rehearsal = check_program(manifest, &forms, &found)?;
    let digests = artifact::digests(&found);
    let mut envelopes = check_statements(&source, &digests, &found)?;
    let signed_evidence = file_in(&found, SIGNED_EVIDENCE)?.to_vec();
    let evidence = evidence_statement(manifest, file_in(&found, EVIDENCE)?);
    envelopes.push((SIGNED_EVIDENCE, check_statement(SIGNED_EVIDENCE, &signed_evidence, &evidence)?));
    let signed = check_signatures(folder, manifest, &digests, &envelopes, key)?;
    Ok(Verified { package, rehearsal, signed_evidence, signed })
}

fn file_in<'a>(found: &'a BTreeMap<String, Vec<u8>>, name: &str) -> Result<&'a [u8]> {
    found.get(name).map(Vec::as_slice).with_context(|| format!("{name} is missing"))
}

/// Compares a file with what follows from the evidence, and names the first line that differs.
fn ensure_same(name: &str, expected: &[u8], found: &[u8]) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    let expected = String::from_utf8_lossy(expected);
    let found = String::from_utf8_lossy(found);
    let mut lines = expected.lines().zip(found.lines()).enumerate();
    match lines.find(|(_, (expected, found))| expected != found) {
        Some((line, (expected, found))) => {
            bail!("{name} line {}: found {}, expected {}", line + 1, quoted(found), quoted(expected))
        }
        None => bail!("{name} is shorter or longer than expected"),
    }
}

/// Text from outside, shortened, with control characters escaped so that it cannot write on the terminal.
fn quoted(text: &str) -> String {
    let text: String = text.trim().chars().take(MAX_QUOTED_CHARS).collect();
    format!("`{}`", text.escape_debug())
}

/// Checks that the two statements say what follows from the evidence and name exactly these files. Returns their
/// envelopes.
fn check_statements(
    source: &FormSource<'_>,
    digests: &BTreeMap<String, String>,
    found: &BTreeMap<String, Vec<u8>>,
) -> Result<Vec<(&'static str, Envelope)>> {
    let checked = statements(source, digests)?.into_iter().map(|(name, statement)| {
        let expected: Value = serde_json::from_slice(&statement)?;
        Ok((name, check_statement(name, file_in(found, name)?, &expected)?))
    });
    checked.collect()
}

/// Checks that an envelope holds this statement, and returns the envelope.
fn check_statement(name: &str, envelope: &[u8], expected: &Value) -> Result<Envelope> {
    let envelope = Envelope::read(envelope).with_context(|| name.to_owned())?;
    let stated: Value =
        serde_json::from_slice(&envelope.payload()?).with_context(|| format!("the payload of {name} is not JSON"))?;
    ensure_same(name, pretty(expected)?.as_bytes(), pretty(&stated)?.as_bytes())?;
    Ok(envelope)
}

fn pretty(value: &Value) -> Result<String> {
    Ok(serde_json::to_string_pretty(value)?)
}

/// Checks that the folder holds the program that was rehearsed, and no file beside it that is neither in the package
/// nor follows from it. Scores alone have no program. Returns the line about the rehearsal.
fn check_program(
    manifest: &Manifest,
    forms: &BTreeMap<String, Vec<u8>>,
    found: &BTreeMap<String, Vec<u8>>,
) -> Result<String> {
    if manifest.decision.outcome == Outcome::GoForScores {
        check_no_other_files(manifest, forms, found, &[])?;
        return Ok(only_scores::NO_PROGRAM.to_owned());
    }
    // The artifact may be of another operating system.
    let programs = [manifest.name.clone(), format!("{}.exe", manifest.name)];
    let program = programs.iter().find_map(|name| found.get(name));
    let program = program.with_context(|| format!("the program {} is missing", manifest.name))?;
    let of_program = [&programs[0], &programs[1], REHEARSAL_FILE];
    check_no_other_files(manifest, forms, found, &of_program)?;
    let rehearsal: RehearsalRecord =
        serde_json::from_slice(file_in(found, REHEARSAL_FILE)?).with_context(|| REHEARSAL_FILE.to_owned())?;
    rehearsal.check(program, &manifest.decision)?;
    Ok(rehearsal.line())
}

fn check_no_other_files(
    manifest: &Manifest,
    forms: &BTreeMap<String, Vec<u8>>,
    found: &BTreeMap<String, Vec<u8>>,
    of_program: &[&str],
) -> Result<()> {
    let known = |name: &String| {
        manifest.files.contains_key(name)
            || forms.contains_key(name)
            || of_program.contains(&name.as_str())
            || [EVIDENCE, SIGNED_EVIDENCE, VERDICT_FILE, MEASURED_FILE, SUMS].contains(&name.as_str())
    };
    match found.keys().find(|name| !known(name)) {
        Some(name) => bail!("{} does not belong to the artifact", quoted(name)),
        None => Ok(()),
    }
}

fn check_signatures(
    folder: &Path,
    manifest: &Manifest,
    digests: &BTreeMap<String, String>,
    envelopes: &[(&'static str, Envelope)],
    key: Option<&PublicKey>,
) -> Result<&'static str> {
    let signature = artifact::signature_path(folder);
    let is_signed = envelopes.iter().any(|(_, envelope)| envelope.is_signed()) || signature.exists();
    let Some(key) = key else {
        return Ok(if is_signed {
            "signed, but not checked: no key was given with --public-key"
        } else {
            "UNSIGNED: anybody could have made this folder, including the program"
        });
    };
    for (name, envelope) in envelopes {
        envelope.check(key).with_context(|| (*name).to_owned())?;
    }
    let name = signature.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bundle = files::read(&signature).with_context(|| format!("{name} must lie beside the folder"))?;
    let bundle = Envelope::from_bundle(&bundle).with_context(|| name.clone())?;
    bundle.check(key).with_context(|| name.clone())?;
    let stated: Value = serde_json::from_slice(&bundle.payload()?)?;
    let expected = folder_statement(&artifact::title(manifest), digests)?;
    ensure_same(&name, pretty(&expected)?.as_bytes(), pretty(&stated)?.as_bytes())?;
    Ok("signed by this key")
}
