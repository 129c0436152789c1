//! JUnit XML: a red gate is a failure, a gate without a result is an error, a waived gate, and a red one that
//! does not block, is skipped with the word.

use std::time::Duration;

use andon_evidence::decision::{Decision, GateResult, GateState, Outcome};
use andon_evidence::policy::FAMILIES;
use anyhow::Result;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::names::DECISION;

/// The decision as JUnit XML.
pub(crate) fn junit(name: &str, decision: &Decision) -> Result<String> {
    let mut report = Report::new(printable(name));
    let mut beside: Vec<TestCase> =
        decision.beside_gates().map(|(outcome, why)| case_beside_gates(outcome, &why)).collect();
    if decision.outcome == Outcome::GoForScores {
        beside.push(case_of_scores(decision));
    }
    if !beside.is_empty() {
        report.add_test_suite(suite(DECISION, beside));
    }
    for family in FAMILIES {
        let rows = decision.rows.iter().filter(|row| row.gate.family() == family);
        let cases: Vec<TestCase> = rows.map(|row| gate_case(family, row)).collect();
        if !cases.is_empty() {
            report.add_test_suite(suite(family, cases));
        }
    }
    Ok(report.to_string()?)
}

fn suite(name: &str, cases: Vec<TestCase>) -> TestSuite {
    let mut suite = TestSuite::new(name);
    suite.add_test_cases(cases);
    suite
}

fn gate_case(family: &str, row: &GateResult) -> TestCase {
    let mut case = TestCase::new(row.gate.as_str(), status(row));
    let milliseconds = row.evidence.as_ref().and_then(|evidence| evidence.duration_ms);
    case.set_classname(family);
    if let Some(milliseconds) = milliseconds {
        case.set_time(Duration::from_millis(milliseconds));
    }
    case.add_property(("state", row.state.word()));
    case.add_property(("bar".to_owned(), printable(&row.bar.to_string())));
    if let Some(measured) = row.measurement() {
        let (low, high) = measured.interval();
        for (name, number) in [("value", measured.value()), ("low", low), ("high", high)] {
            case.add_property((name.to_owned(), number.to_string()));
        }
        case.add_property(("n".to_owned(), measured.n().to_string()));
    }
    case
}

fn status(row: &GateResult) -> TestCaseStatus {
    let mut status = match (row.state, row.state.outcome()) {
        (GateState::Waived | GateState::Warned, _) => TestCaseStatus::skipped(),
        (_, Outcome::Go | Outcome::GoForScores) => return TestCaseStatus::success(),
        (_, Outcome::NoGo) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        (_, Outcome::Incomplete) => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    let text = format!("why: {}\nnext: {}", row.bar.why, row.next_command().unwrap_or_default());
    status.set_message(printable(&row.summary()));
    status.set_type(row.state.word());
    status.set_description(printable(&text));
    status
}

/// The test case of a decision about scores alone: skipped, since it is no whole GO, with what was not asked.
fn case_of_scores(decision: &Decision) -> TestCase {
    let mut status = TestCaseStatus::skipped();
    status.set_message(decision.outcome.to_string());
    status.set_description(printable(&decision.remarks.join("\n")));
    let mut case = TestCase::new(DECISION, status);
    case.set_classname(DECISION).set_time(Duration::ZERO);
    case.add_property(("state".to_owned(), decision.outcome.to_string()));
    case
}

/// The test case of the decision itself, which a reason outside the gates keeps from being GO.
fn case_beside_gates(outcome: Outcome, why: &str) -> TestCase {
    let kind = if outcome == Outcome::NoGo { NonSuccessKind::Failure } else { NonSuccessKind::Error };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(printable(why));
    status.set_type(outcome.to_string());
    status.set_description("next: cargo test");
    let mut case = TestCase::new(DECISION, status);
    case.set_classname(DECISION).set_time(Duration::ZERO);
    case.add_property(("state".to_owned(), outcome.to_string()));
    case
}

/// Text for `quick_junit`. It keeps two characters that XML cannot hold, which are removed here. It drops tabs, which
/// become spaces here.
fn printable(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "").replace('\t', " ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use andon_evidence::decision::Tries;
    use andon_evidence::judge::Bar;

    use super::*;

    fn row(gate: &str, state: GateState, why: &str) -> GateResult {
        let gate = gate.to_owned().try_into().unwrap();
        GateResult { gate, state, bar: Bar::at_least(0.8, why), evidence: None, note: why.to_owned() }
    }

    #[test]
    fn every_state_has_its_element_and_any_text_is_well_formed() {
        let states = [GateState::Go, GateState::NoGo, GateState::Missing, GateState::Waived, GateState::Warned];
        let hostile = "a\u{0}\u{1b}[31mb\u{ffff}\tc <&\"'>";
        let rows = states.map(|state| row("accuracy.auc", state, hostile)).into();
        let doubt = Some(hostile.to_owned());
        let decision = Decision {
            outcome: Outcome::NoGo,
            fingerprint: String::new(),
            rows,
            families: BTreeMap::new(),
            tries: Tries::default(),
            stops: Vec::new(),
            objections: vec![hostile.to_owned()],
            weakened: Vec::new(),
            remarks: Vec::new(),
            doubt,
        };
        let xml = junit(hostile, &decision).unwrap();
        let document = roxmltree::Document::parse(&xml).unwrap();
        let count = |tag: &str| document.descendants().filter(|node| node.has_tag_name(tag)).count();
        assert_eq!(["testcase", "failure", "error", "skipped"].map(count), [7, 2, 2, 2], "{xml}");
        let root = document.root_element();
        assert_eq!(
            ["tests", "failures", "errors", "skipped"].map(|name| root.attribute(name).unwrap()),
            ["7", "2", "2", "2"]
        );
        let failure = document.descendants().rfind(|node| node.has_tag_name("failure")).unwrap();
        assert_eq!(failure.attribute("type"), Some("NO-GO"));
        assert!(failure.text().unwrap().contains("why: ab c <&\"'>\nnext: cargo test"), "{xml}");
        assert_eq!(xml, junit(hostile, &decision).unwrap());
    }
}
