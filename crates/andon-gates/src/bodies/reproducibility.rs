//! The family `reproducibility`: do the same inputs give the same model, and the same package?

use std::process::Command;

use andon::evidence::layout;
use andon::families::reproducibility::{
    denied_dependencies, distinct_digests, distinct_files, outputs, retrained, scores_of_another_asking,
};
use andon::gate::Gate;
use andon::judge::NotMeasured;
use andon::{Facts, Measured, Model, Record};

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
    let mut training = Command::new(surroundings.executable);
    training.args(["train", "--threads", "3", "--release"]).arg(release.root());
    // The answers are written while the other process trains.
    let (theirs, ours) = std::thread::scope(|scope| {
        let theirs = scope.spawn(|| retrained(release, training));
        let ours = release.digests_with(&judged.candidate, &judged.frame, 1).map_err(not_measured);
        let ours = ours.and_then(|ours| gate.vouch_candidate().map(|()| ours));
        (theirs.join(), ours)
    });
    let theirs = theirs.map_err(|_| NotMeasured("the wait for the training process panicked".to_owned()))??;
    distinct_digests(&ours?, &[theirs])
}

/// Another process writes the same card, and a model that is read from its bytes is written to the same bytes.
fn package<R: Record>(gate: &mut Gate<'_, R>, surroundings: &Surroundings<R>, _: &str) -> Measured {
    let release = gate.release();
    let judged = gate.judged()?;
    let mut writing = Command::new(surroundings.executable);
    writing.args(["card", "--release"]).arg(release.root());
    let facts = Facts::collect(release, judged).map_err(not_measured)?;
    let mut cards = vec![(surroundings.program.card)(&facts).map_err(not_measured)?];
    cards.extend(outputs(vec![writing])?);
    if judged.candidate.model.is_only_scores() {
        return distinct_files(&[(layout::CARD, cards)]);
    }
    let json = &judged.candidate.model_json;
    let again = Model::from_json(json).map_err(not_measured)?.to_json();
    let models = [json, &again].map(|json| String::from_utf8_lossy(json).into_owned());
    distinct_files(&[(layout::CARD, cards), (layout::MODEL, models.to_vec())])
}
