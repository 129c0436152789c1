//! The commands from outside, on a small release. Its cargo is a script that plays the gates and the build.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "tests")]

mod adopt;
mod cord;
mod documents;
mod fake_server;
mod forms;
mod golden;
mod judge;
mod only_scores;
mod rehearsal;
mod tally;
mod verify;

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use andon_evidence::decision::{Decision, Outcome};
use andon_evidence::evidence::{Evidence, Finding, Store, now, today};
use andon_evidence::files::sha256_hex;
use andon_evidence::fingerprint::{Fingerprint, Toolchain};
use andon_evidence::judge::{Measurement, Unit};
use andon_evidence::layout::{ANSWERS, CARD, CONTRACT, EVIDENCE, FIGURES, MODEL, ONNX, QUESTIONS, SCORES};
use andon_evidence::package::Package;
use andon_evidence::policy::Policy;
use andon_evidence::run::{current_decision, keep_in_ledger};

use crate::fake_server::{ANSWERS_CSV, QUESTIONS_NDJSON, Twist};

const FIGURES_JSON: &str = include_str!("../../../andon-evidence/tests/figures.json");
const CONTRACT_JSON: &str = include_str!("../../../andon-evidence/tests/contract.schema.json");
const GREEN: &str = "printf 'running 1 test\\ntest accuracy::accuracy ... ok\\n\\ntest result: ok. 1 passed\\n'";
const RED: &str = "printf 'running 1 test\\ntest own::test ... FAILED\\n\\nfailures:\\n\\n\
                   ---- own::test stdout ----\\nbecause\\n\\nfailures:\\n    own::test\\n\\ntest result: FAILED.\\n'; exit 101";

struct SmallRelease {
    folder: tempfile::TempDir,
    /// What the server of its program does to its answers.
    twist: Cell<Twist>,
}

impl SmallRelease {
    /// A release on which no gate has run.
    fn new() -> Self {
        // Every command must cope with such a path.
        let folder = tempfile::Builder::new().prefix("a pàth with blänks ").tempdir().unwrap();
        let release = Self { folder, twist: Cell::new(fake_server::honest) };
        release.write("release.toml", include_str!("../../../andon-evidence/tests/minimal.toml"));
        release.write("Cargo.toml", "[package]\nname = \"small\"\nversion = \"1.2.3\"\n");
        release.write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"small\"\nversion = \"1.2.3\"\n");
        for empty in ["data/x.csv", "src/main.rs"] {
            release.write(empty, "");
        }
        release
    }

    /// A release in which `accuracy` was measured and the other gate is green.
    fn measured(accuracy: f64) -> Self {
        let release = Self::new();
        release.write("target/andon/model.json", "{}");
        release.write("target/andon/MODEL_CARD.md", "# small\n");
        release.write("target/andon/scores.csv", "id\n");
        release.write("target/andon/answers.csv", ANSWERS_CSV);
        release.write("target/andon/questions.ndjson", QUESTIONS_NDJSON);
        release.write("target/andon/figures.json", FIGURES_JSON);
        release.write("target/andon/model.onnx", "onnx 1");
        release.write("target/andon/contract.schema.json", CONTRACT_JSON);
        release.record("accuracy.accuracy", accuracy);
        release.record("latency.decision", 1.0);
        release
    }

    /// A green release with one more table in its policy.
    fn trusting(trust: &str) -> Self {
        let release = Self::measured(0.9);
        let policy = fs::read_to_string(release.root().join("release.toml")).unwrap();
        release.write("release.toml", &format!("{policy}\n{trust}"));
        release.record("accuracy.accuracy", 0.9);
        release.record("latency.decision", 1.0);
        release
    }

    fn record(&self, gate: &str, value: f64) {
        self.record_with(gate, value, FIGURES_JSON);
    }

    /// Records a gate that vouches for these figures.
    fn record_with(&self, gate: &str, value: f64, figures: &str) {
        let policy = Policy::read(self.root()).unwrap();
        let fingerprint = Fingerprint::take(self.root(), &policy, &Toolchain::current()).unwrap();
        let files = [(MODEL, "{}"), (CARD, "# small\n"), (SCORES, "id\n")];
        let vouched = files
            .into_iter()
            .chain([(FIGURES, figures), (CONTRACT, CONTRACT_JSON), (ONNX, "onnx 1")])
            .chain([(ANSWERS, ANSWERS_CSV), (QUESTIONS, QUESTIONS_NDJSON)])
            .map(|(file, text)| (file.to_owned(), sha256_hex(text.as_bytes())));
        let evidence = Evidence {
            gate: gate.to_owned().try_into().unwrap(),
            fingerprint: fingerprint.digest().to_owned(),
            model_sha256: Some(sha256_hex(b"{}")),
            scores_sha256: Some("5".repeat(64)),
            finding: Finding::Measured(Measurement::exact(value, Unit::Score, 10).unwrap()),
            vouched: vouched.collect(),
            started_at: now(),
            duration_ms: Some(1),
        };
        Store::in_root(self.root()).write(&evidence).unwrap();
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn script(&self, path: &str, text: &str) -> PathBuf {
        self.write(path, &format!("#!/bin/sh\n{text}\n"));
        let path = self.root().join(path);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// Runs a command. Its cargo runs the script `test` as the tests, and builds a program that prints `embedded` as
    /// its evidence. `predict` and `serve` of the program answer as judged, unless a test wrote a script for them.
    fn andon(&self, arguments: &[&str], test: &str, embedded: &[u8]) -> Output {
        fs::create_dir_all(self.root().join("built")).unwrap();
        fs::write(self.root().join("built/embedded"), embedded).unwrap();
        // A broken release has no fingerprint, and its program is never run.
        let policy = Policy::read(self.root()).ok();
        let fingerprint = policy.and_then(|policy| Fingerprint::take(self.root(), &policy, &Toolchain::current()).ok());
        let digest = fingerprint.map_or_else(String::new, |fingerprint| fingerprint.digest().to_owned());
        let address = fake_server::start(&digest, self.twist.get());
        self.write("built/address", &format!("small 1.2.3 on http://{address}/decide\n"));
        let program = self.script(
            "built/small",
            &format!(
                "
            cd '{}/built'; export PROGRAM=\"$0\"
            case \"$*\" in
                evidence) cat embedded;;
                predict*) if [ -x predict ]; then exec ./predict \"$@\"; fi; cat ../target/andon/answers.csv;;
                'serve --address'*)
                    if [ -x serve ]; then exec ./serve \"$@\"; fi
                    cat address >&2; exec sleep 600;;
                *) echo \"ran $1\";;
            esac",
                self.root().display()
            ),
        );
        let message = format!(
            r#"{{"target":{{"kind":["bin"],"name":"small"}},"manifest_path":"{}/Cargo.toml","executable":"{}"}}"#,
            self.root().display(),
            program.display()
        );
        // As cargo lists the files that a program was compiled from.
        let root = self.root().display().to_string().replace(' ', "\\ ");
        self.write("built/small.d", &format!("{root}/built/small: {root}/src/main.rs\n"));
        let cargo = self.script(
            "built/cargo",
            &format!("[ \"$1\" = --config ] && shift 2; case $1 in test) {test};; build) echo '{message}';; esac"),
        );
        run(self.root(), arguments, &cargo)
    }

    /// Runs `release` with a build that embeds the right evidence.
    fn release(&self, test: &str) -> Output {
        self.release_with(test, &[])
    }

    fn release_with(&self, test: &str, more: &[&str]) -> Output {
        // The end of the tests has told the ledger already when the program is built.
        if let Ok(decision) = current_decision(self.root()) {
            keep_in_ledger(self.root(), &decision).unwrap();
        }
        let package = Package::assemble(self.root(), &Toolchain::current(), today());
        let embedded = package.map_or(Vec::new(), |package| package.all_files().unwrap()[EVIDENCE].clone());
        self.andon(&[&["release"], more].concat(), test, &embedded)
    }

    fn dist(&self) -> PathBuf {
        self.root().join("dist/small-1.2.3")
    }
}

fn run(folder: &Path, arguments: &[&str], cargo: &Path) -> Output {
    let mut andon = Command::new(env!("CARGO_BIN_EXE_cargo-andon"));
    andon.args(arguments).current_dir(folder).env("CARGO", cargo).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn without_a_release_every_command_ends_with_2_and_says_what_is_missing() {
    let nowhere = tempfile::tempdir().unwrap();
    fs::write(nowhere.path().join("release.toml"), "# of another tool").unwrap();
    for command in ["release", "status", "card", "report", "adopt", "diff"] {
        let output = run(nowhere.path(), &[command], Path::new("cargo"));
        assert_eq!(code(&output), 2);
        assert!(err(&output).starts_with("error: found no release.toml beside a Cargo.toml in "), "{}", err(&output));
    }
}

#[test]
fn wrong_usage_and_a_broken_policy_end_with_2() {
    let release = SmallRelease::new();
    for arguments in [&["relaese"][..], &[], &["release", "--serve", "--json"]] {
        assert_eq!(code(&release.andon(arguments, GREEN, b"")), 2, "{arguments:?}");
    }
    release.write("release.toml", "[about]\nowner = 1\n");
    let output = release.release(GREEN);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("release.toml is not a valid policy"), "{}", err(&output));
}

#[test]
fn help_lists_the_exit_codes() {
    let output = run(Path::new("."), &["release", "--help"], Path::new("cargo"));
    assert_eq!(code(&output), 0);
    for line in ["0  GO: ", "1  NO-GO: ", "2  wrong usage", "3  INCOMPLETE: "] {
        assert!(out(&output).contains(line), "{line} in:\n{}", out(&output));
    }
}

#[test]
fn status_before_the_first_run_lists_every_gate_as_missing_and_ends_with_3() {
    let release = SmallRelease::new();
    let output = run(&release.root().join("src"), &["andon", "status"], Path::new("cargo"));
    assert_eq!(code(&output), 3);
    for gate in ["accuracy.accuracy", "latency.decision"] {
        let listed = out(&output).lines().any(|line| line.starts_with("MISSING") && line.contains(gate));
        assert!(listed, "{gate} in:\n{}", out(&output));
    }
    assert!(!out(&output).contains('\u{1b}'), "colour in a pipe");
}

/// The exit code of `status` with this standard output.
fn status_into(release: &SmallRelease, output: impl Into<std::process::Stdio>) -> (i32, String) {
    let mut andon = Command::new(env!("CARGO_BIN_EXE_cargo-andon"));
    let ended = andon.arg("status").current_dir(release.root()).stdout(output).output().unwrap();
    (code(&ended), err(&ended))
}

#[test]
fn a_closed_pipe_leaves_the_exit_code_of_the_decision() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(status_into(&SmallRelease::new(), writer), (3, String::new()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_the_output_is_an_error_and_no_panic() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let (code, error) = status_into(&SmallRelease::new(), full);
    assert_eq!(code, 2);
    assert!(error.starts_with("error: failed to write to standard output: ") && error.lines().count() == 1, "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn help_that_cannot_be_written_is_an_error_and_a_closed_pipe_is_none() {
    let help = |output: std::process::Stdio| {
        let ended = Command::new(env!("CARGO_BIN_EXE_cargo-andon")).arg("--help").stdout(output).output().unwrap();
        code(&ended)
    };
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!((help(full.into()), help(writer.into())), (2, 0));
}

#[test]
fn a_broken_policy_leaves_no_report_of_an_earlier_decision() {
    let release = SmallRelease::measured(0.9);
    assert_eq!(code(&release.release(GREEN)), 0);
    let reports = ["junit.xml", "andon.sarif"].map(|report| release.root().join("target/andon").join(report));
    assert!(reports.iter().all(|report| report.exists()));
    release.write("release.toml", "[about]\nowner = 1\n");
    assert_eq!(code(&release.andon(&["release"], GREEN, b"")), 2);
    assert!(!reports.iter().any(|report| report.exists()));
}

#[test]
fn status_as_json_is_the_decision_and_nothing_else() {
    let release = SmallRelease::measured(0.7);
    let output = run(release.root(), &["status", "--json"], Path::new("cargo"));
    assert_eq!(code(&output), 1);
    let decision: Decision = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((decision.outcome, decision.rows.len()), (Outcome::NoGo, 2));
    assert!(err(&output).contains("Decision: NO-GO"));
}

#[test]
fn the_card_is_printed_only_as_the_gates_saw_it() {
    let release = SmallRelease::measured(0.9);
    let card = || run(release.root(), &["card"], Path::new("cargo"));
    assert_eq!((code(&card()), out(&card())), (0, "# small\n".to_owned()));
    release.write("target/andon/MODEL_CARD.md", "# smaller\n");
    assert_eq!((code(&card()), out(&card())), (3, String::new()));
    fs::remove_file(release.root().join("target/andon/MODEL_CARD.md")).unwrap();
    assert_eq!(code(&card()), 3);
    assert!(err(&card()).contains("next: cargo test"));
}

#[test]
fn the_report_is_one_file_that_says_what_the_evidence_adds_up_to() {
    let cases = [
        (SmallRelease::measured(0.9), 0, "GO"),
        (SmallRelease::measured(0.7), 1, "NO-GO"),
        (SmallRelease::new(), 3, "INCOMPLETE"),
    ];
    for (release, expected, outcome) in cases {
        let output = run(release.root(), &["report"], Path::new("cargo"));
        assert_eq!(code(&output), expected, "{}", err(&output));
        let path = release.root().join("target/andon/report.html");
        assert_eq!(out(&output), format!("{outcome}: {}\n", path.display()));
        let html = fs::read_to_string(&path).unwrap();
        assert!(html.contains(&format!("<title>{outcome}: small 1.2.3</title>")));
        assert_eq!(html.contains("ROC curve"), outcome != "INCOMPLETE", "{outcome}");
        run(release.root(), &["report"], Path::new("cargo"));
        assert_eq!(fs::read_to_string(&path).unwrap(), html, "the same evidence gives the same bytes");
    }
}

#[test]
fn a_report_of_other_figures_or_none_says_so() {
    let release = SmallRelease::measured(0.9);
    let report = || {
        let output = run(release.root(), &["report"], Path::new("cargo"));
        (fs::read_to_string(release.root().join("target/andon/report.html")).unwrap(), err(&output))
    };
    assert!(!report().0.contains("Not vouched for"));
    release.write("target/andon/figures.json", &FIGURES_JSON.replacen("\"trees\": 5", "\"trees\": 6", 1));
    assert!(report().0.contains("Not vouched for"));
    release.write("target/andon/figures.json", "{");
    assert!(report().0.contains("figures.json cannot be read"));
    fs::remove_file(release.root().join("target/andon/figures.json")).unwrap();
    assert!(report().0.contains("there is no figures.json"));
    assert!(!report().0.contains("id=\"alternatives\""));
    release.write("snapshots/alternatives.json", "[1]");
    assert!(report().0.contains("alternatives.json") && report().0.contains("Not shown"));
}

#[cfg(target_os = "linux")]
#[test]
fn the_report_is_opened_where_that_is_wanted_and_can_be() {
    let release = SmallRelease::measured(0.9);
    let opened = release.root().join("opened");
    release.script("bin/xdg-open", &format!("echo \"$1\" > '{}'", opened.display()));
    let report = |path: PathBuf| {
        let mut andon = Command::new(env!("CARGO_BIN_EXE_cargo-andon"));
        andon.args(["report", "--open"]).current_dir(release.root()).env("PATH", path).output().unwrap()
    };
    let path = release.root().join("target/andon/report.html");
    let output = report(release.root().join("nowhere"));
    assert!(err(&output).contains("failed to open the report with xdg-open"), "{}", err(&output));
    assert_eq!((code(&output), out(&output)), (0, format!("GO: {}\n", path.display())));
    assert_eq!(code(&report(release.root().join("bin"))), 0);
    assert_eq!(fs::read_to_string(opened).unwrap(), format!("{}\n", path.display()));
}

#[test]
fn a_go_ships_the_program_with_everything_it_rests_on() {
    let release = SmallRelease::measured(0.9);
    let output = release.release(GREEN);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(out(&output).contains("Decision: GO") && err(&output).contains("test accuracy::accuracy ... ok"));
    let mut names: Vec<_> = fs::read_dir(release.dist()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(
        names,
        [
            ".eval_results",
            "Cargo.lock",
            "MODEL_CARD.md",
            "SHA256SUMS",
            "andon.sarif",
            "bom.cdx.json",
            "contract.odcs.yaml",
            "contract.schema.json",
            "documents",
            "evidence.intoto.json",
            "evidence.json",
            "figures.json",
            "junit.xml",
            "measured.intoto.json",
            "model.json",
            "model.onnx",
            "rehearsal.json",
            "release.toml",
            "report.html",
            "small",
            "verdict.intoto.json"
        ]
    );
    for line in fs::read_to_string(release.dist().join("SHA256SUMS")).unwrap().lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        assert_eq!(sum, sha256_hex(&fs::read(release.dist().join(name)).unwrap()), "{name}");
    }
    assert!(release.dist().join("small").metadata().unwrap().permissions().mode() & 0o111 != 0);
}

#[test]
fn serve_becomes_the_shipped_program() {
    let release = SmallRelease::measured(0.9);
    let output = release.release_with(GREEN, &["--serve"]);
    assert_eq!(code(&output), 0);
    assert!(out(&output).ends_with("ran serve\n"), "{}", out(&output));
}

#[test]
fn what_is_no_go_shows_the_table_and_touches_nothing() {
    let release = SmallRelease::measured(0.7);
    let output = release.release(RED);
    assert_eq!(code(&output), 1);
    assert!(out(&output).contains("NO-GO      accuracy.accuracy"), "{}", out(&output));
    assert!(err(&output).contains("---- own::test stdout ----\nbecause\n"), "{}", err(&output));
    assert!(!release.root().join("dist").exists());
}

#[test]
fn green_gates_beside_a_red_test_are_incomplete() {
    let release = SmallRelease::measured(0.9);
    let output = release.release(RED);
    assert_eq!(code(&output), 3);
    assert!(out(&output).contains("`cargo test` failed: own::test"), "{}", out(&output));
    assert!(out(&output).contains("Decision: INCOMPLETE"));
    assert_eq!(code(&release.release("exit 101")), 3);
    assert!(!release.root().join("dist").exists());
}

#[test]
fn an_input_changed_while_the_gates_ran_is_incomplete() {
    let release = SmallRelease::measured(0.9);
    let output = release.release("echo 1 >> data/x.csv");
    assert_eq!(code(&output), 3);
    assert!(out(&output).contains("an input changed while the gates ran"), "{}", out(&output));
    assert!(!release.root().join("dist").exists());
}

#[test]
fn a_program_built_on_other_evidence_is_refused_and_the_old_artifact_stays() {
    let release = SmallRelease::measured(0.9);
    assert_eq!(code(&release.release(GREEN)), 0);
    let before = fs::read(release.dist().join("SHA256SUMS")).unwrap();
    let output = release.andon(&["release"], GREEN, b"{}");
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("built on other evidence"), "{}", err(&output));
    release.write("target/andon/model.json", "{ }");
    let output = release.andon(&["release"], GREEN, b"{}");
    assert_eq!(code(&output), 3);
    assert!(err(&output).contains("model.json is not the file that the gates judged"), "{}", err(&output));
    assert_eq!(fs::read(release.dist().join("SHA256SUMS")).unwrap(), before);
    assert_eq!(fs::read_dir(release.root().join("dist")).unwrap().count(), 2, "the artifact and its times");
}
