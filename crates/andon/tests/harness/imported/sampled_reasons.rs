//! The reasons that are sampled from a command, beside the exact ones of the model that the command runs.

use andon::families::card::figures::figures;
use andon::families::explanation::sampled::certain_reasons;
use andon::{Facts, Release, random_forest};

use crate::imported::commands::{open, python};
use crate::part::{Material, Part, record};

/// Points for each feature, as a probability: exact Shapley values are a feature's points less their mean.
const POINTS: &str = r#"
import json, sys
for line in sys.stdin:
    part = json.loads(line)
    pressure = part["pressure"]
    points = 0.5 + (part["temperature"] - 550) / 800
    points += -0.03 if pressure is None else 0.05 if pressure >= 4 else -0.01
    points += (0.04 if part["material"] == "Brass" else 0) - (0.06 if part["polished"] else 0)
    print(min(1, max(0, points)))
"#;

fn points(part: &Part) -> [f64; 4] {
    let pressure = part.pressure.map_or(-0.03, |pressure| if pressure >= 4.0 { 0.05 } else { -0.01 });
    let material = if part.material == Material::Brass { 0.04 } else { 0.0 };
    [part.temperature / 800.0, pressure, material, if part.polished { -0.06 } else { 0.0 }]
}

fn policy() -> String {
    let gate = "[gate.\"explanation.certain_reasons\"]\nmin = 0.3\nwhy = \"test\"\n";
    format!("{}{gate}", python().replacen("time_limit_s = 20", "time_limit_s = 60", 1))
}

#[test]
fn sampled_values_hold_the_exact_ones_of_a_points_table() {
    let folder = tempfile::tempdir().unwrap();
    let release = open(folder.path(), &policy(), POINTS);
    let judged = release.judged().unwrap();
    let explained = judged.explained_denials().unwrap().unwrap();
    assert_eq!((explained.values.rows.len(), explained.pairs), (100, 50));
    let rows = &judged.dataset.rows;
    let mean = |at: usize| rows.iter().map(|part| points(part)[at]).sum::<f64>() / rows.len() as f64;
    let means: [f64; 4] = std::array::from_fn(mean);
    let mut inside = [0; 4];
    for row in &explained.values.rows {
        assert!(judged.candidate.scores[row.row] < judged.sample.threshold, "a denial");
        for (at, inside) in inside.iter_mut().enumerate() {
            let exact = points(&rows[row.row])[at] - means[at];
            let value = row.value(at);
            assert!((value.value - exact).abs() < 0.15, "{} and {exact}", value.value);
            *inside += u32::from(value.low <= exact && exact <= value.high);
        }
    }
    #[expect(clippy::print_stderr, reason = "a figure for whoever runs this test")]
    {
        eprintln!("of 100 denials the 95 % intervals hold the exact value of {inside:?}, by feature");
    }
    assert!(inside.iter().all(|inside| *inside >= 88) && inside.iter().sum::<u32>() >= 372, "{inside:?}");
    // Four features, so at most 7 rows for each pair, and one more for each denial.
    assert!(explained.values.asked <= 100 * (1 + 50 * 7), "{}", explained.values.asked);
}

#[test]
fn certain_reasons_are_a_gate_and_stand_in_the_figures_and_on_the_card() {
    let folder = tempfile::tempdir().unwrap();
    let release = open(folder.path(), &policy(), POINTS);
    let judged = release.judged().unwrap();
    let measured = certain_reasons(judged).unwrap();
    assert!(measured.n() == 100 && measured.value() > 0.5, "{measured}");
    assert!(measured.parts()[0].name.contains(", then ") && measured.parts()[0].name.contains(" to "), "{measured}");
    assert_eq!(record(&release, "explanation.certain_reasons", Ok(measured.clone())), Ok(()));

    let sampled = figures(judged).unwrap().sampled.unwrap();
    assert_eq!((sampled.explained, sampled.pairs, sampled.features.len()), (100, 50, 4));
    assert_eq!(sampled.features[0].feature, "temperature", "cold parts are rejected");
    assert!((sampled.certain as f64 / 100.0 - measured.value()).abs() < 1e-12);
    let facts = Facts::collect(&release, judged).unwrap();
    let said = facts.scores_only().unwrap();
    assert!(said.contains("Sampled, with interval") && said.contains("| `temperature` | -0."), "{said}");
    // The same inputs give the same card.
    let again = Release::<Part>::open(folder.path(), random_forest).unwrap();
    assert_eq!(Facts::collect(&again, again.judged().unwrap()).unwrap().scores_only().unwrap(), said);

    // A model that two features decide as one has no certain reason: their values never part.
    let elsewhere = tempfile::tempdir().unwrap();
    let flat = "import sys\nfor row in sys.stdin: print(0.25)";
    let release = open(elsewhere.path(), &policy(), flat);
    let none = certain_reasons(release.judged().unwrap()).unwrap();
    assert!(none.value() < 1e-12 && none.parts()[0].name.contains("temperature 0.0000 (0.0000 to 0.0000)"), "{none}");
    assert!(record(&release, "explanation.certain_reasons", Ok(none)).unwrap_err().contains("NoGo"));
}

#[test]
fn a_command_that_changes_its_mind_or_denies_nobody_is_not_measured() {
    let folder = tempfile::tempdir().unwrap();
    let fickle = "import os, sys\nseen = os.path.exists('seen')\nopen('seen', 'w')\n\
                  for _ in sys.stdin: print(0.3 if seen else 0.25)";
    let why = certain_reasons(open(folder.path(), &policy(), fickle).judged().unwrap()).unwrap_err().to_string();
    assert!(why.contains("the score 0.2500, and 0.3000 when it was asked again among other rows"), "{why}");
    let kind = "import sys\nfor _ in sys.stdin: print(0.75)";
    let elsewhere = tempfile::tempdir().unwrap();
    let release = open(elsewhere.path(), &policy(), kind);
    let why = certain_reasons(release.judged().unwrap()).unwrap_err().to_string();
    assert!(why.contains("no negative answer"), "{why}");
    assert_eq!(figures(release.judged().unwrap()).unwrap().sampled, None);
}
