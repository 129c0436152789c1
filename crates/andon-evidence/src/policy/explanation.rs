//! The table `[explanation]`: words that no explanation may hold and, if the team has one, the local language model
//! that may word an explanation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::policy::error::KeyProblem;
use crate::policy::limits;
use crate::policy::reason::stated;

/// The explanations of the answers.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// Language of the explanations; `en` is the one that there is a vocabulary for.
    pub language: String,
    /// Words and phrases that no explanation may hold, by the ground that they stand for. Protected attributes, their
    /// groups and proxies are forbidden without being listed.
    pub never: BTreeMap<String, Vec<String>>,
    /// The local language model, if there is one. Without one the template words every explanation.
    pub language_model: Option<LanguageModel>,
}

/// The local language model that may word an explanation.
#[derive(Debug, Clone, Serialize)]
pub struct LanguageModel {
    /// Address of Ollama, `http://`; every address that its host resolves to must be loopback.
    pub ollama_url: String,
    /// The reason why Ollama may be on another machine, if it may.
    pub elsewhere_because: Option<String>,
    /// Name of the model.
    pub model: String,
    /// The longest time that an applicant waits for the model, over all tries: 1 to 60,000 ms.
    pub timeout_ms: u64,
    /// The number of times that a call that failed on the way is repeated within that time, 0 to 10.
    pub retries: u32,
    /// Most calls at once, 1 to 100; a language model serves few callers well.
    pub concurrent_calls: usize,
    /// The number of failures in a row after which no call is made for a while, 1 to 1,000.
    pub breaker_failures: u32,
    /// The length of that pause, 1 to 3,600,000 ms.
    pub breaker_pause_ms: u64,
}

/// The table as it is written: the keys of the language model stand beside the others, all of them or none.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExplanation {
    language: Option<String>,
    #[serde(default)]
    pub(super) never: BTreeMap<String, Vec<String>>,
    ollama_url: Option<String>,
    elsewhere_because: Option<String>,
    model: Option<String>,
    timeout_ms: Option<u64>,
    retries: Option<u32>,
    concurrent_calls: Option<usize>,
    breaker_failures: Option<u32>,
    breaker_pause_ms: Option<u64>,
}

impl RawExplanation {
    pub(super) fn check(&self) -> Result<(), KeyProblem> {
        if let Some(language) = self.language.as_ref().filter(|language| *language != "en") {
            let problem = format!("`{language}` has no vocabulary to judge answers by; allowed is en");
            return Err(("explanation.language".to_owned(), problem));
        }
        if self.names_a_key_of_the_model() {
            self.check_required()?;
        }
        self.timeout_ms.map_or(Ok(()), |value| limits::TIMEOUT_MS.check(value))?;
        self.retries.map_or(Ok(()), |value| limits::RETRIES.check(value))?;
        self.concurrent_calls.map_or(Ok(()), |value| limits::CONCURRENT_CALLS.check(value))?;
        self.breaker_failures.map_or(Ok(()), |value| limits::BREAKER_FAILURES.check(value))?;
        self.breaker_pause_ms.map_or(Ok(()), |value| limits::BREAKER_PAUSE_MS.check(value))?;
        self.elsewhere_because.as_ref().map_or(Ok(()), |why| stated("explanation.elsewhere_because", why))
    }

    fn names_a_key_of_the_model(&self) -> bool {
        self.ollama_url.is_some()
            || self.elsewhere_because.is_some()
            || self.model.is_some()
            || self.timeout_ms.is_some()
            || self.retries.is_some()
            || self.concurrent_calls.is_some()
            || self.breaker_failures.is_some()
            || self.breaker_pause_ms.is_some()
    }

    fn check_required(&self) -> Result<(), KeyProblem> {
        let required = [
            ("ollama_url", self.ollama_url.is_some()),
            ("model", self.model.is_some()),
            ("timeout_ms", self.timeout_ms.is_some()),
        ];
        match required.iter().find(|(_, is_there)| !is_there) {
            Some((key, _)) => Err((
                format!("explanation.{key}"),
                "is missing: a language model needs `ollama_url`, `model` and `timeout_ms`; a team without one writes \
                 none of its keys"
                    .to_owned(),
            )),
            None => Ok(()),
        }
    }

    /// The table, after its check.
    pub(super) fn checked(self) -> Explanation {
        let language_model = match (self.ollama_url, self.model, self.timeout_ms) {
            (Some(ollama_url), Some(model), Some(timeout_ms)) => Some(LanguageModel {
                ollama_url,
                elsewhere_because: self.elsewhere_because,
                model,
                timeout_ms,
                retries: self.retries.unwrap_or(1),
                concurrent_calls: self.concurrent_calls.unwrap_or(2),
                breaker_failures: self.breaker_failures.unwrap_or(3),
                breaker_pause_ms: self.breaker_pause_ms.unwrap_or(30_000),
            }),
            _ => None,
        };
        Explanation { language: self.language.unwrap_or_else(|| "en".to_owned()), never: self.never, language_model }
    }
}
