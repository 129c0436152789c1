//! Point 2: the elements of the system and the process of its development.

use anyhow::Result;

use crate::documents::gates;
use crate::documents::outline::{DocumentPoint, Passage, Section};
use crate::documents::passages::{self, fact};
use crate::documents::people::{DATA_OWNER, OWNER, PROVIDER, SECURITY};
use crate::documents::source::DocumentSource;

pub(super) fn section(source: &DocumentSource<'_>) -> Result<Section> {
    let mut points = design(source)?;
    points.extend(data(source)?);
    points.extend(tests(source));
    Ok(Section { title: "2. Elements and development", points })
}

fn design(source: &DocumentSource<'_>) -> Result<Vec<DocumentPoint>> {
    let decision = source.decision;
    let point = DocumentPoint::new;
    Ok(vec![
        point("2(a)", "Methods and steps of development", vec![passages::model(source)]),
        point("2(a)", "Pre-trained systems and tools of third parties", vec![third_parties(source)]),
        point(
            "2(b)",
            "General logic, and the relevance of the parameters",
            vec![passages::features(source)?, passages::importance(source)],
        ),
        point(
            "2(b)",
            "Key design choices with rationale and assumptions",
            vec![
                choices(source),
                Passage::blank(OWNER, "why this learner, these features and these settings were chosen."),
            ],
        ),
        point("2(b)", "Main classification choices, and what it optimises for", vec![classification(source)]),
        point(
            "2(b)",
            "Expected output and its quality",
            vec![passages::confusion(source), gates::of_families(decision, "accuracy", &["accuracy", "calibration"])],
        ),
        point("2(b)", "Trade-offs", vec![gates::exceptions(decision, source.policy)]),
        point(
            "2(c)",
            "Architecture",
            vec![
                passages::files(source),
                Passage::blank(OWNER, "how the components build on each other in the deployer's processing."),
            ],
        ),
        DocumentPoint::blank(
            "2(c)",
            "Computational resources",
            OWNER,
            "the machines and the time that development, training and testing took.",
        ),
    ])
}

fn third_parties(source: &DocumentSource<'_>) -> Passage {
    Passage::Text(match (&source.policy.scores, &source.policy.model) {
        (Some(scores), _) => {
            format!(
                "No model is part of the release: {} holds or gives the scores of a model that is somewhere else.",
                scores.origin
            )
        }
        (None, Some(model)) => format!(
            "The model was trained elsewhere and is read from {}; its library's own predictions are in {}.",
            model.file.display(),
            model.predictions.display()
        ),
        (None, None) => format!(
            "No pre-trained system: the model is trained from {} alone. Tools: every crate stands in bom.cdx.json of the \
             artifact with its version and its source.",
            source.policy.data.file.display()
        ),
    })
}

/// The choices that the policy gives a reason for.
fn choices(source: &DocumentSource<'_>) -> Passage {
    let policy = source.policy;
    let mut rows: Vec<Vec<String>> = Vec::new();
    rows.extend(policy.data.favourable_because.iter().map(|why| vec!["favourable label".to_owned(), why.clone()]));
    rows.extend(policy.data.order.iter().map(|order| vec!["order of the rows".to_owned(), order.clone()]));
    rows.extend(policy.data.unjudged.iter().map(|(column, why)| vec![format!("{column} is not judged"), why.clone()]));
    rows.extend(policy.data.pools().map(|(attribute, name, pool)| {
        vec![format!("{attribute}: {} are judged together as {name}", pool.groups.join(", ")), pool.why.clone()]
    }));
    rows.extend(policy.usual.iter().flat_map(|(column, values)| {
        values.iter().map(move |(value, why)| vec![format!("{column} may often be {value}"), why.clone()])
    }));
    rows.extend(
        policy
            .families
            .iter()
            .map(|(name, family)| vec![format!("the gates of {name} are judged together"), family.why.clone()]),
    );
    Passage::table_or(&["Choice", "Reason in the policy"], rows, "The policy gives no reason beside those of its bars.")
}

fn classification(source: &DocumentSource<'_>) -> Passage {
    let answer = &source.policy.answer;
    let data = &source.policy.data;
    let cost = source.policy.cost.as_ref().map_or_else(
        || "the policy states none".to_owned(),
        |cost| {
            format!(
                "a positive answer to label 0 {}, a negative answer to label 1 {}, right answers {} and {}",
                cost.false_positive, cost.false_negative, cost.true_positive, cost.true_negative
            )
        },
    );
    Passage::Facts(vec![
        fact("Predicted", format!("{} = {}", data.label, data.favourable)),
        fact("Threshold", format!("{} from a probability of {}", answer.positive, answer.threshold)),
        fact("Weight of a row of the rarer label in training", source.policy.recipe.rare_class_weight.to_string()),
        fact("Cost of the answers", cost),
    ])
}

fn data(source: &DocumentSource<'_>) -> Result<Vec<DocumentPoint>> {
    Ok(vec![
        DocumentPoint::new(
            "2(d)",
            "Data sets and their main characteristics",
            vec![passages::data(source), passages::other_columns(source)?],
        ),
        DocumentPoint::blank(
            "2(d)",
            "Provenance, selection and labelling",
            DATA_OWNER,
            "where the data come from, how rows were obtained and selected, and who set the label.",
        ),
        DocumentPoint::new(
            "2(d)",
            "Data cleaning and outliers",
            vec![gates::of_families(source.decision, "the data", &["contract"])],
        ),
    ])
}

fn tests(source: &DocumentSource<'_>) -> Vec<DocumentPoint> {
    let decision = source.decision;
    let point = DocumentPoint::new;
    let robust = ["robustness", "drift", "reproducibility"];
    vec![
        point(
            "2(e)",
            "Human oversight, assessed (Article 14)",
            vec![
                passages::oversight(source.policy),
                Passage::blank(PROVIDER, "the assessment whether these measures suffice."),
            ],
        ),
        DocumentPoint::blank(
            "2(f)",
            "Pre-determined changes",
            PROVIDER,
            "the changes that are planned, or that none is.",
        ),
        point("2(g)", "Validation and testing procedures and data", vec![passages::procedure(source)]),
        point("2(g)", "Accuracy", vec![gates::of_families(decision, "accuracy", &["accuracy", "calibration"])]),
        point("2(g)", "Robustness", vec![gates::of_families(decision, "robustness", &robust)]),
        point(
            "2(g)",
            "Potentially discriminatory impact",
            vec![gates::of_families(decision, "fairness", &["fairness"]), passages::denials(source)],
        ),
        point(
            "2(g)",
            "Test logs and reports, dated and signed",
            vec![
                Passage::Facts(vec![
                    fact("Dated", crate::documents::head::days(decision)),
                    fact("Log", "evidence.json: the measurement, the bar and the day of every gate"),
                ]),
                Passage::blank(OWNER, "the signature of the responsible person under this document."),
            ],
        ),
        point(
            "2(h)",
            "Cybersecurity",
            vec![
                gates::of_families(decision, "the service", &["serving"]),
                Passage::blank(SECURITY, "the measures of the deployment: network, keys, access, incidents."),
            ],
        ),
    ]
}
