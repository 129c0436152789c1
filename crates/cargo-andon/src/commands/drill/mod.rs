//! `cargo andon drill`: plants known faults in a copy of the release, one by one, and reports which gate caught each.

mod faults;
mod replica;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use andon_evidence::decision::{Decision, GateState, Outcome};
use andon_evidence::evidence::{Store, today};
use andon_evidence::files::{self, FileError};
use andon_evidence::fingerprint::Toolchain;
use andon_evidence::layout::{PREVIOUS_RELEASE, SCORES};
use andon_evidence::package::{Package, PackageError};
use andon_evidence::{EXIT_GO, EXIT_NO_GO};
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};

use faults::{FAULTS, Fault, When};
use replica::Replica;

/// What came of one fault.
struct Report {
    fault: &'static Fault,
    /// Gates that were not green, with the word for their state.
    red: Vec<String>,
    /// Whether one of the gates that should catch it did, and nothing could be packaged.
    caught: bool,
}

/// Plants every fault whose name contains `filter`, after a clean run that must raise no alarm.
///
/// # Errors
/// When the copy cannot be made, a fault cannot be planted, or cargo cannot be run.
pub(crate) fn run(root: &Path, filter: &str) -> Result<u8> {
    let replica = Replica::of(root, &root.join("target/andon/drill"))?;
    let faults: Vec<&'static Fault> = FAULTS.iter().filter(|fault| fault.name.contains(filter)).collect();
    anyhow::ensure!(!faults.is_empty(), "no drill is called `{filter}` (drills: {})", names());
    let bar = progress(faults.len() as u64 + 1);
    bar.set_message("the clean copy");
    no_alarm(&replica)?;
    bar.set_message("the clean copy, against itself as the last release");
    adopt(&replica)?;
    no_alarm(&replica)?;
    say(&bar, "clean      no alarm");
    let mut missed = 0;
    for fault in &faults {
        bar.inc(1);
        bar.set_message(fault.name);
        let report = drill(&replica, fault).with_context(|| format!("failed to drill `{}`", fault.name))?;
        missed += usize::from(!report.caught);
        say(&bar, &report.line());
    }
    bar.finish_and_clear();
    println!(
        "\n{} faults planted, {} caught, {missed} missed; the clean copy raised no alarm",
        faults.len(),
        faults.len() - missed
    );
    Ok(if missed == 0 { EXIT_GO } else { EXIT_NO_GO })
}

fn names() -> String {
    FAULTS.iter().map(|fault| fault.name).collect::<Vec<_>>().join(", ")
}

fn progress(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("[{elapsed}] {bar:30} {pos}/{len}  {msg}");
    let bar = ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}

/// A line of the result, above the bar where there is one.
fn say(bar: &ProgressBar, line: &str) {
    bar.suspend(|| println!("{line}"));
}

/// Runs the gates on the untouched copy, where nothing may be red.
fn no_alarm(replica: &Replica) -> Result<()> {
    run_gates(replica, None)?;
    let alarms = red(&decision(replica)?);
    anyhow::ensure!(alarms.is_empty(), "the clean copy raises an alarm: {}\nnext: cargo test", alarms.join(", "));
    Ok(())
}

/// Makes the copy its own last release, so that a weakened bar has something to be weaker than.
fn adopt(replica: &Replica) -> Result<()> {
    let package = Package::assemble(replica.root(), &Toolchain::current(), today())?;
    let scores = files::read(&Store::in_root(replica.root()).path(SCORES))?;
    let released = replica.root().join(PREVIOUS_RELEASE);
    for (name, bytes) in package.all_files()?.into_iter().chain([(SCORES.to_owned(), scores)]) {
        files::write_atomically(&released.join(name), &bytes)?;
    }
    Ok(())
}

fn drill(replica: &Replica, fault: &'static Fault) -> Result<Report> {
    if fault.when == When::AfterTheGates {
        restore_green(replica)?;
    }
    let planted = replica.plant();
    (fault.plant)(&planted)?;
    if fault.when == When::BeforeTheGates {
        run_gates(replica, fault.environment)?;
    }
    let decision = decision(replica)?;
    let ran = fault.when == When::AfterTheGates || decision.rows.iter().any(|row| row.evidence.is_some());
    anyhow::ensure!(ran, "the gates did not run on it: does the fault still compile?");
    let refused = !packaged(replica)?;
    let red = red(&decision);
    let named =
        fault.gates.is_empty() || red.iter().any(|gate| fault.gates.iter().any(|known| gate.starts_with(known)));
    Ok(Report { fault, caught: refused && named, red })
}

/// A fault that is planted after the gates needs green evidence to spoil.
fn restore_green(replica: &Replica) -> Result<()> {
    if decision(replica)?.outcome != Outcome::Go {
        no_alarm(replica)?;
    }
    Ok(())
}

/// Runs the gates in the copy; red tests and a build that fails are what drills are for.
fn run_gates(replica: &Replica, environment: Option<(&str, &str)>) -> Result<()> {
    let mut cargo: Command = crate::run::cargo::command(replica.root());
    cargo.args(["test", "--quiet", "--no-fail-fast", "--test", "gate"]).env("CARGO_TARGET_DIR", replica.target());
    cargo.envs(environment).stdout(Stdio::null()).stderr(Stdio::null());
    cargo.status().map(drop).map_err(|error| FileError::io("run", Path::new("cargo test"))(error).into())
}

fn decision(replica: &Replica) -> Result<Decision> {
    crate::root::current_decision(replica.root())
}

/// Whether the copy could be packaged: the last line of defence, which no planted fault may pass.
fn packaged(replica: &Replica) -> Result<bool> {
    match Package::assemble(replica.root(), &Toolchain::current(), today()) {
        Ok(_) => Ok(true),
        Err(PackageError::NotGo(_) | PackageError::NotVouched(_) | PackageError::Policy(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn red(decision: &Decision) -> Vec<String> {
    let not_green = decision.rows.iter().filter(|row| row.state != GateState::Go);
    not_green.map(|row| format!("{} {}", row.gate, row.state.word())).collect()
}

impl Report {
    /// The fault and the gates that caught it, those that should have first, and how many more.
    fn line(&self) -> String {
        let (expected, others): (Vec<&String>, Vec<&String>) =
            self.red.iter().partition(|gate| self.fault.gates.iter().any(|known| gate.starts_with(known)));
        let shown: BTreeSet<&str> = expected.iter().take(3).map(|gate| gate.as_str()).collect();
        let shown: Vec<&str> = shown.into_iter().collect();
        let by = match (shown.is_empty(), self.red.is_empty()) {
            (false, _) => shown.join(", "),
            (true, true) => "packaging, which refuses the file".to_owned(),
            (true, false) => others.first().map(|gate| gate.as_str()).unwrap_or_default().to_owned(),
        };
        let more = self.red.len().saturating_sub(shown.len().max(usize::from(!self.red.is_empty())));
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{:<10} {:<42} {by}{more}", if self.caught { "caught" } else { "MISSED" }, self.fault.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a fault replaces must still be there: it is only looked for when the drill is run, which takes long. Those that
    /// spoil what the gates left need gates.
    #[test]
    fn every_fault_in_the_sources_can_be_planted() {
        let home = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let replica = Replica::of(&root, home.path()).unwrap();
        for fault in FAULTS.iter().filter(|fault| fault.when == When::BeforeTheGates) {
            (fault.plant)(&replica.plant()).unwrap_or_else(|error| panic!("{}: {error}", fault.name));
        }
    }
}
