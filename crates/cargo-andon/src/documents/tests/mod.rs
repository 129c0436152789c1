//! The documents of the shipped policy and of a small one.

use std::path::Path;

use andon_evidence::decision::{Decision, GateResult, GateState, Outcome, Tries};
use andon_evidence::evidence::{Evidence, Finding, Timestamp};
use andon_evidence::figures::{Figures, ListedReason, ReasonFigure, ReasonFigures, ReasonGroup, ReasonList};
use andon_evidence::fingerprint::Fingerprint;
use andon_evidence::judge::{Measurement, Threshold, Unit};
use andon_evidence::layout;
use andon_evidence::ledger::Stop;
use andon_evidence::policy::Policy;
use serde_json::{Value, json};

use super::*;
use crate::report::AlternativesFound;
use crate::report::tests::{assert_sound, searched};

const SHIPPED_POLICY: &str = include_str!("../../../../../release.toml");
const SMALL_POLICY: &str = include_str!("../../../../andon-evidence/tests/minimal.toml");
const FIGURES_JSON: &str = include_str!("../../../../andon-evidence/tests/figures.json");
const OUTLINE: &str = include_str!("outline.txt");

/// The inputs of a document that a test can change.
struct Inputs {
    policy: Policy,
    decision: Decision,
    figures: Figures,
    contract: Value,
    fingerprint: Value,
    vouched: bool,
    alternatives: AlternativesFound,
}

impl Inputs {
    /// The shipped policy, each gate at its bar, waived if the policy waives it.
    fn shipped() -> Self {
        let mut inputs = Self::of(SHIPPED_POLICY);
        inputs.figures.reasons = Some(reasons());
        inputs
    }

    fn of(policy: &str) -> Self {
        let policy = Policy::parse(policy, Path::new(layout::POLICY)).unwrap();
        let rows = policy.gates.keys().map(|gate| row(&policy, gate.as_str())).collect();
        let decision = Decision {
            outcome: Outcome::Go,
            fingerprint: "0f".repeat(32),
            rows,
            families: policy.families.clone(),
            tries: Tries::default(),
            stops: Vec::new(),
            objections: Vec::new(),
            weakened: Vec::new(),
            remarks: policy.remarks(),
            doubt: None,
        };
        let columns = policy.data.features.iter().chain(policy.data.protected.keys()).chain([&policy.data.label]);
        let column =
            |name: &String| (name.clone(), json!({ "description": "Meaning.", "type": "integer", "minimum": 0 }));
        let properties: serde_json::Map<String, Value> = columns.map(column).collect();
        let inputs = ["release.toml", "Cargo.toml", "Cargo.lock", "(compiler)", "(target)"];
        let inputs: serde_json::Map<String, Value> =
            inputs.iter().map(|name| ((*name).to_owned(), json!("ab"))).collect();
        Self {
            policy,
            decision,
            figures: serde_json::from_str(FIGURES_JSON).unwrap(),
            contract: json!({ "properties": properties }),
            fingerprint: json!({ "digest": "0f", "inputs": inputs }),
            vouched: true,
            alternatives: AlternativesFound::Absent,
        }
    }

    fn with_source<T>(&self, look: impl FnOnce(&DocumentSource<'_>) -> T) -> T {
        let fingerprint: Fingerprint = serde_json::from_value(self.fingerprint.clone()).unwrap();
        look(&DocumentSource {
            identity: ("small", "1.2.3"),
            decision: &self.decision,
            policy: &self.policy,
            figures: &self.figures,
            vouched: self.vouched,
            contract: &self.contract,
            alternatives: &self.alternatives,
            fingerprint: &fingerprint,
        })
    }

    fn text(&self, kind: DocumentKind, format: DocumentFormat) -> String {
        self.with_source(|source| render(kind, format, source)).unwrap().text
    }
}

fn row(policy: &Policy, gate: &str) -> GateResult {
    let (gate, bar) = policy.gates.get_key_value(&gate.to_owned().try_into().unwrap()).unwrap();
    let (Threshold::Min(value) | Threshold::Max(value)) = bar.threshold;
    let evidence = Evidence {
        gate: gate.clone(),
        fingerprint: "0f".repeat(32),
        model_sha256: Some("ab".repeat(32)),
        scores_sha256: Some("5".repeat(64)),
        finding: Finding::Measured(Measurement::exact(value, Unit::Share, 1234).unwrap()),
        vouched: [].into(),
        started_at: Timestamp::UNIX_EPOCH,
        duration_ms: None,
    };
    let (state, note) = match policy.waiver(gate) {
        Some(waiver) => (GateState::Waived, format!("waived by {} until {}", waiver.owner, waiver.expires)),
        None => (GateState::Go, String::new()),
    };
    GateResult { gate: gate.clone(), state, bar: bar.clone(), evidence: Some(evidence), note }
}

/// Three denied rows, of which two get the same reasons.
fn reasons() -> ReasonFigures {
    let reason = |code: &str, first, any| ReasonFigure { code: code.to_owned(), feature: "f".to_owned(), first, any };
    let group = |name: &str, negatives, any| ReasonGroup {
        attribute: "race".to_owned(),
        name: name.to_owned(),
        negatives,
        any,
    };
    let listed = |code: &str, words: &str| ListedReason { code: code.to_owned(), words: words.to_owned() };
    ReasonFigures {
        asked: 10,
        negatives: 3,
        reasons: vec![reason("R07", 2, 3), reason("R10", 1, 2)],
        groups: vec![group("black", 3, vec![3, 2]), group("white", 0, vec![0, 0])],
        lists: vec![ReasonList {
            rows: 2,
            reasons: vec![listed("R07", "total obligations of {value} % of income"), listed("R10", "a bankruptcy")],
        }],
    }
}

/// Numbers and titles of every point, each with what fills it.
fn lines_of(document: &Document) -> String {
    let mut text = String::new();
    for section in &document.sections {
        text += &format!("{}\n", section.title);
        for point in &section.points {
            let roles: Vec<&str> = point.blanks().map(|blank| blank.role).collect();
            let filled = match (roles.len(), point.passages.len()) {
                (0, _) => "from measurements".to_owned(),
                (blanks, all) if blanks < all => format!("in part; {}", roles.join(", ")),
                _ => roles.join(", "),
            };
            text += &format!("  {} {}: {filled}\n", point.number, point.title);
        }
    }
    text
}

#[test]
fn the_search_on_record_fills_the_point_about_alternatives_and_one_of_another_release_does_not() {
    let mut inputs = Inputs::shipped();
    let blanks = |inputs: &Inputs| {
        let text = inputs.text(DocumentKind::FairLending, DocumentFormat::Md);
        (text.matches("TO BE WRITTEN BY").count(), text)
    };
    let (without, _) = blanks(&inputs);
    inputs.alternatives = AlternativesFound::Stale("of another policy".to_owned());
    let (stale, text) = blanks(&inputs);
    assert_eq!(stale, without);
    assert!(text.contains("not of this release: of another policy"), "{text}");
    inputs.alternatives = AlternativesFound::Current(searched("age"));
    let (current, text) = blanks(&inputs);
    assert_eq!(current, without - 1);
    let why = inputs.policy.search.as_ref().and_then(|search| search.chosen_because.as_deref()).unwrap();
    assert!(text.contains("30 alternatives were searched") && text.contains(&why[..40]), "{text}");
}

#[test]
fn the_outline_of_each_document_is_the_approved_one() {
    let found: String = Inputs::shipped().with_source(|source| {
        let one = |kind: DocumentKind| {
            let document = outline(kind, source).unwrap();
            format!("# {}: {}\n{}\n", kind.name(), document.counts().in_words(), lines_of(&document))
        };
        DocumentKind::ALL.into_iter().map(one).collect()
    });
    assert_eq!(found.trim(), OUTLINE.trim(), "\n{found}");
}

#[test]
fn a_document_is_the_same_twice_loads_nothing_and_counts_its_blanks() {
    for kind in DocumentKind::ALL {
        let inputs = Inputs::shipped();
        let html = inputs.text(kind, DocumentFormat::Html);
        assert_sound(&html);
        assert_eq!(html, Inputs::shipped().text(kind, DocumentFormat::Html));
        let text = inputs.text(kind, DocumentFormat::Md);
        let document = inputs.with_source(|source| outline(kind, source)).unwrap();
        let blanks: usize = document.counts().by_role.values().sum();
        assert!(blanks > 0, "{}", kind.name());
        for text in [&html, &text] {
            assert_eq!(text.matches("TO BE WRITTEN BY ").count(), blanks, "{}", kind.name());
            assert!(text.contains(&document.counts().in_words()), "{}", kind.name());
        }
    }
}

#[test]
fn whatever_speaks_against_a_release_stands_at_the_head() {
    let mut inputs = Inputs::shipped();
    for kind in DocumentKind::ALL {
        assert!(inputs.text(kind, DocumentFormat::Md).contains("- WAIVED fairness.amplification.race"));
    }
    let (day, now) = ("2026-01-02".parse().unwrap(), Timestamp::UNIX_EPOCH);
    let stop = Stop::new("Ada", "a wrong rate", day, now);
    inputs.decision.stops = vec![stop];
    inputs.decision.outcome = Outcome::NoGo;
    (inputs.decision.rows[0].state, inputs.decision.rows[0].note) = (GateState::NoGo, String::new());
    for row in &mut inputs.decision.rows[1..10] {
        (row.state, row.note, row.evidence) = (GateState::Stale, "inputs changed since: data".to_owned(), None);
    }
    inputs.vouched = false;
    let red = inputs.decision.rows[0].gate.to_string();
    for kind in DocumentKind::ALL {
        let text = inputs.text(kind, DocumentFormat::Html);
        let head = text.split_once("id=\"section-1\"").unwrap().0;
        for warning in ["STOPPED: Ada stopped the release on 2026-01-02: a wrong rate", "NOT VOUCHED FOR", "NO-GO</p>"]
        {
            assert!(head.contains(warning), "{warning} in {head}");
        }
        assert!(head.contains(&format!("NO-GO {red}")) && head.contains(" and 3 more: inputs changed since: data"));
    }
}

#[test]
fn what_a_package_lacks_is_an_error_or_a_blank() {
    let mut inputs = Inputs::of(SMALL_POLICY);
    for kind in DocumentKind::ALL {
        inputs.text(kind, DocumentFormat::Html);
    }
    let blanks =
        |inputs: &Inputs, kind: DocumentKind| inputs.with_source(|source| outline(kind, source).unwrap().counts());
    let without_reasons = blanks(&inputs, DocumentKind::AdverseAction);
    inputs.figures.reasons = Some(reasons());
    let with_reasons = blanks(&inputs, DocumentKind::AdverseAction);
    assert_eq!(without_reasons.open, with_reasons.open + 2);
    inputs.contract["properties"].as_object_mut().unwrap().remove("size");
    let refused = |inputs: &Inputs| {
        let refused = inputs.with_source(|source| render(DocumentKind::AnnexIv, DocumentFormat::Md, source).err());
        refused.unwrap().to_string()
    };
    assert!(refused(&inputs).contains("the data contract has no column size"));
    let mut inputs = Inputs::of(SMALL_POLICY);
    inputs.fingerprint["inputs"].as_object_mut().unwrap().remove("Cargo.lock");
    assert!(refused(&inputs).contains("the fingerprint holds no Cargo.lock"));
    let mut inputs = Inputs::of(SMALL_POLICY);
    inputs.policy.about.purpose = " ".to_owned();
    assert!(refused(&inputs).contains("point 1(a) (Intended purpose)"));
}

/// The shipped release with this name in every text that a stranger may write.
fn named(name: &str) -> Inputs {
    let mut inputs = Inputs::shipped();
    let about = &mut inputs.policy.about;
    (about.owner, about.purpose) = (name.to_owned(), name.to_owned());
    (about.limitations, about.intended_use) = (vec![name.to_owned()], vec![name.to_owned()]);
    for waiver in &mut inputs.policy.waivers {
        (waiver.reason, waiver.owner) = (name.to_owned(), name.to_owned());
    }
    inputs.policy.answer.contact = Some(name.to_owned());
    inputs.policy.wording.values_mut().for_each(|entry| entry.improve = name.to_owned());
    for row in &mut inputs.decision.rows {
        (row.bar.why, row.note) = (name.to_owned(), if row.note.is_empty() { String::new() } else { name.to_owned() });
    }
    inputs.figures.groups.iter_mut().for_each(|group| group.name = name.to_owned());
    if let Some(reasons) = &mut inputs.figures.reasons {
        reasons.lists[0].reasons[1].words = name.to_owned();
    }
    inputs
}

/// The names of all tags, in their order.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|rest| rest.split([' ', '>']).next().unwrap()).collect()
}

#[test]
fn hostile_words_stay_text_in_both_forms() {
    let tame = named("name");
    let hostile = [
        "<script>alert(1)</script>",
        "\"' onload=alert(1) x='",
        "x | y | z\n\n# head\n- item",
        "](http://evil.example) ![x](y) `code` **bold**",
        "a\u{202e}b",
        "{{ 1 }}",
        "> quote",
    ];
    for kind in DocumentKind::ALL {
        let html = tame.text(kind, DocumentFormat::Html);
        let text = tame.text(kind, DocumentFormat::Md);
        let cells = |text: &str| text.replace("\\|", "").matches('|').count();
        for hostile in hostile {
            let inputs = named(hostile);
            let page = inputs.text(kind, DocumentFormat::Html);
            assert_eq!(tags(&page), tags(&html), "{hostile}");
            assert_sound(&page);
            let marked = inputs.text(kind, DocumentFormat::Md);
            assert_eq!(marked.lines().count(), text.lines().count(), "{hostile}");
            assert_eq!(cells(&marked), cells(&text), "{hostile}");
            assert!(!marked.contains(hostile) || hostile.contains("onload") || hostile.contains("{{"), "{hostile}");
        }
    }
}
