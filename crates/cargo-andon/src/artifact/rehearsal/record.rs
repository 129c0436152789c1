//! The record of a rehearsal: a file of the artifact, so that who verifies the artifact sees which program was asked
//! what.

use andon_evidence::decision::Decision;
use andon_evidence::files::sha256_hex;
use andon_evidence::layout::{ANSWERS, QUESTIONS};
use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

use super::expected::ExpectedAnswers;
use super::session;

/// The file name of the record in the artifact.
pub(crate) const REHEARSAL_FILE: &str = "rehearsal.json";

/// The number of passes: with the model inside the program, and with the model in the folder.
const PASSES: usize = 2;

/// The program that was asked, and everything that it was asked. An artifact holds this file only if the program gave
/// every answer as judged.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RehearsalRecord {
    /// The digest of the program.
    program_sha256: String,
    /// The digest of the answers to the data file, for which a gate vouches.
    answers_sha256: String,
    /// The digest of the questions with their replies, for which a gate vouches.
    questions_sha256: String,
    /// The number of rows that `predict` answered.
    rows: usize,
    /// The number of different questions.
    questions: usize,
    /// The number of requests over HTTP, broken ones included.
    requests: usize,
    /// The number of clients that asked at once.
    clients: usize,
}

impl RehearsalRecord {
    /// The record of the rehearsal of a program.
    pub(crate) fn new(program: &[u8], expected: &ExpectedAnswers) -> Self {
        Self {
            program_sha256: sha256_hex(program),
            answers_sha256: sha256_hex(&expected.answers),
            questions_sha256: expected.questions_sha256.clone(),
            rows: expected.rows(),
            questions: expected.questions.len(),
            requests: PASSES * session::count_requests(expected),
            clients: session::CLIENTS,
        }
    }

    /// Checks that the record is about this program and about the answers for which this decision vouches.
    ///
    /// # Errors
    /// The digest that differs.
    pub(crate) fn check(&self, program: &[u8], decision: &Decision) -> Result<()> {
        let vouched = decision.vouched();
        ensure!(self.program_sha256 == sha256_hex(program), "{REHEARSAL_FILE}: another program was rehearsed");
        for (name, digest) in [(ANSWERS, &self.answers_sha256), (QUESTIONS, &self.questions_sha256)] {
            ensure!(
                vouched.get(name) == Some(&digest.as_str()),
                "{REHEARSAL_FILE}: no gate vouches for the {name} of the rehearsal"
            );
        }
        Ok(())
    }

    /// One line that says what the program was asked.
    pub(crate) fn line(&self) -> String {
        format!(
            "rehearsal: the built program answered {} rows by predict and {} questions in {} requests over HTTP, {} \
             clients at once, as judged",
            self.rows, self.questions, self.requests, self.clients,
        )
    }
}
