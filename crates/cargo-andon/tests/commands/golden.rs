//! `golden add`, from a record and from a row of the data file.

use std::fs;
use std::path::Path;

use crate::{SmallRelease, code, err, run};

const FILE: &str = "data/golden.ndjson";

fn release() -> SmallRelease {
    let release = SmallRelease::measured(0.9);
    let policy = fs::read_to_string(release.root().join("release.toml")).unwrap();
    release.write("release.toml", &format!("{policy}\n[golden]\nfile = \"{FILE}\"\n"));
    release
}

/// Runs `golden add`; the exit code and standard error.
fn add(release: &SmallRelease, arguments: &[&str]) -> (i32, String) {
    let output = run(release.root(), &[&["golden", "add"], arguments].concat(), Path::new("cargo"));
    (code(&output), err(&output))
}

fn cases(release: &SmallRelease) -> String {
    fs::read_to_string(release.root().join(FILE)).unwrap()
}

#[test]
fn a_complaint_and_a_row_of_the_data_become_cases() {
    let release = release();
    release.write("complaint.json", "{\"price\": 4}");
    let because = ["--because", "complaint of 3 March"];
    let (code, told) = add(&release, &[&["complaint.json", "--decision", "NO"], &because[..]].concat());
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("data/golden.ndjson, line 1") && told.contains("next: cargo test"), "{told}");

    release.write("data/x.csv", "id,price,size,group,good\n7,2.0,,a,1\n");
    let (code, told) = add(&release, &[&["--id", "7", "--probability", "0.2..0.4"], &because[..]].concat());
    assert_eq!(code, 0, "{told}");
    let expected = "{\"record\":{\"price\":4},\"decision\":\"NO\",\"because\":\"complaint of 3 March\"}\n\
        {\"record\":{\"price\":2},\"probability\":{\"min\":0.2,\"max\":0.4},\"because\":\"complaint of 3 March\"}\n";
    assert_eq!(cases(&release), expected);
}

#[test]
fn a_row_without_an_id_is_named_by_its_number() {
    let release = release();
    let policy = fs::read_to_string(release.root().join("release.toml")).unwrap();
    release.write("release.toml", &policy.replace("id = \"id\"\n", ""));
    release.write("data/x.csv", "price,size,group,good\n2.0,,a,1\n3.0,,b,0\n");
    let (code, told) = add(&release, &["--id", "2", "--decision", "NO", "--because", "complaint of 3 March"]);
    assert_eq!(code, 0, "{told}");
    assert!(cases(&release).starts_with("{\"record\":{\"price\":3}"), "{}", cases(&release));
    let (code, told) = add(&release, &["--id", "3", "--decision", "NO", "--because", "complaint of 4 March"]);
    assert!(code != 0 && told.contains("no row with the number 3"), "{told}");
}

#[test]
fn what_is_no_case_is_refused_and_nothing_is_written() {
    let release = release();
    release.write("record.json", "{\"price\": 4}");
    release.write("surplus.json", "{\"price\": 4, \"good\": 1}");
    let because = ["--because", "complaint 7"];
    let with = |arguments: &[&'static str]| add(&release, &[arguments, &because[..]].concat());
    for (arguments, told) in [
        (&["record.json", "--decision", "perhaps"][..], "`perhaps` is no decision; allowed: YES, NO, REFER"),
        (&["record.json", "--probability", "0.9..0.2"][..], "0.9 to 0.2 is no range"),
        (&["record.json", "--probability", "0.9"][..], "write it as 0.2..0.4"),
        (&["surplus.json", "--decision", "NO"][..], "good is no feature of this release"),
        (&["--id", "none", "--decision", "NO"][..], "has no"),
        (&["record.json"][..], "states neither a decision nor a probability"),
        (&["--decision", "NO"][..], "required"),
    ] {
        let (code, error) = with(arguments);
        assert_eq!(code, 2, "{arguments:?}: {error}");
        assert!(error.contains(told), "{arguments:?}: {error}");
    }
    assert!(!release.root().join(FILE).exists());
    assert_eq!(with(&["record.json", "--decision", "NO"]).0, 0);
    let (code, error) = with(&["record.json", "--decision", "YES"]);
    assert!(code == 2 && error.contains("line 1 has the same record"), "{error}");
}

#[test]
fn without_a_file_in_the_policy_the_command_says_what_to_add() {
    let release = SmallRelease::measured(0.9);
    release.write("record.json", "{\"price\": 4}");
    let (code, error) = add(&release, &["record.json", "--decision", "NO", "--because", "complaint 7"]);
    assert!(code == 2 && error.contains("next: add [golden]"), "{error}");
}
