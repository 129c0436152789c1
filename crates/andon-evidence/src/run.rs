//! The end of a run of `cargo test`: the decision that the gates add up to, and whether the run is red for it.
//!
//! Every gate can be green by itself while the decision is not GO: a family is decided together, and a test that
//! records nothing leaves its gate open. A test target without a harness calls [`RunEnd::read`] after the gates, so
//! that a red decision is a red `cargo test`.

use std::path::{Path, PathBuf};

use crate::EXIT_GO;
use crate::EXIT_USAGE;
use crate::decision::{Decision, Outcome};
use crate::evidence::{Store, today};
use crate::fingerprint::{Fingerprint, FingerprintError, Toolchain};
use crate::ledger::{Ledger, RowSketch};
use crate::package::PackageError;
use crate::package::previous::PreviousRelease;
use crate::policy::{Policy, PolicyError};
use crate::stops;

/// The name under which the end of a run is listed as a test.
pub const TEST_NAME: &str = "outcome";

/// Options of the test harness that take a value as the next argument.
const OPTIONS_WITH_VALUE: [&str; 7] =
    ["--test-threads", "--skip", "--format", "--logfile", "--color", "--shuffle-seed", "-Z"];

/// The decision cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CurrentError {
    /// `release.toml` is no policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The inputs cannot be read.
    #[error(transparent)]
    Fingerprint(#[from] FingerprintError),
    /// The previous release is not whole.
    #[error(transparent)]
    Previous(#[from] PackageError),
}

/// The decision that the stored evidence gives for the inputs in `root` as they are now.
///
/// # Errors
/// [`CurrentError`] if an input, the policy or the previous release is broken.
pub fn current_decision(root: &Path) -> Result<Decision, CurrentError> {
    let policy = Policy::read(root)?;
    let fingerprint = Fingerprint::take(root, &policy, &Toolchain::current())?;
    let baseline = PreviousRelease::baseline(root, &policy)?;
    Ok(Decision::fold(&policy, &fingerprint, &Store::in_root(root), &baseline, today()))
}

/// Keeps a decision in the ledger of the release in `root`, unless the ledger says the same already, and the stops on
/// the release. A decision about no candidate is not kept.
///
/// # Errors
/// [`CurrentError`] if the ledger cannot be written.
pub fn keep_in_ledger(root: &Path, decision: &Decision) -> Result<(), CurrentError> {
    let policy = Policy::read(root)?;
    stops::keep_in_ledger(root).map_err(PackageError::from)?;
    let Some((entry, seen)) = decision.ledger_entry(&policy, today()) else { return Ok(()) };
    let rows = RowSketch::of_data(root, &policy).map_err(PackageError::from)?;
    Ok(Ledger::append(root, entry, seen, &rows).map_err(PackageError::from)?)
}

/// Says why a test program must not judge: it was built for another folder than the one it runs in.
///
/// Two checkouts that share a target folder share their test programs as well, since cargo names the members of a
/// workspace by their place within it. `built_for` is the value of `CARGO_MANIFEST_DIR` at compile time; cargo sets the
/// same variable when it runs the program.
#[must_use]
pub fn built_elsewhere(built_for: &str) -> Option<String> {
    if is_running_package(Path::new(built_for)) {
        return None;
    }
    let here = running_package().unwrap_or_default();
    Some(format!(
        "this test program was built for {built_for} and runs in {}: it would judge the other folder\n\
         next: touch tests/gate/main.rs, then cargo test; give each checkout its own CARGO_TARGET_DIR",
        here.display()
    ))
}

/// True for the folder of the package whose test runs.
#[must_use]
pub fn is_running_package(root: &Path) -> bool {
    match (running_package().and_then(|here| here.canonicalize().ok()), root.canonicalize()) {
        (Some(here), Ok(root)) => here == root,
        _ => false,
    }
}

/// The folder of the package whose test runs. Cargo and nextest say it; a program that is started by hand runs in the
/// current folder.
fn running_package() -> Option<PathBuf> {
    std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).or_else(|| std::env::current_dir().ok())
}

/// The end of a run.
#[derive(Debug)]
pub struct RunEnd {
    asked: Asked,
    decision: Result<Decision, String>,
}

/// The request that the arguments of the test program make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// List the tests.
    List { terse: bool, ignored: bool },
    /// Every test runs.
    Whole,
    /// Some tests run, by a filter.
    Part,
}

impl RunEnd {
    /// Reads the decision in the folder that the test program was built for, and the arguments that it was called with.
    #[must_use]
    pub fn read(built_for: &str, arguments: impl Iterator<Item = String>) -> Self {
        let asked = asked(arguments);
        let decision = match built_elsewhere(built_for) {
            Some(why) => Err(why),
            None => decide(asked, Path::new(built_for)),
        };
        Self { asked, decision }
    }

    /// The code that the test program exits with: an incomplete decision is red only if every test was to run.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match (self.asked, &self.decision) {
            (Asked::List { .. }, _) => EXIT_GO,
            (_, Err(_)) => EXIT_USAGE,
            (Asked::Part, Ok(decision)) if decision.outcome == Outcome::Incomplete => EXIT_GO,
            (_, Ok(decision)) => decision.outcome.exit_code(),
        }
    }

    /// The text to print. `colour` adds terminal escapes.
    #[must_use]
    pub fn text(&self, colour: bool) -> String {
        match (self.asked, &self.decision) {
            (Asked::List { ignored: true, .. }, _) => String::new(),
            (Asked::List { terse, .. }, _) => {
                let count = if terse { "" } else { "\n1 test, 0 benchmarks\n" };
                format!("{TEST_NAME}: test\n{count}")
            }
            (_, Err(why)) => format!("\nerror: {why}\n"),
            (asked, Ok(decision)) => format!("\n{}\n", decision.end_of_run(colour, asked == Asked::Whole)),
        }
    }
}

/// The decision in `root`, which the ledger keeps. The reports of an earlier decision go first. If the tests are listed
/// only, nothing changes.
fn decide(asked: Asked, root: &Path) -> Result<Decision, String> {
    let is_run = !matches!(asked, Asked::List { .. });
    if is_run {
        Store::in_root(root).remove_reports().map_err(|error| error.to_string())?;
    }
    let decision = current_decision(root).map_err(|error| error.to_string())?;
    if is_run {
        // The decision is shown although the ledger cannot be written; it is no GO then.
        return Ok(match keep_in_ledger(root, &decision) {
            Ok(()) => decision,
            Err(error) => decision.with_doubt(error.to_string()),
        });
    }
    Ok(decision)
}

fn asked(arguments: impl Iterator<Item = String>) -> Asked {
    let arguments: Vec<String> = arguments.collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    if has("--list") {
        let terse = has("terse") || has("--format=terse");
        return Asked::List { terse, ignored: has("--ignored") };
    }
    let filters = filters(&arguments);
    let is_chosen = filters.is_empty() || filters.iter().any(|filter| TEST_NAME.contains(filter));
    if is_chosen && !skips_some(&arguments) { Asked::Whole } else { Asked::Part }
}

/// True if a test program with these arguments runs all its tests.
///
/// ```
/// use andon_evidence::run::runs_every_test;
/// let asked = |arguments: &[&str]| runs_every_test(arguments.iter().map(|argument| (*argument).to_owned()));
/// assert!(asked(&["--test-threads", "1"]) && !asked(&["fairness"]) && !asked(&["--list"]));
/// ```
#[must_use]
pub fn runs_every_test(arguments: impl Iterator<Item = String>) -> bool {
    let arguments: Vec<String> = arguments.collect();
    let is_listed = arguments.iter().any(|argument| argument == "--list");
    filters(&arguments).is_empty() && !skips_some(&arguments) && !is_listed
}

fn skips_some(arguments: &[String]) -> bool {
    arguments.iter().any(|argument| argument == "--ignored" || argument.starts_with("--skip"))
}

/// The names of tests, or parts of them, that the arguments ask for.
fn filters(arguments: &[String]) -> Vec<&str> {
    let mut filters = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if OPTIONS_WITH_VALUE.contains(&argument.as_str()) {
            rest.next();
        } else if !argument.starts_with('-') {
            filters.push(argument.as_str());
        }
    }
    filters
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::decision::Tries;
    use crate::{EXIT_INCOMPLETE, EXIT_NO_GO};
    use crate::{files, layout};

    fn asks(arguments: &[&str]) -> Asked {
        asked(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[test]
    fn the_arguments_of_cargo_and_nextest_are_understood() {
        for whole in
            [&[][..], &["--nocapture"], &["--test-threads", "1"], &["--exact", "outcome"], &["--format=pretty"]]
        {
            assert_eq!(asks(whole), Asked::Whole, "{whole:?}");
        }
        for part in
            [&["fairness"][..], &["--skip", "drift"], &["--skip=drift"], &["--exact", "drift::psi"], &["--ignored"]]
        {
            assert_eq!(asks(part), Asked::Part, "{part:?}");
        }
        assert_eq!(asks(&["--list", "--format", "terse"]), Asked::List { terse: true, ignored: false });
        assert_eq!(asks(&["--list", "--format", "terse", "--ignored"]), Asked::List { terse: true, ignored: true });
    }

    #[test]
    fn an_incomplete_decision_is_red_after_a_whole_run_only() {
        let decision = |outcome| Decision {
            outcome,
            fingerprint: "f".repeat(64),
            rows: Vec::new(),
            families: BTreeMap::new(),
            tries: Tries::default(),
            stops: Vec::new(),
            objections: Vec::new(),
            weakened: Vec::new(),
            remarks: Vec::new(),
            doubt: None,
        };
        let end = |asked, outcome| RunEnd { asked, decision: Ok(decision(outcome)) };
        assert_eq!(end(Asked::Whole, Outcome::Go).exit_code(), EXIT_GO);
        assert_eq!(end(Asked::Whole, Outcome::Incomplete).exit_code(), EXIT_INCOMPLETE);
        assert_eq!(end(Asked::Part, Outcome::Incomplete).exit_code(), EXIT_GO);
        assert!(end(Asked::Part, Outcome::Incomplete).text(false).contains("Decision: INCOMPLETE"));
        for asked in [Asked::Whole, Asked::Part] {
            assert_eq!(end(asked, Outcome::NoGo).exit_code(), EXIT_NO_GO);
            let broken = RunEnd { asked, decision: Err("no policy".to_owned()) };
            assert_eq!((broken.exit_code(), broken.text(false).contains("no policy")), (EXIT_USAGE, true));
        }
        let listed = end(Asked::List { terse: true, ignored: false }, Outcome::NoGo);
        assert_eq!((listed.exit_code(), listed.text(false).as_str()), (EXIT_GO, "outcome: test\n"));
    }

    #[test]
    fn the_reports_of_an_earlier_decision_do_not_outlive_a_run() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::in_root(root.path());
        let reports = [layout::JUNIT, layout::SARIF].map(|report| store.path(report));
        for report in &reports {
            files::write_atomically(report, b"GO").unwrap();
        }
        let _ = decide(Asked::List { terse: true, ignored: false }, root.path());
        assert!(reports.iter().all(|report| report.exists()));
        decide(Asked::Part, root.path()).expect_err("there is no policy");
        assert!(!reports.iter().any(|report| report.exists()));
        decide(Asked::Whole, root.path()).expect_err("there is no policy, and nothing to remove");
    }

    #[test]
    fn a_folder_other_than_the_one_it_was_built_for_is_told() {
        assert_eq!(built_elsewhere(env!("CARGO_MANIFEST_DIR")), None);
        let other = tempfile::tempdir().unwrap();
        let why = built_elsewhere(&other.path().to_string_lossy()).unwrap();
        assert!(why.contains(&*other.path().to_string_lossy()) && why.contains("CARGO_TARGET_DIR"), "{why}");
        assert!(built_elsewhere("/nowhere/at/all").is_some());
    }
}
