//! A trail of version 0.1.0, written by another program from the documentation of the chain.

use std::path::Path;

use andon_audit::{Format, Head, Selection, Trail, export, forget, read, verify};

use crate::{entry, sql, wait};

/// The head that the other program computed.
const KEPT: &str = "4:b942f3fcfdd1a403598bf6a31d24feaf68c539da851bb773cad8d9239086ac56";

fn old_trail(folder: &Path) -> (std::path::PathBuf, Head) {
    let path = folder.join("trail.db");
    sql(&path, include_str!("trail_of_0_1_0.sql"));
    (path, KEPT.parse().unwrap())
}

/// The digest of the model in each decision.
fn models(path: &Path) -> Vec<Option<String>> {
    let head = verify(path, None).unwrap().head;
    let mut models = Vec::new();
    read(path, &head, |row| models.push(row.model_sha256.map(str::to_owned))).unwrap();
    models
}

#[test]
fn an_old_trail_verifies_as_it_is_and_has_no_digest_of_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let (path, kept) = old_trail(folder.path());
    let verified = verify(path.as_path(), Some(&kept)).unwrap();
    assert_eq!((verified.decisions, verified.forgotten, verified.head), (3, 1, kept));
    assert_eq!(models(&path), [None, None, None]);
    let mut text = Vec::new();
    assert_eq!(export(path.as_path(), Format::Csv, &mut text).unwrap(), 4);
}

#[test]
fn an_old_trail_goes_on_with_rows_of_today_and_every_row_stays_bound() {
    let folder = tempfile::tempdir().unwrap();
    let (path, kept) = old_trail(folder.path());
    let trail = Trail::open(path.as_path()).unwrap();
    assert_eq!(trail.head(), kept);
    assert_eq!(wait(trail.record(entry(5))).unwrap().sequence, 5);
    drop(trail);
    forget(path.as_path(), &Selection::Sequence(2), "asked").unwrap();
    assert_eq!(verify(path.as_path(), Some(&kept)).unwrap().forgotten, 2);
    assert_eq!(models(&path), [None, None, None, Some("5d41402a".to_owned())]);
    sql(&path, "UPDATE decisions SET model_sha256 = 'x' WHERE sequence = 3");
    assert!(verify(path.as_path(), None).unwrap_err().to_string().contains('3'));
}
