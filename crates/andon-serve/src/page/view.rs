//! What the templates are filled with.

use andon::data::contract::{Record, Violation};
use andon::decide::decider::REFER;
use askama::Template;

use super::answer::{Answer, length};
use super::example::Values;
use super::field::{Control, Field, in_words};
use super::gates::Release;
use super::plot::Plots;
use crate::Service;
use crate::problem::Problem;

/// The words for what became of a record: positive, negative, referred.
pub(crate) type Words<'a> = [&'a str; 3];

/// The whole page.
#[derive(Template)]
#[template(path = "page/page.html")]
pub(crate) struct Whole<'a> {
    title: String,
    purpose: &'a str,
    path: &'a str,
    version: &'a str,
    fingerprint: &'a str,
    /// Why no decisions are made.
    not_ready: Option<String>,
    /// Whether what is entered goes on record with the decision.
    on_record: bool,
    /// Whether there is an example that is answered negatively.
    has_unfavourable: bool,
    inputs: Vec<Input<'a>>,
    problems: Vec<Told>,
    answer: Option<Answer>,
    blank: Answer,
    /// The least probability for a positive answer: in percent, and as a length.
    needed: String,
    needed_length: String,
    words: Words<'a>,
    plots: Plots,
    release: Result<&'a Release, &'a str>,
    card: &'a str,
}

/// The figures alone, as the script fetches them.
#[derive(Template)]
#[template(path = "page/recent.html")]
pub(crate) struct Figures<'a> {
    pub(crate) plots: Plots,
    pub(crate) words: Words<'a>,
}

/// One input with what it holds.
struct Input<'a> {
    field: &'a Field,
    value: &'a str,
    error: String,
    /// Whether it is the first that needs another look.
    first: bool,
}

/// One problem in the list above the form.
struct Told {
    /// The place of the input; `None` for a value that has none.
    place: Option<usize>,
    label: String,
    problem: String,
}

/// What the decisions are called.
pub(crate) fn words<R: Record>(service: &Service<R>) -> Words<'_> {
    let answer = &service.decider.policy().answer;
    [&answer.positive, &answer.negative, REFER]
}

impl<'a> Whole<'a> {
    /// The page with these values in the form, what is wrong with them, and the answer to them.
    pub(crate) fn new<R: Record>(
        service: &'a Service<R>,
        values: &'a Values,
        broken: &[Violation],
        answer: Option<Answer>,
    ) -> Self {
        let (page, policy, identity) = (&service.page, service.decider.policy(), &service.identity);
        let release = page.release.as_ref().map_err(String::as_str);
        Self {
            title: in_words(&identity.name),
            purpose: &policy.about.purpose,
            path: &policy.serve.path,
            version: &identity.model_version,
            fingerprint: identity.fingerprint.get(..12).unwrap_or(&identity.fingerprint),
            not_ready: service.check_ready().err().map(|problem| problem.detail().to_owned()),
            on_record: service.lasting.trail.is_some(),
            has_unfavourable: page.unfavourable.is_some(),
            inputs: inputs(&page.fields, values, broken),
            problems: broken.iter().map(|broken| Told::new(&page.fields, broken)).collect(),
            answer,
            blank: Answer::blank(),
            needed: format!("{} %", (1e4 * policy.answer.threshold).round() / 1e2),
            needed_length: length(policy.answer.threshold),
            words: words(service),
            plots: service.plots(),
            release,
            card: &page.card,
        }
    }
}

impl Whole<'_> {
    /// The same, with why these values were not decided in place of the form.
    pub(crate) fn refused(self, problem: &Problem) -> Self {
        Self { not_ready: Some(problem.detail().to_owned()), ..self }
    }
}

fn inputs<'a>(fields: &'a [Field], values: &'a Values, broken: &[Violation]) -> Vec<Input<'a>> {
    let first = fields.iter().find(|field| broken.iter().any(|broken| broken.column == field.name));
    let input = |field: &'a Field| Input {
        field,
        value: values.get(&field.name).map_or("", String::as_str),
        error: broken.iter().find(|broken| broken.column == field.name).map(told).unwrap_or_default(),
        first: first.is_some_and(|first| first.name == field.name),
    };
    fields.iter().map(input).collect()
}

impl Told {
    fn new(fields: &[Field], broken: &Violation) -> Self {
        let place = fields.iter().position(|field| field.name == broken.column);
        let label = place.map_or_else(|| in_words(&broken.column), |place| fields[place].label.clone());
        Self { place, label, problem: told(broken) }
    }
}

/// A problem in words, as the script words it too.
fn told(broken: &Violation) -> String {
    let Violation { value, problem, allowed, .. } = broken;
    let joint = if problem.starts_with("is ") { " " } else { ": " };
    let found = if value.is_empty() { problem.clone() } else { format!("{value}{joint}{problem}") };
    if allowed.is_empty() { format!("{found}.") } else { format!("{found}. Allowed: {allowed}.") }
}
