//! Point 1: the general description.

use anyhow::Result;

use crate::documents::gates;
use crate::documents::outline::{DocumentPoint, Passage, Section};
use crate::documents::passages::{self, fact};
use crate::documents::people::{DEPLOYER, OWNER, PROVIDER};
use crate::documents::source::DocumentSource;

pub(super) fn section(source: &DocumentSource<'_>) -> Result<Section> {
    let mut points = purpose(source)?;
    points.extend(software(source)?);
    points.extend(hardware_and_use(source));
    Ok(Section { title: "1. General description", points })
}

fn purpose(source: &DocumentSource<'_>) -> Result<Vec<DocumentPoint>> {
    let about = &source.policy.about;
    let uses = Passage::list_or(&about.intended_use, OWNER, "the uses that the system is intended for.");
    let not = Passage::list_or(&about.out_of_scope, OWNER, "the uses that the system must not be put to.");
    let says = |text: &str| Passage::Text(text.to_owned());
    Ok(vec![
        DocumentPoint::new(
            "1(a)",
            "Intended purpose",
            vec![says(&about.purpose), says("Intended use:"), uses, says("Not to be used for:"), not],
        ),
        DocumentPoint::blank("1(a)", "Provider", PROVIDER, "name, address and contact of the provider."),
        DocumentPoint::new("1(a)", "Version", vec![passages::identity(source)?]),
        DocumentPoint::new(
            "1(a)",
            "Relation to previous versions",
            vec![
                gates::exceptions(source.decision, source.policy),
                Passage::blank(OWNER, "the version that this one replaces, and what a deployer will notice."),
            ],
        ),
    ])
}

fn software(source: &DocumentSource<'_>) -> Result<Vec<DocumentPoint>> {
    Ok(vec![
        DocumentPoint::new("1(b)", "Interfaces to other software", vec![interfaces(source)]),
        DocumentPoint::blank(
            "1(b)",
            "Systems around it",
            DEPLOYER,
            "the systems that send applications and receive answers, other AI among them.",
        ),
        DocumentPoint::new("1(c)", "Versions of software", vec![versions(source)?]),
        DocumentPoint::new(
            "1(d)",
            "Forms in which it is placed on the market",
            vec![
                passages::files(source),
                Passage::blank(
                    PROVIDER,
                    "the forms that deployers get: the program, the ONNX file, or a hosted service.",
                ),
            ],
        ),
    ])
}

fn hardware_and_use(source: &DocumentSource<'_>) -> Vec<DocumentPoint> {
    let latency = |gate: &str| gate.starts_with("latency.") || gate.starts_with("serving.l");
    vec![
        DocumentPoint::new(
            "1(e)",
            "Hardware",
            vec![
                Passage::Text("Measured on the machine that ran the gates:".to_owned()),
                gates::measured(source.decision, "the time of a decision", latency),
                Passage::blank(PROVIDER, "the hardware that the system is intended to run on."),
            ],
        ),
        DocumentPoint::blank(
            "1(f)",
            "Product that it is a component of",
            PROVIDER,
            "photographs or illustrations, or that it is a component of no product.",
        ),
        DocumentPoint::new(
            "1(g)",
            "User interface for the deployer",
            vec![answers(source), Passage::blank(DEPLOYER, "the screens on which its staff read an answer.")],
        ),
        DocumentPoint::blank(
            "1(h)",
            "Instructions for use",
            PROVIDER,
            "the instructions for use (Article 13), or where they are kept.",
        ),
    ]
}

fn interfaces(source: &DocumentSource<'_>) -> Passage {
    let policy = source.policy;
    let model = policy.explanation.language_model.as_ref();
    let model = model.map_or_else(|| "none".to_owned(), |model| format!("{} at {}", model.model, model.ollama_url));
    Passage::Facts(vec![
        fact("Endpoint for decisions", policy.serve.path.as_str()),
        fact("Fields of a request", policy.data.features.join(", ")),
        fact("Language model that words explanations", model),
    ])
}

fn versions(source: &DocumentSource<'_>) -> Result<Passage> {
    let lock = source.input(andon_evidence::layout::CARGO_LOCK)?;
    Ok(Passage::Facts(vec![
        fact("Every crate with its version", format!("bom.cdx.json of the artifact; Cargo.lock has SHA-256 {lock}")),
        fact("Compiler, digest of its version", source.input("(compiler)")?),
        fact("Target, digest of its name", source.input("(target)")?),
        fact("After an update of any of them", "the evidence is void, and every gate must run again"),
    ]))
}

fn answers(source: &DocumentSource<'_>) -> Passage {
    let answer = &source.policy.answer;
    Passage::Facts(vec![
        fact("Answers", format!("{}, {}, REFER", answer.positive, answer.negative)),
        fact("With a negative answer", format!("at most {} reasons, the strongest first", answer.max_reasons)),
        fact("Contact", answer.contact.clone().unwrap_or_else(|| "the policy names none".to_owned())),
    ])
}
