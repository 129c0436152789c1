//! `new`: a project from a data file.

use std::io::{BufRead, IsTerminal, stdin};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use andon_evidence::EXIT_GO;
use andon_new::{Answers, Harness, NewError, Project};
use anyhow::{Result, bail};

use crate::arguments::NewArguments;
use crate::console::{hint, print};

/// The word for no protected attribute.
const NONE: &str = "none";

/// Proposes a project and writes it into a folder of its name. On a terminal it asks for answers that are missing.
///
/// # Errors
/// If the file or an answer is broken, the folder holds something, or a file cannot be written.
pub(crate) fn run(arguments: &NewArguments) -> Result<u8> {
    check_name(&arguments.name)?;
    let folder = PathBuf::from(&arguments.name);
    let mut answers = answers(arguments);
    let harness = harness();
    let project = if stdin().is_terminal() {
        ask(&mut answers, &harness, &mut stdin().lock())?
    } else {
        Project::propose(&answers, &harness)?
    };
    project.write(&folder)?;
    init_repository(&folder);
    print(&project.summary)?;
    hint(&format!("next: cd {} && cargo test --no-fail-fast", arguments.name));
    Ok(EXIT_GO)
}

fn answers(arguments: &NewArguments) -> Answers {
    let named = |names: &Vec<String>| {
        let names = names.iter().map(|name| name.trim().to_owned());
        names.filter(|name| name != NONE && !name.is_empty()).collect()
    };
    Answers {
        name: arguments.name.clone(),
        data: arguments.data.clone(),
        label: arguments.label.clone(),
        favourable: arguments.favourable.clone(),
        protected: arguments.protected.as_ref().map(named),
        id: arguments.id.clone(),
        time: arguments.time.clone(),
    }
}

/// The checkout that this program was built from, if it is still there; else the published crates of its version.
fn harness() -> Harness {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).filter(|root| root.join("crates/andon").is_dir());
    match root {
        Some(root) => Harness::Checkout(root.to_owned()),
        None => Harness::Published(env!("CARGO_PKG_VERSION").to_owned()),
    }
}

/// A package of cargo, a crate of Rust and a path of the service have this name.
fn check_name(name: &str) -> Result<()> {
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-' || letter == '_';
    let reserved = ["andon", "core", "gate", "outcome", "std", "test"];
    if name.starts_with(|first: char| first.is_ascii_lowercase()) && name.chars().all(fits) && !reserved.contains(&name)
    {
        return Ok(());
    }
    bail!("`{name}` cannot be the name of a project: use small letters, digits and dashes, and begin with a letter")
}

/// Proposes until every answer that is needed is there. Each question says what its answer is for.
fn ask(answers: &mut Answers, harness: &Harness, input: &mut impl BufRead) -> Result<Project> {
    let mut asked_for_protected = false;
    loop {
        let proposed = Project::propose(answers, harness);
        match proposed {
            Ok(project) if asked_for_protected || answers.protected.is_some() => return Ok(project),
            Ok(project) => {
                hint(&project.summary);
                let more = "further protected attributes, parted by commas, or nothing; the gates of fairness compare their groups:";
                let line = answer(more, input)?;
                asked_for_protected = true;
                if line.is_empty() {
                    return Ok(project);
                }
                answers.protected = Some(names(&line));
            }
            Err(NewError::Answer { flag, problem, next }) => {
                let line = answer(&format!("{problem}\n({next})\n{flag}:"), input)?;
                if line.is_empty() {
                    return Err(NewError::Answer { flag, problem, next }.into());
                }
                take(answers, flag, line);
            }
            Err(other) => return Err(other.into()),
        }
    }
}

fn answer(question: &str, input: &mut impl BufRead) -> Result<String> {
    hint(question);
    let mut line = String::new();
    input.read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

fn names(line: &str) -> Vec<String> {
    line.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty() && name != NONE).collect()
}

fn take(answers: &mut Answers, flag: &str, line: String) {
    match flag {
        "--label" => answers.label = Some(line),
        "--favourable" => answers.favourable = Some(line),
        "--protected" => answers.protected = Some(names(&line)),
        "--id" => answers.id = Some(line),
        "--time" => answers.time = Some(line),
        _ => answers.data = PathBuf::from(line),
    }
}

/// Makes a repository, unless there is one around the folder already or git is absent. Nothing depends on it.
fn init_repository(folder: &Path) {
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
        git.status().is_ok_and(|status| status.success())
    };
    if !git(&["rev-parse", "--is-inside-work-tree"]) {
        git(&["init"]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(lines: &str) -> Result<Project> {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("a.csv");
        let rows: String = (0..200).map(|row| format!("{row},{},{}\n", row % 7, ["yes", "no"][row % 2])).collect();
        std::fs::write(&data, format!("member id,visits,stayed\n{rows}"))?;
        let mut answers = Answers { name: "a".to_owned(), data, ..Answers::default() };
        ask(&mut answers, &Harness::Published("1.0.0".to_owned()), &mut lines.as_bytes())
    }

    #[test]
    fn every_missing_answer_is_asked_for() {
        let project = asked("stayed\nyes\nnone\n").unwrap();
        assert!(project.summary.contains("1 is `yes` (100 rows)"), "{}", project.summary);
    }

    #[test]
    fn no_answer_ends_the_questions() {
        let error = |lines: &str| asked(lines).unwrap_err().to_string();
        assert!(error("").starts_with("--label: which column is the outcome"));
        assert!(error("stayed\n\n").starts_with("--favourable: which value"));
        assert!(error("nobody\n").starts_with("--label: there is no column `nobody`"));
    }

    #[test]
    fn names_that_cargo_and_rust_take() {
        assert!(check_name("german-credit").is_ok());
        for name in ["", "9lives", "Loans", "a b", "test", "../a"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
