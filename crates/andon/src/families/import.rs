//! The family `import`: is the model that is judged the one that was trained elsewhere?
//!
//! The library that trained it answers questions, and so does the model here. Conversions of models go wrong where a
//! value lies on a threshold, in another precision, or is missing, and there the questions are: each row of the data
//! (of a large file some, as for all gates that ask row by row), and for each split a row on its
//! threshold, one float below, one float above, and one without the value.

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
use crate::release::{Judged, Release};

/// The names of the columns of the predictions.
const QUESTION: &str = "question";
const PROBABILITY: &str = "probability";

/// The largest distance between the probability that the library gives and ours, over all questions. A question that
/// the two decide differently counts as 1. If a calibrator stands behind the model, the probabilities are those before
/// it, and the decisions those behind it. The part is the first question that is off by more than a millionth.
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
    let compared = compare(model, &questions(judged), &answers);
    let compared = compared.map_err(|NotMeasured(why)| NotMeasured(format!("{shown}: {why}")))?;
    Ok(judged.asked.note(compared))
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
        let ours = model.uncalibrated_probability(row);
        let decides = |probability| model.score_of(probability).is_some_and(|score| score >= model.threshold());
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
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = record.get(probability).unwrap_or_default();
        let number = cell.parse::<f64>().ok().filter(|number| (0.0..=1.0).contains(number));
        let number = number.ok_or_else(|| format!("line {line}: `{cell}` is no probability from 0 to 1"))?;
        let asked = record.get(question).unwrap_or_default();
        if let Some(other) =
            answers.insert(asked.to_owned(), number).filter(|other| other.to_bits() != number.to_bits())
        {
            return Err(format!("line {line}: question {asked} has two answers, {other} and {number}"));
        }
    }
    Ok(answers)
}

/// The questions as CSV: their names, and the features; a category by its name, nothing for a missing value.
///
/// # Errors
/// The text of an error of the CSV writer.
pub fn questions_csv<R: Record>(judged: &Judged<R>) -> Result<Vec<u8>, String> {
    if judged.candidate.model.is_only_scores() {
        return Err("scores alone are no model file".to_owned());
    }
    let model = &judged.candidate.model;
    let rows = questions(judged);
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

/// Every question: the rows of the data that gates ask, then those of the splits and of the terms.
fn questions<R>(judged: &Judged<R>) -> Matrix {
    let forest = judged.candidate.model.forest();
    let matrix = judged.asked.matrix(&judged.frame.matrix);
    let mut rows = matrix.clone().into_owned();
    let mut asked = BTreeSet::new();
    for tree in forest.each_tree() {
        for (at, row) in rows_at_nodes(forest, &tree, &matrix).into_iter().enumerate() {
            let (TreeNode::Split { feature, .. }, Some(row)) = (tree.node(at), row) else { continue };
            for value in values(forest, tree.test(at).0) {
                let changed = with(row.clone(), feature, value);
                if asked.insert(changed.iter().map(|value| value.to_bits()).collect::<Vec<_>>()) {
                    rows.push(&changed);
                }
            }
        }
    }
    rows_at_terms(forest, &judged.frame.matrix).iter().for_each(|row| rows.push(row));
    rows
}

/// For each term of a linear model the first row of the data, with the lowest and with the highest value of the term's
/// feature, and without one if the model answers such a row.
fn rows_at_terms(forest: &Forest, matrix: &Matrix) -> Vec<Vec<f64>> {
    let mut rows = Vec::new();
    for term in forest.terms().iter().filter(|_| !matrix.is_empty()) {
        let values = (0..matrix.len()).map(|row| matrix.row(row)[term.feature as usize]);
        let values = values.filter(|value| !is_missing(*value));
        let lowest = values.clone().min_by(f64::total_cmp);
        let blank = term.missing.map(|_| MISSING);
        for value in [lowest, values.max_by(f64::total_cmp), blank].into_iter().flatten() {
            rows.push(with(matrix.row(0).to_vec(), term.feature, value));
        }
    }
    rows
}

fn with(mut row: Vec<f64>, feature: u32, value: f64) -> Vec<f64> {
    if let Some(cell) = row.get_mut(feature as usize) {
        *cell = value;
    }
    row
}

/// For each node a row that comes to it: the first of the data, else one that is made so. None comes to a node whose
/// way there contradicts itself.
fn rows_at_nodes(forest: &Forest, tree: &Tree<'_>, matrix: &Matrix) -> Vec<Option<Vec<f64>>> {
    let mut at_node: Vec<Option<Vec<f64>>> = vec![None; tree.size()];
    for row in 0..matrix.len() {
        let mut at = 0;
        loop {
            at_node[at].get_or_insert_with(|| matrix.row(row).to_vec());
            let TreeNode::Split { feature, left } = tree.node(at) else { break };
            let value = matrix.row(row).get(feature as usize).copied().unwrap_or(MISSING);
            at = left as usize + usize::from(tree.goes_right(at, value));
        }
    }
    let mut ways: Vec<Vec<Step>> = vec![Vec::new(); tree.size()];
    for at in 0..tree.size() {
        let TreeNode::Split { feature, left } = tree.node(at) else { continue };
        for is_right in [false, true] {
            let child = left as usize + usize::from(is_right);
            ways[child] = ways[at].iter().copied().chain([Step { at, feature, is_right }]).collect();
            if at_node[child].is_none() {
                at_node[child] = at_node[at].as_ref().and_then(|row| led(forest, tree, row.clone(), &ways[child]));
            }
        }
    }
    at_node
}

/// A split on the way to a node, and the side that the way takes.
#[derive(Debug, Clone, Copy)]
struct Step {
    at: usize,
    feature: u32,
    is_right: bool,
}

/// The row with other values of those features that stand in its way.
fn led(forest: &Forest, tree: &Tree<'_>, mut row: Vec<f64>, way: &[Step]) -> Option<Vec<f64>> {
    let features: BTreeSet<u32> = way.iter().map(|step| step.feature).collect();
    for feature in features {
        let steps: Vec<Step> = way.iter().copied().filter(|step| step.feature == feature).collect();
        let fits = |value: &f64| steps.iter().all(|step| tree.goes_right(step.at, *value) == step.is_right);
        let own = row.get(feature as usize).copied();
        let tried = steps.iter().flat_map(|step| values(forest, tree.test(step.at).0));
        let value = own.into_iter().chain(tried).chain([outside(forest, tree, &steps)]).find(fits)?;
        row = with(row, feature, value);
    }
    Some(row)
}

/// The first category in none of the sets on a way.
fn outside(forest: &Forest, tree: &Tree<'_>, way: &[Step]) -> f64 {
    let set_of = |step: &Step| match tree.test(step.at).0 {
        Test::In(set) => forest.sets().get(set as usize).map_or(&[][..], Vec::as_slice),
        Test::Below(_) => &[],
    };
    let taken: BTreeSet<u64> = way.iter().flat_map(set_of).map(|code| u64::from(*code)).collect();
    (0..).find(|code| !taken.contains(code)).unwrap_or_default() as f64
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
