//! Passages about a release that more than one document needs: model, data, features, groups, denials, oversight.

use andon_evidence::layout::{CARGO_LOCK, CARGO_MANIFEST, POLICY, VOUCHED};
use andon_evidence::policy::{Better, Policy};
use anyhow::{Context, Result};

use super::outline::Passage;
use super::source::DocumentSource;
use crate::column_schema::allowed_in_words;
use crate::report::plot::numbers::{count, range, share};
use crate::report::sections::facts::{self, Fact};
use andon_evidence::judge::Unit;

/// A fact with its name.
pub(super) fn fact(name: &str, text: impl Into<String>) -> Fact {
    (name.to_owned(), text.into())
}

/// The recipe, the answers and the evaluation.
pub(super) fn model(source: &DocumentSource<'_>) -> Passage {
    Passage::Facts(facts::model(source.policy))
}

/// The data file and the parts of its columns.
pub(super) fn data(source: &DocumentSource<'_>) -> Passage {
    Passage::Facts(facts::data(source.policy, Some(source.figures)))
}

/// Name, version and the digests of what the release was made from.
pub(super) fn identity(source: &DocumentSource<'_>) -> Result<Passage> {
    let (name, version) = source.identity;
    Ok(Passage::Facts(vec![
        fact("Name", name),
        fact("Version", version),
        fact(&format!("{POLICY}, SHA-256"), source.input(POLICY)?),
        fact(&format!("{CARGO_MANIFEST}, SHA-256"), source.input(CARGO_MANIFEST)?),
        fact(&format!("{CARGO_LOCK}, SHA-256"), source.input(CARGO_LOCK)?),
        fact("Fingerprint of every input", source.decision.fingerprint.clone()),
    ]))
}

/// The files of the package that green gates vouch for.
pub(super) fn files(source: &DocumentSource<'_>) -> Passage {
    let vouched = source.decision.vouched();
    let row = |name: &&str| Some(vec![(*name).to_owned(), (*vouched.get(name)?).to_owned()]);
    Passage::table_or(
        &["File", "SHA-256"],
        VOUCHED.iter().filter_map(row).collect(),
        "No green gate vouches for a file of the package.",
    )
}

/// Each feature: its meaning, the values that are allowed and validated, and the better direction.
///
/// # Errors
/// If the data contract has no such column.
pub(super) fn features(source: &DocumentSource<'_>) -> Result<Passage> {
    let policy = source.policy;
    let row = |name: &String| -> Result<Vec<String>> {
        let schema = source.column(name)?;
        let meaning = schema["description"].as_str().unwrap_or("the contract does not say");
        let validated = policy.validated.get(name);
        let validated = validated
            .map_or_else(|| "all that is allowed".to_owned(), |range| format!("{} to {}", range.min, range.max));
        let better = match policy.better.get(name) {
            Some(Better::Higher) => "higher",
            Some(Better::Lower) => "lower",
            None => "not stated",
        };
        Ok(vec![name.clone(), meaning.to_owned(), allowed_in_words(schema), validated, better.to_owned()])
    };
    let rows = policy.data.features.iter().map(row).collect::<Result<_>>()?;
    Ok(Passage::table_or(
        &["Feature", "Meaning", "Allowed", "Validated", "Better for the person"],
        rows,
        "The policy names no feature.",
    ))
}

/// The columns of the data file that the model does not see, each with its part.
///
/// # Errors
/// If the data contract has no columns.
pub(super) fn other_columns(source: &DocumentSource<'_>) -> Result<Passage> {
    let data = &source.policy.data;
    let columns = source.contract["properties"].as_object().context("the data contract has no columns")?;
    let part = |name: &str| -> String {
        if data.protected.contains_key(name) {
            "protected attribute, judged and never scored".to_owned()
        } else if name == data.label {
            format!("label; the favourable outcome is {}", data.favourable)
        } else if data.is_id(name) {
            "name of the row".to_owned()
        } else if let Some(attribute) = data.proxies.get(name) {
            format!("proxy for {attribute}, never scored")
        } else {
            "left out".to_owned()
        }
    };
    let row = |(name, schema): (&String, &serde_json::Value)| {
        let meaning = schema["description"].as_str().unwrap_or("the contract does not say").to_owned();
        let reason = data.unjudged.get(name).cloned().unwrap_or_else(|| "none is needed".to_owned());
        vec![name.clone(), part(name), meaning, reason]
    };
    let rows = columns.iter().filter(|(name, _)| !data.features.contains(name)).map(row).collect();
    Ok(Passage::table_or(
        &["Column", "Part", "Meaning", "Reason why no gate judges it"],
        rows,
        "The model sees every column of the data.",
    ))
}

/// The influence of each feature; of a command as it was sampled.
pub(super) fn importance(source: &DocumentSource<'_>) -> Passage {
    if let Some(sampled) = &source.figures.sampled {
        return Passage::table_or(
            &["Feature", "Moves the probability by, sampled", "95 % interval", "Certainly the strongest of"],
            sampled.cells().into_iter().map(Vec::from).collect(),
            "The figures hold no attribution.",
        );
    }
    let row =
        |figure: &andon_evidence::figures::FeatureImportance| vec![figure.feature.clone(), share(figure.mean_moved)];
    Passage::table_or(
        &["Feature", "Moves the probability by, on average"],
        source.figures.importance.iter().map(row).collect(),
        "The figures hold no attribution.",
    )
}

/// Every group: its rows, the share of good labels in the data, and the share that the model answers positively.
pub(super) fn groups(source: &DocumentSource<'_>) -> Passage {
    let row = |group: &andon_evidence::figures::GroupFigures| {
        let name = match group.members_in_words() {
            members if members.is_empty() => group.name.clone(),
            members => format!("{} ({members})", group.name),
        };
        let judged = if group.judged { "judged" } else { "reported, not judged" };
        vec![
            format!("{}: {name}", group.attribute),
            count(group.rows),
            share(group.base_rate),
            share(group.selection_rate),
            range(group.interval, Unit::Share),
            judged.to_owned(),
        ]
    };
    Passage::table_or(
        &["Group", "Rows", "Label 1 in the data", "Answered positively", "95 % interval", "Judged"],
        source.figures.groups.iter().map(row).collect(),
        "The policy names no protected attribute.",
    )
}

/// The comparisons of who is denied.
pub(super) fn denials(source: &DocumentSource<'_>) -> Passage {
    let row = |figure: &andon_evidence::figures::DenialFigure| {
        let (found, interval) = figure.cells();
        vec![figure.question.clone(), figure.subject.clone(), found, interval]
    };
    Passage::table_or(
        &["Question", "Subject", "Found", "95 % interval"],
        source.figures.denials.iter().map(row).collect(),
        "The figures hold no comparison of who is denied.",
    )
}

/// Answers against labels.
pub(super) fn confusion(source: &DocumentSource<'_>) -> Passage {
    let counts = source.figures.confusion;
    let row = |label: &str, positive: u64, negative: u64| vec![label.to_owned(), count(positive), count(negative)];
    Passage::table_or(
        &["Label", "Answered positively", "Answered negatively"],
        vec![
            row("1", counts.true_positives, counts.false_negatives),
            row("0", counts.false_positives, counts.true_negatives),
        ],
        "The figures hold no answer.",
    )
}

/// Scores against outcomes.
pub(super) fn reliability(source: &DocumentSource<'_>) -> Passage {
    let row = |bin: &andon_evidence::figures::Bin| {
        let scores = format!("{} to {}", share(bin.from), share(bin.to));
        vec![scores, count(bin.rows), share(bin.mean_score), share(bin.positives), range(bin.interval, Unit::Share)]
    };
    Passage::table_or(
        &["Scores", "Rows", "Mean score", "Label 1", "95 % interval"],
        source.figures.reliability.iter().map(row).collect(),
        "The figures hold no bin of scores.",
    )
}

/// What lets a person oversee the answers: referrals, reasons, contact, language model, and the cord.
pub(super) fn oversight(policy: &Policy) -> Passage {
    let answer = &policy.answer;
    let validated = match policy.validated.len() {
        0 => "the policy validates no range, so none".to_owned(),
        ranges => format!("REFER, without a score, if one of {ranges} features lies outside its validated range"),
    };
    let words = match &policy.explanation.language_model {
        Some(model) => format!("{}, guarded; the template words an explanation if the guard refuses it", model.model),
        None => "none; the template words every explanation".to_owned(),
    };
    let clears = match &policy.cord.may_clear {
        Some(persons) => persons.join(", "),
        None => "everybody".to_owned(),
    };
    let own = match &policy.cord.clear_alone {
        Some(why) => format!("also the person who stopped, alone: {why}"),
        None => "never the person who stopped".to_owned(),
    };
    let contact = answer.contact.clone().unwrap_or_else(|| "the policy names none".to_owned());
    Passage::Facts(vec![
        fact("A person decides", validated),
        fact("Reasons with a negative answer", format!("at most {}", answer.max_reasons)),
        fact("Changes that are searched for the person", format!("{} features", policy.actionable.len())),
        fact("Contact in each negative answer and referral", contact),
        fact("Language model", words),
        fact("Who may stop a release or a service", "everybody, with name and reason"),
        fact("Who may clear a stop", format!("{clears}; {own}")),
    ])
}

/// The way of judging: folds, intervals, multiple testing, and the number of candidates.
pub(super) fn procedure(source: &DocumentSource<'_>) -> Passage {
    let decision = source.decision;
    let mut procedure = vec![
        fact("Gates", count(decision.rows.len() as u64)),
        fact("Judged", super::head::days(decision)),
        fact("Interval", "95 %; its unfavourable end must meet the bar, unless the bar says “on the point”"),
        fact("Candidates that the same data were asked about", count(decision.tries.candidates)),
    ];
    procedure.extend(decision.families.iter().map(|(name, family)| {
        fact(&format!("Multiple testing in {name}"), format!("Holm's procedure: {}", family.why))
    }));
    procedure.extend(decision.remarks.iter().map(|remark| fact("Remark", remark.as_str())));
    Passage::Facts(procedure)
}

/// The decisions and stops that the package knows of.
pub(super) fn history(source: &DocumentSource<'_>) -> Passage {
    let tries = &source.decision.tries;
    let ledger = tries.ledger.clone().unwrap_or_else(|| "no decision was kept before this one".to_owned());
    let stops: Vec<String> = source.decision.stops.iter().map(ToString::to_string).collect();
    let stops = if stops.is_empty() { "none in force".to_owned() } else { stops.join("; ") };
    Passage::Facts(vec![
        fact("Candidates that the same data were asked about", count(tries.candidates)),
        fact("Last line of the ledger of decisions, SHA-256", ledger),
        fact("Stops", stops),
    ])
}
