//! The gates of a release: one for all tests of a process.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Once, OnceLock};

use andon::evidence::run::runs_every_test;
use andon::families::names_statistic;
use andon::families::reproducibility::Remade;
use andon::judge::NotMeasured;
use andon::policy::{GateId, Policy, Recipe, harness_questions};
use andon::{Record, Red, Release};
use andon_program::Program;

use crate::bodies::{begin_other_process, find_body};
use crate::body::Surroundings;
use crate::progress;

/// The result of a gate's test.
pub type Gate = Result<(), Red>;

/// The gates of a release. A test program holds one in a `static`, so that the release is opened once and the candidate
/// is trained once.
#[derive(Debug)]
pub struct Gates<R: 'static> {
    program: &'static Program<R>,
    root: &'static str,
    executable: &'static str,
    release: OnceLock<Result<Release<R>, String>>,
    other_process: Once,
    remade: OnceLock<Result<Remade, NotMeasured>>,
    is_told: AtomicBool,
}

impl<R: Record> Gates<R> {
    /// The gates of the release in the folder `root`, which is `env!("CARGO_MANIFEST_DIR")` in its tests. `executable`
    /// is the path of its built program: `env!("CARGO_BIN_EXE_name-of-the-release")`.
    #[must_use]
    pub const fn new(program: &'static Program<R>, root: &'static str, executable: &'static str) -> Self {
        Self {
            program,
            root,
            executable,
            release: OnceLock::new(),
            other_process: Once::new(),
            remade: OnceLock::new(),
            is_told: AtomicBool::new(false),
        }
    }

    /// The release under judgement, for gates of a team's own.
    ///
    /// # Errors
    /// [`Red`] if the release cannot be opened. One cause is told once: the other gates only say that they did not run.
    pub fn release(&self) -> Result<&Release<R>, Red> {
        let opened = self.release.get_or_init(|| {
            let release = (self.program.open)(Path::new(self.root)).map_err(|error| error.to_string())?;
            if !andon::IS_OPTIMISED {
                let rows =
                    std::fs::read(release.data_path()).map_or(0, |data| data.split(|byte| *byte == b'\n').count());
                progress::say(&unoptimised(expected_seconds(release.policy(), rows)));
            }
            refuse_unservable(&release.unservable_columns())?;
            Ok(release)
        });
        opened.as_ref().map_err(|error| {
            if self.is_told.swap(true, Ordering::Relaxed) {
                Red::new("nothing to judge: the release cannot be opened, and another gate says why")
            } else {
                Red::new(format!("{error}\nnext: mend it, then cargo test"))
            }
        })
    }

    /// Runs the gate of this id, by the measurement that the harness has for it.
    ///
    /// # Errors
    /// [`Red`] unless the verdict is Go, or the gate is waived. Also if the harness has no measurement for the id.
    pub fn judge(&'static self, id: &str) -> Gate {
        let release = self.release()?;
        if runs_every_test(std::env::args().skip(1)) {
            self.other_process.call_once(|| begin_other_process(release, self.surroundings()));
        }
        let _running = progress::begin(id);
        let known = GateId::try_from(id.to_owned()).map_err(Red::new)?;
        if names_statistic(&known) {
            return release.statistic(id);
        }
        let body = find_body::<R>(&known).ok_or_else(|| unknown(&known))?;
        let surroundings = self.surroundings();
        let subject = known.question().1.unwrap_or_default();
        release.harness_gate(id, |gate| body(gate, &surroundings, subject))
    }

    fn surroundings(&'static self) -> Surroundings<R> {
        Surroundings { program: self.program, executable: self.executable, remade: &self.remade }
    }
}

/// Seconds that unoptimised training takes for one value of one row at one depth of one tree, measured on the German
/// credit data.
const SECONDS_PER_VALUE: f64 = 1e-6;

/// The seconds that training the candidate and its repeats takes without optimisation, on two threads.
fn expected_seconds(policy: &Policy, rows: usize) -> f64 {
    let Recipe { trees, depth, max_rows_per_tree, .. } = policy.recipe;
    let forests = 1 + policy.evaluation.folds * (1 + policy.evaluation.repeats);
    let values = rows.min(max_rows_per_tree) * policy.data.features.len();
    values as f64 * (trees * depth * forests) as f64 * SECONDS_PER_VALUE
}

/// The warning of a harness that was compiled without optimisation.
fn unoptimised(seconds: f64) -> String {
    let time = if seconds < 90.0 { format!("{seconds:.0} s") } else { format!("{:.0} minutes", seconds / 60.0) };
    format!(
        "the crate andon was compiled without optimisation: training alone takes about {time} in place of seconds\n\
         {PROFILES}"
    )
}

const PROFILES: &str = "  \
  next      write into the Cargo.toml of the workspace, then run it again:
            [profile.dev]
            opt-level = 1
            [profile.dev.package]
            andon = { opt-level = 3 }
            andon-evidence = { opt-level = 2 }
            linfa = { opt-level = 3 }
            linfa-trees = { opt-level = 3 }
            ndarray = { opt-level = 3 }
            sha2 = { opt-level = 3 }";

/// Refuses a record that no request can be.
fn refuse_unservable(columns: &[&str]) -> Result<(), String> {
    if columns.is_empty() {
        return Ok(());
    }
    Err(format!(
        "the record requires columns that are no features, so serving would refuse every request: {}\n\
         a request for a decision holds the features alone: make each of these fields an `Option` with \
         `#[serde(default)]`, or list it under data.features in release.toml",
        columns.join(", ")
    ))
}

/// The error of a gate that the harness has no measurement for.
fn unknown(id: &GateId) -> Red {
    let family = id.family();
    let known = harness_questions(family).join(", ");
    Red::new(format!(
        "gate {id} is none that the harness can measure\n  \
         known     {family}.[{known}]\n  \
         next      correct the id in release.toml and the name of its test; or measure it in the test:\n            \
         GATES.release()?.gate(&gate_id!(), |gate| ...)"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_required_column_that_no_request_holds_is_named_with_the_mend() {
        assert_eq!(refuse_unservable(&[]), Ok(()));
        let error = refuse_unservable(&["serial", "site"]).unwrap_err();
        assert!(error.contains("serial, site") && error.contains("`Option`"), "{error}");
    }

    #[test]
    fn an_unoptimised_harness_says_how_long_it_takes_and_what_to_write() {
        let policy = include_str!("../../andon-evidence/tests/minimal.toml");
        let mut policy = Policy::parse(policy, Path::new("release.toml")).unwrap();
        let few = expected_seconds(&policy, 1_000);
        policy.recipe.trees *= 4;
        // The policy draws at most 1,000 rows for a tree.
        assert!((expected_seconds(&policy, 5_000) / few - 4.0).abs() < 1e-9);
        assert!(unoptimised(12.3).contains("about 12 s in place of seconds"), "{}", unoptimised(12.3));
        let long = unoptimised(560.0);
        assert!(long.contains("about 9 minutes") && long.contains("\n  next      write into the Cargo.toml"), "{long}");
        assert!(long.contains("[profile.dev.package]") && long.contains("andon = { opt-level = 3 }"), "{long}");
    }

    #[test]
    fn a_gate_that_nobody_can_measure_is_told_the_known_ones() {
        let error = unknown(&GateId::try_from("card.of_nothing".to_owned()).unwrap()).to_string();
        assert!(error.contains("card.of_nothing") && error.contains("card.[approved]"), "{error}");
        assert!(error.contains("GATES.release()?.gate("), "{error}");
    }
}
