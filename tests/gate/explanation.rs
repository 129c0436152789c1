//! Are the explanations of the answers true?

use std::collections::BTreeMap;
use std::time::Duration;

use andon::judge::{Measurement, NotMeasured, Part, Unit};
use andon::measure::counterexamples::Counterexamples;
use andon::policy::Explanation;
use andon::{Judged, Reply};
use andon_serve::words::catalogue;
use andon_serve::words::{Explainer, Fallback};
use loan_approval::application::LoanApplication;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use andon::gate_id;

use crate::{Gate, not_measured, release};

/// The contributions of the features add up to the probability, on every row.
#[test]
fn additivity() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::explanation::additivity(gate.judged()?))
}

/// The contributions equal the Shapley values by their definition, computed subset by subset.
#[test]
fn definition() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::explanation::definition(gate.judged()?))
}

/// The strongest reason stays the strongest if the values of other applicants replace those that are left out.
#[test]
fn methods() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::explanation::methods(gate.judged()?))
}

/// Every denial states its principal reasons, in the words of the policy and in the order of their weight.
#[test]
fn reasons() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::explanation::reasons(gate.judged()?))
}

/// The first reason does not depend on the rounding of a figure.
#[test]
fn stability() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::explanation::stability(gate.judged()?))
}

/// An applicant who follows a reason does not lose by it.
#[test]
fn favourable() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::explanation::favourable(gate.judged()?))
}

/// The reason dictionary has words for every value that can count against an applicant.
#[test]
fn wording() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::explanation::wording(gate.judged()?))
}

/// The change that is said to turn a denial into an approval does so.
#[test]
fn counterfactuals() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::explanation::counterfactuals(gate.judged()?))
}

/// The texts are easy to read.
#[test]
fn readable() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::explanation::readable(gate.judged()?))
}

/// The guard judges every answer of the catalogue correctly: it refuses bad ones by the right rule and shows good ones.
#[test]
fn guard() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let [denial, approval] = one_of_each(gate.judged()?)?;
        let judged = catalogue::judge_catalogue(release().policy(), &denial, &approval);
        let judged = judged.ok_or_else(|| not_measured("a denial has no reasons"))?;
        assert!(
            judged.bad >= 60 && judged.good >= 20,
            "{} bad and {} good answers are too few",
            judged.bad,
            judged.good
        );
        let part = |wrong: &catalogue::WronglyJudged| Part {
            name: format!("{}: {}", wrong.name, wrong.problem),
            value: 1.0,
            n: 1,
        };
        let parts = judged.wrong.iter().map(part).collect();
        let n = (judged.bad + judged.good) as u64;
        Ok(Measurement::exact(judged.wrong.len() as f64, Unit::Count, n)?.with_parts(parts))
    })
}

/// The language model gets the decision and its reasons, and nothing else of an application.
#[test]
fn privacy() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let policy = release().policy();
        let replies = replies(gate.judged()?)?;
        let (denials, others): (Vec<_>, Vec<_>) =
            replies.into_iter().partition(|reply| reply.decision == policy.answer.negative);
        let asked: Vec<Reply> = denials.into_iter().chain(others.into_iter().step_by(20)).collect();
        let sent = runtime()?.block_on(async {
            let stand_in = stand_in(chat_answer(&asked[0], "")).await;
            let explainer = explainer(&stand_in.uri());
            for reply in &asked {
                // The guard refuses the stand-in's answer; this gate looks at the requests only.
                drop(explainer.explain(policy, reply).await);
            }
            stand_in.received_requests().await.unwrap_or_default()
        });
        let answered: Vec<&Reply> = asked.iter().filter(|reply| reply.probability.is_some()).collect();
        if sent.len() != answered.len() {
            return Err(not_measured(format!("{} decisions, and {} requests", answered.len(), sent.len())));
        }
        let mut leaking = Counterexamples::default();
        let mut rules = BTreeMap::new();
        for (reply, request) in answered.iter().zip(&sent) {
            leaking.add_defect(leak(reply, &request.body, &mut rules));
        }
        leaking.count(sent.len() as u64)
    })
}

/// The part of a request that is more than the decision, its probability, the threshold and the reasons. The rules for
/// the language model are the harness's own words; they hold nothing of a person if all requests about a decision share
/// them, whatever words the names of groups have in common with them.
fn leak(reply: &Reply, body: &[u8], rules: &mut BTreeMap<String, String>) -> Option<String> {
    let policy = release().policy();
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

/// If the local language model fails or misbehaves, the template serves. If it behaves, its words are shown.
#[test]
fn fallback() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let [denial, _] = one_of_each(gate.judged()?)?;
        let answer = &release().policy().answer;
        let reasons: Vec<&str> = denial.reasons.iter().map(|reason| reason.text.as_str()).collect();
        let truth = format!("The answer is {}, because of {}.", answer.negative, reasons.join(", "));
        runtime()?.block_on(async {
            let heard = explain_with(chat_answer(&denial, &truth), &denial).await;
            heard.map_err(|why| not_measured(format!("a true explanation was refused: {why}\n{truth}")))?;
            let lies = [
                truth.replace(&answer.negative, &answer.positive),
                format!("{truth} The applicant is black."),
                format!("{truth} The probability is 77.7 %."),
                String::new(),
            ];
            let failures = [
                ResponseTemplate::new(500),
                ResponseTemplate::new(404),
                chat_answer(&denial, &truth).set_delay(Duration::from_millis(2 * TIMEOUT_MS)),
                ResponseTemplate::new(200).set_body_string("{\"message\": {\"content\": \"{"),
            ];
            let mut shown = Counterexamples::default();
            let n = (lies.len() + failures.len()) as u64 + 1;
            for lie in lies {
                // A timeout would be the wrong reason for a refusal.
                match explain_with(chat_answer(&denial, &lie), &denial).await {
                    Err(Fallback::Refused(_)) => {}
                    other => shown.add(|| format!("a lie was not refused: {lie}\nthe result was {other:?}")),
                }
            }
            for (place, failure) in failures.into_iter().enumerate() {
                if let Ok(text) = explain_with(failure, &denial).await {
                    shown.add(|| format!("failure {} of the language model was shown as {text}", place + 1));
                }
            }
            // Port 9 belongs to the discard service: nothing listens there.
            let nobody = explainer("http://127.0.0.1:9").explain(release().policy(), &denial).await;
            shown.add_defect(nobody.ok().map(|text| format!("nobody answered, and this was shown: {text}")));
            shown.count(n)
        })
    })
}

/// Timeout for an answer of the stand-in.
const TIMEOUT_MS: u64 = 1_000;

fn runtime() -> Result<tokio::runtime::Runtime, NotMeasured> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(not_measured)
}

fn replies(judged: &Judged<LoanApplication>) -> Result<Vec<Reply>, NotMeasured> {
    judged.dataset.rows.iter().map(|row| judged.decider.reply(row).map_err(not_measured)).collect()
}

/// The first denial and the first approval.
fn one_of_each(judged: &Judged<LoanApplication>) -> Result<[Reply; 2], NotMeasured> {
    let answer = &release().policy().answer;
    let replies = replies(judged)?;
    let first = |word: &String| {
        let first = replies.iter().find(|reply| reply.decision == *word).cloned();
        first.ok_or_else(|| not_measured(format!("no row is answered {word}")))
    };
    Ok([first(&answer.negative)?, first(&answer.positive)?])
}

/// An answer in the format of Ollama's chat endpoint.
fn chat_answer(reply: &Reply, text: &str) -> ResponseTemplate {
    let codes: Vec<&str> = reply.reasons.iter().map(|reason| reason.code.as_str()).collect();
    let content = json!({ "decision": reply.decision, "reasons": codes, "text": text }).to_string();
    let message = json!({ "role": "assistant", "content": content });
    ResponseTemplate::new(200).set_body_json(json!({ "message": message, "done_reason": "stop", "done": true }))
}

async fn stand_in(answer: ResponseTemplate) -> MockServer {
    let stand_in = MockServer::start().await;
    Mock::given(matchers::path("/api/chat")).respond_with(answer).mount(&stand_in).await;
    stand_in
}

/// The result of the explainer if the language model gives this answer.
async fn explain_with(answer: ResponseTemplate, reply: &Reply) -> Result<String, Fallback> {
    let stand_in = stand_in(answer).await;
    explainer(&stand_in.uri()).explain(release().policy(), reply).await
}

fn explainer(url: &str) -> Explainer {
    let policy = &release().policy().explanation;
    let local = Explanation { ollama_url: url.to_owned(), timeout_ms: TIMEOUT_MS, ..policy.clone() };
    Explainer::new(&local).expect("the stand-in is on this machine")
}
