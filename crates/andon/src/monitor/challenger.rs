//! A shadow challenger beside the model: how often both agree, whom the one approves and the other does not, and which
//! groups gain and lose by it. It has no verdict, since no bar is about it.
//!
//! Gains of a group are the share of its decisions that the challenger approves less the share that the model approves,
//! on the same rows, so the interval is that of a paired difference. A referral is no approval.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::data::contract::Record;
use crate::monitor::served::{ServedDecisions, ServedRow, ShadowAnswer};
use crate::statistics::paired_shares::paired_difference;
use crate::statistics::share::wilson;

/// A share with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ShareOfRows {
    /// The rows that it counts.
    pub rows: u64,
    /// The rows that it is a share of.
    pub of: u64,
    /// The share.
    pub share: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl ShareOfRows {
    fn new(rows: u64, of: u64) -> Self {
        let (low, high) = wilson(rows, of);
        Self { rows, of, share: rows as f64 / of as f64, low, high }
    }
}

impl std::fmt::Display for ShareOfRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { rows, of, share, low, high } = self;
        write!(f, "{rows} of {of} ({share:.4} [{low:.4}, {high:.4}])")
    }
}

/// The decisions of a group under both.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupGain {
    /// The protected attribute.
    pub attribute: String,
    /// The group.
    pub group: String,
    /// Its decisions.
    pub rows: u64,
    /// Decisions that only the challenger approves.
    pub gained: u64,
    /// Decisions that only the model approves.
    pub lost: u64,
    /// The approval rate of the challenger less that of the model; absent in a group with fewer rows than the policy
    /// judges.
    pub difference: Option<f64>,
    /// The lower end of its 95 % interval.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

/// A challenger beside the model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Challenger {
    /// The challenger, by its version and the digest of its model.
    pub challenger: String,
    /// Decisions in which both said the same.
    pub agreement: ShareOfRows,
    /// The swap set, one way: denied or referred by the model, approved by the challenger.
    pub swapped_in: ShareOfRows,
    /// The other way: approved by the model, denied or referred by the challenger.
    pub swapped_out: ShareOfRows,
    /// Each judged group.
    pub groups: Vec<GroupGain>,
}

impl<R: Record> ServedDecisions<'_, R> {
    /// Adds the answer of a challenger to a decision that was counted. False if none at this place was.
    pub fn shadowed(&mut self, sequence: u64, answer: ShadowAnswer) -> bool {
        self.row_at(sequence).map(|row| row.shadow = Some(answer)).is_some()
    }

    pub(crate) fn challengers(&self) -> Vec<Challenger> {
        let mut rows: BTreeMap<&str, Vec<&ServedRow>> = BTreeMap::new();
        for row in self.rows.iter().chain(&self.erased) {
            if let Some(shadow) = &row.shadow {
                rows.entry(&shadow.challenger).or_default().push(row);
            }
        }
        rows.into_iter().map(|(name, rows)| self.challenger(name, &rows)).collect()
    }

    fn challenger(&self, name: &str, rows: &[&ServedRow]) -> Challenger {
        let of = rows.len() as u64;
        let count = |is: &dyn Fn(&ServedRow) -> bool| rows.iter().filter(|row| is(row)).count() as u64;
        let agreed = count(&|row| self.approves(row) == challenged(row));
        let attributes = self.attributes.iter().enumerate().flat_map(|(place, attribute)| {
            let judged =
                (0..attribute.groups.len()).filter(|group| attribute.judged.contains(&attribute.groups[*group]));
            judged.map(move |group| (place, group))
        });
        Challenger {
            challenger: name.to_owned(),
            agreement: ShareOfRows::new(agreed, of),
            swapped_in: ShareOfRows::new(count(&|row| self.swap(row) == (true, false)), of),
            swapped_out: ShareOfRows::new(count(&|row| self.swap(row) == (false, true)), of),
            groups: attributes.map(|(place, group)| self.gain(place, group, rows)).collect(),
        }
    }

    /// True if only the challenger approves, and true if only the model does.
    fn swap(&self, row: &ServedRow) -> (bool, bool) {
        let model = self.approves(row) == Some(true);
        let challenger = challenged(row) == Some(true);
        (challenger && !model, model && !challenger)
    }

    fn gain(&self, place: usize, group: usize, rows: &[&ServedRow]) -> GroupGain {
        let members: Vec<&&ServedRow> = rows.iter().filter(|row| row.groups[place] == group).collect();
        let n = members.len() as u64;
        let gained = members.iter().filter(|row| self.swap(row).0).count() as u64;
        let lost = members.iter().filter(|row| self.swap(row).1).count() as u64;
        let fewest = self.decider.policy().evaluation.minimum_group_rows.max(1);
        let difference = (n >= fewest).then(|| paired_difference(gained, lost, n));
        GroupGain {
            attribute: self.attributes[place].name.clone(),
            group: self.attributes[place].groups[group].clone(),
            rows: n,
            gained,
            lost,
            difference: difference.map(|found| found.value),
            low: difference.map(|found| found.low),
            high: difference.map(|found| found.high),
        }
    }
}

/// The answer of the challenger.
fn challenged(row: &ServedRow) -> Option<bool> {
    row.shadow.as_ref().and_then(|shadow| shadow.approves)
}

/// The challengers as people read them.
pub(crate) fn write_challengers(text: &mut String, challengers: &[Challenger]) {
    for one in challengers {
        let _ = writeln!(text, "\nShadow challenger {}, which answered nobody:", one.challenger);
        let _ = writeln!(text, "  said the same as the model    {}", one.agreement);
        let _ = writeln!(text, "  approved by it alone          {}", one.swapped_in);
        let _ = writeln!(text, "  approved by the model alone   {}", one.swapped_out);
        for group in &one.groups {
            let GroupGain { attribute, group, rows, gained, lost, difference, low, high } = group;
            let found = difference.zip(*low).zip(*high);
            let line = found.map_or_else(
                || "too few rows to compare".to_owned(),
                |((value, low), high)| {
                    let word = match () {
                        () if low > 0.0 => "gains",
                        () if high < 0.0 => "loses",
                        () => "neither gains nor loses for sure",
                    };
                    format!("{word}: {value:+.4} [{low:+.4}, {high:+.4}] in the approval rate")
                },
            );
            let _ = writeln!(text, "  {attribute} {group}: {gained} gained and {lost} lost of {rows}; {line}");
        }
    }
}
