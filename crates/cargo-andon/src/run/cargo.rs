//! Cargo as a child process in the root of the release.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use andon_evidence::files::FileError;
use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The cargo that runs this program. If none does, the cargo in `PATH`.
pub(crate) fn command(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

/// Builds the deployed program and returns its path, which cargo knows.
///
/// # Errors
/// If the build fails, for the reason that cargo has printed, or makes not exactly one program to ship.
pub(crate) fn build_program(root: &Path, package: &str) -> Result<PathBuf> {
    let arguments = ["build", "--release", "--features", "deploy", "--message-format=json-render-diagnostics"];
    let mut build = command(root);
    let output = build.args(arguments).stderr(Stdio::inherit()).output();
    let output = output.map_err(FileError::io("run", Path::new(build.get_program())))?;
    if !output.status.success() {
        bail!("failed to build the program to ship: cargo {} ended with {}", arguments.join(" "), output.status);
    }
    find_program(&String::from_utf8_lossy(&output.stdout), &root.join("Cargo.toml"), package)
}

/// Finds the program of the package with this manifest in the messages of cargo. Of several, it is the one with the
/// name of the package.
fn find_program(messages: &str, manifest: &Path, package: &str) -> Result<PathBuf> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut programs: Vec<(String, PathBuf)> = messages.filter_map(|message| program_in(&message, manifest)).collect();
    if programs.len() > 1 {
        programs.retain(|(name, _)| name == package);
    }
    let (_, path) = programs.pop().with_context(|| format!("failed to find a program of {package} to ship"))?;
    Ok(path)
}

/// Name and path of the program in a message of cargo, if the message is about a program of this manifest.
fn program_in(message: &Value, manifest: &Path) -> Option<(String, PathBuf)> {
    let target = &message["target"];
    let is_program = target["kind"].as_array()?.iter().any(|kind| kind == "bin");
    let is_ours = Path::new(message["manifest_path"].as_str()?) == manifest;
    let path = message["executable"].as_str()?;
    (is_program && is_ours).then_some((target["name"].as_str()?.to_owned(), path.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn message(manifest: &str, kind: &str, name: &str, executable: Option<&str>) -> String {
        let target = json!({ "kind": [kind], "name": name });
        json!({ "target": target, "manifest_path": manifest, "executable": executable }).to_string()
    }

    fn found(messages: &[String]) -> Option<PathBuf> {
        find_program(&messages.join("\n"), Path::new("/r/Cargo.toml"), "loan").ok()
    }

    #[test]
    fn the_program_of_the_release_is_found_among_cargo_s_messages() {
        let ours = message("/r/Cargo.toml", "bin", "loan", Some("/t/release/loan"));
        let others = [
            json!({ "reason": "build-finished", "success": true }).to_string(),
            "not JSON".to_owned(),
            message("/r/Cargo.toml", "lib", "loan", None),
            message("/r/Cargo.toml", "custom-build", "build-script-build", Some("/t/build")),
            message("/elsewhere/Cargo.toml", "bin", "loan", Some("/t/release/other")),
        ];
        assert_eq!(found(&others), None);
        assert_eq!(found(&[&others[..], std::slice::from_ref(&ours)].concat()), Some("/t/release/loan".into()));
        let tool = message("/r/Cargo.toml", "bin", "tool", Some("/t/release/tool"));
        assert_eq!(found(std::slice::from_ref(&tool)), Some("/t/release/tool".into()));
        assert_eq!(found(&[ours, tool.clone()]), Some("/t/release/loan".into()));
        assert_eq!(found(&[tool.clone(), tool]), None);
    }
}
