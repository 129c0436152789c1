//! Questions for a running server, by every way to a decision and by several clients at once, with broken requests in
//! between.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Map, Value, json};

use super::expected::{ExpectedAnswers, Question};
use super::hostile::{self, HostileRequest};
use super::server::RehearsalServer;
use super::server_client::ServerClient;

/// The number of clients that ask at once.
pub(super) const CLIENTS: usize = 8;

/// The number of questions in one request for many.
const QUESTIONS_PER_REQUEST: usize = 50;

/// The number of questions for the endpoint of explanations, each of which may wait for a language model.
const EXPLAINED_QUESTIONS: usize = 4;

/// The number of good requests after which a broken one comes.
const REQUESTS_PER_HOSTILE: usize = 4;

/// The members of an answer that a reply does not have, beside version and fingerprint.
const EXPLANATION_MEMBERS: [&str; 2] = ["explanation_source", "fallback"];

/// One request.
enum Ask<'a> {
    One(&'a Question),
    Explanation(&'a Question),
    Array(&'a [Question]),
    Lines(&'a [Question]),
    Tensors(&'a [Question]),
    Matrix(&'a [Question]),
    Hostile(HostileRequest),
}

/// The number of requests that one pass over the questions makes.
pub(super) fn count_requests(expected: &ExpectedAnswers) -> usize {
    plan(expected).len()
}

/// Asks everything.
///
/// # Errors
/// The first difference in the order of the requests.
pub(super) fn check(server: &RehearsalServer, expected: &ExpectedAnswers) -> Result<(), String> {
    let client = ServerClient::new(server, expected);
    client.wait_until_ready()?;
    let asks = plan(expected);
    let next = AtomicUsize::new(0);
    let is_over = AtomicBool::new(false);
    let failures = Mutex::new(BTreeMap::new());
    let work = || {
        while !is_over.load(Ordering::Relaxed) {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(ask) = asks.get(place) else { break };
            if let Err(difference) = put(&client, expected, ask) {
                is_over.store(true, Ordering::Relaxed);
                failures.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(place, difference);
            }
        }
    };
    std::thread::scope(|scope| (0..CLIENTS).for_each(|_| drop(scope.spawn(work))));
    let failures = failures.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    failures.into_values().next().map_or(Ok(()), Err)
}

/// All requests in their order. The ways to a decision take turns, so that they run beside each other.
fn plan(expected: &ExpectedAnswers) -> Vec<Ask<'_>> {
    let mut asks = Vec::new();
    for many in expected.questions.chunks(QUESTIONS_PER_REQUEST) {
        asks.extend([Ask::Array(many), Ask::Lines(many), Ask::Tensors(many)]);
        asks.extend(many.iter().all(|question| question.matrix.is_some()).then_some(Ask::Matrix(many)));
        asks.extend(many.iter().map(Ask::One));
    }
    let step = expected.questions.len().div_ceil(EXPLAINED_QUESTIONS);
    asks.extend(expected.questions.iter().step_by(step.max(1)).map(Ask::Explanation));
    let mut hostile = hostile::requests(expected).into_iter().cycle();
    let mut mixed = Vec::new();
    for (place, ask) in asks.into_iter().enumerate() {
        mixed.push(ask);
        if place % REQUESTS_PER_HOSTILE == 0 {
            mixed.extend(hostile.next().map(Ask::Hostile));
        }
    }
    mixed
}

fn put(client: &ServerClient, expected: &ExpectedAnswers, ask: &Ask<'_>) -> Result<(), String> {
    let path = &expected.decision_path;
    match ask {
        Ask::One(question) => {
            let answer =
                client.post_json(path, &json!(question.request)).map_err(|why| question.describe(path, &why))?;
            compare(expected, question, path, &answer, &[])
        }
        Ask::Explanation(question) => {
            let path = &client.sibling("explanations");
            let answer =
                client.post_json(path, &json!(question.request)).map_err(|why| question.describe(path, &why))?;
            // A language model may have worded it.
            compare(expected, question, path, &answer, &["explanation"])
        }
        Ask::Array(questions) => {
            let path = &client.sibling("batch");
            let requests: Vec<&Map<String, Value>> = questions.iter().map(|question| &question.request).collect();
            compare_many(expected, questions, path, client.post_json(path, &json!(requests)))
        }
        Ask::Lines(questions) => {
            let path = &client.sibling("batch");
            let requests = questions.iter().map(|question| json!(question.request));
            compare_many(expected, questions, path, client.post_lines(path, requests))
        }
        Ask::Tensors(questions) => infer(client, expected, questions, tensors(questions)),
        Ask::Matrix(questions) => infer(client, expected, questions, vec![matrix(questions)]),
        Ask::Hostile(request) => client.put_hostile(request),
    }
}

/// Compares the answers to many questions.
fn compare_many(
    expected: &ExpectedAnswers,
    questions: &[Question],
    path: &str,
    answers: Result<Value, String>,
) -> Result<(), String> {
    let first = &questions[0];
    let answers = answers.map_err(|why| first.describe(path, &why))?;
    let answers = answers.as_array().map(Vec::as_slice).unwrap_or_default();
    if answers.len() != questions.len() {
        return Err(first.describe(path, &format!("{} answers to {} records", answers.len(), questions.len())));
    }
    questions.iter().zip(answers).try_for_each(|(question, answer)| compare(expected, question, path, answer, &[]))
}

/// Compares an answer member by member. It may have no member that the judged reply does not have.
pub(super) fn compare(
    expected: &ExpectedAnswers,
    question: &Question,
    path: &str,
    answer: &Value,
    except: &[&str],
) -> Result<(), String> {
    let identity = [("model_version", &expected.version), ("fingerprint", &expected.fingerprint)];
    let mut owed = question.reply.clone();
    owed.extend(identity.map(|(name, value)| (name.to_owned(), json!(value))));
    let given = answer.as_object().ok_or_else(|| question.describe(path, &format!("the answer {answer}")))?;
    let names = owed.keys().chain(given.keys()).filter(|name| !except.contains(&name.as_str()));
    let is_allowed = |name: &&String| !except.is_empty() && EXPLANATION_MEMBERS.contains(&name.as_str());
    let differs = |name: &&String| owed.get(*name) != given.get(*name);
    match names.filter(|name| !is_allowed(name)).find(differs) {
        None => Ok(()),
        Some(name) => {
            let shown = |members: &Map<String, Value>| members.get(name).map_or("absent".to_owned(), Value::to_string);
            Err(question.describe(path, &format!("{name}: judged {}, program {}", shown(&owed), shown(given))))
        }
    }
}

/// Asks by the Open Inference Protocol, and compares both outputs.
fn infer(
    client: &ServerClient,
    expected: &ExpectedAnswers,
    questions: &[Question],
    inputs: Vec<Value>,
) -> Result<(), String> {
    let path = format!("/v2/models/{}/infer", expected.name);
    let response = client.post_json(&path, &json!({ "inputs": inputs }));
    let response = response.map_err(|why| questions[0].describe(&path, &why))?;
    if (&response["model_name"], &response["model_version"]) != (&json!(expected.name), &json!(expected.version)) {
        return Err(questions[0].describe(&path, "another model's name or version"));
    }
    let outputs = response["outputs"].as_array().map(Vec::as_slice).unwrap_or_default();
    for name in ["decision", "probability"] {
        let output =
            outputs.iter().find(|output| output["name"] == name).map_or(&Value::Null, |output| &output["data"]);
        let given = output.as_array().map(Vec::as_slice).unwrap_or_default();
        if given.len() != questions.len() {
            return Err(questions[0].describe(&path, &format!("{} values of {name}", given.len())));
        }
        let mut pairs = questions.iter().zip(given);
        if let Some((question, given)) = pairs.find(|(question, given)| question.reply.get(name) != Some(*given)) {
            let judged = question.reply.get(name).unwrap_or(&Value::Null);
            return Err(question.describe(&path, &format!("{name}: judged {judged}, program {given}")));
        }
    }
    Ok(())
}

/// One tensor for each column. A column without any value is left out.
fn tensors(questions: &[Question]) -> Vec<Value> {
    let tensor = |name: &String| {
        let of = |question: &Question| question.request.get(name).cloned().unwrap_or(Value::Null);
        let data: Vec<Value> = questions.iter().map(of).collect();
        let datatype = match data.iter().find(|value| !value.is_null())? {
            Value::Bool(_) => "BOOL",
            Value::String(_) => "BYTES",
            _ => "FP64",
        };
        Some(json!({ "name": name, "shape": [data.len()], "datatype": datatype, "data": data }))
    };
    questions[0].request.keys().filter_map(tensor).collect()
}

/// One tensor for all columns.
fn matrix(questions: &[Question]) -> Value {
    let rows: Vec<&Vec<Value>> = questions.iter().filter_map(|question| question.matrix.as_ref()).collect();
    let columns = rows.first().map_or(0, |row| row.len());
    json!({ "name": "features", "shape": [rows.len(), columns], "datatype": "FP64", "data": rows })
}
