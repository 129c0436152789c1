//! What stands behind single gates, drawn: weak slices, what drifted, how long things take.

use andon_evidence::decision::{Decision, Row};
use andon_evidence::judge::{Measurement, Threshold, Unit};

use crate::report::plot::frame::Figure;
use crate::report::plot::lanes::{Lane, Limit, lanes};
use crate::report::plot::numbers::{count, rounded, unit_name};
use crate::report::plot::scale::is_drawable;

/// A bar more than this many times the largest part would press the parts flat: it is then told and not drawn.
const IN_SIGHT: f64 = 5.0;

/// The parts of the gates that `wanted` names, one plot for each gate.
pub(crate) fn plots(decision: &Decision, wanted: impl Fn(&str) -> bool) -> Vec<Figure> {
    decision.rows.iter().filter(|row| wanted(row.gate.as_str())).filter_map(plot).collect()
}

fn plot(row: &Row) -> Option<Figure> {
    let measurement = row.measurement()?;
    let parts = measurement.parts();
    if parts.is_empty() {
        return None;
    }
    let shown = shown(row, measurement);
    let limit = if let Shown::Drawn(limit) = shown { Some(limit) } else { None };
    let bar = |part: &andon_evidence::judge::Part| Lane {
        heading: None,
        label: part.name.clone(),
        aside: format!("(n {})", count(part.n)),
        told: rounded(part.value, measurement.unit()),
        value: part.value,
        interval: None,
        other: None,
        mark: None,
        class: "series-a",
        limit,
    };
    let bars: Vec<Lane> = parts.iter().map(bar).collect();
    let title = if measurement.unit() == Unit::Ms { "ms" } else { unit_name(measurement.unit()) };
    let canvas = lanes(&bars, title, &[]);
    let whole = rounded(measurement.value(), measurement.unit());
    let unshown = match shown {
        Shown::Drawn(_) => "",
        Shown::OutOfSight => " The bar lies beyond the axis.",
        Shown::OfAnotherKind => " The parts are what it is made of; the bar is not held against them.",
    };
    let finding = format!("{}: {whole}, bar {}.{unshown}", row.state.word(), row.bar);
    Some(Figure::new(row.gate.as_str(), finding, canvas))
}

/// Whether the gate's bar stands beside its parts.
#[derive(Debug, Clone, Copy)]
enum Shown {
    /// One of the parts is the measurement, so that the bar means them.
    Drawn(Limit),
    /// It would, and is far from them.
    OutOfSight,
    /// The measurement is computed from the parts and is none of them.
    OfAnotherKind,
}

fn shown(row: &Row, measurement: &Measurement) -> Shown {
    let parts = || measurement.parts().iter().map(|part| part.value).filter(|value| is_drawable(*value));
    let (bar, limit) = match row.bar.threshold {
        Threshold::Min(bar) => (bar, Limit::AtLeast(bar)),
        Threshold::Max(bar) => (bar, Limit::AtMost(bar)),
    };
    if !parts().any(|value| value.to_bits() == measurement.value().to_bits()) {
        Shown::OfAnotherKind
    } else if bar.abs() > IN_SIGHT * parts().map(f64::abs).fold(0.0, f64::max) {
        Shown::OutOfSight
    } else {
        Shown::Drawn(limit)
    }
}
