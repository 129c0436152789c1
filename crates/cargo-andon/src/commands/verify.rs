//! `verify`: re-reads an artifact, and believes no file of it that does not follow from the others.

use std::collections::BTreeMap;
use std::path::Path;

use andon_evidence::evidence::today;
use andon_evidence::files::{self, sha256_hex};
use andon_evidence::layout::{EVIDENCE, SUMS};
use andon_evidence::package::{Manifest, Package, read_folder};
use andon_evidence::{EXIT_GO, EXIT_NO_GO};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::artifact;
use crate::artifact::signing::{Envelope, PublicKey, folder_statement};
use crate::console::with_causes;
use crate::forms::{self, LOCK_FILE, MEASURED_FILE, Material, VERDICT_FILE, statements};

/// Checks the artifact in `folder`, and prints a line for each thing that was checked. Returns the exit code.
///
/// # Errors
/// When the public key cannot be read.
pub(crate) fn run(folder: &Path, public_key: Option<&Path>) -> Result<u8> {
    let key = public_key.map(PublicKey::read).transpose()?;
    match check(folder, key.as_ref()) {
        Ok((_, signed)) => {
            println!("{}: GO, whole, and every file says the same; {signed}", folder.display());
            Ok(EXIT_GO)
        }
        Err(error) => {
            println!("{}: NO-GO: {}", folder.display(), with_causes(&error));
            eprintln!("next: use no artifact that does not verify; cargo andon release makes a new one");
            Ok(EXIT_NO_GO)
        }
    }
}

/// The package in an artifact that checks out wholly and that the holder of `key`'s other half signed.
///
/// # Errors
/// The first thing that is wrong.
pub(crate) fn signed_package(folder: &Path, key: &PublicKey) -> Result<Package> {
    check(folder, Some(key)).map(|(package, _)| package)
}

/// Everything that can be checked; answers who signed. The folder is read once.
fn check(folder: &Path, key: Option<&PublicKey>) -> Result<(Package, &'static str)> {
    let found = read_folder(folder)?;
    let package = Package::check(found.clone(), today())?;
    let manifest = &package.manifest;
    let lock = std::str::from_utf8(of(&found, LOCK_FILE)?).context("Cargo.lock is no text")?;
    let input = manifest.fingerprint.input(Path::new(LOCK_FILE));
    ensure!(input == Some(sha256_hex(lock.as_bytes()).as_str()), "{LOCK_FILE} is not the one that the gates ran with");
    let material = Material::of(manifest, &package.files, lock)?;
    let forms = forms::render_all(&material)?;
    for (name, expected) in &forms {
        same(name, expected, of(&found, name)?).with_context(|| {
            format!("this is cargo-andon {}; what another version made, that one verifies", env!("CARGO_PKG_VERSION"))
        })?;
    }
    check_no_more(manifest, &forms, &found)?;
    let digests = artifact::digests(&found);
    let envelopes = check_statements(&material, &digests, &found)?;
    let signed = check_signatures(folder, manifest, &digests, &envelopes, key)?;
    Ok((package, signed))
}

fn of<'a>(found: &'a BTreeMap<String, Vec<u8>>, name: &str) -> Result<&'a [u8]> {
    found.get(name).map(Vec::as_slice).with_context(|| format!("{name} is missing"))
}

/// Names the first line that is not what follows from the evidence.
fn same(name: &str, expected: &[u8], found: &[u8]) -> Result<()> {
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
        None => bail!("{name} is cut off or goes on beyond its end"),
    }
}

/// Text of somebody else, harmless to a terminal and not too long for it.
fn quoted(text: &str) -> String {
    const LONGEST: usize = 200;
    let text: String = text.trim().chars().take(LONGEST).collect();
    format!("`{}`", text.escape_debug())
}

/// The two statements in their envelopes say what follows from the evidence of exactly these files.
fn check_statements(
    material: &Material<'_>,
    digests: &BTreeMap<String, String>,
    found: &BTreeMap<String, Vec<u8>>,
) -> Result<Vec<(&'static str, Envelope)>> {
    let checked = statements(material, digests)?.into_iter().map(|(name, statement)| {
        let envelope = Envelope::read(of(found, name)?).with_context(|| name.to_owned())?;
        let stated: Value =
            serde_json::from_slice(&envelope.payload()?).with_context(|| format!("{name} states no JSON"))?;
        let expected: Value = serde_json::from_slice(&statement)?;
        same(name, pretty(&expected)?.as_bytes(), pretty(&stated)?.as_bytes())?;
        Ok((name, envelope))
    });
    checked.collect()
}

fn pretty(value: &Value) -> Result<String> {
    Ok(serde_json::to_string_pretty(value)?)
}

/// Whatever is in the folder is the program, in the package, or follows from it.
fn check_no_more(
    manifest: &Manifest,
    forms: &BTreeMap<String, Vec<u8>>,
    found: &BTreeMap<String, Vec<u8>>,
) -> Result<()> {
    // Of whichever system it was built for.
    let programs = [manifest.name.clone(), format!("{}.exe", manifest.name)];
    ensure!(programs.iter().any(|name| found.contains_key(name)), "the program {} is missing", manifest.name);
    let known = |name: &String| {
        manifest.files.contains_key(name)
            || forms.contains_key(name)
            || programs.contains(name)
            || [EVIDENCE, VERDICT_FILE, MEASURED_FILE, SUMS].contains(&name.as_str())
    };
    match found.keys().find(|name| !known(name)) {
        Some(name) => bail!("{} belongs to no artifact", quoted(name)),
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
            "signed by a key that was not given: --public-key"
        } else {
            "UNSIGNED: whoever made this folder could have made all of it, the program included"
        });
    };
    for (name, envelope) in envelopes {
        envelope.check(key).with_context(|| (*name).to_owned())?;
    }
    let name = signature.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bundle = files::read(&signature).with_context(|| format!("{name} must lie beside the folder"))?;
    let bundle = Envelope::of_bundle(&bundle).with_context(|| name.clone())?;
    bundle.check(key).with_context(|| name.clone())?;
    let stated: Value = serde_json::from_slice(&bundle.payload()?)?;
    let expected = folder_statement(&artifact::title(manifest), digests)?;
    same(&name, pretty(&expected)?.as_bytes(), pretty(&stated)?.as_bytes())?;
    Ok("signed by this key")
}
