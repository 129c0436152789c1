//! Paths as a fingerprint names them: relative to the root, with `/`, also for what lies outside it.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::files::FileError;

/// Resolves `.` and `..` by name, so that one crate is not read under two paths.
pub(super) fn normalised(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.iter().collect()
}

pub(super) fn slashed(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

pub(super) fn list(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let failed = || FileError::io("read", folder);
    let entries = fs::read_dir(folder).map_err(failed())?;
    entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(failed())
}

/// The way from `root` to `path`, both absolute: with `..` if it leads out of `root`.
pub(super) fn relative_to(root: &Path, path: &Path) -> PathBuf {
    let root = normalised(root);
    let path = normalised(path);
    let common = root.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    if common == 0 {
        return path;
    }
    let up = root.components().skip(common).map(|_| Component::ParentDir);
    up.chain(path.components().skip(common)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_from_the_root_leads_also_out_of_it() {
        let way = |path: &str| slashed(&relative_to(Path::new("/a/b"), Path::new(path)));
        assert_eq!(
            [way("/a/b/c"), way("/a/c"), way("/x/./y"), way("/a/b/../d/e")],
            ["c", "../c", "../../x/y", "../d/e"]
        );
    }
}
