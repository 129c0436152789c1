//! Is what the model says of its answers true?

use std::time::Duration;

use andon::decide::reply::Reply;
use andon::judge::{Measurement, NotMeasured, Part, Unit};
use andon::policy::{Explanation, says};
use andon::release::Judged;
use andon_serve::words::catalogue;
use andon_serve::words::{Explainer, Fallback};
use loan_approval::application::LoanApplication;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use andon::gate_id;

use crate::{Gate, not_measured, release};

/// What the features moved adds up to the probability, on every row.
#[test]
fn additivity() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::explanation::additivity(gate.judged()?))
}

/// It is what the definition of the Shapley value comes to, subset by subset.
#[test]
fn definition() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::explanation::definition(gate.judged()?))
}

/// The strongest reason is the strongest too where other applicants' values stand in for what is not known.
#[test]
fn methods() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::explanation::methods(gate.judged()?))
}

/// Every denial comes with its principal reasons, in the policy's words and the order of their weight.
#[test]
fn reasons() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::explanation::reasons(gate.judged()?))
}

/// The first reason does not hang on how a figure was rounded.
#[test]
fn stability() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::explanation::stability(gate.judged()?))
}

/// Who follows a reason does not lose by it.
#[test]
fn favourable() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::explanation::favourable(gate.judged()?))
}

/// The dictionary has words for every value that an applicant could be told.
#[test]
fn wording() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::explanation::wording(gate.judged()?))
}

/// What is said to turn a denial into an approval does.
#[test]
fn counterfactuals() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::explanation::counterfactuals(gate.judged()?))
}

/// The text is in plain English.
#[test]
fn readable() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::explanation::readable(gate.judged()?))
}

/// Every answer of the catalogue is judged as it must be: bad ones refused for the right rule, good ones shown.
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

/// What the language model is sent of an application: the decision and its reasons, nothing else.
#[test]
fn privacy() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let (policy, replies) = (release().policy(), replies(gate.judged()?)?);
        let (denials, others): (Vec<_>, Vec<_>) =
            replies.into_iter().partition(|reply| reply.decision == policy.answer.negative);
        let asked: Vec<Reply> = denials.into_iter().chain(others.into_iter().step_by(20)).collect();
        let sent = runtime()?.block_on(async {
            let stand_in = stand_in(said(&asked[0], "")).await;
            let explainer = explainer(&stand_in.uri());
            for reply in &asked {
                // Its answer is refused; what counts is what it was asked.
                drop(explainer.explain(policy, reply).await);
            }
            stand_in.received_requests().await.unwrap_or_default()
        });
        let answered: Vec<&Reply> = asked.iter().filter(|reply| reply.probability.is_some()).collect();
        assert_eq!(sent.len(), answered.len(), "not every decision was asked about");
        let leaking = answered.iter().zip(&sent).filter(|(reply, request)| leaks(reply, &request.body));
        Measurement::exact(leaking.count() as f64, Unit::Count, sent.len() as u64)
    })
}

/// Whether a request holds more than the decision, its probability, what is needed, and the reasons.
fn leaks(reply: &Reply, body: &[u8]) -> bool {
    let policy = release().policy();
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return true };
    let percent = |share: f64| (share * 10_000.0).round() / 100.0;
    let reasons = reply.reasons.iter().map(|reason| json!({ "code": reason.code, "text": reason.text }));
    let needed = json!({
        "decision": reply.decision,
        "probability_percent": reply.probability.map(percent),
        "threshold_percent": percent(policy.answer.threshold),
        "reasons": reasons.collect::<Vec<_>>(),
    });
    let content = |at: usize| body["messages"][at]["content"].as_str().unwrap_or_default();
    let named = |text: &str| policy.never_said().any(|word| says(text, word));
    let data: Value = serde_json::from_str(content(1)).unwrap_or_default();
    data != needed || named(content(0)) || named(content(1)) || body["messages"].as_array().is_none_or(|m| m.len() != 2)
}

/// However the local language model misbehaves, the template serves; and when it behaves, its words are used.
#[test]
fn fallback() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let [denial, _] = one_of_each(gate.judged()?)?;
        let (negative, positive) = (&release().policy().answer.negative, &release().policy().answer.positive);
        let reasons: Vec<&str> = denial.reasons.iter().map(|reason| reason.text.as_str()).collect();
        let truth = format!("The answer is {negative}, because of {}.", reasons.join(", "));
        runtime()?.block_on(async {
            let heard = asked(said(&denial, &truth), &denial).await;
            assert_eq!(heard.ok().as_ref(), Some(&truth), "a true explanation was refused");
            let lies = [
                truth.replace(negative.as_str(), positive),
                format!("{truth} The applicant is black."),
                format!("{truth} The probability is 77.7 %."),
                String::new(),
            ];
            let failures = [
                ResponseTemplate::new(500),
                ResponseTemplate::new(404),
                said(&denial, &truth).set_delay(Duration::from_millis(2 * TIMEOUT_MS)),
                ResponseTemplate::new(200).set_body_string("{\"message\": {\"content\": \"{"),
            ];
            let (mut shown, n) = (0, (lies.len() + failures.len()) as u64 + 1);
            for lie in lies {
                // Being too late would be the wrong reason.
                shown += u64::from(!matches!(asked(said(&denial, &lie), &denial).await, Err(Fallback::Refused(_))));
            }
            for failure in failures {
                shown += u64::from(asked(failure, &denial).await.is_ok());
            }
            // Port 9 is the discard service: nobody listens there.
            let nobody = explainer("http://127.0.0.1:9").explain(release().policy(), &denial).await;
            shown += u64::from(nobody.is_ok());
            Measurement::exact(shown as f64, Unit::Count, n)
        })
    })
}

/// How long the stand-in may take.
const TIMEOUT_MS: u64 = 1_000;

fn runtime() -> Result<tokio::runtime::Runtime, NotMeasured> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(not_measured)
}

fn replies(judged: &Judged<LoanApplication>) -> Result<Vec<Reply>, NotMeasured> {
    judged.dataset.rows.iter().map(|row| judged.decider.reply(row).map_err(not_measured)).collect()
}

/// The first denial and the first approval.
fn one_of_each(judged: &Judged<LoanApplication>) -> Result<[Reply; 2], NotMeasured> {
    let (answer, replies) = (&release().policy().answer, replies(judged)?);
    let first = |word: &String| {
        let first = replies.iter().find(|reply| reply.decision == *word).cloned();
        first.ok_or_else(|| not_measured(format!("no row is answered {word}")))
    };
    Ok([first(&answer.negative)?, first(&answer.positive)?])
}

/// An answer in the form of Ollama's chat endpoint.
fn said(reply: &Reply, text: &str) -> ResponseTemplate {
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

/// What the explainer makes of a stand-in that answers so.
async fn asked(answer: ResponseTemplate, reply: &Reply) -> Result<String, Fallback> {
    let stand_in = stand_in(answer).await;
    explainer(&stand_in.uri()).explain(release().policy(), reply).await
}

fn explainer(url: &str) -> Explainer {
    let policy = &release().policy().explanation;
    let local = Explanation { ollama_url: url.to_owned(), timeout_ms: TIMEOUT_MS, ..policy.clone() };
    Explainer::new(&local).expect("the stand-in is on this machine")
}
