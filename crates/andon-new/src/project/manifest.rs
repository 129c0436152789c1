//! `Cargo.toml`.

use std::path::Path;

use crate::project::context::Harness;

const TEMPLATE: &str = include_str!("../../templates/Cargo.toml.txt");

/// The crates of the harness that a project names.
const CRATES: [&str; 4] = ["andon", "andon-evidence", "andon-gates", "andon-program"];

/// The manifest of a project.
pub(super) fn to_toml(name: &str, harness: &Harness) -> String {
    let mut text = TEMPLATE.replace("PROJECT", name);
    for name in CRATES {
        text = text.replace(&format!("\"HARNESS/{name}\""), &place(harness, name));
    }
    text
}

fn place(harness: &Harness, name: &str) -> String {
    match harness {
        Harness::Checkout(root) => format!("path = {}", toml::Value::from(slashed(&root.join("crates").join(name)))),
        Harness::Published(version) => format!("version = \"={version}\""),
    }
}

fn slashed(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}
