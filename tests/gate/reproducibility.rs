//! Do the same inputs give the same model?

use std::process::Command;

use crate::{Gate, release};
use andon::gate_id;

/// Two other processes, on one thread and on two, come to the candidate's digest. Vouches for the model that ships,
/// and for the scores that the next candidate is compared by.
#[test]
fn model_digest() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let candidate = &gate.judged()?.candidate;
        let training = |threads: &str| {
            let mut program = Command::new(env!("CARGO_BIN_EXE_loan-approval"));
            program.args(["train", "--threads", threads, "--release"]).arg(release().root());
            program
        };
        let measured =
            andon::reproducibility::distinct_digests(&candidate.model_sha256, vec![training("1"), training("2")]);
        gate.vouch_candidate()?;
        measured
    })
}
