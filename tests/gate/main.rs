//! The Go/No-Go gates, one file per family; the path of a test here is the id of its gate in `release.toml`.
//!
//! | family | asks |
//! |---|---|
//! | [`contract`] | are the data what they claim to be, and is every other row refused? |
//! | [`accuracy`] | is the model right often enough, better than simpler means, and right everywhere? |
//! | [`calibration`] | does 0.8 mean 8 in 10? |
//! | [`fairness`] | are groups treated alike, and do the features reveal them? |
//! | [`robustness`] | do answers stay the same, or get no worse, if inputs change? |
//! | [`drift`] | are the later rows like the earlier ones? |
//! | [`reproducibility`] | do the same inputs give the same model, and the same package? |
//! | [`explanation`] | are the explanations of the answers true? |
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
use std::sync::atomic::{AtomicBool, Ordering};

use andon::families::probe::Probe;
use andon::judge::NotMeasured;
use andon::{Judged, Red, Release};
use loan_approval::application::LoanApplication;

/// The result of a gate's test.
type Gate = Result<(), Red>;

/// The release under judgement, shared by all gates of this process.
fn release() -> &'static Release<LoanApplication> {
    static RELEASE: LazyLock<Result<Release<LoanApplication>, String>> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        loan_approval::open(root).map_err(|error| error.to_string())
    });
    static TOLD: AtomicBool = AtomicBool::new(false);
    RELEASE.as_ref().unwrap_or_else(|error| {
        // One cause is told once: the other gates only say that they did not run.
        if TOLD.swap(true, Ordering::Relaxed) {
            panic!("nothing to judge: the release cannot be opened, and another gate says why");
        }
        panic!("{error}\nnext: mend it, then cargo test")
    })
}

/// Small forests by the learner of the release, which show how well some columns predict another.
fn probe(judged: &Judged<LoanApplication>) -> Probe {
    Probe::new(release().policy(), &judged.frame, loan_approval::recipe::grow)
}

/// Turns any error into the finding that nothing could be measured.
fn not_measured(error: impl std::fmt::Display) -> NotMeasured {
    NotMeasured(error.to_string())
}
