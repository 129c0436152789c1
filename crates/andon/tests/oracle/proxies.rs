//! The probe of `fairness.proxy.*` against scikit-learn and LightGBM on the shipped data. The figures are made by
//! `proxies.py`; `proxies.json` says with which versions.

use std::collections::BTreeMap;
use std::path::Path;

use andon::data::frame::Feature;
use andon::data::matrix::MISSING;
use andon::families::fairness::proxy::proxy;
use andon::policy::Policy;
use andon::{Attribute, Frame, Matrix};

/// The areas move by about a third of this from one split into folds to the next, and the best of five methods is the
/// best by some luck too.
const LUCK_OF_FOLDS: f64 = 0.015;

#[derive(serde::Deserialize)]
struct Figures {
    versions: BTreeMap<String, String>,
    features: Vec<String>,
    /// By attribute, group and method.
    figures: BTreeMap<String, BTreeMap<String, BTreeMap<String, f64>>>,
}

/// The cells of the shipped data by column.
fn columns() -> BTreeMap<String, Vec<String>> {
    let mut reader = csv::Reader::from_path("../../data/loans.csv").unwrap();
    let names = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let cells = |place: usize| rows.iter().map(|row| row[place].to_owned()).collect();
    names.iter().enumerate().map(|(place, name)| (name.to_owned(), cells(place))).collect()
}

fn attribute(name: &str, judged: &[String], cells: &[String]) -> Attribute {
    let mut groups = judged.to_vec();
    groups.extend(cells.iter().filter(|cell| !judged.contains(cell)).cloned());
    let place = |cell: &String| groups.iter().position(|group| group == cell).unwrap();
    Attribute {
        name: name.to_owned(),
        group_of: cells.iter().map(place).collect(),
        judged: judged.to_vec(),
        groups: groups.clone(),
    }
}

fn frame(policy: &Policy, features: &[String], columns: &BTreeMap<String, Vec<String>>) -> Frame {
    let value = |cell: &str| if cell.is_empty() { MISSING } else { cell.parse().unwrap() };
    let of_features: Vec<&Vec<String>> = features.iter().map(|name| &columns[name]).collect();
    let mut matrix = Matrix::new(features.len());
    for row in 0..of_features[0].len() {
        matrix.push(&of_features.iter().map(|cells| value(&cells[row])).collect::<Vec<f64>>());
    }
    let feature =
        |name: &String| Feature { name: name.clone(), levels: Vec::new(), may_be_missing: false, takes_unseen: false };
    let attributes = policy.data.protected.iter().map(|(name, judged)| attribute(name, judged, &columns[name]));
    Frame {
        features: features.iter().map(feature).collect(),
        matrix,
        labels: columns["approved"].iter().map(|cell| cell == "1").collect(),
        attributes: attributes.collect(),
        persons: Vec::new(),
    }
}

#[test]
fn the_probe_tells_as_much_as_the_best_of_other_libraries_does() {
    let Figures { versions, features, figures } = serde_json::from_str(include_str!("proxies.json")).unwrap();
    assert!(versions.contains_key("sklearn") && versions.contains_key("lightgbm"));
    let policy = Policy::read(Path::new("../..")).unwrap();
    let frame = frame(&policy, &features, &columns());
    for (attribute, groups) in figures {
        let measured = proxy(&frame, &attribute, 100).unwrap();
        for (group, methods) in groups {
            let told = measured.parts().iter().find(|part| part.name == group).unwrap().value;
            let (method, best) = methods.iter().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
            assert!(told > best - LUCK_OF_FOLDS, "{attribute} {group}: {told} here, {best} by {method}");
        }
        assert_eq!(proxy(&frame, &attribute, 100).unwrap(), measured, "the same rows give the same bits");
    }
}
