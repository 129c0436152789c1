//! Whether what is served is what the model was trained for, while it is served: how far the inputs of the last
//! decisions lie from the training data, and how many were approved in each of the last hours.
//!
//! A decision costs a few additions to atomic counters and waits for nobody.

pub(crate) mod metrics;
pub(crate) mod reloads;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering::Relaxed};

use andon::data::contract::Record;
use andon::decide::decider::{Decider, Reply};
use andon::evidence::evidence::{Timestamp, now};
use andon::model::Model;
use andon::model::training_data::Bins;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

/// Of how many decisions the inputs are watched: the last so many.
const WINDOW: usize = 10_000;

/// Fewest decisions that an index is shown of: of few rows it is noise. Where nothing moved, it is about (bins - 1) x
/// (1 / rows + 1 / training rows), see Yurdakul and Naranjo, *Statistical properties of the population stability
/// index* (Journal of Risk Model Validation 14, 2020); of 10 bins and 200 rows that is 0.05.
const FEWEST: u64 = 200;

/// How many hours are told of.
const HOURS: usize = 24;

/// Counts what is decided.
#[derive(Debug)]
pub(crate) struct Watch {
    inputs: Option<Inputs>,
    hours: [AtomicU64; HOURS],
    /// The word that counts as an approval.
    positive: String,
}

impl Watch {
    pub(crate) fn new<R: Record>(decider: &Decider<R>) -> Arc<Self> {
        let positive = decider.policy().answer.positive.clone();
        Arc::new(Self { inputs: Inputs::new(decider.model()), hours: Default::default(), positive })
    }

    /// Counts a decision. `row` is the record as the model sees it; a record that it has no number for has none.
    pub(crate) fn decided(&self, row: Option<&[f64]>, reply: &Reply) {
        if let (Some(inputs), Some(row)) = (&self.inputs, row) {
            inputs.add(row);
        }
        let hour = now().as_second().div_euclid(3600).unsigned_abs();
        let approved = reply.decision == self.positive;
        let slot = &self.hours[(hour % HOURS as u64) as usize];
        // Only this closure's `None` is an error, and it gives none.
        let _infallible = slot.fetch_update(Relaxed, Relaxed, |slot| Some(Hour::of(slot, hour).and(approved).packed()));
    }

    fn encode_inputs(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let Some(inputs) = &self.inputs else { return Ok(()) };
        let help = "Population stability index of the last decisions' inputs against the training data";
        let mut family = encoder.encode_descriptor("input_psi", help, None, MetricType::Gauge)?;
        for (feature, index) in inputs.indices() {
            ConstGauge::new(index).encode(family.encode_family(&[("feature", feature)])?)?;
        }
        Ok(())
    }

    fn encode_hours(&self, encoder: &mut DescriptorEncoder<'_>, now: u64) -> fmt::Result {
        let help = "Share of an hour's decisions that are approvals, by hour in UTC";
        let mut family = encoder.encode_descriptor("approval_rate", help, None, MetricType::Gauge)?;
        for hour in (now + 1).saturating_sub(HOURS as u64)..=now {
            let counted = Hour::of(self.hours[(hour % HOURS as u64) as usize].load(Relaxed), hour);
            if counted.all > 0 {
                let rate = counted.approved as f64 / counted.all as f64;
                ConstGauge::new(rate).encode(family.encode_family(&[("hour", written(hour).as_str())])?)?;
            }
        }
        Ok(())
    }
}

impl Collector for Watch {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.encode_inputs(&mut encoder)?;
        self.encode_hours(&mut encoder, now().as_second().div_euclid(3600).unsigned_abs())
    }
}

/// As in `2026-01-31T23`.
fn written(hour: u64) -> String {
    let time = i64::try_from(hour * 3600).ok().and_then(|second| Timestamp::from_second(second).ok());
    time.map(|time| time.to_string().chars().take(13).collect()).unwrap_or_default()
}

/// The decisions of one hour, in one number so that they are counted in one step: 8 bits that tell this hour from
/// those that had its place before (it takes 256 days without a decision to be wrong), 28 bits of approvals and 28 of
/// all, enough for 74,000 decisions a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hour {
    tag: u64,
    approved: u64,
    all: u64,
}

impl Hour {
    const BITS: u32 = 28;
    const MOST: u64 = (1 << Self::BITS) - 1;

    /// What a slot says of an hour; nothing, where it is of another one.
    fn of(slot: u64, hour: u64) -> Self {
        let tag = hour / HOURS as u64 % 256;
        let held =
            Self { tag: slot >> (2 * Self::BITS), approved: slot >> Self::BITS & Self::MOST, all: slot & Self::MOST };
        if held.tag == tag { held } else { Self { tag, approved: 0, all: 0 } }
    }

    /// One decision more. A full hour stays as it is, and so does its rate.
    fn and(self, approved: bool) -> Self {
        let one = u64::from(self.all < Self::MOST);
        Self { approved: self.approved + one * u64::from(approved), all: self.all + one, ..self }
    }

    fn packed(self) -> u64 {
        self.tag << (2 * Self::BITS) | self.approved << Self::BITS | self.all
    }
}

/// The last decisions' inputs by the bins of the training data: a ring of bins and, by bin, how often it is in there.
#[derive(Debug)]
struct Inputs {
    names: Vec<String>,
    bins: Vec<Bins>,
    counts: Vec<Vec<AtomicU64>>,
    /// [`WINDOW`] decisions, the bin of each feature in turn, from 1; 0 is no decision yet.
    ring: Vec<AtomicU16>,
    /// How many decisions there were.
    decisions: AtomicU64,
}

impl Inputs {
    fn new(model: &Model) -> Option<Self> {
        let bins = model.training()?.features().to_vec();
        let zeros = |count: usize| (0..count).map(|_| AtomicU64::new(0)).collect();
        Some(Self {
            names: model.features().iter().map(|feature| feature.name.clone()).collect(),
            counts: bins.iter().map(|bins| zeros(bins.count())).collect(),
            ring: (0..WINDOW * bins.len()).map(|_| AtomicU16::new(0)).collect(),
            bins,
            decisions: AtomicU64::new(0),
        })
    }

    /// Counts a decision and uncounts the one that leaves the window.
    fn add(&self, row: &[f64]) {
        let place = (self.decisions.fetch_add(1, Relaxed) % WINDOW as u64) as usize * self.bins.len();
        for (((bins, counts), value), held) in self.bins.iter().zip(&self.counts).zip(row).zip(&self.ring[place..]) {
            let bin = bins.bin(*value);
            // Counted before it is held, so that nobody can uncount it first.
            counts[bin].fetch_add(1, Relaxed);
            // Bins are fewer than 2^16.
            let before = held.swap(u16::try_from(bin + 1).unwrap_or(u16::MAX), Relaxed);
            if let Some(before) = usize::from(before).checked_sub(1) {
                counts[before].fetch_sub(1, Relaxed);
            }
        }
    }

    /// The index of each feature; none before there are enough decisions.
    fn indices(&self) -> impl Iterator<Item = (&str, f64)> {
        let enough = self.decisions.load(Relaxed) >= FEWEST;
        let features = self.names.iter().zip(&self.bins).zip(&self.counts).filter(move |_| enough);
        features.filter_map(|((name, bins), counts)| {
            let counts: Vec<u64> = counts.iter().map(|count| count.load(Relaxed)).collect();
            Some((name.as_str(), bins.stability(&counts)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn inputs() -> Inputs {
        of_values(2)
    }

    /// Of one feature that had so many values, 100 rows each.
    fn of_values(count: u32) -> Inputs {
        let values: Vec<_> = (0..count).map(|value| (f64::from(value), 100)).collect();
        let model = json!({
            "form": 2,
            "features": [{ "name": "a" }],
            "validated": {},
            "threshold": 5000,
            "calibrator": { "slope": 1.0, "intercept": 0.0 },
            "forest": {
                "columns": 1, "roots": [0], "feature": [0], "threshold": [0.0], "left": [0], "value": [0.5], "rows": [1],
            },
            "training": { "features": [{ "values": values }], "scores": [[5000, 100 * count]] },
        });
        Inputs::new(&Model::from_json(model.to_string().as_bytes()).unwrap()).unwrap()
    }

    fn index(inputs: &Inputs) -> Option<f64> {
        inputs.indices().map(|(_, index)| index).next()
    }

    #[test]
    fn the_window_moves_and_few_decisions_have_no_index() {
        let inputs = inputs();
        for _ in 0..FEWEST - 1 {
            inputs.add(&[0.0]);
        }
        assert_eq!(index(&inputs), None);
        inputs.add(&[0.0]);
        // Half a row more in each of two bins: 100.5/201 twice in training, 200.5/201 and 0.5/201 since.
        let term = |before: f64, after: f64| (after - before) * (after / before).ln();
        let expected = term(0.5, 200.5 / 201.0) + term(0.5, 0.5 / 201.0);
        assert!((index(&inputs).unwrap() - expected).abs() < 1e-12);
        for place in 0..WINDOW {
            inputs.add(&[f64::from(place as u32 % 2)]);
        }
        assert!(index(&inputs).unwrap() < 1e-12, "the first decisions left the window");
        let counts: u64 = inputs.counts[0].iter().map(|count| count.load(Relaxed)).sum();
        assert_eq!(counts, WINDOW as u64);
    }

    #[test]
    fn a_feature_of_many_values_leaves_the_window_as_it_came() {
        let inputs = of_values(400);
        for place in 0..3 * WINDOW {
            inputs.add(&[(place % 400) as f64]);
        }
        let counts: Vec<u64> = inputs.counts[0].iter().map(|count| count.load(Relaxed)).collect();
        assert_eq!((counts.len(), counts.iter().sum()), (801, WINDOW as u64));
        assert!(index(&inputs).unwrap() < 1e-6, "{counts:?}");
    }

    #[test]
    fn many_threads_lose_no_decision() {
        let inputs = inputs();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let inputs = &inputs;
                scope.spawn(move || (0..2 * WINDOW).for_each(|at| inputs.add(&[((at + thread) % 3) as f64])));
            }
        });
        let counts: Vec<u64> = inputs.counts[0].iter().map(|count| count.load(Relaxed)).collect();
        assert_eq!(counts.iter().sum::<u64>(), WINDOW as u64, "{counts:?}");
    }

    #[test]
    fn an_hour_begins_anew_in_the_place_of_another_and_never_overflows() {
        let hour = 24 * 20_000 + 7;
        let mut slot = 0;
        for approved in [true, false, true] {
            slot = Hour::of(slot, hour).and(approved).packed();
        }
        let counted = Hour::of(slot, hour);
        assert_eq!((counted.approved, counted.all), (2, 3));
        assert_eq!(Hour::of(slot, hour + 24).all, 0);
        let full = Hour { approved: Hour::MOST, all: Hour::MOST, ..counted };
        assert_eq!(Hour::of(full.and(true).packed(), hour), full);
        assert_eq!(written(493_363), "2026-04-13T19");
    }
}
