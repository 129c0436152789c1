//! The page that the template shows.

use andon_evidence::decision::{Decision, Outcome};
use andon_evidence::evidence::Timestamp;
use andon_evidence::figures::{Bin, Figures, Group};
use andon_evidence::judge::Unit;
use askama::Template;

use super::contents::{Contents, FigureEvidence};
use crate::report::plot::frame::Figure;
use crate::report::plot::numbers::{count, counted, range, share};
use crate::report::plot::tone::{self, Tone};
use crate::report::sections::alternatives::{self, AlternativeLine};
use crate::report::sections::attribution::{self, Step};
use crate::report::sections::facts::{self, Fact};
use crate::report::sections::gates::{self, Family, Gate, Silence};
use crate::report::sections::{curves, groups, parts, scores};

/// The report.
#[derive(Template)]
#[template(path = "report/report.html")]
pub(super) struct Page<'a> {
    name: &'a str,
    version: &'a str,
    material: Contents<'a>,
    tone: Tone,
    outcome: String,
    gates: String,
    /// Every state that occurs, with how often.
    tally: Vec<(Tone, &'static str, usize)>,
    next: String,
    /// What keeps the decision from being GO although every gate is green.
    doubt: Option<&'a str>,
    /// When the first and the last gate began.
    judged: Option<(String, String)>,
    /// Gates that say no.
    red: Vec<Gate>,
    /// Gates that have not spoken.
    open: Vec<Silence>,
    families: Vec<Family>,
    /// The last release, as in `loan-approval 0.1.0`.
    since: Option<String>,
    /// What to know about the figures.
    notice: Option<(&'static str, String)>,
    drawn: Option<Drawn>,
    /// What some gates are made of: a title, what it is, the plots.
    behind: Vec<(&'static str, &'static str, Vec<Figure>)>,
    frontier: Option<Figure>,
    alternatives: Vec<AlternativeLine>,
    model: Vec<Fact>,
    data: Vec<Fact>,
}

/// What is drawn from the figures.
struct Drawn {
    curves: Vec<Figure>,
    by_label: Vec<Figure>,
    selection: Option<Figure>,
    by_group: Vec<Figure>,
    importance: Option<Figure>,
    dependence: Vec<Figure>,
    steps: Vec<Step>,
    bins: Vec<[String; 5]>,
    groups: Vec<[String; 7]>,
    rows: String,
    /// Label 1 answered positively and negatively, then label 0.
    confusion: [String; 4],
}

impl<'a> Page<'a> {
    pub(super) fn new(material: Contents<'a>) -> Self {
        let Contents { decision, policy, .. } = material;
        let released = material.previous.map(|manifest| &manifest.decision);
        let of = |outcome| {
            let rows = decision.rows.iter().filter(move |row| row.state.outcome() == outcome);
            rows.map(|row| Gate::new(row, material.policy_text, released)).collect()
        };
        Self {
            name: material.identity.0,
            version: material.identity.1,
            tone: tone::of_outcome(decision.outcome),
            outcome: decision.outcome.to_string(),
            gates: counted(decision.rows.len(), "gate"),
            tally: gates::tally(decision.rows.iter()),
            next: decision.next_command().unwrap_or_else(|| "cargo andon release".to_owned()),
            doubt: decision.doubt.as_deref(),
            judged: judged(decision),
            red: of(Outcome::NoGo),
            open: gates::silences(of(Outcome::Incomplete)),
            families: gates::families(decision, material.policy_text, released),
            since: material.previous.map(|manifest| format!("{} {}", manifest.name, manifest.version)),
            notice: notice(material.figures),
            drawn: material.figures.figures().map(|figures| Drawn::new(figures, &material)),
            behind: behind(decision),
            frontier: alternatives::plot(material.alternatives, policy),
            alternatives: alternatives::lines(material.alternatives),
            model: facts::model(policy),
            data: facts::data(policy, material.figures.figures()),
            material,
        }
    }
}

fn behind(decision: &Decision) -> Vec<(&'static str, &'static str, Vec<Figure>)> {
    let weak = parts::plots(decision, |gate| gate == "accuracy.weak_slice");
    let drift = parts::plots(decision, |gate| gate.starts_with("drift."));
    let latency = parts::plots(decision, |gate| gate.starts_with("latency.") || gate.starts_with("serving.latency"));
    let all = [
        ("Weak slices", "The rows on which the model is right least often.", weak),
        ("Drift", "", drift),
        ("Latency", "", latency),
    ];
    all.into_iter().filter(|(_, _, figures)| !figures.is_empty()).collect()
}

fn judged(decision: &Decision) -> Option<(String, String)> {
    let times = || decision.rows.iter().filter_map(|row| row.evidence.as_ref()).map(|evidence| evidence.started_at);
    // The clock runs on; a second is as much as anybody reads.
    let told = |time: Timestamp| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    Some((told(times().min()?), told(times().max()?)))
}

fn notice(figures: &FigureEvidence) -> Option<(&'static str, String)> {
    let unvouched = "No green gate vouches for the figures below as they are: they may belong to another model, or have \
                     been changed. Nothing rests on them.";
    match figures {
        FigureEvidence::Vouched(_) => None,
        FigureEvidence::Unvouched(_) => Some(("Not vouched for", unvouched.to_owned())),
        FigureEvidence::Absent(why) => Some(("No curves, groups or attributions", format!("{why}."))),
    }
}

impl Drawn {
    fn new(figures: &Figures, material: &Contents<'_>) -> Self {
        let answer = &material.policy.answer;
        let words = [answer.negative.as_str(), answer.positive.as_str()];
        Self {
            curves: curves::plots(figures, material.decision, answer.threshold),
            by_label: scores::by_label(figures, words, answer.threshold),
            selection: groups::selection(figures, material.policy),
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

fn group(group: &Group) -> [String; 7] {
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
