//! `tests/gate/`: one line for each gate of the policy, in the file of its family.

mod scan;
mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use andon_evidence::files;
use andon_evidence::policy::GateId;

use crate::error::NewError;
use scan::tests_in;
use text::{family_head, main_file, with_module, with_test};

/// The folder of the gates' tests.
const FOLDER: &str = "tests/gate";

/// Files of that folder whose tests are no gates.
const NO_GATES: [&str; 2] = ["main", "table_of_contents"];

/// The tests of all gates, for a project that has none yet.
pub(crate) fn all<'a>(name: &str, gates: impl Iterator<Item = &'a GateId>) -> Vec<(PathBuf, String)> {
    let mut families: BTreeMap<&str, String> = BTreeMap::new();
    for gate in gates {
        let text = families.entry(gate.family()).or_insert_with(|| family_head(gate.family()));
        *text = with_test(text, gate);
    }
    let main = main_file(name, families.keys().copied());
    let files = families.into_iter().map(|(family, text)| (path(family), text));
    files.chain([(path("main"), main)]).collect()
}

fn path(module: &str) -> PathBuf {
    Path::new(FOLDER).join(format!("{module}.rs"))
}

/// The work and the findings of `cargo andon gates`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GateTests {
    /// Paths of the tests that were written.
    pub written: Vec<String>,
    /// Paths of the tests that are no gate of the policy.
    pub without_bar: Vec<String>,
}

/// Writes the tests that the gates of a policy lack, and lists those that have no bar.
///
/// # Errors
/// [`NewError`] if a file cannot be read or written.
pub fn complete<'a>(root: &Path, gates: impl Iterator<Item = &'a GateId>) -> Result<GateTests, NewError> {
    let mut found = GateTests::default();
    let gates: Vec<&GateId> = gates.collect();
    let mut modules: Vec<String> = modules(root)?;
    let mut has: Vec<String> = Vec::new();
    for module in &modules {
        let text = String::from_utf8_lossy(&files::read(&root.join(path(module)))?).into_owned();
        has.extend(tests_in(&text).into_iter().map(|test| format!("{module}::{test}")));
    }
    for gate in gates.iter().filter(|gate| !has.contains(&gate.test_path())) {
        let family = gate.family();
        let file = root.join(path(family));
        let text = if file.is_file() {
            String::from_utf8_lossy(&files::read(&file)?).into_owned()
        } else {
            add_module(root, family)?;
            modules.push(family.to_owned());
            family_head(family)
        };
        files::write_atomically(&file, with_test(&text, gate).as_bytes())?;
        found.written.push(gate.test_path());
    }
    let has_bar = |test: &String| gates.iter().any(|gate| gate.test_path() == *test);
    found.without_bar = has.into_iter().filter(|test| !has_bar(test)).collect();
    Ok(found)
}

/// The files of the folder that hold gates.
fn modules(root: &Path) -> Result<Vec<String>, NewError> {
    let folder = root.join(FOLDER);
    let entries = folder.read_dir().map_err(files::FileError::io("read", &folder))?;
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".rs")?.to_owned()));
    let mut names: Vec<String> = names.filter(|name| !NO_GATES.contains(&name.as_str())).collect();
    names.sort();
    Ok(names)
}

fn add_module(root: &Path, family: &str) -> Result<(), NewError> {
    let main = root.join(path("main"));
    let text = String::from_utf8_lossy(&files::read(&main)?).into_owned();
    Ok(files::write_atomically(&main, with_module(&text, family).as_bytes())?)
}
