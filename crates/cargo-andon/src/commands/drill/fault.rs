//! A deliberate fault: what is broken, how, when, and which gates must see it.

use andon_evidence::policy::Policy;
use anyhow::{Context, Result};

use super::replica::Planted;

/// Stands in the gates of a fault for the gate whose test, evidence and bar are tampered with.
pub(super) const VICTIM: &str = "(the victim)";

/// The time at which a fault is planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// In the inputs: the gates run on it.
    BeforeTheGates,
    /// In what a green run left behind.
    AfterTheGates,
}

/// One deliberate fault.
pub(crate) struct Fault {
    /// Its name: the thing that is wrong.
    pub(crate) name: &'static str,
    /// The time at which it is planted.
    pub(crate) when: When,
    /// Gates and objections, or their beginnings, of which at least one must not be green; empty where packaging must
    /// refuse.
    pub(crate) gates: &'static [&'static str],
    /// A variable that is set while the gates run.
    pub(crate) environment: Option<(&'static str, &'static str)>,
    /// Breaks the copy.
    pub(crate) plant: fn(&Planted<'_>) -> Result<()>,
}

pub(super) const fn before(
    name: &'static str,
    gates: &'static [&'static str],
    plant: fn(&Planted<'_>) -> Result<()>,
) -> Fault {
    Fault { name, when: When::BeforeTheGates, gates, environment: None, plant }
}

pub(super) const fn after(
    name: &'static str,
    gates: &'static [&'static str],
    plant: fn(&Planted<'_>) -> Result<()>,
) -> Fault {
    Fault { name, when: When::AfterTheGates, gates, environment: None, plant }
}

/// The first and the last feature of the policy.
pub(super) fn features(policy: &Policy) -> Result<(&str, &str)> {
    let features = &policy.data.features;
    features.first().zip(features.last()).map(|(first, last)| (first.as_str(), last.as_str())).context("no features")
}

/// Turns a label over.
pub(super) fn flip(label: &mut String) {
    *label = match label.as_str() {
        "0" => "1",
        "true" => "false",
        "false" => "true",
        _ => "0",
    }
    .to_owned();
}

/// True for the label of the worse outcome.
pub(super) fn is_unfavourable(label: &str) -> bool {
    ["0", "false"].contains(&label)
}

/// A number of the policy, whole or not.
pub(super) fn number(value: &toml::Value) -> f64 {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64)).unwrap_or_default()
}
