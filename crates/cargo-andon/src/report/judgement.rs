//! The report of scores that were judged without a project.

use andon_evidence::decision::Outcome;
use anyhow::Result;
use askama::Template;

use super::figures::{Answers, FigurePlots};
use crate::report::plot::tone::{Tone, tone_of_outcome};
use crate::report::sections::gates::{self, FamilySection};
use crate::scores::judgement::Judgement;
use crate::scores::text::INTERVALS;

#[derive(Template)]
#[template(path = "report/judgement.html")]
struct JudgementPage<'a> {
    judgement: &'a Judgement,
    tone: Tone,
    verdict: String,
    head: String,
    counts: String,
    intervals: &'static str,
    families: Vec<FamilySection>,
    /// The gates have no measurement of a previous release beside them.
    previous: Option<String>,
    plots: FigurePlots<'a>,
    without_bar: Vec<(String, String)>,
}

/// Renders the page.
///
/// # Errors
/// If the template cannot be filled.
pub(crate) fn render_judgement(judgement: &Judgement) -> Result<String> {
    let [negative, positive] = &judgement.answers;
    let answers = Answers {
        threshold: judgement.threshold,
        positive,
        negative,
        about_rows: "Nothing here knows which rows the model was trained on.",
    };
    let without_bar = judgement.without_bar.iter().map(|(id, measured)| {
        let value = measured.as_ref().map_or_else(|why| why.0.clone(), ToString::to_string);
        (id.to_string(), value)
    });
    let page = JudgementPage {
        judgement,
        tone: tone_of_outcome(judgement.decision().unwrap_or(Outcome::Incomplete)),
        verdict: judgement.verdict(),
        head: judgement.head(),
        counts: judgement.counts(),
        intervals: INTERVALS,
        families: gates::families(&judgement.gates, &judgement.families, "", None),
        previous: None,
        plots: FigurePlots::new(&judgement.figures, &judgement.gates, answers),
        without_bar: without_bar.collect(),
    };
    Ok(page.render()?)
}
