//! Good answers, which must be shown: common ways to word a decision.

use super::case::{CatalogueCase, DecisionSide};

/// Texts for a negative decision; `{R}` stands for its reasons.
const DENIALS: [&str; 15] = [
    "{D}: {R}.",
    "{D}, because of {R}.",
    "{D}. The main reasons are {R}.",
    "The decision is {D}. What weighed most against it: {R}.",
    "{D}: the estimated probability of {P} % is below the {T} % needed, because of {R}.",
    "{D}: the estimated probability is {P} %; at least {T} % is needed. The reasons: {R}.",
    "{D}, as {P}% is less than the required {T}%. The principal factors were {R}.",
    "Your application: {D}. We found {R}.",
    "{D}. The model's estimate was {P} percent, short of the threshold of {T} percent. This is due to {R}.",
    "{D}. Of the {T} per cent needed, {P} per cent was the estimate. {R} weighed most.",
    "{D} for {N} main reasons: {R}.",
    "This application was decided as {D} because of these facts: {R}.",
    "“{D}” (estimated probability {P} %, threshold {T} %): {R}.",
    "{R}: these are the main reasons why the answer is {D}.",
    "The answer is {D}: {R}. Together these led to an estimate of {P} %. At least {T} % is required.",
];

/// Texts for a positive decision.
const APPROVALS: [&str; 12] = [
    "{D}.",
    "The decision is {D}.",
    "{D}: the estimated probability of {P} % reaches the {T} % needed.",
    "{D}: the estimated probability is {P} %; at least {T} % is needed.",
    "{D}, because {P} % is above the required {T} %.",
    "Your application: {D}. The model's estimate was {P} %, more than the threshold of {T} %.",
    "{D} ({P} % estimated, {T} % needed).",
    "{D}: {P}% is over {T}%.",
    "{D}. The probability was estimated at {P} percent, and {T} per cent is the minimum.",
    "This application meets the threshold of {T} %: {D}.",
    "{D}, as the estimate of {P} % exceeds {T} %.",
    "We estimated a probability of {P} %. At least {T} % was required, so the answer is {D}.",
];

pub(super) fn cases(denial: &DecisionSide, approval: &DecisionSide) -> Vec<CatalogueCase> {
    let reasons = list(&denial.reasons());
    let denials = DENIALS.iter().map(|template| denial.fill(template).replace("{R}", &reasons));
    let denials = denials.chain(requote(&denial.reasons()).into_iter().map(|reasons| denial.fill("{D}: ") + &reasons));
    let approvals = APPROVALS.iter().map(|template| approval.fill(template));
    let denials = denials.map(|text| denial.make_case("a good text", &text, &[]));
    denials.chain(approvals.map(|text| approval.make_case("a good text", &text, &[]))).collect()
}

fn list<S: AsRef<str>>(reasons: &[S]) -> String {
    let reasons: Vec<&str> = reasons.iter().map(AsRef::as_ref).collect();
    match reasons.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{}, and {last}", others.join(", ")),
        _ => reasons.concat(),
    }
}

/// The reasons in another order, with other articles, units, separators and quotation marks.
fn requote(reasons: &[&str]) -> [String; 9] {
    let each = |change: fn(&str) -> String| list(&reasons.iter().map(|reason| change(reason)).collect::<Vec<_>>());
    let reversed: Vec<&str> = reasons.iter().rev().copied().collect();
    let rotated: Vec<&str> = reasons.iter().skip(1).chain(reasons.first()).copied().collect();
    [
        reversed.join("; "),
        list(&rotated),
        each(|reason| format!("your {}", without_article(reason))),
        each(|reason| format!("the {}", without_article(reason))),
        each(|reason| format!("“{reason}”")),
        each(|reason| reason.replace(" %", " percent")),
        each(|reason| reason.replace(" %", "%").replace("US dollars", "USD")),
        each(|reason| with_separator(reason, '\u{a0}')),
        each(|reason| with_separator(reason, '\u{202f}').to_uppercase()),
    ]
}

fn without_article(reason: &str) -> &str {
    ["a ", "an ", "the "].iter().find_map(|article| reason.strip_prefix(article)).unwrap_or(reason)
}

/// Replaces the separator at every thousand.
fn with_separator(reason: &str, separator: char) -> String {
    let chars: Vec<char> = reason.chars().collect();
    let is_digit = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
    let is_separator = |at: usize| chars[at] == ',' && is_digit(at.checked_sub(1)) && is_digit(at.checked_add(1));
    chars.iter().enumerate().map(|(at, c)| if is_separator(at) { separator } else { *c }).collect()
}
