//! Skipped tests; the tests of andon-serve and cargo-andon use this file as well.
//!
//! A test that did nothing must not look like a test that passed, so a skip is printed past the capture of the test
//! runner. If the environment variable `ANDON_REQUIRE` lists what is missing, as in
//! `ANDON_REQUIRE=chromium,postgres,tmpfs`, the test fails instead.

use std::io::Write;

/// Says that a test is skipped because `needed` is missing.
///
/// # Panics
/// If `ANDON_REQUIRE` lists `needed`.
pub(crate) fn skip(needed: &str, why: &str) {
    let required = std::env::var("ANDON_REQUIRE").unwrap_or_default();
    let is_required = required.split(',').any(|name| name.trim() == needed);
    assert!(!is_required, "ANDON_REQUIRE lists `{needed}`, which is missing: {why}");
    std::io::stderr().write_all(format!("SKIPPED: {why}\n").as_bytes()).unwrap();
}
