//! The manifest of the copy: paths that lead out of the release lead to the same place from elsewhere.

use std::path::{Path, PathBuf};

use andon_evidence::files;
use andon_evidence::layout::CARGO_MANIFEST;
use anyhow::{Context, Result};
use toml::{Table, Value};

/// The manifest with absolute paths in the place of those that lead out of `root`; `None` if there are none.
///
/// # Errors
/// If it cannot be read.
pub(super) fn with_absolute_paths(root: &Path) -> Result<Option<Vec<u8>>> {
    let path = root.join(CARGO_MANIFEST);
    let text = String::from_utf8_lossy(&files::read(&path)?).into_owned();
    let table: Table = toml::from_str(&text).with_context(|| path.display().to_string())?;
    let mut outside = Vec::new();
    paths_outside(root, &table, &mut outside);
    let changed = outside.iter().fold(text.clone(), |text, (path, place)| {
        text.replace(&format!("{path:?}"), &Value::from(place.display().to_string()).to_string())
    });
    Ok((changed != text).then(|| changed.into_bytes()))
}

/// Each path of a package beside or above the root, and where it leads.
fn paths_outside(root: &Path, table: &Table, outside: &mut Vec<(String, PathBuf)>) {
    for (key, value) in table {
        match value {
            Value::Table(inner) => paths_outside(root, inner, outside),
            Value::String(path) if key == "path" && path.starts_with("..") => {
                let place = root.join(path).canonicalize();
                outside.extend(place.ok().filter(|place| place.is_dir()).map(|place| (path.clone(), place)));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_out_of_the_release_leads_to_the_same_place() {
        let home = tempfile::tempdir().unwrap();
        let at = |path: &str| home.path().join(path);
        std::fs::create_dir_all(at("crates/one")).unwrap();
        std::fs::create_dir_all(at("release/two")).unwrap();
        let write = |text: &str| std::fs::write(at("release/Cargo.toml"), text).unwrap();
        write("[dependencies]\none = { path = \"../crates/one\" } # ours\ntwo = { path = \"two\" }\n");
        let changed = String::from_utf8(with_absolute_paths(&at("release")).unwrap().unwrap()).unwrap();
        let place = at("crates/one").canonicalize().unwrap();
        assert_eq!(
            changed,
            format!("[dependencies]\none = {{ path = \"{}\" }} # ours\ntwo = {{ path = \"two\" }}\n", place.display())
        );
        write("[dependencies]\ntwo = { path = \"two\" }\n");
        assert_eq!(with_absolute_paths(&at("release")).unwrap(), None);
    }
}
