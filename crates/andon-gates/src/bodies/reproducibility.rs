//! The family `reproducibility`: do the same inputs give the same model, and the same package?

use std::process::Command;

use andon::evidence::layout;
use andon::families::reproducibility::{
    denied_dependencies, distinct_digests, distinct_files, output, scores_of_another_asking,
};
use andon::gate::Gate;
use andon::{Facts, Measured, Model, Record, Release};

use crate::body::{Body, Surroundings, not_measured};

/// The bodies by question.
pub(super) fn find_body<R: Record>(question: &str) -> Option<Body<R>> {
    match question {
        // The licences and sources of all dependencies are allowed.
        "dependencies" => Some(|gate, _, _| denied_dependencies(gate.release().root())),
        "model_digest" => Some(model_digest),
        "package" => Some(package),
        _ => None,
    }
}

/// Another process, on another number of threads, comes to the same digests of the model and of its scores, which hold
/// the forests of every repeat of the cross-validation. It also grows the same forests on other weights, subsets and
/// orders of the rows, where a learner that leaves anything to chance differs even if it is lucky with the data of the
/// release. A command is asked again about the same rows, in another order and in other batches. The gate vouches for
/// the model that ships, and for the scores that the next candidate is compared with.
fn model_digest<R: Record>(gate: &mut Gate<'_, R>, surroundings: &Surroundings<R>, _: &str) -> Measured {
    let release = gate.release();
    let judged = gate.judged()?;
    if let Some(command) = &judged.command {
        let measured = scores_of_another_asking(command, judged);
        gate.vouch_candidate()?;
        return measured;
    }
    // The answers are written while the other process trains.
    let (theirs, ours) = std::thread::scope(|scope| {
        let theirs = scope.spawn(|| surroundings.remade(release));
        let ours = release.digests_with(&judged.candidate, &judged.frame, 1).map_err(not_measured);
        let ours = ours.and_then(|ours| gate.vouch_candidate().map(|()| ours));
        (theirs.join(), ours)
    });
    let theirs = theirs.map_err(|_| not_measured("the wait for the training process panicked"))??;
    distinct_digests(&ours?, std::slice::from_ref(&theirs.digests))
}

/// The gates that look at what the other process makes.
const ABOUT_THE_OTHER_PROCESS: [&str; 2] = ["reproducibility.model_digest", "reproducibility.package"];

/// Starts the other process, so that it works beside the other gates, if this release has a gate that will look at what
/// it makes. If it fails, so do they.
pub(crate) fn begin_other_process<R: Record>(release: &'static Release<R>, surroundings: Surroundings<R>) {
    let policy = release.policy();
    let asks_command = policy.scores.as_ref().is_some_and(|scores| scores.command().is_some());
    let is_asked = policy.gates.keys().any(|gate| ABOUT_THE_OTHER_PROCESS.contains(&gate.as_str()));
    if is_asked && !asks_command {
        // If there is no thread to be had, the gates ask themselves.
        let _ = std::thread::Builder::new().spawn(move || surroundings.remade(release).map(drop));
    }
}

/// Another process writes the same card, of a model that it trained itself, and a model that is read from its bytes is
/// written to the same bytes. Of a command it writes the card of the scores that are known: to ask it again is
/// [`model_digest`]'s.
fn package<R: Record>(gate: &mut Gate<'_, R>, surroundings: &Surroundings<R>, _: &str) -> Measured {
    let release = gate.release();
    let judged = gate.judged()?;
    let facts = Facts::collect(release, judged).map_err(not_measured)?;
    let card = (surroundings.program.card)(&facts).map_err(not_measured)?;
    let again = if judged.command.is_some() {
        let mut writing = Command::new(surroundings.executable);
        output(writing.args(["card", "--release"]).arg(release.root()))?
    } else {
        surroundings.remade(release)?.card.clone()
    };
    let cards = vec![card, again];
    if judged.candidate.model.is_only_scores() {
        return distinct_files(&[(layout::CARD, cards)]);
    }
    let json = &judged.candidate.model_json;
    let again = Model::from_json(json).map_err(not_measured)?.to_json();
    let models = [json, &again].map(|json| String::from_utf8_lossy(json).into_owned());
    distinct_files(&[(layout::CARD, cards), (layout::MODEL, models.to_vec())])
}
