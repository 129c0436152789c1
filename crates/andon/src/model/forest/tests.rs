//! A forest by hand, read back, and broken in every array.

use super::*;
use proptest::prelude::*;

fn leaf(value: f64) -> GrownNode {
    GrownNode::Leaf { value, rows: 1 }
}

/// Below 2 in column 0: 0.1; else below 5 in column 1: 0.4, else 0.9. And a tree that always says 0.3.
fn by_hand() -> Forest {
    let tree = vec![
        GrownNode::Split { feature: 0, threshold: 2.0, left: 1 },
        leaf(0.1),
        GrownNode::Split { feature: 1, threshold: 5.0, left: 3 },
        leaf(0.4),
        leaf(0.9),
    ];
    Forest::new(2, &[tree, vec![leaf(0.3)]]).unwrap()
}

#[test]
fn a_value_at_the_threshold_goes_right() {
    let forest = by_hand();
    for (row, leaf) in [([1.9, 9.0], 0.1), ([2.0, 4.9], 0.4), ([2.0, 5.0], 0.9)] {
        assert_eq!(forest.score(&row).to_bits(), ((leaf + 0.3) / 2.0_f64).to_bits());
    }
    assert_eq!(forest.depth(), 2);
}

#[test]
fn it_reads_back_to_the_bit_and_every_broken_array_is_refused() {
    let json = serde_json::to_string(&by_hand()).unwrap();
    assert_eq!(serde_json::from_str::<Forest>(&json).unwrap(), by_hand());
    let breaks = [
        ("\"roots\":[0,5]", "\"roots\":[]"),
        ("\"roots\":[0,5]", "\"roots\":[5,0]"),
        ("\"roots\":[0,5]", "\"roots\":[0,6]"),
        ("\"roots\":[0,5]", "\"roots\":[0,4]"),
        ("\"roots\":[0,5]", "\"roots\":[0]"),
        ("\"left\":[1,", "\"left\":[9,"),
        ("\"left\":[1,0,3", "\"left\":[1,0,2"),
        ("\"left\":[1,0,3", "\"left\":[3,0,3"),
        ("\"feature\":[0,0,1", "\"feature\":[0,0,2"),
        ("\"rows\":[3,1,2", "\"rows\":[4,1,2"),
        ("\"rows\":[3,1,2", "\"rows\":[2,0,2"),
        ("\"rows\":[3,1,2", "\"rows\":[18446744073709551615,18446744073709551615,2"),
        ("0.9", "1.1"),
        ("0.9", "null"),
        ("\"columns\":2", "\"columns\":0"),
        ("0.9,", ""),
    ];
    for (good, bad) in breaks {
        assert!(json.contains(good), "{good} is not in {json}");
        assert!(serde_json::from_str::<Forest>(&json.replacen(good, bad, 1)).is_err(), "{bad} was accepted");
    }
    let chain = |splits: u32| {
        let split = |at| [leaf(0.5), GrownNode::Split { feature: 0, threshold: f64::from(at), left: 2 * at + 1 }];
        let nodes = (1..splits).flat_map(split).chain([leaf(0.5), leaf(0.5)]);
        let root = GrownNode::Split { feature: 0, threshold: 0.0, left: 1 };
        Forest::new(1, &[[root].into_iter().chain(nodes).collect()])
    };
    assert!(chain(32).is_ok() && chain(33).is_err(), "32 splits are the most");
}

proptest! {
    #[test]
    fn scores_are_shares_and_the_same_in_batches(
        forest in any_forest(),
        rows in proptest::collection::vec([-4.0..4.0_f64, -4.0..4.0, -4.0..4.0], 0..300),
    ) {
        let mut matrix = Matrix::new(3);
        rows.iter().for_each(|row| matrix.push(row));
        let scores = forest.score_all(&matrix);
        prop_assert_eq!(scores.len(), rows.len());
        for (row, score) in rows.iter().zip(scores) {
            prop_assert!((0.0..=1.0).contains(&score));
            prop_assert_eq!(score.to_bits(), forest.score(row).to_bits());
        }
    }
}

/// A random tree over 3 columns, grown breadth first.
fn any_tree() -> impl Strategy<Value = Vec<GrownNode>> {
    let draw = (any::<bool>(), 0_u32..3, -3.0..3.0_f64, 0.0..=1.0_f64, 1_u32..9);
    proptest::collection::vec(draw, 31).prop_map(|draws| {
        let answer = |at: usize| GrownNode::Leaf { value: draws[at % 31].3, rows: draws[at % 31].4 };
        let mut nodes = vec![answer(0)];
        for (at, (splits, feature, threshold, ..)) in draws.iter().enumerate().take(15) {
            if at < nodes.len() && *splits {
                let left = nodes.len();
                nodes[at] = GrownNode::Split { feature: *feature, threshold: *threshold, left: left as u32 };
                nodes.extend([answer(left), answer(left + 1)]);
            }
        }
        nodes
    })
}

/// One to three random trees over 3 columns.
pub(crate) fn any_forest() -> impl Strategy<Value = Forest> {
    proptest::collection::vec(any_tree(), 1..4).prop_map(|trees| Forest::new(3, &trees).unwrap())
}

/// A tree that asks `depth` features in turn, each node's right child first: a leaf on each level.
pub(crate) fn comb(depth: u32) -> Forest {
    let mut nodes = Vec::new();
    for at in 0..depth {
        nodes.push(GrownNode::Split { feature: at, threshold: 0.5, left: 2 * at + 1 });
        nodes.push(GrownNode::Leaf { value: f64::from(at % 7) / 7.0, rows: 1 + at });
    }
    nodes.push(GrownNode::Leaf { value: 0.9, rows: 40 });
    Forest::new(depth as usize, &[in_pairs(nodes)]).unwrap()
}

/// Question, leaf, question, leaf: the places that the comb's children have when siblings stand together.
fn in_pairs(nodes: Vec<GrownNode>) -> Vec<GrownNode> {
    let mut pairs = Vec::new();
    let mut questions = Vec::new();
    let mut leaves = Vec::new();
    for node in nodes {
        if matches!(node, GrownNode::Split { .. }) { questions.push(node) } else { leaves.push(node) }
    }
    let last = leaves.pop();
    pairs.push(questions[0]);
    for (at, leaf) in leaves.into_iter().enumerate() {
        pairs.push(leaf);
        pairs.extend(questions.get(at + 1).copied().or(last));
    }
    pairs
}

proptest! {
    /// A question about one name is the threshold question on an indicator of that name, also for the bound of a box.
    #[test]
    fn a_question_about_a_name_sends_that_name_right_and_no_other(
        forest in any_forest(), row in [0..4_u8, 0..4, 0..4], low in [0..4_u8, 0..4, 0..4], high in [0..4_u8, 0..4, 0..4]
    ) {
        let whole = |forest: &Forest| {
            let mut arrays = Arrays::from(forest.clone());
            arrays.threshold.iter_mut().for_each(|threshold| *threshold = threshold.abs().round().min(3.0));
            Forest::try_from(arrays).unwrap().with_nominal(&[true, false, true])
        };
        let forest = whole(&forest);
        let numbers = |row: [u8; 3]| row.map(f64::from);
        let row = numbers(row);
        let mut matrix = Matrix::new(3);
        matrix.push(&row);
        prop_assert_eq!(forest.score_all(&matrix)[0].to_bits(), forest.score(&row).to_bits());
        for tree in forest.each_tree() {
            let mut at = 0;
            while let (GrownNode::Split { feature, threshold, left }, _) = tree.node(at) {
                let value = row[feature as usize];
                let right = if feature == 1 { value >= threshold } else { (value - threshold).abs() < 0.5 };
                prop_assert_eq!(tree.goes_right(feature, threshold, value), right);
                at = left as usize + usize::from(right);
            }
        }
        let ends: Vec<[f64; 2]> = numbers(low).into_iter().zip(numbers(high)).map(|(a, b)| [a.min(b), a.max(b)]).collect();
        let [low, high] = [0, 1].map(|end| ends.iter().map(|ends| ends[end]).collect::<Vec<f64>>());
        if row.iter().zip(&ends).all(|(value, [low, high])| low <= value && value <= high) {
            prop_assert!(forest.highest_between(&low, &high) >= forest.score(&row) - 1e-12);
        }
        prop_assert!((forest.highest_between(&row, &row) - forest.score(&row)).abs() < 1e-12);
        let moved = crate::model::attribution::Attributor::new(&forest).moved(&row);
        let defined = crate::families::explanation::shapley::path_dependent(&forest, &row);
        prop_assert!(moved.iter().zip(&defined).all(|(a, b)| (a - b).abs() < 1e-12), "{moved:?} {defined:?}");
    }
}
