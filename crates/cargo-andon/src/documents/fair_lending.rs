//! A fair-lending file: who is judged, who is denied, which proxies and alternatives there are.

use andon_evidence::policy::Policy;
use anyhow::Result;

use super::gates;
use super::outline::{Document, DocumentPoint, Passage, Section};
use super::passages::{self, fact};
use super::people::{COUNSEL, CREDIT_POLICY, OWNER};
use super::source::DocumentSource;
use crate::report::AlternativesFound;
use crate::report::plot::numbers::count;
use crate::report::sections::alternatives::{self, AlternativeLine};

/// What is to be written where no search of this release is on record, or no reason for the choice.
const SEARCH: &str = "the less discriminatory alternatives that were searched, and the reason for the shipped one: `cargo \
                      andon search` and `search.chosen_because`.";

const LAW: &str = "Equal Credit Opportunity Act (15 U.S.C. 1691) and Regulation B (12 CFR 1002). The effects test of 12 CFR \
                   1002.6 was deleted by the final rule of 2026-04-22 (FR Doc. 2026-07804, effective 2026-07-21); \
                   intentional proxies stay prohibited. The Fair Housing Act (mortgages) and state law still ask for \
                   disparate impact. Four fifths (29 CFR 1607.4(D)) is a customary yardstick, taken from hiring. Looked \
                   up on 2026-11-25; this is no legal advice.";

pub(super) fn document(source: &DocumentSource<'_>) -> Result<Document> {
    let sections =
        vec![judged(source)?, denied(source), proxies(source)?, less_discriminatory(source), conclusion(source)];
    Ok(Document { basis: "ECOA, Regulation B, Fair Housing Act", title: "Fair-lending file", law: LAW, sections })
}

fn judged(source: &DocumentSource<'_>) -> Result<Section> {
    let policy = source.policy;
    let about = &policy.about;
    let least = Passage::Facts(vec![
        fact("Fewest rows of a judged group", count(policy.evaluation.minimum_group_rows)),
        fact("Fewest rows that a rate is a share of", count(policy.evaluation.minimum_denominator)),
    ]);
    let points = vec![
        DocumentPoint::new(
            "1.1",
            "Decision and product",
            vec![
                Passage::Text(about.purpose.clone()),
                Passage::list_or(&about.intended_use, OWNER, "the uses of the model."),
            ],
        ),
        DocumentPoint::new("1.2", "Groups that are judged", vec![passages::groups(source), least]),
        DocumentPoint::new(
            "1.3",
            "Columns outside the model, and why some are not judged",
            vec![passages::other_columns(source)?],
        ),
        DocumentPoint::blank(
            "1.4",
            "Grounds without data",
            COUNSEL,
            "the prohibited bases that the data do not record, and how they are looked at.",
        ),
        DocumentPoint::new(
            "1.5",
            "Limits of the data",
            vec![Passage::list_or(&about.limitations, OWNER, "the known limitations.")],
        ),
    ];
    Ok(Section { title: "1. Who is judged", points })
}

fn denied(source: &DocumentSource<'_>) -> Section {
    let decision = source.decision;
    let denial = |gate: &str| {
        let asks = ["denial_ratio", "denial_odds_ratio", "score_difference", "amplification"];
        asks.iter().any(|question| gate.starts_with(&format!("fairness.{question}.")))
    };
    let impact =
        |gate: &str| gate.starts_with("fairness.disparate_impact.") || gate.starts_with("fairness.statistical");
    let answered = |gate: &str| gate.starts_with("fairness.answered.") || gate == "serving.referred";
    let others = |gate: &str| {
        gate.starts_with("fairness.") && !denial(gate) && !impact(gate) && !answered(gate) && !is_proxy(gate)
    };
    let table = |what, wanted: &dyn Fn(&str) -> bool| gates::measured(decision, what, wanted);
    let points = vec![
        DocumentPoint::new("2.1", "Approvals", vec![table("approvals", &impact)]),
        DocumentPoint::new("2.2", "Denials", vec![passages::denials(source), table("denials", &denial)]),
        DocumentPoint::new("2.3", "Errors by group", vec![table("errors by group", &others)]),
        DocumentPoint::new("2.4", "Who gets no answer", vec![table("referrals", &answered)]),
        DocumentPoint::new(
            "2.5",
            "The bars and their reasons",
            vec![gates::reasons(decision, "fairness", |gate| gate.starts_with("fairness."))],
        ),
        DocumentPoint::new("2.6", "Multiple testing, and the number of tries", vec![passages::procedure(source)]),
        DocumentPoint::blank(
            "2.7",
            "Denials after the release, and overrides",
            CREDIT_POLICY,
            "who may override an answer, on what grounds, and the rates of overrides by group.",
        ),
    ];
    Section { title: "2. Who is approved and who is denied", points }
}

fn is_proxy(gate: &str) -> bool {
    gate.starts_with("fairness.proxy.")
}

fn proxies(source: &DocumentSource<'_>) -> Result<Section> {
    let decision = source.decision;
    let never = |gate: &str| gate == "robustness.protected_attributes" || gate.starts_with("contract.unjudged");
    let points = vec![
        DocumentPoint::new(
            "3.1",
            "Protected attributes do not reach the model",
            vec![gates::measured(decision, "protected attributes", never)],
        ),
        DocumentPoint::new(
            "3.2",
            "Proxies",
            vec![gates::measured(decision, "proxies", is_proxy), declared_proxies(source.policy)],
        ),
        DocumentPoint::new(
            "3.3",
            "Features and their influence",
            vec![passages::features(source)?, passages::importance(source)],
        ),
        DocumentPoint::blank(
            "3.4",
            "Business need of each feature",
            CREDIT_POLICY,
            "why the lender must know each feature, and that none was chosen as a proxy.",
        ),
    ];
    Ok(Section { title: "3. Proxies and features", points })
}

fn declared_proxies(policy: &Policy) -> Passage {
    let row = |(column, attribute): (&String, &String)| vec![column.clone(), attribute.clone()];
    Passage::table_or(
        &["Column", "Proxy for"],
        policy.data.proxies.iter().map(row).collect(),
        "The policy declares no column as a proxy.",
    )
}

fn less_discriminatory(source: &DocumentSource<'_>) -> Section {
    let points = vec![
        DocumentPoint::new("4.1", "Alternatives that the policy declares", vec![declared_alternatives(source.policy)]),
        DocumentPoint::new(
            "4.2",
            "Less discriminatory alternatives, and why this one was chosen",
            searched_alternatives(source),
        ),
        DocumentPoint::new("4.3", "Tries on the same data", vec![passages::history(source)]),
    ];
    Section { title: "4. Less discriminatory alternatives", points }
}

/// The search on record: the reason for the shipped alternative, and those that the reason answers for.
const COLUMNS_OF_ALTERNATIVES: [&str; 10] = [
    "Role",
    "Features",
    "Weights",
    "Settings",
    "Accuracy",
    "Area under the curve",
    "Brier score",
    "Approval ratio",
    "Denial ratio",
    "Amplification",
];

fn searched_alternatives(source: &DocumentSource<'_>) -> Vec<Passage> {
    let found = match source.alternatives {
        AlternativesFound::Current(found) => found,
        AlternativesFound::Stale(why) => {
            let told = format!("The search on record is not of this release: {why}.");
            return vec![Passage::Text(told), Passage::blank(CREDIT_POLICY, SEARCH)];
        }
        AlternativesFound::Absent => return vec![Passage::blank(CREDIT_POLICY, SEARCH)],
    };
    let searched = format!("{} alternatives were searched.", count(found.alternatives.len() as u64));
    let row = |line: AlternativeLine| {
        let settings = format!("depth {}, {} trees, threshold {}", line.depth, line.trees, line.threshold);
        let names = [line.role, line.features, line.weights, settings];
        names.into_iter().chain(line.figures).collect()
    };
    let table = Passage::table_or(
        &COLUMNS_OF_ALTERNATIVES,
        alternatives::lines(found).into_iter().map(row).collect(),
        "No alternative is on a frontier.",
    );
    match alternatives::choice(source.policy) {
        Some((why, declined)) => {
            let told = format!("{searched} The shipped one was chosen because {why}.");
            let answered = Passage::table_or(
                &["Less discriminatory, and declined by this reason"],
                declined.into_iter().map(|one| vec![one]).collect(),
                "The reason answers for no less discriminatory alternative.",
            );
            vec![Passage::Text(told), answered, table]
        }
        None => vec![Passage::Text(searched), Passage::blank(CREDIT_POLICY, SEARCH), table],
    }
}

fn declared_alternatives(policy: &Policy) -> Passage {
    let Some(search) = &policy.search else {
        return Passage::Text("The policy declares no alternative.".to_owned());
    };
    let sets = |sets: &[Vec<String>]| match sets.iter().map(|set| set.join(" and ")).collect::<Vec<_>>() {
        sets if sets.is_empty() => "none".to_owned(),
        sets => sets.join("; "),
    };
    let numbers = |numbers: Vec<String>| if numbers.is_empty() { "none".to_owned() } else { numbers.join(", ") };
    Passage::Facts(vec![
        fact("Features left out", sets(&search.without)),
        fact("Columns added", sets(&search.with)),
        fact("Depths", numbers(search.depth.iter().map(ToString::to_string).collect())),
        fact("Numbers of trees", numbers(search.trees.iter().map(ToString::to_string).collect())),
        fact("Thresholds", numbers(search.threshold.iter().map(ToString::to_string).collect())),
    ])
}

fn conclusion(source: &DocumentSource<'_>) -> Section {
    let points = vec![
        DocumentPoint::new("5.1", "Findings", vec![gates::findings(source.decision)]),
        DocumentPoint::new(
            "5.2",
            "Exceptions from the policy",
            vec![gates::exceptions(source.decision, source.policy)],
        ),
        DocumentPoint::new("5.3", "Sources of the bars", vec![gates::sources(source.policy)]),
        DocumentPoint::blank(
            "5.4",
            "Law of the places of business",
            COUNSEL,
            "the state law that applies beside federal law.",
        ),
        DocumentPoint::blank("5.5", "Conclusion", COUNSEL, "the conclusion of the review, under privilege or not."),
    ];
    Section { title: "5. Findings and conclusion", points }
}
