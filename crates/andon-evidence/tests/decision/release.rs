//! A small release in a temporary folder, with evidence as a test wants it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use andon_evidence::decision::{Decision, GateState, Outcome};
use andon_evidence::evidence::{Evidence, Finding, Store};
use andon_evidence::files::sha256_hex;
use andon_evidence::fingerprint::{Fingerprint, Toolchain};
use andon_evidence::judge::{Measurement, Unit};
use andon_evidence::layout::{CARD, CONTRACT, FIGURES, MODEL, ONNX};
use andon_evidence::package::previous::PreviousRelease;
use andon_evidence::package::{Package, PackageError};
use andon_evidence::policy::{GateId, Policy};
use jiff::civil::{Date, date};

pub(crate) const ACCURACY: &str = "accuracy.accuracy"; // at least 0.8
pub(crate) const LATENCY: &str = "latency.decision"; // at most 50
pub(crate) const TODAY: Date = date(2026, 3, 31);
pub(crate) const MODEL_BYTES: &str = "{}";
pub(crate) const CARD_BYTES: &str = "# small\n";

pub(crate) const FIGURES_BYTES: &str = include_str!("../figures.json");
pub(crate) const CONTRACT_BYTES: &str = include_str!("../contract.schema.json");

pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// A release in a temporary folder.
pub(crate) struct TestRelease(tempfile::TempDir);

impl TestRelease {
    /// The minimal release with more text at the end of its policy; no gate has run.
    pub(crate) fn with(policy: &str) -> Self {
        let release = Self(tempfile::tempdir().unwrap());
        release.put("release.toml", &format!("{}\n{policy}", include_str!("../minimal.toml")));
        release.put("Cargo.toml", "[package]\nname = \"small\"\nversion = \"1.2.3\"\n");
        release.put("Cargo.lock", "");
        release.put("data/x.csv", "");
        release.put("target/andon/model.json", MODEL_BYTES);
        release.put("target/andon/MODEL_CARD.md", CARD_BYTES);
        release.put("target/andon/figures.json", FIGURES_BYTES);
        release.put("target/andon/model.onnx", "");
        release.put("target/andon/contract.schema.json", CONTRACT_BYTES);
        release
    }

    /// A release with a waiver for `accuracy`.
    pub(crate) fn waived_until(expires: &str) -> Self {
        Self::with(&waiver(ACCURACY, expires))
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn put(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn policy(&self) -> Policy {
        Policy::read(self.root()).unwrap()
    }

    pub(crate) fn inputs(&self) -> Fingerprint {
        Fingerprint::take(self.root(), &self.policy(), &Toolchain::current()).unwrap()
    }

    pub(crate) fn fingerprint(&self) -> String {
        self.inputs().digest().to_owned()
    }

    /// Records what a gate found, and lets `change` spoil the evidence.
    pub(crate) fn record_changed(
        &self,
        gate_name: &str,
        finding: Finding,
        change: impl FnOnce(&mut Evidence),
    ) -> &Self {
        let vouched = [
            (MODEL, MODEL_BYTES),
            (CARD, CARD_BYTES),
            (FIGURES, FIGURES_BYTES),
            (CONTRACT, CONTRACT_BYTES),
            (ONNX, ""),
        ];
        let mut evidence = Evidence {
            gate: gate(gate_name),
            fingerprint: self.fingerprint(),
            model_sha256: Some(sha256_hex(MODEL_BYTES.as_bytes())),
            scores_sha256: Some("5".repeat(64)),
            finding,
            vouched: vouched.map(|(file, text)| (file.to_owned(), sha256_hex(text.as_bytes()))).into(),
            started_at: "2026-03-31T12:00:00Z".parse().unwrap(),
            duration_ms: Some(1),
        };
        change(&mut evidence);
        Store::in_root(self.root()).write(&evidence).unwrap();
        self
    }

    pub(crate) fn record(&self, gate: &str, finding: Finding) -> &Self {
        self.record_changed(gate, finding, |_| ())
    }

    pub(crate) fn decide(&self) -> Decision {
        let baseline = PreviousRelease::baseline(self.root(), &self.policy()).unwrap();
        Decision::fold(&self.policy(), &self.inputs(), &Store::in_root(self.root()), &baseline, TODAY)
    }

    /// The outcome with the state of the first gate.
    pub(crate) fn outcome(&self) -> (Outcome, GateState) {
        let decision = self.decide();
        (decision.outcome, decision.rows[0].state)
    }

    pub(crate) fn assemble(&self) -> Result<Package, PackageError> {
        Package::assemble(self.root(), &Toolchain::current(), TODAY)
    }
}

pub(crate) fn gate(name: &str) -> GateId {
    GateId::try_from(name.to_owned()).unwrap()
}

pub(crate) fn waiver(gate: &str, expires: &str) -> String {
    format!("[[waiver]]\ngate = \"{gate}\"\nreason = \"known\"\nowner = \"Ada\"\nexpires = \"{expires}\"\n")
}

pub(crate) fn accuracy(low: f64, value: f64, high: f64) -> Finding {
    Finding::Measured(Measurement::with_interval(value, (low, high), Unit::Share, 100).unwrap())
}

pub(crate) fn green() -> Finding {
    accuracy(0.8, 0.9, 1.0)
}

pub(crate) fn red() -> Finding {
    accuracy(0.7, 0.75, 0.8)
}

pub(crate) fn fast() -> Finding {
    Finding::Measured(Measurement::exact(1.5, Unit::Ms, 100).unwrap())
}

/// A release of which `accuracy` found this and the other gate is green.
pub(crate) fn found(finding: Finding) -> TestRelease {
    let release = TestRelease::with("");
    release.record(ACCURACY, finding).record(LATENCY, fast());
    release
}
