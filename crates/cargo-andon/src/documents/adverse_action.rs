//! An adverse-action pack: the dictionary of reasons, how often each is given to whom, and samples of notices.

use andon_evidence::figures::{ReasonFigures, ReasonList};
use andon_evidence::policy::{Phrase, Policy, VALUE, Wording};
use anyhow::Result;

use super::gates;
use super::outline::{Document, DocumentPoint, DocumentTable, Passage, SampleNotice, Section};
use super::passages::{self, fact};
use super::people::{COUNSEL, CREDIT_POLICY};
use super::source::DocumentSource;
use crate::report::plot::numbers::{count, in_full, with_thousands};

const LAW: &str = "Equal Credit Opportunity Act, 15 U.S.C. 1691(d); Regulation B, 12 CFR 1002.9 and its official \
                   interpretation 9(b)(2): specific principal reasons, usually no more than four. Looked up on 2026-11-25; \
                   this is no legal advice.";

pub(super) fn document(source: &DocumentSource<'_>) -> Result<Document> {
    let sections = vec![rule(source), dictionary(source), frequency(source), notices(source), checks(source)];
    Ok(Document { basis: "ECOA, Regulation B", title: "Adverse-action pack", law: LAW, sections })
}

fn rule(source: &DocumentSource<'_>) -> Section {
    let answer = &source.policy.answer;
    let facts = vec![
        fact("Adverse answer", answer.negative.as_str()),
        fact("Given below a probability of", answer.threshold.to_string()),
        fact("Reasons of one answer", format!("1 to {}, the strongest first", answer.max_reasons)),
        fact("A reason", "a feature whose exact Shapley value lowered the person's own probability"),
        fact("Not answered", "REFER outside the validated ranges; a person then decides"),
    ];
    let points = vec![
        DocumentPoint::new("1.1", "How reasons are chosen", vec![Passage::Facts(facts)]),
        DocumentPoint::blank(
            "1.2",
            "Other adverse actions",
            CREDIT_POLICY,
            "counteroffers, incomplete applications and referrals, and the notices that these get.",
        ),
    ];
    Section { title: "1. Rule", points }
}

fn dictionary(source: &DocumentSource<'_>) -> Section {
    let policy = source.policy;
    let of_features = policy.data.features.iter().filter_map(|name| policy.wording.get_key_value(name));
    let rows = of_features.flat_map(|(name, entry)| dictionary_rows(name, entry)).collect();
    let words = Passage::table_or(
        &["Code", "Feature", "Value", "Words of the reason", "What would help"],
        rows,
        "The policy has words for no feature of the model.",
    );
    let never = policy.explanation.never.iter().map(|(ground, words)| vec![ground.clone(), listed(words)]).collect();
    let never = Passage::table_or(
        &["Ground", "Words that no explanation holds"],
        never,
        "The policy lists no word beside the protected attributes, their groups and proxies.",
    );
    let points = vec![
        DocumentPoint::new("2.1", "Reasons", vec![words]),
        DocumentPoint::new("2.2", "Words that are never said", vec![never]),
        DocumentPoint::new("2.3", "What a person can act on", vec![actionable(policy)]),
    ];
    Section { title: "2. Dictionary", points }
}

fn listed(words: &[String]) -> String {
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

fn dictionary_rows(feature: &str, entry: &Wording) -> Vec<Vec<String>> {
    let row = |value: &str, words: &str| {
        vec![entry.code.clone(), feature.to_owned(), value.to_owned(), open_value(words), entry.improve.clone()]
    };
    let mut rows: Vec<Vec<String>> = match &entry.reason {
        Phrase::Any(words) => vec![row("any", words)],
        Phrase::ByValue(phrases) => phrases.iter().map(|(value, words)| row(value, words)).collect(),
    };
    rows.extend(entry.missing.as_deref().map(|words| row("missing", words)));
    rows
}

/// Words with the place of the value as a reader understands it.
fn open_value(words: &str) -> String {
    words.replace(VALUE, "[value]")
}

fn actionable(policy: &Policy) -> Passage {
    let row = |(feature, way): (&String, &andon_evidence::policy::Actionable)| {
        let most = |by: f64| if by > 0.0 { in_full(by) } else { "not at all".to_owned() };
        vec![feature.clone(), in_full(way.step), most(way.lower_by), most(way.raise_by)]
    };
    Passage::table_or(
        &["Feature", "Step", "Lower by at most", "Raise by at most"],
        policy.actionable.iter().map(row).collect(),
        "The policy names no feature that a person can act on.",
    )
}

fn frequency(source: &DocumentSource<'_>) -> Section {
    let passages = match &source.figures.reasons {
        Some(reasons) if reasons.negatives > 0 => vec![asked(reasons), by_code(reasons), by_group(reasons)],
        Some(reasons) => vec![asked(reasons)],
        None => vec![Passage::blank(
            CREDIT_POLICY,
            "the frequency of each reason: the figures of this package do not hold it, as they are of an earlier version.",
        )],
    };
    let points = vec![
        DocumentPoint::new("3.1", "Reasons of the denied rows, by group", passages),
        DocumentPoint::blank(
            "3.2",
            "Reasons given after the release",
            CREDIT_POLICY,
            "the reasons of served decisions, from the trail: a package holds none of them.",
        ),
    ];
    Section { title: "3. Frequency of the reasons", points }
}

/// The rows that were asked.
fn asked(reasons: &ReasonFigures) -> Passage {
    Passage::Text(format!(
        "The model that ships answers {} of {} rows of the data negatively. It was trained on these rows.",
        count(reasons.negatives),
        count(reasons.asked)
    ))
}

fn by_code(reasons: &ReasonFigures) -> Passage {
    let row = |reason: &andon_evidence::figures::ReasonFigure| {
        vec![reason.code.clone(), reason.feature.clone(), count(reason.first), count(reason.any)]
    };
    Passage::Table(DocumentTable {
        heads: vec!["Code", "Feature", "As the first reason", "As any reason"],
        rows: reasons.reasons.iter().map(row).collect(),
    })
}

/// The number of each group's denied rows that get each reason.
fn by_group(reasons: &ReasonFigures) -> Passage {
    let row = |group: &andon_evidence::figures::ReasonGroup| {
        let given = reasons.reasons.iter().zip(&group.any).filter(|(_, any)| **any > 0);
        let given = given.map(|(reason, any)| format!("{} {}", reason.code, with_thousands(&any.to_string())));
        let given = given.collect::<Vec<_>>().join(", ");
        let given = if given.is_empty() { "none is denied".to_owned() } else { given };
        vec![format!("{}: {}", group.attribute, group.name), count(group.negatives), given]
    };
    Passage::table_or(
        &["Group", "Denied rows", "Reasons, each with the number of them that get it"],
        reasons.groups.iter().map(row).collect(),
        "The policy names no protected attribute.",
    )
}

fn notices(source: &DocumentSource<'_>) -> Section {
    let lists = source.figures.reasons.as_ref().map(|reasons| reasons.lists.as_slice()).unwrap_or_default();
    let samples: Vec<Passage> = lists.iter().map(|list| Passage::Sample(sample(source, list))).collect();
    let samples = if samples.is_empty() {
        vec![Passage::blank(CREDIT_POLICY, "samples of notices: the figures of this package hold no denied row.")]
    } else {
        samples
    };
    let contact = match &source.policy.answer.contact {
        Some(contact) => Passage::Facts(vec![fact("Contact in each notice", contact.as_str())]),
        None => Passage::blank(CREDIT_POLICY, "the contact for questions and corrections ([answer] contact)."),
    };
    let point = |number, title, passages| DocumentPoint::new(number, title, passages);
    let blank = |task| vec![Passage::blank(COUNSEL, task)];
    let points = vec![
        point("4.1", "The most frequent lists of reasons, as a person reads them", samples),
        point("4.2", "Contact", vec![contact]),
        point("4.3", "Creditor", blank("name and address of the creditor (12 CFR 1002.9(a)(2)).")),
        point("4.4", "ECOA notice", blank("the notice of 12 CFR 1002.9(b)(1) with the federal agency that applies.")),
        point("4.5", "Time limit", blank("who sends the notice within 30 days of a complete application.")),
        point("4.6", "Consumer reports", blank("the further notice that is owed if a consumer report was used.")),
    ];
    Section { title: "4. Notices", points }
}

/// A notice with the words of the dictionary. The values of no person stand in it.
fn sample(source: &DocumentSource<'_>, list: &ReasonList) -> SampleNotice {
    let answer = &source.policy.answer;
    let mut lines = vec![format!("{}. What weighed most against the application:", answer.negative)];
    lines.extend(list.reasons.iter().map(|reason| format!("{}: {}", reason.code, open_value(&reason.words))));
    lines.extend(answer.contact.iter().map(|contact| format!("Questions and corrections: {contact}")));
    SampleNotice { title: format!("{} of the denied rows get these reasons", count(list.rows)), lines }
}

fn checks(source: &DocumentSource<'_>) -> Section {
    let decision = source.decision;
    let points = vec![
        DocumentPoint::new(
            "5.1",
            "Are the reasons true, stable and readable",
            vec![gates::of_families(decision, "explanations", &["explanation"])],
        ),
        DocumentPoint::new(
            "5.2",
            "The bars and their reasons",
            vec![gates::reasons(decision, "explanations", |gate| gate.starts_with("explanation."))],
        ),
        DocumentPoint::new("5.3", "Influence of the features", vec![passages::importance(source)]),
    ];
    Section { title: "5. Checks", points }
}
