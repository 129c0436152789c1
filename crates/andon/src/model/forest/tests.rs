//! A forest by hand, read back, and broken in every array.

use super::*;
use crate::data::matrix::MISSING;
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
    assert!(chain(256).is_ok() && chain(257).is_err(), "256 splits are the most");
    assert!(comb(64).most_asked() == 64 && try_comb(65).is_err(), "64 features on the way to a leaf are the most");
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
            prop_assert!(forest.combine() != Combine::Mean || (0.0..=1.0).contains(&score));
            prop_assert_eq!(score.to_bits(), forest.score(row).to_bits());
        }
    }
}

proptest! {
    #[test]
    fn a_part_has_the_bounds_of_the_whole_and_tells_apart_what_scores_do(
        forest in any_forest(), ends in proptest::collection::vec([-4.0..4.0_f64, -4.0..4.0, -4.0..4.0], 4),
    ) {
        let [low, high] = [f64::min, f64::max].map(|end| {
            (0..3).map(|at| ends.iter().map(|row| row[at]).reduce(end).unwrap()).collect::<Vec<f64>>()
        });
        let part = forest.part_between(&low, &high);
        let inner = [f64::min, f64::max].map(|end| (0..3).map(|at| end(ends[0][at], ends[1][at])).collect::<Vec<f64>>());
        let bound = part.highest_between(&inner[0], &inner[1]);
        prop_assert_eq!(bound.to_bits(), forest.highest_between(&inner[0], &inner[1]).to_bits());
        for row in &ends {
            prop_assert_eq!(part.highest_between(row, row).to_bits(), forest.score(row).to_bits());
        }
        let mut values: Vec<f64> = ends.iter().map(|row| row[0]).collect();
        part.retain_distinct(0, &mut values, |value| *value);
        for row in &ends {
            let [_, b, c] = *row;
            let score = |value: f64| forest.score(&[value, b, c]).to_bits();
            prop_assert!(values.iter().any(|value| score(*value) == score(row[0])), "{:?} lacks {}", values, row[0]);
        }
        prop_assert_eq!(values[0].to_bits(), ends[0][0].to_bits(), "the first stays");
    }
}

/// A random tree over 3 columns, grown breadth first.
fn any_tree() -> impl Strategy<Value = Vec<GrownNode>> {
    let draw = (any::<bool>(), 0_u32..3, -3.0..3.0_f64, 0.0..=1.0_f64, 1_u64..9);
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

/// One to three random trees over 3 columns: grown here, or of every kind that is trained elsewhere.
pub(crate) fn any_forest() -> impl Strategy<Value = Forest> {
    let trees = proptest::collection::vec(any_tree(), 1..4);
    let sum = (any::<bool>(), any::<bool>(), -9_i32..9, 0_u32..64);
    (trees, proptest::option::of(sum)).prop_map(|(trees, sum)| {
        let Some((logistic, single, base, seed)) = sum else { return Forest::new(3, &trees).unwrap() };
        let link = if logistic { Link::Logistic } else { Link::Identity };
        let precision = if single { Precision::Single } else { Precision::Double };
        let trees: Vec<Vec<GrownNode>> = trees.iter().map(|tree| elsewhere(tree, seed)).collect();
        let sum = Sum { base: f64::from(base) / 8.0, link, precision };
        Forest::combining(3, &trees, &[vec![0, 2], vec![1]], Combine::Sum(sum)).unwrap()
    })
}

/// A tree with questions of other kinds, and leaves below 0.
fn elsewhere(tree: &[GrownNode], seed: u32) -> Vec<GrownNode> {
    let node = |(at, node): (usize, &GrownNode)| match *node {
        GrownNode::Split { feature, threshold, left } => {
            let draw = at as u32 + seed;
            let test = if draw.is_multiple_of(3) { Test::In(draw % 2) } else { Test::Below(threshold) };
            GrownNode::Question { feature, test, missing_right: draw % 5 < 2, left }
        }
        // Sums of such numbers are exact in single precision too.
        GrownNode::Leaf { value, rows } => GrownNode::Leaf { value: (2048.0 * value).round() / 1024.0 - 1.0, rows },
        question @ GrownNode::Question { .. } => question,
    };
    tree.iter().enumerate().map(node).collect()
}

/// One split of each kind: below 2 or missing right; not among 1 and 4; and the sum of both on the scale of log-odds.
fn by_another_hand() -> Forest {
    let question = |test, missing_right| GrownNode::Question { feature: 0, test, missing_right, left: 1 };
    let tree = |root, values: [f64; 2]| vec![root, leaf(values[0]), leaf(values[1])];
    let trees = [tree(question(Test::Below(2.0), true), [0.5, 1.0]), tree(question(Test::In(0), true), [8.0, 4.0])];
    let sum = Sum { base: 16.0, link: Link::Logistic, precision: Precision::Single };
    Forest::combining(1, &trees, &[vec![1, 4]], Combine::Sum(sum)).unwrap()
}

#[test]
fn a_missing_value_and_a_category_go_to_the_side_that_the_node_has_for_them() {
    let forest = by_another_hand();
    for (value, score) in [(1.0, 20.5), (1.9, 20.5), (2.0, 25.0), (4.0, 21.0), (-1.0, 24.5), (MISSING, 21.0)] {
        assert!((forest.score(&[value]) - score).abs() < f64::EPSILON, "{value}: {}", forest.score(&[value]));
    }
    // Whatever lies between 2 and 5 is at most 25: among them is a category, and its neighbours are not.
    assert!((forest.highest_between(&[4.0], &[4.0]) - 21.0).abs() < f64::EPSILON);
    assert!((forest.highest_between(&[2.0], &[5.0]) - 25.0).abs() < f64::EPSILON);
}

#[test]
fn a_forest_from_elsewhere_reads_back_and_its_broken_arrays_are_refused() {
    let json = serde_json::to_string(&by_another_hand()).unwrap();
    assert_eq!(serde_json::from_str::<Forest>(&json).unwrap(), by_another_hand());
    let breaks = [
        ("\"missing_right\":[0,3]", "\"missing_right\":[0,4]"),
        ("\"missing_right\":[0,3]", "\"missing_right\":[0,0]"),
        ("\"missing_right\":[0,3]", "\"missing_right\":[0,6]"),
        ("\"go_right\":[1,4]", "\"go_right\":[4,1]"),
        ("\"node\":3", "\"node\":4"),
        ("\"base\":16.0", "\"base\":16.1"),
        ("\"base\":16.0", "\"base\":1e300"),
        ("0.5,1.0", "0.5,1.1"),
        ("\"single\"", "\"half\""),
    ];
    for (good, bad) in breaks {
        assert!(json.contains(good), "{good} is not in {json}");
        assert!(serde_json::from_str::<Forest>(&json.replacen(good, bad, 1)).is_err(), "{bad} was accepted");
    }
}

/// A tree that asks `depth` features in turn, each node's right child first: a leaf on each level.
pub(crate) fn comb(depth: u32) -> Forest {
    try_comb(depth).unwrap()
}

fn try_comb(depth: u32) -> Result<Forest, NotAForest> {
    let mut nodes = Vec::new();
    for at in 0..depth {
        nodes.push(GrownNode::Split { feature: at, threshold: 0.5, left: 2 * at + 1 });
        nodes.push(GrownNode::Leaf { value: f64::from(at % 7) / 7.0, rows: u64::from(1 + at) });
    }
    nodes.push(GrownNode::Leaf { value: 0.9, rows: 40 });
    Forest::new(depth as usize, &[in_pairs(nodes)])
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

/// Columns 0 and 2 hold names.
fn with_names(mut trees: Vec<Vec<GrownNode>>) -> Forest {
    for node in trees.iter_mut().flatten() {
        if let GrownNode::Split { threshold, .. } = node {
            *threshold = threshold.abs().round().min(3.0);
        }
    }
    Forest::new(3, &trees).unwrap().with_nominal(&[true, false, true])
}

proptest! {
    /// A question about one name sends that name right and all others left, also for the bound of a box.
    #[test]
    fn a_question_about_a_name_sends_that_name_right_and_no_other(
        trees in proptest::collection::vec(any_tree(), 1..4),
        row in [0..4_u8, 0..4, 0..4], low in [0..4_u8, 0..4, 0..4], high in [0..4_u8, 0..4, 0..4]
    ) {
        let forest = with_names(trees);
        let numbers = |row: [u8; 3]| row.map(f64::from);
        let row = numbers(row);
        let mut matrix = Matrix::new(3);
        (0..9).for_each(|_| matrix.push(&row));
        prop_assert!(forest.score_all(&matrix).iter().all(|score| score.to_bits() == forest.score(&row).to_bits()));
        prop_assert_eq!(&serde_json::from_str::<Forest>(&serde_json::to_string(&forest).unwrap()).unwrap(), &forest);
        for tree in forest.each_tree() {
            let mut at = 0;
            while let TreeNode::Split { feature, left } = tree.node(at) {
                let value = row[feature as usize];
                let right = match tree.test(at) {
                    (Test::Below(threshold), false) if feature == 1 => value >= threshold,
                    (Test::In(set), false) if feature != 1 => forest.sets()[set as usize] == [value as u32],
                    other => panic!("column {feature} is asked by {other:?}"),
                };
                prop_assert_eq!(tree.goes_right(at, value), right);
                prop_assert!(!tree.goes_right(at, MISSING));
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
