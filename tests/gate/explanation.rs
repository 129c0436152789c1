//! Is what the model says of its answers true?

use std::time::Duration;

use andon::judge::{Measurement, Unit};
use andon::policy::Explanation;
use andon::reply::Reply;
use andon_serve::explain::{Explainer, Fallback};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use andon::gate_id;

use crate::{Gate, not_measured, release};

/// What the features moved adds up to the probability, on every row.
#[test]
fn additivity() -> Gate {
    release().gate(&gate_id!(), |gate| andon::explanation::additivity(gate.judged()?))
}

/// It is what the definition of the Shapley value comes to, subset by subset.
#[test]
fn definition() -> Gate {
    release().gate(&gate_id!(), |gate| andon::explanation::definition(gate.judged()?))
}

/// The strongest reason is the strongest too where other applicants' values stand in for what is not known.
#[test]
fn methods() -> Gate {
    release().gate(&gate_id!(), |gate| andon::explanation::methods(gate.judged()?))
}

/// Every denial comes with its principal reasons, in the policy's words and the order of their weight.
#[test]
fn reasons() -> Gate {
    release().gate(&gate_id!(), |gate| andon::explanation::reasons(gate.judged()?))
}

/// The first reason does not hang on how a figure was rounded.
#[test]
fn stability() -> Gate {
    release().gate(&gate_id!(), |gate| andon::explanation::stability(gate.judged()?))
}

/// Who follows a reason does not lose by it.
#[test]
fn favourable() -> Gate {
    release().gate(&gate_id!(), |gate| andon::explanation::favourable(gate.judged()?))
}

/// The dictionary has words for every value that an applicant could be told.
#[test]
fn wording() -> Gate {
    release().gate(&gate_id!(), |gate| andon::explanation::wording(gate.judged()?))
}

/// What is said to turn a denial into an approval does.
#[test]
fn counterfactuals() -> Gate {
    release().gate(&gate_id!(), |gate| andon::explanation::counterfactuals(gate.judged()?))
}

/// The text is in plain English.
#[test]
fn readable() -> Gate {
    release().gate(&gate_id!(), |gate| andon::explanation::readable(gate.judged()?))
}

/// However the local language model misbehaves, the template serves; and when it behaves, its words are used.
#[test]
fn fallback() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let judged = gate.judged()?;
        let policy = release().policy();
        let replies = judged.dataset.rows.iter().filter_map(|row| judged.decider.reply(row).ok());
        let denial = replies.into_iter().find(|reply| reply.decision == policy.answer.negative);
        let denial = denial.ok_or_else(|| not_measured("no row is denied"))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(not_measured)?;
        runtime.block_on(async {
            let truth = format!("The answer is {}, most of all for {}.", denial.decision, denial.reasons[0].text);
            let heard = asked(said(&truth), &denial).await;
            assert_eq!(heard.ok().as_ref(), Some(&truth), "a true explanation was refused");
            let negative = &policy.answer.negative;
            let lies = [
                truth.replace(negative.as_str(), &policy.answer.positive),
                format!("{negative}, because the applicant is black."),
                format!("{negative} with a probability of 77.7 %."),
                String::new(),
            ];
            let failures = [
                ResponseTemplate::new(500),
                ResponseTemplate::new(404),
                said(&truth).set_delay(Duration::from_millis(2 * TIMEOUT_MS)),
                ResponseTemplate::new(200).set_body_string("{\"message\": {\"content\": \"{"),
            ];
            let (mut shown, n) = (0, (lies.len() + failures.len()) as u64 + 1);
            for lie in lies {
                // Being too late would be the wrong reason.
                shown += u64::from(!matches!(asked(said(&lie), &denial).await, Err(Fallback::Refused(_))));
            }
            for failure in failures {
                shown += u64::from(asked(failure, &denial).await.is_ok());
            }
            // Port 9 is the discard service: nobody listens there.
            shown += u64::from(asked_at("http://127.0.0.1:9", &denial).await.is_ok());
            Measurement::exact(shown as f64, Unit::Count, n)
        })
    })
}

/// How long the stand-in may take.
const TIMEOUT_MS: u64 = 1_000;

/// An answer in the form of Ollama's chat endpoint.
fn said(text: &str) -> ResponseTemplate {
    let content = serde_json::json!({ "text": text }).to_string();
    ResponseTemplate::new(200)
        .set_body_json(serde_json::json!({ "message": { "role": "assistant", "content": content } }))
}

/// What the explainer makes of a stand-in that answers so.
async fn asked(answer: ResponseTemplate, reply: &Reply) -> Result<String, Fallback> {
    let stand_in = MockServer::start().await;
    Mock::given(matchers::path("/api/chat")).respond_with(answer).mount(&stand_in).await;
    asked_at(&stand_in.uri(), reply).await
}

async fn asked_at(url: &str, reply: &Reply) -> Result<String, Fallback> {
    let policy = release().policy();
    let local = Explanation { ollama_url: url.to_owned(), timeout_ms: TIMEOUT_MS, ..policy.explanation.clone() };
    Explainer::new(&local).expect("the stand-in is on this machine").explain(policy, reply).await
}
