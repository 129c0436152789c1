//! Runs the gates with `cargo test` and reads the output of libtest line by line.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use andon_evidence::files::FileError;
use andon_evidence::policy::Policy;
use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};

use crate::console;
use crate::run::cargo;

/// The time between two updates of the progress bar.
const UPDATE_INTERVAL: Duration = Duration::from_millis(200);

/// The result of a run of `cargo test`.
pub(crate) struct TestRun {
    /// True if cargo ended with success.
    pub(crate) passed: bool,
    /// Everything on standard output.
    output: String,
}

impl TestRun {
    /// The tests that failed, in the order in which they ended.
    pub(crate) fn red(&self) -> Vec<&str> {
        let ended = self.output.lines().filter_map(ended_test);
        ended.filter(|(_, result)| *result == "FAILED").map(|(test, _)| test).collect()
    }

    /// The reasons why tests failed: for each test program, the lines of libtest from `failures:` to the result.
    pub(crate) fn failures(&self) -> String {
        let mut inside = false;
        let mut text = String::new();
        for line in self.output.lines() {
            inside = line == "failures:" || (inside && !line.starts_with("test result: "));
            if inside {
                text.push_str(line);
                text.push('\n');
            }
        }
        text
    }
}

/// Runs every test of the release in `root` and shows the progress over the gates of `policy`. The tests are built as
/// the program that ships is, so that cargo compiles what both depend on once.
///
/// # Errors
/// If cargo cannot be run. A red test is no error here.
pub(crate) fn run(root: &Path, policy: &Policy) -> Result<TestRun> {
    let mut cargo = cargo::command(root);
    let failed = || FileError::io("run", Path::new("cargo test"));
    let mut child =
        cargo.args(["test", "--release", "--no-fail-fast"]).stdout(Stdio::piped()).spawn().map_err(failed())?;
    let mut progress = Progress::new(policy);
    let mut output = String::new();
    for line in child.stdout.take().map(BufReader::new).into_iter().flat_map(|stdout| stdout.split(b'\n')) {
        let line = line.map_err(failed())?;
        let line = String::from_utf8_lossy(&line);
        progress.show(&line);
        output.push_str(&line);
        output.push('\n');
    }
    let passed = child.wait().map_err(failed())?.success();
    Ok(TestRun { passed, output })
}

/// The test that ended, with its result (`ok`, `FAILED` or `ignored`), if a line of libtest tells of one.
fn ended_test(line: &str) -> Option<(&str, &str)> {
    let (test, result) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let word = result.split([' ', ',']).next()?;
    ["ok", "FAILED", "ignored"].contains(&word).then_some((test, word))
}

/// The progress over the gates: a bar on a terminal, and a line for every test elsewhere.
struct Progress {
    bar: ProgressBar,
    waiting: BTreeSet<String>,
    done: u64,
}

impl Progress {
    fn new(policy: &Policy) -> Self {
        let waiting: BTreeSet<String> = policy.gates.keys().map(|gate| gate.test_path()).collect();
        let style = ProgressStyle::with_template("[{elapsed}] {bar:30} {pos}/{len} gates  {msg}");
        let bar =
            ProgressBar::new(waiting.len() as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, waiting, done: 0 }
    }

    fn show(&mut self, line: &str) {
        let test = ended_test(line).map(|(test, _)| test);
        if self.bar.is_hidden() {
            if test.is_some() {
                console::hint(line);
            }
        } else if let Some(gate) = test.filter(|test| self.waiting.remove(*test)) {
            self.done += 1;
            self.bar.set_position(self.done);
            self.bar.set_message(gate.replace("::", "."));
        } else {
            self.show_or_hide_bar(line);
        }
    }

    /// Shows the bar only while a test program runs. Otherwise cargo prints on the same terminal.
    fn show_or_hide_bar(&self, line: &str) {
        if line.starts_with("running ") {
            self.bar.reset();
            self.bar.set_position(self.done);
            self.bar.enable_steady_tick(UPDATE_INTERVAL);
        } else if line.starts_with("test result: ") {
            self.bar.disable_steady_tick();
            self.bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "
running 4 tests
test accuracy::auc ... ok
test card::wording - should panic ... ok
test drift::psi ... ignored, needs a reference file
test fairness::disparate_impact::race ... FAILED

failures:

---- fairness::disparate_impact::race stdout ----
fairness.disparate_impact.race: 0.7210, bar at least 0.8

failures:
    fairness::disparate_impact::race

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; ended_test in 0.10s


running 1 test
test src/lib.rs - (line 3) ... FAILED

failures:

---- src/lib.rs - (line 3) stdout ----
assertion failed

failures:
    src/lib.rs - (line 3)

test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; ended_test in 0.10s
";

    #[test]
    fn a_line_says_which_test_ended_and_how() {
        let ended: Vec<_> = OUTPUT.lines().filter_map(ended_test).collect();
        let expected = [
            ("accuracy::auc", "ok"),
            ("card::wording - should panic", "ok"),
            ("drift::psi", "ignored"),
            ("fairness::disparate_impact::race", "FAILED"),
            ("src/lib.rs - (line 3)", "FAILED"),
        ];
        assert_eq!(ended, expected);
        for line in ["test result: ok. 1 passed", "test a ... ", "running 3 tests", "attest a ... ok", ""] {
            assert_eq!(ended_test(line), None, "{line}");
        }
    }

    #[test]
    fn red_tests_are_named_and_their_failures_shown_and_nothing_else() {
        let run = TestRun { passed: false, output: OUTPUT.to_owned() };
        assert_eq!(run.red(), ["fairness::disparate_impact::race", "src/lib.rs - (line 3)"]);
        let failures = run.failures();
        for line in ["fairness.disparate_impact.race: 0.7210, bar at least 0.8", "assertion failed", "failures:"] {
            assert!(failures.lines().any(|shown| shown == line), "{line} in:\n{failures}");
        }
        assert!(!failures.contains("test result") && !failures.contains("running"), "{failures}");
    }

    #[test]
    fn a_green_run_has_no_failures() {
        let output = "running 1 test\ntest accuracy::auc ... ok\n\ntest result: ok. 1 passed\n".to_owned();
        let run = TestRun { passed: true, output };
        assert!(run.red().is_empty() && run.failures().is_empty());
    }
}
