//! Evaluation results for model hubs: one entry for each measurement on the data of the release.

use andon_evidence::decision::GateResult;
use andon_evidence::judge::Measurement;
use anyhow::Result;
use serde_json::{Value, json};

use super::source::FormSource;
use super::text::to_yaml;

/// The content of `.eval_results/gates.yaml`, in the format of Hugging Face.
pub(super) fn eval_results(source: &FormSource<'_>) -> Result<String> {
    let policy = &source.policy;
    let figures = &source.figures;
    let entry = |(row, measured): (&GateResult, &Measurement)| {
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
    to_yaml(Value::Array(source.measured().map(entry).collect()))
}
