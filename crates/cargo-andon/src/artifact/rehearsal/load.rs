//! The built program under the load of the policy: as many clients at once as it says, and the bar of `serving.load`.

use std::sync::{Mutex, PoisonError};

use andon_evidence::judge::{Bar, Verdict};
use andon_evidence::load::{LoadFigures, LoadRun, ask_at_once};
use andon_evidence::policy::{GateId, Load, Policy};
use serde_json::{Value, json};

use super::RefusedProgram;
use super::expected::ExpectedAnswers;
use super::server::RehearsalServer;
use super::server_client::ServerClient;
use super::session;

/// The load, and the bar that the program must meet under it.
pub(crate) struct ExpectedLoad {
    load: Load,
    gate: GateId,
    bar: Bar,
    /// True if a waiver lets the bar be missed.
    is_waived: bool,
}

impl ExpectedLoad {
    /// The load of a policy, if it states one. Its waivers are in force: the decision was GO.
    pub(super) fn of(policy: &Policy) -> Option<Self> {
        let (load, gate, bar) = policy.load_gate()?;
        let is_waived = policy.waiver(gate).is_some();
        Some(Self { load: load.clone(), gate: gate.clone(), bar: bar.clone(), is_waived })
    }

    fn judge(&self, run: &LoadRun) -> Result<LoadFigures, RefusedProgram> {
        let refused = |why: String| RefusedProgram::UnderLoad(format!("{}: {why}", self.gate));
        if !self.is_waived {
            run.check_failures(&self.load).map_err(|error| refused(error.to_string()))?;
        }
        let measured = run.measure().map_err(|error| refused(error.to_string()))?;
        let figures = run.figures(&self.load, &measured);
        let verdict = self.bar.judge(&measured);
        if verdict == Verdict::Go || self.is_waived {
            return Ok(figures);
        }
        Err(refused(format!("{figures}; the bar is {} ms", self.bar)))
    }
}

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
