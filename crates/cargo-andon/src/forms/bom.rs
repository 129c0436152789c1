//! The bill of materials of the model: CycloneDX 1.6 with the model card, the data and the packages of the program.

use std::collections::BTreeSet;

use andon_evidence::decision::GateResult;
use andon_evidence::judge::Measurement;
use andon_evidence::layout::MODEL;
use anyhow::Result;
use cargo_lock::Package;
use serde_json::{Value, json};

use super::lock::{LockedPackages, is_program, purl};
use super::source::FormSource;
use super::text::to_json;

const MODEL_REF: &str = "model";
const DATA_REF: &str = "data";
const PROGRAM_REF: &str = "program";

/// The bill as CycloneDX JSON.
pub(super) fn bom(source: &FormSource<'_>) -> Result<String> {
    let locked = LockedPackages::parse(source.lock)?;
    let name = &source.manifest.name;
    let needed = locked.needed_by(name);
    // The program is the subject of the bill.
    let libraries = needed.iter().filter(|package| !is_program(package, name));
    let components = [model(source), data(source)].into_iter().chain(libraries.map(|package| library(package)));
    to_json(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": serial_number(source.manifest.fingerprint.digest()),
        "version": 1,
        "metadata": { "component": program(source) },
        "components": components.collect::<Vec<_>>(),
        "dependencies": dependencies(name, &needed, &locked),
    }))
}

/// A UUID of version 8 made from the fingerprint, so that the same release has the same bill.
fn serial_number(fingerprint: &str) -> String {
    let digits: Vec<char> = fingerprint.chars().chain(std::iter::repeat('0')).take(32).collect();
    let part = |from: usize, to: usize| digits[from..to].iter().collect::<String>();
    format!("urn:uuid:{}-{}-8{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

fn program(source: &FormSource<'_>) -> Value {
    let manifest = source.manifest;
    json!({
        "type": "application",
        "bom-ref": PROGRAM_REF,
        "name": manifest.name,
        "version": manifest.version,
        "properties": [
            { "name": "andon:outcome", "value": manifest.decision.outcome },
            { "name": "andon:fingerprint", "value": manifest.fingerprint.digest() },
        ],
    })
}

fn sha256(digest: &str) -> Value {
    json!([{ "alg": "SHA-256", "content": digest }])
}

fn library(package: &Package) -> Value {
    let mut library = json!({
        "type": "library",
        "bom-ref": purl(package),
        "name": package.name.as_str(),
        "version": package.version.to_string(),
        "purl": purl(package),
    });
    if let Some(checksum) = &package.checksum {
        library["hashes"] = sha256(&checksum.to_string());
    }
    library
}

fn data(source: &FormSource<'_>) -> Value {
    let policy = &source.policy;
    let figures = &source.figures;
    json!({
        "type": "data",
        "bom-ref": DATA_REF,
        "name": policy.data.file.display().to_string(),
        "hashes": sha256(&figures.data_sha256),
        "data": [{
            "type": "dataset",
            "name": policy.data.file.display().to_string(),
            "description": format!(
                "{} rows, label {}: share of 1 is {}", figures.rows, policy.data.label, figures.base_rate
            ),
            "contents": { "properties": [{ "name": "rows", "value": figures.rows.to_string() }] },
        }],
    })
}

fn architecture(source: &FormSource<'_>) -> String {
    let trees = source.figures.trees;
    if let Some(scores) = &source.policy.scores {
        return format!("not judged: the scores of {} were, GO for scores only", scores.origin);
    }
    let calibrator = source.policy.model.as_ref().is_some_and(|model| model.calibrated_on.is_some());
    let calibrator = if calibrator { ", Platt calibration" } else { "" };
    match &source.policy.model {
        Some(model) if trees == 0 => {
            format!("no trees: a linear model, trained elsewhere and read from {}{calibrator}", model.file.display())
        }
        Some(model) => format!("{trees} trees, trained elsewhere and read from {}{calibrator}", model.file.display()),
        None => format!("{trees} trees of at most {} splits, Platt calibration", source.policy.recipe.depth),
    }
}

fn family(source: &FormSource<'_>) -> &'static str {
    match (&source.policy.scores, &source.policy.model) {
        (Some(_), _) => "not judged",
        (None, Some(_)) => "tree ensemble",
        (None, None) => "random forest",
    }
}

fn model(source: &FormSource<'_>) -> Value {
    let policy = &source.policy;
    let manifest = source.manifest;
    // Without a model, the digest of the scores.
    let digest = manifest.files.get(MODEL).map(String::as_str).or(manifest.decision.model_sha256()).unwrap_or_default();
    json!({
        "type": "machine-learning-model",
        "bom-ref": MODEL_REF,
        "name": manifest.name,
        "version": manifest.version,
        "description": policy.about.purpose,
        "hashes": sha256(digest),
        "modelCard": {
            "modelParameters": {
                "approach": { "type": "supervised" },
                "task": "tabular-classification",
                "architectureFamily": family(source),
                "modelArchitecture": architecture(source),
                "datasets": [{ "ref": DATA_REF }],
                "inputs": policy.data.features.iter().map(|name| json!({ "format": name })).collect::<Vec<_>>(),
                "outputs": [{ "format": format!("probability of {}", policy.answer.positive) }],
            },
            "quantitativeAnalysis": { "performanceMetrics": metrics(source) },
            "considerations": considerations(source),
        },
    })
}

/// Each measurement as a whole, followed by its groups or slices.
fn metrics(source: &FormSource<'_>) -> Vec<Value> {
    let of_gate = |(row, measured): (&GateResult, &Measurement)| {
        let (low, high) = measured.interval();
        let whole = json!({
            "type": row.gate,
            "value": measured.value().to_string(),
            "confidenceInterval": { "lowerBound": low.to_string(), "upperBound": high.to_string() },
        });
        // A part of one row is an instance and no slice.
        let parts = measured.parts().iter().filter(|part| part.n > 1);
        let part = |part: &andon_evidence::judge::Part| json!({ "type": row.gate, "value": part.value.to_string(), "slice": part.name });
        std::iter::once(whole).chain(parts.map(part)).collect::<Vec<_>>()
    };
    source.measured().flat_map(of_gate).collect()
}

fn considerations(source: &FormSource<'_>) -> Value {
    let about = &source.policy.about;
    let limitations = [about.out_of_scope.as_slice(), &about.limitations].concat();
    let groups = source.figures.groups.iter().filter(|group| group.judged);
    let assessment = |group: &andon_evidence::figures::GroupFigures| {
        json!({
            "groupAtRisk": format!("{}: {}", group.attribute, group.name),
            "benefits": format!("{} of its {} rows are answered positively", group.selection_rate, group.rows),
            "mitigationStrategy": fairness_bars(source, &group.attribute),
        })
    };
    json!({
        "useCases": about.intended_use,
        "technicalLimitations": limitations,
        "fairnessAssessments": groups.map(assessment).collect::<Vec<_>>(),
    })
}

fn fairness_bars(source: &FormSource<'_>, attribute: &str) -> String {
    let asked = source.policy.gates.iter().filter(|(gate, _)| {
        gate.family() == "fairness" && gate.question().1.is_some_and(|subject| subject.contains(attribute))
    });
    let bars: Vec<String> = asked.map(|(gate, bar)| format!("{gate} {bar}")).collect();
    format!("released only if: {}", bars.join("; "))
}

fn dependencies(program: &str, needed: &[&Package], locked: &LockedPackages) -> Vec<Value> {
    let of_package = |package: &&Package| {
        let needs: BTreeSet<String> = locked.needs_of(package).map(purl).collect();
        if is_program(package, program) {
            let all: Vec<String> = std::iter::once(MODEL_REF.to_owned()).chain(needs).collect();
            return json!({ "ref": PROGRAM_REF, "dependsOn": all });
        }
        json!({ "ref": purl(package), "dependsOn": needs })
    };
    let model = json!({ "ref": MODEL_REF, "dependsOn": [DATA_REF] });
    std::iter::once(model).chain(needed.iter().map(of_package)).collect()
}
