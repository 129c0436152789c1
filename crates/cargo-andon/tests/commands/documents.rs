//! `document`, and the documents of an artifact: rendered from the package, and again by `verify`.

use std::fs;

use crate::verify::{rewrite_sums, verify};
use crate::{GREEN, RED, SmallRelease, code, err, out};

const KINDS: [&str; 4] = ["annex-iv", "validation-report", "fair-lending", "adverse-action"];

#[test]
fn a_document_is_written_with_the_count_of_its_points_and_says_what_is_red() {
    let release = SmallRelease::measured(0.9);
    let output = release.andon(&["document", "annex-iv"], GREEN, b"");
    assert_eq!(code(&output), 0, "{}", err(&output));
    let counted = out(&output);
    let (_, counts) = counted.trim().split_once("annex-iv: ").unwrap();
    assert!(counts.contains(" points, ") && counts.contains(" to be written"), "{counts}");
    let html = fs::read_to_string(release.root().join("target/andon/documents/annex-iv.html")).unwrap();
    assert!(html.contains(counts) && html.contains("0.9000") && !html.contains("NO-GO"), "{counts}");
    let red = SmallRelease::measured(0.7);
    assert_eq!(code(&red.release(RED)), 1);
    let output = red.andon(&["document", "fair-lending", "--format", "md", "--out", "file.md"], GREEN, b"");
    assert_eq!(code(&output), 1, "{}", err(&output));
    let text = fs::read_to_string(red.root().join("file.md")).unwrap();
    assert!(text.contains("**NO-GO.**") && text.contains("- NO-GO accuracy.accuracy"), "{text}");
}

#[test]
fn without_figures_there_is_no_document() {
    let release = SmallRelease::measured(0.9);
    fs::remove_file(release.root().join("target/andon/figures.json")).unwrap();
    let output = release.andon(&["document", "adverse-action"], GREEN, b"");
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("figures.json") && err(&output).contains("next: cargo test"), "{}", err(&output));
    assert!(!release.root().join("target/andon/documents").exists());
}

#[test]
fn the_artifact_holds_the_documents_and_verify_refuses_an_edited_figure() {
    let release = SmallRelease::measured(0.9);
    let output = release.release(GREEN);
    assert_eq!(code(&output), 0, "{}", err(&output));
    for (kind, ending) in KINDS.into_iter().flat_map(|kind| [(kind, "html"), (kind, "md")]) {
        let file = format!("documents/{kind}.{ending}");
        let shipped = fs::read_to_string(release.dist().join(&file)).unwrap();
        let output = release.andon(&["document", kind, "--format", ending, "--out", "again"], GREEN, b"");
        assert_eq!(code(&output), 0, "{}", err(&output));
        let again = fs::read_to_string(release.root().join("again")).unwrap();
        assert_eq!(again, shipped, "{file}: the store and the package give the same bytes");
    }
    let name = "documents/annex-iv.md";
    let path = release.dist().join(name);
    let good = fs::read_to_string(&path).unwrap();
    assert!(good.contains("0.9000"));
    fs::write(&path, good.replacen("0.9000", "0.9900", 1)).unwrap();
    rewrite_sums(&release.dist());
    let output = verify(&release.dist(), None);
    assert_eq!(code(&output), 1, "{}", out(&output));
    assert!(out(&output).contains(&format!("{name} line")) && out(&output).contains("0.9900"), "{}", out(&output));
}
