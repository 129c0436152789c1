//! The rules of the house: where a file may stand, what it may import, and how names and texts are chosen.
//!
//! Each rule is a function from sources to complaints. A test here holds it against this repository. A test beside the
//! rule breaks it on purpose and expects the complaint.

mod features;
mod imports;
mod names;
mod places;
mod source;
mod texts;

use std::collections::BTreeSet;

use features::{missing_places, read_file};
use imports::{circles, climbs};
use names::{reused_type_names, tuple_bindings, unnamed_public_items};
use places::{families_without_a_place, full_folders, modules_in, text_of};
use source::{Source, read};
use texts::{long_doc_lines, relative_openings};

/// The rooms of each crate from top to bottom. A room imports only from rooms below it; rooms in one string are peers
/// that do not import each other.
const ROOMS: &[(&str, &[&str])] = &[
    (
        "andon",
        &[
            "gate monitor search",
            "families",
            "release",
            "partial",
            "decide measure onnx",
            "model",
            "statistics",
            "data",
            "threads",
        ],
    ),
    ("andon-audit", &["read write", "store", "record", "clock error location"]),
    (
        "andon-evidence",
        &[
            "run",
            "package",
            "decision",
            "stops",
            "ledger",
            "evidence",
            "alternatives fingerprint golden load",
            "figures policy signature",
            "files judge layout messages proposals",
        ],
    ),
    ("andon-gates", &["table_of_contents", "gates", "bodies", "body progress"]),
    ("andon-import", &["lightgbm onnx points xgboost", "columns thresholds trees", "error"]),
    ("andon-new", &["project", "tests_of_gates", "proposals", "conversion", "columns", "reading", "error"]),
    (
        "andon-program",
        &[
            "arguments",
            "serve",
            "cord monitor outcomes search tally",
            "audit predict",
            "artifact listen",
            "output program",
        ],
    ),
    (
        "andon-serve",
        &[
            "artifact",
            "routes",
            "api",
            "inference",
            "decide page",
            "service",
            "watch",
            "access read",
            "listen problem request_id trail words",
            "identity",
        ],
    ),
    (
        "cargo-andon",
        &[
            "commands",
            "artifact",
            "forms",
            "arguments",
            "documents",
            "report",
            "scores",
            "column_schema policy_lines root run",
            "console",
        ],
    ),
];

/// The sources of every crate and of the release.
fn sources() -> Vec<Source> {
    let crates = read("crates").into_iter().filter(|source| source.path.contains("/src/"));
    crates.chain(read("src")).collect()
}

/// Every Rust file: sources, tests, benches, examples.
fn all_files() -> Vec<Source> {
    ["crates", "src", "tests", "benches"].into_iter().flat_map(read).collect()
}

fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn the_sources_are_found() {
    assert!(sources().len() > 100 && all_files().len() > sources().len());
}

#[test]
fn no_files_import_each_other() {
    assert_none(&circles(&sources()));
}

#[test]
fn a_room_imports_from_below() {
    assert_none(&climbs(&sources(), ROOMS));
}

#[test]
fn no_folder_is_a_hall() {
    assert_none(&full_folders(&all_files()));
}

#[test]
fn a_doc_comment_opens_with_its_subject() {
    assert_none(&relative_openings(&sources()));
}

#[test]
fn a_doc_line_is_short() {
    assert_none(&long_doc_lines(&all_files()));
}

#[test]
fn a_type_name_means_one_thing() {
    assert_none(&reused_type_names(&sources()));
}

#[test]
fn a_statement_binds_one_thing() {
    assert_none(&tuple_bindings(&sources()));
}

#[test]
fn the_harness_shows_what_others_use() {
    let (harness, others): (Vec<Source>, Vec<Source>) =
        all_files().into_iter().partition(|source| source.path.starts_with("crates/andon/src/"));
    let card = text_of("templates/model_card.md");
    let outside: String = others.iter().map(|source| source.text.as_str()).chain([card.as_str()]).collect();
    assert_none(&unnamed_public_items(&harness, &outside));
}

#[test]
fn every_family_has_a_room_and_a_file_of_gates() {
    let policy = text_of("release.toml");
    let gates = policy.lines().filter_map(|line| line.strip_prefix("[gate.\"")?.split('.').next());
    let families: BTreeSet<String> = gates.map(str::to_owned).collect();
    assert!(families.len() > 5, "{families:?}");
    assert_none(&families_without_a_place("a file in tests/gate", &families, &modules_in("tests/gate")));
    // The gates of serving stand in the server's crate.
    let measured = families.into_iter().filter(|family| family != "serving").collect();
    assert_none(&families_without_a_place("a room", &measured, &modules_in("crates/andon/src/families")));
}

#[test]
fn every_feature_is_where_its_table_says() {
    let table = text_of("docs/features.md");
    assert!(table.lines().filter(|line| line.starts_with("| ")).count() > 40);
    assert_none(&missing_places(&table, read_file));
}
