//! The package that only a GO makes.

use std::collections::BTreeMap;
use std::fs;

use andon_evidence::decision::{GateState, Outcome};
use andon_evidence::evidence::{Evidence, Finding, Store};
use andon_evidence::files::sha256_hex;
use andon_evidence::judge::{Bar, Measurement, Threshold, Unit};
use andon_evidence::layout::{ALTERNATIVES, CARD, CONTRACT, EVIDENCE, FIGURES, MODEL, ONNX, VOUCHED};
use andon_evidence::package::{Manifest, Package, PackageError};

use crate::release::{ACCURACY, Files, LATENCY, TestRelease, fast, found, green, red};

#[test]
fn a_go_is_packaged_with_its_model_card_policy_and_evidence() {
    let package = found(green()).assemble().unwrap();
    let files = package.all_files().unwrap();
    assert_eq!(files.keys().collect::<Vec<_>>(), [CARD, CONTRACT, EVIDENCE, FIGURES, MODEL, ONNX, "release.toml"]);
    assert_eq!((package.manifest.name.as_str(), package.manifest.version.as_str()), ("small", "1.2.3"));
    let manifest: Manifest = serde_json::from_slice(&files[EVIDENCE]).unwrap();
    manifest.verify(&package.files).unwrap();
    assert_eq!(serde_json::to_vec_pretty(&manifest).unwrap(), files[EVIDENCE], "reads back to the bit");
}

/// What a policy adds that asks which alternatives there were.
const ASKS_ALTERNATIVES: &str = "[search]\nwithout = []\nwith = []\ndepth = [3]\ntrees = [5]\nthreshold = [0.5]\n\
    fairer_by = 0.05\nless_accurate_by = 0.01\nchosen_because = \"the only one\"\n\
    [gate.\"fairness.alternatives\"]\nmax = 0\nwhy = \"test\"\n";

#[test]
fn the_alternatives_that_a_gate_asks_for_are_in_the_package_and_no_others() {
    let release = TestRelease::with(ASKS_ALTERNATIVES);
    release.record(ACCURACY, green()).record(LATENCY, fast());
    let none_open = || Finding::Measured(Measurement::exact(0.0, Unit::Count, 1).unwrap());
    let store = Store::in_root(release.root());
    release.record("fairness.alternatives", none_open());
    release.put("target/andon/alternatives.json", "{}");
    let unvouched = release.assemble().unwrap_err();
    assert!(matches!(&unvouched, PackageError::NotVouched(file) if file == ALTERNATIVES), "{unvouched}");
    release.record_changed("fairness.alternatives", none_open(), |evidence| {
        evidence.vouched = [(ALTERNATIVES.to_owned(), sha256_hex(b"{}"))].into();
    });
    let package = release.assemble().unwrap();
    assert_eq!(package.files[ALTERNATIVES], b"{}");
    let mut without = package.files.clone();
    without.remove(ALTERNATIVES);
    assert!(package.manifest.verify(&without).is_err());
    let mut other = package.manifest.clone();
    other.files.remove(ALTERNATIVES);
    assert!(other.verify(&without).unwrap_err().to_string().contains("are not the files of a package"));
    fs::remove_file(store.path(ALTERNATIVES)).unwrap();
    assert!(matches!(release.assemble(), Err(PackageError::File(_))));
}

#[test]
fn the_same_release_is_packaged_to_the_same_bytes() {
    let release = found(green());
    let files = || release.assemble().unwrap().all_files().unwrap();
    assert_eq!(files(), files());
}

#[test]
fn what_is_not_go_is_not_packaged_and_the_refusal_shows_the_table() {
    let no_go = found(red());
    let incomplete = TestRelease::with("");
    for (release, line) in [(no_go, "NO-GO      accuracy.accuracy"), (incomplete, "MISSING    latency.decision")] {
        let error = release.assemble().unwrap_err();
        assert!(matches!(error, PackageError::NotGo(_)), "{error}");
        assert!(error.to_string().contains(line), "{error}");
    }
}

#[test]
fn a_file_changed_after_the_gates_judged_it_is_not_packaged() {
    for file in VOUCHED {
        let release = found(green());
        release.put(&format!("target/andon/{file}"), "changed");
        let error = release.assemble().unwrap_err();
        assert!(matches!(&error, PackageError::NotVouched(named) if named == file), "{error}");
        fs::remove_file(Store::in_root(release.root()).path(file)).unwrap();
        assert!(matches!(release.assemble(), Err(PackageError::File(_))));
    }
}

#[test]
fn a_file_that_no_gate_vouches_for_is_not_packaged() {
    let release = TestRelease::with("");
    let speechless = |evidence: &mut Evidence| evidence.vouched = BTreeMap::new();
    release.record_changed(ACCURACY, green(), speechless).record_changed(LATENCY, fast(), speechless);
    assert!(matches!(release.assemble(), Err(PackageError::NotVouched(_))));
}

#[test]
fn a_model_other_than_the_judged_one_is_not_packaged() {
    let release = TestRelease::with("");
    let other = |evidence: &mut Evidence| evidence.model_sha256 = Some("1".repeat(64));
    release.record_changed(ACCURACY, green(), other).record_changed(LATENCY, fast(), other);
    let error = release.assemble().unwrap_err();
    assert_eq!(error.to_string(), "the gates judged another model");
}

#[test]
fn verify_refuses_a_changed_byte_a_missing_file_and_an_extra_one() {
    let Package { manifest, files } = found(green()).assemble().unwrap();
    let refused = |change: &dyn Fn(&mut Files)| {
        let mut files = files.clone();
        change(&mut files);
        manifest.verify(&files).unwrap_err().to_string()
    };
    for (name, bytes) in &files {
        for at in 0..bytes.len() {
            let message = refused(&|files| files.get_mut(name).unwrap()[at] ^= 1);
            assert_eq!(message, format!("{name} does not hash to its digest in evidence.json"), "byte {at}");
        }
        assert!(refused(&|files| drop(files.remove(name))).contains("its manifest"));
    }
    assert!(refused(&|files| drop(files.insert("extra".to_owned(), Vec::new()))).contains("extra"));
}

#[test]
fn verify_refuses_a_manifest_that_contradicts_itself() {
    let Package { manifest, files } = found(green()).assemble().unwrap();
    let refused = |change: &dyn Fn(&mut Manifest)| {
        let mut manifest = manifest.clone();
        change(&mut manifest);
        manifest.verify(&files).unwrap_err().to_string()
    };
    assert!(refused(&|manifest| manifest.decision.outcome = Outcome::Incomplete).contains("must not be packaged"));
    assert!(refused(&|manifest| manifest.decision.fingerprint = "0".repeat(64)).contains("another fingerprint"));
    assert!(refused(&|manifest| manifest.decision.rows.clear()).contains("no gate vouches"));
    let bars = "its gates and bars are not those of release.toml";
    assert!(refused(&|manifest| drop(manifest.decision.rows.pop())).contains(bars));
    assert!(refused(&|manifest| manifest.decision.rows[0].bar = Bar::at_least(0.1, "test")).contains(bars));
    let red = |manifest: &mut Manifest| {
        let evidence = manifest.decision.rows[0].evidence.as_mut().unwrap();
        evidence.finding = Finding::NotMeasured("nothing".to_owned());
    };
    assert!(refused(&red).contains("the evidence of accuracy.accuracy does not give GO"));
    assert!(refused(&|manifest| manifest.decision.rows[0].evidence = None).contains("does not give GO"));
    let waived = |manifest: &mut Manifest| {
        red(manifest);
        manifest.decision.rows[0].state = GateState::Waived;
    };
    assert!(refused(&waived).contains("does not give WAIVED"), "a waiver that the policy does not have");
    let doubted = |manifest: &mut Manifest| manifest.decision.doubt = Some("a test is red".to_owned());
    assert!(refused(&doubted).contains("does not follow"));
}

/// Whoever changes a file can change its digest in the manifest as well, but not what a gate said of it.
#[test]
fn verify_refuses_a_file_that_no_gate_vouches_for_whatever_the_manifest_says() {
    let Package { manifest, files } = found(green()).assemble().unwrap();
    for name in VOUCHED {
        let mut manifest = manifest.clone();
        let mut files = files.clone();
        files.insert(name.to_owned(), b"other".to_vec());
        manifest.files.insert(name.to_owned(), sha256_hex(b"other"));
        assert_eq!(manifest.verify(&files).unwrap_err().to_string(), format!("no gate vouches for this {name}"));
        files.remove(name);
        manifest.files.remove(name);
        assert!(manifest.verify(&files).unwrap_err().to_string().contains("not the files of a package"));
    }
    let mut manifest = manifest;
    let mut files = files;
    files.insert("install.sh".to_owned(), Vec::new());
    manifest.files.insert("install.sh".to_owned(), sha256_hex(b""));
    assert!(manifest.verify(&files).unwrap_err().to_string().contains("not the files of a package"));
}

#[test]
fn verify_asks_the_family_again_and_no_waiver_excepts_a_crash() {
    let holm =
        "[family.accuracy]\ncontrol = \"holm\"\nwhy = \"test\"\n[gate.\"accuracy.auc\"]\nmin = 0.5\nwhy = \"test\"\n";
    let release = TestRelease::with(holm);
    let clear = || Finding::Measured(Measurement::with_interval(0.9, (0.85, 0.95), Unit::Score, 500).unwrap());
    release.record(ACCURACY, clear()).record("accuracy.auc", clear()).record(LATENCY, fast());
    let Package { manifest, files } = release.assemble().unwrap();
    manifest.verify(&files).unwrap();
    let mut narrow = manifest.clone();
    for row in narrow.decision.rows.iter_mut().filter(|row| row.gate.family() == "accuracy") {
        // Its interval ends a hair above the bar: Go alone, and not as one of two.
        let Threshold::Min(bar) = row.bar.threshold else { unreachable!() };
        let measured = Measurement::with_interval(bar + 0.05, (bar + 1e-6, bar + 0.1), Unit::Score, 500).unwrap();
        row.evidence.as_mut().unwrap().finding = Finding::Measured(measured);
    }
    assert!(narrow.verify(&files).unwrap_err().to_string().contains("does not give GO"));
    let mut alone = manifest.clone();
    alone.decision.families.clear();
    assert!(alone.verify(&files).unwrap_err().to_string().contains("does not follow"));

    let release = TestRelease::waived_until("2026-06-30");
    release.record(ACCURACY, red()).record(LATENCY, fast());
    let Package { mut manifest, files } = release.assemble().unwrap();
    manifest.verify(&files).unwrap();
    manifest.decision.rows[0].evidence.as_mut().unwrap().finding = Finding::Started;
    assert!(manifest.verify(&files).unwrap_err().to_string().contains("does not give WAIVED"));
}
