//! The answers that the gates vouch for.

use std::path::{Path, PathBuf};

use andon_evidence::evidence::Store;
use andon_evidence::files::{self, sha256_hex};
use andon_evidence::layout::{ANSWERS, QUESTIONS};
use andon_evidence::package::{Package, PackageError};
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::load_bar::ExpectedLoad;

/// A question for the server, and the reply of the judged model.
#[derive(Deserialize)]
pub(crate) struct Question {
    /// The origin of the request, such as a row of the data file.
    pub(crate) origin: String,
    /// The record.
    pub(crate) request: Map<String, Value>,
    /// The record as one row of numbers, if every column has a number.
    pub(crate) matrix: Option<Vec<Value>>,
    /// The reply, member by member.
    pub(crate) reply: Map<String, Value>,
}

impl Question {
    /// A difference, with the request whole.
    pub(super) fn describe(&self, path: &str, difference: &str) -> String {
        let request = Value::Object(self.request.clone());
        format!("{path}\n  asked     {}\n  row       {request}\n  found     {difference}", self.origin)
    }
}

/// Everything that the program must answer, as the gates vouch for it.
pub(crate) struct ExpectedAnswers {
    pub(super) data: PathBuf,
    pub(super) answers: Vec<u8>,
    pub(super) questions: Vec<Question>,
    pub(super) questions_sha256: String,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) fingerprint: String,
    pub(super) decision_path: String,
    /// The load that the program must bear, if the policy states one.
    pub(super) load: Option<ExpectedLoad>,
}

impl ExpectedAnswers {
    /// Reads the answers from the store. They must be the ones that a gate of the package vouches for.
    ///
    /// # Errors
    /// [`PackageError::NotVouched`] if no gate does, or if a file was changed. Another error if there is no answer.
    pub(crate) fn read(root: &Path, package: &Package) -> Result<Self> {
        let vouched = |name: &str| -> Result<Vec<u8>> {
            let bytes = files::read(&Store::in_root(root).path(name)).unwrap_or_default();
            let digest = sha256_hex(&bytes);
            let is_vouched = package.manifest.decision.vouched().get(name) == Some(&digest.as_str());
            if is_vouched { Ok(bytes) } else { Err(PackageError::NotVouched(name.to_owned()).into()) }
        };
        let answers = vouched(ANSWERS)?;
        ensure!(answers.split_inclusive(|byte| *byte == b'\n').count() > 1, "{ANSWERS} holds no answer");
        let questions = String::from_utf8(vouched(QUESTIONS)?).with_context(|| format!("{QUESTIONS} is not text"))?;
        let questions_sha256 = sha256_hex(questions.as_bytes());
        let questions: Vec<Question> = questions.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        ensure!(!questions.is_empty(), "{QUESTIONS} holds no question");
        let policy = package.policy()?;
        Ok(Self {
            data: root.join(&policy.data.file),
            answers,
            questions,
            questions_sha256,
            name: package.manifest.name.clone(),
            version: package.manifest.version.clone(),
            fingerprint: package.manifest.fingerprint.digest().to_owned(),
            load: ExpectedLoad::of(&policy),
            decision_path: policy.serve.path,
        })
    }

    /// The number of rows that `predict` must answer.
    pub(super) fn rows(&self) -> usize {
        self.answers.iter().filter(|byte| **byte == b'\n').count().saturating_sub(1)
    }
}
