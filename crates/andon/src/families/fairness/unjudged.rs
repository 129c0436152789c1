//! The rows that no judged group holds: people of another group, or of one that they did not disclose. Nobody knows
//! how the judged groups would compare with these rows among them, so a measurement reaches as far as their worst
//! assignment: all that were denied belong to the group that fares worst, all that were selected to the one that fares
//! best. Nothing then reads as GO that such rows could turn.
//!
//! A written reason, `[data.unjudged]`, can excuse a small part of them: under 2 % of the rows, as no determination of
//! adverse impact is asked for a group below 2 % (29 CFR 1607.15(A)(2)). The bar must then still be met by the value of
//! the worst assignment, and no more by its interval: a reason excuses that so few rows say little, and nothing else.

use andon_evidence::judge::{Bar, DecideOn, Measurement, NotMeasured, Part, Verdict};

use crate::measure::sample::{Measured, Sample};
use crate::measure::subject::Subject;
use crate::measure::table::{LabelledScore, Outcomes};
use crate::measure::tally::GroupCounts;
use crate::model::score::Score;
use crate::statistics::estimate::Estimate;
use crate::statistics::two_shares::Rate;

/// The name of the part of a measurement that counts these rows.
const IN_NO_JUDGED_GROUP: &str = "in no judged group";

/// A reason excuses a share of the rows below this.
const MAX_EXCUSED_SHARE: f64 = 0.02;

/// The unjudged rows of a subject.
pub(super) struct Unjudged {
    /// All of them, by outcome.
    pub(super) outcomes: Outcomes,
    /// Their groups that have the policy's fewest rows, and so can be compared as a group too.
    pub(super) large: Vec<GroupCounts>,
    /// Their scores and labels.
    pub(super) counts: Vec<GroupCounts>,
    share: f64,
    is_excused: bool,
}

impl Unjudged {
    pub(super) fn new(sample: &Sample, subject: &Subject<'_>) -> Self {
        let mut counts = sample.tally.groups(&subject.attributes);
        counts.retain(|group| !group.judged);
        let of_groups: Vec<Outcomes> = counts.iter().map(|group| group.outcomes(sample.threshold)).collect();
        let mut outcomes = Outcomes { group: IN_NO_JUDGED_GROUP.to_owned(), below: [0; 2], above: [0; 2] };
        for group in &of_groups {
            for label in 0..2 {
                outcomes.below[label] += group.below[label];
                outcomes.above[label] += group.above[label];
            }
        }
        let share = outcomes.rows() as f64 / sample.tally.rows().max(1) as f64;
        let is_large =
            |group: &&GroupCounts| group.outcomes(sample.threshold).rows() >= sample.minimum_group_rows.max(1);
        let large = counts.iter().filter(is_large).cloned().collect();
        let has_reason = |name: &&str| sample.unjudged.contains(*name) || !has_unjudged_rows(sample, name);
        let is_excused = share < MAX_EXCUSED_SHARE && subject.attributes.iter().all(has_reason);
        Self { outcomes, large, counts, share, is_excused }
    }

    /// An estimate whose lower end reaches as far as the worst assignment allows, or an unjudged group by itself, with
    /// the part that says so. A worst assignment without a number is as low as nothing is.
    pub(super) fn lower(
        &self,
        judged: Estimate,
        worst: Option<Estimate>,
        as_groups: Option<Estimate>,
    ) -> (Estimate, Option<Part>) {
        if self.outcomes.rows() == 0 {
            return (judged, None);
        }
        let worst = worst.unwrap_or(Estimate { value: 0.0, low: 0.0, high: 0.0 });
        let as_groups = as_groups.unwrap_or(judged);
        let worst_low = if self.is_excused { worst.value } else { worst.low };
        let low = judged.low.min(worst_low).min(as_groups.low);
        (Estimate { low, ..judged }, Some(self.part(worst.value.min(as_groups.value).min(judged.value))))
    }

    /// An estimate whose upper end reaches as far. There is no highest ratio, so a worst assignment without a number is
    /// the caller's error.
    pub(super) fn raise(
        &self,
        judged: Estimate,
        worst: Estimate,
        as_groups: Option<Estimate>,
    ) -> (Estimate, Option<Part>) {
        let turn = |e: Estimate| Estimate { value: -e.value, low: -e.high, high: -e.low };
        let (estimate, part) = self.lower(turn(judged), Some(turn(worst)), as_groups.map(turn));
        (turn(estimate), part.map(|part| Part { value: -part.value, ..part }))
    }

    /// The sum of the distances of these rows' scores from their labels.
    pub(super) fn missed(&self) -> f64 {
        let miss = |entry: &LabelledScore| if entry.label { Score::STEPS - entry.score } else { entry.score };
        let of_group = |group: &GroupCounts| {
            let (entries, counts) = group.table.entries();
            entries.iter().zip(counts).map(|(entry, count)| miss(entry) as u64 * count).sum::<u64>()
        };
        self.counts.iter().map(of_group).sum::<u64>() as f64 / Score::STEPS as f64
    }

    /// The part of a measurement that says what share these rows are, and what their worst assignment gives.
    pub(super) fn part(&self, worst: f64) -> Part {
        let share = 100.0 * self.share;
        let name = format!("{IN_NO_JUDGED_GROUP} ({share:.2} % of the rows), in their worst assignment");
        Part { name, value: worst, n: self.outcomes.rows() }
    }
}

/// The part of a measurement that counts the unjudged rows. It is the last one, so no group can take its name.
pub(crate) fn unjudged_part(measurement: &Measurement) -> Option<&Part> {
    measurement.parts().last().filter(|part| part.name.starts_with(IN_NO_JUDGED_GROUP))
}

/// A measurement that its bar can decide: where the bar decides on the point, the worst assignment must meet it too.
///
/// # Errors
/// Not measured if it does not.
pub(crate) fn decidable(bar: &Bar, measured: Measured) -> Measured {
    let measurement = measured?;
    let worst = unjudged_part(&measurement).filter(|_| bar.decide_on == DecideOn::Point);
    let worst = worst.map(|part| Measurement::exact(part.value, measurement.unit(), part.n)).transpose()?;
    match worst {
        Some(worst) if bar.judge(&worst) != Verdict::Go => Err(NotMeasured(format!(
            "the point is not known: {} rows are in no judged group, and their worst assignment gives {worst}",
            worst.n()
        ))),
        _ => Ok(measurement),
    }
}

fn has_unjudged_rows(sample: &Sample, attribute: &str) -> bool {
    sample.tally.groups(&[attribute]).iter().any(|group| !group.judged && !group.table.is_empty())
}

/// A group's share if every unjudged row without a hit belonged to it.
pub(super) fn lowered(rate: Rate, unjudged: Rate) -> Rate {
    Rate { n: rate.n + (unjudged.n - unjudged.hits), ..rate }
}

/// A group's share if every unjudged hit belonged to it.
pub(super) fn raised(rate: Rate, unjudged: Rate) -> Rate {
    Rate { hits: rate.hits + unjudged.hits, n: rate.n + unjudged.hits }
}
