//! Reasons that are sampled from a command: how many of them are certain.

use andon_evidence::figures::{SampledFigures, SampledInfluence};
use andon_evidence::judge::{Measurement, NotMeasured, Unit};

use crate::data::contract::Record;
use crate::data::frame::Feature;
use crate::measure::counterexamples::Counterexamples;
use crate::measure::sample::Measured;
use crate::model::sampled_values::{ExplainedDenials, SampledRow};
use crate::release::Judged;
use crate::statistics::estimate::Estimate;
use crate::statistics::mean::mean;
use crate::statistics::share::wilson;

/// The share of explained negative answers whose strongest reason is certain: the samples part it from nil and from
/// each other feature. Interval by Wilson. The part is the first answer without such a reason, with its two strongest.
///
/// # Errors
/// Not measured without a command, if nobody is denied, or if the command gives no probability.
pub fn certain_reasons<R: Record>(judged: &Judged<R>) -> Measured {
    let nothing = || NotMeasured("there is no negative answer of a command to explain".to_owned());
    let explained = judged.explained_denials()?.ok_or_else(nothing)?;
    let mut uncertain = Counterexamples::default();
    let mut certain = 0;
    for row in &explained.values.rows {
        match row.certain() {
            Some(_) => certain += 1,
            None => uncertain.add(|| describe(row, &judged.frame.features)),
        }
    }
    let n = explained.values.rows.len() as u64;
    let measured = Measurement::with_interval(certain as f64 / n as f64, wilson(certain, n), Unit::Share, n)?;
    Ok(measured.with_parts(uncertain.part().into_iter().collect()))
}

/// A row with the two features that lowered its probability most.
fn describe(row: &SampledRow, features: &[Feature]) -> String {
    let mut values: Vec<(Estimate, &String)> =
        features.iter().enumerate().map(|(at, feature)| (row.value(at), &feature.name)).collect();
    values.sort_by(|a, b| a.0.value.total_cmp(&b.0.value));
    let text = |(value, name): &(Estimate, &String)| {
        format!("{name} {:.4} ({:.4} to {:.4})", value.value, value.low, value.high)
    };
    let strongest: Vec<String> = values.iter().take(2).map(text).collect();
    format!("row {} at {:.4}: {}", row.row + 1, row.probability, strongest.join(", then "))
}

/// The sampled values as figures; `None` without a command, and if nobody is denied.
///
/// # Errors
/// Not measured if the command gives no probability.
pub(crate) fn sampled_figures<R: Record>(judged: &Judged<R>) -> Result<Option<SampledFigures>, NotMeasured> {
    let Some(explained) = judged.explained_denials()? else { return Ok(None) };
    let ExplainedDenials { values, pairs, negatives } = explained;
    let influence = |(at, feature): (usize, &Feature)| {
        let means: Vec<f64> = values.rows.iter().map(|row| row.value(at).value).collect();
        // Of one row the interval is that of its samples.
        let moved = if let [row] = values.rows.as_slice() { row.value(at) } else { mean(&means) };
        let strongest = values.rows.iter().filter(|row| row.certain() == Some(at)).count() as u64;
        SampledInfluence {
            feature: feature.name.clone(),
            mean_moved: moved.value,
            interval: moved.interval(),
            strongest,
        }
    };
    let mut features: Vec<SampledInfluence> = judged.frame.features.iter().enumerate().map(influence).collect();
    features.sort_by(|a, b| a.mean_moved.total_cmp(&b.mean_moved));
    let certain = features.iter().map(|feature| feature.strongest).sum();
    let explained = values.rows.len() as u64;
    Ok(Some(SampledFigures { negatives: *negatives, explained, pairs: *pairs, asked: values.asked, certain, features }))
}
