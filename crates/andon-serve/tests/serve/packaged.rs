//! Packages of houses: releases in temporary folders with a real decision.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use andon::evidence::evidence::{Evidence, Finding, Store, today};
use andon::evidence::files::sha256_hex;
use andon::evidence::fingerprint::{Fingerprint, Toolchain};
use andon::evidence::layout::{CARD, CONTRACT, FIGURES, MODEL, ONNX, POLICY, SUMS};
use andon::evidence::package::Package;
use andon::evidence::policy::Policy;
use andon::judge::{Measurement, Unit};
use andon::release::unpack;
use andon_serve::{Identity, Service};
use serde_json::Value;
use tempfile::TempDir;

use crate::houses::{House, model_json, policy_text};

pub(crate) type PackageFiles = BTreeMap<String, Vec<u8>>;

/// The parts of a release, which a test may change.
pub(crate) struct Made {
    pub(crate) version: &'static str,
    pub(crate) policy: String,
    pub(crate) model: Value,
    pub(crate) accuracy: f64,
}

/// A release of this version. Version 3 decides a good house at 0.7333 instead of 0.8333.
pub(crate) fn made(version: &'static str) -> Made {
    let mut model = model_json();
    if version == "3.0.0" {
        model["forest"]["value"][2] = 0.5.into();
    }
    Made { version, policy: policy_text("http://127.0.0.1:9", 1_000), model, accuracy: 0.9 }
}

impl Made {
    /// The files in its folder. Its waiver is used on its last day.
    pub(crate) fn ship(&self) -> PackageFiles {
        let root = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            fs::create_dir_all(root.path().join(path).parent().unwrap()).unwrap();
            fs::write(root.path().join(path), text).unwrap();
        };
        let model = self.model.to_string();
        let card = format!("# Houses {}\n", self.version);
        put(POLICY, &self.policy);
        put("Cargo.toml", &format!("[package]\nname = \"houses\"\nversion = \"{}\"\n", self.version));
        put("Cargo.lock", "");
        put("data/houses.csv", "");
        put("target/andon/model.json", &model);
        put("target/andon/MODEL_CARD.md", &card);
        // What is for other tools, no program asks.
        let others = [CONTRACT, FIGURES, ONNX];
        let nothing = String::new();
        others.iter().for_each(|file| put(&format!("target/andon/{file}"), &nothing));
        let policy = Policy::read(root.path()).unwrap();
        let toolchain = Toolchain::current();
        let fingerprint = Fingerprint::take(root.path(), &policy, &toolchain).unwrap();
        let others = others.map(|file| (file, &nothing));
        let vouched: Vec<(&str, &String)> = [(MODEL, &model), (CARD, &card)].into_iter().chain(others).collect();
        // An artifact whose waiver has expired was made while it held.
        let day = policy.waivers.first().map_or_else(today, |waiver| waiver.expires.min(today()));
        for gate in policy.gates.keys() {
            let evidence = Evidence {
                gate: gate.clone(),
                fingerprint: fingerprint.digest().to_owned(),
                model_sha256: Some(sha256_hex(model.as_bytes())),
                scores_sha256: Some("5".repeat(64)),
                finding: Finding::Measured(Measurement::exact(self.accuracy, Unit::Share, 100).unwrap()),
                vouched: vouched.iter().map(|(file, text)| ((*file).to_owned(), sha256_hex(text.as_bytes()))).collect(),
                started_at: format!("{day}T00:00:00Z").parse().unwrap(),
                duration_ms: Some(1),
            };
            Store::in_root(root.path()).write(&evidence).unwrap();
        }
        let mut files = Package::assemble(root.path(), &toolchain, day).unwrap().all_files().unwrap();
        files.insert("houses".to_owned(), b"\x7fELF".to_vec());
        with_sums(files)
    }
}

/// The files with matching digests.
pub(crate) fn with_sums(mut files: PackageFiles) -> PackageFiles {
    files.remove(SUMS);
    let lines: String = files.iter().map(|(name, bytes)| format!("{}  {name}\n", sha256_hex(bytes))).collect();
    files.insert(SUMS.to_owned(), lines.into_bytes());
    files
}

pub(crate) fn folder_of(files: &PackageFiles) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// Loads an artifact as a program does.
pub(crate) fn load(folder: &Path) -> Result<Service<House>, String> {
    let package = Package::read(folder, today()).map_err(|error| error.to_string())?;
    let decider = unpack::decider::<House>(&package).map_err(|error| error.to_string())?;
    let identity = Identity::from_package(&package).map_err(|error| error.to_string())?;
    Service::new(decider, identity).map_err(|error| error.to_string())
}
