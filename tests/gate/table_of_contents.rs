//! Does every gate of the policy have a test that runs? This is no gate itself: it makes plain `cargo test` red if a
//! gate's test is deleted, renamed or ignored. Otherwise only the decision would show that.

use std::collections::BTreeSet;
use std::process::Command;

use andon::evidence::decision::weakening;

use crate::release;

/// The names of this binary's tests.
fn listed(arguments: &[&str]) -> BTreeSet<String> {
    let program = std::env::current_exe().expect("a running test has a program");
    let output = Command::new(program).args(arguments).output().expect("the test program lists its tests");
    let text = String::from_utf8(output.stdout).expect("test names are UTF-8");
    text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

#[test]
fn every_gate_has_a_test_that_runs() {
    let tests = listed(&["--list", "--format", "terse"]);
    let ignored = listed(&["--list", "--format", "terse", "--ignored"]);
    assert!(!tests.is_empty(), "the test program lists no tests");
    let gates = release().policy().gates.keys().map(|gate| gate.test_path());
    let dead: Vec<String> = gates.filter(|test| !tests.contains(test) || ignored.contains(test)).collect();
    assert!(dead.is_empty(), "gates of release.toml without a test that runs: {}", dead.join(", "));
}

/// A gate of the previous release, or one that was red, that the policy no longer has needs a reason under `[removed]`.
#[test]
fn no_gate_is_gone_without_a_reason() {
    let gone = weakening::removed(release().policy(), release().baseline());
    let gone: Vec<String> = gone.iter().map(|(gate, ..)| gate.to_string()).collect();
    assert!(gone.is_empty(), "gates that are missing in release.toml: {}", gone.join(", "));
}
