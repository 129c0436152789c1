//! Rows of a part counted by contract and model, in either form, against the frame of the same rows.

use andon::partial::counts::{PartialTally, ScoreSource, TallyScope};
use andon::partial::released::ReleasedModel;
use andon::partial::rows::tally_rows;
use andon::{Decider, Sample, Score, Tally};

use crate::part::{POLICY, Part, parts, release};

fn scope() -> TallyScope {
    TallyScope {
        scores: ScoreSource::Model("model".to_owned()),
        label: "passed".to_owned(),
        favourable: "1".to_owned(),
        protected: vec!["site".to_owned()],
        policy_sha256: None,
        contract_sha256: None,
    }
}

fn tally(decider: &Decider<Part>, name: &str, rows: &str) -> PartialTally {
    tally_rows(decider, scope(), Some(name), rows.as_bytes()).unwrap().tally
}

/// The same rows, one JSON object a line.
fn json_lines(csv: &str) -> String {
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let [serial, temperature, pressure, material, polished, site, passed] = cells[..] else { panic!("{line}") };
        let pressure = if pressure.is_empty() { "null" } else { pressure };
        format!(
            "{{\"serial\":\"{serial}\",\"temperature\":{temperature},\"pressure\":{pressure},\"material\":\"{material}\",\
             \"polished\":{polished},\"site\":\"{site}\",\"passed\":{passed}}}\n"
        )
    };
    csv.lines().skip(1).map(row).collect()
}

#[test]
fn rows_counted_one_by_one_are_those_of_the_frame() {
    let folder = tempfile::tempdir().unwrap();
    // Warmer parts are referred.
    let policy = POLICY.replace("max = 850", "max = 700");
    let csv = parts(600);
    let release = release(folder.path(), &policy, &csv);
    let judged = release.judged().unwrap();
    let model = judged.decider.model();
    let scores: Vec<Score> = (0..600).map(|row| model.score(judged.frame.matrix.row(row)).unwrap()).collect();
    let whole = tally(&judged.decider, "one", &csv);
    assert_eq!(whole.tally(&judged.frame.attributes).unwrap(), Tally::count(&judged.frame, &scores));
    let served =
        whole.served(&judged.frame.attributes, |tally| Sample { tally, ..judged.sample.clone() }).unwrap().unwrap();
    assert_eq!((served.referred, &served.outside), (judged.served.referred, &judged.served.outside));
    assert_eq!(served.referral.tally, judged.served.referral.tally);
    assert_eq!(served.answered.tally.rows(), 600 - served.referred);
    // The other form of the rows, and the rows in seven parts from the last to the first, come to the same counts.
    let same =
        |tally: PartialTally| assert_eq!(tally.into_part(Some("one"), ""), whole.clone().into_part(Some("one"), ""));
    same(tally(&judged.decider, "json", &json_lines(&csv)));
    let (header, rows) = csv.split_once('\n').unwrap();
    let part = |part: usize| {
        let rows = rows.lines().enumerate().filter(|(row, _)| row % 7 == part).map(|(_, row)| format!("{row}\n"));
        tally(&judged.decider, &format!("part {part}"), &format!("{header}\n{}", rows.collect::<String>()))
    };
    let mut sum = part(6);
    (0..6).rev().for_each(|at| sum.add(part(at)).unwrap());
    same(sum);
}

#[test]
fn a_broken_row_is_counted_by_column_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let csv = parts(60);
    let release = release(folder.path(), POLICY, &csv);
    let decider = &release.judged().unwrap().decider;
    let broken = "a,hot,,Brass,true,east,true\nb,1000,,Brass,true,east,true\nc,300,,Brass,true,east,\n\
                  d,,,Iron,true,east,true\ne,300,60,Brass,true,east,true,more\n";
    let counted = tally_rows(decider, scope(), None, format!("{csv}{broken}").as_bytes()).unwrap();
    assert_eq!((counted.tally.rows(), counted.tally.broken_rows(), counted.first_broken.len()), (65, 5, 5));
    let values: Vec<_> = counted.tally.broken_values().collect();
    let expected = [
        ("", "the row is not one of the contract", 1),
        ("material", "is not one of the allowed values", 1),
        ("passed", "has no value", 1),
        ("temperature", "is above 900", 1),
        ("temperature", "is not a number", 1),
    ];
    assert_eq!(values, expected);
    // JSON says the same, and its errors hold no value.
    let lines =
        "{\"serial\":\"a\",\"temperature\":\"hot\"}\n{\"serial\":\"b\"}\n[]\n{\"serial\":\"c\",\"colour\":1}\n{\n";
    let counted = tally_rows(decider, scope(), None, lines.as_bytes()).unwrap().tally;
    let values: Vec<_> = counted.broken_values().collect();
    assert_eq!((counted.rows(), counted.broken_rows()), (5, 5));
    assert_eq!(values[0], ("", "the row is not one of the contract", 3), "{values:?}");
    assert_eq!(values[1..], [("temperature", "has no value", 1), ("temperature", "is not a number", 1)]);
}

#[test]
fn an_input_that_is_none_has_no_tally() {
    let folder = tempfile::tempdir().unwrap();
    let release = release(folder.path(), POLICY, &parts(60));
    let decider = &release.judged().unwrap().decider;
    let said = |rows: &[u8]| tally_rows(decider, scope(), None, rows).unwrap_err().to_string();
    assert!(said(b"").contains("the file is empty"));
    assert!(said(b"serial,temperature\n").contains("is missing from the header"));
    let unclosed = format!("{}z,300,,\"Brass{}", parts(9), "x".repeat(2 << 20));
    assert!(said(unclosed.as_bytes()).contains("is a quote not closed?"));
    let long = format!("{{\"serial\":\"{}", "x".repeat(2 << 20));
    assert!(said(long.as_bytes()).contains("is longer than 1048576 bytes"));
}

/// A row of a table means what it means to the program: the same faults, and the same numbers for the model.
#[test]
fn a_row_of_a_table_is_the_row_of_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let csv = parts(600);
    let release = release(folder.path(), POLICY, &csv);
    let judged = release.judged().unwrap();
    let contract = serde_json::to_vec(release.contract().json_schema()).unwrap();
    let model = judged.decider.model().to_json();
    let released = ReleasedModel::new(&contract, &model, release.policy()).unwrap();
    let header: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    let place = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let places: Vec<usize> = released.columns().iter().map(|column| place(&column.name)).collect();
    for (row, line) in csv.lines().skip(1).enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        let found = released.columns().iter().zip(&places).find_map(|(column, at)| column.fault_of(cells[*at]));
        assert_eq!(found, None, "{line}");
        let encoded = released.encode(|column| cells[places[column]]);
        assert_eq!(encoded, judged.frame.matrix.row(row), "{line}");
    }
    let broken = "a,hot,,Brass,true,east,true\nb,1000,51,Brass,1,east,true\nc,3e2,,Brass,true,west,true\n\
                  d,,1e999,Iron,true,east,true\ne,NaN,-0.5,Brass,TRUE,east,true\nf,300,,steel,true,,true\n";
    for line in broken.lines() {
        let cells: Vec<&str> = line.split(',').collect();
        let faults = released.columns().iter().zip(&places).filter_map(|(column, at)| {
            let fault = column.fault_of(cells[*at])?;
            Some((column.name.clone(), fault.to_string()))
        });
        let faults: Vec<(String, String)> = faults.collect();
        let rows = format!("{}\n{line}\n", header.join(","));
        let counted = tally(&judged.decider, "one", &rows);
        assert_eq!(counted.broken_rows(), 1, "{line}");
        // The program stops at a value of the wrong type; each value that it counts has the same fault here.
        for (column, problem, _) in counted.broken_values() {
            assert!(faults.contains(&(column.to_owned(), problem.to_owned())), "{line} {column} {problem} {faults:?}");
        }
    }
}
