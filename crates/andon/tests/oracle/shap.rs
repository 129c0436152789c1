//! Attributions against those of the Python package shap, on trees of the shipped model. The figures are made by
//! `shap_figures.py` beside this file; `shap.json` says with which versions.

use std::collections::BTreeMap;

use andon::families::explanation::interventional;
use andon::model::attribution::Attributor;
use andon::{Forest, Matrix};

/// Greatest difference to shap's path-dependent values.
const EXACT: f64 = 1e-9;

/// Greatest difference to shap's interventional values, which themselves add up to the score to 2e-9 only.
const SINGLE: f64 = 1e-8;

#[derive(serde::Deserialize)]
struct Figures {
    versions: BTreeMap<String, String>,
    forest: Forest,
    rows: Vec<Vec<f64>>,
    background: Vec<Vec<f64>>,
    path_dependent: Moved,
    interventional: Moved,
}

#[derive(serde::Deserialize)]
struct Moved {
    base: f64,
    moved: Vec<Vec<f64>>,
}

fn figures() -> Figures {
    serde_json::from_str(include_str!("shap.json")).unwrap()
}

impl Figures {
    fn assert_close(&self, ours: &[f64], theirs: &[f64], most: f64) {
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(theirs) {
            assert!((ours - theirs).abs() < most, "{ours} is not {theirs} of {:?}", self.versions);
        }
    }
}

#[test]
fn path_dependent_values_are_those_of_shap() {
    let figures = figures();
    let attributor = Attributor::new(&figures.forest);
    figures.assert_close(&[attributor.base()], &[figures.path_dependent.base], EXACT);
    assert!(figures.path_dependent.moved.len() >= 20);
    for (row, moved) in figures.rows.iter().zip(&figures.path_dependent.moved) {
        figures.assert_close(&attributor.moved(row), moved, EXACT);
    }
}

#[test]
fn interventional_values_are_those_of_shap() {
    let figures = figures();
    let mut background = Matrix::new(figures.forest.columns());
    figures.background.iter().for_each(|row| background.push(row));
    let base: f64 = figures.forest.score_all(&background).iter().sum::<f64>() / background.len() as f64;
    figures.assert_close(&[base], &[figures.interventional.base], SINGLE);
    for (row, moved) in figures.rows.iter().zip(&figures.interventional.moved) {
        figures.assert_close(&interventional::moved(&figures.forest, &background, row), moved, SINGLE);
    }
}
