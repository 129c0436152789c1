//! Populations whose law is known, and people drawn from them.

use andon::data::frame::{Attribute, Feature, Frame};
use andon::data::matrix::Matrix;
use andon::policy::Recipe;
use rand_distr::{Distribution, StandardNormal, Uniform};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// Rows of a release: as many as the shipped one has.
pub(crate) const ROWS: usize = 1_979;

/// The source of people.
pub(crate) struct Population {
    pub(crate) name: &'static str,
    /// The number of [`ROWS`] that belong to each group.
    pub(crate) groups: &'static [usize],
    /// Scores from which an answer is positive.
    pub(crate) thresholds: [f64; 2],
    pub(crate) recipe: Recipe,
    /// The features of a person of a group, and the log-odds of label 1.
    person: fn(&mut Draw, usize) -> (Vec<f64>, f64),
}

/// A stream of random numbers.
pub(crate) struct Draw(Xoshiro256PlusPlus);

impl Draw {
    fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    fn uniform(&mut self) -> f64 {
        Uniform::new(0.0, 1.0).expect("a range").sample(&mut self.0)
    }

    fn flag(&mut self, chance: f64) -> f64 {
        f64::from(u8::from(self.uniform() < chance))
    }
}

fn recipe(trees: usize, rare_class_weight: f32) -> Recipe {
    Recipe {
        seed: 0,
        trees,
        depth: 5,
        rare_class_weight,
        min_leaf_weight: 15.0,
        smoothing_rows: 1.0,
        max_rows_per_tree: 100_000,
        max_bins: None,
        reweigh_by: Vec::new(),
    }
}

/// Three populations: one like the shipped loans, a balanced one, and one of rare labels that follow from interactions.
pub(crate) fn populations(trees: usize) -> [Population; 3] {
    [
        Population {
            name: "loans",
            groups: &[195, 111, 1_673],
            thresholds: [0.5, 0.75],
            recipe: recipe(trees, 7.3),
            person: loan,
        },
        Population {
            name: "balanced",
            groups: &[660, 660, 659],
            thresholds: [0.5, 0.4],
            recipe: recipe(trees, 1.37),
            person: balanced,
        },
        Population {
            name: "rare",
            groups: &[594, 1_385],
            thresholds: [0.15, 0.3],
            recipe: recipe(trees, 11.3),
            person: rare,
        },
    ]
}

/// An applicant: credit history, bankruptcy, debts, income, loan to value, self-employment, and two that tell nothing.
fn loan(draw: &mut Draw, group: usize) -> (Vec<f64>, f64) {
    let shift = [1.0, 0.6, 0.0][group];
    let credit = (1.0 + (draw.normal() * 1.5 + shift).abs()).floor().min(6.0);
    let bankrupt = draw.flag(0.06 + 0.06 * shift);
    let debts = (33.0 + 9.0 * draw.normal() + 2.0 * shift).clamp(5.0, 90.0);
    let income = (8.3 + 0.5 * draw.normal() - 0.2 * shift).exp().round();
    let to_value = (0.75 + 0.17 * draw.normal() + 0.07 * shift).clamp(0.05, 1.5);
    let own = draw.flag(0.12);
    let (noise, more) = (draw.normal(), draw.normal());
    let burdened = (debts - 36.0).max(0.0);
    let log_odds = 3.9 - 0.8 * (credit - 1.0) - 2.2 * bankrupt - 0.09 * burdened + 0.3 * (income.ln() - 8.3)
        - 4.0 * (to_value - 0.8).max(0.0)
        - 0.04 * burdened * (credit - 1.0)
        - 0.5 * own * bankrupt;
    (vec![credit, bankrupt, debts, income, to_value, own, noise, more], log_odds)
}

fn balanced(draw: &mut Draw, group: usize) -> (Vec<f64>, f64) {
    let mut x: Vec<f64> = (0..7).map(|_| draw.normal()).collect();
    x[0] += [-0.35, 0.0, 0.25][group];
    let log_odds = 0.1 + 0.9 * x[0] + 0.6 * x[1] - 0.5 * x[2] + 0.45 * x[0] * x[3];
    (x, log_odds)
}

/// Two pairs of features that tell together, and hardly alone.
fn rare(draw: &mut Draw, group: usize) -> (Vec<f64>, f64) {
    let x: Vec<f64> = (0..7).map(|_| draw.normal()).collect();
    let together = f64::from(u8::from(x[0] * x[1] > 0.8));
    let both = f64::from(u8::from(x[2] > 0.8 && x[3] > 0.0));
    let log_odds = -4.5 + 3.6 * together + 3.2 * both - 1.0 * together * both + 0.5 * x[4] + [0.0, 0.3][group];
    (x, log_odds)
}

impl Population {
    /// So many times the rows of a release, each group in its share.
    pub(crate) fn draw(&self, seed: u64, times: usize) -> Frame {
        let mut draw = Draw(Xoshiro256PlusPlus::seed_from_u64(seed));
        let mut people: Vec<(Vec<f64>, bool, usize)> = Vec::new();
        for (group, rows) in self.groups.iter().enumerate() {
            for _ in 0..rows * times {
                let (features, log_odds) = (self.person)(&mut draw, group);
                let label = draw.uniform() < 1.0 / (1.0 + (-log_odds).exp());
                people.push((features, label, group));
            }
        }
        let feature = |place| Feature {
            name: format!("x{place}"),
            levels: Vec::new(),
            takes_unseen: false,
            may_be_missing: false,
        };
        let features: Vec<Feature> = (0..people[0].0.len()).map(feature).collect();
        let mut matrix = Matrix::new(features.len());
        people.iter().for_each(|(features, _, _)| matrix.push(features));
        let groups: Vec<String> = (0..self.groups.len()).map(|group| format!("g{group}")).collect();
        let group_of = people.iter().map(|(_, _, group)| *group).collect();
        let attribute = Attribute { name: "group".to_owned(), judged: groups.clone(), groups, group_of };
        let labels = people.iter().map(|(_, label, _)| *label).collect();
        Frame { features, matrix, labels, attributes: vec![attribute], persons: Vec::new() }
    }
}
