//! Worlds whose true values are known, and releases drawn from them.

use andon::evidence::judge::normal::quantile;
use andon::judge::Measurement;
use andon::policy::GateId;
use andon::{Attribute, Frame, Matrix, Sample, Score, Tally, measure};
use rand_distr::{Distribution, StandardNormal, Uniform};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// The distribution that rows come from.
#[derive(Clone)]
pub(crate) enum World {
    /// Groups of so many rows, each row with the chances of: label 0 denied, 1 denied, 0 approved, 1 approved.
    Cells(Vec<(usize, [f64; 4])>),
    /// So many rows with label 0 and 1, whose log-odds are normal with unit variance and this far apart.
    Ranked(usize, usize, f64),
}

impl World {
    /// Groups with a selection rate each, all with label 1.
    pub(crate) fn selected(groups: &[(usize, f64)]) -> Self {
        Self::Cells(groups.iter().map(|(rows, rate)| (*rows, [0.0, 1.0 - rate, 0.0, *rate])).collect())
    }

    /// One group that is answered rightly with this chance, at 88 % positive labels.
    pub(crate) fn right(rows: usize, chance: f64) -> Self {
        let wrong = 1.0 - chance;
        Self::Cells(vec![(rows, [0.12 * chance, 0.88 * wrong, 0.12 * wrong, 0.88 * chance])])
    }

    /// Rows of which 12 % have label 0, ordered with this area under the ROC curve.
    pub(crate) fn ranked(rows: usize, area: f64) -> Self {
        let negatives = rows * 12 / 100;
        Self::Ranked(negatives, rows - negatives, std::f64::consts::SQRT_2 * quantile(area))
    }

    /// One release of this world.
    pub(crate) fn draw(&self, seed: u64) -> Sample {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let (mut labels, mut scores, mut group_of, mut groups) = (Vec::new(), Vec::new(), Vec::new(), 1);
        match self {
            Self::Cells(all) => {
                groups = all.len();
                let any = Uniform::new(0.0, 1.0).expect("a range");
                for (group, (rows, chances)) in all.iter().enumerate() {
                    for _ in 0..*rows {
                        let (mut cell, mut left) = (0, any.sample(&mut random));
                        while cell < 3 && left >= chances[cell] {
                            left -= chances[cell];
                            cell += 1;
                        }
                        labels.push(cell % 2 == 1);
                        scores.push(if cell < 2 { 0.1 } else { 0.9 });
                        group_of.push(group);
                    }
                }
            }
            Self::Ranked(negatives, positives, shift) => {
                for row in 0..negatives + positives {
                    let label = row >= *negatives;
                    let noise: f64 = StandardNormal.sample(&mut random);
                    labels.push(label);
                    scores.push(1.0 / (1.0 + (-(noise + if label { *shift } else { 0.0 })).exp()));
                    group_of.push(0);
                }
            }
        }
        Sample { seed, ..sample(labels, &scores, group_of, groups) }
    }
}

fn sample(labels: Vec<bool>, scores: &[f64], group_of: Vec<usize>, groups: usize) -> Sample {
    let groups: Vec<String> = (0..groups).map(|group| format!("g{group}")).collect();
    let attribute = Attribute { name: "group".to_owned(), judged: groups.clone(), groups, group_of };
    let frame = Frame {
        features: Vec::new(),
        matrix: Matrix::new(1),
        labels,
        attributes: vec![attribute],
        persons: Vec::new(),
    };
    let scores: Vec<Score> = scores.iter().filter_map(|score| Score::nearest(*score)).collect();
    Sample {
        tally: Tally::count(&frame, &scores),
        threshold: Score::middle(),
        draws: 1_000,
        seed: 0,
        minimum_group_rows: 2,
        minimum_denominator: 2,
        unjudged: std::collections::BTreeSet::new(),
        cost: None,
        repeats: andon::model::repeats::Repeated::default(),
    }
}

/// The measurement of a gate on a sample; `None` if there is none.
pub(crate) fn ask(gate: &str, sample: &Sample) -> Option<Measurement> {
    let id = GateId::try_from(gate.to_owned()).expect("a gate id");
    measure(&id, sample).expect("a statistic").ok()
}

/// Applies a question to many releases, on all processors; the order of answers is that of the seeds.
pub(crate) fn releases<T: Send>(many: u64, world: &World, question: impl Fn(&Sample) -> T + Sync) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let part = |first: u64| (first..many).step_by(threads as usize).map(|seed| question(&world.draw(seed))).collect();
    std::thread::scope(|scope| {
        let part = &part;
        let workers: Vec<_> = (0..threads).map(|first| scope.spawn(move || -> Vec<T> { part(first) })).collect();
        let mut parts: Vec<_> = workers.into_iter().map(|w| w.join().expect("no panic").into_iter()).collect();
        (0..many).filter_map(|seed| parts[(seed % threads) as usize].next()).collect()
    })
}

/// Shares of releases.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coverage {
    /// Releases whose interval holds the truth.
    pub(crate) covered: f64,
    /// Releases whose interval lies below the truth.
    pub(crate) below: f64,
    /// Releases whose interval lies above the truth: these would say Go to a bar that is not met.
    pub(crate) above: f64,
}

/// The number of intervals that hold the truth. A release without a measurement counts on neither side.
pub(crate) fn coverage(intervals: &[Option<(f64, f64)>], truth: f64) -> Coverage {
    let share = |of: &dyn Fn(&(f64, f64)) -> bool| {
        intervals.iter().flatten().filter(|interval| of(interval)).count() as f64 / intervals.len() as f64
    };
    // A ratio that is 1 in truth is met by an interval that ends there.
    let slack = 1e-12;
    Coverage {
        covered: share(&|(low, high)| *low <= truth + slack && truth - slack <= *high),
        below: share(&|(_, high)| *high < truth - slack),
        above: share(&|(low, _)| *low > truth + slack),
    }
}
