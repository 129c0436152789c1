//! The dep-info files that rustc leaves beside every library and program: the files that it read, and the environment
//! variables that the code holds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::files::{self, FileError};

/// The extension of a dep-info file.
pub(super) const EXTENSION: &str = "d";
/// The comment that names an environment variable.
const VARIABLE: &str = "# env-dep:";

/// The content of one dep-info file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct DepInfo {
    /// The files that the compiler read, the root of the crate first; some relative to the workspace.
    pub(super) files: Vec<PathBuf>,
    /// The environment variables that were set while it read them, with their values as they are escaped there.
    pub(super) variables: BTreeMap<String, String>,
}

impl DepInfo {
    pub(super) fn read(path: &Path) -> Result<Self, FileError> {
        Ok(Self::parse(&String::from_utf8_lossy(&files::read(path)?)))
    }

    fn parse(text: &str) -> Self {
        let mut info = Self::default();
        for line in text.lines() {
            if let Some(variable) = line.strip_prefix(VARIABLE) {
                // Without a value the variable was asked for and not set.
                let pair = variable.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
                info.variables.extend(pair);
            } else if info.files.is_empty()
                && let Some((_, listed)) = line.split_once(": ")
            {
                info.files = unescaped(listed);
            }
        }
        info
    }
}

/// The paths between the blanks; a blank inside a path has a backslash before it.
fn unescaped(listed: &str) -> Vec<PathBuf> {
    let parts = listed.replace("\\ ", "\0");
    parts.split(' ').filter(|path| !path.is_empty()).map(|path| PathBuf::from(path.replace('\0', " "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_variables_are_read_and_blanks_belong_to_a_path() {
        let text = "/t/deps/gate-1.d: tests/main.rs ../a\\ b.txt\n\n/t/deps/gate-1: tests/main.rs ../a\\ b.txt\n\n\
                    tests/main.rs:\n../a\\ b.txt:\n\n# env-dep:LEVEL=3=x\n# env-dep:UNSET\n";
        let info = DepInfo::parse(text);
        assert_eq!(info.files, [PathBuf::from("tests/main.rs"), PathBuf::from("../a b.txt")]);
        assert_eq!(info.variables, BTreeMap::from([("LEVEL".to_owned(), "3=x".to_owned())]));
        assert_eq!(DepInfo::parse(""), DepInfo::default());
    }
}
