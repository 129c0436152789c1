//! Every input changes the fingerprint, and nothing else does.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::compiled::Compiled;
use super::*;

fn release() -> (tempfile::TempDir, Policy) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let write = |path: &str, text: &str| {
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), text).unwrap();
    };
    write("release.toml", include_str!("../../tests/minimal.toml"));
    write("data/x.csv", "id,size,price,good,group\n");
    write(
        "Cargo.toml",
        "[package]\nname = \"x\"\nbuild = \"other.rs\"\n[target.'cfg(unix)'.dependencies]\na = { path = \"crates/a\" }\n[[bin]]\npath = \"odd/tool.rs\"\n[[bin]]\npath = \"tool.rs\"\n",
    );
    write("odd/tool.rs", "");
    write("tool.rs", "mod beside;");
    write("helper.rs", "mod inner;");
    write("other.rs", "");
    write("vendored/x/lib.rs", "");
    write(".cargo/config.toml", "[source.vendored]\ndirectory = \"vendored\"\n");
    write("Cargo.lock", "");
    write("src/lib.rs", "");
    write("tests/gate/main.rs", "");
    write("snapshots/card.snap", "");
    write("crates/a/Cargo.toml", "[dependencies]\nb = { path = \"../b\" }\n");
    write("crates/a/src/lib.rs", "");
    write("crates/b/Cargo.toml", "");
    write("crates/b/src/lib.rs", "");
    write("crates/b/tests/own.rs", "");
    let mut policy = Policy::read(root).unwrap();
    policy.drift = Some(Drift::Reference("data/earlier.csv".into()));
    (folder, policy)
}

fn take(root: &Path, policy: &Policy) -> String {
    Fingerprint::take(root, policy, &Toolchain::current()).unwrap().digest().to_owned()
}

#[test]
fn a_changed_byte_in_any_input_changes_it() {
    let (folder, policy) = release();
    let mut seen = BTreeSet::from([take(folder.path(), &policy)]);
    let inputs = [
        "release.toml",
        "data/x.csv",
        "data/earlier.csv",
        "Cargo.toml",
        "Cargo.lock",
        "src/lib.rs",
        "tests/gate/main.rs",
        "snapshots/card.snap",
        "crates/a/src/lib.rs",
        "crates/b/src/lib.rs",
        "build.rs",
        "other.rs",
        "vendored/x/lib.rs",
        "src/target/mod.rs",
        "src/.hidden.rs",
        "rust-toolchain",
        "odd/tool.rs",
        "odd/beside.rs",
        "tool.rs",
        "beside.rs",
        "helper/inner.rs",
        "released/evidence.json",
        ".cargo/config.toml",
    ];
    for input in inputs {
        let path = folder.path().join(input);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = fs::read_to_string(&path).unwrap_or_default();
        fs::write(&path, format!("{text}#")).unwrap();
        assert!(seen.insert(take(folder.path(), &policy)), "{input} is not in the fingerprint");
    }
    let other = Toolchain { target: "other".to_owned(), ..Toolchain::current() };
    assert!(seen.insert(Fingerprint::take(folder.path(), &policy, &other).unwrap().digest));
}

#[test]
fn leftovers_and_the_harness_s_own_tests_do_not_change_it() {
    let (folder, policy) = release();
    let before = take(folder.path(), &policy);
    let others =
        ["snapshots/card.snap.new", "README.md", "crates/b/tests/own.rs", "crates/b/fuzz/corpus/x", "target/x"];
    for path in others {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "changed").unwrap();
    }
    assert_eq!(take(folder.path(), &policy), before);
}

#[test]
fn a_release_without_data_or_lock_file_has_no_fingerprint() {
    for missing in ["data/x.csv", "Cargo.lock"] {
        let (folder, policy) = release();
        fs::remove_file(folder.path().join(missing)).unwrap();
        let error = Fingerprint::take(folder.path(), &policy, &Toolchain::current()).unwrap_err();
        assert!(error.to_string().contains(missing), "{error}");
    }
}

/// A target folder in which cargo built the test program `gate-1` of a release, with its library and others.
struct Built {
    release: tempfile::TempDir,
    policy: Policy,
    target: tempfile::TempDir,
    /// The folder that holds the profile.
    folder: PathBuf,
}

impl Built {
    fn new() -> Self {
        let (release, policy) = release();
        let target = tempfile::tempdir().unwrap();
        let built = Self { release, policy, folder: target.path().to_owned(), target };
        built.dep_info("deps/gate-1", "tests/gate/main.rs");
        fs::write(built.at("deps/gate-1"), "").unwrap();
        built
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.join("debug").join(path)
    }

    fn outside(&self, path: &str) -> PathBuf {
        let path = self.target.path().parent().unwrap().join(self.target.path().file_name().unwrap()).join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "text").unwrap();
        path
    }

    /// Lists these files as read for a library or program.
    fn dep_info(&self, path: &str, files: &str) {
        let path = self.at(&format!("{path}.d"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("{}: {files}\n", path.display())).unwrap();
    }

    fn compiled(&self) -> Compiled {
        let known = named_inputs(self.release.path(), &self.policy).unwrap();
        Compiled::of_program(self.release.path(), &self.at("deps/gate-1"), &known).unwrap()
    }

    /// The list after the script of a package printed this.
    fn said(&self, package: &str, output: &str) -> Compiled {
        let path = self.at(&format!("build/{package}/output"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, output).unwrap();
        self.compiled()
    }

    fn write(&self, path: &str) {
        let path = self.release.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "text").unwrap();
    }
}

#[test]
fn files_that_only_the_compiler_knows_of_are_inputs() {
    let built = Built::new();
    assert_eq!(built.compiled(), Compiled::default());
    for file in ["docs/threshold.txt", "docs/limit.txt", "docs/made.txt", "docs/unread.txt"] {
        built.write(file);
    }
    built.dep_info("deps/gate-1", "tests/gate/main.rs docs/threshold.txt gone.rs");
    built.dep_info("deps/x-2", "src/lib.rs docs/limit.txt\n# env-dep:LEVEL=3\n# env-dep:CARGO_PKG_NAME=x");
    built.dep_info("build/x-3/build_script_other-3", "other.rs docs/made.txt");
    // Another package's test program, a library of the registry, and a build that is gone.
    built.dep_info("deps/a-4", "crates/a/src/lib.rs docs/unread.txt");
    built.dep_info("deps/gone-5", "crates/gone/src/lib.rs docs/unread.txt");
    let compiled = built.compiled();
    let files: Vec<&str> = compiled.files.iter().map(String::as_str).collect();
    assert_eq!(files, ["docs/limit.txt", "docs/made.txt", "docs/threshold.txt"]);
    assert_eq!(compiled.variables.keys().collect::<Vec<_>>(), ["LEVEL"]);

    let root = built.release.path();
    let named = || Fingerprint::of_named(root, &built.policy, &Toolchain::current()).unwrap();
    let (before, mut seen) = (named(), BTreeSet::from([take(root, &built.policy)]));
    compiled.keep(root).unwrap();
    assert_eq!(named(), before, "a first run changes what was known before it");
    assert!(seen.insert(take(root, &built.policy)), "the list is not in the fingerprint");
    fs::write(root.join("docs/limit.txt"), "changed").unwrap();
    assert!(seen.insert(take(root, &built.policy)), "a listed file is not in the fingerprint");
    fs::remove_file(root.join("docs/limit.txt")).unwrap();
    assert!(seen.insert(take(root, &built.policy)), "a listed file can go");
    let listed = root.join(layout::STORE).join(layout::COMPILED);
    fs::write(&listed, fs::read_to_string(&listed).unwrap().replace("docs/made", "docs/other")).unwrap();
    assert!(Fingerprint::take(root, &built.policy, &Toolchain::current()).is_err(), "an edited list is believed");
}

#[test]
fn what_a_build_script_reads_is_an_input() {
    let built = Built::new();
    for file in
        ["other.rs", "limits.txt", "limits/a.txt", ".git/HEAD", "dist/x", "crates/b/build.rs", "crates/b/own.txt"]
    {
        built.write(file);
    }
    let said = |package: &str, output: &str| built.said(package, output);
    let files = |compiled: &Compiled| compiled.files.iter().cloned().collect::<Vec<String>>();
    built.dep_info("build/x-3/build_script_other-3", "other.rs");
    let compiled = said("x-4", "cargo:rerun-if-changed=limits.txt\ncargo::rerun-if-changed=.git/HEAD\nnoise\n");
    assert_eq!(files(&compiled), ["limits.txt"]);
    let compiled = said(
        "x-4",
        "cargo::rerun-if-changed=limits\ncargo::rerun-if-env-changed=PATH\ncargo::rerun-if-env-changed=CARGO_PKG_NAME\n",
    );
    assert_eq!((files(&compiled), compiled.variables.len()), (vec!["limits".to_owned()], 1));

    let root = built.release.path();
    compiled.keep(root).unwrap();
    let before = take(root, &built.policy);
    built.write("limits/b.txt");
    assert_ne!(take(root, &built.policy), before, "a new file in a folder that a script reads");

    // A script that says nothing reads whatever it likes of its package, which cargo and Andon do not write.
    let listed = files(&said("x-4", "cargo::rustc-cfg=strict\n"));
    assert!(listed.contains(&"limits.txt".to_owned()), "{listed:?}");
    assert!(!listed.iter().any(|path| path.starts_with("dist") || path.starts_with(".git")), "{listed:?}");

    // Another package's script is found by the name of its folder, with a source of its own.
    said("x-4", "cargo::rerun-if-changed=other.rs\n");
    built.dep_info("build/b-y-5/build_script_build-5", "crates/b/build.rs");
    let compiled = said("b-y-6", "cargo::rerun-if-changed=../../limits.txt\n");
    assert!(compiled.files.contains("limits.txt"), "{compiled:?}");
}

#[test]
fn what_a_build_script_read_and_does_not_say_shows_in_what_it_made() {
    let built = Built::new();
    built.write("other.rs");
    built.write("limits.txt");
    built.dep_info("build/x-3/build_script_other-3", "other.rs");
    let quiet = "cargo::rerun-if-changed=limits.txt\ncargo::rustc-cfg=strict\n";
    let made = [built.said("x-4", quiet).variables, built.said("x-4", &quiet.replace("strict", "lenient")).variables];
    assert!(made[0].keys().eq(["made by other.rs"]) && made[0] != made[1], "{made:?}");
    fs::create_dir_all(built.at("build/x-4/out/deep")).unwrap();
    fs::write(built.at("build/x-4/out/deep/limits.rs"), "const LIMIT: f64 = 0.5;").unwrap();
    assert_ne!(built.said("x-4", quiet).variables, made[0], "a file that the compiler takes in");
    fs::remove_dir_all(built.at("build/x-4/out")).unwrap();
}

#[test]
fn a_library_from_elsewhere_counts_and_what_is_built_does_not() {
    let built = Built::new();
    let lib = built.outside("elsewhere/src/lib.rs");
    // A library stands outside the target folder, unlike its output here.
    let elsewhere = tempfile::tempdir().unwrap();
    let other = elsewhere.path().join("lib.rs");
    fs::write(&other, "text").unwrap();
    built.dep_info("deps/other-6", &format!("{} {}", other.display(), lib.display()));
    assert_eq!(built.compiled(), Compiled::default());
    fs::write(built.at("deps/libother-6.rlib"), "").unwrap();
    let files = built.compiled().files;
    assert!(files.len() == 1 && files.first().unwrap().ends_with("/lib.rs"), "{files:?}");
}

#[test]
fn a_test_program_without_the_compiler_s_list_judges_nothing() {
    let built = Built::new();
    fs::remove_file(built.at("deps/gate-1.d")).unwrap();
    let known = named_inputs(built.release.path(), &built.policy).unwrap();
    let error = Compiled::of_program(built.release.path(), &built.at("deps/gate-1"), &known).unwrap_err().to_string();
    assert!(error.contains("gate-1") && error.contains("next: run the test program where cargo built it"), "{error}");
}

#[test]
fn configuration_above_the_root_counts_if_it_changes_what_is_compiled() {
    let home = tempfile::tempdir().unwrap();
    let (release, policy) = release();
    let root = home.path().join("release");
    fs::rename(release.path(), &root).unwrap();
    let configure = |text: &str| {
        fs::create_dir_all(home.path().join(".cargo")).unwrap();
        fs::write(home.path().join(".cargo/config.toml"), text).unwrap();
        take(&root, &policy)
    };
    fs::create_dir_all(home.path().join("patched/src")).unwrap();
    fs::write(home.path().join("patched/Cargo.toml"), "").unwrap();
    fs::write(home.path().join("patched/src/lib.rs"), "").unwrap();
    let mut seen = BTreeSet::from([configure("")]);
    assert!(!seen.insert(configure("[net]\nretry = 3\n[build]\njobs = 2\n")), "a harmless setting is an input");
    assert!(seen.insert(configure("[build]\nrustflags = [\"--cfg\", \"x\"]\n")));
    // Programs that cargo calls for the compiler or a test: the setting counts, and so does the program.
    for program in ["rustc", "rustc-wrapper", "rustc-workspace-wrapper"] {
        let path = home.path().join("tool.sh");
        fs::write(&path, program).unwrap();
        assert!(seen.insert(configure(&format!("[build]\n{program} = \"./tool.sh\"\n"))), "{program}");
        fs::write(&path, format!("{program} changed")).unwrap();
        assert!(seen.insert(take(&root, &policy)), "the file of {program}");
    }
    for program in ["runner = \"tool.sh --quick\"", "runner = [\"tool.sh\", \"--quick\"]", "linker = \"tool.sh\""] {
        let path = home.path().join("tool.sh");
        fs::write(&path, program).unwrap();
        assert!(seen.insert(configure(&format!("[target.x86_64-unknown-linux-gnu]\n{program}\n"))), "{program}");
        fs::write(&path, format!("{program} changed")).unwrap();
        assert!(seen.insert(take(&root, &policy)), "the file of {program}");
    }
    for patched in ["paths = [\"patched\"]\n", "[patch.crates-io.x]\npath = \"patched\"\n"] {
        seen.insert(configure(patched));
        fs::write(home.path().join("patched/src/lib.rs"), patched).unwrap();
        assert!(seen.insert(take(&root, &policy)), "{patched}");
    }
}

#[test]
fn a_build_with_other_flags_or_variables_than_the_tests_is_named() {
    let digest = |text: &str| sha256_hex(text.as_bytes());
    let flags = ("RUSTFLAGS".to_owned(), digest("--cfg strict"));
    let variables = [flags, ("LEVEL".to_owned(), digest("3"))].into();
    let compiled = Compiled { variables, ..Compiled::default() };
    let other = |flags: &str, level: Option<&str>| {
        let mut build = BTreeMap::from([("CARGO_ENCODED_RUSTFLAGS".to_owned(), flags.to_owned())]);
        build.extend(level.map(|level| ("LEVEL".to_owned(), level.to_owned())));
        compiled.other_settings(&build, &BTreeSet::new())
    };
    let same = "--cfg\u{1f}strict";
    assert_eq!([other(same, Some("3")), other(same, None)], [None, None]);
    assert_eq!(other(&format!("{same}\u{1f}--remap-path-prefix=/home/of/cargo=/cargo"), Some("3")), None);
    assert_eq!(other(same, Some("9")).as_deref(), Some("LEVEL"));
    assert_eq!(other("", Some("3")).as_deref(), Some("RUSTFLAGS"));
    assert_eq!(Compiled::default().other_settings(&BTreeMap::new(), &BTreeSet::new()), None);
    let profile = |value: &str| ("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS".to_owned(), value.to_owned());
    let (name, _) = profile("");
    let (_, value) = profile(&digest("true"));
    let tests = Compiled { variables: [(name.clone(), value)].into(), ..Compiled::default() };
    assert_eq!(tests.other_settings(&[profile("true")].into(), &BTreeSet::new()), None);
    assert_eq!(tests.other_settings(&[profile("false")].into(), &BTreeSet::new()), Some(name.clone()));
    assert_eq!(tests.other_settings(&BTreeMap::new(), &BTreeSet::new()), Some(name.clone()), "the tests had it");
    assert_eq!(
        Compiled::default().other_settings(&[profile("true")].into(), &BTreeSet::new()),
        Some(name),
        "the build has it"
    );
}

#[test]
fn a_program_around_the_compiler_that_the_tests_did_not_have_is_named() {
    let other = |build: &[(&str, &str)], configured: &[&str]| {
        let build = build.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let configured = configured.iter().map(|program| (*program).to_owned()).collect();
        Compiled::default().other_settings(&build, &configured)
    };
    let refused = [
        ("RUSTC", "/tmp/mine/rustc"),
        ("RUSTC_WRAPPER", "/tmp/mine/wrap.sh"),
        ("RUSTC_WORKSPACE_WRAPPER", "wrap.sh"),
        ("RUSTC_BOOTSTRAP", "1"),
        ("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER", "/tmp/mine/ld"),
        ("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER", "/tmp/mine/run.sh"),
    ];
    for (name, value) in refused {
        assert_eq!(other(&[("CARGO", "/rust/bin/cargo"), (name, value)], &[]).as_deref(), Some(name));
    }
    // Cargo names its own compiler to every build script, and the programs of its configuration, which is an input.
    assert_eq!(other(&[("CARGO", "/rust/bin/cargo"), ("RUSTC", "/rust/bin/rustc")], &[]), None);
    assert_eq!(other(&[("RUSTC", "rustc"), ("CARGO_TARGET_DIR", "/tmp/x")], &[]), None);
    assert_eq!(other(&[("RUSTC_WRAPPER", "/home/a/scripts/wrap.sh")], &["./scripts/wrap.sh"]), None);
    let listed =
        Compiled { variables: [("RUSTC_WRAPPER".to_owned(), sha256_hex(b"sccache"))].into(), ..Compiled::default() };
    assert_eq!(listed.other_settings(&BTreeMap::new(), &BTreeSet::new()).as_deref(), Some("RUSTC_WRAPPER"));
}

/// With a `--target`, flags do not hold for build scripts, which are built beside the folder of the target.
#[test]
fn a_build_for_a_named_target_has_its_scripts_elsewhere() {
    let mut built = Built::new();
    let host = built.target.path().to_owned();
    for file in ["other.rs", "limits.txt"] {
        built.write(file);
    }
    built.dep_info("build/x-3/build_script_other-3", "other.rs");
    let target = env!("ANDON_TARGET");
    built.folder = host.join(target);
    built.dep_info("deps/gate-1", "tests/gate/main.rs");
    fs::write(built.at("deps/gate-1"), "").unwrap();
    fs::create_dir_all(built.at("build/x-4")).unwrap();
    fs::write(built.at("build/x-4/output"), "cargo::rerun-if-changed=limits.txt\n").unwrap();
    assert!(built.compiled().files.contains("limits.txt"), "the script is built in the folder of the host");

    let flags = |is_for_scripts: &str| sha256_hex(format!("--cfg strict{is_for_scripts}").as_bytes());
    let tests =
        |digest: String| Compiled { variables: [("RUSTFLAGS".to_owned(), digest)].into(), ..Compiled::default() };
    let of = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let build = |out: &str| {
        BTreeMap::from([of("CARGO_ENCODED_RUSTFLAGS", "--cfg\u{1f}strict"), of("TARGET", "t"), of("OUT_DIR", out)])
    };
    let other = |tests: Compiled, out: &str| tests.other_settings(&build(out), &BTreeSet::new());
    let not_for_scripts = || tests(flags(" (not for build scripts)"));
    assert_eq!(other(tests(flags("")), "/x/target/debug/build/y/out"), None);
    assert_eq!(other(not_for_scripts(), "/x/target/t/debug/build/y/out"), None);
    assert!(other(tests(flags("")), "/x/target/t/debug/build/y/out").is_some());
    assert!(other(not_for_scripts(), "/x/target/debug/build/y/out").is_some());
}

#[test]
fn the_features_of_a_build_are_followed() {
    let root = tempfile::tempdir().unwrap();
    let manifest = "[features]\ndefault = [\"strict-mode\"]\nstrict-mode = [\"dep:x\"]\ndeploy = []\nfast = []\n";
    fs::write(root.path().join("Cargo.toml"), manifest).unwrap();
    let features = super::manifests::features(root.path(), &["default", "deploy"]).unwrap();
    assert!(["DEFAULT", "DEPLOY", "STRICT_MODE"].iter().all(|feature| features.contains(*feature)));
    assert!(!features.contains("FAST"));
}

#[test]
fn what_the_packaging_watches_makes_no_new_input() {
    let built = Built::new();
    for file in ["other.rs", "crates/b/tests/audit/own.rs"] {
        built.write(file);
    }
    built.dep_info("build/x-3/build_script_other-3", "other.rs");
    let output = built.at("build/x-4/output");
    fs::create_dir_all(output.parent().unwrap()).unwrap();
    let lines = "cargo::rerun-if-changed=crates/b/tests/audit\ncargo::rerun-if-changed=target/andon/evidence\n";
    fs::write(output, lines).unwrap();
    assert_eq!(built.compiled(), Compiled::default());

    let known = named_inputs(built.release.path(), &built.policy).unwrap();
    built.dep_info("x", "release.toml crates/b/tests/audit crates/b/tests/audit/own.rs");
    let beyond = Compiled::default().beyond(built.release.path(), &built.at("x"), &known).unwrap();
    assert_eq!(beyond, ["crates/b/tests/audit/own.rs"], "a file counts, and the folder that is watched does not");
    built.dep_info("x", "other-x");
    let error = Compiled::default().beyond(built.release.path(), &built.at("x"), &known).unwrap_err();
    assert!(error.to_string().contains("lists no source of the release"), "{error}");
}

#[cfg(unix)]
#[test]
fn sources_that_the_lock_file_pins_may_lie_behind_a_link() {
    let home = tempfile::tempdir().unwrap();
    let disk = tempfile::tempdir().unwrap();
    fs::create_dir_all(disk.path().join("src/a-1.0.0")).unwrap();
    fs::write(disk.path().join("src/a-1.0.0/lib.rs"), "").unwrap();
    std::os::unix::fs::symlink(disk.path(), home.path().join("registry")).unwrap();
    let is_pinned = |file: &str| compiled::is_source_of(home.path(), &home.path().join(file));
    assert!(is_pinned("registry/src/a-1.0.0/lib.rs") && !is_pinned("lib.rs"));
}
