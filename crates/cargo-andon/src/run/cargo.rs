//! Cargo as a child process in the root of the release.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use andon_evidence::files::FileError;
use andon_evidence::fingerprint;
use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The name of cargo's home in the messages of the program: those of a panic name the source. The path of the home
/// would make the program of another machine another file.
const HOME_IN_MESSAGES: &str = "/cargo";

/// The variables with flags for the compiler, of which cargo takes the first that is set, and the sign between two
/// flags. If one is set, cargo takes no flag of its configuration.
const FLAGS: [(&str, char); 2] = [("CARGO_ENCODED_RUSTFLAGS", '\u{1f}'), ("RUSTFLAGS", ' ')];

/// The cargo that runs this program. If none does, the cargo in `PATH`. Everything that it compiles names cargo's home
/// in the same way on every machine.
pub(crate) fn command(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    if let Some(home) = fingerprint::cargo_home() {
        let set = FLAGS.into_iter().find_map(|(name, sign)| Some((sign, std::env::var(name).ok()?)));
        rename_home(&mut command, &home, set);
    }
    command
}

/// Adds the flag that renames cargo's home, to the flags of the environment or to those of the configuration.
fn rename_home(command: &mut Command, home: &Path, set: Option<(char, String)>) {
    let rename = format!("--remap-path-prefix={}={HOME_IN_MESSAGES}", home.display());
    match set {
        None => {
            let list = toml::Value::Array(vec![rename.into()]);
            command.arg("--config").arg(format!("build.rustflags={list}"));
        }
        Some((sign, flags)) => {
            let flags = flags.split(sign).filter(|flag| !flag.is_empty() && *flag != rename).map(str::to_owned);
            let flags: Vec<String> = flags.chain([rename.clone()]).collect();
            command.env(FLAGS[0].0, flags.join(&FLAGS[0].1.to_string()));
        }
    }
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

    fn flags(home: &str, set: Option<(char, &str)>) -> (Vec<String>, Option<String>) {
        let mut command = Command::new("cargo");
        rename_home(&mut command, Path::new(home), set.map(|(sign, flags)| (sign, flags.to_owned())));
        let text = |text: &std::ffi::OsStr| text.to_string_lossy().into_owned();
        let set = command.get_envs().find_map(|(_, value)| value.map(text));
        (command.get_args().map(text).collect(), set)
    }

    #[test]
    fn the_home_of_cargo_is_renamed_beside_the_flags_that_a_user_sets() {
        let renamed = "--remap-path-prefix=/a b=/cargo";
        let configured = format!("build.rustflags=[\"{renamed}\"]");
        assert_eq!(flags("/a b", None), (vec!["--config".to_owned(), configured], None));
        let set = |flags: &str| (Vec::new(), Some(flags.to_owned()));
        assert_eq!(flags("/a b", Some((' ', "--cfg x"))), set(&format!("--cfg\u{1f}x\u{1f}{renamed}")));
        let both = format!("-O\u{1f}{renamed}");
        assert_eq!(flags("/a b", Some(('\u{1f}', &both))), set(&both), "named once");
    }

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
