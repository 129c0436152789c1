//! The family `card`: has a person approved the model card?

use std::path::Path;

use andon::evidence::layout;
use andon::families::card::differing_lines;
use andon::gate::Gate;
use andon::judge::{Measurement, Unit};
use andon::{Facts, Measured, Record};

use crate::body::{Surroundings, not_measured};

/// The finding before a first approval.
const NOBODY_YET: &str =
    "nobody has approved a model card yet; `cargo insta review` shows it (`cargo install cargo-insta` once)";

/// The finding of a card that hides that nothing but scores was judged.
const SAYS_TOO_MUCH: &str = "the card hides that it is GO for scores only, or a gate that was not asked: its template \
                             must show `facts.scores_only()` and each gate of `facts.policy.not_asked()`";

/// The card equals the approved one, line by line. A person approves a change with `cargo insta review`.
pub(super) fn approved<R: Record>(gate: &mut Gate<'_, R>, surroundings: &Surroundings<R>, _: &str) -> Measured {
    let release = gate.release();
    let facts = Facts::collect(release, gate.judged()?).map_err(not_measured)?;
    let card = (surroundings.program.card)(&facts).map_err(not_measured)?;
    if !facts.is_told_whole(&card) {
        return Err(gate.refuse(SAYS_TOO_MUCH));
    }
    gate.vouch(layout::CARD, card.as_bytes())?;
    gate.vouch_figures(&facts.figures)?;
    let snapshots = release.root().join("snapshots");
    let shown = std::panic::catch_unwind(|| show_difference(&snapshots, &card));
    let approved = snapshots.join("model_card.snap");
    if !approved.is_file() {
        return Err(not_measured(NOBODY_YET));
    }
    // This gate counts too, because the configuration of insta can make it accept anything.
    let differing = differing_lines(&card, &approved).map_err(not_measured)?;
    if shown.is_err() && differing == 0 {
        return Err(gate.refuse("insta refuses a card that equals its snapshot"));
    }
    Measurement::exact(differing as f64, Unit::Count, card.lines().count() as u64)
}

/// Prints the difference to the approved card, and saves the new card for `cargo insta review`.
fn show_difference(snapshots: &Path, card: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(snapshots);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("model_card", card));
}
