//! How a gate's state looks: a colour, and for those who see none a sign and a shape.

use andon_evidence::decision::{Outcome, State};

use crate::report::plot::canvas::Mark;

/// Colour, sign and shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tone {
    /// The class that gives the colour.
    pub(crate) class: &'static str,
    /// In front of the word.
    pub(crate) sign: &'static str,
    /// In drawings.
    pub(crate) mark: Mark,
}

const GO: Tone = Tone { class: "go", sign: "✓", mark: Mark::Circle };
const WAIVED: Tone = Tone { class: "waived", sign: "△", mark: Mark::Triangle };
const NO_GO: Tone = Tone { class: "no", sign: "✕", mark: Mark::Diamond };
const OPEN: Tone = Tone { class: "open", sign: "○", mark: Mark::Square };

/// The tone of a state; a waived gate is not shown as a green one.
pub(crate) fn of_state(state: State) -> Tone {
    if state == State::Waived { WAIVED } else { of_outcome(state.outcome()) }
}

/// The tone of a decision.
pub(crate) fn of_outcome(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Go => GO,
        Outcome::NoGo => NO_GO,
        Outcome::Incomplete => OPEN,
    }
}
