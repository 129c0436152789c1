//! Files of scored rows, whole and broken, from reading to the verdict.

mod counts;

use std::fmt::Write as _;
use std::path::Path;

use andon::model::score::Score;
use andon_evidence::decision::GateState;
use andon_evidence::policy::Policy;

use crate::scores::judgement::{Judgement, Rules};
use crate::scores::reading;
use crate::scores::rows::{JudgedGroups, ProtectedColumn, ScoredColumns};

fn columns(protected: &[&str]) -> ScoredColumns {
    ScoredColumns {
        label: "ok".to_owned(),
        favourable: "yes".to_owned(),
        score: "p".to_owned(),
        protected: protected.iter().map(|column| ProtectedColumn::new(column)).collect(),
        policy_sha256: None,
        released: None,
    }
}

fn judge(text: &str, protected: &[&str]) -> Result<Judgement, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scored.csv");
    std::fs::write(&file, text).unwrap();
    let columns = columns(protected);
    let rules = Rules::Custom(Score::middle());
    let rows = reading::read(&file, &columns, &rules.judged_groups()).map_err(|error| error.to_string())?;
    Judgement::new(Path::new("scored.csv"), &rows.tally, &columns.protected, &rules, None)
}

/// 400 rows of two groups: 160 of 200 men and so many of 200 women are answered favourably, each as it turned out.
fn two_groups(women: usize) -> String {
    let mut text = "ok;p;Applicant Sex\n".to_owned();
    for (sex, favourable) in [("m", 160), ("f", women)] {
        for row in 0..200 {
            let _ = writeln!(text, "{};{sex}", if row < favourable { "yes;0.9" } else { "no;0.1" });
        }
    }
    text
}

fn state(judgement: &Judgement, id: &str) -> GateState {
    judgement.gates.iter().find(|gate| gate.gate.as_str() == id).unwrap().state
}

#[test]
fn a_file_is_judged_by_the_bars_that_hold_anywhere() {
    let judgement = judge(&two_groups(160), &["Applicant Sex"]).unwrap();
    assert_eq!((judgement.figures.rows, judgement.decision()), (400, None));
    assert_eq!(state(&judgement, "accuracy.auc"), GateState::Go);
    assert_eq!(state(&judgement, "fairness.disparate_impact.applicant_sex"), GateState::Go);
    // Every score is a tenth away from its outcome, so no resample differs and there is no interval.
    assert_eq!(state(&judgement, "calibration.expected_calibration_error"), GateState::Undecided);
    assert!(judgement.table(false).contains("No release decision: no policy was given"));
    let form: serde_json::Value = serde_json::from_str(&judgement.to_json().unwrap()).unwrap();
    assert_eq!((&form["decision"], &form["rows"]), (&serde_json::Value::Null, &400.into()));
}

#[test]
fn a_group_that_is_answered_less_often_is_red() {
    let judgement = judge(&two_groups(110), &["Applicant Sex"]).unwrap();
    assert_eq!(state(&judgement, "fairness.disparate_impact.applicant_sex"), GateState::NoGo);
}

/// Whoever does not say the group could turn the verdict, and does not vanish from it.
#[test]
fn rows_without_a_group_count_in_their_worst_assignment() {
    let hidden = two_groups(110).replace("no;0.1;f", "no;0.1;");
    let judgement = judge(&hidden, &["Applicant Sex"]).unwrap();
    assert_ne!(state(&judgement, "fairness.disparate_impact.applicant_sex"), GateState::Go);
}

#[test]
fn a_group_of_few_rows_is_not_judged_as_a_group() {
    let mut attributes = judge_groups(&two_groups(160).replacen("yes;0.9;m", "yes;0.9;x", 60));
    let attribute = attributes.remove(0);
    assert_eq!((attribute.groups, attribute.judged), (groups(&["f", "m", "x"]), groups(&["f", "m"])));
}

fn groups(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn judge_groups(text: &str) -> Vec<andon::data::frame::Attribute> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scored.csv");
    std::fs::write(&file, text).unwrap();
    let columns = columns(&["Applicant Sex"]);
    let judged = JudgedGroups::WithRows(100);
    judged.grouped(&reading::read(&file, &columns, &judged).unwrap().tally, &columns.protected).1
}

/// The judgement rests on counts, so the order of the rows changes nothing but the digest of the file.
#[test]
fn the_order_of_the_rows_changes_nothing() {
    let text = two_groups(150);
    let (header, rows) = text.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    let reversed = format!("{header}\n{}\n", rows.join("\n"));
    let one = judge(&text, &["Applicant Sex"]).unwrap();
    let other = judge(&reversed, &["Applicant Sex"]).unwrap();
    let body = |judgement: &Judgement| judgement.table(false).split_once('\n').unwrap().1.to_owned();
    assert_eq!(body(&one), body(&other));
    assert_ne!(one.figures.data_sha256, other.figures.data_sha256);
}

#[test]
fn each_broken_file_says_what_to_mend() {
    let mut many = "ok,p,Applicant Sex\n".to_owned();
    (0..60).for_each(|row| {
        let _ = writeln!(many, "{},0.5,person {row}", if row % 2 == 0 { "yes" } else { "no" });
    });
    let unclosed = format!("ok,p,Applicant Sex\nyes,0.5,\"m\nno,0.5,{}", "f\n".repeat(1 << 20));
    let cases = [
        ("", "there is no column `ok`"),
        ("ok,p\nyes,0.5\nno,0.2\n", "there is no column `Applicant Sex`; the columns are: ok, p"),
        ("ok,p,Applicant Sex\nyes,0.5\n", "line: 2"),
        ("ok,p,p,Applicant Sex\nyes,0.5,0.1,m\n", "column `p` stands 2 times in the header"),
        ("ok,p,Applicant Sex\nyes,1.5,m\n", "line 2, column p, value `1.5`: a score is a probability from 0 to 1"),
        ("ok,p,Applicant Sex\nyes,,m\n", "column p, value ``: is no number"),
        ("ok,p,Applicant Sex\n,0.5,m\n", "a row without an outcome"),
        ("ok,p,Applicant Sex\nyes,0.5,m\nno,0.5,m\nperhaps,0.5,m\n", "line 4, column ok, value `perhaps`"),
        ("ok,p,Applicant Sex\nyes,0.5,m\nyes,0.4,f\n", "both outcomes must occur"),
        ("ok,p,Applicant Sex\n1,0.5,m\n0,0.4,f\n", "an outcome has two values"),
        (&many, "has more than 50 values"),
        (&unclosed, "longer than 1 MiB"),
        ("ok,p,Applicant Sex\nyes,0.5,\u{fffd}\n", "both outcomes"),
    ];
    for (text, message) in cases {
        let said = judge(text, &["Applicant Sex"]).unwrap_err();
        assert!(said.contains(message), "{message}\n{said}");
    }
    let mark = judge("\u{feff}ok,p,Applicant Sex\nyes,0.9,m\nno,0.1,f\n", &["Applicant Sex"]);
    assert!(mark.is_ok(), "{mark:?}");
}

#[test]
fn a_score_that_is_the_outcome_is_refused() {
    let columns = |label: &str, protected: &[&str]| ScoredColumns { label: label.to_owned(), ..columns(protected) };
    assert_eq!(columns("p", &[]).doubled(), Some("p"));
    assert_eq!(columns("ok", &["sex", "ok"]).doubled(), Some("ok"));
    assert_eq!(columns("ok", &["sex"]).doubled(), None);
}

/// A policy decides, for scores only; it lists every gate of its that scores cannot answer.
#[test]
fn a_policy_decides_for_scores_only() {
    let text = include_str!("../../../../andon-evidence/tests/minimal.toml");
    let policy = Policy::parse(text, Path::new("release.toml")).unwrap();
    let gates = policy.gates.len();
    let rules = Rules::Policy("release.toml".into(), Box::new(policy));
    let columns = columns(&[]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scored.csv");
    std::fs::write(&file, two_groups(160)).unwrap();
    let rows = reading::read(&file, &columns, &rules.judged_groups()).unwrap();
    let judgement = Judgement::new(&file, &rows.tally, &[], &rules, None).unwrap();
    assert_eq!(judgement.gates.len() + judgement.not_asked.len(), gates);
    assert!(judgement.verdict().ends_with("for scores only"), "{}", judgement.verdict());
    let html = crate::report::judgement::render_judgement(&judgement).unwrap();
    assert!(html.contains("for scores only") && html.contains("accuracy.accuracy"));
}

/// Written by pyarrow: the rows of `two_groups(150)`, with the columns in another order and a column of lists.
fn parquet() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/scored.parquet")
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_is_judged_as_the_same_rows_in_csv() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scored.csv");
    std::fs::write(&file, two_groups(150)).unwrap();
    let judged = JudgedGroups::WithRows(100);
    let [csv, parquet] =
        [&file, &parquet()].map(|file| reading::read(file, &columns(&["Applicant Sex"]), &judged).unwrap().tally);
    assert_eq!(csv.into_part(None, "same"), parquet.into_part(None, "same"));
    let error = |columns: &ScoredColumns| reading::read(&self::parquet(), columns, &judged).unwrap_err().to_string();
    assert!(error(&columns(&["sex"])).contains("the columns are: Applicant Sex, lists, p, ok"));
    assert!(error(&columns(&["lists"])).contains("column `lists` holds lists or groups"));
    let swapped = ScoredColumns { label: "p".to_owned(), score: "ok".to_owned(), ..columns(&[]) };
    assert!(error(&swapped).contains("row 1, column ok, value `yes`: is no number"));
}

#[cfg(not(feature = "parquet"))]
#[test]
fn parquet_without_the_feature_is_told() {
    let read = reading::read(&parquet(), &columns(&[]), &JudgedGroups::WithRows(100));
    assert!(read.unwrap_err().to_string().contains("install it with `--features parquet`"));
}
