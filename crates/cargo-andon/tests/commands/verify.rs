//! `keygen`, `release --sign-with` and `verify`: an artifact proves who made it, and that nothing in it was changed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use andon_evidence::evidence::today;
use andon_evidence::files::sha256_hex;
use andon_evidence::fingerprint::Toolchain;
use andon_evidence::package::Package;
use andon_evidence::signature::PublicKey;

use crate::{GREEN, SmallRelease, code, err, out, run};

pub(crate) fn verify(folder: &Path, public_key: Option<&Path>) -> Output {
    let folder = folder.to_str().unwrap();
    let key = public_key.map(|key| ["--public-key", key.to_str().unwrap()]);
    let arguments: Vec<&str> = ["verify", folder].into_iter().chain(key.into_iter().flatten()).collect();
    run(Path::new("/"), &arguments, Path::new("cargo"))
}

/// Makes a key pair outside any release, and returns the paths of the private and the public key.
fn make_key_pair(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    let path = folder.join(name);
    let output = run(folder, &["keygen", path.to_str().unwrap()], Path::new("cargo"));
    assert_eq!(code(&output), 0, "{}", err(&output));
    (path.clone(), folder.join(format!("{name}.pub")))
}

fn release_signed(release: &SmallRelease, key: &Path) {
    let output = release.release_with(GREEN, &["--sign-with", key.to_str().unwrap()]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(err(&output).contains(", signed"), "{}", err(&output));
}

/// The path of every file below a folder.
fn all_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { all_files(&path) } else { vec![path] }).collect()
}

/// Writes the digests again, as a forger would.
pub(crate) fn rewrite_sums(folder: &Path) {
    let mut lines: Vec<(String, String)> = Vec::new();
    for path in all_files(folder) {
        let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        if name != "SHA256SUMS" {
            lines.push((name, andon_evidence::files::sha256_hex(&fs::read(&path).unwrap())));
        }
    }
    lines.sort();
    let text: String = lines.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
    fs::write(folder.join("SHA256SUMS"), text).unwrap();
}

#[test]
fn an_unsigned_artifact_verifies_and_says_so_and_is_not_signed_by_anybody() {
    let release = SmallRelease::measured(0.9);
    let keys = tempfile::tempdir().unwrap();
    let output = release.release(GREEN);
    assert!(err(&output).contains(", UNSIGNED"), "{}", err(&output));
    let output = verify(&release.dist(), None);
    assert_eq!(code(&output), 0, "{}", out(&output));
    assert!(out(&output).contains("GO, complete") && out(&output).contains("UNSIGNED"), "{}", out(&output));
    let (_, public) = make_key_pair(keys.path(), "a.pem");
    let output = verify(&release.dist(), Some(&public));
    assert_eq!(code(&output), 1);
    assert!(out(&output).contains("verdict.intoto.json: not signed"), "{}", out(&output));
}

#[test]
fn a_signature_is_of_one_key_and_the_same_for_the_same_package() {
    let release = SmallRelease::measured(0.9);
    let keys = tempfile::tempdir().unwrap();
    let ((private, public), (_, other)) = (make_key_pair(keys.path(), "a.pem"), make_key_pair(keys.path(), "b.pem"));
    release_signed(&release, &private);
    let bytes =
        || all_files(&release.root().join("dist")).into_iter().map(|path| fs::read(path).unwrap()).collect::<Vec<_>>();
    let first = bytes();
    assert_eq!(code(&verify(&release.dist(), Some(&public))), 0, "{}", out(&verify(&release.dist(), Some(&public))));
    assert!(out(&verify(&release.dist(), None)).contains("no key was given with --public-key"));
    let output = verify(&release.dist(), Some(&other));
    assert_eq!(code(&output), 1);
    assert!(out(&output).contains("from another key"), "{}", out(&output));
    release_signed(&release, &private);
    assert_eq!(bytes(), first, "the same inputs give the same bytes");
}

#[test]
fn no_file_can_be_changed_or_removed_even_with_new_sums() {
    let release = SmallRelease::measured(0.9);
    let keys = tempfile::tempdir().unwrap();
    let (private, public) = make_key_pair(keys.path(), "a.pem");
    release_signed(&release, &private);
    let folder = release.dist();
    for path in all_files(&folder) {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        let good = fs::read(&path).unwrap();
        let refused = |what: &str| {
            // Only the key can tell that a signature was changed.
            let is_in_signature = name.ends_with(".intoto.json") && what == "changed, with new sums";
            for public_key in [None, Some(public.as_path())].into_iter().skip(usize::from(is_in_signature)) {
                let output = verify(&folder, public_key);
                assert_eq!(code(&output), 1, "{name} {what}: {}", out(&output));
                assert!(out(&output).contains("NO-GO: "), "{}", out(&output));
            }
        };
        let digit = good.iter().rposition(u8::is_ascii_digit).unwrap_or(0);
        let mut bad = good.clone();
        bad[digit] = if bad[digit] == b'7' { b'8' } else { b'7' };
        fs::write(&path, &bad).unwrap();
        refused("changed");
        if name != "SHA256SUMS" {
            let old = fs::read(folder.join("SHA256SUMS")).unwrap();
            rewrite_sums(&folder);
            refused("changed, with new sums");
            fs::write(folder.join("SHA256SUMS"), old).unwrap();
        }
        fs::remove_file(&path).unwrap();
        refused("removed");
        fs::write(&path, good).unwrap();
    }
}

#[test]
fn a_file_that_does_not_belong_to_the_artifact_is_refused_even_with_new_sums() {
    let release = SmallRelease::measured(0.9);
    let keys = tempfile::tempdir().unwrap();
    let (private, public) = make_key_pair(keys.path(), "a.pem");
    release_signed(&release, &private);
    let folder = release.dist();
    fs::write(folder.join("extra"), "").unwrap();
    assert_eq!(code(&verify(&folder, None)), 1);
    rewrite_sums(&folder);
    let output = verify(&folder, None);
    assert!(code(&output) == 1 && out(&output).contains("extra"), "{}", out(&output));
    fs::remove_file(folder.join("extra")).unwrap();
    rewrite_sums(&folder);
    assert_eq!(code(&verify(&folder, Some(&public))), 0);
    std::os::unix::fs::symlink("model.json", folder.join("link")).unwrap();
    assert_eq!(code(&verify(&folder, None)), 1);
}

#[test]
fn the_folder_signature_can_be_neither_cut_nor_another_folders() {
    let release = SmallRelease::measured(0.9);
    let keys = tempfile::tempdir().unwrap();
    let (private, public) = make_key_pair(keys.path(), "a.pem");
    release_signed(&release, &private);
    let path = release.root().join("dist/small-1.2.3.sig.json");
    let good = fs::read_to_string(&path).unwrap();
    for bad in ["", "{}", &good[..good.len() / 2], &good.replace("\"sig\": \"", "\"sig\": \"AA")] {
        fs::write(&path, bad).unwrap();
        assert_eq!(code(&verify(&release.dist(), Some(&public))), 1, "{bad}");
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(code(&verify(&release.dist(), Some(&public))), 1);
    fs::write(&path, good).unwrap();
    assert_eq!(code(&verify(&release.dist(), Some(&public))), 0);
    assert_eq!(code(&release.release(GREEN)), 0);
    assert!(!path.exists(), "an unsigned artifact has no signature beside it");
}

#[test]
fn keys_are_for_their_owner_outside_the_repository_and_never_overwritten() {
    let release = SmallRelease::measured(0.9);
    let keys = tempfile::tempdir().unwrap();
    let (private, _) = make_key_pair(keys.path(), "a.pem");
    assert_eq!(fs::metadata(&private).unwrap().permissions().mode() & 0o777, 0o600);
    let again = run(keys.path(), &["keygen", "a.pem"], Path::new("cargo"));
    assert!(code(&again) == 2 && err(&again).contains("a.pem"), "{}", err(&again));
    let inside = run(release.root(), &["keygen", "a.pem"], Path::new("cargo"));
    assert!(code(&inside) == 2 && err(&inside).contains("lies in the repository "), "{}", err(&inside));
    fs::set_permissions(&private, fs::Permissions::from_mode(0o640)).unwrap();
    let output = release.release_with(GREEN, &["--sign-with", private.to_str().unwrap()]);
    assert!(code(&output) == 2 && err(&output).contains("next: chmod 600 "), "{}", err(&output));
    fs::set_permissions(&private, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&private, "-----BEGIN PRIVATE KEY-----\n").unwrap();
    let output = release.release_with(GREEN, &["--sign-with", private.to_str().unwrap()]);
    assert!(code(&output) == 2 && err(&output).contains("no P-256 private key"), "{}", err(&output));
    assert!(!release.dist().exists());
}

/// Copies the release to another machine, on which no gate has run.
fn copy_to_another_machine(release: &SmallRelease) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for path in ["release.toml", "Cargo.toml", "Cargo.lock", "data/x.csv", "src/main.rs", "releases.jsonl"] {
        fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
        fs::copy(release.root().join(path), folder.path().join(path)).unwrap();
    }
    folder
}

fn import_into(root: &Path, artifact: &Path) -> Output {
    run(root, &["import", artifact.to_str().unwrap()], Path::new("cargo"))
}

#[test]
fn what_a_trusted_machine_signed_counts_here_on_the_same_inputs_and_nothing_else_does() {
    let keys = tempfile::tempdir().unwrap();
    let ((private, public), (stranger, _)) = (make_key_pair(keys.path(), "a.pem"), make_key_pair(keys.path(), "b.pem"));
    let trust = format!("[trust]\npublic_key = \"\"\"\n{}\"\"\"\n", fs::read_to_string(public).unwrap());
    let release = SmallRelease::trusting(&trust);
    release_signed(&release, &private);
    let there = copy_to_another_machine(&release);
    let status = || run(there.path(), &["status"], Path::new("cargo"));
    assert_eq!(code(&status()), 3, "no gate ran there");
    let output = import_into(there.path(), &release.dist());
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(out(&output).contains("Decision: GO") && code(&status()) == 0);

    let changed = copy_to_another_machine(&release);
    fs::write(changed.path().join("src/main.rs"), "// changed").unwrap();
    let output = import_into(changed.path(), &release.dist());
    assert!(code(&output) == 2 && err(&output).contains("other inputs: src/main.rs"), "{}", err(&output));
    assert!(!changed.path().join("target/andon/evidence").exists(), "nothing was taken over");

    let other = copy_to_another_machine(&release);
    fs::remove_file(other.path().join("releases.jsonl")).unwrap();
    let output = import_into(other.path(), &release.dist());
    assert!(code(&output) == 2 && err(&output).contains("next: copy releases.jsonl"), "{}", err(&output));

    let nobody = SmallRelease::measured(0.9);
    release_signed(&nobody, &stranger);
    let output = import_into(there.path(), &nobody.dist());
    assert!(code(&output) == 2 && err(&output).contains("the signature is from another key"), "{}", err(&output));
    assert_eq!(code(&nobody.release(GREEN)), 0);
    assert!(err(&import_into(there.path(), &nobody.dist())).contains("not signed"));

    let nobody = SmallRelease::measured(0.9);
    release_signed(&nobody, &private);
    let output = import_into(copy_to_another_machine(&nobody).path(), &nobody.dist());
    assert!(code(&output) == 2 && err(&output).contains("release.toml trusts no key\nnext: "), "{}", err(&output));
}

/// Replaces the model in an artifact: everything that names its digest is written anew, and no key is needed.
/// Files and variables that only the compiler of the other machine knew of.
#[test]
fn an_import_reads_here_what_only_the_compiler_there_knew_of() {
    let keys = tempfile::tempdir().unwrap();
    let (private, public) = make_key_pair(keys.path(), "a.pem");
    let trust = format!("[trust]\npublic_key = \"\"\"\n{}\"\"\"\n", fs::read_to_string(public).unwrap());
    let release = SmallRelease::trusting(&trust);
    release.write("docs/limit.txt", "0.5");
    let listed = serde_json::json!({ "files": ["docs/limit.txt"], "variables": { "LEVEL": "3".repeat(64) } });
    let compiled = release.root().join("target/andon/compiled.json");
    andon_evidence::files::write_sealed(&compiled, &listed).unwrap();
    release.record("accuracy.accuracy", 0.9);
    release.record("latency.decision", 1.0);
    release_signed(&release, &private);
    let there = copy_to_another_machine(&release);
    let output = import_into(there.path(), &release.dist());
    assert!(code(&output) == 2 && err(&output).contains("other inputs: docs/limit.txt"), "{}", err(&output));
    assert!(!there.path().join("target/andon").exists(), "nothing was taken over");
    fs::create_dir_all(there.path().join("docs")).unwrap();
    fs::write(there.path().join("docs/limit.txt"), "0.6").unwrap();
    assert_eq!(code(&import_into(there.path(), &release.dist())), 2, "the file is another one here");
    fs::write(there.path().join("docs/limit.txt"), "0.5").unwrap();
    let output = import_into(there.path(), &release.dist());
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert_eq!(code(&run(there.path(), &["status"], Path::new("cargo"))), 0, "the list is kept for the build");
    fs::write(there.path().join("docs/limit.txt"), "0.7").unwrap();
    assert_eq!(code(&run(there.path(), &["status"], Path::new("cargo"))), 3);
}

fn forge_model(folder: &Path) {
    let digests = [fs::read(folder.join("model.json")).unwrap(), b"{ }".to_vec()].map(|model| sha256_hex(&model));
    let evidence = fs::read_to_string(folder.join("evidence.json")).unwrap();
    fs::write(folder.join("evidence.json"), evidence.replace(&digests[0], &digests[1])).unwrap();
    fs::write(folder.join("model.json"), "{ }").unwrap();
    rewrite_sums(folder);
}

#[test]
fn a_forged_artifact_passes_every_check_but_that_of_the_key() {
    let keys = tempfile::tempdir().unwrap();
    let ((private, public), (_, other)) = (make_key_pair(keys.path(), "a.pem"), make_key_pair(keys.path(), "b.pem"));
    let [key, other] = [&public, &other].map(|path| PublicKey::read(path).unwrap());
    let trust = format!("[trust]\npublic_key = \"\"\"\n{}\"\"\"\n", fs::read_to_string(&public).unwrap());
    for (release, trusts) in [(SmallRelease::measured(0.9), false), (SmallRelease::trusting(&trust), true)] {
        release_signed(&release, &private);
        let read =
            |key| Package::read_trusted(&release.dist(), today(), key).map(drop).map_err(|error| error.to_string());
        assert_eq!((read(None), read(Some(&key))), (Ok(()), Ok(())));
        assert!(read(Some(&other)).unwrap_err().contains("the signature is from another key"));
        forge_model(&release.dist());
        assert!(Package::read(&release.dist(), today()).is_ok(), "nothing but a key tells the forgery");
        assert_eq!(read(None).is_err(), trusts);
        assert!(read(Some(&key)).unwrap_err().contains("the signature is about other evidence"));
        fs::remove_file(release.dist().join("evidence.intoto.json")).unwrap();
        rewrite_sums(&release.dist());
        assert!(read(Some(&key)).unwrap_err().contains("not signed\nnext: "));
    }
}

/// The store is where a forger without a key would write, and the build script is where he would be believed.
#[test]
fn a_release_that_trusts_a_key_is_built_from_evidence_that_this_key_signed_and_from_no_other() {
    let keys = tempfile::tempdir().unwrap();
    let ((private, public), (stranger, _)) = (make_key_pair(keys.path(), "a.pem"), make_key_pair(keys.path(), "b.pem"));
    let trust = format!("[trust]\npublic_key = \"\"\"\n{}\"\"\"\n", fs::read_to_string(public).unwrap());
    let release = SmallRelease::trusting(&trust);
    let trusted = || {
        let package = Package::assemble(release.root(), &Toolchain::current(), today()).unwrap();
        package.check_trust(release.root()).map_err(|error| error.to_string())
    };
    for (arguments, reason) in
        [(vec![], "not signed"), (vec!["--sign-with", stranger.to_str().unwrap()], "another key")]
    {
        let output = release.release_with(GREEN, &arguments);
        let said = err(&output);
        assert!(code(&output) == 2 && said.contains("not signed by the key that is trusted"), "{said}");
        assert!(said.contains(reason) && said.contains("next: cargo andon release --sign-with"), "{said}");
        assert!(!release.dist().exists() && trusted().unwrap_err().contains(reason));
    }
    release_signed(&release, &private);
    assert_eq!(trusted(), Ok(()));
    // The same verdict again, of a later second: green, whole, and not what was signed.
    release.record("accuracy.accuracy", 0.95);
    assert!(trusted().unwrap_err().contains("the signature is about other evidence"));
    let output = release.release(GREEN);
    assert!(code(&output) == 2 && err(&output).contains("other evidence"), "{}", err(&output));
}

#[test]
fn what_was_red_here_is_not_made_green_by_an_import() {
    let keys = tempfile::tempdir().unwrap();
    let (private, public) = make_key_pair(keys.path(), "a.pem");
    let trust = format!("[trust]\npublic_key = \"\"\"\n{}\"\"\"\n", fs::read_to_string(public).unwrap());
    let release = SmallRelease::trusting(&trust);
    release_signed(&release, &private);
    let artifact = keys.path().join("small-1.2.3");
    fs::rename(release.dist(), &artifact).unwrap();
    fs::rename(release.root().join("dist/small-1.2.3.sig.json"), keys.path().join("small-1.2.3.sig.json")).unwrap();
    assert_eq!(code(&import_into(release.root(), &artifact)), 0, "over what is green");
    release.record("accuracy.accuracy", 0.7);
    let output = import_into(release.root(), &artifact);
    let red = "accuracy.accuracy is not GO on this machine, on the same inputs\nnext: cargo test --test gate -- --exact accuracy::accuracy";
    assert!(code(&output) == 2 && err(&output).contains(red), "{}", err(&output));
    assert_eq!(code(&run(release.root(), &["status"], Path::new("cargo"))), 1, "as it was");
}

#[test]
fn an_artifact_is_known_by_any_folder_name_and_cannot_write_on_the_terminal() {
    let release = SmallRelease::measured(0.9);
    let keys = tempfile::tempdir().unwrap();
    let (private, public) = make_key_pair(keys.path(), "a.pem");
    release_signed(&release, &private);
    let moved = keys.path().join("downloaded");
    fs::rename(release.dist(), &moved).unwrap();
    let output = verify(&moved, Some(&public));
    assert!(out(&output).contains("downloaded.sig.json must lie beside the folder"), "{}", out(&output));
    fs::rename(release.root().join("dist/small-1.2.3.sig.json"), keys.path().join("downloaded.sig.json")).unwrap();
    assert_eq!(code(&verify(&moved, Some(&public))), 0);
    let sarif = moved.join("andon.sarif");
    let text = fs::read_to_string(&sarif).unwrap();
    fs::write(&sarif, text.replacen("\"version\"", "\r\u{1b}[2KGO, complete\"version\"", 1)).unwrap();
    rewrite_sums(&moved);
    let output = verify(&moved, None);
    assert!(code(&output) == 1 && !out(&output).contains(['\u{1b}', '\r']), "{}", out(&output));
    assert!(err(&output).contains("next: "), "{}", err(&output));
}

#[test]
fn a_key_stays_outside_of_any_repository_wherever_one_stands_and_whatever_a_link_says() {
    let release = SmallRelease::measured(0.9);
    let keys = tempfile::tempdir().unwrap();
    let inside = release.root().join("src/key.pem");
    let output = run(keys.path(), &["keygen", inside.to_str().unwrap()], Path::new("cargo"));
    assert!(code(&output) == 2 && !inside.exists(), "{}", err(&output));
    fs::create_dir(keys.path().join(".git")).unwrap();
    assert_eq!(code(&run(keys.path(), &["keygen", "key.pem"], Path::new("cargo"))), 2);
    fs::remove_dir(keys.path().join(".git")).unwrap();
    let (private, _) = make_key_pair(keys.path(), "a.pem");
    fs::rename(&private, &inside).unwrap();
    std::os::unix::fs::symlink(&inside, &private).unwrap();
    let output = release.release_with(GREEN, &["--sign-with", private.to_str().unwrap()]);
    assert!(code(&output) == 2 && err(&output).contains("lies in the repository "), "{}", err(&output));
    fs::write(keys.path().join("b.pem.pub"), "").unwrap();
    let output = run(keys.path(), &["keygen", "b.pem"], Path::new("cargo"));
    assert!(code(&output) == 2 && !keys.path().join("b.pem").exists(), "{}", err(&output));
}
