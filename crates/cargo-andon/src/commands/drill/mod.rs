//! `cargo andon drill`: plants known faults in a copy of the release, one by one, and reports which gate caught each.

mod data_faults;
mod dependencies;
mod fault;
mod faults;
mod patches;
mod plan;
mod replica;
mod report;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use andon_evidence::decision::{Decision, GateState, Outcome};
use andon_evidence::evidence::{Store, today};
use andon_evidence::files::{self, FileError};
use andon_evidence::fingerprint::Toolchain;
use andon_evidence::layout::{PREVIOUS_RELEASE, SCORES};
use andon_evidence::package::{Package, PackageError};
use andon_evidence::policy::Policy;
use andon_evidence::{EXIT_GO, EXIT_NO_GO};
use anyhow::{Context, Result, ensure};

use crate::console;
use indicatif::{ProgressBar, ProgressStyle};

use fault::When;
use plan::Drill;
use replica::Replica;
use report::Report;

/// Plants every fault whose name contains `filter`, after a clean run that must raise no alarm.
///
/// # Errors
/// If the copy cannot be made, a fault cannot be planted, or cargo cannot be run.
pub(crate) fn run(root: &Path, filter: &str) -> Result<u8> {
    let patches = patches::read(root)?;
    let replica = Replica::of(root, &root.join("target/andon/drill"), &patches::switched(root, &patches)?)?;
    let (drills, unasked) = plan::matching(&Policy::read(root)?, &patches, filter)?;
    let bar = progress(drills.len() as u64 + 1);
    say(&bar, &clean(root, &replica, &bar)?)?;
    let mut missed = 0;
    for drill in &drills {
        bar.inc(1);
        bar.set_message(drill.name.clone());
        let report = carry_out(&replica, drill).with_context(|| format!("failed to drill `{}`", drill.name))?;
        missed += usize::from(!report.caught);
        say(&bar, &report.line())?;
    }
    bar.finish_and_clear();
    for drill in &unasked {
        console::print(&format!("{:<10} {:<42} the policy has no gate for it", "not asked", drill.name))?;
    }
    let (planted, caught) = (drills.len(), drills.len() - missed);
    console::print(&format!(
        "\n{planted} faults planted, {caught} caught, {missed} missed; the clean copy raised no alarm"
    ))?;
    Ok(if missed == 0 { EXIT_GO } else { EXIT_NO_GO })
}

/// Builds the copy and runs its gates with no fault in it, also against itself as the last release.
fn clean(root: &Path, replica: &Replica, bar: &ProgressBar) -> Result<String> {
    bar.set_message("building the clean copy");
    dependencies::share(root, replica.target())?;
    build(replica)?;
    bar.set_message("the clean copy");
    no_alarm(replica)?;
    bar.set_message("the clean copy, against itself as the last release");
    adopt(replica)?;
    no_alarm(replica)?;
    Ok("clean      no alarm".to_owned())
}

fn progress(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("[{elapsed}] {bar:30} {pos}/{len}  {msg}");
    let bar = ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}

/// A line of the result, above the bar where there is one.
fn say(bar: &ProgressBar, line: &str) -> Result<()> {
    bar.suspend(|| console::print(line))
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

fn carry_out<'a>(replica: &Replica, drill: &'a Drill) -> Result<Report<'a>> {
    if drill.when == When::AfterTheGates {
        restore_green(replica)?;
    }
    let planted = replica.plant();
    drill.plant(&planted)?;
    if drill.when == When::BeforeTheGates {
        run_gates(replica, drill.environment())?;
    }
    let decision = decision(replica)?;
    let ran = drill.when == When::AfterTheGates || decision.rows.iter().any(|row| row.evidence.is_some());
    ensure!(ran, "the gates did not run on it: does the fault still compile?");
    let refused = !packaged(replica)?;
    Ok(Report::new(drill, red(&decision), refused))
}

/// A fault that is planted after the gates needs green evidence to spoil.
fn restore_green(replica: &Replica) -> Result<()> {
    if decision(replica)?.outcome != Outcome::Go {
        no_alarm(replica)?;
    }
    Ok(())
}

/// Builds the gates of the copy, all switches in it.
fn build(replica: &Replica) -> Result<()> {
    let built = gates(replica, &["--no-run"], None, Stdio::piped())?;
    let said = String::from_utf8_lossy(&built.stderr);
    ensure!(built.status.success(), "{said}\nthe copy with the switches of the faults in `drills/` does not compile");
    Ok(())
}

/// Runs the gates in the copy, which begin with nothing that an earlier run found or trained: a switch of the
/// environment is not in the fingerprint. Red tests and a build that fails are what drills are for.
fn run_gates(replica: &Replica, environment: Option<(&str, &str)>) -> Result<()> {
    replica.forget()?;
    gates(replica, &["--no-fail-fast"], environment, Stdio::null())?;
    Ok(())
}

/// Calls cargo for the gates of the copy.
fn gates(
    replica: &Replica,
    arguments: &[&str],
    environment: Option<(&str, &str)>,
    stderr: Stdio,
) -> Result<Output, FileError> {
    let mut cargo: Command = crate::run::cargo::command(replica.root());
    cargo
        .args(["test", "--release", "--quiet", "--test", "gate"])
        .args(arguments)
        .env("CARGO_TARGET_DIR", replica.target());
    cargo.env_remove(patches::SWITCH).envs(environment).stdout(Stdio::null()).stderr(stderr);
    cargo.output().map_err(FileError::io("run", Path::new("cargo test")))
}

fn decision(replica: &Replica) -> Result<Decision> {
    Ok(andon_evidence::run::current_decision(replica.root())?)
}

/// Reports if the copy can be packaged: the last line of defence, which no planted fault may pass.
fn packaged(replica: &Replica) -> Result<bool> {
    match Package::assemble(replica.root(), &Toolchain::current(), today()) {
        Ok(_) => Ok(true),
        Err(PackageError::NotGo(_) | PackageError::NotVouched(_) | PackageError::Policy(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn red(decision: &Decision) -> Vec<String> {
    let not_green = decision.rows.iter().filter(|row| row.state != GateState::Go);
    let gates = not_green.map(|row| format!("{} {}", row.gate, row.state.word()));
    gates.chain(decision.objections.iter().map(|objection| objection.lines().take(1).collect())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text that a fault replaces must still be there. A drill looks for it late, so this test looks for it now.
    /// Faults that spoil the evidence need a run of the gates, and are left out.
    #[test]
    fn every_fault_in_the_sources_can_be_planted() {
        let home = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let patches = patches::read(&root).unwrap();
        let switched = patches::switched(&root, &patches).unwrap();
        let replica = Replica::of(&root, home.path(), &switched).unwrap();
        for (file, text) in &switched {
            assert_eq!(&std::fs::read(replica.root().join(file)).unwrap(), text, "{}", file.display());
        }
        let policy = Policy::read(&root).unwrap();
        let (drills, unasked) = plan::matching(&policy, &patches, "").unwrap();
        assert!(drills.len() > 50);
        // This release was not made by `cargo andon new`, so it has no proposals to confirm. Its data are of 1990, and CI
        // asks about its dependencies.
        let unasked: Vec<&str> = unasked.iter().map(|drill| drill.name.as_ref()).collect();
        let expected = [
            "a proposal that nobody has confirmed",
            "data that were collected long ago",
            "a licence that nobody allowed",
        ];
        assert_eq!(unasked, expected);
        for drill in drills.iter().filter(|drill| drill.when == When::BeforeTheGates) {
            drill.plant(&replica.plant()).unwrap_or_else(|error| panic!("{}: {error}", drill.name));
        }
    }
}
