//! The report as the template shows it.

use andon_evidence::decision::{Decision, Outcome};
use andon_evidence::evidence::Timestamp;
use andon_evidence::figures::{Bin, Figures, GroupFigures};
use andon_evidence::judge::Unit;
use askama::Template;

use super::contents::{Contents, FigureEvidence};
use crate::report::plot::frame::Plot;
use crate::report::plot::numbers::{count, counted, range, share};
use crate::report::plot::tone::{self, Tone};
use crate::report::sections::alternatives::{self, AlternativeLine};
use crate::report::sections::attribution::{self, DependenceStep};
use crate::report::sections::facts::{self, Fact};
use crate::report::sections::gates::{self, FamilySection, GateEntry, UnansweredGates};
use crate::report::sections::{curves, groups, parts, scores};

/// The report.
#[derive(Template)]
#[template(path = "report/report.html")]
pub(super) struct ReportPage<'a> {
    name: &'a str,
    version: &'a str,
    contents: Contents<'a>,
    tone: Tone,
    outcome: String,
    gates: String,
    /// Every state that occurs, with the number of its gates.
    tally: Vec<(Tone, &'static str, usize)>,
    next: String,
    /// The reason why the decision is not GO although every gate is green.
    beside_gates: Vec<&'a str>,
    /// The times at which the first and the last gate began.
    judging: Option<(String, String)>,
    /// Gates that are red.
    red: Vec<GateEntry>,
    /// Gates without a result.
    open: Vec<UnansweredGates>,
    families: Vec<FamilySection>,
    /// The previous release, as in `loan-approval 0.1.0`.
    previous: Option<String>,
    /// A warning about the figures.
    notice: Option<(&'static str, String)>,
    plots: Option<FigurePlots>,
    /// The parts of some gates: a title, an explanation and the plots.
    details: Vec<(&'static str, &'static str, Vec<Plot>)>,
    frontier: Option<Plot>,
    alternatives: Vec<AlternativeLine>,
    model: Vec<Fact>,
    data: Vec<Fact>,
}

/// The plots and tables made from the figures.
struct FigurePlots {
    curves: Vec<Plot>,
    by_label: Vec<Plot>,
    selection: Option<Plot>,
    by_group: Vec<Plot>,
    importance: Option<Plot>,
    dependence: Vec<Plot>,
    steps: Vec<DependenceStep>,
    bins: Vec<[String; 5]>,
    groups: Vec<[String; 7]>,
    rows: String,
    /// Rows of label 1 answered positively and negatively, then those of label 0.
    confusion: [String; 4],
}

impl<'a> ReportPage<'a> {
    pub(super) fn new(contents: Contents<'a>) -> Self {
        let Contents { decision, policy, .. } = contents;
        let previous = contents.previous.map(|manifest| &manifest.decision);
        let gates_with = |outcome| {
            let rows = decision.rows.iter().filter(move |row| row.state.outcome() == outcome);
            rows.map(|row| GateEntry::new(row, contents.policy_text, previous)).collect()
        };
        Self {
            name: contents.identity.0,
            version: contents.identity.1,
            tone: tone::tone_of_outcome(decision.outcome),
            outcome: decision.outcome.to_string(),
            gates: counted(decision.rows.len(), "gate"),
            tally: gates::count_states(decision.rows.iter()),
            next: decision.next_command().unwrap_or_else(|| "cargo andon release".to_owned()),
            beside_gates: decision.beside_gates().map(|(_, why)| why).collect(),
            judging: judging_times(decision),
            red: gates_with(Outcome::NoGo),
            open: gates::group_by_reason(gates_with(Outcome::Incomplete)),
            families: gates::families(decision, contents.policy_text, previous),
            previous: contents.previous.map(|manifest| format!("{} {}", manifest.name, manifest.version)),
            notice: notice(contents.figures),
            plots: contents.figures.figures().map(|figures| FigurePlots::new(figures, &contents)),
            details: details(decision),
            frontier: alternatives::plot(contents.alternatives, policy),
            alternatives: alternatives::lines(contents.alternatives),
            model: facts::model(policy),
            data: facts::data(policy, contents.figures.figures()),
            contents,
        }
    }
}

fn details(decision: &Decision) -> Vec<(&'static str, &'static str, Vec<Plot>)> {
    let weak = parts::plots(decision, |gate| gate == "accuracy.weak_slice");
    let drift = parts::plots(decision, |gate| gate.starts_with("drift."));
    let latency = parts::plots(decision, |gate| gate.starts_with("latency.") || gate.starts_with("serving.latency"));
    let all = [
        ("Weak slices", "The rows on which the model is most often wrong.", weak),
        ("Drift", "", drift),
        ("Latency", "", latency),
    ];
    all.into_iter().filter(|(_, _, figures)| !figures.is_empty()).collect()
}

fn judging_times(decision: &Decision) -> Option<(String, String)> {
    let times = || decision.rows.iter().filter_map(|row| row.evidence.as_ref()).map(|evidence| evidence.started_at);
    // Nobody reads more than seconds.
    let text = |time: Timestamp| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    Some((text(times().min()?), text(times().max()?)))
}

fn notice(figures: &FigureEvidence) -> Option<(&'static str, String)> {
    let unvouched = "No green gate vouches for the figures below. They may belong to another model, or somebody may have \
                     changed them. Do not rely on them.";
    match figures {
        FigureEvidence::Vouched(_) => None,
        FigureEvidence::Unvouched(_) => Some(("Not vouched for", unvouched.to_owned())),
        FigureEvidence::Absent(why) => Some(("No curves, groups or attributions", format!("{why}."))),
    }
}

impl FigurePlots {
    fn new(figures: &Figures, contents: &Contents<'_>) -> Self {
        let answer = &contents.policy.answer;
        let words = [answer.negative.as_str(), answer.positive.as_str()];
        Self {
            curves: curves::plots(figures, contents.decision, answer.threshold),
            by_label: scores::by_label(figures, words, answer.threshold),
            selection: groups::selection(figures, contents.policy),
            by_group: groups::scores(figures, answer.threshold),
            importance: attribution::importance(figures),
            dependence: attribution::dependence(figures),
            steps: attribution::steps(figures),
            bins: figures.reliability.iter().map(bin).collect(),
            groups: figures.groups.iter().map(group).collect(),
            rows: count(figures.rows),
            confusion: [
                figures.confusion.true_positives,
                figures.confusion.false_negatives,
                figures.confusion.false_positives,
                figures.confusion.true_negatives,
            ]
            .map(count),
        }
    }
}

fn bin(bin: &Bin) -> [String; 5] {
    let scores = format!("{} to {}", share(bin.from), share(bin.to));
    [scores, count(bin.rows), share(bin.mean_score), share(bin.positives), range(bin.interval, Unit::Share)]
}

fn group(group: &GroupFigures) -> [String; 7] {
    [
        group.attribute.clone(),
        group.name.clone(),
        count(group.rows),
        share(group.base_rate),
        share(group.selection_rate),
        range(group.interval, Unit::Share),
        if group.judged { "judged" } else { "reported, not judged" }.to_owned(),
    ]
}
