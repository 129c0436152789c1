//! The answers that the shipped program owes. A gate writes them with the model that was judged; a release holds the
//! built program against them before it puts the program in place.
//!
//! Two files: the answers to every row of the data file, as `predict` prints them, and a sample of questions for the
//! server. The sample has rows of every decision, rows at the ends of the contract, rows with values left out, and rows
//! mixed from two others, which no data file holds.

use std::collections::BTreeMap;
use std::io::Write;

use andon_evidence::judge::NotMeasured;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::data::contract::{Column, Kind, Record};
use crate::data::dataset::Dataset;
use crate::decide::decider::Decider;
use crate::decide::reply::Reply;

/// The header of the answers to a data file.
pub const ANSWER_COLUMNS: [&str; 4] = ["line", "decision", "probability", "explanation"];

/// The largest number of rows of one decision among the questions.
const ROWS_PER_DECISION: usize = 128;

/// The largest number of questions that are mixed from two rows.
const MIXED_ROWS: usize = 128;

/// The fields of one answer, in the order of [`ANSWER_COLUMNS`].
#[must_use]
pub fn answer_fields(line: u64, reply: &Reply) -> [String; 4] {
    let probability = reply.probability.map(|probability| format!("{probability:.4}")).unwrap_or_default();
    [line.to_string(), reply.decision.clone(), probability, reply.explanation.clone()]
}

/// The rows of each decision, by their places.
pub(crate) type Decided = BTreeMap<String, Vec<usize>>;

/// Writes the answers to every row of a data file, as `predict` prints them, in blocks, and returns which rows were
/// decided how.
///
/// # Errors
/// [`NotMeasured`] if a row is not a flat record, or the answers cannot be written.
pub(crate) fn write_csv<R: Record>(
    decider: &Decider<R>,
    data: &Dataset<R>,
    to: &mut impl Write,
) -> Result<Decided, NotMeasured> {
    let mut writer = csv::Writer::from_writer(to);
    let mut decided = Decided::new();
    writer.write_record(ANSWER_COLUMNS).map_err(not_measured)?;
    for (place, (row, line)) in data.rows.iter().zip(&data.lines).enumerate() {
        let reply = decider.reply_without_change(row).map_err(not_measured)?;
        writer.write_record(answer_fields(*line, &reply)).map_err(not_measured)?;
        match decided.get_mut(&reply.decision) {
            Some(places) => places.push(place),
            None => drop(decided.insert(reply.decision, vec![place])),
        }
    }
    writer.flush().map_err(not_measured)?;
    Ok(decided)
}

/// A request, where it comes from, and the reply that the judged model gives.
#[derive(Serialize)]
struct Question {
    origin: String,
    request: Map<String, Value>,
    /// The request as one row of numbers, if every column has a number.
    matrix: Option<Vec<Value>>,
    reply: Reply,
}

/// The sample of questions, one JSON object on each line: at most [`ROWS_PER_DECISION`] rows of each decision, spread
/// evenly over the data file, and what is made of them. It is empty if no request can be made of any row, for
/// instance as the record asks for the label. Such a release has no server to hold against it, and does not ship.
///
/// # Errors
/// [`NotMeasured`] if a row is not a flat record.
pub(crate) fn questions<R: Record>(
    decider: &Decider<R>,
    rows: &[R],
    decided: &Decided,
) -> Result<Vec<u8>, NotMeasured> {
    let mut sampled: Vec<usize> = decided.values().flat_map(|places| spread(places, ROWS_PER_DECISION)).collect();
    sampled.sort_unstable();
    let requests = sampled.iter().map(|row| Ok((*row, to_request(decider, &rows[*row])?)));
    let requests = requests.collect::<Result<Vec<_>, NotMeasured>>()?;
    let of_rows = requests.iter().map(|(row, request)| (format!("row {}", row + 1), request.clone()));
    let asked = of_rows.chain(edges(decider, &requests)).chain(mixed(&requests));
    let mut text = Vec::new();
    for question in asked.filter_map(|(origin, request)| ask(decider, origin, request)) {
        serde_json::to_writer(&mut text, &question).map_err(not_measured)?;
        text.push(b'\n');
    }
    Ok(text)
}

/// At most so many of the places, evenly spread, the first among them.
fn spread(places: &[usize], most: usize) -> impl Iterator<Item = usize> + '_ {
    let wanted = places.len().min(most);
    (0..wanted).map(move |at| places[at * places.len() / wanted.max(1)])
}

/// The request of a client for a row: its features.
fn to_request<R: Record>(decider: &Decider<R>, row: &R) -> Result<Map<String, Value>, NotMeasured> {
    let Value::Object(mut whole) = serde_json::to_value(row).map_err(not_measured)? else {
        return Err(NotMeasured("a row is not a JSON object".to_owned()));
    };
    Ok(decider.input_columns().filter_map(|column| whole.remove_entry(&column.name)).collect())
}

/// A question, or none if the contract refuses the request.
fn ask<R: Record>(decider: &Decider<R>, origin: String, request: Map<String, Value>) -> Option<Question> {
    let record = decider.read_request(&serde_json::to_vec(&request).ok()?).ok()?;
    let reply = decider.reply(&record).ok()?;
    let matrix = decider.input_columns().map(|column| to_number(column, request.get(&column.name))).collect();
    Some(Question { origin, request, matrix, reply })
}

/// A value as a number: the place of a name, 0 or 1 for a flag, and null for no value. A text has none.
fn to_number(column: &Column, value: Option<&Value>) -> Option<Value> {
    let value = value.filter(|value| !value.is_null());
    let Some(value) = value else { return Some(Value::Null) };
    match &column.kind {
        Kind::Number { .. } => Some(value.clone()),
        Kind::Flag => Some(Value::from(u8::from(value.as_bool()?))),
        Kind::Choice(names) => Some(Value::from(names.iter().position(|name| Some(name.as_str()) == value.as_str())?)),
        Kind::Text => None,
    }
}

/// For every feature: a row with each value at the edge of the contract. The rows take turns.
fn edges<R: Record>(
    decider: &Decider<R>,
    requests: &[(usize, Map<String, Value>)],
) -> Vec<(String, Map<String, Value>)> {
    let values = decider.input_columns().flat_map(|column| edge_values(column).into_iter().map(move |v| (column, v)));
    let changed = values.zip(requests.iter().cycle()).map(|((column, value), (row, request))| {
        let origin = format!("row {} with {} = {value}", row + 1, column.name);
        let mut request = request.clone();
        request.insert(column.name.clone(), value);
        (origin, request)
    });
    changed.collect()
}

/// The values at the edge of a column: both ends, every name, both flags, and no value if it is optional.
fn edge_values(column: &Column) -> Vec<Value> {
    let number = |whole: bool, end: f64| if whole { Value::from(end as i64) } else { Value::from(end) };
    let mut values: Vec<Value> = match &column.kind {
        Kind::Number { whole, min, max } => [*min, *max].into_iter().flatten().map(|end| number(*whole, end)).collect(),
        Kind::Flag => vec![Value::Bool(false), Value::Bool(true)],
        Kind::Choice(names) => names.iter().cloned().map(Value::from).collect(),
        Kind::Text => Vec::new(),
    };
    if !column.required {
        values.push(Value::Null);
    }
    values
}

/// Rows that no data file holds: every other feature comes from another row.
fn mixed(requests: &[(usize, Map<String, Value>)]) -> Vec<(String, Map<String, Value>)> {
    let others = requests.iter().skip(requests.len() / 2);
    let pairs = requests.iter().zip(others).take(MIXED_ROWS);
    let mix = |((row, request), (other, theirs)): (&(usize, Map<_, _>), &(usize, Map<_, _>))| {
        let fields = request.iter().enumerate().map(|(at, (name, value))| {
            let value = if at % 2 == 0 { Some(value) } else { theirs.get(name) };
            (name.clone(), value.cloned().unwrap_or(Value::Null))
        });
        (format!("row {} mixed with row {}", row + 1, other + 1), fields.collect())
    };
    pairs.map(mix).collect()
}

fn not_measured(error: impl std::fmt::Display) -> NotMeasured {
    NotMeasured(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_spread_over_all_places_and_a_short_list_is_taken_whole() {
        let places: Vec<usize> = (0..10).collect();
        assert_eq!(spread(&places, 5).collect::<Vec<_>>(), [0, 2, 4, 6, 8]);
        assert_eq!(spread(&places, 20).collect::<Vec<_>>(), places);
        assert_eq!(spread(&[], 20).count(), 0);
    }

    #[test]
    fn a_mixed_row_has_features_of_both() {
        let request =
            |value: i32| ["a", "b", "c"].map(|name| (name.to_owned(), Value::from(value))).into_iter().collect();
        let requests = [(0, request(1)), (1, request(2))];
        let (origin, row) = mixed(&requests).remove(0);
        assert_eq!(origin, "row 1 mixed with row 2");
        assert_eq!(Value::Object(row), serde_json::json!({ "a": 1, "b": 2, "c": 1 }));
    }
}
