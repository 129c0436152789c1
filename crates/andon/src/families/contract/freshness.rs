//! The age of the data.

use andon_evidence::evidence::Date;
use andon_evidence::figures::Figures;
use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};
use andon_evidence::layout::FIGURES;
use andon_evidence::package::previous::PreviousRelease;

use crate::data::contract::Record;
use crate::measure::sample::Measured;
use crate::release::Release;

/// The key of the policy that states the day.
const KEY: &str = "data.collected_until";

/// The age in days of the newest row, on a day. The decision holds the day on which it is read against the same bar, so
/// data that were fresh enough when the gate ran turn it red later.
///
/// # Errors
/// Not measured without `data.collected_until`, with a day to come, and with a later day than in the previous release
/// for the same data file.
pub fn freshness<R: Record>(release: &Release<R>, today: Date) -> Measured {
    let stated = release.policy().data.collected_until;
    let until = stated.ok_or_else(|| NotMeasured(format!("the policy does not state {KEY}")))?;
    if until > today {
        return Err(NotMeasured(format!("{KEY} is {until}, and today is {today}")));
    }
    let judged = release.judged().map_err(|why| NotMeasured(format!("there is no candidate: {why}")))?;
    if let Some(previous) = release.released() {
        check_not_younger(previous, &judged.dataset.sha256, until)?;
    }
    let days = f64::from((today - until).get_days());
    let rows = judged.dataset.rows.len() as u64;
    let part = Part { name: format!("collected until {until}, asked on {today}"), value: days, n: rows };
    Ok(Measurement::exact(days, Unit::Count, rows)?.with_parts(vec![part]))
}

/// A data file does not get younger.
fn check_not_younger(previous: &PreviousRelease, data_sha256: &str, until: Date) -> Result<(), NotMeasured> {
    let figures = previous.files.get(FIGURES).map(Vec::as_slice).unwrap_or_default();
    let figures: Figures = serde_json::from_slice(figures)
        .map_err(|error| NotMeasured(format!("{FIGURES} of the previous release cannot be read: {error}")))?;
    let settings = previous.settings().map_err(|error| NotMeasured(error.to_string()))?;
    let then = settings.get(KEY).and_then(|text| text.trim_matches(['"', '\'']).parse::<Date>().ok());
    match then.filter(|then| *then < until && figures.data_sha256 == data_sha256) {
        Some(then) => {
            Err(NotMeasured(format!("{KEY} is {until}, and was {then} for the same data file in {}", previous.title())))
        }
        None => Ok(()),
    }
}
