//! The report as the template shows it.

use andon_evidence::decision::{Decision, Outcome};
use andon_evidence::evidence::Timestamp;
use andon_evidence::figures::Figures;
use andon_evidence::policy::{Policy, ScoreOrigin};
use askama::Template;

use super::contents::{Contents, FigureEvidence};
use super::figures::{Answers, FigurePlots};
use crate::report::plot::frame::Plot;
use crate::report::plot::numbers::counted;
use crate::report::plot::tone::{self, Tone};
use crate::report::sections::alternatives::{self, AlternativeLine};
use crate::report::sections::facts::{self, Fact};
use crate::report::sections::gates::{self, FamilySection, GateEntry, UnansweredGates};
use crate::report::sections::parts;

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
    beside_gates: Vec<String>,
    /// The gates that scores alone were not asked; none of a release with a model.
    not_asked: Vec<String>,
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
    plots: Option<FigurePlots<'a>>,
    /// False for scores alone, whose model is not here.
    has_attributions: bool,
    /// The attributions that were sampled from a command, in words, and the cells of each feature.
    sampled: Option<(String, Vec<[String; 4]>)>,
    /// The parts of some gates: a title, an explanation and the plots.
    details: Vec<(&'static str, &'static str, Vec<Plot>)>,
    /// Accuracy over each measure of fairness.
    frontiers: Vec<Plot>,
    alternatives: Vec<AlternativeLine>,
    /// The reason why no alternatives are shown, though there are some.
    stale_alternatives: Option<String>,
    /// The reason for the choice, and the less discriminatory alternatives that it answers for.
    choice: Option<(String, Vec<String>)>,
    model: Vec<Fact>,
    data: Vec<Fact>,
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
            not_asked: if policy.scores.is_some() { decision.remarks.clone() } else { Vec::new() },
            judging: judging_times(decision),
            red: gates_with(Outcome::NoGo),
            open: gates::group_by_reason(gates_with(Outcome::Incomplete)),
            families: gates::families(&decision.rows, &decision.families, contents.policy_text, previous),
            previous: contents.previous.map(|manifest| format!("{} {}", manifest.name, manifest.version)),
            notice: notice(contents.figures),
            has_attributions: contents.figures.figures().is_some() && policy.scores.is_none(),
            sampled: contents
                .figures
                .figures()
                .and_then(|figures| figures.sampled.as_ref())
                .map(|sampled| (sampled.in_words(), sampled.cells())),
            plots: contents.figures.figures().map(|figures| release_plots(figures, decision, policy)),
            details: details(decision),
            frontiers: contents
                .alternatives
                .current()
                .map(|found| alternatives::plots(found, policy))
                .unwrap_or_default(),
            alternatives: contents.alternatives.current().map(alternatives::lines).unwrap_or_default(),
            stale_alternatives: alternatives::stale(contents.alternatives),
            choice: alternatives::choice(policy),
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
    // Nobody reads more than seconds. A package states the day alone.
    let text = |time: Timestamp| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string().replace(" 00:00:00 UTC", " (UTC)");
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

fn release_plots<'a>(figures: &Figures, decision: &Decision, policy: &'a Policy) -> FigurePlots<'a> {
    let answer = &policy.answer;
    let answers = Answers {
        threshold: answer.threshold,
        positive: &answer.positive,
        negative: &answer.negative,
        about_rows: match policy.scores.as_ref().map(|scores| &scores.origin) {
            Some(ScoreOrigin::Column(_)) => "Each row has the score that stands in the data file.",
            Some(ScoreOrigin::Command(_)) => "Each row has the score that the command of the policy gave it.",
            None => "Each row is answered by a model that was not trained on it.",
        },
    };
    FigurePlots::new(figures, &decision.rows, answers)
}
