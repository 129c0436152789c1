//! The further families on the second release: faults planted in its data, and the measurement that names each.

use andon::families::accuracy::{baseline, slices};
use andon::families::contract::favourable::favourable;
use andon::families::contract::{columns, leakage};
use andon::families::drift::{self, DriftComparison, RowSet};
use andon::families::fairness::proxy::proxy;
use andon::families::robustness;
use andon::{Measured, Release, random_forest};

use crate::part::{POLICY, Part, free, parts, write};

/// A release with further lines of policy, grown by the harness's own learner, and its folder.
fn open(policy: &str, data: &str) -> (tempfile::TempDir, Release<Part>) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &format!("{policy}\n{POLICY}"), data);
    let release = Release::open(folder.path(), random_forest).unwrap();
    (folder, release)
}

/// The data with each line rewritten by its cells: serial, temperature, pressure, material, polished, site, passed.
fn rewritten(rewrite: impl Fn(usize, &mut Vec<String>)) -> String {
    let rewrite = |(row, line): (usize, &str)| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if row > 0 {
            rewrite(row - 1, &mut cells);
        }
        cells.join(",") + "\n"
    };
    parts(600).lines().enumerate().map(rewrite).collect()
}

fn first_part(measured: &Measured) -> &str {
    &measured.as_ref().unwrap().parts()[0].name
}

fn value(measured: &Measured) -> f64 {
    measured.as_ref().unwrap().value()
}

#[test]
fn the_feature_that_holds_the_label_is_named_and_the_model_adds_nothing_to_it() {
    let (_folder, release) = open("", &rewritten(|_, cells| cells[4] = cells[6].clone()));
    let judged = release.judged().unwrap();
    let leak = leakage::single_feature(judged, release.grow());
    assert_eq!(first_part(&leak), "polished");
    assert!(value(&leak) > 0.99 && leak.as_ref().unwrap().parts()[3].value < 0.6, "{leak:?}");
    let lead = baseline::over_single_feature(judged, release.grow());
    assert!(value(&lead).abs() < 0.01, "{lead:?}");
}

#[test]
fn a_good_model_beats_rote_and_knows_little_by_heart() {
    let (_folder, release) = open("", &parts(600));
    let judged = release.judged().unwrap();
    let lead = baseline::over_majority(judged).unwrap();
    assert!(lead.interval().0 > 0.15, "{lead}");
    assert!(value(&baseline::overfit_gap(judged)).abs() < 0.05);
    assert!(slices::weak_slice(judged).unwrap().interval().0 < 0.1);
    let leak = leakage::single_feature(judged, release.grow());
    assert_eq!(first_part(&leak), "temperature");
}

#[test]
fn a_label_of_the_bad_outcome_is_red_until_a_person_confirms_it() {
    let asked = |policy: &str, data: &str| {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), policy, data);
        let release: Release<Part> = Release::open(folder.path(), free).unwrap();
        favourable(release.policy(), &release.judged().unwrap().frame).unwrap()
    };
    let right = asked(POLICY, &parts(600));
    assert!(right.value() < 0.5 && right.parts().is_empty(), "{right:?}");
    let turned = parts(600).replace(",true\n", ",?\n").replace(",false\n", ",true\n").replace(",?\n", ",false\n");
    let by_data = asked(POLICY, &turned);
    assert!((by_data.value() - 1.0).abs() < 1e-12, "{by_data:?}");
    assert_eq!(by_data.parts()[0].name, "label 0 has the better values of 1 of 1 features in [better]");
    let words = POLICY.replace("\"PASS\"", "\"FAILED\"").replace("\"REJECT\"", "\"PASSED\"");
    let by_words = asked(&words, &parts(600));
    assert!((by_words.value() - 2.0).abs() < 1e-12, "{by_words:?}");
    let because = "favourable = 1\nfavourable_because = \"a part that fails its test is what we look for\"";
    let confirmed = asked(&words.replace("favourable = 1", because), &parts(600));
    assert!(confirmed.value() < 0.5 && confirmed.parts().len() == 2, "{confirmed:?}");
}

#[test]
fn a_file_sorted_by_label_is_told_by_its_row_numbers() {
    let (_folder, release) = open("", &parts(600));
    let rows = &release.judged().unwrap().dataset.rows;
    let labels: Vec<bool> = rows.iter().map(|row| row.passed == Some(true)).collect();
    let measured = leakage::identifier(rows, Some("serial"), &labels).unwrap();
    assert!(measured.value() < 0.56 && measured.interval().0 < 0.5, "{measured}");
    let mut sorted = rows.clone();
    sorted.sort_by_key(|row| row.passed);
    let labels: Vec<bool> = sorted.iter().map(|row| row.passed == Some(true)).collect();
    let measured = leakage::identifier(&sorted, Some("serial"), &labels);
    assert!(value(&measured) > 0.999 && first_part(&measured) == "row number", "{measured:?}");
    assert!(leakage::identifier(&sorted, Some("serial"), &[true; 600]).is_err());
    assert_eq!(leakage::identifier(&sorted, None, &labels).unwrap().parts().len(), 1, "the row number alone");
    assert!(leakage::identifier(&sorted, Some("pressure"), &labels).is_err(), "a row without an id was let through");
}

#[test]
fn a_feature_that_gives_a_site_away_leads() {
    let given_away = rewritten(|_, cells| {
        if cells[5] == "east" {
            cells[3] = "Brass".to_owned();
        }
    });
    let (_folder, release) = open("", &given_away);
    let judged = release.judged().unwrap();
    let measured = proxy(&judged.frame, "site", 20);
    assert_eq!(first_part(&measured), "east");
    assert!(value(&measured) > 0.7 && measured.as_ref().unwrap().parts()[3].name == "east by material", "{measured:?}");
    assert!(proxy(&judged.frame, "site", 201).is_err(), "a small group was judged");
    assert!(proxy(&judged.frame, "material", 20).is_err());
    let (_folder, release) = open("", &parts(600));
    let chance = proxy(&release.judged().unwrap().frame, "site", 20).unwrap();
    assert!(chance.interval().0 < 0.55, "{chance}");
}

#[test]
fn noise_and_missing_values_flip_what_lies_at_the_threshold() {
    let (_folder, release) = open("noise = { temperature = { deviation = 10.0 } }", &parts(600));
    let judged = release.judged().unwrap();
    let noise = robustness::noise(judged);
    assert!(first_part(&noise) == "temperature" && value(&noise) > 0.0 && value(&noise) < 0.1, "{noise:?}");
    let missing = robustness::missing(judged);
    assert!(first_part(&missing) == "pressure" && value(&missing) < 0.1, "{missing:?}");
    assert_eq!(missing.unwrap().n(), 450);
    let spellings = columns::category_spellings(release.contract(), &judged.dataset.rows, Some("serial"));
    assert!(value(&spellings).abs() < 1e-12, "{spellings:?}");
}

#[test]
fn noise_that_is_not_declared_or_not_of_a_number_is_not_measured() {
    for (policy, data) in [
        ("", parts(600)),
        ("noise = { material = { relative = 0.1 } }", parts(600)),
        ("noise = { temperature = { deviation = 1e-300 } }", parts(600)),
        ("", parts(600).replace(",,", ",5.0,")),
    ] {
        let (_folder, release) = open(policy, &data);
        assert!(robustness::noise(release.judged().unwrap()).is_err(), "{policy}");
    }
    let (_folder, release) = open("", &parts(600).replace(",,", ",5.0,"));
    assert!(robustness::missing(release.judged().unwrap()).is_err(), "nothing was missing in training");
}

const MEASURES: [fn(&DriftComparison) -> Measured; 5] =
    [drift::population_stability, drift::kolmogorov_smirnov, drift::cramers_v, drift::label, drift::prediction];

/// The data against an earlier file.
fn moved_from(earlier: &str) -> Result<DriftComparison, String> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &format!("drift = {{ reference = \"data/earlier.csv\" }}\n{POLICY}"), &parts(600));
    std::fs::write(folder.path().join("data/earlier.csv"), earlier).unwrap();
    let release = Release::<Part>::open(folder.path(), random_forest).unwrap();
    DriftComparison::of_policy(&release, release.judged().unwrap()).map_err(|error| error.to_string())
}

#[test]
fn the_same_rows_have_not_moved() {
    let moved = moved_from(&parts(600)).unwrap();
    // The reference is scored by the final model, the data out of fold: the scores may differ a little.
    for (measure, most) in MEASURES.iter().zip([1e-12, 1e-12, 1e-12, 1e-12, 0.02]) {
        assert!(value(&measure(&moved)).abs() <= most, "{:?}", measure(&moved));
    }
}

#[test]
fn hotter_parts_of_another_material_are_named() {
    let moved = moved_from(&rewritten(|row, cells| {
        let temperature: f64 = cells[1].parse().unwrap();
        cells[1] = format!("{:.2}", 250.0 + temperature / 2.0);
        cells[2] = if row % 2 == 0 { String::new() } else { cells[2].clone() };
        cells[3] = "Steel".to_owned();
        cells[6] = (row % 4 == 0).to_string();
    }))
    .unwrap();
    let [stability, distance, association, label, prediction] = MEASURES.map(|measure| measure(&moved));
    assert!(first_part(&stability) == "material" && value(&stability) > 0.25, "{stability:?}");
    assert!(first_part(&distance) == "temperature" && value(&distance) > 0.2, "{distance:?}");
    assert!(first_part(&association) == "material" && value(&association) > 0.5, "{association:?}");
    assert!(value(&label) > 0.3 && value(&prediction) > 0.1, "{label:?} {prediction:?}");
}

#[test]
fn a_reference_that_is_broken_empty_or_not_named_is_not_compared_with() {
    assert!(moved_from(&parts(600).replacen("Brass", "Gold", 1)).unwrap_err().contains("column material"));
    assert!(moved_from(&parts(0)).unwrap_err().contains("no row"));
    let (_folder, release) = open("", &parts(600));
    assert!(DriftComparison::of_policy(&release, release.judged().unwrap()).is_err());
    let (_folder, release) = open("drift = { reference = \"data/none.csv\" }", &parts(600));
    assert!(DriftComparison::of_policy(&release, release.judged().unwrap()).is_err());
    let halves = |policy: &str| {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &format!("drift = {{ first_share = 0.5 }}\n{policy}"), &parts(600));
        let release = Release::<Part>::open(folder.path(), random_forest).unwrap();
        DriftComparison::of_policy(&release, release.judged().unwrap())
    };
    assert!(halves(POLICY).unwrap_err().to_string().contains("has no `order`"));
    let halves = halves(&POLICY.replacen("id = ", "order = \"the hour of production\"\nid = ", 1)).unwrap();
    let rows = |set: &RowSet| set.labels.len();
    assert_eq!((rows(&halves.reference), rows(&halves.current)), (300, 300));
}
