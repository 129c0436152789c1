//! The inputs that the command of `[model]` names: the files that the policy lists beside it, and each word of the
//! command that is a file of the release, such as its script.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::FingerprintError;
use super::paths::relative_to;
use crate::layout;
use crate::policy::ScoreCommand;

/// The files and folders of the release in `root` that the scores of a command depend on, as far as they are known. The
/// interpreter and what it has installed are none of them.
///
/// # Errors
/// [`FingerprintError::Missing`] if a listed file is absent, or not one input is known: the evidence would then hold
/// for any program of that name.
pub fn command_inputs(root: &Path, command: &ScoreCommand) -> Result<Vec<PathBuf>, FingerprintError> {
    let policy = layout::POLICY;
    if let Some(absent) = command.files.iter().find(|file| fs::symlink_metadata(root.join(file)).is_err()) {
        let absent = absent.display();
        return Err(FingerprintError::Missing(format!(
            "{policy} lists {absent} under model.files, and there is no such file or folder\nnext: correct model.files"
        )));
    }
    let mut inputs = command.files.clone();
    inputs.extend(command.words().filter_map(|word| file_in(root, Path::new(word))));
    inputs.sort();
    inputs.dedup();
    if inputs.is_empty() {
        return Err(FingerprintError::Missing(format!(
            "no word of model.command in {policy}, `{command}`, names a file of the release, so nothing would show that \
             the model is another one\nnext: list the model, its script or its lock file under model.files"
        )));
    }
    Ok(inputs)
}

/// The file that a word names, by its path from `root`; `None` for every other word, and for a file elsewhere.
fn file_in(root: &Path, word: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(root).ok()?.join(word);
    let way = relative_to(&std::path::absolute(root).ok()?, &path);
    (path.is_file() && !way.starts_with("..")).then_some(way)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(root: &Path, command: &[&str], files: &[&str]) -> Result<Vec<String>, String> {
        let command = ScoreCommand {
            command: command.iter().map(|word| (*word).to_owned()).collect(),
            files: files.iter().map(PathBuf::from).collect(),
            time_limit_s: 1,
            explained_rows: 100,
            explained_pairs: 50,
        };
        let inputs = command_inputs(root, &command).map_err(|error| error.to_string())?;
        Ok(inputs.iter().map(|path| path.display().to_string()).collect())
    }

    #[test]
    fn a_word_that_is_a_file_of_the_release_is_an_input_however_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("model/deep")).unwrap();
        for file in ["score.py", "model/a.bin", "model/deep/b.bin"] {
            fs::write(root.join(file), "x").unwrap();
        }
        let absolute = root.join("score.py").display().to_string();
        for (command, expected) in [
            (vec!["python3", "score.py"], vec!["score.py"]),
            (vec!["./score.py"], vec!["score.py"]),
            (vec!["python3", "model/../score.py", "--model=model/a.bin"], vec!["model/a.bin", "score.py"]),
            (vec!["python3", &absolute], vec!["score.py"]),
            (vec!["sh", "-c", "exec python3 'score.py' < model/deep/b.bin"], vec!["model/deep/b.bin", "score.py"]),
        ] {
            assert_eq!(inputs(root, &command, &[]).unwrap(), expected, "{command:?}");
        }
        assert_eq!(inputs(root, &["score"], &["model"]).unwrap(), ["model"]);
        // Nothing outside the release is one, and neither is a folder that a word happens to name.
        let outside = tempfile::NamedTempFile::new().unwrap();
        let outside = outside.path().display().to_string();
        for command in [vec!["sh"], vec!["model"], vec!["python3", &outside], vec!["python3", "absent.py"]] {
            let error = inputs(root, &command, &[]).unwrap_err();
            assert!(error.contains(command[0]) && error.contains("next: list the model"), "{error}");
        }
        let error = inputs(root, &["python3", "score.py"], &["requirements.txt"]).unwrap_err();
        assert!(error.contains("requirements.txt") && error.contains("no such file"), "{error}");
    }
}
