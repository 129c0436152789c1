//! Evaluation results as model hubs read them: one entry a measurement, on the release's own data.

use andon_evidence::decision::Row;
use andon_evidence::judge::Measurement;
use anyhow::Result;
use serde_json::{Value, json};

use super::material::Material;
use super::text::to_yaml;

/// `.eval_results/gates.yaml`, in the form of Hugging Face.
pub(super) fn eval_results(material: &Material<'_>) -> Result<String> {
    let policy = &material.policy;
    let figures = &material.figures;
    let entry = |(row, measured): (&Row, &Measurement)| {
        let (low, high) = measured.interval();
        json!({
            "dataset": {
                "id": policy.data.file.display().to_string(),
                "task_id": row.gate,
                "revision": figures.data_sha256,
            },
            "value": measured.value(),
            "notes": format!("95 % interval {low} to {high}, n = {}, bar {}, {}", measured.n(), row.bar, row.state.word()),
        })
    };
    to_yaml(Value::Array(material.measured().map(entry).collect()))
}
