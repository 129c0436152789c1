//! `tally` and `judge --tally` from outside: parts of a file come to the judgement of the file.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::{code, err, out, run};

const COLUMNS: [&str; 4] = ["--label", "good", "--score", "p"];

/// A folder with 1,400 scored rows in one file, and the same rows in parts.
struct Parts {
    folder: tempfile::TempDir,
    /// The options that name the groups.
    groups: &'static [&'static str],
}

impl Parts {
    fn new(groups: &'static [&'static str]) -> Self {
        let parts = Self { folder: tempfile::tempdir().unwrap(), groups };
        parts.write("release.toml", include_str!("../../../andon-evidence/tests/minimal.toml"));
        parts.write("rows.csv", &format!("good,p,group\n{}", rows().concat()));
        parts
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    fn andon(&self, arguments: &[&str]) -> Output {
        run(self.folder.path(), arguments, Path::new("cargo"))
    }

    /// Tallies of so many parts, the last first.
    fn tallies(&self, count: usize) -> Vec<String> {
        let tally = |part: usize| {
            let own = rows().into_iter().enumerate().filter(|(row, _)| row % count == part).map(|(_, row)| row);
            self.write("part.csv", &format!("group,good,p\n{}", own.map(|row| turned(&row)).collect::<String>()));
            let name = format!("part-{part}-of-{count}");
            let made = self.andon(&[&["tally", "part.csv", "--part", &name], &COLUMNS[..], self.groups].concat());
            assert_eq!(code(&made), 0, "{}", err(&made));
            self.write(&name, &out(&made));
            name
        };
        (0..count).rev().map(tally).collect()
    }

    fn judge(&self, tallies: &[String], more: &[&str]) -> Output {
        let tallies: Vec<&str> = tallies.iter().map(String::as_str).collect();
        let policy = if self.groups[0] == "--policy" { self.groups } else { &[] };
        self.andon(&[&["judge", "--tally"], &tallies[..], more, policy].concat())
    }
}

/// Lines whose scores are right most of the time, some at the middle between two ten-thousandths.
fn rows() -> Vec<String> {
    let row = |at: u64| {
        let random = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407) >> 40;
        let good = at.is_multiple_of(3);
        let share = (random % 10_000) as f64 / 20_000.0 + if good { 0.4 } else { 0.05 };
        let group = ["a", "b", "b", ""][(random % 11 % 4) as usize];
        format!("{},{},{group}\n", u8::from(good), share + 0.00005)
    };
    (0..1400).map(row).collect()
}

/// A line with its columns in another order.
fn turned(row: &str) -> String {
    let cells: Vec<&str> = row.trim_end().split(',').collect();
    format!("{},{},{}\n", cells[2], cells[0], cells[1])
}

/// All but the line that names the input.
fn body(output: &Output) -> String {
    out(output).split_once('\n').unwrap().1.to_owned()
}

#[test]
fn parts_in_any_order_come_to_the_bytes_of_one_process_on_one_file() {
    for groups in [&["--protected", "group"][..], &["--policy", "release.toml"]] {
        let parts = Parts::new(groups);
        let one = parts.andon(&[&["judge", "rows.csv"], &COLUMNS[..], groups].concat());
        assert!(body(&one).contains("fairness.disparate_impact.group"), "{}{}", out(&one), err(&one));
        for count in [1, 2, 7] {
            let tallies = parts.tallies(count);
            let number = count.to_string();
            let judged = parts.judge(&tallies, &["--parts", &number]);
            assert_eq!((body(&judged), code(&judged)), (body(&one), code(&one)), "{}", err(&judged));
            let files: Vec<&str> = tallies.iter().map(String::as_str).collect();
            let merged = parts.andon(&[&["tally", "merge"], &files[..], &["--parts", &number]].concat());
            parts.write("merged", &out(&merged));
            let judged = parts.judge(&["merged".to_owned()], &["--parts", &number]);
            assert_eq!(body(&judged), body(&one), "{}{}", err(&merged), err(&judged));
        }
    }
}

#[test]
fn parts_that_are_not_the_whole_are_refused_by_name() {
    let parts = Parts::new(&["--policy", "release.toml"]);
    let tallies = parts.tallies(2);
    parts.write("names", "part-0-of-2\npart-1-of-2\npart-2-of-2\n");
    parts.write("edited", &parts.read("part-0-of-2").replacen("\"label\":1", "\"label\":0", 1));
    let whole = parts.read("part-1-of-2");
    parts.write("cut", &whole[..whole.len() / 2]);
    let other = parts.andon(&[&["tally", "rows.csv", "--part", "other"], &COLUMNS[..]].concat());
    parts.write("other", &out(&other));
    let refused = |files: &[&str], more: &[&str]| {
        let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
        let output = parts.judge(&files, more);
        assert_eq!(code(&output), 2, "{}", out(&output));
        err(&output)
    };
    let [second, first] = [tallies[0].as_str(), tallies[1].as_str()];
    assert!(refused(&[first, second], &[]).contains("next: --parts N states their number"));
    assert!(refused(&[first], &["--parts", "2"]).contains("2 parts are expected, and there are 1: part-0-of-2"));
    assert!(refused(&[first, second], &["--expect", "names"]).contains("part `part-2-of-2` is missing"));
    assert!(refused(&[first, second, first], &["--parts", "2"]).contains("part `part-0-of-2` is counted twice"));
    assert!(refused(&["edited", second], &["--parts", "2"]).contains("edited: the tally was changed after"));
    assert!(refused(&[first, "cut"], &["--parts", "2"]).contains("cut: the tally is cut off"));
    assert!(refused(&[first, "other"], &["--parts", "2"]).contains("part `other` is of another policy: none"));
    assert!(refused(&["other"], &["--parts", "1"]).contains("the rows were counted without a policy"));
    parts.write("release.toml", &format!("{}\n", parts.read("release.toml")));
    assert!(refused(&[first, second], &["--parts", "2"]).contains("the rows were counted by the policy with SHA-256"));
}

#[test]
fn the_query_is_printed_from_the_policy() {
    let parts = Parts::new(&[]);
    let query = ["tally", "--sql", "duckdb", "--table", "old.scored", "--score", "p", "--policy", "release.toml"];
    let printed = parts.andon(&query);
    assert_eq!(code(&printed), 0, "{}", err(&printed));
    let query = out(&printed);
    assert!(query.contains("CAST(\"good\" AS VARCHAR)") && query.contains("FROM old.scored"), "{query}");
    assert!(query.contains("CAST(\"group\" AS VARCHAR) AS \"group\""), "{query}");
    for wrong in
        [&["tally"][..], &["tally", "rows.csv"], &["tally", "--sql", "oracle", "--label", "good", "--score", "p"]]
    {
        assert_eq!(code(&parts.andon(wrong)), 2, "{wrong:?}");
    }
}
