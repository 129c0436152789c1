//! The built program under the load of the policy: as many clients at once as it says, and the bar of `serving.load`.

use std::sync::{Mutex, PoisonError};

use andon_evidence::load::{LoadFigures, ask_at_once};
use serde_json::{Value, json};

use super::expected::ExpectedAnswers;
use super::refused::RefusedProgram;
use super::server::RehearsalServer;
use super::server_client::ServerClient;
use super::session;

/// Asks the server from many clients at once, one record in a request. Every answer must be the judged one, too.
///
/// # Errors
/// [`RefusedProgram`] for an answer that differs, for too many failures, and for a bar that is missed.
pub(super) fn check(
    server: &RehearsalServer,
    expected: &ExpectedAnswers,
) -> Result<Option<LoadFigures>, RefusedProgram> {
    let Some(load) = &expected.load else { return Ok(None) };
    let path = &expected.decision_path;
    let question = |place: usize| &expected.questions[place % expected.questions.len()];
    let difference = Mutex::new(None);
    let put = |client: &ServerClient, place| client.post_json(path, &json!(question(place).request));
    let compare = |place, answer: Value| {
        if let Err(found) = session::compare(expected, question(place), path, &answer, &[]) {
            difference.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(found);
        }
    };
    let run = ask_at_once(&load.load, || ServerClient::new(server, expected), put, compare);
    match difference.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(found) => Err(RefusedProgram::Differs(found)),
        None => load.judge(&run).map(Some),
    }
}
