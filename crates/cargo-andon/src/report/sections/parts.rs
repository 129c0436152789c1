//! Plots of the parts of single gates: weak slices, drift and latency.

use andon_evidence::decision::{Decision, GateResult};
use andon_evidence::judge::{Measurement, Threshold, Unit};

use crate::report::plot::frame::Plot;
use crate::report::plot::lanes::{Lane, Limit, draw_lanes};
use crate::report::plot::numbers::{count, rounded, unit_name};
use crate::report::plot::scale::is_drawable;

/// The bar is not drawn if it is more than this many times the largest part, since it would flatten the parts. The
/// text gives it then.
const MAX_BAR_TO_PART: f64 = 5.0;

/// The plots of the gates whose id `wanted` accepts, one for each gate with parts.
pub(crate) fn plots(decision: &Decision, wanted: impl Fn(&str) -> bool) -> Vec<Plot> {
    decision.rows.iter().filter(|row| wanted(row.gate.as_str())).filter_map(plot).collect()
}

fn plot(row: &GateResult) -> Option<Plot> {
    let measurement = row.measurement()?;
    let parts = measurement.parts();
    if parts.is_empty() {
        return None;
    }
    let placement = bar_placement(row, measurement);
    let limit = if let BarPlacement::Drawn(limit) = placement { Some(limit) } else { None };
    let bar = |part: &andon_evidence::judge::Part| Lane {
        aside: format!("(n {})", count(part.n)),
        limit,
        ..Lane::bar(&part.name, part.value, rounded(part.value, measurement.unit()))
    };
    let bars: Vec<Lane> = parts.iter().map(bar).collect();
    let title = if measurement.unit() == Unit::Ms { "ms" } else { unit_name(measurement.unit()) };
    let canvas = draw_lanes(&bars, title, &[]);
    let whole = rounded(measurement.value(), measurement.unit());
    let remark = match placement {
        BarPlacement::Drawn(_) => "",
        BarPlacement::OffAxis => " The bar lies outside the axis.",
        BarPlacement::NotComparable => {
            " The value is computed from the parts; the bar does not apply to a single part."
        }
    };
    let finding = format!("{}: {whole}, bar {}.{remark}", row.state.word(), row.bar);
    Some(Plot::new(row.gate.as_str(), finding, canvas))
}

/// The place of the gate's bar in the plot of its parts.
#[derive(Debug, Clone, Copy)]
enum BarPlacement {
    /// One of the parts is the measurement, so the bar applies to the parts.
    Drawn(Limit),
    /// The bar applies to the parts, but is too far from them.
    OffAxis,
    /// The measurement is computed from the parts and is none of them.
    NotComparable,
}

fn bar_placement(row: &GateResult, measurement: &Measurement) -> BarPlacement {
    let parts = || measurement.parts().iter().map(|part| part.value).filter(|value| is_drawable(*value));
    let (bar, limit) = match row.bar.threshold {
        Threshold::Min(bar) => (bar, Limit::AtLeast(bar)),
        Threshold::Max(bar) => (bar, Limit::AtMost(bar)),
    };
    if !parts().any(|value| value.to_bits() == measurement.value().to_bits()) {
        BarPlacement::NotComparable
    } else if bar.abs() > MAX_BAR_TO_PART * parts().map(f64::abs).fold(0.0, f64::max) {
        BarPlacement::OffAxis
    } else {
        BarPlacement::Drawn(limit)
    }
}
