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
        let policy = if self.groups.first() == Some(&"--policy") { self.groups } else { &[] };
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
    assert!(query.contains("CAST(\"group\" AS VARCHAR)") && query.contains(" AS \"group\","), "{query}");
    for wrong in
        [&["tally"][..], &["tally", "rows.csv"], &["tally", "--sql", "oracle", "--label", "good", "--score", "p"]]
    {
        assert_eq!(code(&parts.andon(wrong)), 2, "{wrong:?}");
    }
}

/// A release: the policy of [`Parts`] with gates that its contract, its ranges and its training data answer.
fn write_release(parts: &Parts, folder: &str) {
    fs::create_dir(parts.folder.path().join(folder)).unwrap();
    let gate = |id: &str, bar: &str| format!("[gate.\"{id}\"]\n{bar}\nwhy = \"test\"\n");
    let gates = [
        gate("contract.rows", "max = 0"),
        gate("drift.population_stability", "max = 0.25"),
        gate("drift.cramers_v", "max = 0.2"),
        gate("drift.prediction", "max = 0.3"),
        gate("drift.label", "max = 0.3"),
        gate("serving.referred", "max = 0.2"),
    ];
    let policy = include_str!("../../../andon-evidence/tests/minimal.toml");
    parts.write(&format!("{folder}/release.toml"), &format!("{policy}{}", gates.concat()));
    let contract = include_str!("../../../andon-evidence/tests/contract.schema.json");
    parts.write(&format!("{folder}/contract.schema.json"), contract);
    parts.write(&format!("{folder}/model.json"), include_str!("../data/released/model.json"));
}

/// The rows of [`rows`] with the features of the release, one in seven of them referred.
fn rows_with_features() -> Vec<String> {
    let row = |(at, row): (usize, String)| {
        let size = if at % 5 == 0 { String::new() } else { format!("{}.5", at % 9) };
        let price = if at % 7 == 0 { 8 } else { 1 + at % 3 % 2 };
        format!("{},{size},{price}\n", row.trim_end())
    };
    rows().into_iter().enumerate().map(row).collect()
}

const RELEASED: [&str; 6] = ["--label", "good", "--score", "p", "--model", "released"];

fn tally_of_release(parts: &Parts, rows: &[String], name: &str) {
    parts.write("part.csv", &format!("good,p,group,size,price\n{}", rows.concat()));
    let made = parts.andon(&[&["tally", "part.csv", "--part", name], &RELEASED[..]].concat());
    assert_eq!(code(&made), 0, "{}", err(&made));
    parts.write(name, &out(&made));
}

#[test]
fn drift_and_contract_are_judged_from_the_counts_of_parts() {
    let parts = Parts::new(&[]);
    write_release(&parts, "released");
    let rows = rows_with_features();
    parts.write("rows.csv", &format!("good,p,group,size,price\n{}", rows.concat()));
    let one = parts.andon(&[&["judge", "rows.csv"], &RELEASED[..]].concat());
    assert_eq!(code(&one), 1, "{}{}", out(&one), err(&one));
    for gate in ["GO         contract.rows", "NO-GO      drift.population_stability", "GO         serving.referred"] {
        assert!(body(&one).contains(gate), "{gate}\n{}", body(&one));
    }
    assert!(body(&one).contains("not asked; the file of the training data is needed: drift.label"), "{}", body(&one));
    for count in [1, 2, 7] {
        let part_of = |part: usize| rows.iter().skip(part).step_by(count).cloned().collect::<Vec<_>>();
        let names: Vec<String> = (0..count).rev().map(|part| format!("part-{part}-of-{count}")).collect();
        names.iter().zip((0..count).rev()).for_each(|(name, part)| tally_of_release(&parts, &part_of(part), name));
        let number = count.to_string();
        let judged = parts.judge(&names, &["--parts", &number, "--model", "released"]);
        assert_eq!((body(&judged), code(&judged)), (body(&one), code(&one)), "{}", err(&judged));
    }
    // Without the training data nothing is said about drift, and the gates that could have been red are named.
    let without = parts.judge(&["part-0-of-1".to_owned()], &["--parts", "1", "--policy", "released/release.toml"]);
    let named = "not asked; the model with the counts of its training data (--model) is needed: drift.cramers_v, \
                 drift.population_stability, drift.prediction";
    assert!(body(&without).contains(named), "{}{}", out(&without), err(&without));
    assert!(body(&without).contains("GO         contract.rows") && !body(&without).contains("GO         drift"));
}

/// The index of `price` by hand: training has 300 rows of 1 and 100 of 2, the rows 600 of 1 and 200 of 2 and none else.
#[test]
fn drift_that_is_none_is_go_and_one_bin_apart_is_not() {
    let parts = Parts::new(&[]);
    write_release(&parts, "released");
    let row = |at: usize, price: usize| {
        let size = ["1.5", "2.5", "5.5", "6.5"][at % 4];
        format!(
            "{},{},{},{size},{price}\n",
            usize::from(at.is_multiple_of(2)),
            [0.8, 0.2, 0.5, 0.8][at % 4],
            ["a", "b"][at / 4 % 2]
        )
    };
    let judge = |price_of: &dyn Fn(usize) -> usize| {
        let rows: Vec<String> = (0..800).map(|at| row(at, price_of(at))).collect();
        tally_of_release(&parts, &rows, "rows.tally");
        let judged = parts.judge(&["rows.tally".to_owned()], &["--parts", "1", "--model", "released", "--json"]);
        let form: serde_json::Value = serde_json::from_str(&out(&judged)).unwrap();
        let gates = form["gates"].as_array().unwrap().clone();
        let gate = gates.into_iter().find(|gate| gate["gate"] == "drift.population_stability").unwrap();
        (gate["state"].as_str().unwrap().to_owned(), gate["measured"]["value"].as_f64().unwrap())
    };
    let (state, value) = judge(&|at| if at % 4 == 3 { 2 } else { 1 });
    assert_eq!(state, "go");
    // Shares with half a row more, of the five bins of `price`, and of those of `size`: the greater index counts.
    let index = |before: &[f64], now: &[f64]| {
        let share = |rows: &[f64], at: usize| {
            let sum: f64 = rows.iter().map(|rows| rows + 0.5).sum();
            (rows[at] + 0.5) / sum
        };
        let bins = (0..before.len()).filter(|at| before[*at] + now[*at] > 0.0).collect::<Vec<_>>();
        let only = |rows: &[f64]| bins.iter().map(|at| rows[*at]).collect::<Vec<_>>();
        let (before, now) = (only(before), only(now));
        let term = |at: usize| (share(&before, at) - share(&now, at)) * (share(&before, at) / share(&now, at)).ln();
        (0..before.len()).map(term).sum::<f64>()
    };
    let size = index(&[100.0, 100.0, 200.0], &[200.0, 200.0, 400.0]);
    let expected = index(&[0.0, 300.0, 0.0, 100.0, 0.0], &[0.0, 600.0, 0.0, 200.0, 0.0]).max(size);
    assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
    let (state, value) = judge(&|at| if at % 4 == 3 { 4 } else { 1 });
    let expected = index(&[0.0, 300.0, 0.0, 100.0, 0.0], &[0.0, 600.0, 0.0, 0.0, 200.0]);
    assert!(state == "no_go" && (value - expected).abs() < 1e-9, "{state} {value} is not {expected}");
}

#[test]
fn counts_of_another_release_are_refused_by_name() {
    let parts = Parts::new(&[]);
    write_release(&parts, "released");
    write_release(&parts, "other");
    let rows = rows_with_features();
    tally_of_release(&parts, &rows[..700], "first");
    tally_of_release(&parts, &rows[700..], "second");
    let model = parts.read("other/model.json");
    let refused = |files: &[&str], more: &[&str]| {
        let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
        let number = files.len().to_string();
        let output = parts.judge(&files, &[&["--parts", number.as_str()], more].concat());
        assert_eq!(code(&output), 2, "{}", out(&output));
        err(&output)
    };
    parts.write("other/model.json", &model.replace("[1.0, 300]", "[1.0, 299]"));
    let said = refused(&["first"], &["--model", "other"]);
    assert!(said.contains("the rows were counted by the model with SHA-256"), "{said}");
    parts.write("other/model.json", &model);
    let contract = parts.read("other/contract.schema.json");
    parts.write("other/contract.schema.json", &contract.replace("\"maximum\": 9", "\"maximum\": 8"));
    let said = refused(&["first"], &["--model", "other"]);
    assert!(said.contains("the rows were counted by the contract with SHA-256"), "{said}");
    // The folder must be of one release.
    parts.write("other/contract.schema.json", &contract.replace("\"price\": {", "\"cost\": {"));
    assert!(refused(&["first"], &["--model", "other"]).contains("the contract has no column `price`"));
    parts.write("other/contract.schema.json", &contract.replace("\"maximum\": 9", "\"multipleOf\": 2"));
    assert!(refused(&["first"], &["--model", "other"]).contains("column price has the rule `multipleOf`"));
    parts.write("other/contract.schema.json", &contract);
    parts.write("other/model.json", &model.replace("\"price\"", "\"cost\""));
    assert!(refused(&["first"], &["--model", "other"]).contains("the model is for the features size, cost"));
    // Parts of one and of another, of no model, and one that is there twice.
    assert!(refused(&["first", "second", "first"], &["--model", "released"]).contains("part `first` is counted twice"));
    parts.write("part.csv", &format!("good,p,group,size,price\n{}", rows[700..].concat()));
    let plain = ["tally", "part.csv", "--part", "plain", "--score", "p", "--policy", "released/release.toml"];
    parts.write("plain", &out(&parts.andon(&plain)));
    let said = refused(&["first", "plain"], &["--model", "released"]);
    assert!(
        said.contains("part `plain` is of another model: score column p; the parts before it: score column p of"),
        "{said}"
    );
    let said = refused(&["plain"], &["--model", "released"]);
    assert!(said.contains("the rows were counted without a model"), "{said}");
}

/// A broken row is counted by column and reason; the whole is refused, also if the other parts are clean.
#[test]
fn a_broken_row_of_one_part_refuses_the_whole() {
    let parts = Parts::new(&[]);
    write_release(&parts, "released");
    let mut rows = rows_with_features();
    tally_of_release(&parts, &rows[..700], "clean");
    rows[800] = "1,0.5,c,11,NaN\n".to_owned();
    rows[801] = ",0.5,a,1,2\n".to_owned();
    tally_of_release(&parts, &rows[700..], "broken");
    let judged = parts.judge(&["clean".to_owned(), "broken".to_owned()], &["--parts", "2", "--model", "released"]);
    assert_eq!(code(&judged), 2, "{}", out(&judged));
    let said = err(&judged);
    for part in [
        "2 of 1400 rows are broken",
        "column good: has no value, 1 times",
        "column group: is not one of the allowed values, 1 times",
        "column price: is not a number, 1 times",
        "column size: is above 10, 1 times",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    // A column of the model cannot be absent, if only with blanks.
    parts.write("part.csv", "good,p,group,price\n1,0.5,a,1\n");
    let absent = parts.andon(&[&["tally", "part.csv"], &RELEASED[..]].concat());
    assert!(err(&absent).contains("there is no column `size`"), "{}", err(&absent));
}
