//! The folder that a package ships in: every way in which it can be another than the one that was decided on.

use std::fs;
use std::path::{Path, PathBuf};

use andon_evidence::files::sha256_hex;
use andon_evidence::layout::{CARD, EVIDENCE, MODEL, SUMS};
use andon_evidence::package::{Package, PackageError};
use jiff::civil::date;
use tempfile::TempDir;

use crate::release::{ACCURACY, Files, LATENCY, TODAY, TestRelease, fast, found, green, red};

/// The files of a folder, as `cargo andon release` leaves it: the package, the program `small`, the digests.
fn shipped(release: &TestRelease) -> Files {
    let mut files = release.assemble().unwrap().all_files().unwrap();
    files.insert("small".to_owned(), b"\x7fELF".to_vec());
    with_sums(files)
}

fn with_sums(mut files: Files) -> Files {
    files.remove(SUMS);
    let lines: String = files.iter().map(|(name, bytes)| format!("{}  {name}\n", sha256_hex(bytes))).collect();
    files.insert(SUMS.to_owned(), lines.into_bytes());
    files
}

fn put(folder: &Path, files: &Files) {
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).unwrap();
    }
}

fn folder_of(files: &Files) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), files);
    folder
}

fn refused(folder: &Path) -> String {
    Package::read(folder, TODAY).unwrap_err().to_string()
}

/// The refusal of what shipped, once changed.
fn refused_once(change: impl FnOnce(&Path)) -> String {
    let folder = folder_of(&shipped(&found(green())));
    Package::read(folder.path(), TODAY).unwrap();
    change(folder.path());
    refused(folder.path())
}

#[test]
fn what_shipped_is_read_back_also_through_a_link_and_without_the_program() {
    let release = found(green());
    let files = shipped(&release);
    let folder = folder_of(&files);
    let package = Package::read(folder.path(), TODAY).unwrap();
    assert_eq!(package.all_files().unwrap(), release.assemble().unwrap().all_files().unwrap());
    assert_eq!(package.policy().unwrap().data.id, release.policy().data.id);
    #[cfg(unix)]
    {
        let elsewhere = tempfile::tempdir().unwrap();
        let current = elsewhere.path().join("current");
        std::os::unix::fs::symlink(folder.path(), &current).unwrap();
        assert_eq!(Package::read(&current, TODAY).unwrap().files, package.files);
    }
    let mut files = files;
    files.remove("small");
    assert_eq!(Package::read(folder_of(&with_sums(files)).path(), TODAY).unwrap().files, package.files);
}

#[test]
fn every_changed_missing_cut_and_extra_file_is_named() {
    let files = shipped(&found(green()));
    // What is empty can be neither cut nor changed in its first byte.
    for (name, bytes) in files.iter().filter(|(name, bytes)| *name != SUMS && !bytes.is_empty()) {
        let digest = format!("{name} does not hash to its digest in {SUMS}");
        let mut changed = bytes.clone();
        changed[0] ^= 1;
        assert_eq!(refused_once(|folder| fs::write(folder.join(name), &changed).unwrap()), digest);
        assert_eq!(refused_once(|folder| fs::write(folder.join(name), &bytes[..bytes.len() - 1]).unwrap()), digest);
        assert_eq!(refused_once(|folder| fs::remove_file(folder.join(name)).unwrap()), format!("{name} is missing"));
    }
    assert_eq!(refused_once(|folder| fs::remove_file(folder.join(SUMS)).unwrap()), "SHA256SUMS is missing");
    assert_eq!(refused_once(|folder| fs::write(folder.join("x"), "").unwrap()), "x is not listed in SHA256SUMS");
    assert_eq!(refused_once(|folder| fs::create_dir(folder.join("x")).unwrap()), "x is not listed in SHA256SUMS");
    assert!(refused_once(|folder| fs::remove_dir_all(folder).unwrap()).starts_with("failed to find "));
}

#[test]
fn files_for_other_tools_are_listed_also_in_folders_and_not_part_of_the_package() {
    let mut files = shipped(&found(green()));
    files.insert("bom.json".to_owned(), b"{}".to_vec());
    let folder = folder_of(&files);
    fs::create_dir(folder.path().join(".in")).unwrap();
    files.insert(".in/x.yaml".to_owned(), b"[]".to_vec());
    put(folder.path(), &with_sums(files));
    let package = Package::read(folder.path(), TODAY).unwrap();
    assert!(!package.files.contains_key("bom.json") && !package.files.contains_key(".in/x.yaml"));
    fs::write(folder.path().join(".in/y"), "").unwrap();
    assert_eq!(refused(folder.path()), ".in/y is not listed in SHA256SUMS");
    fs::remove_dir_all(folder.path().join(".in")).unwrap();
    assert_eq!(refused(folder.path()), ".in/x.yaml is missing");
    #[cfg(unix)]
    {
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("x.yaml"), "[]").unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join(".in")).unwrap();
        assert_eq!(refused(folder.path()), ".in is not listed in SHA256SUMS");
    }
}

/// The digests beside the files say nothing: whoever can change a file can change them too.
#[test]
fn a_change_that_the_sums_go_along_with_is_found_by_the_evidence() {
    let changed = |change: &dyn Fn(&mut Files)| {
        let mut files = shipped(&found(green()));
        change(&mut files);
        refused(folder_of(&with_sums(files)).path())
    };
    for name in [MODEL, CARD, "release.toml"] {
        let message = changed(&|files| files.get_mut(name).unwrap().push(b'\n'));
        assert_eq!(message, format!("{name} does not hash to its digest in {EVIDENCE}"));
        assert!(changed(&|files| drop(files.remove(name))).contains("its manifest"));
    }
    assert_eq!(changed(&|files| drop(files.remove(EVIDENCE))), "evidence.json is missing");
    let edited = |from: &str, to: &str| {
        changed(&|files| {
            let text = String::from_utf8(files[EVIDENCE].clone()).unwrap();
            assert!(text.contains(from), "{from} in {text}");
            files.insert(EVIDENCE.to_owned(), text.replace(from, to).into_bytes());
        })
    };
    assert!(edited("\"outcome\": \"GO\"", "\"outcome\": \"NO-GO\"").contains("must not be packaged"));
    assert!(edited("\"low\": 0.8", "\"low\": 0.7").contains("the evidence of accuracy.accuracy does not give GO"));
    assert!(edited("\"outcome\"", "\"outcome").contains("evidence.json is not of the expected form"));
}

#[test]
fn a_waiver_holds_on_its_last_day_and_not_on_the_next() {
    let release = TestRelease::waived_until("2026-04-01");
    release.record(ACCURACY, red()).record(LATENCY, fast());
    let folder = folder_of(&shipped(&release));
    Package::read(folder.path(), date(2026, 4, 1)).unwrap();
    let early = Package::read(folder.path(), date(2026, 3, 30)).unwrap_err();
    assert!(matches!(early, PackageError::FromTheFuture { .. }), "{early}");
    let error = Package::read(folder.path(), date(2026, 4, 2)).unwrap_err();
    assert!(matches!(error, PackageError::Expired { .. }));
    assert_eq!(error.to_string(), "the waiver for accuracy.accuracy expired on 2026-04-01");
}

/// A program whose own model may no longer decide serves another one, and asks its own which key to trust.
#[test]
fn a_package_whose_time_is_over_is_still_whole() {
    let release = TestRelease::waived_until("2026-04-01");
    release.record(ACCURACY, red()).record(LATENCY, fast());
    let mut files = shipped(&release);
    assert!(matches!(Package::check(files.clone(), date(2026, 4, 2)), Err(PackageError::Expired { .. })));
    assert_eq!(Package::check_apart_from_dates(files.clone()).unwrap().manifest.name, "small");
    files.insert(CARD.to_owned(), b"another card".to_vec());
    assert!(Package::check_apart_from_dates(files).is_err());
}

#[test]
fn sums_that_lead_elsewhere_or_say_nothing_are_refused() {
    let sums = |text: &str| refused_once(|folder| fs::write(folder.join(SUMS), text).unwrap());
    for line in
        ["x", "", "0  ../x", "0  /etc/passwd", "0  a/../b", "0  a//b", "0  ./a", "0  a/", "0  ..", "0  ", "\u{fffd}\0"]
    {
        let message = sums(&format!("{line}\n"));
        assert_eq!(message, "SHA256SUMS: line 1 is not a digest and a file name", "{line}");
    }
    assert_eq!(sums("0  x\n1  x\n"), "SHA256SUMS: x is listed twice");
    assert!(sums("").ends_with("is not listed in SHA256SUMS"));
}

#[cfg(unix)]
#[test]
fn neither_a_link_nor_a_pipe_nor_a_file_without_end_is_read() {
    let replaced = |with: &dyn Fn(PathBuf)| {
        refused_once(|folder| {
            let path = folder.join(MODEL);
            fs::remove_file(&path).unwrap();
            with(path);
        })
    };
    let plain = "model.json is not a plain file";
    assert_eq!(replaced(&|path| std::os::unix::fs::symlink("/etc/passwd", path).unwrap()), plain);
    assert_eq!(replaced(&|path| std::os::unix::fs::symlink(CARD, path).unwrap()), plain);
    assert_eq!(replaced(&|path| fs::create_dir(path).unwrap()), plain);
    let pipe = |path: PathBuf| assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    assert_eq!(replaced(&pipe), plain);
    let huge = |path: PathBuf| fs::File::create(path).unwrap().set_len(1 << 40).unwrap();
    assert_eq!(replaced(&huge), "model.json is too large: all files together may have at most 536870912 bytes");
}
