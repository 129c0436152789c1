//! Hostile files: each gives a clear error with its place, and none a panic.

mod gates;

use andon::data::dataset::{DatasetError, MAX_LISTED_VIOLATIONS};
use andon::{Contract, Dataset, Kind};
use proptest::prelude::*;

use crate::part::{Part, parts};

fn contract() -> Contract<Part> {
    Contract::new().unwrap()
}

fn read(bytes: &[u8]) -> Result<Vec<Part>, String> {
    read_on(2, bytes)
}

fn read_on(threads: usize, bytes: &[u8]) -> Result<Vec<Part>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("parts.csv");
    std::fs::write(&path, bytes).unwrap();
    match Dataset::read(&contract(), &path, threads) {
        Ok(data) => Ok(data.rows),
        Err(DatasetError::Broken(broken)) => Err(broken.to_string()),
        Err(error) => panic!("{error}"),
    }
}

const HEADER: &str = "serial,temperature,pressure,material,polished,site,passed\n";

fn refused(rows: &str) -> String {
    read(format!("{HEADER}{rows}").as_bytes()).expect_err(rows)
}

#[test]
fn the_contract_says_what_is_allowed() {
    let contract = contract();
    let allowed = |name: &str| contract.column(name).unwrap().allowed();
    assert_eq!(allowed("temperature"), "a number from 200 to 900");
    assert_eq!(allowed("pressure"), "a number from 0 to 50, or empty");
    assert_eq!(allowed("material"), "one of Brass, Steel");
    assert_eq!(allowed("passed"), "true or false, or empty");
    assert_eq!(
        contract.column("site").unwrap().kind,
        Kind::Choice(["east", "north", "south"].map(str::to_owned).into())
    );
}

#[test]
fn good_files_of_every_form_are_read() {
    let plain = read(format!("{HEADER}p1,300,,Brass,true,east,false\n").as_bytes()).unwrap();
    let forms = [
        format!("\u{feff}{HEADER}p1,300,,Brass,true,east,false\n"),
        format!("{HEADER}p1,300,,Brass,true,east,false\n").replace('\n', "\r\n"),
        format!("{HEADER}\"p1\",\"300\",\"\",\"Brass\",\"true\",\"east\",\"false\""),
        "passed,site,serial,polished,material,temperature\nfalse,east,p1,true,Brass,3e2".to_owned(),
    ];
    for form in forms {
        assert_eq!(read(form.as_bytes()).unwrap(), plain, "{form}");
    }
    assert_eq!(plain[0].pressure, None);
}

/// More rows than are read in one go.
#[test]
fn rows_of_a_long_file_stay_in_order_and_each_broken_one_is_named() {
    let mut rows: Vec<String> = (0..40_000).map(|row| format!("p{row},300,,Brass,true,east,true\n")).collect();
    let text = HEADER.to_owned() + &rows.concat();
    let whole = read(text.as_bytes()).unwrap();
    assert_eq!(whole.len(), rows.len());
    assert!([0, 1, 7].map(|threads| read_on(threads, text.as_bytes()).unwrap()).iter().all(|rows| *rows == whole));
    assert!(whole.iter().enumerate().all(|(row, part)| part.serial == format!("p{row}")));
    for broken in [5, 20_000, 39_999] {
        rows[broken] = rows[broken].replace("300", "100");
    }
    let error = refused(&rows.concat());
    assert!(error.contains("3 values break the contract"), "{error}");
    let lines: Vec<&str> =
        error.lines().filter_map(|line| line.trim().split_once(", column")).map(|line| line.0).collect();
    assert_eq!(lines, ["line 7", "line 20002", "line 40001"], "{error}");
}

#[test]
fn each_broken_value_is_named_with_line_column_value_and_rule() {
    let cases = [
        (
            "p1,100,,Brass,true,east,true",
            "line 2, column temperature, value `100`: is lower than 200 (allowed: a number from 200 to 900)",
        ),
        ("p1,-5,,Brass,true,east,true", "column temperature, value `-5`"),
        ("p1,NaN,,Brass,true,east,true", "column temperature, value `NaN`: is not a finite number"),
        ("p1,inf,,Brass,true,east,true", "column temperature, value `inf`"),
        ("p1,,,Brass,true,east,true", "column temperature: has no value"),
        ("p1,hot,,Brass,true,east,true", "column temperature, value `hot`"),
        ("p1,300,NaN,Brass,true,east,true", "column pressure, value `NaN`: is not a finite number"),
        (
            "p1,300,,Gold,true,east,true",
            "column material, value `Gold`: is not one of the categories (allowed: one of Brass, Steel)",
        ),
        ("p1,300,,Brass,yes,east,true", "column polished, value `yes`"),
        ("p1,300,,Brass,true,,true", "column site"),
        (",300,,Brass,true,east,true", "column serial"),
        ("p1,300,,Brass,true,east", "the row has 6 values (allowed: 7, one per column)"),
        ("p1,300,,Brass,true,east,true,1", "the row has 8 values"),
    ];
    for (row, message) in cases {
        let error = refused(row);
        assert!(error.contains(message) && error.contains("line 2"), "{row}: {error}");
    }
}

#[test]
fn all_broken_rows_are_counted_and_the_first_listed() {
    let rows = "p1,100,,Brass,true,east,true\np1,300,,Brass,true,east,true\n".repeat(30);
    let error = refused(&rows);
    assert!(error.contains("30 values break the contract") && error.contains("and 10 more"), "{error}");
    assert_eq!(error.matches("\n  line ").count(), MAX_LISTED_VIOLATIONS);
    assert!(error.contains("line 4,") && !error.contains("line 3,"), "{error}");
}

#[test]
fn broken_headers_and_empty_files_are_refused() {
    let cases = [
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        (HEADER, "there is a header and no row"),
        ("serial,temperature\np1,300", "column material"),
        (&HEADER.replace("passed", "passed,extra"), "column extra: is not a column of the contract"),
        (&HEADER.replace("passed", "passed,site"), "column site: stands twice"),
        (&HEADER.replace("passed", "passed,"), "column 8 of the header has no name"),
        (&HEADER.replace(',', ";"), "is not a column of the contract"),
    ];
    for (file, message) in cases {
        let error = read(file.as_bytes()).expect_err(file);
        assert!(error.contains(message), "{file:?}: {error}");
    }
}

#[test]
fn invalid_utf8_and_endless_lines_are_refused() {
    let mut bytes = format!("{HEADER}p1,300,,Br").into_bytes();
    bytes.extend(b"\xff,true,east,true\n");
    let error = read(&bytes).unwrap_err();
    assert!(error.contains("line 2, column material") && error.contains("is not UTF-8"), "{error}");

    let mut endless = HEADER.as_bytes().to_vec();
    endless.resize(100_000_000, b'1');
    let error = read(&endless).unwrap_err();
    assert!(error.contains("line 2, a record is longer than 1048576 bytes: is a quote not closed?"), "{error}");
    let error = read(&endless[HEADER.len()..]).unwrap_err();
    assert!(error.contains("a record is longer than"), "{error}");

    let unclosed = format!("{HEADER}p1,300,,\"Brass,true,east,true\n{}", parts(100_000).split_once('\n').unwrap().1);
    let error = read(unclosed.as_bytes()).unwrap_err();
    assert!(error.contains("line 2, a record is longer than 1048576 bytes"), "{error}");
}

#[test]
fn numbers_in_a_file_are_those_of_json() {
    let column = |row: &str| refused(row);
    assert!(column("p1,0x12c,,Brass,true,east,true").contains("temperature, value `0x12c`: is not a number (allowed"));
    assert!(column("p1,+300,,Brass,true,east,true").contains("value `+300`: is not a number"));
    assert!(column("p1,300,,Brass,1,east,true").contains("polished, value `1`: is neither true nor false"));
}

#[test]
fn lines_that_end_in_carriage_returns_alone_are_counted() {
    let file = format!("{HEADER}p1,300,,Brass,true,east,true\np2,100,,Brass,true,east,true\n").replace('\n', "\r");
    let error = read(file.as_bytes()).unwrap_err();
    assert!(error.contains("line 3, column temperature, value `100`"), "{error}");
}

#[test]
fn json_is_held_to_the_same_contract() {
    let good = r#"{"serial":"p1","temperature":300,"material":"Brass","polished":true,"site":"east"}"#;
    assert_eq!(contract().read_json(good.as_bytes()).unwrap().pressure, None);
    let cases = [
        (good.replace("300", "100"), "temperature", "is lower than 200"),
        (good.replace("300", "\"x\""), "temperature", "invalid type: string \"x\", expected a number"),
        (good.replace("300", "null"), "temperature", "invalid type"),
        (good.replace("Brass", "Gold"), "material", "unknown variant"),
        (good.replace("\"serial\":\"p1\",", ""), "serial", "missing field"),
        (good.replace("serial", "cereal"), "cereal", "unknown field"),
        (good.replace("}", ",\"site\":\"east\"}"), "site", "duplicate field"),
        (format!("{good}{good}"), "", "trailing characters"),
        (String::new(), "", "EOF"),
        ("[\"p1\",300,null,\"Brass\",true,\"east\"]".to_owned(), "", "is not a JSON object"),
        ("7".to_owned(), "", "is not a JSON object"),
    ];
    for (json, column, problem) in cases {
        let broken = contract().read_json(json.as_bytes()).expect_err(&json);
        assert_eq!(broken[0].column, column, "{json}: {broken:?}");
        assert!(broken[0].problem.contains(problem), "{json}: {broken:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(garbage in proptest::collection::vec(any::<u8>(), 0..300), header in any::<bool>()) {
        let mut bytes = if header { HEADER.as_bytes().to_vec() } else { Vec::new() };
        bytes.extend(garbage);
        let _ = read(&bytes);
    }

    #[test]
    fn a_changed_byte_of_a_good_file_is_read_or_refused_with_a_line(at in 0_usize..2_000, byte: u8) {
        let mut bytes = parts(40).into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Err(error) = read(&bytes) {
            prop_assert!(error.contains("line "), "{}", error);
        }
    }
}
