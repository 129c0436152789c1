//! The report as a whole, on a small and on a large release.

use std::path::Path;

use andon_evidence::alternatives::{Alternative, Alternatives};
use andon_evidence::decision::{Decision, GateResult, GateState, Outcome, Tries};
use andon_evidence::evidence::{Evidence, Finding, Timestamp};
use andon_evidence::figures::{Dependence, FeatureImportance, Figures, GroupFigures, SCORE_BINS};
use andon_evidence::files::sha256_hex;
use andon_evidence::judge::{Bar, Measurement, Part, Unit};
use andon_evidence::layout::{self, FIGURES};
use andon_evidence::policy::{FAMILIES, Policy};
use roxmltree::{Document, Node};

use super::*;
use crate::report::sections::alternatives;

mod browser;

const FIGURES_JSON: &str = include_str!("../../../../andon-evidence/tests/figures.json");
const POLICY: &str = include_str!("../../../../andon-evidence/tests/minimal.toml");
const STYLE: &str = include_str!("../../../templates/report/colours.css");

/// Inputs of a report that a test can change.
struct Inputs {
    policy: Policy,
    decision: Decision,
    figures: FigureEvidence,
    alternatives: AlternativesFound,
}

impl Inputs {
    /// The gates of the small policy in these states, with figures that are vouched for.
    fn small(outcome: Outcome, states: [GateState; 2]) -> Self {
        let gates = [("accuracy.accuracy", 0.9, Unit::Share), ("latency.decision", 1.5, Unit::Ms)];
        let rows = gates.into_iter().zip(states);
        let rows = rows.map(|((gate, value, unit), state)| row(gate, state, measured(value, unit))).collect();
        Self::of(outcome, rows, serde_json::from_str(FIGURES_JSON).unwrap())
    }

    fn of(outcome: Outcome, rows: Vec<GateResult>, figures: Figures) -> Self {
        let decision = Decision {
            outcome,
            fingerprint: "0f".repeat(32),
            rows,
            families: [].into(),
            tries: Tries::default(),
            stops: Vec::new(),
            objections: Vec::new(),
            weakened: Vec::new(),
            remarks: Vec::new(),
            doubt: None,
        };
        let policy = Policy::parse(POLICY, Path::new(layout::POLICY)).unwrap();
        Self { policy, decision, figures: FigureEvidence::Vouched(figures), alternatives: AlternativesFound::Absent }
    }

    fn html(&self) -> String {
        render(Contents {
            identity: ("small", "1.2.3"),
            decision: &self.decision,
            policy: &self.policy,
            policy_text: POLICY,
            figures: &self.figures,
            previous: None,
            alternatives: &self.alternatives,
        })
        .unwrap()
    }
}

fn measured(value: f64, unit: Unit) -> Finding {
    Finding::Measured(Measurement::with_interval(value, (0.9 * value, 1.1 * value), unit, 1234).unwrap())
}

fn row(gate: &str, state: GateState, finding: Finding) -> GateResult {
    let evidence = Evidence {
        gate: gate.to_owned().try_into().unwrap(),
        fingerprint: "0f".repeat(32),
        model_sha256: Some("ab".repeat(32)),
        scores_sha256: Some("5".repeat(64)),
        finding,
        vouched: [].into(),
        started_at: Timestamp::UNIX_EPOCH,
        duration_ms: Some(1),
    };
    let bar = Bar::at_least(0.8, "a reason");
    GateResult { gate: evidence.gate.clone(), state, bar, evidence: Some(evidence), note: String::new() }
}

/// 70 gates with ten parts each, curves of 200 points, 20 features and 20 groups; `name` is in every name.
fn large(name: &str) -> Inputs {
    let parts = || (0..10).map(|part| Part { name: format!("{name} {part}"), value: 0.5, n: 99 }).collect();
    let gate = |at: usize| {
        let measurement = Measurement::with_interval(0.9, (0.85, 0.95), Unit::Ratio, 1234).unwrap();
        let state = if at < 5 { GateState::NoGo } else { GateState::Go };
        let mut row = row(
            &format!("{}.gate_{at:02}", FAMILIES[at / 7 % 10]),
            state,
            Finding::Measured(measurement.with_parts(parts())),
        );
        (row.bar.why, row.note) = (format!("why {name}"), format!("note {name}"));
        row
    };
    let mut figures: Figures = serde_json::from_str(FIGURES_JSON).unwrap();
    figures.roc = (0..200).map(|at| (f64::from(at) / 199.0, (f64::from(at) / 199.0).sqrt())).collect();
    figures.precision_recall = figures.roc.iter().map(|(x, y)| (*x, 1.0 - 0.3 * y)).collect();
    let group = |at: usize| GroupFigures { name: format!("{name} {at}"), ..figures.groups[at % 2].clone() };
    figures.groups = (0..20).map(group).collect();
    let step = |at: u32| Dependence {
        from: Some(1234.5 * f64::from(at)),
        to: Some(1234.5 * f64::from(at) + 1000.0),
        rows: 165,
        mean_moved: 0.01 * f64::from(at),
        range: (-0.1, 0.2),
    };
    let feature = |at: u32| FeatureImportance {
        feature: format!("{name} {at}"),
        mean_moved: 0.1,
        dependence: (0..12).map(step).collect(),
    };
    figures.importance = (0..20).map(feature).collect();
    let mut inputs = Inputs::of(Outcome::NoGo, (0..70).map(gate).collect(), figures);
    let about = &mut inputs.policy.about;
    (about.owner, about.purpose) = (name.to_owned(), name.to_owned());
    about.limitations = vec![name.to_owned()];
    inputs.alternatives = AlternativesFound::Current(searched(name));
    inputs
}

pub(crate) fn searched(name: &str) -> Alternatives {
    let alternatives = (0..30).map(|at| alternative(name, at)).collect();
    let digest = || "0".repeat(64);
    Alternatives {
        data_sha256: digest(),
        settings_sha256: digest(),
        model_sha256: digest(),
        seed: 1,
        rows: 99,
        alternatives,
    }
}

fn alternative(name: &str, at: u32) -> Alternative {
    let figures = serde_json::json!({
        "accuracy": { "value": 0.9, "interval": [0.8, 1.0] },
        "auc": { "value": 0.8 },
        "brier": null,
        "approval_ratio": { "value": 0.7 + 0.01 * f64::from(at), "attribute": name },
        "denial_ratio": { "value": 7.0, "attribute": name },
        "amplification": null,
    });
    let frontier: &[&str] = if at > 25 { &["approval_ratio"] } else { &[] };
    serde_json::from_value(serde_json::json!({
        "recipe": { "without": [name], "reweigh_by": [name], "depth": 5, "trees": 50, "threshold": 0.5 },
        "shipped": at == 3,
        "frontier": frontier,
        "judged": figures,
        "reported": figures,
        "missed": ["accuracy.auc"],
    }))
    .unwrap()
}

/// The page as XML, which it is but for the elements that HTML does not close.
fn xml(html: &str) -> String {
    let mut xml = html.trim_start().trim_start_matches("<!doctype html>").replace("<br>", "<br/>");
    for meta in html.split("<meta ").skip(1).map(|rest| &rest[..rest.find('>').unwrap()]) {
        xml = xml.replace(&format!("<meta {meta}>"), &format!("<meta {meta}/>"));
    }
    xml
}

fn elements<'a>(document: &'a Document<'a>, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    document.descendants().filter(move |node| node.has_tag_name(name))
}

/// Checks that every reader can use the page and that it loads nothing.
pub(crate) fn assert_sound(html: &str) {
    let xml = xml(html);
    let document = Document::parse(&xml).unwrap();
    for nothing in ["script", "link", "img", "iframe", "object", "image", "use", "form"] {
        assert_eq!(elements(&document, nothing).count(), 0, "{nothing}");
    }
    let attributes = || document.descendants().flat_map(|node| node.attributes());
    assert!(attributes().all(|attribute| !attribute.name().starts_with("on") && attribute.name() != "src"));
    assert!(attributes().filter(|attribute| attribute.name() == "href").all(|href| href.value().starts_with('#')));
    let mut ids: Vec<&str> = attributes().filter(|attribute| attribute.name() == "id").map(|id| id.value()).collect();
    for link in attributes().filter(|attribute| attribute.name() == "href") {
        assert!(ids.contains(&&link.value()[1..]), "{} leads nowhere", link.value());
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "an id is used twice");
    assert_eq!(elements(&document, "main").count(), 1);
    assert!(elements(&document, "th").all(|th| th.has_attribute("scope")));
    let headings =
        document.descendants().filter_map(|node| node.tag_name().name().strip_prefix('h')?.parse::<u32>().ok());
    headings.fold(0, |above, level| {
        assert!(level <= above + 1, "h{level} under h{above}");
        level
    });
    for svg in elements(&document, "svg") {
        assert_eq!(svg.attribute("role"), Some("img"));
        let title = svg.first_element_child().and_then(|title| title.text());
        assert!(svg.attribute("aria-label").is_some_and(|label| !label.is_empty() && Some(label) == title));
        let drawn = svg.descendants().flat_map(|node| node.attributes()).filter(|a| a.name() != "aria-label");
        let nonsense = |value: &str| value.contains("NaN") || value.contains("inf");
        assert!(drawn.into_iter().all(|attribute| !nonsense(attribute.value())), "{svg:?}");
    }
}

#[test]
fn every_outcome_has_a_report() {
    let cases = [
        (Outcome::Go, [GateState::Go, GateState::Go], "2 GO", "cargo andon release"),
        (
            Outcome::NoGo,
            [GateState::NoGo, GateState::Go],
            "1 NO-GO",
            "cargo test --test gate -- --exact accuracy::accuracy",
        ),
        (Outcome::Incomplete, [GateState::Go, GateState::Missing], "1 MISSING", "cargo test"),
    ];
    for (outcome, states, counted, next) in cases {
        let html = Inputs::small(outcome, states).html();
        assert_sound(&html);
        for part in
            [&outcome.to_string(), counted, &format!("Next: <code>{next}</code>"), "0.9000", "1.500 ms", "1,234"]
        {
            assert!(html.contains(part), "{part} of {outcome}");
        }
        assert_eq!(html.contains("id=\"red\""), outcome == Outcome::NoGo);
        assert_eq!(html.contains("id=\"open\""), outcome == Outcome::Incomplete);
    }
}

#[test]
fn gates_that_are_silent_for_one_reason_are_told_together() {
    let mut inputs = large("name");
    inputs.decision.outcome = Outcome::Incomplete;
    for (at, row) in inputs.decision.rows.iter_mut().enumerate() {
        (row.state, row.note) =
            (GateState::Stale, format!("changed since: {}", if at == 7 { "other" } else { "data" }));
    }
    let html = inputs.html();
    assert_sound(&html);
    assert!(
        html.contains("69 STALE</span> <span class=\"counts\">changed since: data<") && html.contains("1 STALE</span>")
    );
}

#[test]
fn a_red_gate_says_what_where_who_why_and_what_next() {
    let html = Inputs::small(Outcome::NoGo, [GateState::NoGo, GateState::Go]).html();
    let card = html.split_once("class=\"card no\"").unwrap().1.split_once("</article>").unwrap().0;
    let line = POLICY.lines().position(|line| line == "[gate.\"accuracy.accuracy\"]").unwrap() + 2; // its threshold
    for part in [
        "0.9000 share, 95 % interval 0.8100 to 0.9900, on 1,234 rows; the bar is at least 0.8.",
        &format!("release.toml:{line}</code>"),
        "<code>accuracy::accuracy</code>",
        "<dd>nobody</dd>",
        "a reason",
        "cargo test --test gate -- --exact accuracy::accuracy",
    ] {
        assert!(card.contains(part), "{part} in {card}");
    }
}

#[test]
fn the_largest_report_is_small_and_the_same_twice() {
    let html = large("name").html();
    assert_sound(&html);
    assert!(html.len() < 500_000, "{} bytes", html.len());
    assert_eq!(html, large("name").html());
    for foreign in ["http:", "https:", "src=", "url(", "@import"] {
        assert!(!html.contains(foreign), "{foreign}");
    }
}

/// The names of all tags, in their order.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|rest| rest.split([' ', '>']).next().unwrap()).collect()
}

#[test]
fn hostile_words_stay_text() {
    let tame = large("name").html();
    let long = "x".repeat(10_000);
    for hostile in [
        "<script>alert(1)</script>",
        "\"' onload=alert(1) x='",
        "</style></title></svg>",
        "a\u{202e}b\n\nc",
        "{{ 1 }}",
        &long,
    ] {
        let html = large(hostile).html();
        assert_eq!(tags(&html), tags(&tame), "{}", &hostile[..10]);
        assert_sound(&html);
    }
}

#[test]
fn numbers_that_are_none_and_empty_lists_draw_nothing() {
    let mut inputs = large("name");
    let FigureEvidence::Vouched(figures) = &mut inputs.figures else { panic!("there are figures") };
    for bad in [f64::NAN, f64::INFINITY, -1e300] {
        figures.base_rate = bad;
        figures.roc[7] = (bad, 0.5);
        figures.precision_recall[7].1 = bad;
        figures.reliability[0].interval.1 = bad;
        (figures.groups[0].selection_rate, figures.groups[1].interval.0) = (bad, bad);
        figures.importance[0].mean_moved = bad;
        (figures.importance[1].dependence[3].range.1, figures.importance[2].dependence[0].from) = (bad, Some(bad));
        let page = Inputs { figures: FigureEvidence::Vouched(figures.clone()), ..large("name") };
        assert_sound(&page.html());
    }
    (figures.roc, figures.precision_recall, figures.reliability) = (vec![], vec![], vec![]);
    (figures.groups, figures.importance) = (vec![], vec![]);
    figures.scores_by_label = [vec![], vec![0; SCORE_BINS]];
    let html = inputs.html();
    assert_sound(&html);
    assert!(!html.contains("ROC curve") && !html.contains("Scores of label"), "nothing is drawn of nothing");
}

#[test]
fn figures_are_shown_with_what_is_known_of_them() {
    let mut inputs = Inputs::small(Outcome::Go, [GateState::Go, GateState::Go]);
    assert!(!inputs.html().contains("Not vouched for"));
    inputs.figures = FigureEvidence::parse(FIGURES_JSON.as_bytes(), &inputs.decision);
    assert!(inputs.html().contains("Not vouched for") && inputs.html().contains("ROC curve"));
    let evidence = inputs.decision.rows[0].evidence.as_mut().unwrap();
    evidence.vouched = [(FIGURES.to_owned(), sha256_hex(FIGURES_JSON.as_bytes()))].into();
    assert!(matches!(FigureEvidence::parse(FIGURES_JSON.as_bytes(), &inputs.decision), FigureEvidence::Vouched(_)));
    inputs.decision.rows[0].state = GateState::NoGo;
    assert!(matches!(FigureEvidence::parse(FIGURES_JSON.as_bytes(), &inputs.decision), FigureEvidence::Unvouched(_)));
    inputs.figures = FigureEvidence::parse(b"{}", &inputs.decision);
    let html = inputs.html();
    assert!(html.contains("figures.json cannot be read: missing field") && !html.contains("ROC curve"));
    assert_sound(&html);
}

#[test]
fn what_the_last_release_measured_stands_beside_each_gate() {
    let inputs = Inputs::small(Outcome::Go, [GateState::Go, GateState::Go]);
    let mut then = inputs.decision.clone();
    then.rows[0] = row("accuracy.accuracy", GateState::Go, measured(0.8765, Unit::Share));
    then.rows.pop();
    let page =
        crate::report::sections::gates::families(&inputs.decision.rows, &inputs.decision.families, POLICY, Some(&then));
    assert_eq!(page[0].gates[0].previous.as_deref(), Some("0.8765"));
    assert_eq!(page[1].gates[0].previous.as_deref(), Some("none"));
}

#[test]
fn the_plots_of_the_alternatives_are_also_files_of_their_own() {
    for name in ["", "with age", "without age", "<&\"'>"] {
        let plots = alternatives::plots(&searched(name), &large("name").policy);
        // Nobody has an amplification: there is no plot of it.
        assert_eq!(plots.len(), 2);
        for plot in &plots {
            let svg = plot.to_file();
            let document = Document::parse(&svg).unwrap();
            assert!(document.root_element().has_tag_name(("http://www.w3.org/2000/svg", "svg")));
        }
        assert!(plots[0].to_file().contains("30 alternatives, 4 of them on the frontier."));
    }
}

#[test]
fn alternatives_of_another_policy_are_not_shown_as_those_of_this_one() {
    let shown = |alternatives: AlternativesFound| Inputs { alternatives, ..large("name") }.html();
    let current = shown(AlternativesFound::Current(searched("age")));
    assert!(current.contains("frontier: approval ratio") && current.contains("without age"));
    let stale = shown(AlternativesFound::Stale("alternatives.json is of another policy".to_owned()));
    assert!(stale.contains("alternatives.json is of another policy") && !stale.contains("without age"));
    assert!(!shown(AlternativesFound::Absent).contains("id=\"alternatives\""));
}

fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
    let linear = |c: f64| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
    0.2126 * linear(channel(1)) + 0.7152 * linear(channel(3)) + 0.0722 * linear(channel(5))
}

#[test]
fn every_colour_of_text_is_readable_in_both_themes() {
    for theme in STYLE.split("--ground:").skip(1).take(2) {
        let theme = format!("--ground:{}", theme.split_once('}').unwrap().0);
        let colour = |name: &str| theme.split_once(&format!("--{name}: ")).unwrap().1[..7].to_owned();
        let pairs =
            ["ink", "muted", "accent", "go", "no", "waived", "open"].map(|text| [(text, "ground"), (text, "surface")]);
        for (text, ground) in pairs.into_iter().flatten().chain([("ink", "warn"), ("ink", "forbidden")]) {
            let a = luminance(&colour(text)) + 0.05;
            let b = luminance(&colour(ground)) + 0.05;
            let contrast = a.max(b) / a.min(b);
            assert!(contrast >= 4.5, "{text} on {ground}: {contrast:.2}");
        }
    }
}
