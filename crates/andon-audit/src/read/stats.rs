//! Counts over a trail.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::StoreError;
use crate::location::Location;
use crate::record::row::forgotten_rows;
use crate::store::open::open_source;

/// Counts over all decisions of a trail.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Stats {
    /// All decisions, forgotten ones too.
    pub decisions: u64,
    /// By the decision's word.
    pub by_decision: BTreeMap<String, u64>,
    /// By the day of recording in UTC, as in `2026-01-31`.
    pub by_day: BTreeMap<String, u64>,
    /// By the hour of recording in UTC, as in `2026-01-31T23`.
    pub by_hour: BTreeMap<String, u64>,
    /// By the source of the explanation.
    pub by_explanation_source: BTreeMap<String, u64>,
    /// Share of all decisions that are approvals, 0 to 1; absent when there is no decision.
    pub approval_rate: Option<f64>,
    /// The time of the first decision: UTC, RFC 3339.
    pub first: Option<String>,
    /// The time of the last decision.
    pub last: Option<String>,
    /// The number of decisions whose personal data were forgotten.
    pub forgotten: u64,
}

/// Counts the decisions of a trail; `approved` is the word that counts as an approval. Blocks.
///
/// # Errors
/// [`StoreError`] when the trail cannot be read.
pub fn stats(location: impl Into<Location>, approved: &str) -> Result<Stats, StoreError> {
    let mut source = open_source(&location.into())?;
    let mut stats = Stats { forgotten: forgotten_rows(&source.forgettings()?).count(), ..Stats::default() };
    for count in source.counts()? {
        let day = count.hour.split('T').next().unwrap_or_default().to_owned();
        stats.decisions += count.count;
        *stats.by_decision.entry(count.decision).or_default() += count.count;
        *stats.by_day.entry(day).or_default() += count.count;
        *stats.by_hour.entry(count.hour).or_default() += count.count;
        *stats.by_explanation_source.entry(count.explanation_source).or_default() += count.count;
        stats.first = Some(stats.first.map_or(count.first.clone(), |first| first.min(count.first)));
        stats.last = stats.last.max(Some(count.last));
    }
    let approvals = stats.by_decision.get(approved).copied().unwrap_or_default();
    stats.approval_rate = (stats.decisions > 0).then(|| approvals as f64 / stats.decisions as f64);
    Ok(stats)
}
