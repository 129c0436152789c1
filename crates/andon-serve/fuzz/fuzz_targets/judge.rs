//! Checks that the service may give such an answer.

use axum::body::Bytes;
use serde_json::{Deserializer, Value};

use crate::sent::{BATCH, DECISIONS, EXPLANATIONS, FORM, Sent};

const PROBLEM: &str = "application/problem+json";

/// The answer of the service.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    /// Empty if there is no body.
    pub(crate) media_type: String,
    pub(crate) id: String,
    pub(crate) body: Bytes,
}

pub(crate) fn judge(sent: &Sent<'_>, answered: &Answered) {
    assert!((200..500).contains(&answered.status), "{answered:?}");
    match answered.status {
        400.. if !sent.is_head() => refusal(sent, answered),
        200 => decisions(sent, answered),
        _ => {}
    }
}

fn refusal(sent: &Sent<'_>, answered: &Answered) {
    let is_page = answered.status == 422 && answered.media_type.starts_with("text/html");
    if sent.place == FORM && is_page {
        return;
    }
    let said = answered.json();
    if answered.media_type == PROBLEM {
        problem(&said);
        assert_eq!(said["status"], answered.status, "{answered:?}");
    } else {
        let is_inference = sent.place == "/v2" || sent.place.starts_with("/v2/");
        assert!(is_inference && answered.media_type == "application/json" && said["error"].is_string(), "{answered:?}");
    }
}

/// Checks the answers of the endpoints that decide. The others have nothing to get wrong here.
fn decisions(sent: &Sent<'_>, answered: &Answered) {
    let place = sent.place.as_str();
    if place == DECISIONS || place == EXPLANATIONS {
        decision(&answered.json());
    } else if place == BATCH {
        outcomes(answered).iter().for_each(outcome);
    } else if place.starts_with("/v2/") && place.ends_with("/infer") {
        tensors(&answered.json());
    }
}

/// The outcomes in an array or in lines.
fn outcomes(answered: &Answered) -> Vec<Value> {
    let lines = Deserializer::from_slice(&answered.body).into_iter();
    let values: Vec<Value> = lines.collect::<Result<_, _>>().unwrap_or_else(|error| panic!("{error}: {answered:?}"));
    match <[Value; 1]>::try_from(values) {
        Ok([Value::Array(outcomes)]) => outcomes,
        Ok([outcome]) => vec![outcome],
        Err(outcomes) => outcomes,
    }
}

fn outcome(outcome: &Value) {
    if outcome["decision"].is_null() { problem(outcome) } else { decision(outcome) }
}

fn problem(said: &Value) {
    let is_problem = said["type"] == "about:blank" && said["title"].is_string() && said["detail"].is_string();
    assert!(is_problem && said["status"].as_u64().is_some_and(|status| (400..500).contains(&status)), "{said}");
}

/// A word of the policy with its probability, or a referral without.
fn decision(said: &Value) {
    check_decided(&said["decision"], &said["probability"]);
    assert!(said["reasons"].is_array() && said["explanation"].is_string(), "{said}");
}

fn check_decided(decision: &Value, probability: &Value) {
    let is_decision = match decision.as_str() {
        Some("ACCEPT" | "DECLINE") => probability.as_f64().is_some_and(|share| (0.0..=1.0).contains(&share)),
        Some("REFER") => probability.is_null(),
        _ => false,
    };
    assert!(is_decision, "{decision} at {probability}");
}

/// Both outputs, if the request asked for both.
fn tensors(said: &Value) {
    let outputs = said["outputs"].as_array().unwrap_or_else(|| panic!("{said}"));
    let of = |name: &str| {
        let output = outputs.iter().find(|output| output["name"] == name)?;
        output["data"].as_array()
    };
    if let (Some(decisions), Some(probabilities)) = (of("decision"), of("probability")) {
        assert_eq!(decisions.len(), probabilities.len(), "{said}");
        decisions.iter().zip(probabilities).for_each(|(decision, probability)| check_decided(decision, probability));
    }
}

impl Answered {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
