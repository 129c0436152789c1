//! A validation report after SR 26-2: conceptual soundness, data, outcomes analysis, monitoring, limits, findings.

use andon_evidence::policy::Policy;
use anyhow::Result;

use super::gates;
use super::outline::{Document, DocumentPoint, Passage, Section};
use super::passages::{self, fact};
use super::people::{CREDIT_POLICY, DATA_OWNER, OWNER, RISK, VALIDATOR};
use super::source::DocumentSource;

const LAW: &str = "SR 26-2, OCC Bulletin 2026-13 and FIL-15-2026 (2026-04-17), which replaced SR 11-7: tiers by risk, \
                   triggers in place of a calendar, outcomes analysis, an inventory. The evidence is the developer's; a \
                   validator who had no part in the development must challenge it. Looked up on 2026-11-25; this is no \
                   legal advice.";

pub(super) fn document(source: &DocumentSource<'_>) -> Result<Document> {
    let sections = vec![
        inventory(source)?,
        soundness(source)?,
        data(source)?,
        outcomes(source),
        implementation(source),
        monitoring(source),
        conclusions(source),
    ];
    Ok(Document { basis: "SR 26-2", title: "Validation report", law: LAW, sections })
}

fn inventory(source: &DocumentSource<'_>) -> Result<Section> {
    let about = &source.policy.about;
    let purpose = Passage::Facts(vec![fact("Purpose", about.purpose.as_str()), fact("Owner", about.owner.as_str())]);
    let points = vec![
        DocumentPoint::new("1.1", "Model", vec![purpose, passages::identity(source)?]),
        DocumentPoint::new(
            "1.2",
            "Use",
            vec![
                Passage::list_or(&about.intended_use, OWNER, "the uses of the model."),
                Passage::Text("Not to be used for:".to_owned()),
                Passage::list_or(&about.out_of_scope, OWNER, "the uses that the model must not be put to."),
            ],
        ),
        DocumentPoint::blank(
            "1.3",
            "Tier of risk and materiality",
            RISK,
            "the tier of the model, its exposure, and the depth of validation that follows.",
        ),
        DocumentPoint::blank(
            "1.4",
            "Models upstream and downstream",
            RISK,
            "the models that feed this one or that it feeds.",
        ),
    ];
    Ok(Section { title: "1. Inventory", points })
}

fn soundness(source: &DocumentSource<'_>) -> Result<Section> {
    let decision = source.decision;
    let baselines = |gate: &str| gate.starts_with("accuracy.over") || gate.starts_with("accuracy.challenger");
    let directions = |gate: &str| gate.starts_with("robustness.") || gate == "contract.directions";
    let points = vec![
        DocumentPoint::new("2.1", "Design", vec![passages::model(source)]),
        DocumentPoint::new("2.2", "Variables", vec![passages::features(source)?, passages::importance(source)]),
        DocumentPoint::new(
            "2.3",
            "Directions and stability of the answers",
            vec![gates::measured(decision, "directions", directions)],
        ),
        DocumentPoint::new(
            "2.4",
            "Against simpler models and earlier versions",
            vec![gates::measured(decision, "simpler models", baselines)],
        ),
        DocumentPoint::blank(
            "2.5",
            "Theory and assumptions",
            OWNER,
            "why these variables and this learner suit the decision, and what is assumed.",
        ),
    ];
    Ok(Section { title: "2. Conceptual soundness", points })
}

fn data(source: &DocumentSource<'_>) -> Result<Section> {
    let points = vec![
        DocumentPoint::new("3.1", "Data", vec![passages::data(source), passages::other_columns(source)?]),
        DocumentPoint::new(
            "3.2",
            "Quality, leakage and fitness",
            vec![gates::of_families(source.decision, "the data", &["contract"])],
        ),
        DocumentPoint::new(
            "3.3",
            "Representativeness",
            vec![
                gates::of_families(source.decision, "drift", &["drift"]),
                Passage::blank(DATA_OWNER, "how the data stand for the applicants of today, and what they lack."),
            ],
        ),
    ];
    Ok(Section { title: "3. Data", points })
}

fn outcomes(source: &DocumentSource<'_>) -> Section {
    let decision = source.decision;
    let points = vec![
        DocumentPoint::new("4.1", "Procedure", vec![passages::procedure(source)]),
        DocumentPoint::new(
            "4.2",
            "Discrimination and accuracy",
            vec![gates::of_families(decision, "accuracy", &["accuracy"]), passages::confusion(source)],
        ),
        DocumentPoint::new(
            "4.3",
            "Calibration",
            vec![gates::of_families(decision, "calibration", &["calibration"]), passages::reliability(source)],
        ),
        DocumentPoint::new(
            "4.4",
            "Groups of persons",
            vec![gates::of_families(decision, "fairness", &["fairness"]), passages::groups(source)],
        ),
        DocumentPoint::new("4.5", "Explanations", vec![gates::of_families(decision, "explanations", &["explanation"])]),
        DocumentPoint::blank(
            "4.6",
            "Outcomes of served decisions",
            CREDIT_POLICY,
            "what became of the loans that were decided: a package holds no outcome after its release.",
        ),
    ];
    Section { title: "4. Outcomes analysis", points }
}

fn implementation(source: &DocumentSource<'_>) -> Section {
    let decision = source.decision;
    let points = vec![
        DocumentPoint::new(
            "5.1",
            "Reproducibility",
            vec![gates::of_families(decision, "reproducibility", &["reproducibility", "import"])],
        ),
        DocumentPoint::new(
            "5.2",
            "The served model is the judged one",
            vec![gates::of_families(decision, "the service", &["serving", "latency"]), passages::files(source)],
        ),
        DocumentPoint::new("5.3", "Controls over use", vec![passages::oversight(source.policy)]),
    ];
    Section { title: "5. Implementation", points }
}

fn monitoring(source: &DocumentSource<'_>) -> Section {
    let points = vec![
        DocumentPoint::new(
            "6.1",
            "Bars for served decisions",
            vec![gates::reasons(source.decision, "served decisions", |gate| {
                ["drift.", "fairness.disparate_impact.", "fairness.answered.", "serving.referred"]
                    .iter()
                    .any(|start| gate.starts_with(start))
            })],
        ),
        DocumentPoint::new("6.2", "Triggers of a re-validation with a date", vec![triggers(source.policy)]),
        DocumentPoint::blank("6.3", "Plan", OWNER, "who reads the monitor, how often, and what happens after a NO-GO."),
    ];
    Section { title: "6. Ongoing monitoring", points }
}

/// The dates after which the decision holds no longer, or somebody has to look again.
fn triggers(policy: &Policy) -> Passage {
    let waivers = policy.waivers.iter().map(|waiver| {
        vec![format!("waiver of {}", waiver.gate), format!("expires on {}", waiver.expires), waiver.owner.clone()]
    });
    let owner = || policy.about.owner.clone();
    let data = policy.data.collected_until.iter().map(|day| {
        vec!["age of the data".to_owned(), format!("collected until {day}; contract.freshness has the bar"), owner()]
    });
    let sources = policy.gates.iter().filter_map(|(gate, bar)| {
        let checked = bar.source.as_ref().and(bar.checked)?;
        Some(vec![format!("source of {gate}"), format!("looked at on {checked}; again after a year"), owner()])
    });
    Passage::table_or(
        &["Trigger", "Date", "Who"],
        waivers.chain(data).chain(sources).collect(),
        "The policy has no waiver, no age of the data and no source with a date.",
    )
}

fn conclusions(source: &DocumentSource<'_>) -> Section {
    let points = vec![
        DocumentPoint::new(
            "7.1",
            "Limits",
            vec![Passage::list_or(&source.policy.about.limitations, OWNER, "the known limitations.")],
        ),
        DocumentPoint::new("7.2", "Findings", vec![gates::findings(source.decision)]),
        DocumentPoint::new(
            "7.3",
            "Exceptions from the policy",
            vec![gates::exceptions(source.decision, source.policy)],
        ),
        DocumentPoint::new("7.4", "History of decisions", vec![passages::history(source)]),
        DocumentPoint::blank(
            "7.5",
            "Challenge",
            VALIDATOR,
            "what was challenged, which tests were repeated, and what they showed.",
        ),
        DocumentPoint::blank(
            "7.6",
            "Conclusion",
            VALIDATOR,
            "the conclusion, the conditions of use, and the signature.",
        ),
    ];
    Section { title: "7. Limits, findings and conclusion", points }
}
