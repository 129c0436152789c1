//! The query that counts a table of scored rows, in the SQL of each database.
//!
//! It answers all questions in one pass and in one result: the rows by outcome, score and groups; the values of each
//! column by their fault; and if the model was named, the rows by the bins of its training data, and those outside its
//! validated ranges. A row with a fault is in no count but that of faults. Each line holds the number of all rows and
//! of all lines, so that a result that was cut off, or put together from two, is noticed.
//!
//! Every step that databases do in different ways is spelled out. A value is a text without blanks around it, and a
//! blank is no value; a number is read from its text by one pattern, so that NaN, infinity and `0x1F` are none; a
//! probability is rounded by `floor` and a comparison, half away from zero, on double precision. The order of the lines
//! means nothing.

mod dialect;
mod expressions;

use andon::data::faults::MAX_NUMBER_CHARS;
use andon::{Column, Kind};
use anyhow::{Result, bail, ensure};

pub(crate) use crate::scores::sql::dialect::Dialect;
use crate::scores::sql::expressions::QueriedFeature;
pub(super) use crate::scores::sql::expressions::{INSIDE, OUTSIDE};

use crate::scores::rows::ScoredColumns;

/// The columns of the result beside those of the protected attributes.
pub(super) const KIND: &str = "tally_kind";
pub(super) const COLUMN: &str = "tally_column";
pub(super) const VALUE: &str = "tally_value";
pub(super) const LABEL: &str = "tally_label";
pub(super) const SCORE: &str = "tally_score";
pub(super) const REFERRED: &str = "tally_referred";
pub(super) const ROWS: &str = "tally_rows";
pub(super) const TOTAL: &str = "tally_total";
pub(super) const LINES: &str = "tally_lines";
const COUNTS: [&str; 9] = [KIND, COLUMN, VALUE, LABEL, SCORE, REFERRED, ROWS, TOTAL, LINES];

/// The kinds of lines.
pub(super) const COUNTED: &str = "rows";
pub(super) const BROKEN: &str = "broken";
pub(super) const FAULTS: &str = "faults";
pub(super) const BINS: &str = "bins";
pub(super) const REFERRALS: &str = "referrals";

/// A question about one column, whose answers are counted.
pub(super) struct TableQuestion {
    pub(super) kind: &'static str,
    pub(super) column: String,
    /// The expression of the answer.
    answer: String,
}

/// The questions about each column: they follow from contract and model alone, so a result without one is not whole.
pub(super) fn questions(dialect: Dialect, columns: &ScoredColumns) -> Vec<TableQuestion> {
    let checked = columns.checked();
    let question = |kind, column: &str, answer| TableQuestion { kind, column: column.to_owned(), answer };
    let mut questions: Vec<TableQuestion> = Vec::new();
    for (at, column) in checked.iter().enumerate() {
        questions.push(question(FAULTS, &column.name, expressions::fault(dialect, column, at)));
    }
    let Some(released) = &columns.released else { return questions };
    let place = |column: &Column| checked.iter().position(|one| one.name == column.name).unwrap_or_default();
    let asked: Vec<QueriedFeature<'_>> =
        released.features().map(|(feature, column)| QueriedFeature { feature, column, at: place(column) }).collect();
    let training = released.model().training().into_iter().flat_map(|training| training.features());
    for (asked, bins) in asked.iter().zip(training) {
        questions.push(question(BINS, &asked.feature.name, asked.bin(dialect, bins.starts())));
    }
    for asked in &asked {
        if let Some(answer) = asked.outside(dialect, released) {
            questions.push(question(REFERRALS, &asked.feature.name, answer));
        }
    }
    questions
}

/// The query. The table has all columns of the contract but those in `absent`.
///
/// # Errors
/// If a column has the name of a column of the result, or a name that is no line of text, or if one is absent that must
/// be there.
pub(crate) fn query(dialect: Dialect, columns: &ScoredColumns, table: &str, absent: &[String]) -> Result<String> {
    let checked = columns.checked();
    for name in columns.names().into_iter().chain(checked.iter().map(|column| column.name.as_str())) {
        if COUNTS.contains(&name) || name.chars().any(char::is_control) {
            bail!("column `{}` cannot stand in the query: it has the name of a count", name.escape_default());
        }
    }
    for name in absent {
        let column = checked.iter().find(|column| column.name == *name);
        let may_be_absent = column.is_some_and(|column| !columns.must_have(column));
        ensure!(may_be_absent, "--absent: `{name}` is no column of the contract that a table may do without");
    }
    Ok(QueryLayers { dialect, columns, checked, questions: questions(dialect, columns) }.text(table, absent))
}

/// The query from the inside out: texts, numbers, faults, answers, counts.
struct QueryLayers<'a> {
    dialect: Dialect,
    columns: &'a ScoredColumns,
    checked: Vec<Column>,
    questions: Vec<TableQuestion>,
}

impl QueryLayers<'_> {
    fn text(&self, table: &str, absent: &[String]) -> String {
        let Self { dialect, .. } = self;
        let mut query = self.layer(&self.texts(absent), table, "texts");
        query = self.layer(&self.numbers(), &query, "numbers");
        query = self.layer(&self.faults(), &query, "faults");
        query = self.layer(&self.fitness(), &query, "checked");
        query = self.layer(&self.answers(), &query, "answers");
        query = self.layer(&self.referral(), &query, "referral");
        format!(
            "-- Counts of scored rows, for `cargo andon tally --from-counts`. Write the result as CSV with a header:\n\
             -- {}\n{}\nFROM (\n{}\n) AS counted\n",
            dialect.export(),
            self.lines(),
            self.counts(&query)
        )
    }

    /// One layer around another.
    fn layer(&self, expressions: &[String], inner: &str, name: &str) -> String {
        let from = if name == "texts" { inner.to_owned() } else { format!("(\n{inner}\n) AS of_{name}") };
        format!("SELECT {}\nFROM {from}{}", expressions.join(",\n  "), self.dialect.fence())
    }

    fn texts(&self, absent: &[String]) -> Vec<String> {
        let text = |column: &str| match absent.iter().any(|name| name == column) {
            true => format!("CAST(NULL AS {})", self.dialect.text_type()),
            false => self.dialect.trimmed(column),
        };
        let checked = self.checked.iter().enumerate().map(|(at, column)| format!("{} AS t{at}", text(&column.name)));
        let groups = self.columns.protected.iter().enumerate();
        checked.chain(groups.map(|(at, one)| format!("{} AS g{at}", text(&one.column)))).collect()
    }

    fn numbers(&self) -> Vec<String> {
        let is_number = |column: &Column| matches!(column.kind, Kind::Number { .. });
        let numbers = self.checked.iter().enumerate().filter(|(_, column)| is_number(column));
        let parsed =
            numbers.map(|(at, _)| format!("{} AS n{at}", self.dialect.parsed(&format!("t{at}"), MAX_NUMBER_CHARS)));
        std::iter::once("*".to_owned()).chain(parsed).collect()
    }

    fn faults(&self) -> Vec<String> {
        let faults = self.asked(FAULTS).map(|(at, question)| format!("{} AS a{at}", question.answer));
        std::iter::once("*".to_owned()).chain(faults).collect()
    }

    fn fitness(&self) -> Vec<String> {
        let faults: Vec<String> = self.asked(FAULTS).map(|(at, _)| format!("a{at} = ''")).collect();
        vec!["*".to_owned(), format!("CASE WHEN {} THEN '{COUNTED}' ELSE '{BROKEN}' END AS kind", faults.join(" AND "))]
    }

    /// The answers about whole rows: of a broken one there is none.
    fn answers(&self) -> Vec<String> {
        let Self { dialect, columns, checked, .. } = self;
        let of_whole = |value: &str, or: &str| format!("CASE WHEN kind = '{COUNTED}' THEN {value} ELSE {or} END");
        let place = |name: &str| checked.iter().position(|column| column.name == name).unwrap_or_default();
        let score = ten_thousandths(*dialect, &format!("n{}", place(&columns.score)));
        let faults = self.asked(FAULTS).map(|(at, _)| format!("a{at}"));
        let others = self.questions.iter().enumerate().filter(|(_, question)| question.kind != FAULTS);
        let others =
            others.map(|(at, question)| format!("{} AS a{at}", of_whole(&question.answer, &format!("'{BROKEN}'"))));
        let groups = (0..columns.protected.len()).map(|at| format!("{} AS g{at}", of_whole(&format!("g{at}"), "NULL")));
        ["kind".to_owned(), format!("{} AS label", of_whole(&format!("t{}", place(&columns.label)), "NULL"))]
            .into_iter()
            .chain([format!("{} AS score", of_whole(&score, "NULL"))])
            .chain(groups)
            .chain(faults)
            .chain(others)
            .collect()
    }

    fn referral(&self) -> Vec<String> {
        let outside: Vec<String> = self.asked(REFERRALS).map(|(at, _)| format!("a{at} = '{OUTSIDE}'")).collect();
        let referred = match outside.as_slice() {
            [] => "'0'".to_owned(),
            outside => format!("CASE WHEN {} THEN '1' ELSE '0' END", outside.join(" OR ")),
        };
        vec!["*".to_owned(), format!("CASE WHEN kind = '{COUNTED}' THEN {referred} END AS referred")]
    }

    /// One pass: the rows are grouped by what they are in all, and by the answer to each question.
    fn counts(&self, inner: &str) -> String {
        let groups: String = (0..self.columns.protected.len()).map(|at| format!(", g{at}")).collect();
        let rows = format!("kind, label, score, referred{groups}");
        let answers: Vec<String> = (0..self.questions.len()).map(|at| format!("a{at}")).collect();
        let sets: String = answers.iter().map(|answer| format!(",\n  ({answer})")).collect();
        format!(
            "SELECT {rows}, {}, COUNT(*) AS counted\nFROM (\n{inner}\n) AS of_counts\nGROUP BY GROUPING SETS (\n  ({rows}){sets}\n)",
            answers.join(", ")
        )
    }

    /// The lines of the result: texts and whole numbers, none of them missing.
    fn lines(&self) -> String {
        let Self { dialect, columns, questions, .. } = self;
        let any = |kind: &str| self.asked(kind).map(|(at, _)| format!("a{at}")).collect::<Vec<_>>().join(", ");
        let kinds = [FAULTS, BINS, REFERRALS].into_iter().filter(|kind| self.asked(kind).next().is_some());
        let kind: String =
            kinds.map(|kind| format!("\n    WHEN COALESCE({}, NULL) IS NOT NULL THEN '{kind}'", any(kind))).collect();
        let about = questions.iter().enumerate();
        let column: String =
            about.map(|(at, one)| format!("\n    WHEN a{at} IS NOT NULL THEN {}", dialect.text(&one.column))).collect();
        let answers: String = (0..questions.len()).map(|at| format!("a{at}, ")).collect();
        let groups = columns.protected.iter().enumerate();
        let groups: String =
            groups.map(|(at, one)| format!("\n  COALESCE(g{at}, '') AS {},", dialect.name(&one.column))).collect();
        format!(
            "SELECT\n  CASE WHEN kind IS NOT NULL THEN kind{kind} END AS {KIND},\n  \
             CASE WHEN kind IS NOT NULL THEN ''{column} END AS {COLUMN},\n  \
             COALESCE({answers}'') AS {VALUE},\n  COALESCE(label, '') AS {LABEL},\n  \
             COALESCE(CAST(score AS {text}), '') AS {SCORE},\n  COALESCE(referred, '') AS {REFERRED},{groups}\n  \
             counted AS {ROWS},\n  \
             CAST(SUM(CASE WHEN kind IS NOT NULL THEN counted ELSE 0 END) OVER () AS BIGINT) AS {TOTAL},\n  \
             COUNT(*) OVER () AS {LINES}",
            text = dialect.text_type(),
        )
    }

    /// The questions of one kind, each with its place.
    fn asked<'q>(&'q self, kind: &'q str) -> impl Iterator<Item = (usize, &'q TableQuestion)> {
        self.questions.iter().enumerate().filter(move |(_, question)| question.kind == kind)
    }
}

/// A probability in whole ten-thousandths, half away from zero.
fn ten_thousandths(dialect: Dialect, number: &str) -> String {
    let steps = format!("{number} * {}", dialect.number(10_000.0));
    format!(
        "CAST(\n    LEAST(GREATEST(FLOOR({steps}) + CASE WHEN {steps} - FLOOR({steps}) >= 0.5 THEN 1 ELSE 0 END, 1), 9999) AS BIGINT)"
    )
}
