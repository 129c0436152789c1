//! The query of a database and its result: every dialect, and results that are not those of the query.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use andon::partial::released::ReleasedModel;
use andon_evidence::policy::Policy;

use super::{columns, two_groups};
use crate::scores::judgement::{Judgement, Rules};
use crate::scores::rows::{JudgedGroups, ProtectedColumn, ScoredColumns};
use crate::scores::sql::Dialect;
use crate::scores::{counts, reading, sql};

const CONTRACT: &str = include_str!("../../../../andon-evidence/tests/contract.schema.json");
const POLICY: &str = include_str!("../../../../andon-evidence/tests/minimal.toml");
/// A model of `size` and `price` with one leaf, and the counts of its training data.
const MODEL: &str = include_str!("../../../tests/data/released/model.json");

const DIALECTS: [Dialect; 3] = [Dialect::Duckdb, Dialect::Postgres, Dialect::Spark];

fn released() -> ScoredColumns {
    let policy = Policy::parse(POLICY, Path::new("release.toml")).unwrap();
    let model = ReleasedModel::new(CONTRACT.as_bytes(), MODEL.as_bytes(), &policy).unwrap();
    ScoredColumns {
        label: "good".to_owned(),
        favourable: "1".to_owned(),
        score: "p".to_owned(),
        protected: vec![ProtectedColumn::same("group")],
        policy_sha256: None,
        released: Some(Arc::new(model)),
    }
}

fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// The query asks each database in its own words, and cannot be led astray by a name or a value.
#[test]
fn the_query_spells_out_what_databases_do_in_different_ways() {
    let query = |dialect, columns: &ScoredColumns| sql::query(dialect, columns, "scored", &[]).unwrap();
    let odd = ScoredColumns { score: "a \"p`".to_owned(), ..columns(&["Sex"]) };
    for (dialect, name, number) in [
        (Dialect::Duckdb, "CAST(\"a \"\"p`\" AS VARCHAR)", "TRY_CAST(t1 AS DOUBLE)"),
        (Dialect::Postgres, "CAST(\"a \"\"p`\" AS TEXT)", "CAST(t1 AS DOUBLE PRECISION)"),
        (Dialect::Spark, "CAST(`a \"p``` AS STRING)", "CAST(t1 AS DOUBLE)"),
    ] {
        let query = query(dialect, &odd);
        assert!(query.contains(name) && query.contains(number) && query.contains(">= 0.5 THEN 1 ELSE 0"), "{query}");
        assert_eq!(query.contains("OFFSET 0"), dialect == Dialect::Postgres);
    }
    let texts = DIALECTS.map(|dialect| dialect.text("it's \\"));
    assert_eq!(texts, ["'it''s \\'", "'it''s \\'", "'it\\'s \\\\'"]);
    let taken = ScoredColumns { label: "tally_rows".to_owned(), ..odd };
    assert!(sql::query(Dialect::Spark, &taken, "scored", &[]).unwrap_err().to_string().contains("tally_rows"));
}

/// Contract, bins and validated ranges stand in the query; only a column that may be blank can be absent.
#[test]
fn the_query_of_a_release_asks_its_contract() {
    let query = |absent: &[&str]| {
        let absent: Vec<String> = absent.iter().map(|name| (*name).to_owned()).collect();
        sql::query(Dialect::Duckdb, &released(), "scored", &absent).map_err(|error| error.to_string())
    };
    let text = query(&["id"]).unwrap();
    for part in
        ["CAST(NULL AS VARCHAR) AS t", "THEN 'is above 10'", "NOT IN ('a', 'b')", "THEN 'outside' ELSE 'inside'"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("\"id\""));
    for name in ["price", "size", "group", "good", "p", "colour"] {
        assert!(
            query(&[name]).unwrap_err().contains("is no column of the contract that a table may do without"),
            "{name}"
        );
    }
}

/// Rows of scores alone: those of `two_groups(150)`.
#[test]
fn counts_of_a_query_are_those_of_the_rows() {
    let folder = tempfile::tempdir().unwrap();
    let columns = columns(&["Applicant Sex"]);
    let judged = JudgedGroups::WithRows(100);
    let lines = "rows,,,yes,9000,0,m,160\nrows,,,no,1000.0,0,m,40\nrows,,,yes,9000,0,f,150\n\
                 rows,,,no,1000,0, f ,50\nfaults,ok,,,,,,400\nfaults,p,,,,,,400\n";
    let rows = reading::read(&file(&folder, "rows.csv", &two_groups(150)), &columns, &judged).unwrap().tally;
    let head = "tally_kind,tally_column,tally_value,tally_label,tally_score,tally_referred,Applicant Sex,tally_rows,\
                tally_total,tally_lines\n";
    let lines: String = lines.lines().map(|line| format!("{line},400,6\n")).collect();
    let counted = counts::read(&file(&folder, "counts.csv", &format!("{head}{lines}")), &columns, &judged).unwrap();
    assert_eq!(counted.into_part(None, "same"), rows.into_part(None, "same"));
}

/// Six rows: two that are answered in one bin or another, one without a size, one that is referred for its price,
/// one with a fault, one with four.
const ROWS: &str =
    "good,p,size,price,group\n1,0.9,1.5,1,a\n1,0.8,,2,b\n0,0.2,5,1,a\n0,0.3, 9 ,7,\n1,0.5,11,1,a\n,2,3,x,c\n";

/// The answers of a database about them.
const LINES: [&str; 26] = [
    "rows,,,1,9000,0,a,1",
    "rows,,,1,8000,0,b,1",
    "rows,,,0,2000,0,a,1",
    "rows,,,0,3000,1,,1",
    "broken,,,,,,,2",
    "faults,good,,,,,,5",
    "faults,good,has no value,,,,,1",
    "faults,group,,,,,,5",
    "faults,group,is not one of the allowed values,,,,,1",
    "faults,id,,,,,,6",
    "faults,price,,,,,,5",
    "faults,price,is not a number,,,,,1",
    "faults,size,,,,,,5",
    "faults,size,is above 10,,,,,1",
    "faults,p,,,,,,5",
    "faults,p,is above 1,,,,,1",
    "bins,size,0,,,,,2",
    "bins,size,2,,,,,2",
    "bins,size,broken,,,,,2",
    "bins,price,1,,,,,2",
    "bins,price,3,,,,,1",
    "bins,price,4,,,,,1",
    "bins,price,broken,,,,,2",
    "referrals,price,inside,,,,,3",
    "referrals,price,outside,,,,,1",
    "referrals,price,broken,,,,,2",
];

/// The result with these lines, each with the number of all rows and lines.
fn result(lines: &[String], stated: usize) -> String {
    let head = "tally_kind,tally_column,tally_value,tally_label,tally_score,tally_referred,group,tally_rows,tally_total,\
                tally_lines\n";
    let lines = lines.iter().map(|line| format!("{line},6,{stated}\n"));
    head.to_owned() + &lines.collect::<String>()
}

fn lines() -> Vec<String> {
    LINES.map(str::to_owned).to_vec()
}

fn read(text: &str) -> Result<andon::partial::counts::PartialTally, String> {
    let folder = tempfile::tempdir().unwrap();
    let judged = JudgedGroups::WithRows(100);
    counts::read(&file(&folder, "counts.csv", text), &released(), &judged).map_err(|error| error.to_string())
}

/// Broken values, bins and referrals that a query counted are those of the rows, whatever the order of the lines and of
/// the columns, and if every value is a text in quotes.
#[test]
fn the_result_of_a_release_is_the_tally_of_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let judged = JudgedGroups::WithRows(100);
    let rows = reading::read(&file(&folder, "rows.csv", ROWS), &released(), &judged).unwrap();
    let first = "line 6, column size, value `11`: is above 10";
    assert_eq!((rows.first_broken.len(), rows.first_broken[0].as_str()), (5, first));
    let expected = rows.tally.into_part(None, "same");
    let same = |text: &str| assert_eq!(read(text).unwrap().into_part(None, "same"), expected, "{text}");
    same(&result(&lines(), 26));
    let reversed: Vec<String> = lines().into_iter().rev().collect();
    same(&result(&reversed, 26));
    let as_texts = |line: &str| line.split(',').map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>();
    same(&result(&lines(), 26).lines().map(|line| as_texts(line).join(",") + "\n").collect::<String>());
    let turned = |line: &str| line.split(',').rev().collect::<Vec<_>>().join(",") + "\n";
    same(&result(&lines(), 26).lines().map(turned).collect::<String>());
    same(&result(&lines(), 26).replace(",2,6,26", ",2.0,6.0,26.0").replace("bins,size,2,", "bins,size,2.0,"));
    let refused = Judgement::new(Path::new("x"), &expected, &released().protected, &rules(), None).unwrap_err();
    assert!(
        refused.contains("2 of 6 rows are broken") && refused.contains("column size: is above 10, 1 times"),
        "{refused}"
    );
}

fn rules() -> Rules {
    Rules::Policy("release.toml".into(), Box::new(Policy::parse(POLICY, Path::new("release.toml")).unwrap()))
}

/// A result without one of its lines, or with one twice, is none, and neither is one without a question.
#[test]
fn a_result_that_is_not_whole_is_refused() {
    for (at, line) in LINES.into_iter().enumerate() {
        let mut missing = lines();
        missing.remove(at);
        assert!(read(&result(&missing, 26)).unwrap_err().contains("lines are missing or doubled"), "{line}");
        // Also if nothing states the number of lines rightly.
        assert!(read(&result(&missing, 25)).is_err(), "{line}");
        let mut doubled = lines();
        doubled.push(line.to_owned());
        assert!(read(&result(&doubled, 26)).unwrap_err().contains("lines are missing or doubled"), "{line}");
        assert!(read(&result(&doubled, 27)).is_err(), "{line}");
    }
    let without_bins: Vec<String> = lines().into_iter().filter(|line| !line.starts_with("bins,size")).collect();
    let said = read(&result(&without_bins, without_bins.len())).unwrap_err();
    assert!(said.contains("the lines of `bins` size count 0 rows, and each says that there are 6"), "{said}");
    assert!(read(&result(&[], 0)).unwrap_err().contains("there is no line with counts"));
}

/// Counts that are none, answers that nobody can give, and results of another query.
#[test]
fn a_result_of_another_query_is_refused() {
    let cases = [
        ("bins,size,0,,,,,2", "bins,size,0,,,,,-2", "column tally_rows, value `-2`: is no number of rows"),
        ("bins,size,0,,,,,2", "bins,size,0,,,,,NaN", "value `NaN`: is no number of rows"),
        ("bins,size,0,,,,,2", "bins,size,0,,,,,", "value ``: is no number of rows"),
        ("bins,size,0,,,,,2", "bins,size,0,,,,,0", "value `0`: is no number of rows"),
        ("bins,size,0,,,,,2", "bins,size,0,,,,,2.5", "value `2.5`: is no number of rows"),
        ("bins,size,0,,,,,2", "bins,size,0,,,,,18446744073709551617", "is no number of rows"),
        ("bins,size,0,,,,,2", "bins,size,0,,,,,9007199254740992", "is no number of rows"),
        ("bins,size,0,,,,,2", "bins,size,0,,,,,9007199254740991", "count 9007199254740995 rows"),
        ("bins,size,0,,,,,2", "bins,size,3,,,,,2", "value `3`: is no answer to the question `bins` of column size"),
        ("bins,size,0,,,,,2", "bins,size,-1,,,,,2", "is no answer"),
        ("bins,size,0,,,,,2", "bins,size,,,,,,2", "is no answer"),
        ("bins,size,0,,,,,2", "bins,weight,0,,,,,2", "the question `bins` of column `weight` is none of those"),
        ("bins,size,0,,,,,2", "shares,size,0,,,,,2", "the question `shares`"),
        ("faults,id,,,,,,6", "faults,ident,,,,,,6", "the question `faults` of column `ident` is none of those"),
        ("faults,size,is above 10,", "faults,size,is above 11,", "is no answer"),
        ("faults,size,is above 10,", "faults,size,is not one of the allowed values,", "is no answer"),
        ("referrals,price,outside", "referrals,price,perhaps", "is no answer"),
        ("rows,,,0,3000,1,,1", "rows,,,0,3000,2,,1", "column tally_referred, value `2`: is neither 0 nor 1"),
        ("rows,,,0,3000,1,,1", "rows,,,0,3000,,,1", "is neither 0 nor 1"),
        ("rows,,,0,3000,1,,1", "rows,,,0,10000,1,,1", "column p, value `10000`"),
        ("rows,,,0,3000,1,,1", "rows,,,0,0.3,1,,1", "is no score in ten-thousandths"),
        ("rows,,,0,3000,1,,1", "rows,,,0,,1,,1", "is no score"),
        ("rows,,,0,3000,1,,1", "rows,,,,3000,1,,1", "a row without an outcome"),
        ("rows,,,0,3000,1,,1", "rows,,,2,3000,1,,1", "an outcome has two values"),
        ("rows,,,0,3000,1,,1", "rows,,,0,3000,0,,1", "referred rows and the columns that refer them"),
    ];
    for (from, to, message) in cases {
        let text = result(&lines(), 26);
        let changed = text.replacen(from, to, 1);
        assert_ne!(text, changed, "{from}");
        let said = read(&changed).unwrap_err();
        assert!(said.contains(message), "{message}\n{said}");
    }
    // Sums that hold, of counts that cannot be those of the same rows.
    let both = |changes: [(&str, &str); 2]| {
        let text = result(&lines(), 26);
        changes.into_iter().fold(text, |text, (from, to)| text.replacen(from, to, 1))
    };
    let of_fault = both([("faults,size,,,,,,5", "faults,size,,,,,,3"), ("10,,,,,1", "10,,,,,3")]);
    assert!(read(&of_fault).unwrap_err().contains("broken rows and broken values do not fit together"));
    let of_bin = both([("bins,size,0,,,,,2", "bins,size,0,,,,,3"), ("size,broken,,,,,2", "size,broken,,,,,1")]);
    assert!(read(&of_bin).unwrap_err().contains("the bins of size do not hold 4 rows"));
    let other_total = result(&lines(), 26).replacen(",6,26", ",7,26", 1);
    assert!(read(&other_total).unwrap_err().contains("they are of two queries"));
    let other_column = result(&lines(), 26).replacen("tally_lines", "lines", 1);
    assert!(read(&other_column).unwrap_err().contains("there is no column `tally_lines`"));
}
