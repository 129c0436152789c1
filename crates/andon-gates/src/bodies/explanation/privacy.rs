//! The data of a person that a language model gets.

use std::collections::BTreeMap;

use andon::gate::Gate;
use andon::judge::NotMeasured;
use andon::measure::counterexamples::Counterexamples;
use andon::policy::Policy;
use andon::{Measured, Record, Reply};
use serde_json::{Value, json};

use super::replies::replies;
use super::stand_in::{chat_answer, explainer, runtime, stand_in};
use crate::body::{Surroundings, not_measured};

/// One in so many approvals is put to the language model, and every denial.
const EVERY_NTH_APPROVAL: usize = 20;

/// The language model gets the decision and its reasons, and nothing else of an application.
pub(super) fn privacy<R: Record>(gate: &mut Gate<'_, R>, _: &Surroundings<R>, _: &str) -> Measured {
    let policy = gate.release().policy();
    let judged = gate.judged()?;
    let replies = replies(judged)?;
    let (denials, others): (Vec<_>, Vec<_>) =
        replies.into_iter().partition(|reply| reply.decision == policy.answer.negative);
    let asked: Vec<Reply> = denials.into_iter().chain(others.into_iter().step_by(EVERY_NTH_APPROVAL)).collect();
    let sent = runtime()?.block_on(requests(policy, &asked))?;
    let answered: Vec<&Reply> = asked.iter().filter(|reply| reply.probability.is_some()).collect();
    if sent.len() != answered.len() {
        return Err(not_measured(format!("{} decisions, and {} requests", answered.len(), sent.len())));
    }
    let mut leaking = Counterexamples::default();
    let mut rules = BTreeMap::new();
    for (reply, request) in answered.iter().zip(&sent) {
        leaking.add_defect(leak(policy, reply, request, &mut rules));
    }
    Ok(judged.asked.note_one_in(leaking.count(sent.len() as u64)?, EVERY_NTH_APPROVAL))
}

/// The bodies of the requests that the language model gets for these replies.
async fn requests(policy: &Policy, asked: &[Reply]) -> Result<Vec<Vec<u8>>, NotMeasured> {
    let first = asked.first().ok_or_else(|| not_measured("there is no decision to explain"))?;
    let stand_in = stand_in(chat_answer(first, "")).await;
    let explainer = explainer(policy, &stand_in.uri())?;
    for reply in asked {
        // The guard refuses the stand-in's answer; this gate looks at the requests only.
        drop(explainer.explain(policy, reply).await);
    }
    let received = stand_in.received_requests().await.unwrap_or_default();
    Ok(received.into_iter().map(|request| request.body).collect())
}

/// The part of a request that is more than the decision, its probability, the threshold and the reasons. The rules for
/// the language model are the harness's own words; they hold nothing of a person if all requests about a decision share
/// them, whatever words the names of groups have in common with them.
fn leak(policy: &Policy, reply: &Reply, body: &[u8], rules: &mut BTreeMap<String, String>) -> Option<String> {
    let body = match serde_json::from_slice::<Value>(body) {
        Ok(body) => body,
        Err(error) => return Some(format!("a request is no JSON: {error}")),
    };
    let percent = |share: f64| (share * 10_000.0).round() / 100.0;
    let reasons = reply.reasons.iter().map(|reason| json!({ "code": reason.code, "text": reason.text }));
    let needed = json!({
        "decision": reply.decision,
        "probability_percent": reply.probability.map(percent),
        "threshold_percent": percent(policy.answer.threshold),
        "reasons": reasons.collect::<Vec<_>>(),
    });
    let content = |at: usize| body["messages"][at]["content"].as_str().unwrap_or_default();
    let data: Value = serde_json::from_str(content(1)).unwrap_or_default();
    let rules = rules.entry(reply.decision.clone()).or_insert_with(|| content(0).to_owned());
    let messages = body["messages"].as_array().map_or(0, Vec::len);
    if data != needed {
        Some(format!("the language model got\n{data}\nand needs\n{needed}"))
    } else if *rules != content(0) {
        Some(format!("the rules differ from request to request:\n{rules}\n{}", content(0)))
    } else {
        (messages != 2).then(|| format!("{messages} messages, where the rules and the data are two"))
    }
}
