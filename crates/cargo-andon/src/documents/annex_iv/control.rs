//! Points 3 to 9: monitoring and control, and the documents around the system.

use anyhow::Result;

use crate::documents::gates;
use crate::documents::outline::{DocumentPoint, Passage, Section};
use crate::documents::passages;
use crate::documents::people::{COUNSEL, OWNER, PROVIDER, RISK};
use crate::documents::source::DocumentSource;

pub(super) fn section(source: &DocumentSource<'_>) -> Result<Section> {
    let decision = source.decision;
    let limits = &source.policy.about.limitations;
    let point = DocumentPoint::new;
    let points = vec![
        point(
            "3",
            "Capabilities and limitations, and accuracy for groups of persons",
            vec![
                Passage::list_or(limits, OWNER, "the known limitations."),
                passages::groups(source),
                gates::measured(decision, "weak slices", |gate| gate.starts_with("accuracy.")),
            ],
        ),
        point(
            "3",
            "Foreseeable unintended outcomes and sources of risk",
            vec![
                gates::findings(decision),
                passages::denials(source),
                Passage::blank(RISK, "the risks to health, safety and fundamental rights that no gate measures."),
            ],
        ),
        point(
            "3",
            "Human oversight measures",
            vec![passages::oversight(source.policy), gates::of_families(decision, "explanations", &["explanation"])],
        ),
        point("3", "Specifications on input data", vec![passages::features(source)?]),
    ];
    Ok(Section { title: "3. Monitoring, functioning and control", points })
}

pub(super) fn other_points(source: &DocumentSource<'_>) -> Section {
    let decision = source.decision;
    let point = DocumentPoint::new;
    let metrics = |gate: &str| ["accuracy.", "calibration.", "fairness."].iter().any(|family| gate.starts_with(family));
    let points = vec![
        point("4", "Appropriateness of the performance metrics", vec![gates::reasons(decision, "accuracy", metrics)]),
        DocumentPoint::blank(
            "5",
            "Risk management system (Article 9)",
            RISK,
            "the risk management system, or where it is kept.",
        ),
        point(
            "6",
            "Changes through the lifecycle",
            vec![
                passages::history(source),
                gates::exceptions(decision, source.policy),
                Passage::blank(OWNER, "the changes that the provider made since the first version."),
            ],
        ),
        point(
            "7",
            "Standards and other specifications",
            vec![
                gates::sources(source.policy),
                Passage::blank(
                    COUNSEL,
                    "the harmonised standards that are applied, or how the requirements are met without.",
                ),
            ],
        ),
        DocumentPoint::blank("8", "EU declaration of conformity (Article 47)", PROVIDER, "a copy of the declaration."),
        point(
            "9",
            "Post-market monitoring (Article 72)",
            vec![
                Passage::Text("Bars by which `monitor` holds served decisions against the training data:".to_owned()),
                gates::reasons(decision, "drift", |gate| gate.starts_with("drift.")),
                Passage::blank(PROVIDER, "the post-market monitoring plan: who looks, how often, and what follows."),
            ],
        ),
    ];
    Section { title: "4 to 9. Metrics, risk, changes, standards, declaration, monitoring", points }
}
