//! Decisions that a person overrode: how often, in which direction, and of which groups.
//!
//! The last override of a decision counts. A person's decision about a record that the model left to a person is no
//! override. Groups are compared by the share of their decisions that nobody overrode, with the intervals, the fewest
//! rows and the worst assignment of unjudged rows of the other comparisons. A difference of directions hides in the
//! whole, so each direction can have a bar.

use andon_evidence::judge::NotMeasured;
use andon_evidence::policy::GateId;
use serde::Serialize;

use crate::data::contract::Record;
use crate::families::as_served::referred;
use crate::families::fairness;
use crate::measure::sample::Measured;
use crate::measure::served::answered_or_not;
use crate::measure::tally::Tally;
use crate::model::score::Score;
use crate::monitor::judgement::MonitoredGate;
use crate::monitor::served::{ServedDecisions, ServedRow};

/// What the shares of a comparison are shares of.
const SHARES: &str = "shares of decisions that nobody overrode";

/// The decisions that a person overrode.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct OverrideCounts {
    /// Decisions by the model.
    pub decisions: u64,
    /// Denials that a person turned into approvals.
    pub to_approval: u64,
    /// Approvals that a person turned into denials.
    pub to_denial: u64,
    /// Referrals that a person decided, which are no overrides.
    pub referrals_decided: u64,
}

impl OverrideCounts {
    /// The counts as people read them; none without an override.
    pub(crate) fn line(&self) -> Option<String> {
        let Self { decisions, to_approval, to_denial, referrals_decided } = self;
        (to_approval + to_denial + referrals_decided > 0).then(|| {
            format!(
                "A person overrode {} of {decisions} decisions: {to_approval} to an approval, {to_denial} to a denial; \
                 and decided {referrals_decided} referrals",
                to_approval + to_denial
            )
        })
    }
}

impl<R: Record> ServedDecisions<'_, R> {
    /// Adds a person's decision about a decision that was counted. False if none at this place was.
    pub fn overridden(&mut self, sequence: u64, is_approved: bool) -> bool {
        self.row_at(sequence).map(|row| row.person = Some(is_approved)).is_some()
    }

    pub(crate) fn override_counts(&self) -> OverrideCounts {
        let mut counts = OverrideCounts::default();
        for row in self.rows.iter().chain(&self.erased) {
            counts.decisions += u64::from(row.score.is_some());
            match (self.approves(row), row.person) {
                (Some(false), Some(true)) => counts.to_approval += 1,
                (Some(true), Some(false)) => counts.to_denial += 1,
                (None, Some(_)) => counts.referrals_decided += 1,
                _ => {}
            }
        }
        counts
    }

    /// The gates of the policy that only the monitor asks.
    pub(crate) fn override_gates(&self) -> Vec<MonitoredGate> {
        let gates = self.decider.policy().monitor.iter();
        let gate = |(gate, bar)| {
            let mut row = MonitoredGate::new(gate, bar, self.overrides(gate));
            if row.measurement.is_some() && row.note.is_empty() && gate.question().1.is_some() {
                SHARES.clone_into(&mut row.note);
            }
            row
        };
        gates.map(gate).collect()
    }

    /// True for an approval by the model, false for a denial, none for a referral.
    pub(crate) fn approves(&self, row: &ServedRow) -> Option<bool> {
        row.score.map(|score| score >= self.decider.model().threshold())
    }

    fn overrides(&self, gate: &GateId) -> Measured {
        match (gate.family(), gate.question()) {
            ("serving", ("overrides", None)) => {
                let OverrideCounts { decisions, to_approval, to_denial, .. } = self.override_counts();
                let nothing = || Err(NotMeasured("no decision of the model was served".to_owned()));
                if decisions == 0 { nothing() } else { referred(to_approval + to_denial, decisions) }
            }
            ("fairness", ("overrides", Some(subject))) => self.override_difference(subject, None),
            ("fairness", ("overrides_to_approval", Some(subject))) => self.override_difference(subject, Some(true)),
            ("fairness", ("overrides_to_denial", Some(subject))) => self.override_difference(subject, Some(false)),
            _ => Err(NotMeasured(format!("{gate} names no statistic of the monitor"))),
        }
    }

    /// The greatest difference between groups, of overrides in a direction or in both.
    fn override_difference(&self, subject: &str, direction: Option<bool>) -> Measured {
        let (places, named) = self.attributes_of(subject)?;
        self.check_most(self.judged_rows(&places), &format!("state {}", named.join(" and ")))?;
        let is_overridden = |row: &ServedRow| {
            let differs = row.person.filter(|person| Some(*person) != self.approves(row));
            differs.is_some_and(|person| direction.is_none_or(|direction| direction == person))
        };
        let rows: Vec<&ServedRow> = self.rows.iter().chain(&self.erased).filter(|row| row.score.is_some()).collect();
        let flag = |row: &&ServedRow| if is_overridden(row) { Score::lowest() } else { Score::highest() };
        let flags: Vec<Score> = rows.iter().map(flag).collect();
        let tally = Tally::count(&self.frame(&places, &rows), &flags);
        fairness::demographic_parity_difference(&answered_or_not(self.sample(tally)), subject)
    }
}
