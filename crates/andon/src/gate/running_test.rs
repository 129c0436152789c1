//! The test that runs a gate: its name, and whether its run may leave evidence.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use andon_evidence::fingerprint;
use andon_evidence::policy::GateId;
use andon_evidence::run::is_running_package;

/// The reason why a run may leave no green evidence: a retry that could turn red into green, or a snapshot that
/// accepts itself.
pub(super) fn untrusted_run(family: &str, variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let attempt = variable("NEXTEST_ATTEMPT").filter(|attempt| attempt != "1");
    if let Some(attempt) = attempt {
        return Some(format!("attempt {attempt} of a retried test leaves no green evidence: run without retries"));
    }
    if family != "card" {
        return None;
    }
    let on = |name: &str| variable(name).filter(|value| !value.is_empty() && value != "0");
    for name in ["INSTA_FORCE_PASS", "INSTA_FORCE_UPDATE", "INSTA_FORCE_UPDATE_SNAPSHOTS"] {
        if let Some(value) = on(name) {
            return Some(format!("{name}={value} lets any card pass: unset it and run again"));
        }
    }
    let update = on("INSTA_UPDATE").filter(|value| !["no", "auto"].contains(&value.as_str()))?;
    Some(format!("INSTA_UPDATE={update} accepts any card: unset it and run again"))
}

/// Says why a test must not record a gate's evidence: the gate has a test of another name.
///
/// Asked only in the test program of the release in `root`, where each gate has the test of its name.
pub(super) fn stray_test(root: &Path, id: &GateId) -> Option<String> {
    let test = running_test(std::thread::current().name(), std::env::args()).filter(|_| is_running_package(root))?;
    let own = id.test_path();
    (test != own).then(|| format!("gate {id} is recorded by its own test {own} alone, and this is {test}"))
}

/// Says why a gate's evidence is refused: this process has recorded it before, so that two tests write one id.
pub(super) fn recorded_before(root: &Path, id: &GateId) -> Option<String> {
    if is_running_package(root) { count_record(id) } else { None }
}

/// Says why a run may leave no green evidence: nobody knows the files that its program was compiled from.
pub(super) fn unlisted_program(root: &Path) -> Option<String> {
    if is_running_package(root) { fingerprint::unlisted_program() } else { None }
}

/// The crate whose functions measure what the harness asks.
const MEASURING_CRATE: &str = "andon_gates";

/// Says why a measurement must not stand under an id of the harness: another crate than `andon-gates` defines it.
///
/// `measurement` is the name of its type, which begins with the crate that defines it. A test program of a release
/// cannot have that name either.
pub(super) fn foreign_measurement(root: &Path, measurement: &str) -> Option<String> {
    let program = std::env::current_exe().ok();
    let program = program.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let is_posing = is_running_package(root) && program.is_none_or(|name| name.starts_with(MEASURING_CRATE));
    let is_own = measurement.split("::").next() == Some(MEASURING_CRATE);
    (is_posing || !is_own).then(|| format!("is measured by {MEASURING_CRATE} alone, and this is {measurement}"))
}

/// The path of the running test: libtest names its thread so, and nextest asks for it by `--exact`.
fn running_test(thread: Option<&str>, arguments: impl Iterator<Item = String>) -> Option<String> {
    let thread = thread.filter(|name| *name != "main").map(str::to_owned);
    let mut arguments = arguments.skip_while(|argument| argument != "--exact").skip(1);
    thread.or_else(|| arguments.next())
}

fn count_record(id: &GateId) -> Option<String> {
    static RECORDED: Mutex<BTreeMap<String, u32>> = Mutex::new(BTreeMap::new());
    let mut recorded = RECORDED.lock().unwrap_or_else(PoisonError::into_inner);
    let times = recorded.entry(id.to_string()).or_default();
    *times += 1;
    (*times > 1).then(|| format!("gate {id} is recorded twice in one run: two tests write one id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(family: &str, set: &[(&str, &str)]) -> bool {
        let variable = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        untrusted_run(family, &variable).is_some()
    }

    #[test]
    fn retries_and_self_accepting_snapshots_are_refused() {
        assert!(!refused("card", &[]));
        assert!(!refused("accuracy", &[("NEXTEST_ATTEMPT", "1")]));
        assert!(refused("accuracy", &[("NEXTEST_ATTEMPT", "2")]));
        assert!(refused("card", &[("INSTA_FORCE_PASS", "1")]));
        assert!(!refused("card", &[("INSTA_FORCE_PASS", "0")]));
        assert!(!refused("accuracy", &[("INSTA_FORCE_PASS", "1")]));
        for (value, bad) in
            [("always", true), ("unseen", true), ("new", true), ("force", true), ("no", false), ("auto", false)]
        {
            assert_eq!(refused("card", &[("INSTA_UPDATE", value)]), bad, "{value}");
        }
    }

    #[test]
    fn the_running_test_is_known_by_its_thread_or_by_nextest_s_arguments() {
        let arguments = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>().into_iter();
        let name = |thread, text| running_test(thread, arguments(text));
        assert_eq!(name(Some("fairness::sex"), "gate").as_deref(), Some("fairness::sex"));
        assert_eq!(name(Some("main"), "gate --exact drift::psi --nocapture").as_deref(), Some("drift::psi"));
        assert_eq!(name(Some("main"), "gate --test-threads=1"), None);
    }

    #[test]
    fn a_measurement_of_another_crate_is_foreign() {
        let elsewhere = Path::new("no such folder");
        assert_eq!(foreign_measurement(elsewhere, "andon_gates::gates::judge<R>::{{closure}}"), None);
        for name in ["gate::fairness::proxy::sex::{{closure}}", "andon_gates_of_mine::judge", "fn(&mut Gate)", ""] {
            assert!(foreign_measurement(elsewhere, name).unwrap().contains(name), "{name}");
        }
    }

    #[test]
    fn a_second_record_under_one_id_is_found() {
        let id = GateId::try_from("drift.once_only".to_owned()).unwrap();
        assert_eq!(count_record(&id), None);
        assert!(count_record(&id).unwrap().contains("two tests write one id"));
    }
}
