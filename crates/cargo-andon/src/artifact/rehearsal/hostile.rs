//! Broken requests, which a server must refuse and which must move no other answer. A few of them may be whole under
//! some contract; those must at least not be an error of the server.

use serde_json::{Map, Value, json};

use super::expected::{ExpectedAnswers, Question};

/// More bytes than a record may have.
const OVERSIZE_BYTES: usize = 200_000;

/// Arrays inside arrays, more than a parser follows.
const NESTED_ARRAYS: usize = 5_000;

/// Bodies that a contract may allow: one with optional columns only, with texts, or without ranges.
const CONTRACT_DEPENDENT: [&str; 3] = [EMPTY_OBJECT, TEXTS, HUGE_NUMBERS];
const EMPTY_OBJECT: &str = "an empty object";
const TEXTS: &str = "texts in place of values";
const HUGE_NUMBERS: &str = "numbers beyond every range";

/// A request that no honest client sends.
#[derive(Clone)]
pub(super) struct HostileRequest {
    /// What is wrong with it.
    pub(super) what: &'static str,
    /// True if no contract allows it.
    pub(super) is_always_refused: bool,
    pub(super) path: String,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
}

/// The broken requests for the decision endpoint, the batch and the Open Inference Protocol.
pub(super) fn requests(expected: &ExpectedAnswers) -> Vec<HostileRequest> {
    let path = &expected.decision_path;
    let batch = format!("{}/batch", path.rsplit_once('/').map_or("", |(parent, _)| parent));
    let infer = format!("/v2/models/{}/infer", expected.name);
    let for_many: [(&str, &[u8]); 3] = [
        ("JSON that is cut off", b"[{\"a\": 1"),
        ("an object in place of an array", b"{\"inputs\": 1}"),
        ("text that is no JSON", b"\xff\xfe not JSON"),
    ];
    let of_one = for_one(&expected.questions[0]).into_iter().map(|(what, body)| request(what, path, body));
    let of_many = for_many
        .into_iter()
        .flat_map(|(what, body)| [request(what, &batch, body.to_vec()), request(what, &infer, body.to_vec())]);
    let wrong_type =
        HostileRequest { content_type: "text/plain", ..request("a wrong media type", path, b"{}".to_vec()) };
    of_one.chain(of_many).chain([wrong_type]).collect()
}

fn request(what: &'static str, path: &str, body: Vec<u8>) -> HostileRequest {
    let is_always_refused = !CONTRACT_DEPENDENT.contains(&what);
    HostileRequest { what, is_always_refused, path: path.to_owned(), content_type: "application/json", body }
}

/// The broken bodies for one record.
fn for_one(question: &Question) -> Vec<(&'static str, Vec<u8>)> {
    let whole = json!(question.request).to_string().into_bytes();
    let bytes = |value: Value| value.to_string().into_bytes();
    let every = |value: &Value| -> Map<String, Value> {
        question.request.keys().map(|name| (name.clone(), value.clone())).collect()
    };
    let mut surplus = question.request.clone();
    surplus.insert("no_such_column".to_owned(), json!(1));
    vec![
        ("an empty body", Vec::new()),
        ("JSON that is cut off", whole[..whole.len() / 2].to_vec()),
        ("an array in place of an object", [b"[", whole.as_slice(), b"]"].concat()),
        (EMPTY_OBJECT, b"{}".to_vec()),
        ("objects in place of values", bytes(json!(every(&json!({ "a": [1] }))))),
        (TEXTS, bytes(json!(every(&json!("no such thing"))))),
        (HUGE_NUMBERS, bytes(json!(every(&json!(1e300))))),
        ("NaN in place of values", b"{\"a\": NaN}".to_vec()),
        ("a column that is none", bytes(json!(surplus))),
        ("a body that is too long", bytes(json!(every(&json!("x".repeat(OVERSIZE_BYTES)))))),
        ("arrays inside arrays without end", "[".repeat(NESTED_ARRAYS).into_bytes()),
    ]
}
