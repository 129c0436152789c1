//! The look of a state: a colour, and a sign and a shape for readers who cannot see it.

use andon_evidence::decision::{GateState, Outcome};

use crate::report::plot::canvas::MarkShape;

/// Colour, sign and shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tone {
    /// The class that gives the colour.
    pub(crate) class: &'static str,
    /// The sign in front of the word.
    pub(crate) sign: &'static str,
    /// The shape in drawings.
    pub(crate) mark: MarkShape,
}

const GO: Tone = Tone { class: "go", sign: "✓", mark: MarkShape::Circle };
const WAIVED: Tone = Tone { class: "waived", sign: "△", mark: MarkShape::Triangle };
const NO_GO: Tone = Tone { class: "no", sign: "✕", mark: MarkShape::Diamond };
const OPEN: Tone = Tone { class: "open", sign: "○", mark: MarkShape::Square };

/// The tone of a state. A waived or warned gate does not look like a green one.
pub(crate) fn tone_of_state(state: GateState) -> Tone {
    if state.is_exception() { WAIVED } else { tone_of_outcome(state.outcome()) }
}

/// The tone of a decision.
pub(crate) fn tone_of_outcome(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Go | Outcome::GoForScores => GO,
        Outcome::NoGo => NO_GO,
        Outcome::Incomplete => OPEN,
    }
}
