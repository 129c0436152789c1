//! Has a person approved the model card?

use andon::Facts;
use andon::evidence::layout;
use andon::families::card::differing_lines;
use andon::judge::{Measurement, Unit};

use andon::gate_id;

use crate::{Gate, not_measured, release};

/// The card equals the approved one, line by line. A person approves a change with `cargo insta review`.
#[test]
fn approved() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let facts = Facts::collect(release(), gate.judged()?).map_err(not_measured)?;
        let card = loan_approval::card::render(&facts).map_err(not_measured)?;
        gate.vouch(layout::CARD, card.as_bytes())?;
        gate.vouch_figures(&facts.figures)?;
        let shown = std::panic::catch_unwind(|| show_difference(&card));
        // This gate counts too, because the configuration of insta can make it accept anything.
        let differing = differing_lines(&card, &snapshots().join("model_card.snap")).map_err(not_measured)?;
        assert!(shown.is_ok() || differing > 0, "insta refuses a card that equals its snapshot");
        Measurement::exact(differing as f64, Unit::Count, card.lines().count() as u64)
    })
}

fn snapshots() -> std::path::PathBuf {
    release().root().join("snapshots")
}

/// Prints the difference to the approved card, and saves the new card for `cargo insta review`.
fn show_difference(card: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(snapshots());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("model_card", card));
}
