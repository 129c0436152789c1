//! The past that a decision is held against: the previous release, and the ledger of what was decided since.

use crate::decision::looser::is_looser;
use crate::decision::record::Decision;
use crate::judge::Bar;
use crate::ledger::{Ledger, LedgerEntry, RowSketch, SeenBar, SeenPolicy};
use crate::policy::{GateId, Policy, SettingChange, Settings};
use crate::stops::Stops;

/// The previous release and the ledger, and the data by which the ledger is read.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    /// The decision of the previous release, if there is one.
    pub previous: Option<Decision>,
    /// The settings of its policy.
    pub settings: Settings,
    /// The ledger.
    pub ledger: Ledger,
    /// The stops on the release.
    pub stops: Stops,
    /// The sketch of the data under judgement.
    pub rows: RowSketch,
}

impl Baseline {
    /// Says why the ledger cannot be believed.
    pub(super) fn ledger_defect(&self) -> Option<String> {
        if let Some(defect) = self.ledger.defect() {
            return Some(defect.to_owned());
        }
        let cut = || {
            "releases.jsonl does not hold the line that the previous release ended with: it was cut or written anew\n\
             next: take it back from the history"
                .to_owned()
        };
        self.since_previous().is_none().then(cut)
    }

    /// The decisions since the previous release.
    fn since_previous(&self) -> Option<Vec<(&LedgerEntry, &SeenPolicy)>> {
        let end = self.previous.as_ref().and_then(|previous| previous.tries.ledger.as_deref());
        self.ledger.since(end)
    }

    /// The stricter bar that a gate was red under, if it was. A bar that comes back to what it was at an earlier GO is
    /// none.
    pub(super) fn seen_red(&self, gate: &GateId, now: Option<&Bar>) -> Option<SeenBar> {
        let looser = |then: &SeenBar| now.is_none_or(|now| is_looser(now, &then.in_place_of(now)));
        let entries = self.since_previous().unwrap_or_default();
        let red = entries
            .iter()
            .position(|(entry, seen)| entry.red.contains(gate) && seen.bars.get(gate).is_some_and(looser))?;
        let was_as_loose = |(_, seen): &(&LedgerEntry, &SeenPolicy)| match seen.bars.get(gate) {
            Some(then) => !looser(then),
            None => now.is_none(),
        };
        if entries[..red].iter().filter(|(entry, _)| entry.is_go()).any(was_as_loose) {
            return None;
        }
        entries[red].1.bars.get(gate).copied()
    }

    /// The gates that were red in the ledger and that the policy neither requires nor lists as removed.
    pub(super) fn gone_since_red(&self, policy: &Policy) -> Vec<(GateId, SeenBar)> {
        let entries = self.since_previous().unwrap_or_default();
        let mut red: Vec<&GateId> = entries.iter().flat_map(|(entry, _)| &entry.red).collect();
        red.sort();
        red.dedup();
        red.retain(|gate| !policy.gates.contains_key(gate) && !policy.removed.contains_key(gate));
        red.into_iter().filter_map(|gate| Some((gate.clone(), self.seen_red(gate, None)?))).collect()
    }

    /// The settings that are weaker than in the previous release, or than when a gate was red.
    pub(super) fn weaker_settings(&self, policy: &Policy) -> Vec<SettingChange> {
        let mut changes = match &self.previous {
            Some(_) => policy.settings.weakened_since(&self.settings),
            None => Vec::new(),
        };
        let entries = self.since_previous().unwrap_or_default();
        for (place, (_, seen)) in entries.iter().enumerate().filter(|(_, (entry, _))| !entry.red.is_empty()) {
            let mut weaker = policy.settings.weakened_since(&seen.settings);
            weaker.retain(|change| {
                let earlier = entries[..place].iter().filter(|(entry, _)| entry.is_go());
                let came_back =
                    earlier.into_iter().any(|(_, then)| then.settings.get(&change.key) == change.now.as_deref());
                let is_released = self.previous.is_some() && self.settings.get(&change.key) == change.now.as_deref();
                !came_back && !is_released && !changes.iter().any(|known| known.key == change.key)
            });
            changes.extend(weaker);
        }
        changes
    }
}
