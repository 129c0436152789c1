//! Each library's own predictions against ours, on rows and on the threshold of each split.

use andon::data::frame::Feature;
use andon::data::matrix::{MISSING, Matrix};
use andon::model::attribution::Attributor;
use andon::model::forest::Link;
use andon_import::Imported;
use serde::Deserialize;

use crate::stored;

/// The rows of a data set.
#[derive(Deserialize)]
struct Table {
    features: Vec<Feature>,
    rows: Vec<Vec<Option<f64>>>,
}

/// What a library says of a data set, as `oracle/make.py` wrote it down.
#[derive(Deserialize)]
struct Oracle {
    library: String,
    version: String,
    data: String,
    categories: bool,
    fill: Option<f64>,
    changed: Vec<(usize, usize, Option<f64>)>,
    probability: Vec<f64>,
    contributions: Vec<Vec<f64>>,
}

/// An oracle with its rows: those of the data, and those on thresholds.
struct Question {
    oracle: Oracle,
    features: Vec<Feature>,
    rows: Matrix,
    of_data: usize,
}

fn question(name: &str) -> Question {
    let oracle: Oracle = serde_json::from_slice(&stored(&format!("{name}.json"))).unwrap();
    let table: Table = serde_json::from_slice(&stored(&format!("{}.json", oracle.data))).unwrap();
    let mut features = table.features;
    if !oracle.categories {
        features.iter_mut().for_each(|feature| feature.levels.clear());
    }
    let encode =
        |row: &[Option<f64>]| -> Vec<f64> { row.iter().map(|cell| cell.or(oracle.fill).unwrap_or(MISSING)).collect() };
    let mut rows = Matrix::new(features.len());
    table.rows.iter().for_each(|row| rows.push(&encode(row)));
    for (row, column, value) in &oracle.changed {
        let mut row = table.rows[*row].clone();
        row[*column] = *value;
        rows.push(&encode(&row));
    }
    let of_data = table.rows.len();
    Question { oracle, features, rows, of_data }
}

/// The probability on the scale of the model's link.
fn probability(model: &Imported, row: &[f64]) -> f64 {
    let raw = model.forest.score(row);
    match model.forest.link() {
        Link::Identity => raw,
        Link::Logistic => 1.0 / (1.0 + (-raw).exp()),
    }
}

/// What is told of a comparison.
#[derive(Debug, Default)]
struct Distance {
    furthest: f64,
    decisions: usize,
}

fn distance(model: &Imported, question: &Question, rows: std::ops::Range<usize>) -> Distance {
    let mut distance = Distance::default();
    for at in rows {
        let ours = probability(model, question.rows.row(at));
        let theirs = question.oracle.probability[at];
        distance.furthest = distance.furthest.max((ours - theirs).abs());
        distance.decisions += usize::from((ours >= 0.5) != (theirs >= 0.5));
    }
    distance
}

fn shapley(model: &Imported, question: &Question) -> f64 {
    let attributor = Attributor::new(&model.forest);
    let mut furthest = 0.0_f64;
    for (at, theirs) in question.oracle.contributions.iter().enumerate() {
        let mut ours = attributor.moved(question.rows.row(at));
        ours.push(attributor.base());
        furthest = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(furthest, f64::max);
    }
    furthest
}

/// Reads a file and prints how far it is off; `shapley_bar` is the distance that rounding of the library explains.
fn check(file: &str, name: &str, shapley_bar: f64) {
    let question = question(name);
    let model = andon_import::read(&stored(file), file, Some(&question.features)).unwrap();
    let mut data = Matrix::new(question.features.len());
    (0..question.of_data).for_each(|row| data.push(question.rows.row(row)));
    let forest = if model.has_weights { model.forest.clone() } else { model.forest.clone().counting(&data) };
    let model = Imported { forest, ..model };
    let on_rows = distance(&model, &question, 0..question.of_data);
    let on_thresholds = distance(&model, &question, question.of_data..question.rows.len());
    let shapley = shapley(&model, &question);
    let oracle = &question.oracle;
    eprintln!(
        "{file}: {} {}, {} rows: {on_rows:?}, {} on thresholds: {on_thresholds:?}, Shapley values {shapley:e}",
        oracle.library,
        oracle.version,
        question.of_data,
        oracle.changed.len()
    );
    // The file holds the thresholds of histogram gradient boosting in single precision, and the library in double.
    let is_exact = !file.starts_with("histogram");
    for distance in [&on_rows].into_iter().chain(is_exact.then_some(&on_thresholds)) {
        assert!(distance.furthest <= 1e-6 && distance.decisions == 0, "{file}: {distance:?}");
    }
    assert!(shapley <= shapley_bar, "{file}: {shapley}");
}

#[test]
fn xgboost() {
    for data in ["loans", "german"] {
        check(&format!("xgboost_{data}.json.model"), &format!("xgboost_{data}"), 1e-5);
        check(&format!("xgboost_{data}.ubj.model"), &format!("xgboost_{data}"), 1e-5);
        let read = |form: &str| {
            let file = format!("xgboost_{data}.{form}.model");
            andon_import::read(&stored(&file), &file, None).unwrap()
        };
        assert_eq!(read("json").forest, read("ubj").forest);
    }
}

#[test]
fn lightgbm() {
    for data in ["loans", "german"] {
        check(&format!("lightgbm_{data}.txt.model"), &format!("lightgbm_{data}"), 1e-8);
    }
}

#[test]
fn catboost() {
    for data in ["loans", "german"] {
        check(&format!("catboost_{data}.onnx.model"), &format!("catboost_{data}"), 1e-6);
    }
}

#[test]
fn scikit_learn() {
    for data in ["loans", "german"] {
        for kind in ["forest", "boosted", "histogram"] {
            check(&format!("{kind}_{data}.onnx.model"), &format!("{kind}_{data}"), 1e-6);
        }
    }
}

/// On numbers as they are: behind a scaler, and behind an imputer and a scaler.
#[test]
fn linear_models() {
    for data in ["loans", "german"] {
        check(&format!("linear_{data}.onnx.model"), &format!("linear_{data}"), 1e-6);
    }
    let (question, model) = (question("linear_german"), "linear_german.onnx.model");
    let mut features = question.features;
    features[1].levels = vec!["a".to_owned(), "b".to_owned()];
    let error = andon_import::read(&stored(model), model, Some(&features)).unwrap_err().to_string();
    assert!(error.contains(", which is a category and no number\nnext: write its points as a table"), "{error}");
}

/// A scorecard: a logistic regression on bins and categories, as a table of points.
#[test]
fn logistic_regression() {
    for (data, form) in [("loans", "csv"), ("german", "toml")] {
        check(&format!("logistic_{data}.{form}.model"), &format!("logistic_{data}"), 1e-5);
    }
}
