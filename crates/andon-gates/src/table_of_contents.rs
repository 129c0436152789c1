//! The table of contents: every gate of the policy has a test that runs. These are no gates themselves. They make plain
//! `cargo test` red if a gate's test is deleted, renamed or ignored; otherwise only the decision would show that.

use std::collections::BTreeSet;
use std::io;
use std::process::Command;

use andon::evidence::decision::weakening;
use andon::{Record, Red};

use crate::gates::{Gate, Gates};

impl<R: Record> Gates<R> {
    /// Compares the gates of the policy with the tests of this test program.
    ///
    /// # Errors
    /// [`Red`] with the gates that have no test, or one that is ignored.
    pub fn each_has_a_test(&self) -> Gate {
        let listed = |arguments: &[&str]| {
            list_tests(arguments).map_err(|error| Red::new(format!("the test program lists no tests: {error}")))
        };
        let tests = listed(&["--list", "--format", "terse"])?;
        let ignored = listed(&["--list", "--format", "terse", "--ignored"])?;
        let gates = self.release()?.policy().gates.keys().map(|gate| gate.test_path());
        let dead: Vec<String> = gates.filter(|test| !tests.contains(test) || ignored.contains(test)).collect();
        none_of("gates of release.toml without a test that runs", &dead)
    }

    /// Compares the gates of the policy with those of the previous release, and with those that were red.
    ///
    /// # Errors
    /// [`Red`] with the gates that the policy no longer has, and gives no reason for under `[removed]`.
    pub fn none_is_gone(&self) -> Gate {
        let release = self.release()?;
        let gone = weakening::removed(release.policy(), release.baseline());
        let gone: Vec<String> = gone.iter().map(|(gate, ..)| gate.to_string()).collect();
        none_of("gates that are missing in release.toml", &gone)
    }
}

fn none_of(complaint: &str, gates: &[String]) -> Gate {
    if gates.is_empty() { Ok(()) } else { Err(Red::new(format!("{complaint}: {}", gates.join(", ")))) }
}

/// The names of this program's tests.
fn list_tests(arguments: &[&str]) -> io::Result<BTreeSet<String>> {
    let output = Command::new(std::env::current_exe()?).args(arguments).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
}
