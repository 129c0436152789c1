//! The Go/No-Go gates, one file per family; the path of a test here is the id of its gate in `release.toml`.
//!
//! | family | asks |
//! |---|---|
//! | [`contract`] | are the data what they claim to be, and is every other row refused? |
//! | [`accuracy`] | is the model right often enough, better than simpler means, and right everywhere? |
//! | [`calibration`] | does 0.8 mean 8 in 10? |
//! | [`fairness`] | are groups treated alike, and what gives them away? |
//! | [`robustness`] | what must not change an answer, and what must not make it worse? |
//! | [`drift`] | are the later rows like the earlier ones? |
//! | [`reproducibility`] | do the same inputs give the same model, and the same package? |
//! | [`explanation`] | is what the model says of its answers true? |
//! | [`latency`] | how long does one decision take? |
//! | [`serving`] | is the served answer the one that was judged? |
//! | [`card`] | has a person approved the model card? |
//! | [`table_of_contents`] | has every gate of the policy a test that runs? |

mod accuracy;
mod calibration;
mod card;
mod contract;
mod drift;
mod explanation;
mod fairness;
mod latency;
mod reproducibility;
mod robustness;
mod serving;
mod table_of_contents;

use std::path::Path;
use std::sync::LazyLock;

use andon::families::probe::Probe;
use andon::gate::Red;
use andon::judge::NotMeasured;
use andon::release::{Judged, Release};
use loan_approval::application::LoanApplication;

/// What a gate's test returns.
type Gate = Result<(), Red>;

/// The release under judgement, shared by all gates of this process.
fn release() -> &'static Release<LoanApplication> {
    static RELEASE: LazyLock<Release<LoanApplication>> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        loan_approval::open(root).unwrap_or_else(|error| panic!("{error}"))
    });
    &RELEASE
}

/// Small forests by the release's own learner, to ask what some columns tell.
fn probe(judged: &Judged<LoanApplication>) -> Probe {
    Probe::new(release().policy(), &judged.frame, loan_approval::recipe::grow)
}

/// Turns any error into a finding that there was nothing to measure.
fn not_measured(error: impl std::fmt::Display) -> NotMeasured {
    NotMeasured(error.to_string())
}
