//! Every measurement against the figure of another library, on the shipped model's out-of-fold scores. The figures are
//! made by `figures.py` beside this file; `figures.json` says with which versions.

#![expect(clippy::unwrap_used, reason = "a broken fixture is a failed test")]

mod proxies;
mod shap;

use std::collections::BTreeMap;

use andon::families::{GROUP_STATISTICS, STATISTICS};
use andon::policy::{Cost, GateId};
use andon::{Attribute, Frame, Matrix, Sample, Score, Tally, measure};

/// Greatest difference to a figure in closed form.
const EXACT: f64 = 1e-9;

/// Greatest difference to the end of an interval that a root finder gave.
const ROOT: f64 = 1e-6;

#[derive(serde::Deserialize)]
struct Figures {
    versions: BTreeMap<String, String>,
    figures: BTreeMap<String, f64>,
    intervals: BTreeMap<String, (f64, f64)>,
}

fn figures() -> Figures {
    serde_json::from_str(include_str!("figures.json")).unwrap()
}

fn attribute(name: &str, groups: &[&str], judged: usize, group_of: Vec<usize>) -> Attribute {
    let groups: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
    Attribute { name: name.to_owned(), judged: groups[..judged].to_vec(), groups, group_of }
}

/// The shipped release's sample, rebuilt from the rows of the fixture.
fn sample() -> Sample {
    sample_of(|_| true)
}

/// The sample of some rows, by their cells.
fn sample_of(is_wanted: fn(&[usize]) -> bool) -> Sample {
    let rows: Vec<Vec<usize>> = include_str!("scores.csv")
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect())
        .filter(|cells: &Vec<usize>| is_wanted(cells))
        .collect();
    let column = |place: usize| rows.iter().map(|row| row[place]).collect::<Vec<_>>();
    let attributes = vec![
        attribute("age_group", &["up_to_area_median", "above_area_median"], 2, column(4)),
        attribute("race", &["black", "hispanic", "white"], 3, column(2)),
        attribute("sex", &["female", "male", "undisclosed"], 2, column(3)),
    ];
    let band = column(5).iter().map(|credit| usize::from(*credit > 2)).collect();
    let controls = [attribute("consumer_credit_score", &["up_to_2", "above_2"], 2, band)];
    let labels = column(0).iter().map(|label| *label == 1).collect();
    let scores: Vec<Score> = column(1).iter().map(|score| Score::try_from(*score as u16).unwrap()).collect();
    let frame = Frame { features: Vec::new(), matrix: Matrix::new(1), labels, attributes, persons: Vec::new() };
    Sample {
        tally: Tally::count_with_controls(&frame, &controls, &scores, 2),
        threshold: Score::middle(),
        draws: 200,
        seed: 1,
        minimum_group_rows: 100,
        minimum_denominator: 30,
        unjudged: std::collections::BTreeSet::new(),
        cost: Some(Cost { false_positive: 5.0, false_negative: 1.0, true_positive: 0.0, true_negative: 0.0 }),
        repeats: andon::model::repeats::Repeated::default(),
    }
}

fn measured(gate: &str, sample: &Sample) -> andon::judge::Measurement {
    measure(&GateId::try_from(gate.to_owned()).unwrap(), sample).unwrap().unwrap()
}

#[test]
fn every_figure_is_met() {
    let (sample, figures) = (sample(), figures());
    for (gate, figure) in &figures.figures {
        let value = measured(gate, &sample).value();
        assert!((value - figure).abs() < EXACT, "{gate}: {value} is not {figure} of {:?}", figures.versions);
    }
}

#[test]
fn every_interval_in_closed_form_is_met() {
    let all = sample();
    // The 15 applicants of undisclosed sex widen an interval, and the oracle knows nothing of them.
    let disclosed = sample_of(|cells| cells[3] < 2);
    for (gate, (low, high)) in &figures().intervals {
        let sample = if gate.contains("sex") { &disclosed } else { &all };
        let ends = measured(gate, sample).interval();
        assert!((ends.0 - low).abs() < ROOT && (ends.1 - high).abs() < ROOT, "{gate}: {ends:?} is not {low} to {high}");
    }
}

#[test]
fn every_measurement_has_a_figure() {
    let figures = figures().figures;
    for (family, question, _) in STATISTICS {
        assert!(figures.contains_key(&format!("{family}.{question}")), "{family}.{question}");
    }
    for (question, _) in GROUP_STATISTICS {
        let with = format!("fairness.{question}.");
        assert!(figures.keys().any(|gate| gate.starts_with(&with)), "{question}");
    }
}
