//! Opening a file with whatever the system opens its kind with.

use std::path::Path;
use std::process::Command;

/// Opens the file; where that fails it says so, and the file is there all the same.
pub(super) fn open(path: &Path) {
    let mut opener = opener();
    let status = opener.arg(path).status();
    if !status.is_ok_and(|status| status.success()) {
        eprintln!("failed to open it with {}", opener.get_program().display());
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
