//! The built program must answer as the judged model, or nothing is put in place.

use std::fs;

use serde_json::Value;

use crate::fake_server::{ANSWERS_CSV, Response, Twist};
use crate::{GREEN, SmallRelease, code, err, out};

/// A release whose program is to be refused, beside an earlier artifact.
fn refused_by(release: &SmallRelease, twist: Twist) -> String {
    assert_eq!(code(&release.release(GREEN)), 0, "{}", err(&release.release(GREEN)));
    let sums = release.dist().join("SHA256SUMS");
    let before = fs::read(&sums).unwrap();
    release.twist.set(twist);
    let output = release.release(GREEN);
    let said = out(&output);
    assert_eq!(code(&output), 1, "{said}{}", err(&output));
    assert!(said.contains("Decision: NO-GO"), "{said}");
    assert!(said.contains("is not the model that the gates judged"), "{said}");
    assert_eq!(fs::read(&sums).unwrap(), before, "the earlier artifact is another one");
    assert_eq!(fs::read_dir(release.root().join("dist")).unwrap().count(), 2, "the artifact and its times");
    said
}

/// What is said about a program whose `predict` is this script.
fn refused_predict(script: &str) -> String {
    let release = SmallRelease::measured(0.9);
    assert_eq!(code(&release.release(GREEN)), 0);
    release.script("built/predict", script);
    refused(&release)
}

fn refused(release: &SmallRelease) -> String {
    let before = fs::read(release.dist().join("SHA256SUMS")).ok();
    let output = release.release(GREEN);
    assert_eq!(code(&output), 1, "{}{}", out(&output), err(&output));
    assert_eq!(fs::read(release.dist().join("SHA256SUMS")).ok(), before);
    out(&output)
}

fn refused_server(twist: Twist) -> String {
    refused_by(&SmallRelease::measured(0.9), twist)
}

#[test]
fn a_program_that_answers_as_judged_ships_and_says_what_it_was_asked() {
    let release = SmallRelease::measured(0.9);
    let output = release.release(GREEN);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let line = "rehearsal: the built program answered 2 rows by predict and 3 questions in ";
    assert!(err(&output).contains(line), "{}", err(&output));
    let verified = crate::verify::verify(&release.dist(), None);
    assert!(code(&verified) == 0 && out(&verified).contains(line), "{}", out(&verified));
}

#[test]
fn the_artifact_is_about_the_program_and_the_answers_of_its_rehearsal() {
    let release = SmallRelease::measured(0.9);
    assert_eq!(code(&release.release(GREEN)), 0);
    let record = fs::read_to_string(release.dist().join("rehearsal.json")).unwrap();
    let stated: Value = serde_json::from_str(&record).unwrap();
    let program = fs::read(release.dist().join("small")).unwrap();
    assert_eq!(stated["program_sha256"], andon_evidence::files::sha256_hex(&program));
    assert_eq!((&stated["rows"], &stated["questions"], &stated["clients"]), (&2.into(), &3.into(), &8.into()));
    fs::write(release.dist().join("small"), "#!/bin/sh\n").unwrap();
    crate::verify::rewrite_sums(&release.dist());
    let output = crate::verify::verify(&release.dist(), None);
    assert!(code(&output) == 1, "{}", out(&output));
    fs::write(release.dist().join("small"), program).unwrap();
    for (member, reason) in [("program_sha256", "another program was rehearsed"), ("answers_sha256", "no gate vouches")]
    {
        let digest = stated[member].as_str().unwrap();
        fs::write(release.dist().join("rehearsal.json"), record.replace(digest, &"0".repeat(64))).unwrap();
        crate::verify::rewrite_sums(&release.dist());
        let output = crate::verify::verify(&release.dist(), None);
        assert!(code(&output) == 1 && out(&output).contains(reason), "{}", out(&output));
    }
}

#[test]
fn a_program_that_decides_a_row_of_the_data_file_otherwise_is_refused_with_both_answers() {
    let release = SmallRelease::measured(0.9);
    let moved = ANSWERS_CSV.replace("NO,0.1000", "YES,0.1000");
    release.script("built/predict", &format!("printf '{}'", moved.replace('\n', "\\n")));
    let said = refused(&release);
    for line in ["predict answers row 2", "judged    3,NO,0.1000,bad", "program   3,YES"] {
        assert!(said.contains(line), "{line} in:\n{said}");
    }
    assert!(!release.root().join("dist").join("small-1.2.3").exists());
}

#[test]
fn a_program_that_prints_too_little_too_much_nan_or_nothing_or_fails_is_refused() {
    let whole = ANSWERS_CSV.replace('\n', "\\n");
    let half = &whole[..whole.len() / 2];
    let cases = [
        (format!("printf '{half}'"), "predict answers row"),
        (format!("printf '{whole}4,YES,0.5000,more\\n'"), "program   4,YES"),
        (format!("printf '{}'", whole.replace("0.9000", "NaN")), "program   2,YES,NaN"),
        ("true".to_owned(), "predict answers row 0"),
        (format!("printf '{whole}'; echo no >&2; exit 3"), "predict ended with exit status: 3: no"),
        ("yes".to_owned(), "prints more than"),
        (format!("printf '{whole}'; kill -9 $$"), "predict ended with signal: 9"),
    ];
    for (script, reason) in cases {
        let said = refused_predict(&script);
        assert!(said.contains(reason), "{script}: {reason} in:\n{said}");
    }
}

#[test]
fn a_program_that_differs_only_with_the_model_in_its_folder_is_refused() {
    let answers = ANSWERS_CSV.replace('\n', "\\n");
    let moved = answers.replace("NO,0.1000", "YES,0.1000");
    let said = refused_predict(&format!("case \"$*\" in *--model*) printf '{moved}';; *) printf '{answers}';; esac"));
    assert!(said.contains("predict answers row 2"), "{said}");
}

#[test]
fn a_program_that_looks_for_cargo_or_for_the_release_finds_neither() {
    let answers = ANSWERS_CSV.replace('\n', "\\n");
    let moved = answers.replace("NO,0.1000", "YES,0.1000");
    // The test itself runs with this variable, and so would the program.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    let tells = [
        "[ -n \"$CARGO_MANIFEST_DIR$CARGO\" ]",
        "[ -e \"$OLDPWD/release.toml\" ]",
        "[ -e \"${2%/*}/../release.toml\" ]",
    ];
    for tell in tells {
        let said = refused_predict(&format!("if {tell}; then printf '{answers}'; else printf '{moved}'; fi"));
        assert!(said.contains("predict answers row 2"), "{tell}: {said}");
    }
}

#[test]
fn a_program_that_changes_its_folder_is_refused() {
    let script =
        format!("echo >> \"$(dirname \"$PROGRAM\")/model.json\"; printf '{}'", ANSWERS_CSV.replace('\n', "\\n"));
    let said = refused_predict(&script);
    assert!(said.contains("it changed its folder: model.json does not hash"), "{said}");
}

/// Replaces a text in the successful responses of one path.
fn replaced(path: &str, at: &str, response: Response, text: &str, by: &str) -> Option<Response> {
    let (status, body) = response;
    Some((status, if path == at { body.replace(text, by) } else { body }))
}

#[test]
fn an_endpoint_that_answers_otherwise_is_refused_with_the_request() {
    let cases: [(Twist, &str); 8] = [
        (|path, response| replaced(path, "/decide", response, "\"NO\"", "\"YES\""), "decision: judged \"NO\""),
        (|path, response| replaced(path, "/decide", response, "0.9", "0.9001"), "program 0.9001"),
        (|path, response| replaced(path, "/decide", response, "[\"S\"]", "[]"), "reasons: judged [\"S\"]"),
        (|path, response| replaced(path, "/decide", response, "\"1.2.3\"", "\"1.2.4\""), "model_version"),
        (|path, response| replaced(path, "/decide", response, "{\"dec", "{\"more\":1,\"dec"), "more: judged absent"),
        (|path, response| replaced(path, "/batch", response, "\"NO\"", "\"YES\""), "/batch"),
        (|path, response| replaced(path, "/explanations", response, "\"NO\"", "\"YES\""), "/explanations"),
        (|path, response| replaced(path, "/v2/models/small/infer", response, "0.1", "0.6"), "/v2/models/small/infer"),
    ];
    for (twist, reason) in cases {
        let said = refused_server(twist);
        assert!(said.contains(reason) && said.contains("  row       {"), "{reason} in:\n{said}");
    }
}

#[test]
fn a_server_that_fails_prints_half_or_loses_records_is_refused() {
    let half: Twist =
        |path, (status, body)| Some((status, if path == "/decide" { body[..body.len() / 2].to_owned() } else { body }));
    let fewer: Twist = |path, (status, body)| match serde_json::from_str::<Vec<Value>>(&body) {
        Ok(answers) if path == "/batch" => Some((status, serde_json::json!(answers[1..]).to_string())),
        _ => Some((status, body)),
    };
    let cases: [(Twist, &str); 5] = [
        (|path, response| (path != "/decide").then_some(response), "found     "),
        (|path, (status, body)| Some((if path == "/batch" { 500 } else { status }, body)), "the server answers 500"),
        (|path, (status, body)| Some((if path == "/readyz" { 503 } else { status }, body)), "is not ready"),
        (half, "answers no JSON"),
        (fewer, "2 answers to 3 records"),
    ];
    for (twist, reason) in cases {
        let said = refused_server(twist);
        assert!(said.contains(reason), "{reason} in:\n{said}");
    }
}

#[test]
fn a_server_that_answers_a_broken_request_or_breaks_on_it_is_refused() {
    let lenient: Twist = |_, (status, body)| Some((if status == 422 { 200 } else { status }, body));
    let broken: Twist = |_, (status, body)| Some((if status == 422 { 500 } else { status }, body));
    for (twist, status) in [(lenient, "answers 200 to"), (broken, "answers 500 to")] {
        let said = refused_server(twist);
        assert!(said.contains(status) && said.contains("which it must refuse"), "{said}");
    }
}

#[test]
fn a_server_that_ends_at_once_is_refused() {
    let release = SmallRelease::measured(0.9);
    release.script("built/serve", "echo 'failed to bind' >&2; exit 2");
    let said = refused(&release);
    assert!(said.contains("serve ended: failed to bind"), "{said}");
}

#[test]
fn answers_that_no_gate_vouches_for_are_incomplete() {
    let release = SmallRelease::measured(0.9);
    for name in ["answers.csv", "questions.ndjson"] {
        let path = format!("target/andon/{name}");
        let whole = fs::read_to_string(release.root().join(&path)).unwrap();
        release.write(&path, "edited\n");
        let output = release.release(GREEN);
        assert_eq!(code(&output), 3, "{}", err(&output));
        let line = format!("{name} is not the file that the gates judged");
        assert!(err(&output).contains(&line), "{}", err(&output));
        release.write(&path, &whole);
    }
    assert!(!release.root().join("dist").exists());
}

/// A green release whose program must bear four clients, within this bar.
fn under_load(bar: f64, failed_share: f64) -> SmallRelease {
    let release = SmallRelease::trusting(&format!(
        "[load]\nclients = 4\nrequests = 1000\nfailed_share = {failed_share}\n\
         [gate.\"serving.load\"]\nmax = {bar}\nwhy = \"test\"\n"
    ));
    release.record("serving.load", 1.0);
    release
}

#[test]
fn the_built_program_bears_the_load_of_the_policy_and_its_figures_are_told_and_kept() {
    let release = under_load(10_000.0, 0.0);
    let output = release.release(GREEN);
    assert_eq!(code(&output), 0, "{}{}", out(&output), err(&output));
    let line = "load of the built program: 4 clients at once: 1000 requests, 0 failed, median ";
    assert!(err(&output).contains(line), "{}", err(&output));
    let times = fs::read(release.root().join("dist/small-1.2.3.times.json")).unwrap();
    let times: Value = serde_json::from_slice(&times).unwrap();
    let program = fs::read(release.dist().join("small")).unwrap();
    assert_eq!(times["program_sha256"], andon_evidence::files::sha256_hex(&program));
    assert_eq!((&times["load"]["clients"], &times["load"]["requests"]), (&4.into(), &1000.into()));
    assert!(times["load"]["p99_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(times["gates"]["serving.load"]["duration_ms"], 1);
}

fn refused_under_load(release: &SmallRelease, twist: Twist) -> String {
    release.twist.set(twist);
    let said = refused(release);
    let is_there = release.dist().exists() || release.root().join("dist/small-1.2.3.times.json").exists();
    assert!(!is_there && said.contains("Decision: NO-GO"), "{said}");
    said
}

#[test]
fn a_program_that_is_too_slow_or_fails_or_errs_under_load_is_not_put_in_place() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let slow: Twist = |path, response| {
        std::thread::sleep(std::time::Duration::from_millis(if path == "/decide" { 3 } else { 0 }));
        Some(response)
    };
    let said = refused_under_load(&under_load(1.0, 0.0), slow);
    assert!(said.contains("does not bear the load") && said.contains("the bar is at most 1 ms"), "{said}");
    // The three questions are asked once before the load, and by four clients during it.
    let fails_once: Twist = |path, (status, body)| {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let is_five_hundredth = path == "/decide" && ASKED.fetch_add(1, Ordering::Relaxed) == 500;
        Some((if is_five_hundredth { 503 } else { status }, body))
    };
    let said = refused_under_load(&under_load(10_000.0, 0.0), fails_once);
    assert!(said.contains("1 of 1000 requests failed with 4 clients at once, at most 0 may"), "{said}");
    let errs_once: Twist = |path, (status, body)| {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let is_five_hundredth = path == "/decide" && ASKED.fetch_add(1, Ordering::Relaxed) == 500;
        Some((status, if is_five_hundredth { body.replace("\"explanation\"", "\"guess\"") } else { body }))
    };
    let said = refused_under_load(&under_load(10_000.0, 0.05), errs_once);
    assert!(said.contains("is not the model that the gates judged"), "{said}");
}

#[test]
fn a_few_failures_are_borne_if_the_policy_says_so() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let release = under_load(10_000.0, 0.01);
    release.twist.set(|path, (status, body)| {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        // The questions of the session come before the load and after it.
        let place = if path == "/decide" { ASKED.fetch_add(1, Ordering::Relaxed) } else { 0 };
        Some((if (400..410).contains(&place) { 503 } else { status }, body))
    });
    let output = release.release(GREEN);
    assert_eq!(code(&output), 0, "{}{}", out(&output), err(&output));
    assert!(err(&output).contains("1000 requests, 10 failed"), "{}", err(&output));
}

/// The files of an artifact but the program, whose script holds its folder, and the files with its digest.
fn files_beside_the_program(release: &SmallRelease) -> Vec<(String, Vec<u8>)> {
    let with_digest = ["small", "rehearsal.json", "SHA256SUMS", "verdict.intoto.json", "measured.intoto.json"];
    let entries = fs::read_dir(release.dist()).unwrap().map(|entry| entry.unwrap().path());
    let named = entries.filter(|path| path.is_file()).map(|path| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, fs::read(path).unwrap())
    });
    let mut files: Vec<_> = named.filter(|(name, _)| !with_digest.contains(&name.as_str())).collect();
    files.sort();
    files
}

#[test]
fn two_folders_give_the_same_bytes_and_no_file_holds_a_time_of_day() {
    let releases = [(); 2].map(|()| SmallRelease::measured(0.9));
    for release in &releases {
        assert_eq!(code(&release.release(GREEN)), 0);
    }
    let [here, there] = releases.each_ref().map(files_beside_the_program);
    assert!(here.len() > 10, "{}", here.len());
    for ((name, here), (other, there)) in here.iter().zip(&there) {
        assert_eq!((name, String::from_utf8_lossy(here)), (other, String::from_utf8_lossy(there)));
    }
    let evidence = fs::read_to_string(releases[0].dist().join("evidence.json")).unwrap();
    assert!(evidence.contains("T00:00:00Z") && !evidence.contains("duration_ms"), "{evidence}");
    let times = |release: &SmallRelease| fs::read(release.root().join("dist/small-1.2.3.times.json")).unwrap();
    assert_ne!(times(&releases[0]), times(&releases[1]), "the times are apart");
}
