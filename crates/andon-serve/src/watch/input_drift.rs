//! The drift of the inputs: the distance between the last decisions' inputs and the training data, by feature.

use std::sync::atomic::{AtomicU16, AtomicU64, Ordering::Relaxed};

use andon::Model;
use andon::model::training_data::Bins;

/// The number of last decisions whose inputs are compared.
const WINDOW_DECISIONS: usize = 10_000;

/// The smallest number of decisions for an index, because a few rows give only noise. Without drift the index is about
/// (bins - 1) x (1 / rows + 1 / training rows); see Yurdakul and Naranjo, *Statistical properties of the population
/// stability index* (Journal of Risk Model Validation 14, 2020). For 10 bins and 200 rows that is 0.05.
const MIN_DECISIONS: u64 = 200;

/// The inputs of the last decisions in the bins of the training data: a ring of bins, and the count of each bin in it.
#[derive(Debug)]
pub(super) struct InputDrift {
    names: Vec<String>,
    bins: Vec<Bins>,
    counts: Vec<Vec<AtomicU64>>,
    /// The bin of each feature in turn, from 1, for [`WINDOW_DECISIONS`] decisions; 0 means no decision yet.
    ring: Vec<AtomicU16>,
    /// The number of decisions.
    decisions: AtomicU64,
}

impl InputDrift {
    pub(super) fn new(model: &Model) -> Option<Self> {
        let bins = model.training()?.features().to_vec();
        let zeros = |count: usize| (0..count).map(|_| AtomicU64::new(0)).collect();
        Some(Self {
            names: model.features().iter().map(|feature| feature.name.clone()).collect(),
            counts: bins.iter().map(|bins| zeros(bins.count())).collect(),
            ring: (0..WINDOW_DECISIONS * bins.len()).map(|_| AtomicU16::new(0)).collect(),
            bins,
            decisions: AtomicU64::new(0),
        })
    }

    /// Counts a decision, and removes the one that leaves the window.
    pub(super) fn add(&self, row: &[f64]) {
        let place = (self.decisions.fetch_add(1, Relaxed) % WINDOW_DECISIONS as u64) as usize * self.bins.len();
        for (((bins, counts), value), held) in self.bins.iter().zip(&self.counts).zip(row).zip(&self.ring[place..]) {
            let bin = bins.bin(*value);
            // Counting comes before storing, so that no other thread can remove the decision before it is counted.
            counts[bin].fetch_add(1, Relaxed);
            // There are fewer than 2^16 bins.
            let before = held.swap(u16::try_from(bin + 1).unwrap_or(u16::MAX), Relaxed);
            if let Some(before) = usize::from(before).checked_sub(1) {
                counts[before].fetch_sub(1, Relaxed);
            }
        }
    }

    /// The population stability index of each feature; nothing until there are enough decisions.
    pub(super) fn indices(&self) -> impl Iterator<Item = (&str, f64)> {
        let enough = self.decisions.load(Relaxed) >= MIN_DECISIONS;
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

    fn inputs() -> InputDrift {
        of_values(2)
    }

    /// One feature with `count` values, 100 rows each.
    fn of_values(count: u32) -> InputDrift {
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
        InputDrift::new(&Model::from_json(model.to_string().as_bytes()).unwrap()).unwrap()
    }

    fn index(inputs: &InputDrift) -> Option<f64> {
        inputs.indices().map(|(_, index)| index).next()
    }

    #[test]
    fn the_window_moves_and_few_decisions_have_no_index() {
        let inputs = inputs();
        for _ in 0..MIN_DECISIONS - 1 {
            inputs.add(&[0.0]);
        }
        assert_eq!(index(&inputs), None);
        inputs.add(&[0.0]);
        // Half a row more in each of two bins: 100.5/201 twice in training, 200.5/201 and 0.5/201 since.
        let term = |before: f64, after: f64| (after - before) * (after / before).ln();
        let expected = term(0.5, 200.5 / 201.0) + term(0.5, 0.5 / 201.0);
        assert!((index(&inputs).unwrap() - expected).abs() < 1e-12);
        for place in 0..WINDOW_DECISIONS {
            inputs.add(&[f64::from(place as u32 % 2)]);
        }
        assert!(index(&inputs).unwrap() < 1e-12, "the first decisions left the window");
        let counts: u64 = inputs.counts[0].iter().map(|count| count.load(Relaxed)).sum();
        assert_eq!(counts, WINDOW_DECISIONS as u64);
    }

    #[test]
    fn a_feature_of_many_values_leaves_the_window_as_it_came() {
        let inputs = of_values(400);
        for place in 0..3 * WINDOW_DECISIONS {
            inputs.add(&[(place % 400) as f64]);
        }
        let counts: Vec<u64> = inputs.counts[0].iter().map(|count| count.load(Relaxed)).collect();
        assert_eq!((counts.len(), counts.iter().sum()), (801, WINDOW_DECISIONS as u64));
        assert!(index(&inputs).unwrap() < 1e-6, "{counts:?}");
    }

    #[test]
    fn many_threads_lose_no_decision() {
        let inputs = inputs();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let inputs = &inputs;
                scope.spawn(move || (0..2 * WINDOW_DECISIONS).for_each(|at| inputs.add(&[((at + thread) % 3) as f64])));
            }
        });
        let counts: Vec<u64> = inputs.counts[0].iter().map(|count| count.load(Relaxed)).collect();
        assert_eq!(counts.iter().sum::<u64>(), WINDOW_DECISIONS as u64, "{counts:?}");
    }
}
