//! The Go/No-Go table: the result of each gate, from the evidence of the artifact.

use andon::evidence::decision::{GateResult, GateState};
use andon::evidence::evidence::Finding;
use andon::evidence::judge::{Bar, Measurement, Threshold};
use andon::evidence::package::Manifest;

use super::field::to_words;

/// The decision behind the release of the artifact.
#[derive(Debug, Clone)]
pub(crate) struct ReleaseTable {
    /// GO, or the other outcome in the evidence.
    pub(crate) outcome: String,
    /// The number of gates.
    pub(crate) gates: usize,
    /// The gates by family, in the order of the evidence.
    pub(crate) families: Vec<FamilyRows>,
}

/// The gates of one family.
#[derive(Debug, Clone)]
pub(crate) struct FamilyRows {
    /// Its name in plain words.
    pub(crate) name: String,
    /// Its gates.
    pub(crate) rows: Vec<GateRow>,
}

/// One gate.
#[derive(Debug, Clone)]
pub(crate) struct GateRow {
    /// The gate's id without its family.
    pub(crate) gate: String,
    /// GO, NO-GO and so on.
    pub(crate) state: &'static str,
    /// The measured value, or the reason why there is none.
    pub(crate) measured: String,
    /// The 95 % interval; empty if there is none.
    pub(crate) interval: String,
    /// The interval as a drawing.
    pub(crate) strip: Option<Strip>,
    /// The bar in words.
    pub(crate) bar: String,
    /// The reason for the bar, and notes on the gate.
    pub(crate) why: String,
}

/// A measurement, its interval and its bar on one line, as places from 0 to 100.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Strip {
    /// The beginning of the interval.
    pub(crate) low: String,
    /// The end of the interval.
    pub(crate) high: String,
    /// The point estimate.
    pub(crate) value: String,
    /// The bar.
    pub(crate) bar: String,
}

impl ReleaseTable {
    /// Reads the evidence.
    ///
    /// # Errors
    /// A message for the page if the text is not the record of a decision.
    pub(crate) fn parse(evidence: &str) -> Result<Self, String> {
        let manifest: Manifest = serde_json::from_str(evidence)
            .map_err(|error| format!("The evidence is not the record of a decision: {error}."))?;
        let mut families: Vec<FamilyRows> = Vec::new();
        for row in &manifest.decision.rows {
            let (family, question) = row.gate.as_str().split_once('.').unwrap_or(("", row.gate.as_str()));
            let name = to_words(family);
            match families.iter_mut().find(|family| family.name == name) {
                Some(family) => family.rows.push(GateRow::new(question, row)),
                None => families.push(FamilyRows { name, rows: vec![GateRow::new(question, row)] }),
            }
        }
        let gates = manifest.decision.rows.len();
        let outcome = manifest.decision.outcome.to_string();
        Ok(Self { outcome, gates, families })
    }
}

impl FamilyRows {
    /// The number of green gates in the family, as in `3 of 3 GO`.
    pub(crate) fn count_go(&self) -> String {
        let go = self.rows.iter().filter(|row| row.is_go()).count();
        format!("{go} of {} GO", self.rows.len())
    }

    /// Reports if every gate is green.
    pub(crate) fn is_go(&self) -> bool {
        self.rows.iter().all(GateRow::is_go)
    }
}

impl Strip {
    /// `None` for a number without an interval.
    fn new(measurement: &Measurement, bar: &Bar) -> Option<Self> {
        let (low, high) = measurement.interval();
        let (Threshold::Min(bar) | Threshold::Max(bar)) = bar.threshold;
        let first = low.min(bar);
        let last = high.max(bar);
        // A twentieth at each end stays free.
        let place = |number: f64| format!("{:.1}", 5.0 + 90.0 * (number - first) / (last - first));
        let [low, high, value, bar] = [low, high, measurement.value(), bar].map(place);
        (!measurement.is_exact()).then_some(Self { low, high, value, bar })
    }
}

impl GateRow {
    fn new(question: &str, row: &GateResult) -> Self {
        let mut measured = String::new();
        let mut interval = String::new();
        let mut strip = None;
        match row.evidence.as_ref().map(|evidence| &evidence.finding) {
            Some(Finding::Measured(measurement)) => {
                let text = measurement.to_string();
                let (value, range) = text.split_once(" (").unwrap_or((&text, ""));
                measured = value.to_owned();
                interval = range.trim_end_matches(')').to_owned();
                strip = Strip::new(measurement, &row.bar);
            }
            Some(Finding::NotMeasured(why) | Finding::Refused(why)) => measured.clone_from(why),
            Some(Finding::Started) => measured.push_str("started but never finished"),
            None => measured.push_str("not measured"),
        }
        let why = if row.note.is_empty() { row.bar.why.clone() } else { format!("{} – {}", row.bar.why, row.note) };
        let why = why.replace('`', "");
        let gate = question.replace('.', " · ").replace('_', " ");
        Self { gate, state: row.state.word(), measured, interval, strip, bar: row.bar.to_string(), why }
    }

    /// Reports if the gate is green.
    pub(crate) fn is_go(&self) -> bool {
        self.state == GateState::Go.word()
    }
}

#[cfg(test)]
mod tests {
    use andon::evidence::judge::Unit;

    use super::*;

    #[test]
    fn a_strip_holds_interval_and_bar() {
        let bar = Bar::at_least(0.8, "test");
        let measured = Measurement::with_interval(0.9, (0.85, 1.0), Unit::Ratio, 9).unwrap();
        let strip = Strip::new(&measured, &bar).unwrap();
        assert_eq!([strip.bar, strip.low, strip.value, strip.high], ["5.0", "27.5", "50.0", "95.0"]);
        assert_eq!(Strip::new(&Measurement::exact(0.8, Unit::Ratio, 9).unwrap(), &bar), None);
    }
}
