//! Has a person approved the model card?

use andon::card::{Facts, differing_lines};
use andon::evidence::package;
use andon::judge::{Measurement, Unit};

use crate::{Gate, not_measured, release};

/// The card is the approved one, line by line. `cargo insta review` is how a person approves a change.
#[test]
fn approved() -> Gate {
    release().gate("card.approved", |gate| {
        let facts = Facts::of(release(), gate.judged()?).map_err(not_measured)?;
        let card = loan_approval::card::render(&facts).map_err(not_measured)?;
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(release().root().join("snapshots"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!("model_card", card));
        let differing = differing_lines(&card, &release().root().join("snapshots/model_card.snap"));
        gate.vouch(package::CARD, card.as_bytes())?;
        let lines = card.lines().count() as u64;
        Measurement::exact(differing.map_err(not_measured)? as f64, Unit::Count, lines)
    })
}
