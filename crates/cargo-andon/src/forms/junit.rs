//! JUnit XML: a gate that said no is a failure, one that did not run is an error, a waived one is skipped.

use andon_evidence::decision::{Decision, Outcome, Row, State};
use andon_evidence::policy::FAMILIES;
use anyhow::Result;
use askama::Template;

use super::names::DECISION;

/// What a gate is in JUnit's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Passed,
    Failure,
    Error,
    Skipped,
}

struct Case {
    gate: String,
    seconds: f64,
    told: Told,
    state: &'static str,
    bar: String,
    numbers: Vec<(&'static str, String)>,
    message: String,
    text: String,
}

struct Suite {
    family: &'static str,
    cases: Vec<Case>,
}

impl Suite {
    fn count(&self, told: Told) -> usize {
        self.cases.iter().filter(|case| case.told == told).count()
    }
}

#[derive(Template)]
#[template(path = "junit.xml")]
struct Document<'a> {
    name: &'a str,
    suites: Vec<Suite>,
}

impl Document<'_> {
    fn tests(&self) -> usize {
        self.suites.iter().map(|suite| suite.cases.len()).sum()
    }

    fn count(&self, told: Told) -> usize {
        self.suites.iter().map(|suite| suite.count(told)).sum()
    }
}

/// The decision as JUnit XML.
pub(crate) fn junit(name: &str, decision: &Decision) -> Result<String> {
    let suite = |family: &&'static str| {
        let rows = decision.rows.iter().filter(|row| row.gate.family() == *family);
        Suite { family, cases: rows.map(case).collect() }
    };
    let suites = FAMILIES.iter().map(suite).filter(|suite| !suite.cases.is_empty());
    let suites = suites.chain(decision.doubt.as_deref().map(doubted)).collect();
    Ok(Document { name: &plain(name), suites }.render()?)
}

/// What is no gate's and yet keeps the decision from being GO.
fn doubted(doubt: &str) -> Suite {
    let case = Case {
        gate: DECISION.to_owned(),
        seconds: 0.0,
        told: Told::Error,
        state: "INCOMPLETE",
        bar: String::new(),
        numbers: Vec::new(),
        message: plain(doubt),
        text: "next: cargo test".to_owned(),
    };
    Suite { family: DECISION, cases: vec![case] }
}

fn case(row: &Row) -> Case {
    let told = match (row.state, row.state.outcome()) {
        (State::Waived, _) => Told::Skipped,
        (_, Outcome::Go) => Told::Passed,
        (_, Outcome::NoGo) => Told::Failure,
        (_, Outcome::Incomplete) => Told::Error,
    };
    let numbers = row.measurement().map(|measured| {
        let (low, high) = measured.interval();
        let numbers = [("value", measured.value()), ("low", low), ("high", high)];
        let numbers = numbers.map(|(name, number)| (name, number.to_string()));
        numbers.into_iter().chain([("n", measured.n().to_string())]).collect()
    });
    Case {
        gate: row.gate.to_string(),
        seconds: row.evidence.as_ref().map_or(0.0, |evidence| evidence.duration_ms as f64 / 1e3),
        told,
        state: row.state.word(),
        bar: row.bar.to_string(),
        numbers: numbers.unwrap_or_default(),
        message: plain(&row.summary()),
        text: plain(&format!("why: {}\nnext: {}", row.bar.why, row.next_command().unwrap_or_default())),
    }
}

/// XML 1.0 has no way to write a control character.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|char| !char.is_control() || "\n\t".contains(*char))
        .filter(|char| !"\u{fffe}\u{ffff}".contains(*char))
        .collect()
}
