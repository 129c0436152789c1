//! Leaves that keep the directions of features: a better value of a feature never leads to a lower leaf.
//!
//! Two leaves are comparable if a row of the better one can have better or equal values in each feature with a
//! direction, and equal ones in all other features, than a row of the worse one. The better leaf must then not be
//! lower. Leaves that break this are pooled: each gets their mean, weighted by rows (isotonic classification trees, van
//! de Kamp, Feelders and Barile 2009; generalised pool adjacent violators, Burdakov et al. 2006). All other leaves keep
//! the share of their rows. Bounds that are handed down a tree (LightGBM's "basic" method, scikit-learn) bind leaves
//! that are not comparable, and hide that good credit does not outweigh high debts.
//!
//! So each tree rises with each such feature, and the forest does too: it is a mean of trees.

use andon_evidence::policy::Better;

use crate::model::forest::GrownNode;

/// True if the right side of a split may follow the left side: its share is not the worse one.
pub(super) fn allows(better: Better, [left, right]: [f64; 2]) -> bool {
    match better {
        Better::Higher => left <= right,
        Better::Lower => left >= right,
    }
}

/// The tree with leaves that keep the directions of its columns.
pub(super) fn keep(mut nodes: Vec<GrownNode>, better: &[Option<Better>], nominal: &[bool]) -> Vec<GrownNode> {
    if better.iter().all(Option::is_none) {
        return nodes;
    }
    let columns = nodes.iter().map(|node| if let GrownNode::Split { feature, .. } = node { *feature + 1 } else { 0 });
    let columns = columns.max().unwrap_or(0) as usize;
    let better: Vec<Option<Better>> = (0..columns).map(|column| better.get(column).copied().flatten()).collect();
    let leaves = leaves_upwards(&nodes, &better, nominal);
    for block in pooled(&leaves, &better) {
        for leaf in &block.leaves {
            if let GrownNode::Leaf { value, .. } = &mut nodes[leaves[*leaf].at] {
                *value = block.value;
            }
        }
    }
    nodes
}

/// A leaf with the box of the rows that come to it: from the lower end of each column up to and without the upper one.
struct BoxedLeaf {
    at: usize,
    value: f64,
    rows: u64,
    ends: Vec<(f64, f64)>,
    /// Names that no row of the leaf has, each with its column.
    without: Vec<(usize, f64)>,
}

/// The leaves in such an order that none stands before a leaf that must not be higher: at each split with a direction,
/// the leaves of the worse side stand first.
fn leaves_upwards(nodes: &[GrownNode], better: &[Option<Better>], nominal: &[bool]) -> Vec<BoxedLeaf> {
    let mut leaves = Vec::new();
    let mut open = vec![(0, vec![(f64::NEG_INFINITY, f64::INFINITY); better.len()], Vec::new())];
    while let Some((at, ends, without)) = open.pop() {
        match nodes[at] {
            GrownNode::Leaf { value, rows } => leaves.push(BoxedLeaf { at, value, rows, ends, without }),
            GrownNode::Split { feature, threshold, left } => {
                let mut sides = [(left as usize, ends.clone(), without.clone()), (left as usize + 1, ends, without)];
                if nominal.get(feature as usize).copied().unwrap_or(false) {
                    sides[0].2.push((feature as usize, threshold));
                    sides[1].1[feature as usize] = (threshold, threshold.next_up());
                } else {
                    sides[0].1[feature as usize].1 = threshold;
                    sides[1].1[feature as usize].0 = threshold;
                }
                // The last one is taken first.
                if better[feature as usize] != Some(Better::Lower) {
                    sides.reverse();
                }
                open.extend(sides);
            }
            // Only a model that was trained elsewhere asks so: its leaves are comparable with all.
            GrownNode::Question { left, .. } => {
                open.extend([(left as usize, ends.clone(), without.clone()), (left as usize + 1, ends, without)]);
            }
        }
    }
    leaves
}

/// True if a row of `upper` can be better than or equal to a row of `lower` in each direction, and equal elsewhere.
fn is_comparable(lower: &BoxedLeaf, upper: &BoxedLeaf, better: &[Option<Better>]) -> bool {
    // A leaf of one name has no row in common with a leaf without that name.
    let parts = |without: &[(usize, f64)], ends: &[(f64, f64)]| {
        without.iter().any(|(column, name)| ends[*column] == (*name, name.next_up()))
    };
    if parts(&lower.without, &upper.ends) || parts(&upper.without, &lower.ends) {
        return false;
    }
    lower.ends.iter().zip(&upper.ends).zip(better).all(|((lower, upper), better)| match better {
        Some(Better::Higher) => upper.1 > lower.0,
        Some(Better::Lower) => upper.0 < lower.1,
        None => upper.1 > lower.0 && upper.0 < lower.1,
    })
}

/// Leaves that have one value.
struct Block {
    leaves: Vec<usize>,
    value: f64,
    rows: f64,
}

impl Block {
    fn merge(&mut self, other: Self) {
        let rows = self.rows + other.rows;
        self.value = (self.value * self.rows + other.value * other.rows) / rows;
        self.rows = rows;
        self.leaves.extend(other.leaves);
    }
}

/// Pools each leaf, upwards, with the highest block below it for as long as that one is higher.
fn pooled(leaves: &[BoxedLeaf], better: &[Option<Better>]) -> Vec<Block> {
    let is_below = |lower: usize, upper: usize| lower < upper && is_comparable(&leaves[lower], &leaves[upper], better);
    let mut blocks: Vec<Block> = Vec::new();
    for (at, leaf) in leaves.iter().enumerate() {
        let mut block = Block { leaves: vec![at], value: leaf.value, rows: leaf.rows.max(1) as f64 };
        while let Some(highest) = highest_below(&blocks, &block, is_below) {
            block.merge(blocks.swap_remove(highest));
        }
        blocks.push(block);
    }
    blocks
}

/// The highest block that holds a leaf below one of `block` and is higher than it.
fn highest_below(blocks: &[Block], block: &Block, is_below: impl Fn(usize, usize) -> bool) -> Option<usize> {
    let holds_lower =
        |other: &Block| block.leaves.iter().any(|leaf| other.leaves.iter().any(|lower| is_below(*lower, *leaf)));
    let higher = blocks.iter().enumerate().filter(|(_, other)| other.value > block.value && holds_lower(other));
    higher.max_by(|a, b| a.1.value.total_cmp(&b.1.value)).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(feature: u32, left: u32) -> GrownNode {
        GrownNode::Split { feature, threshold: 3.0, left }
    }

    /// A question about the first feature, then one about the second on either side.
    fn tree(leaves: [(f64, u64); 4]) -> Vec<GrownNode> {
        let leaves = leaves.map(|(value, rows)| GrownNode::Leaf { value, rows });
        [vec![split(0, 1), split(1, 3), split(1, 5)], leaves.to_vec()].concat()
    }

    fn values(better: &[Option<Better>], leaves: [(f64, u64); 4]) -> Vec<f64> {
        let leaf = |node: &GrownNode| if let GrownNode::Leaf { value, .. } = node { Some(*value) } else { None };
        keep(tree(leaves), better, &[]).iter().filter_map(leaf).collect()
    }

    const BOTH: [Option<Better>; 2] = [Some(Better::Higher), Some(Better::Higher)];

    #[test]
    fn leaves_that_are_not_comparable_keep_their_shares() {
        // The second leaf is worse in the first feature and better in the second one than the third leaf.
        let leaves = [(0.1, 5), (0.9, 5), (0.2, 5), (0.95, 5)];
        assert_eq!(values(&BOTH, leaves), [0.1, 0.9, 0.2, 0.95]);
    }

    #[test]
    fn leaves_that_break_a_direction_get_their_mean_by_hand() {
        // Third below first: (0.5 * 1 + 0.25 * 3) / 4. Then fourth below second: (1 * 1 + 0.5 * 1) / 2.
        let leaves = [(0.5, 1), (1.0, 1), (0.25, 3), (0.5, 1)];
        assert_eq!(values(&BOTH, leaves), [0.3125, 0.75, 0.3125, 0.75]);
        // The second feature is free, so that only rows with equal values in it are comparable.
        assert_eq!(values(&[Some(Better::Higher)], leaves), [0.3125, 0.75, 0.3125, 0.75]);
        assert_eq!(values(&[None, Some(Better::Higher)], leaves), [0.5, 1.0, 0.25, 0.5]);
        assert_eq!(values(&[Some(Better::Lower)], leaves), [0.5, 1.0, 0.25, 0.5]);
        assert_eq!(values(&[None, Some(Better::Lower)], leaves), [0.75, 0.75, 0.3125, 0.3125]);
    }

    #[test]
    fn a_pooled_block_is_pooled_further_by_hand() {
        // The third leaf falls below the first: (0.4 + 0.2) / 2 = 0.3. The fourth then below the second: 0.45, above 0.3.
        let further = values(&BOTH, [(0.4, 1), (0.8, 1), (0.2, 1), (0.1, 1)]);
        // 0.1 is below 0.8, their mean 0.45 stays above the 0.3 of the others.
        assert!(further.iter().zip([0.3, 0.45, 0.3, 0.45]).all(|(a, b)| (a - b).abs() < 1e-12), "{further:?}");
        let all = values(&BOTH, [(0.9, 1), (0.8, 1), (0.2, 1), (0.1, 1)]);
        assert!(all.iter().all(|value| (value - 0.5).abs() < 1e-12), "{all:?}");
    }
}
