//! The amount by which each feature moved a score: exact Shapley values on the forest, fast enough for every answer.
//!
//! A tree's leaf, seen alone, is a game: a feature that is known contributes 1 where the row follows the leaf's path
//! and 0 where it does not, a feature that is not known the share of training rows that follow it ("path-dependent" in
//! Lundberg et al. 2020, "From local explanations to global understanding with explainable AI for trees", algorithm 1).
//! With `z` that share and `o` the row's own 0 or 1, the Shapley value of feature i in such a product is an integral
//! over the chance t that another feature is known (Owen 1972, "Multilinear extensions of games"):
//!
//! ```text
//! phi_i = leaf * (o_i - z_i) * integral from 0 to 1 of product over j other than i of (z_j (1 - t) + o_j t) dt
//! ```
//!
//! The integrand is a polynomial of a degree below the number of features on the path, so Gauss and Legendre's rule
//! with half as many points gives it exactly. Products run down the tree and sums run up, both at the rule's points, so
//! that a row costs one visit a node (the idea of Yu et al. 2022, "Linear TreeShap", with points at which nothing
//! cancels). The parts that depend on the tree alone are laid out in advance: a node has three states, each with a
//! table.

use crate::data::matrix::Matrix;
use crate::model::forest::{Forest, LinearTerm, SplitQuestion, Tree, TreeNode};

/// The state of a node: its feature's questions so far are all answered towards it (2), all but its own (1), or the
/// row had left the path at an earlier question about the same feature (0).
type PathState = u8;

/// A question, with the places of its tree's nodes.
#[derive(Debug, Clone)]
struct TreeQuestion {
    at: u32,
    left: u32,
    feature: u32,
    /// The nearest node above it that a question about the same feature led to; the root without one.
    above: u32,
    question: SplitQuestion,
}

/// One tree at `Q` points of integration.
#[derive(Debug, Clone)]
struct TreeTable<const Q: usize> {
    questions: Vec<TreeQuestion>,
    /// By node and state: what the product over the path is multiplied by on the way down; at a leaf also its value.
    down: Vec<[[f64; Q]; 3]>,
    /// By node and state: what the sum over the leaves below is weighed with for the question's feature.
    up: Vec<[[f64; Q]; 3]>,
}

#[derive(Debug, Clone)]
enum Tables {
    Two(Vec<TreeTable<2>>),
    Three(Vec<TreeTable<3>>),
    Four(Vec<TreeTable<4>>),
    Eight(Vec<TreeTable<8>>),
    Sixteen(Vec<TreeTable<16>>),
    ThirtyTwo(Vec<TreeTable<32>>),
}

/// Computes what each feature of a row moves the raw score by; prepared once for many rows.
#[derive(Debug, Clone)]
pub struct Attributor {
    columns: usize,
    base: f64,
    tables: Tables,
    /// The terms of a linear model, each of which is a game of one feature.
    linear: Vec<LinearTerm>,
}

impl Attributor {
    /// Lays out what does not depend on a row.
    #[must_use]
    pub fn new(forest: &Forest) -> Self {
        let trees: Vec<Tree<'_>> = forest.each_tree().collect();
        let divisor = forest.combine().divisor(trees.len());
        let of_terms: f64 = forest.terms().iter().map(|term| term.expectation()).sum();
        let base = forest.combine().base() + trees.iter().map(expectation).sum::<f64>() / divisor + of_terms;
        // Twice as many features as a rule has points.
        let tables = match forest.most_asked() {
            0..=4 => Tables::Two(laid_out(&trees, divisor)),
            5..=6 => Tables::Three(laid_out(&trees, divisor)),
            7..=8 => Tables::Four(laid_out(&trees, divisor)),
            9..=16 => Tables::Eight(laid_out(&trees, divisor)),
            17..=32 => Tables::Sixteen(laid_out(&trees, divisor)),
            // A forest asks at most 64 features on the way to a leaf.
            _ => Tables::ThirtyTwo(laid_out(&trees, divisor)),
        };
        Self { columns: forest.columns(), base, tables, linear: forest.terms().to_vec() }
    }

    /// The raw score before any feature is known: the mean over the rows that the trees were grown on, 0 to 1, or the
    /// margin in log-odds where the model's link is logistic.
    #[must_use]
    pub fn base(&self) -> f64 {
        self.base
    }

    /// The amount by which each feature moves the raw score of this row, in the order of the row; the base plus all of
    /// it is the raw score, up to rounding.
    ///
    /// ```
    /// use andon::model::attribution::Attributor;
    /// use andon::model::forest::{Forest, GrownNode::{Leaf, Split}};
    /// // Of ten rows, the eight below 3 were approved at 0.5, the other two at 1.
    /// let root = Split { feature: 0, threshold: 3.0, left: 1 };
    /// let forest = Forest::new(2, &[vec![root, Leaf { value: 0.5, rows: 8 }, Leaf { value: 1.0, rows: 2 }]])?;
    /// let attributor = Attributor::new(&forest);
    /// assert!((attributor.base() - 0.6).abs() < 1e-12);
    /// let moved = attributor.moved(&[3.0, 7.0]);
    /// assert!((moved[0] - 0.4).abs() < 1e-12 && moved[1] == 0.0); // the second feature is never asked
    /// # Ok::<(), andon::model::forest::NotAForest>(())
    /// ```
    #[must_use]
    pub fn moved(&self, row: &[f64]) -> Vec<f64> {
        let mut matrix = Matrix::new(self.columns);
        matrix.push(row);
        self.moved_all(&matrix)
    }

    /// The amounts of all rows, one row after the other, bit for bit those of [`Attributor::moved`].
    #[must_use]
    pub fn moved_all(&self, matrix: &Matrix) -> Vec<f64> {
        if matrix.columns() != self.columns {
            let mut filled = Matrix::new(self.columns);
            (0..matrix.len()).for_each(|row| filled.push(matrix.row(row)));
            return self.moved_all(&filled);
        }
        let mut moved = match &self.tables {
            Tables::Two(tables) => add_up(tables, matrix),
            Tables::Three(tables) => add_up(tables, matrix),
            Tables::Four(tables) => add_up(tables, matrix),
            Tables::Eight(tables) => add_up(tables, matrix),
            Tables::Sixteen(tables) => add_up(tables, matrix),
            Tables::ThirtyTwo(tables) => add_up(tables, matrix),
        };
        for (at, moved) in moved.chunks_exact_mut(self.columns).enumerate() {
            for term in &self.linear {
                moved[term.feature as usize] += term.adds(matrix.row(at)) - term.expectation();
            }
        }
        moved
    }
}

/// The mean of a tree over the rows that it was grown on.
fn expectation(tree: &Tree<'_>) -> f64 {
    let weighed = |at| match tree.node(at) {
        TreeNode::Leaf(value) => value * tree.rows(at) as f64,
        TreeNode::Split { .. } => 0.0,
    };
    (0..tree.size()).map(weighed).sum::<f64>() / tree.rows(0) as f64
}

fn laid_out<const Q: usize>(trees: &[Tree<'_>], divisor: f64) -> Vec<TreeTable<Q>> {
    let rule = gauss_legendre();
    trees.iter().map(|tree| TreeTable::new(tree, &rule, divisor)).collect()
}

/// The rows that pass all questions about one feature on the way to a node.
#[derive(Clone, Copy)]
struct Passed {
    /// Share of the training rows.
    share: f64,
    /// The node where that share was reached.
    at: u32,
}

impl<const Q: usize> TreeTable<Q> {
    fn new(tree: &Tree<'_>, rule: &[(f64, f64); Q], divisor: f64) -> Self {
        let nobody_asked = Passed { share: 1.0, at: 0 };
        // By node: each feature asked on the way to it, with what its questions let through.
        let mut paths: Vec<Vec<(u32, Passed)>> = vec![Vec::new(); tree.size()];
        let mut table = Self {
            questions: Vec::new(),
            down: vec![[[1.0; Q]; 3]; tree.size()],
            up: vec![[[0.0; Q]; 3]; tree.size()],
        };
        for at in 0..tree.size() {
            match tree.node(at) {
                TreeNode::Leaf(value) => table.end(at, value / divisor, rule),
                TreeNode::Split { feature, left } => {
                    let path = std::mem::take(&mut paths[at]);
                    let known = path.iter().find(|(asked, _)| *asked == feature);
                    let before = known.map_or(nobody_asked, |(_, passed)| *passed);
                    let question = tree.question(at);
                    table.questions.push(TreeQuestion { at: at as u32, left, feature, above: before.at, question });
                    for child in [left, left + 1] {
                        let share = before.share * tree.rows(child as usize) as f64 / tree.rows(at) as f64;
                        table.ask(child as usize, before.share, share, rule);
                        let others = path.iter().copied().filter(|(asked, _)| *asked != feature);
                        paths[child as usize] = others.chain([(feature, Passed { share, at: child })]).collect();
                    }
                }
            }
        }
        table
    }

    /// A node behind a question: the factor of its feature in each state replaces the one before it.
    fn ask(&mut self, node: usize, share_before: f64, share: f64, rule: &[(f64, f64); Q]) {
        for (state, (known_before, known)) in [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)].into_iter().enumerate() {
            for (point, (t, _)) in rule.iter().enumerate() {
                // Above 0, since no share is 0 and no point is 1.
                let factor = |share: f64, known: f64| share * (1.0 - t) + known * t;
                let before = factor(share_before, known_before);
                let now = factor(share, known);
                self.down[node][state][point] = now / before;
                self.up[node][state][point] = (known - share) / now - (known_before - share_before) / before;
            }
        }
    }

    /// A leaf: what comes down to it is weighed with its value and the rule.
    fn end(&mut self, node: usize, value: f64, rule: &[(f64, f64); Q]) {
        for state in &mut self.down[node] {
            state.iter_mut().zip(rule).for_each(|(down, (_, weight))| *down *= value * weight);
        }
    }
}

/// The way of a row and the products it carries, node by node; as long as the largest tree.
struct Walk<const Q: usize> {
    /// 1 if the row follows the path to the node in all questions about the last feature asked, else 0.
    follows: Vec<u8>,
    state: Vec<PathState>,
    carried: Vec<[f64; Q]>,
}

/// Tree after tree over all rows, so that a tree's tables stay in a near cache.
fn add_up<const Q: usize>(tables: &[TreeTable<Q>], matrix: &Matrix) -> Vec<f64> {
    let size = tables.iter().map(|table| table.down.len()).max().unwrap_or(0);
    let mut walk = Walk { follows: vec![1; size], state: vec![2; size], carried: vec![[1.0; Q]; size] };
    let values = matrix.values();
    let mut moved = vec![0.0; values.len()];
    let columns = matrix.columns();
    for table in tables {
        for (row, moved) in values.chunks_exact(columns).zip(moved.chunks_exact_mut(columns)) {
            walk.down(table, row);
            walk.up(table, moved);
        }
    }
    moved
}

impl<const Q: usize> Walk<Q> {
    fn down(&mut self, table: &TreeTable<Q>, row: &[f64]) {
        let size = table.down.len();
        let follows = &mut self.follows[..size];
        let state = &mut self.state[..size];
        let carried = &mut self.carried[..size];
        (follows[0], carried[0]) = (1, [1.0; Q]);
        for question in &table.questions {
            let right = u8::from(question.question.goes_right(row[question.feature as usize]));
            let (before, from, left) =
                (follows[question.above as usize], carried[question.at as usize], question.left as usize);
            for (side, goes) in [(0, 1 - right), (1, right)] {
                let child = left + side;
                let follow = before & goes;
                follows[child] = follow;
                state[child] = before + follow;
                let factors = &table.down[child][usize::from(before + follow)];
                for point in 0..Q {
                    carried[child][point] = from[point] * factors[point];
                }
            }
        }
    }

    fn up(&mut self, table: &TreeTable<Q>, moved: &mut [f64]) {
        let size = table.up.len();
        let state = &self.state[..size];
        let carried = &mut self.carried[..size];
        for question in table.questions.iter().rev() {
            let left = question.left as usize;
            let right = question.left as usize + 1;
            let from_left = carried[left];
            let from_right = carried[right];
            let (weigh_left, weigh_right) =
                (&table.up[left][usize::from(state[left])], &table.up[right][usize::from(state[right])]);
            let mut by = [0.0; Q];
            let into = &mut carried[question.at as usize];
            for point in 0..Q {
                by[point] = from_left[point] * weigh_left[point] + from_right[point] * weigh_right[point];
                into[point] = from_left[point] + from_right[point];
            }
            moved[question.feature as usize] += by.iter().sum::<f64>();
        }
    }
}

/// The points in 0 to 1 and the weights of Gauss and Legendre's rule, exact for polynomials below degree 2 Q
/// (Abramowitz and Stegun 1964, 25.4.29). The roots of Legendre's polynomial by Newton's method.
fn gauss_legendre<const Q: usize>() -> [(f64, f64); Q] {
    std::array::from_fn(|point| {
        let n = Q as f64;
        let mut x = libm::cos(std::f64::consts::PI * (point as f64 + 0.75) / (n + 0.5));
        let mut slope = 1.0;
        for _ in 0..NEWTON_STEPS {
            let mut before = 1.0;
            let mut value = x;
            for k in 2..=Q {
                let k = k as f64;
                (before, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k);
            }
            slope = n * (x * value - before) / (x * x - 1.0);
            x -= value / slope;
        }
        (0.5 * (1.0 - x), 1.0 / ((1.0 - x * x) * slope * slope))
    })
}

/// From these starting points each root is met to the last bits in fewer.
const NEWTON_STEPS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::matrix::MISSING;
    use crate::model::forest::tests::comb;

    #[test]
    fn the_rule_integrates_powers() {
        let rule = gauss_legendre::<4>();
        for power in 0..8 {
            let integral: f64 = rule.iter().map(|(t, weight)| weight * t.powi(power)).sum();
            assert!((integral - 1.0 / f64::from(power + 1)).abs() < 1e-15, "{power}: {integral}");
        }
    }

    #[test]
    fn a_short_row_lacks_its_last_features() {
        let attributor = Attributor::new(&comb(3));
        assert_eq!(attributor.moved(&[1.0]), attributor.moved(&[1.0, MISSING, MISSING]));
    }
}
