//! The second release: the record, its data, its policy and its learner.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use andon::evidence::evidence::{Evidence, Finding, now};
use andon::judge::{NotMeasured, Verdict};
use andon::model::forest::GrownNode;
use andon::policy::{Better, GateId, Recipe};
use andon::{Forest, Matrix, Measured, Release, TrainError, random_forest};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One manufactured part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    /// Name of the part.
    #[garde(length(min = 1))]
    pub(crate) serial: String,
    /// Kelvin.
    #[garde(range(min = 200.0, max = 900.0))]
    pub(crate) temperature: f64,
    /// Bar; not every machine measures it.
    #[garde(range(min = 0.0, max = 50.0))]
    #[serde(default)]
    pub(crate) pressure: Option<f64>,
    /// Its material.
    #[garde(skip)]
    pub(crate) material: Material,
    /// True if it was polished.
    #[garde(skip)]
    pub(crate) polished: bool,
    /// The site where it was made; not to be judged by.
    #[garde(skip)]
    pub(crate) site: Site,
    /// True if it passed.
    #[garde(skip)]
    #[serde(default)]
    pub(crate) passed: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Material {
    Brass,
    Steel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Site {
    East,
    North,
    South,
}

pub(crate) const POLICY: &str = r#"
better = { temperature = "higher" }
[about]
owner = "nobody"
purpose = "passes or rejects a part"
intended_use = []
out_of_scope = []
limitations = []
[data]
file = "data/parts.csv"
id = "serial"
label = "passed"
favourable = 1
features = ["temperature", "pressure", "material", "polished"]
protected = { site = ["east", "north", "south"] }
[recipe]
seed = 1
trees = 3
depth = 2
rare_class_weight = 2.0
min_leaf_weight = 5.0
smoothing_rows = 1.0
max_rows_per_tree = 1000
[evaluation]
folds = 3
bootstrap_draws = 200
minimum_group_rows = 20
[answer]
threshold = 0.5
positive = "PASS"
negative = "REJECT"
max_reasons = 2
[validated]
temperature = { min = 250, max = 850 }
[wording]
temperature = { code = "T", reason = "a temperature of {value} K", improve = "heat it" }
pressure = { code = "P", reason = "a pressure of {value} bar", improve = "press it" }
material = { code = "M", reason = "{value} as its material", improve = "take another" }
polished = { code = "F", reason = { 0 = "a rough finish", 1 = "a smooth finish" }, improve = "treat it" }
[serve]
path = "/parts"
[explanation]
ollama_url = "http://127.0.0.1:11434"
model = "none"
timeout_ms = 100
[gate."accuracy.accuracy"]
min = 0.7
why = "test"
[gate."accuracy.auc"]
min = 0.7
why = "test"
[gate."fairness.disparate_impact.site"]
min = 0.6
why = "test"
[gate."reproducibility.of_the_part"]
max = 0
why = "test"
"#;

/// A gate of the policy that is no statistic of the harness, so that a test may record what it likes.
pub(crate) const OWN: &str = "reproducibility.of_the_part";

/// A deterministic stream of numbers in 0..1.
fn stream(mut state: u64) -> impl FnMut() -> f64 {
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// `rows` parts; hotter ones pass, and every fourth has no pressure.
pub(crate) fn parts(rows: usize) -> String {
    let mut random = stream(7);
    let mut csv = "serial,temperature,pressure,material,polished,site,passed\n".to_owned();
    for row in 0..rows {
        let temperature = 300.0 + 500.0 * random();
        let pressure = if row % 4 == 0 { String::new() } else { format!("{:.1}", 10.0 * random()) };
        let material = if random() < 0.5 { "Brass" } else { "Steel" };
        let site = ["east", "north", "south"][row % 3];
        let passed = temperature + 60.0 * random() > 480.0;
        let _ = writeln!(csv, "p{row},{temperature:.2},{pressure},{material},{},{site},{passed}", random() < 0.3);
    }
    csv
}

/// A learner of the release's own: one split on the first feature, where the labels differ most.
pub(crate) fn stump(
    recipe: &Recipe,
    _: &[Option<Better>],
    x: &Matrix,
    y: &[bool],
    _threads: usize,
) -> Result<Forest, TrainError> {
    split_at(500.0, recipe, x, y)
}

/// A learner that keeps no direction, so that advice and label can be wrong.
pub(crate) fn free(
    recipe: &Recipe,
    _: &[Option<Better>],
    x: &Matrix,
    y: &[bool],
    threads: usize,
) -> Result<Forest, TrainError> {
    random_forest(recipe, &[], x, y, threads)
}

/// One split of the first feature.
pub(crate) fn split_at(threshold: f64, recipe: &Recipe, x: &Matrix, y: &[bool]) -> Result<Forest, TrainError> {
    let leaf = |side: bool| {
        let labels = (0..x.len()).filter(|row| (x.row(*row)[0] >= threshold) == side).map(|row| y[row]);
        let (mut positives, mut all) = (recipe.smoothing_rows / 2.0, recipe.smoothing_rows);
        labels.for_each(|label| {
            positives += f64::from(u8::from(label));
            all += 1.0;
        });
        GrownNode::Leaf { value: positives / all, rows: all as u64 }
    };
    let root = GrownNode::Split { feature: 0, threshold, left: 1 };
    Ok(Forest::new(x.columns(), &[vec![root, leaf(false), leaf(true)]])?)
}

/// Writes the release into a folder.
pub(crate) fn write(root: &Path, policy: &str, data: &str) {
    for (path, text) in [("release.toml", policy), ("data/parts.csv", data), ("Cargo.lock", "")] {
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), text).unwrap();
    }
    fs::write(root.join("Cargo.toml"), "[package]\nname = \"parts\"\nversion = \"0.3.0\"\n").unwrap();
}

/// Writes the release into a folder and opens it.
pub(crate) fn release(root: &Path, policy: &str, data: &str) -> Release<Part> {
    write(root, policy, data);
    Release::open(root, stump).unwrap()
}

/// Records a measurement as the harness's own gate does. The error holds the verdict and the finding.
pub(crate) fn record(release: &Release<Part>, id: &str, measured: Measured) -> Result<(), String> {
    let gate = GateId::try_from(id.to_owned()).unwrap();
    let bar = &release.policy().gates[&gate];
    let finding = measured.map_or_else(|NotMeasured(why)| Finding::NotMeasured(why), Finding::Measured);
    let candidate = &release.judged().unwrap().candidate;
    let evidence = Evidence {
        gate: gate.clone(),
        fingerprint: release.fingerprint().digest().to_owned(),
        model_sha256: Some(candidate.model_sha256.clone()),
        scores_sha256: Some(candidate.scores_sha256()),
        finding: finding.clone(),
        vouched: BTreeMap::new(),
        started_at: now(),
        duration_ms: Some(1),
    };
    release.store().write(&evidence).unwrap();
    match finding.verdict(bar) {
        Some(Verdict::Go) => Ok(()),
        verdict => Err(format!("{verdict:?}: {}", serde_json::to_string(&finding).unwrap())),
    }
}
