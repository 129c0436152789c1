//! A synthetic loan table, the same to the bit in every run; no real people.

use andon::policy::Recipe;
use andon::{Attribute, Forest, Frame, Matrix, random_forest};
use rand_distr::{Beta, Distribution, Exp, LogNormal, Normal, Open01, Poisson, Uniform};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// Income, credit score, amount, term, debt to income, years employed, delinquencies.
pub(crate) const COLUMNS: usize = 7;

/// The trees are grown on the first rows only: growing them is not what is measured.
const TRAINED_ON: usize = 50_000;

/// Rows with a label by a logistic rule with noise, and a protected attribute that has nothing to do with it.
pub(crate) fn frame(rows: usize) -> Frame {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(50);
    let applicant = Applicant::new();
    let mut matrix = Matrix::new(COLUMNS);
    let (mut labels, mut group_of) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    for _ in 0..rows {
        let row = applicant.row(&mut random);
        matrix.push(&row);
        labels.push(approved(&row, Open01.sample(&mut random)));
        group_of.push(applicant.group.sample(&mut random));
    }
    let groups = vec!["female".to_owned(), "male".to_owned()];
    let sex = Attribute { name: "sex".to_owned(), judged: groups.clone(), groups, group_of };
    Frame { features: Vec::new(), matrix, labels, attributes: vec![sex], persons: Vec::new() }
}

/// A forest of full trees grown on the table's first rows.
pub(crate) fn forest(frame: &Frame, trees: usize, depth: usize) -> Forest {
    let recipe = Recipe {
        seed: 50,
        trees,
        depth,
        rare_class_weight: 1.7,
        min_leaf_weight: 2.0,
        smoothing_rows: 1.0,
        max_rows_per_tree: TRAINED_ON,
        max_bins: None,
        reweigh_by: Vec::new(),
    };
    let rows: Vec<usize> = (0..frame.matrix.len().min(TRAINED_ON)).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    random_forest(&recipe, &[], &frame.matrix.select(&rows), &frame.labels[..rows.len()], threads)
        .expect("both labels occur")
}

/// The distribution of the columns of one applicant.
struct Applicant {
    income: LogNormal<f64>,
    credit_score: Normal<f64>,
    loan_amount: LogNormal<f64>,
    term_years: Uniform<u32>,
    debt_to_income: Beta<f64>,
    employment_years: Exp<f64>,
    delinquencies: Poisson<f64>,
    group: Uniform<usize>,
}

impl Applicant {
    fn new() -> Self {
        let valid = "the parameters are valid";
        Self {
            income: LogNormal::new(10.9, 0.45).expect(valid),
            credit_score: Normal::new(680.0, 80.0).expect(valid),
            loan_amount: LogNormal::new(9.8, 0.6).expect(valid),
            term_years: Uniform::new(1, 8).expect(valid),
            debt_to_income: Beta::new(2.0, 4.0).expect(valid),
            employment_years: Exp::new(1.0 / 6.0).expect(valid),
            delinquencies: Poisson::new(0.4).expect(valid),
            group: Uniform::new(0, 2).expect(valid),
        }
    }

    fn row(&self, random: &mut Xoshiro256PlusPlus) -> [f64; COLUMNS] {
        [
            rounded(self.income.sample(random).clamp(8_000.0, 200_000.0), 100.0),
            self.credit_score.sample(random).round().clamp(300.0, 850.0),
            rounded(self.loan_amount.sample(random).clamp(500.0, 100_000.0), 100.0),
            f64::from(12 * self.term_years.sample(random)),
            rounded(self.debt_to_income.sample(random), 10_000.0),
            rounded(self.employment_years.sample(random).min(45.0), 10.0),
            self.delinquencies.sample(random).min(12.0),
        ]
    }
}

fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

/// `chance` is uniform between 0 and 1; its logit is the noise.
fn approved(row: &[f64; COLUMNS], chance: f64) -> bool {
    let [income, credit_score, loan_amount, _, debt_to_income, employment_years, delinquencies] = row;
    let merit = 0.018 * (credit_score - 660.0) + 0.9 * libm::log(income / 45_000.0)
        - 3.2 * (debt_to_income - 0.35)
        - 0.45 * libm::log(loan_amount / 18_000.0)
        + 0.03 * (employment_years - 6.0)
        - 0.8 * delinquencies
        + 0.35;
    2.2 * merit + libm::log(chance / (1.0 - chance)) > 0.0
}
