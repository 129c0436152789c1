//! What is judged is what is served: the statistics of a release over every row, and over the rows as the program
//! serves them; and who gets no answer at all.

use andon_evidence::judge::{Bar, DecideOn, Measurement, NotMeasured, Part, Threshold, Unit, Verdict};
use andon_evidence::policy::GateId;

use crate::families::fairness::{self, unjudged::decidable};
use crate::families::measure;
use crate::measure::sample::{Measured, Sample};
use crate::measure::served::Served;
use crate::release::Judged;
use crate::statistics::share::wilson;

/// The questions about selection rates: of everybody who applied, not of those who got an answer.
pub(crate) const SELECTION_QUESTIONS: [&str; 3] =
    ["demographic_parity_difference", "disparate_impact", "selection_rate"];

/// Most columns that a share of referred rows names.
const MAX_NAMED_COLUMNS: usize = 3;

/// The statistic that a gate id asks for, of a release whose program may refer rows: the less favourable of two
/// measurements, over every row and over the rows as they are served. `None` when the id is no statistic.
///
/// * `serving.referred`: the share of rows that the program refers to a person.
/// * `fairness.answered.SUBJECT`: of the shares of rows that get an answer, the lowest over the highest of the groups.
/// * selection rates of either family (`disparate_impact`, `demographic_parity_difference`, and both `selection_rate`)
///   count a referral as not approved, as [`crate::monitor`] does: a selection rate is the share of all applicants that
///   are selected (29 CFR 1607.4(D)).
/// * every other question is about answers that are right or wrong, and a referral is no answer: referred rows are left
///   out. `fairness.answered` asks whom the program refers.
#[must_use]
pub fn measure_as_served(id: &GateId, bar: &Bar, sample: &Sample, served: &Served) -> Option<Measured> {
    match (id.family(), id.question()) {
        ("serving", ("referred", None)) => Some(referred_by_column(served)),
        ("fairness", ("answered", Some(subject))) => {
            Some(decidable(bar, fairness::disparate_impact(&served.referral, subject)))
        }
        (_, (question, _)) => {
            let all = decidable(bar, measure(id, sample)?);
            if served.referred == 0 {
                return Some(all);
            }
            let counts_applicants = SELECTION_QUESTIONS.contains(&question);
            let rows = if counts_applicants { &served.approved } else { &served.answered };
            Some(less_favourable(bar, all, decidable(bar, measure(id, rows)?)))
        }
    }
}

/// The statistic that a gate of a release asks for, measured once for gate, card and package.
pub(crate) fn measure_gate<R>(id: &GateId, bar: &Bar, judged: &Judged<R>) -> Option<Measured> {
    judged.measured.get_or_measure(id, || measure_as_served(id, bar, &judged.sample, &judged.served))
}

/// The share of rows that are referred to a person.
pub(crate) fn referred(referred: u64, rows: u64) -> Measured {
    let value = referred as f64 / rows.max(1) as f64;
    Measurement::with_interval(value, wilson(referred, rows.max(1)), Unit::Share, rows)
}

/// The share of rows that are referred; the parts are the columns whose validated range refers most of them.
fn referred_by_column(served: &Served) -> Measured {
    let n = served.referral.tally.rows();
    let mut columns: Vec<(&String, &u64)> = served.outside.iter().collect();
    columns.sort_by_key(|(_, rows)| std::cmp::Reverse(**rows));
    let part = |(column, rows): &(&String, &u64)| {
        let name = format!("outside the validated range of {column}");
        Part { name, value: **rows as f64 / n.max(1) as f64, n: **rows }
    };
    Ok(referred(served.referred, n)?.with_parts(columns.iter().take(MAX_NAMED_COLUMNS).map(part).collect()))
}

/// The measurement that is worse for the release; none if one of them is not measured.
fn less_favourable(bar: &Bar, all: Measured, served: Measured) -> Measured {
    let all = all?;
    let served =
        served.map_err(|NotMeasured(why)| NotMeasured(format!("of the rows as the program serves them: {why}")))?;
    let rank = |measurement: &Measurement| match bar.judge(measurement) {
        Verdict::NoGo => 0,
        Verdict::Undecided => 1,
        Verdict::Go => 2,
    };
    let room = |measurement: &Measurement| {
        let (low, high) = measurement.interval();
        match (bar.decide_on, bar.threshold) {
            (DecideOn::Point, Threshold::Min(_)) => measurement.value(),
            (DecideOn::Point, Threshold::Max(_)) => -measurement.value(),
            (DecideOn::Interval, Threshold::Min(_)) => low,
            (DecideOn::Interval, Threshold::Max(_)) => -high,
        }
    };
    let worse = rank(&served).cmp(&rank(&all)).then(room(&served).total_cmp(&room(&all))).is_lt();
    Ok(if worse { served } else { all })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_of_two_by_verdict_and_then_by_the_deciding_end() {
        let share = |value, low, high| Measurement::with_interval(value, (low, high), Unit::Share, 9);
        let least = Bar::at_least(0.8, "test");
        let most = Bar::at_most(0.3, "test");
        let value = |bar: &Bar, a: Measured, b: Measured| less_favourable(bar, a, b).unwrap().value();
        let is = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-12, "{found} {wanted}");
        is(value(&least, share(0.9, 0.85, 0.95), share(0.95, 0.82, 0.99)), 0.95);
        is(value(&least, share(0.79, 0.7, 0.95), share(0.9, 0.6, 0.99)), 0.79);
        is(value(&most, share(0.1, 0.0, 0.2), share(0.05, 0.0, 0.25)), 0.05);
        is(value(&most, share(0.1, 0.0, 0.2), share(0.1, 0.1, 0.2)), 0.1);
        let none = || Err(NotMeasured("no rows".to_owned()));
        assert!(
            less_favourable(&least, share(0.9, 0.85, 0.95), none()).unwrap_err().0.ends_with("serves them: no rows")
        );
        assert!(less_favourable(&least, none(), share(0.9, 0.85, 0.95)).is_err());
    }
}
