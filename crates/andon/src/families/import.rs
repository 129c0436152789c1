//! The family `import`: is the model that is judged the one that was trained elsewhere?
//!
//! The library that trained it answers questions, and so does the model here. Conversions of models go wrong where a
//! value lies on a threshold, in another precision, or is missing, and there the questions are: each row of the data,
//! and for each split a row on its threshold, one float below, one float above, and one without the value.

use std::collections::{BTreeMap, BTreeSet};

use andon_evidence::files::{self, sha256_hex};
use andon_evidence::judge::{NotMeasured, Unit};

use crate::data::contract::Record;
use crate::data::frame::Feature;
use crate::data::matrix::{MISSING, Matrix, is_missing};
use crate::measure::counterexamples::Furthest;
use crate::measure::sample::Measured;
use crate::model::Model;
use crate::model::forest::{Forest, Test, Tree, TreeNode};
use crate::model::score::Score;
use crate::release::{Judged, Release};

/// The names of the columns of the predictions.
const QUESTION: &str = "question";
const PROBABILITY: &str = "probability";

/// The largest distance between the probability that the library gives and ours, over all questions. A question that
/// the two decide differently counts as 1. The part is the first question that is off by more than a millionth.
///
/// # Errors
/// Not measured without `[model]` in the policy, and when the file of the predictions lacks an answer to a question.
pub fn parity<R: Record>(release: &Release<R>, judged: &Judged<R>) -> Measured {
    let named = release.policy().model.as_ref();
    let named = named.ok_or_else(|| NotMeasured("the policy names no model file under [model]".to_owned()))?;
    let shown = named.predictions.display();
    let bytes = files::read(&release.root().join(&named.predictions)).map_err(|error| {
        NotMeasured(format!("{error}\nnext: cargo run -- questions --out questions.csv; cargo andon import-model"))
    })?;
    if release.fingerprint().input(&named.predictions) != Some(sha256_hex(&bytes).as_str()) {
        return Err(NotMeasured(format!("{shown} changed while the gates ran")));
    }
    let answers = read_answers(&bytes).map_err(|why| NotMeasured(format!("{shown}, {why}")))?;
    let model = &judged.candidate.model;
    compare(model, &questions(model.forest(), &judged.frame.matrix), &answers)
        .map_err(|NotMeasured(why)| NotMeasured(format!("{shown}: {why}")))
}

/// Compares our answers with theirs.
fn compare(model: &Model, rows: &Matrix, answers: &BTreeMap<String, f64>) -> Measured {
    let mut furthest = Furthest::default();
    let mut unanswered = 0;
    for at in 0..rows.len() {
        let row = rows.row(at);
        let Some(theirs) = answers.get(&question_id(row)) else {
            unanswered += 1;
            continue;
        };
        let ours = model.probability(row);
        let decides = |probability| Score::nearest(probability).is_some_and(|score| score >= model.threshold());
        let distance = if decides(ours) == decides(*theirs) { (ours - theirs).abs() } else { 1.0 };
        furthest.add(distance, || format!("{ours} here, {theirs} there: {}", shown(model.features(), row)));
    }
    if unanswered > 0 {
        return Err(NotMeasured(format!(
            "{unanswered} of {} questions have no answer: data or model are others than those that were asked\nnext: \
             cargo run -- questions --out questions.csv; cargo andon import-model",
            rows.len()
        )));
    }
    furthest.measure(Unit::Probability)
}

/// A row in words.
fn shown(features: &[Feature], row: &[f64]) -> String {
    let value = |value: f64| if is_missing(value) { "missing".to_owned() } else { format!("{value:?}") };
    let cells = features.iter().zip(row).map(|(feature, cell)| format!("{} {}", feature.name, value(*cell)));
    cells.collect::<Vec<_>>().join(", ")
}

/// The name of a question, which follows from its values.
fn question_id(row: &[f64]) -> String {
    let bytes: Vec<u8> = row.iter().flat_map(|value| value.to_bits().to_le_bytes()).collect();
    sha256_hex(&bytes)[..16].to_owned()
}

/// The answers by question.
fn read_answers(bytes: &[u8]) -> Result<BTreeMap<String, f64>, String> {
    let mut reader = csv::Reader::from_reader(bytes);
    let head = reader.headers().map_err(|error| error.to_string())?.clone();
    let column = |name: &str| {
        head.iter().position(|column| column == name).ok_or_else(|| format!("line 1: it has no column `{name}`"))
    };
    let question = column(QUESTION)?;
    let probability = column(PROBABILITY)?;
    let mut answers = BTreeMap::new();
    for (at, record) in reader.records().enumerate() {
        let record = record.map_err(|error| error.to_string())?;
        let cell = record.get(probability).unwrap_or_default();
        let number = cell.parse::<f64>().ok().filter(|number| (0.0..=1.0).contains(number));
        let number = number.ok_or_else(|| format!("line {}: `{cell}` is no probability from 0 to 1", at + 2))?;
        answers.insert(record.get(question).unwrap_or_default().to_owned(), number);
    }
    Ok(answers)
}

/// The questions as CSV: their names, and the features; a category by its name, nothing for a missing value.
///
/// # Errors
/// The text of an error of the CSV writer.
pub fn questions_csv<R: Record>(judged: &Judged<R>) -> Result<Vec<u8>, String> {
    let model = &judged.candidate.model;
    let rows = questions(model.forest(), &judged.frame.matrix);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = model.features().iter().map(|feature| feature.name.as_str());
    writer.write_record(std::iter::once(QUESTION).chain(names)).map_err(|error| error.to_string())?;
    for at in 0..rows.len() {
        let cells = model.features().iter().zip(rows.row(at)).map(|(feature, value)| cell(feature, *value));
        let record = std::iter::once(question_id(rows.row(at))).chain(cells);
        writer.write_record(record).map_err(|error| error.to_string())?;
    }
    writer.into_inner().map_err(|error| error.to_string())
}

/// A value as the library reads it back to the bit.
fn cell(feature: &Feature, value: f64) -> String {
    if is_missing(value) {
        return String::new();
    }
    let level = feature.levels.get(value as usize).filter(|_| value >= 0.0);
    level.cloned().unwrap_or_else(|| value.to_string())
}

/// Every question: the rows of the data, then those of the splits.
fn questions(forest: &Forest, matrix: &Matrix) -> Matrix {
    let mut rows = matrix.clone();
    let mut asked = BTreeSet::new();
    for tree in forest.each_tree() {
        let reached = first_rows(&tree, matrix);
        for (at, row) in reached.iter().copied().enumerate() {
            let TreeNode::Split { feature, .. } = tree.node(at) else { continue };
            for value in values(forest, tree.test(at).0) {
                let place = feature as usize;
                if asked.insert((row, place, value.to_bits())) {
                    let mut changed = matrix.row(row).to_vec();
                    if let Some(cell) = changed.get_mut(place) {
                        *cell = value;
                    }
                    rows.push(&changed);
                }
            }
        }
    }
    rows
}

/// For each node the first row of the data that comes to it; the first row of all if none does.
fn first_rows(tree: &Tree<'_>, matrix: &Matrix) -> Vec<usize> {
    let mut first = vec![None; tree.size()];
    for row in 0..matrix.len() {
        let mut at = 0;
        loop {
            first[at].get_or_insert(row);
            let TreeNode::Split { feature, left } = tree.node(at) else { break };
            let value = matrix.row(row).get(feature as usize).copied().unwrap_or(MISSING);
            at = left as usize + usize::from(tree.goes_right(at, value));
        }
    }
    first.into_iter().map(|row| row.unwrap_or(0)).collect()
}

/// The values at which a conversion of a split can go wrong.
fn values(forest: &Forest, test: Test) -> Vec<f64> {
    let mut values = match test {
        Test::Below(threshold) => {
            let single = threshold as f32;
            let singles = [single.next_down(), single, single.next_up()].map(f64::from);
            let doubles = [threshold.next_down(), threshold, threshold.next_up()];
            singles.into_iter().chain(doubles).collect()
        }
        // The categories of the set, and those beside them.
        Test::In(set) => {
            let set = forest.sets().get(set as usize).map_or(&[][..], Vec::as_slice);
            set.iter().flat_map(|code| [f64::from(*code), f64::from(*code) + 1.0]).collect::<Vec<_>>()
        }
    };
    values.retain(|value| value.is_finite());
    values.push(MISSING);
    values
}
