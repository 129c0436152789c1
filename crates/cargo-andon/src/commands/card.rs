//! `card`: prints the model card.

use std::path::Path;

use andon_evidence::evidence::Store;
use andon_evidence::files;
use andon_evidence::layout::CARD;
use andon_evidence::{EXIT_GO, EXIT_INCOMPLETE, EXIT_NO_GO};
use anyhow::Result;

use crate::console;

use andon_evidence::run::current_decision;

/// Prints the model card if the current evidence vouches for it. Stops on the release stand before it.
///
/// # Errors
/// If an input is broken or the card cannot be read or printed.
pub(crate) fn run(root: &Path) -> Result<u8> {
    let decision = current_decision(root)?;
    let path = Store::in_root(root).path(CARD);
    let card = if path.exists() { files::read(&path)? } else { Vec::new() };
    if decision.vouched().get(CARD) != Some(&files::sha256_hex(&card).as_str()) {
        console::hint(&format!("no gate vouches for this {CARD} on these inputs\nnext: cargo test"));
        return Ok(EXIT_INCOMPLETE);
    }
    decision.stops.iter().try_for_each(|stop| console::print(&format!("> **STOPPED**: {stop}\n")))?;
    console::print(&String::from_utf8_lossy(&card))?;
    Ok(if decision.stops.is_empty() { EXIT_GO } else { EXIT_NO_GO })
}
