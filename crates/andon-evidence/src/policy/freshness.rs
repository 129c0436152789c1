//! The age of the data, and the day until which a policy takes them.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::judge::{Bar, Threshold};
use crate::policy::gate_id::GateId;

/// The gate that asks about the age of the data.
const GATE: &str = "contract.freshness";

/// The data are older than the policy takes them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the data were collected until {collected_until}, and {GATE} takes them until {fresh_until}")]
pub struct OldData {
    /// The day on which the newest row was collected.
    pub collected_until: Date,
    /// The last day on which the policy takes the data (UTC).
    pub fresh_until: Date,
}

/// True if this gate asks about the age of the data.
pub(crate) fn asks_freshness(gate: &GateId) -> bool {
    gate.as_str() == GATE
}

/// The gate about the age of the data, if it is required, with its threshold.
pub(super) fn freshness_gate(gates: &BTreeMap<GateId, Bar>) -> Option<(&GateId, Threshold)> {
    gates.iter().find(|(gate, _)| asks_freshness(gate)).map(|(gate, bar)| (gate, bar.threshold))
}

/// The data, if a threshold of days takes them no longer on this day.
pub(super) fn old_data(collected_until: Date, threshold: Threshold, today: Date) -> Option<OldData> {
    let Threshold::Max(days) = threshold else { return None };
    let fresh_until = collected_until.checked_add((days.floor() as i32).days()).ok()?;
    (fresh_until < today).then_some(OldData { collected_until, fresh_until })
}
