//! The data of the templates.

use andon::{Record, Violation};
use askama::Template;

use super::answer::{AnswerView, format_length};
use super::field::{Field, InputControl, to_words};
use super::gates::ReleaseTable;
use super::plot::Plots;
use super::state::{KindNames, PageState};
use super::values::Values;
use crate::problem::Problem;

/// The whole page.
#[derive(Template)]
#[template(path = "page/page.html")]
pub(crate) struct PageView<'a> {
    title: String,
    purpose: &'a str,
    path: &'a str,
    version: &'a str,
    fingerprint: &'a str,
    /// The reason why the service does not decide; `None` if it does.
    not_ready: Option<String>,
    /// True while a stop is in force.
    stopped: bool,
    /// True if the person at the page states a name, since there are no keys.
    names: bool,
    /// True if the audit trail keeps the entered values.
    on_record: bool,
    /// True if there is an example with a negative answer.
    has_unfavourable: bool,
    inputs: Vec<InputView<'a>>,
    problems: Vec<ProblemView>,
    answer: Option<AnswerView>,
    blank: AnswerView,
    /// The lowest probability for a positive answer: in percent, and as a length.
    needed: String,
    needed_length: String,
    words: KindNames<'a>,
    plots: Plots,
    release: Result<&'a ReleaseTable, &'a str>,
    card: &'a str,
}

/// The figures alone, which the script fetches.
#[derive(Template)]
#[template(path = "page/recent.html")]
pub(crate) struct FiguresView<'a> {
    pub(crate) plots: Plots,
    pub(crate) words: KindNames<'a>,
}

/// One input with its value.
struct InputView<'a> {
    field: &'a Field,
    value: &'a str,
    error: String,
    /// True for the first input with a problem.
    first: bool,
}

/// One problem in the list above the form.
struct ProblemView {
    /// The place of the input; `None` if no input has this name.
    place: Option<usize>,
    label: String,
    problem: String,
}

impl<'a> PageView<'a> {
    /// The page with these values in the form, their problems, and the answer to them.
    pub(crate) fn new<R: Record>(
        page: &'a PageState<R>,
        values: &'a Values,
        broken: &[Violation],
        answer: Option<AnswerView>,
    ) -> Self {
        let service = &page.service;
        let policy = service.decider.policy();
        let identity = &service.identity;
        let release = page.release.as_ref().map_err(String::as_str);
        Self {
            title: to_words(&identity.name),
            purpose: &policy.about.purpose,
            path: &policy.serve.path,
            version: &identity.model_version,
            fingerprint: identity.fingerprint.get(..12).unwrap_or(&identity.fingerprint),
            not_ready: service.check_ready().err().map(|problem| problem.detail().to_owned()),
            stopped: service.check_stopped().is_err(),
            names: service.state.admission.keys.is_none(),
            on_record: service.state.trail.is_some(),
            has_unfavourable: page.unfavourable.is_some(),
            inputs: inputs(&page.fields, values, broken),
            problems: broken.iter().map(|broken| ProblemView::new(&page.fields, broken)).collect(),
            answer,
            blank: AnswerView::blank(),
            needed: format!("{} %", (1e4 * policy.answer.threshold).round() / 1e2),
            needed_length: format_length(policy.answer.threshold),
            words: page.kind_names(),
            plots: page.plots(),
            release,
            card: &page.card,
        }
    }
}

impl PageView<'_> {
    /// Shows a problem in place of the form.
    pub(crate) fn refused(self, problem: &Problem) -> Self {
        Self { not_ready: Some(problem.detail().to_owned()), ..self }
    }
}

fn inputs<'a>(fields: &'a [Field], values: &'a Values, broken: &[Violation]) -> Vec<InputView<'a>> {
    let first = fields.iter().find(|field| broken.iter().any(|broken| broken.column == field.name));
    let input = |field: &'a Field| InputView {
        field,
        value: values.get(&field.name).map_or("", String::as_str),
        error: broken.iter().find(|broken| broken.column == field.name).map(describe).unwrap_or_default(),
        first: first.is_some_and(|first| first.name == field.name),
    };
    fields.iter().map(input).collect()
}

impl ProblemView {
    fn new(fields: &[Field], broken: &Violation) -> Self {
        let place = fields.iter().position(|field| field.name == broken.column);
        let label = place.map_or_else(|| to_words(&broken.column), |place| fields[place].label.clone());
        Self { place, label, problem: describe(broken) }
    }
}

/// Describes a problem in the same words as the script.
fn describe(broken: &Violation) -> String {
    let Violation { value, problem, allowed, .. } = broken;
    let joint = if problem.starts_with("is ") { " " } else { ": " };
    let found = if value.is_empty() { problem.clone() } else { format!("{value}{joint}{problem}") };
    if allowed.is_empty() { format!("{found}.") } else { format!("{found}. Allowed: {allowed}.") }
}
