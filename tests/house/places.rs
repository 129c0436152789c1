//! Places: how many files a folder holds, and where a family stands.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::source::Source;

/// Files that a folder may hold, `mod.rs` among them.
const MAX_FILES_IN_A_FOLDER: usize = 15;

/// Folders that hold more files than a person surveys.
pub(crate) fn full_folders(sources: &[Source]) -> Vec<String> {
    let mut files: BTreeMap<&str, usize> = BTreeMap::new();
    for source in sources {
        *files.entry(source.path.rsplit_once('/').map_or("", |(folder, _)| folder)).or_default() += 1;
    }
    let full = files.into_iter().filter(|(_, count)| *count > MAX_FILES_IN_A_FOLDER);
    full.map(|(folder, count)| format!("{folder}: {count} files")).collect()
}

/// Families of the policy that have no place among the modules.
pub(crate) fn families_without_a_place(
    place: &str,
    families: &BTreeSet<String>,
    modules: &BTreeSet<String>,
) -> Vec<String> {
    families.difference(modules).map(|family| format!("the family {family} has no {place}")).collect()
}

/// The names of modules in a folder.
pub(crate) fn modules_in(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(folder).expect("the folder is here").flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().trim_end_matches(".rs").to_owned()).collect()
}

pub(crate) fn text_of(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("the file is here")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_folder_is_found() {
        let files = |count| -> Vec<Source> {
            (0..count).map(|at| Source::new(&format!("crates/x/src/room/a{at}.rs"), "")).collect()
        };
        assert!(full_folders(&files(MAX_FILES_IN_A_FOLDER)).is_empty());
        assert_eq!(full_folders(&files(MAX_FILES_IN_A_FOLDER + 1)), ["crates/x/src/room: 16 files"]);
    }

    #[test]
    fn a_family_without_a_place_is_found() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let missing = families_without_a_place("room", &names(&["drift", "luck"]), &names(&["drift", "mod"]));
        assert_eq!(missing, ["the family luck has no room"]);
    }
}
