//! Whether the same inputs give the same model.

use std::collections::BTreeSet;
use std::process::Command;

use andon_evidence::judge::{Measurement, NotMeasured, Unit};

use crate::measure::Measured;

/// How many different model digests a candidate and the given training processes come to; 1 is reproducible. Each
/// command must print the SHA-256 of the model it trained, and nothing else, on its standard output.
///
/// # Errors
/// Not measured when a process fails or prints no digest.
pub fn distinct_digests(candidate_sha256: &str, trainings: Vec<Command>) -> Measured {
    let n = trainings.len() as u64 + 1;
    let failed = |error: std::io::Error| NotMeasured(format!("failed to train in another process: {error}"));
    let start = |mut training: Command| training.stdout(std::process::Stdio::piped()).spawn().map_err(failed);
    let running = trainings.into_iter().map(start).collect::<Result<Vec<_>, _>>()?;
    let mut digests = BTreeSet::from([candidate_sha256.to_owned()]);
    for training in running {
        let output = training.wait_with_output().map_err(failed)?;
        let digest = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() || digest.len() != 64 {
            return Err(NotMeasured(format!("a training process ended with {} and `{digest}`", output.status)));
        }
        digests.insert(digest);
    }
    Measurement::exact(digests.len() as f64, Unit::Count, n)
}
