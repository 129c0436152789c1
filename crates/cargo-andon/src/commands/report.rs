//! `report`: writes the report into the store, and opens it on request.

use std::path::Path;
use std::process::Command;

use andon_evidence::evidence::Store;
use andon_evidence::files;
use andon_evidence::layout::POLICY;
use andon_evidence::package::identity;
use andon_evidence::package::previous::PreviousRelease;
use andon_evidence::policy::Policy;
use anyhow::Result;

use crate::console;
use crate::report::{AlternativesFound, Contents, FigureEvidence, REPORT_FILE, render};
use andon_evidence::run::current_decision;

/// Writes the report of the release in `root` into its store, prints the path, and opens the file if `open` is set.
///
/// # Errors
/// If an input is broken or the file cannot be written.
pub(crate) fn run(root: &Path, open: bool) -> Result<u8> {
    let decision = current_decision(root)?;
    let policy = Policy::read(root)?;
    let policy_text = String::from_utf8_lossy(&files::read(&root.join(POLICY))?).into_owned();
    let (name, version) = identity(root)?;
    let store = Store::in_root(root);
    let previous = PreviousRelease::read(root)?;
    let html = render(Contents {
        identity: (&name, &version),
        decision: &decision,
        policy: &policy,
        policy_text: &policy_text,
        figures: &FigureEvidence::read(&store, &decision),
        previous: previous.as_ref().map(|previous| &previous.manifest),
        alternatives: &AlternativesFound::read(root, &policy, &decision),
    })?;
    let path = store.path(REPORT_FILE);
    files::write_atomically(&path, html.as_bytes())?;
    console::print(&format!("{}: {}", decision.outcome, path.display()))?;
    if open {
        open_file(&path);
    }
    Ok(decision.outcome.exit_code())
}

/// Opens the file with the system's opener. If that fails, a message says so; the file stays where it is.
fn open_file(path: &Path) {
    let mut opener = opener();
    let status = opener.arg(path).status();
    if !status.is_ok_and(|status| status.success()) {
        console::hint(&format!("failed to open the report with {}", opener.get_program().display()));
    }
}

fn opener() -> Command {
    if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        let mut start = Command::new("cmd");
        // The empty word is the title of the window; without it a path in quotes would be.
        start.args(["/C", "start", ""]);
        start
    } else {
        Command::new("xdg-open")
    }
}
