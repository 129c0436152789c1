//! A random forest grown with linfa-trees, the same to the bit in every process and with any number of threads.
//!
//! linfa's forest breaks ties by the order of a `HashMap`. Growing each tree on its own seeded bootstrap, with a
//! weight other than 1 on the rarer class, leaves no tie to break. linfa's leaves hold a label and no share; the
//! share comes from running the bootstrap's rows, unweighted, through the grown tree.

use andon_evidence::policy::Recipe;
use linfa::Dataset;
use linfa::traits::Fit;
use linfa_trees::{DecisionTree, SplitQuality, TreeNode};
use ndarray::{Array1, Array2};
use rand_distr::{Distribution, Uniform};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::data::matrix::Matrix;
use crate::model::forest::{Forest, GrownNode, NotAForest};
use crate::model::platt::CalibrationError;
use crate::model::training_data::NotBins;

/// The model could not be trained.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// There are not two labels to tell apart.
    #[error("failed to train: {positives} of {rows} labels are 1; both labels are needed")]
    OneLabel {
        /// Rows with label 1.
        positives: usize,
        /// All rows.
        rows: usize,
    },
    /// A fold is too small.
    #[error("failed to train: fold {fold} of {folds} has no rows")]
    EmptyFold {
        /// The fold, from 0.
        fold: usize,
        /// The number of folds.
        folds: usize,
    },
    /// linfa refused.
    #[error("failed to grow a tree: {0}")]
    Tree(String),
    /// The grown trees are no forest.
    #[error(transparent)]
    Forest(#[from] NotAForest),
    /// The training data cannot be counted.
    #[error("{0}")]
    Training(String),
    /// The scores cannot be calibrated.
    #[error("{0}")]
    Calibration(String),
}

/// The function by which a release grows its forest: recipe, rows, their labels, and how many threads it may use. The
/// result must not depend on the number of threads.
///
/// ```
/// let grow: andon::model::random_forest::Grow = andon::random_forest;
/// ```
pub type Grow = fn(&Recipe, &Matrix, &[bool], usize) -> Result<Forest, TrainError>;

impl From<NotBins> for TrainError {
    fn from(error: NotBins) -> Self {
        Self::Training(error.to_string())
    }
}

impl From<CalibrationError> for TrainError {
    fn from(error: CalibrationError) -> Self {
        Self::Calibration(error.to_string())
    }
}

/// Grows the forest of a recipe on rows and their labels, on up to `threads` threads.
///
/// # Errors
/// [`TrainError`] when one label is absent or a tree cannot be grown.
pub fn random_forest(recipe: &Recipe, x: &Matrix, y: &[bool], threads: usize) -> Result<Forest, TrainError> {
    let positives = y.iter().filter(|label| **label).count();
    if positives == 0 || positives == y.len() || x.len() != y.len() {
        return Err(TrainError::OneLabel { positives, rows: y.len() });
    }
    let rarer = 2 * positives < y.len();
    let base = positives as f64 / y.len() as f64;
    let threads = threads.clamp(1, recipe.trees);
    let grow_every = |first: usize| -> Vec<_> {
        (first..recipe.trees).step_by(threads).map(|tree| (tree, grow(recipe, x, y, rarer, base, tree))).collect()
    };
    let mut trees: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|first| scope.spawn(move || grow_every(first))).collect();
        let results = workers.into_iter().map(|worker| worker.join());
        results.flat_map(|result| result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    trees.sort_unstable_by_key(|(tree, _)| *tree);
    let trees = trees.into_iter().map(|(_, tree)| tree).collect::<Result<Vec<_>, _>>()?;
    Ok(Forest::new(x.columns(), &trees)?)
}

/// The rows of one tree: drawn with replacement by a generator of its own.
fn bootstrap(recipe: &Recipe, rows: usize, tree: usize) -> Result<Vec<usize>, TrainError> {
    let seed = recipe.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(tree as u64);
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let any_row = Uniform::new(0, rows).map_err(|error| TrainError::Tree(error.to_string()))?;
    Ok((0..rows.min(recipe.max_rows_per_tree)).map(|_| any_row.sample(&mut random)).collect())
}

fn grow(
    recipe: &Recipe,
    x: &Matrix,
    y: &[bool],
    rarer: bool,
    base: f64,
    tree: usize,
) -> Result<Vec<GrownNode>, TrainError> {
    let bag = bootstrap(recipe, y.len(), tree)?;
    let rows = x.select(&bag);
    let labels: Vec<bool> = bag.iter().map(|row| y[*row]).collect();
    let weights = labels.iter().map(|label| if *label == rarer { recipe.rare_class_weight } else { 1.0 }).collect();
    let shape = (rows.len(), rows.columns());
    let array = Array2::from_shape_vec(shape, rows.values().to_vec());
    let array = array.map_err(|error| TrainError::Tree(error.to_string()))?;
    let data = Dataset::new(array, Array1::from(labels.clone())).with_weights(weights);
    let grown = DecisionTree::params()
        .split_quality(SplitQuality::Gini)
        .max_depth(Some(recipe.depth))
        .min_weight_split(2.0 * recipe.min_leaf_weight)
        .min_weight_leaf(recipe.min_leaf_weight)
        .fit(&data)
        .map_err(|error| TrainError::Tree(error.to_string()))?;
    let mut nodes = flatten(grown.root_node());
    let counts = count(&nodes, &rows, &labels);
    for (node, (positives, all)) in nodes.iter_mut().zip(counts) {
        if let GrownNode::Leaf { value, rows } = node {
            *value = (positives as f64 + recipe.smoothing_rows * base) / (all as f64 + recipe.smoothing_rows);
            // linfa halves neighbouring numbers, so that a side may in principle be left without a row.
            *rows = u32::try_from(all).unwrap_or(u32::MAX).max(1);
        }
    }
    Ok(nodes)
}

/// Lays the tree out breadth first, so that children stand side by side and behind their parent.
fn flatten(root: &TreeNode<f64, bool>) -> Vec<GrownNode> {
    let mut queue = vec![root];
    let mut nodes = Vec::new();
    let mut at = 0;
    while let Some(node) = queue.get(at).copied() {
        let children: Vec<&TreeNode<f64, bool>> = node.children().into_iter().filter_map(Option::as_deref).collect();
        if !node.is_leaf() && children.len() == 2 {
            let (feature, threshold, _) = node.split();
            nodes.push(GrownNode::Split { feature: feature as u32, threshold, left: queue.len() as u32 });
            queue.extend(children);
        } else {
            nodes.push(GrownNode::Leaf { value: 0.0, rows: 0 });
        }
        at += 1;
    }
    nodes
}

/// Positive and all rows that pass each node.
fn count(nodes: &[GrownNode], rows: &Matrix, labels: &[bool]) -> Vec<(u64, u64)> {
    let mut counts = vec![(0, 0); nodes.len()];
    for (row, label) in labels.iter().enumerate() {
        let mut at = 0;
        loop {
            counts[at].0 += u64::from(*label);
            counts[at].1 += 1;
            let GrownNode::Split { feature, threshold, left } = nodes[at] else { break };
            at = left as usize + usize::from(rows.row(row)[feature as usize] >= threshold);
        }
    }
    counts
}
