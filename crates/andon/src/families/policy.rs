//! The family `policy`: has a person decided what a program proposed?

use std::path::{Path, PathBuf};

use andon_evidence::files;
use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};
use andon_evidence::layout::POLICY;
use andon_evidence::proposals::marks;

use crate::measure::sample::{MAX_NAMED_PARTS, Measured};

/// The number of proposals that nobody has confirmed, in `release.toml` and in the sources below `src/`: comments that
/// begin with `proposed:`, as `cargo andon new` writes them. The parts name them, with file and line. Both places are
/// inputs of the fingerprint, so a mark cannot go or come without a new decision.
///
/// # Errors
/// Not measured when a file cannot be read.
pub fn reviewed(root: &Path) -> Measured {
    let mut sources = Vec::new();
    rust_files(&root.join("src"), &mut sources).map_err(|error| NotMeasured(format!("src: {error}")))?;
    sources.sort();
    let mut lines = 0;
    let mut parts = Vec::new();
    for path in std::iter::once(root.join(POLICY)).chain(sources) {
        let bytes = files::read(&path).map_err(|error| NotMeasured(error.to_string()))?;
        let text = String::from_utf8_lossy(&bytes);
        lines += text.lines().count() as u64;
        let file = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        let part = |(line, what): (usize, &str)| Part { name: format!("{file} line {line}: {what}"), value: 1.0, n: 1 };
        parts.extend(marks(&text).map(part));
    }
    let count = parts.len() as f64;
    parts.truncate(MAX_NAMED_PARTS);
    Ok(Measurement::exact(count, Unit::Count, lines)?.with_parts(parts))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_counted_until_they_are_gone() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| files::write_atomically(&root.path().join(path), text.as_bytes()).unwrap();
        assert!(reviewed(root.path()).is_err(), "a release without sources is not reviewed");
        write("release.toml", "# proposed: the label\nlabel = \"a\"\n");
        write("src/deep/record.rs", "    // proposed: a range\n");
        let measured = reviewed(root.path()).unwrap();
        assert!((measured.value() - 2.0).abs() < 1e-12);
        assert_eq!(measured.parts()[0].name, "release.toml line 1: the label");
        write("release.toml", "label = \"a\"\n");
        write("src/deep/record.rs", "// a range that a person proposed: fine\n");
        assert!(reviewed(root.path()).unwrap().value().abs() < 1e-12);
    }
}
