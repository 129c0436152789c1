//! `cargo andon drill`: plants known faults in a copy of the release, one by one, and reports which gate caught each.

mod clean;
mod code_faults;
mod data_faults;
mod dependencies;
mod fault;
mod faults;
mod manifest;
mod not_here;
mod patches;
mod plan;
mod policy_faults;
mod replica;
mod report;
mod table;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use andon_evidence::decision::Decision;
use andon_evidence::evidence::{Store, today};
use andon_evidence::files::{self, FileError};
use andon_evidence::fingerprint::Toolchain;
use andon_evidence::layout::{CARGO_MANIFEST, PREVIOUS_RELEASE, SCORES};
use andon_evidence::package::{Package, PackageError};
use andon_evidence::policy::Policy;
use andon_evidence::{EXIT_GO, EXIT_NO_GO};
use anyhow::{Result, ensure};

use crate::console;
use indicatif::{ProgressBar, ProgressStyle};

use clean::Clean;
use fault::When;
use not_here::NotHere;
use plan::Drill;
use replica::Replica;
use report::Report;

/// Plants every fault whose name contains `filter`, after a clean run. A release that is NO-GO without a fault is asked
/// about the gates that are GO.
///
/// # Errors
/// If the copy cannot be made or raises an alarm that the release does not, or cargo cannot be run.
pub(crate) fn run(root: &Path, filter: &str) -> Result<u8> {
    let patches = patches::read(root)?;
    let mut given = patches::switched(root, &patches)?;
    given.extend(manifest::with_absolute_paths(root)?.map(|manifest| (CARGO_MANIFEST.into(), manifest)));
    let mut replica = Replica::of(root, &root.join("target/andon/drill"), &given)?;
    let (drills, without_gate) = plan::matching(&Policy::read(root)?, &patches, filter)?;
    let bar = progress(drills.len() as u64 + 1);
    let clean = clean_run(root, &replica, &bar)?;
    say(&bar, &clean.line())?;
    replica.note_green(clean.green.clone())?;
    let mut count = Count::default();
    for drill in drills.into_iter().map(|drill| drill.tampering_with(replica.victim())) {
        bar.inc(1);
        bar.set_message(drill.name.clone());
        count.add(carry_out(&replica, &clean, &drill)?, |line| say(&bar, line))?;
    }
    bar.finish_and_clear();
    for drill in &without_gate {
        console::print(&not_asked(drill, "the policy has no gate for it"))?;
    }
    console::print(&count.line(&clean))?;
    Ok(if count.missed == 0 { EXIT_GO } else { EXIT_NO_GO })
}

/// The results so far.
#[derive(Debug, Default)]
struct Count {
    planted: usize,
    missed: usize,
    not_asked: usize,
}

impl Count {
    fn add(&mut self, report: Outcome, say: impl Fn(&str) -> Result<()>) -> Result<()> {
        match report {
            Outcome::Planted { line, is_caught } => {
                self.planted += 1;
                self.missed += usize::from(!is_caught);
                say(&line)
            }
            Outcome::NotAsked(line) => {
                self.not_asked += 1;
                say(&line)
            }
        }
    }

    fn line(&self, clean: &Clean) -> String {
        let Self { planted, missed, not_asked } = self;
        let asked = if *not_asked > 0 { format!(", {not_asked} not asked") } else { String::new() };
        let clean = if clean.is_go { "raised no alarm" } else { "is NO-GO as it is" };
        format!(
            "\n{planted} faults planted, {} caught, {missed} missed{asked}; the clean copy {clean}",
            planted - missed
        )
    }
}

/// The result of one fault.
enum Outcome {
    Planted { line: String, is_caught: bool },
    NotAsked(String),
}

fn not_asked(drill: &Drill, why: &str) -> String {
    format!("{:<10} {:<42} {why}", "not asked", drill.name)
}

/// Builds the copy and runs its gates with no fault in it; if they are GO, also against itself as the last release.
fn clean_run(root: &Path, replica: &Replica, bar: &ProgressBar) -> Result<Clean> {
    bar.set_message("building the clean copy");
    dependencies::share(root, replica.target())?;
    build(replica)?;
    bar.set_message("the clean copy");
    run_gates(replica, None)?;
    let clean = Clean::from(&decision(replica)?);
    no_false_alarm(root, &clean)?;
    ensure!(!clean.green.is_empty(), "no gate is GO, so no fault can turn one red\nnext: cargo test");
    if clean.is_go {
        bar.set_message("the clean copy, against itself as the last release");
        adopt(replica)?;
        run_gates(replica, None)?;
        let alarms = clean.turned_red(&decision(replica)?);
        ensure!(alarms.is_empty(), "the clean copy raises an alarm: {}\nnext: cargo test", alarms.join(", "));
    }
    Ok(clean)
}

/// Refuses a copy in which a gate is red that is green in the release.
fn no_false_alarm(root: &Path, clean: &Clean) -> Result<()> {
    let Ok(own) = andon_evidence::run::current_decision(root) else { return Ok(()) };
    let own = Clean::from(&own);
    let is_false = |red: &&String| red.split(' ').next().is_some_and(|gate| own.green.contains(gate));
    let alarms: Vec<&str> = clean.red.iter().filter(is_false).map(String::as_str).collect();
    ensure!(alarms.is_empty(), "the clean copy raises an alarm: {}\nnext: cargo test", alarms.join(", "));
    Ok(())
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

/// Plants a fault and looks what turned red, unless the release cannot be asked about it.
fn carry_out(replica: &Replica, clean: &Clean, drill: &Drill) -> Result<Outcome> {
    match drill.can_show(clean).and_then(|()| plant(replica, clean, drill)) {
        Ok(report) => Ok(Outcome::Planted { line: report.line(), is_caught: report.caught }),
        Err(error) => match error.downcast_ref::<NotHere>() {
            Some(why) => Ok(Outcome::NotAsked(not_asked(drill, &why.to_string()))),
            None => Err(error.context(format!("failed to drill `{}`", drill.name))),
        },
    }
}

fn plant<'a>(replica: &Replica, clean: &Clean, drill: &'a Drill) -> Result<Report<'a>> {
    if drill.when == When::AfterTheGates {
        restore(replica, clean)?;
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
    Ok(Report::new(drill, clean.turned_red(&decision), refused))
}

/// A fault that is planted after the gates needs their sound evidence to spoil.
fn restore(replica: &Replica, clean: &Clean) -> Result<()> {
    let turned_red = || Ok::<_, anyhow::Error>(clean.turned_red(&decision(replica)?));
    if turned_red()?.is_empty() {
        return Ok(());
    }
    run_gates(replica, None)?;
    let alarms = turned_red()?;
    ensure!(alarms.is_empty(), "the clean copy raises an alarm: {}\nnext: cargo test", alarms.join(", "));
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
        let mut replica = Replica::of(&root, home.path(), &switched).unwrap();
        for (file, text) in &switched {
            assert_eq!(&std::fs::read(replica.root().join(file)).unwrap(), text, "{}", file.display());
        }
        let policy = Policy::read(&root).unwrap();
        let (drills, unasked) = plan::matching(&policy, &patches, "").unwrap();
        assert!(drills.len() > 50);
        // This release was not made by `cargo andon new`, so it has no proposals to confirm; its model was not trained
        // elsewhere. Its data are of 1990, and CI asks about its dependencies.
        let unasked: Vec<&str> = unasked.iter().map(|drill| drill.name.as_ref()).collect();
        let expected = [
            "a prediction of another model",
            "a proposal that nobody has confirmed",
            "data that were collected long ago",
            "a licence that nobody allowed",
        ];
        assert_eq!(unasked, expected);
        replica.note_green(policy.gates.keys().map(ToString::to_string).collect()).unwrap();
        std::fs::create_dir(replica.root().join(PREVIOUS_RELEASE)).unwrap();
        for drill in drills.iter().filter(|drill| drill.when == When::BeforeTheGates) {
            drill.plant(&replica.plant()).unwrap_or_else(|error| panic!("{}: {error}", drill.name));
        }
    }
}
