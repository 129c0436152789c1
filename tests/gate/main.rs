//! The Go/No-Go gates, one file per family; the path of a test here is the id of its gate in `release.toml`. The
//! harness measures what each id asks.
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

// A table of contents is read a line a gate, which rustfmt would break into four.
#[rustfmt::skip]
mod accuracy;
#[rustfmt::skip]
mod calibration;
#[rustfmt::skip]
mod card;
#[rustfmt::skip]
mod contract;
#[rustfmt::skip]
mod drift;
#[rustfmt::skip]
mod explanation;
#[rustfmt::skip]
mod fairness;
#[rustfmt::skip]
mod latency;
#[rustfmt::skip]
mod reproducibility;
#[rustfmt::skip]
mod robustness;
#[rustfmt::skip]
mod serving;
#[rustfmt::skip]
mod table_of_contents;

use andon::gate_id;
use andon_gates::{Gate, Gates};
use loan_approval::PROGRAM;
use loan_approval::application::LoanApplication;

/// The gates of this release, which all tests of this process share.
static GATES: Gates<LoanApplication> =
    Gates::new(&PROGRAM, env!("CARGO_MANIFEST_DIR"), env!("CARGO_BIN_EXE_loan-approval"));

/// Judges the gate of this id.
fn gate(id: &str) -> Gate {
    GATES.judge(id)
}
