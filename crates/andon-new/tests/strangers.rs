//! Files that are broken or awkward, and what is said about each.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::{Path, PathBuf};

use andon_new::{Answers, Conversion, Harness, Project};

/// 300 rows: a number, a name, a sex, an outcome.
fn honest() -> Vec<Vec<String>> {
    let header = ["amount", "purpose", "sex", "outcome"].map(str::to_owned).to_vec();
    let row = |row: usize| {
        let outcome = if (row * 7) % 10 < 6 { "good" } else { "bad" };
        let purpose = ["car", "home", "school"][row % 3];
        vec![
            (100 + row * 13 % 500).to_string(),
            purpose.to_owned(),
            ["f", "m"][row / 2 % 2].to_owned(),
            outcome.to_owned(),
        ]
    };
    std::iter::once(header).chain((0..300).map(row)).collect()
}

fn lines(rows: &[Vec<String>], separator: &str) -> String {
    rows.iter().map(|row| row.join(separator) + "\n").collect()
}

/// The honest rows, each through a change that gets its number; 0 is the header.
fn changed(change: impl Fn(usize, &mut Vec<String>)) -> String {
    let mut rows = honest();
    rows.iter_mut().enumerate().for_each(|(at, row)| change(at, row));
    lines(&rows, ",")
}

/// The honest rows with one more column.
fn with_column(name: &str, value: impl Fn(usize) -> String) -> String {
    changed(|at, row| row.insert(0, if at == 0 { name.to_owned() } else { value(at) }))
}

fn propose_as(bytes: &[u8], change: impl Fn(&mut Answers)) -> Result<Project, String> {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("a.csv");
    std::fs::write(&data, bytes).unwrap();
    let [label, favourable] = ["outcome", "good"].map(|text| Some(text.to_owned()));
    let mut answers = Answers { name: "a".to_owned(), data, label, favourable, ..Answers::default() };
    change(&mut answers);
    let project = Project::propose(&answers, &Harness::Published("1.0.0".to_owned()));
    project.map_err(|error| error.to_string().replace(&format!("{}/", folder.path().display()), ""))
}

fn refused(bytes: impl AsRef<[u8]>) -> String {
    propose_as(bytes.as_ref(), |_| {}).unwrap_err()
}

fn proposed(bytes: impl AsRef<[u8]>) -> Project {
    propose_as(bytes.as_ref(), |_| {}).unwrap_or_else(|error| panic!("{error}"))
}

fn file<'a>(project: &'a Project, path: &str) -> &'a str {
    let found = project.files.iter().find(|(file, _)| file == Path::new(path));
    &found.unwrap_or_else(|| panic!("no {path}")).1
}

#[track_caller]
fn assert_holds(text: &str, parts: &[&str]) {
    parts.iter().for_each(|part| assert!(text.contains(part), "`{part}` is not in\n{text}"));
}

#[test]
fn an_empty_file() {
    assert_eq!(refused(" \n"), "a.csv: the file is empty\nnext: name a file with a header line and at least 200 rows");
}

#[test]
fn a_header_alone() {
    assert_holds(&refused("a,b,outcome\n"), &["a.csv: there is a header and no row"]);
}

#[test]
fn a_file_that_is_no_text() {
    assert_holds(&refused(b"PK\x03\x04\x14"), &["a ZIP archive, such as a spreadsheet"]);
    assert_holds(&refused(b"a,outcome\n1,\x00\n"), &["this is not text: byte 13 is zero"]);
}

#[test]
fn rows_of_other_lengths() {
    let ragged = changed(|at, row| {
        if at == 7 || at == 9 {
            row.truncate(2);
        }
    });
    assert_holds(&refused(ragged), &["line 8 has 2 values where the header has 4, and 1 more rows"]);
}

#[test]
fn a_name_of_two_columns() {
    let twins = changed(|at, row| {
        if at == 0 {
            row[1] = "amount".to_owned();
        }
    });
    assert_holds(&refused(twins), &["columns 1 and 2 are both called `amount`"]);
}

#[test]
fn a_quotation_mark_that_never_closes() {
    let open = changed(|at, row| {
        if at == 4 {
            row[1] = "\"car".to_owned();
        }
    });
    assert_holds(&refused(open), &["line 5: a quotation mark opens and never closes"]);
}

#[test]
fn a_label_that_is_not_there() {
    let error = propose_as(lines(&honest(), ",").as_bytes(), |answers| answers.label = Some("risk".to_owned()));
    assert_eq!(
        error.unwrap_err(),
        "--label: there is no column `risk`\nnext: the columns are amount, purpose, sex, outcome"
    );
}

#[test]
fn an_outcome_with_one_value() {
    let one = changed(|at, row| {
        if at > 0 {
            row[3] = "good".to_owned();
        }
    });
    assert_holds(&refused(one), &["`outcome` has 1 different values, and an outcome has two: `good` (300 rows)"]);
}

#[test]
fn an_outcome_with_three_values() {
    let three = changed(|at, row| {
        if at % 50 == 1 {
            row[3] = "open".to_owned();
        }
    });
    assert_holds(
        &refused(three),
        &["has 3 different values", "`open` (6 rows)", "put the values together into two before"],
    );
}

#[test]
fn an_outcome_that_is_not_known_of_every_row() {
    let blank = changed(|at, row| {
        if at == 5 {
            row[3].clear();
        }
    });
    assert_holds(&refused(blank), &["1 rows of `outcome` have no value", "take these rows out"]);
}

#[test]
fn an_answer_that_is_missing_is_named_with_its_option() {
    let honest = lines(&honest(), ",");
    let without = |change: fn(&mut Answers)| propose_as(honest.as_bytes(), change).unwrap_err();
    assert_holds(&without(|answers| answers.label = None), &["--label: which column is the outcome"]);
    assert_holds(&without(|answers| answers.favourable = None), &["--favourable: which value", "`bad` (120 rows)"]);
    assert_holds(&without(|answers| answers.id = Some("sex".to_owned())), &["--id: `sex` has 2 values in 300 rows"]);
    assert_holds(&without(|answers| answers.time = Some("purpose".to_owned())), &["--time: `purpose` is not a day"]);
    let unprotected = changed(|at, row| {
        if at == 0 {
            row[2] = "paint_of_car".to_owned();
        }
    });
    assert_holds(&refused(unprotected), &["--protected: no column is a protected ground", "--protected none"]);
}

#[test]
fn a_column_without_a_value() {
    let project = proposed(with_column("branch", |_| "NA".to_owned()));
    assert_holds(&project.summary, &["not in the data file: `branch`: it has no value in any row"]);
    assert!(!file(&project, "src/record.rs").contains("branch"));
}

#[test]
fn decimal_commas_semicolons_and_latin_1() {
    let mut rows = honest();
    rows[0][0] = "Gehalt (Euro)".to_owned();
    rows[0][1] = "Gr\u{f6}\u{df}e".to_owned();
    rows.iter_mut().skip(1).for_each(|row| row[0] = format!("1.{},5", row[0]));
    let latin: Vec<u8> = lines(&rows, ";").chars().map(|letter| letter as u8).collect();
    let project = proposed(latin);
    assert_holds(&project.summary, &["windows-1252, values parted by semicolons, decimals by a comma"]);
    assert_holds(
        file(&project, "data/a.csv"),
        &["row_number,gehalt_euro,gr_e,sex,outcome_is_good\n", "1,1100.5,car,f,1\n"],
    );
    let conversion: Conversion = toml::from_str(file(&project, "data/conversion.toml")).unwrap();
    assert_eq!((conversion.decimal, conversion.columns[2].from.as_deref()), (',', Some("Gr\u{f6}\u{df}e")));
}

#[test]
fn hundreds_of_names() {
    let project = proposed(with_column("customer", |row| format!("Customer No. {row}")));
    assert_holds(&project.summary, &["not in the data file: `customer`: it has 300 different texts, which name rows"]);
    assert!(!file(&project, "data/a.csv").contains("Customer"));
}

#[test]
fn a_column_that_was_written_after_the_outcome() {
    let leak = changed(|at, row| {
        let closed = if at == 0 {
            "closed"
        } else if row[3] == "good" {
            "repaid"
        } else {
            "sold"
        };
        row.push(closed.to_owned());
    });
    let project = proposed(leak);
    assert_holds(&project.summary, &["left out of the model: `closed`: suspected", "area under the ROC curve of 1.00"]);
    assert_holds(file(&project, "src/record.rs"), &["pub closed: Option<Closed>"]);
}

#[test]
fn codes_and_words_for_missing_numbers() {
    let project = proposed(changed(|at, row| match at {
        1..=5 => row[0] = "99999".to_owned(),
        6 => row[0] = "Exempt".to_owned(),
        7 => row[0] = "?".to_owned(),
        _ => {}
    }));
    assert_holds(
        file(&project, "src/record.rs"),
        &["7 rows without a value; taken for missing: Exempt, 99999", "pub amount: Option<u32>"],
    );
    assert_holds(file(&project, "data/a.csv"), &["\n1,,car,f,"]);
}

#[test]
fn names_that_rust_does_not_take() {
    let names = ["Loan Amount/\u{20ac}", "type", "2nd-income", "SELF"];
    let project = proposed(changed(|at, row| {
        for (place, name) in names.iter().enumerate() {
            row.insert(0, if at == 0 { (*name).to_owned() } else { ((at * (place + 3)) % 40).to_string() });
        }
    }));
    let fields = ["pub loan_amount: u8", "pub type_value: u8", "pub n2nd_income: u8", "pub self_value: u8"];
    assert_holds(file(&project, "src/record.rs"), &fields);
}

#[test]
fn bands_days_and_bad_outcomes() {
    let bands = changed(|at, row| {
        let band = ["<20%", "20%-<30%", ">=30%"][at % 3];
        row.push(if at == 0 { "dti".to_owned() } else { band.to_owned() });
        row.push(if at == 0 { "when".to_owned() } else { format!("{:02}.01.2020", 28 - at % 28) });
        row[3] = if at == 0 { "denied".to_owned() } else { u8::from(row[3] == "bad").to_string() };
    });
    let project = propose_as(bands.as_bytes(), |answers| {
        answers.label = Some("denied".to_owned());
        answers.favourable = Some("0".to_owned());
        answers.time = Some("when".to_owned());
    });
    let project = project.unwrap_or_else(|error| panic!("{error}"));
    assert_holds(&project.summary, &["outcome: `not_denied`; 1 is `0` (180 rows), 0 is `1` (120 rows)"]);
    let record = file(&project, "src/record.rs");
    assert_holds(
        record,
        &[
            "3 names, in the order of their ranges",
            "rename = \"<20%\")]\n    V20,\n    #[serde(rename = \"20%-<30%\")]",
        ],
    );
    assert_holds(
        file(&project, "release.toml"),
        &["order = \"by `when`\"", "ordered = [\"dti\"]", "[gate.\"drift.label\"]", "first_share = 0.5"],
    );
    assert!(file(&project, "data/a.csv").lines().nth(1).unwrap().ends_with("2020-01-01"));
}

#[test]
fn a_folder_that_holds_something_is_left_alone() {
    let project = proposed(lines(&honest(), ","));
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("new");
    project.write(&root).unwrap();
    assert!(root.join("tests/gate/fairness.rs").is_file());
    let error = project.write(&root).unwrap_err().to_string();
    assert!(error.contains("exists already"), "{error}");
}

#[test]
fn gates_without_a_test_get_one() {
    let project = proposed(lines(&honest(), ","));
    let folder = tempfile::tempdir().unwrap();
    let root: PathBuf = folder.path().join("new");
    project.write(&root).unwrap();
    let policy = |text: &str| andon_evidence::policy::Policy::parse(text, Path::new("release.toml")).unwrap();
    let text = file(&project, "release.toml");
    let complete = |text: &str| andon_new::complete(&root, policy(text).gates.keys()).unwrap();
    assert_eq!(complete(text), andon_new::GateTests::default());
    let bar = "[gate.\"robustness.direction.amount\"]\nmax = 0\nwhy = \"a larger amount must not help\"\n\
               [gate.\"drift.label\"]\nmax = 0.1\nwhy = \"outcomes must not move by ten points\"\n";
    let without = text
        .replace("[gate.\"accuracy.auc\"]", "[gate.\"accuracy.ks\"]")
        .replace("min = 0.70 # 0.5 is chance", "min = 0.2");
    let tests = complete(&(without + bar));
    assert_eq!(tests.written, ["accuracy::ks", "robustness::direction::amount", "drift::label"]);
    assert_eq!(tests.without_bar, ["accuracy::auc"]);
    let main = std::fs::read_to_string(root.join("tests/gate/main.rs")).unwrap();
    assert!(main.contains("mod drift;") && root.join("tests/gate/drift.rs").is_file());
}

#[test]
fn labels_that_say_yes_or_no_one_or_two_and_true_or_false() {
    for (good, bad, name) in [("Y", "N", "outcome"), ("1", "2", "outcome_is_1"), ("true", "false", "outcome")] {
        let labels = changed(|at, row| match row[3].as_str() {
            "good" => row[3] = good.to_owned(),
            "bad" if at > 0 => row[3] = bad.to_owned(),
            _ => {}
        });
        let project = propose_as(labels.as_bytes(), |answers| answers.favourable = Some(good.to_owned())).unwrap();
        let expected = format!("outcome: `{name}`; 1 is `{good}` (180 rows), 0 is `{bad}` (120 rows)");
        assert_holds(&project.summary, &[&expected]);
        assert!(file(&project, "data/a.csv").lines().nth(1).unwrap().ends_with(",1"));
    }
}

#[test]
fn two_attributes_in_one_column_are_asked_about() {
    let both = changed(|at, row| {
        row[2] = match at {
            0 => "Marital Status and Sex".to_owned(),
            _ => ["single male", "married female", "divorced male"][at % 3].to_owned(),
        };
    });
    let project = proposed(both);
    assert_holds(file(&project, "release.toml"), &["this may be two attributes in one column: `recode`"]);
    assert_holds(&project.summary, &["protected: `marital_status_and_sex`"]);
}

#[test]
fn groups_too_small_to_judge_are_pooled_where_the_card_shows_it() {
    let project = proposed(changed(|at, row| {
        if at > 0 {
            row[2] = ["f", "f", "divers", "inter"][at % 4].to_owned();
        }
    }));
    let pool = "[data.pooled.sex.smaller_groups]\ngroups = [\"divers\", \"inter\"]\nwhy = \"each has under 100 rows";
    assert_holds(file(&project, "release.toml"), &["sex = [\"f\", \"smaller_groups\"]", pool]);
    // The data keep what the source says.
    assert_holds(file(&project, "src/record.rs"), &["#[serde(rename = \"divers\")]", "#[serde(rename = \"inter\")]"]);
    assert!(!file(&project, "data/conversion.toml").contains("smaller_groups"));
}

#[test]
fn blanks_around_values_and_in_place_of_them() {
    let project = proposed(changed(|at, row| match at {
        1 => row[0] = "  ".to_owned(),
        2 => row[1] = " car ".to_owned(),
        3 => row[1] = String::new(),
        _ => {}
    }));
    let record = file(&project, "src/record.rs");
    assert_holds(record, &["pub amount: Option<u32>", "pub purpose: Option<Purpose>"]);
    assert_holds(file(&project, "data/a.csv"), &["\n1,,car,f,", "\n2,113,car,f,", "\n3,126,,m,"]);
}

#[test]
fn tabs_and_utf_16() {
    let text = lines(&honest(), "\t");
    let utf_16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_holds(&proposed(utf_16).summary, &["UTF-16LE, values parted by tabs"]);
}

#[test]
fn gates_that_need_a_day_an_id_or_a_golden_case() {
    let plain = proposed(lines(&honest(), ","));
    let policy = file(&plain, "release.toml");
    assert_holds(policy, &["[gate.\"serving.load\"]", "[gate.\"robustness.seeds\"]", "# [gate.\"accuracy.golden\"]"]);
    assert!(!policy.contains("[gate.\"contract.freshness\"]") && !policy.contains("[gate.\"contract.unique_id\"]"));
    let mut rows = honest();
    rows[0].extend(["member_id", "opened"].map(str::to_owned));
    for (at, row) in rows.iter_mut().enumerate().skip(1) {
        row.extend([format!("M{at}"), format!("2024-{:02}-11", 1 + at % 12)]);
    }
    let project = propose_as(lines(&rows, ",").as_bytes(), |answers| answers.time = Some("opened".to_owned())).unwrap();
    let asked = ["collected_until = \"2024-12-11\"", "[gate.\"contract.freshness\"]", "[gate.\"contract.unique_id\"]"];
    assert_holds(file(&project, "release.toml"), &asked);
    assert_holds(file(&project, "tests/gate/contract.rs"), &["fn freshness()", "fn unique_id()", "fn compatible()"]);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn parquet_without_its_feature() {
    let error = refused(b"PAR1\x15\x04\x15");
    assert_holds(&error, &["this is a Parquet file", "without the feature `parquet`", "export the data as CSV"]);
}

#[cfg(feature = "parquet")]
mod parquet {
    use super::*;

    /// Written by pyarrow 26.0.1 with snappy and zstd, dictionaries and three groups of rows.
    const FILE: &[u8] = include_bytes!("data/pyarrow_26.0.1.parquet");

    #[test]
    fn every_type_of_a_parquet_file_is_read() {
        let project = propose_as(FILE, |answers| answers.time = Some("joined".to_owned())).unwrap();
        assert_holds(&project.summary, &["a.csv: 300 rows, 11 columns; Parquet\n", "id: `member_id`"]);
        let data = file(&project, "data/a.csv");
        assert_holds(
            data,
            &["\nM0000,100,0.25,100.00,1,2020-01-01,car,f,1\n", "\nM0007,,6.375,317.07,0,2020-01-08,home,m,0\n"],
        );
        let record = file(&project, "src/record.rs");
        assert_holds(record, &["pub amount: Option<u32>", "pub rate: f64", "pub price: f64", "pub purpose: Purpose"]);
        let days = ["`seen`: it is a day", "`closed`: it is a day"];
        assert_holds(&project.summary, &days);
        let conversion: Conversion = toml::from_str(file(&project, "data/conversion.toml")).unwrap();
        assert_eq!(conversion.encoding, "Parquet");
        assert_eq!(conversion.convert(Path::new("a.parquet"), FILE).unwrap(), data);
    }

    #[test]
    fn what_no_cell_can_hold_is_named() {
        let lists = include_bytes!("data/lists.parquet");
        assert_holds(&refused(lists), &["column `a` holds lists or groups", "write one column for each value"]);
        assert_holds(&refused(&FILE[..FILE.len() - 9]), &["the Parquet file cannot be read"]);
        assert_holds(&refused(b"PAR1\x15\x04\x15"), &["the Parquet file cannot be read"]);
    }
}
