//! The template in place of a language model that fails or lies.

use std::time::Duration;

use andon::gate::Gate;
use andon::judge::NotMeasured;
use andon::measure::counterexamples::Counterexamples;
use andon::policy::Policy;
use andon::{Measured, Record, Reply};
use andon_serve::words::Fallback;
use wiremock::ResponseTemplate;

use super::replies::one_of_each;
use super::stand_in::{TIMEOUT_MS, chat_answer, explain_with, explainer, runtime};
use crate::body::{Surroundings, not_measured};

/// Port 9 belongs to the discard service: nothing listens there.
const NOBODY: &str = "http://127.0.0.1:9";

/// If the local language model fails or misbehaves, the template serves. If it behaves, its words are shown.
pub(super) fn fallback<R: Record>(gate: &mut Gate<'_, R>, _: &Surroundings<R>, _: &str) -> Measured {
    let policy = gate.release().policy();
    let [denial, _] = one_of_each(gate.judged()?)?;
    let reasons: Vec<&str> = denial.reasons.iter().map(|reason| reason.text.as_str()).collect();
    let truth = format!("The answer is {}, because of {}.", policy.answer.negative, reasons.join(", "));
    let lies = lies(policy, &truth)?;
    let failures = failures(&denial, &truth);
    let n = (lies.len() + failures.len()) as u64 + 1;
    let mut shown = Counterexamples::default();
    runtime()?.block_on(async {
        let heard = explain_with(policy, chat_answer(&denial, &truth), &denial).await?;
        heard.map_err(|why| not_measured(format!("a true explanation was refused: {why}\n{truth}")))?;
        for lie in lies {
            // A timeout would be the wrong reason for a refusal.
            match explain_with(policy, chat_answer(&denial, &lie), &denial).await? {
                Err(Fallback::Refused(_)) => {}
                other => shown.add(|| format!("a lie was not refused: {lie}\nthe result was {other:?}")),
            }
        }
        for (place, failure) in failures.into_iter().enumerate() {
            if let Ok(text) = explain_with(policy, failure, &denial).await? {
                shown.add(|| format!("failure {} of the language model was shown as {text}", place + 1));
            }
        }
        let nobody = explainer(policy, NOBODY)?.explain(policy, &denial).await;
        shown.add_defect(nobody.ok().map(|text| format!("nobody answered, and this was shown: {text}")));
        Ok::<(), NotMeasured>(())
    })?;
    shown.count(n)
}

/// Texts that are not true, or say what must never be said.
fn lies(policy: &Policy, truth: &str) -> Result<Vec<String>, NotMeasured> {
    let answer = &policy.answer;
    let unsayable = policy.never_said().next();
    let unsayable = unsayable.ok_or_else(|| not_measured("[explanation.never] forbids no word: list some"))?;
    Ok(vec![
        truth.replace(&answer.negative, &answer.positive),
        format!("{truth} The applicant is {unsayable}."),
        format!("{truth} The probability is 77.7 %."),
        String::new(),
    ])
}

/// Answers of a language model that is broken.
fn failures(denial: &Reply, truth: &str) -> Vec<ResponseTemplate> {
    vec![
        ResponseTemplate::new(500),
        ResponseTemplate::new(404),
        chat_answer(denial, truth).set_delay(Duration::from_millis(2 * TIMEOUT_MS)),
        ResponseTemplate::new(200).set_body_string("{\"message\": {\"content\": \"{"),
    ]
}
