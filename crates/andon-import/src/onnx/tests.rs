//! Graphs by hand: what the operators mean, and graphs that were made to hurt.

use super::*;
use andon::onnx::proto::{AttributeProto, Dimension, Shape, TensorProto, TensorType, Type, ValueInfo};

fn ints(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto { name: name.to_owned(), ints: ints.to_vec(), ..AttributeProto::default() }
}

fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto { name: name.to_owned(), i, ..AttributeProto::default() }
}

fn doubles(name: &str, numbers: &[f64]) -> AttributeProto {
    let tensor = TensorProto { data_type: element::DOUBLE, double_data: numbers.to_vec(), ..TensorProto::default() };
    AttributeProto { name: name.to_owned(), t: Some(tensor), ..AttributeProto::default() }
}

fn modes(name: &str, modes: &[u8]) -> AttributeProto {
    let tensor = TensorProto { data_type: element::UINT8, raw_data: modes.to_vec(), ..TensorProto::default() };
    AttributeProto { name: name.to_owned(), t: Some(tensor), ..AttributeProto::default() }
}

fn file(op_type: &str, attribute: Vec<AttributeProto>) -> Vec<u8> {
    let shape = Shape { dim: vec![Dimension::default(), Dimension { dim_value: Some(2), dim_param: None }] };
    let tensor = TensorType { elem_type: element::DOUBLE, shape: Some(shape) };
    let input = ValueInfo { name: "x".to_owned(), r#type: Some(Type { tensor_type: Some(tensor) }) };
    let node = NodeProto {
        input: vec!["x".to_owned()],
        op_type: op_type.to_owned(),
        domain: "ai.onnx.ml".to_owned(),
        attribute,
        ..NodeProto::default()
    };
    let graph = GraphProto { node: vec![node], input: vec![input], ..GraphProto::default() };
    let mut file = ModelProto::default();
    file.graph = Some(graph);
    file.encode_to_vec()
}

/// Below 2 or blank in column 0: -1; else 3 or 5 in column 1: 0.5, else 4. One more tree is a leaf of the first.
fn rooted() -> Vec<AttributeProto> {
    vec![
        ints("tree_roots", &[0]),
        ints("nodes_featureids", &[0, 1]),
        doubles("nodes_splits", &[2.0, 0.0]),
        modes("nodes_modes", &[1, 6]),
        ints("nodes_truenodeids", &[0, 1]),
        ints("nodes_trueleafs", &[1, 1]),
        ints("nodes_falsenodeids", &[1, 2]),
        ints("nodes_falseleafs", &[0, 1]),
        ints("nodes_missing_value_tracks_true", &[1, 0]),
        doubles("membership_values", &[3.0, 5.0, f64::NAN]),
        ints("leaf_targetids", &[0, 0, 0]),
        doubles("leaf_weights", &[-1.0, 0.5, 4.0]),
        int("post_transform", 2),
    ]
}

fn with(mut attributes: Vec<AttributeProto>, changed: AttributeProto) -> Vec<AttributeProto> {
    attributes.retain(|attribute| attribute.name != changed.name);
    attributes.push(changed);
    attributes
}

/// Two splits and three leaves of one tree in parallel arrays: the same as [`rooted`] but for its categories.
fn parallel() -> Vec<AttributeProto> {
    let strings = ["BRANCH_LT", "LEAF", "BRANCH_EQ", "LEAF", "LEAF"].map(|mode| mode.as_bytes().to_vec());
    vec![
        ints("nodes_treeids", &[0; 5]),
        ints("nodes_nodeids", &[0, 1, 2, 3, 4]),
        ints("nodes_featureids", &[0, 0, 1, 0, 0]),
        doubles("nodes_values_as_tensor", &[2.0, 0.0, 3.0, 0.0, 0.0]),
        AttributeProto { name: "nodes_modes".to_owned(), strings: strings.to_vec(), ..AttributeProto::default() },
        ints("nodes_truenodeids", &[1, 0, 3, 0, 0]),
        ints("nodes_falsenodeids", &[2, 0, 4, 0, 0]),
        ints("nodes_missing_value_tracks_true", &[1, 0, 0, 0, 0]),
        ints("target_treeids", &[0; 3]),
        ints("target_nodeids", &[1, 3, 4]),
        ints("target_ids", &[0; 3]),
        doubles("target_weights_as_tensor", &[-1.0, 0.5, 4.0]),
        int("n_targets", 1),
    ]
}

fn floats(name: &str, floats: &[f32]) -> AttributeProto {
    AttributeProto { name: name.to_owned(), floats: floats.to_vec(), ..AttributeProto::default() }
}

fn text(name: &str, text: &str) -> AttributeProto {
    AttributeProto { name: name.to_owned(), s: text.as_bytes().to_vec(), ..AttributeProto::default() }
}

fn linear() -> Vec<AttributeProto> {
    vec![
        ints("classlabels_ints", &[0, 1]),
        floats("coefficients", &[-1.0, 0.5, 1.0, -0.5]),
        floats("intercepts", &[-0.25, 0.25]),
        text("post_transform", "LOGISTIC"),
    ]
}

/// The graph of an operator with another before its classifier, that reads the input in its place.
fn behind(first: &str, attribute: Vec<AttributeProto>) -> Result<crate::Imported, String> {
    let mut model = ModelProto::decode(file("LinearClassifier", linear()).as_slice()).unwrap();
    let graph = model.graph.as_mut().unwrap();
    graph.node[0].input = vec!["y".to_owned()];
    let node = NodeProto {
        input: vec!["x".to_owned()],
        output: vec!["y".to_owned()],
        op_type: first.to_owned(),
        attribute,
        ..NodeProto::default()
    };
    graph.node.insert(0, node);
    crate::read(&model.encode_to_vec(), "m", None).map_err(|error| error.to_string())
}

#[test]
fn a_linear_classifier_is_its_log_odds() {
    let model = crate::read(&file("LinearClassifier", linear()), "m", None).unwrap();
    assert!((model.forest.score(&[2.0, 3.0]) - 0.75).abs() < 1e-12);
    let softmax = with(linear(), text("post_transform", "SOFTMAX"));
    let model = crate::read(&file("LinearClassifier", softmax), "m", None).unwrap();
    assert!((model.forest.score(&[2.0, 3.0]) - 1.5).abs() < 1e-12);

    let scaled = behind("Scaler", vec![floats("offset", &[1.0, 2.0]), floats("scale", &[0.5])]).unwrap();
    assert!((scaled.forest.score(&[5.0, 4.0]) - 1.75).abs() < 1e-12);
    let nan = AttributeProto { name: "replaced_value_float".to_owned(), f: f32::NAN, ..AttributeProto::default() };
    let imputed = behind("Imputer", vec![floats("imputed_value_floats", &[7.0, 8.0]), nan]).unwrap();
    assert!((imputed.forest.score(&[andon::data::matrix::MISSING, 0.0]) - 7.25).abs() < 1e-12);
}

#[test]
fn what_is_no_logistic_regression_is_refused_with_what_to_do() {
    let of_linear = |changed: AttributeProto| refusal("LinearClassifier", with(linear(), changed));
    assert!(of_linear(floats("coefficients", &[-1.0, 0.5, 1.0, 0.5])).contains("not each other's opposite"));
    assert!(of_linear(floats("coefficients", &[-1.0])).contains("1 and 2 numbers for 2 columns"));
    assert!(of_linear(floats("intercepts", &[0.5, f32::NAN])).contains("LinearClassifier"));
    assert!(of_linear(ints("classlabels_ints", &[0, 1, 2])).contains("two classes are due"));
    assert!(of_linear(text("post_transform", "PROBIT")).contains("`PROBIT` is neither"));
    assert!(of_linear(int("targets", 3)).contains("its attribute `targets` cannot be read"));
    let error = behind("Imputer", vec![floats("imputed_value_floats", &[7.0, 8.0])]).unwrap_err();
    assert!(error.contains("it is not NaN"), "{error}");
    let error = behind("Scaler", vec![floats("offset", &[0.0; 3]), floats("scale", &[1.0])]).unwrap_err();
    assert!(error.contains("Scaler, offset: 3 numbers for 2 columns"), "{error}");
    let error = behind("Normalizer", vec![]).unwrap_err();
    assert!(error.contains("its operator Normalizer cannot be read beside LinearClassifier"), "{error}");
    assert!(error.contains("next: write its points as a table"), "{error}");

    let mut apart = ModelProto::decode(file("MatMul", vec![]).as_slice()).unwrap();
    let graph = apart.graph.as_mut().unwrap();
    graph.node.push(NodeProto { op_type: "Sigmoid".to_owned(), ..NodeProto::default() });
    let error = crate::read(&apart.encode_to_vec(), "m", None).unwrap_err().to_string();
    assert!(error.contains("due, not: MatMul, Sigmoid\nnext: export it with FloatTensorType"), "{error}");
}

fn refusal(op_type: &str, attributes: Vec<AttributeProto>) -> String {
    crate::read(&file(op_type, attributes), "m", None).unwrap_err().to_string()
}

#[test]
fn both_forms_send_each_row_where_the_operator_does() {
    let rows = [([1.9, 3.0], -1.0), ([2.0, 3.0], 0.5), ([2.0, 5.0], 0.5), ([2.0, 4.0], 4.0), ([9.0, f64::NAN], 4.0)];
    let rooted = crate::read(&file("TreeEnsemble", rooted()), "m", None).unwrap();
    let parallel = crate::read(&file("TreeEnsembleRegressor", parallel()), "m", None).unwrap();
    assert_eq!(rooted.forest.link(), andon::model::forest::Link::Logistic);
    for (row, score) in rows {
        let row = row.map(|value: f64| if value.is_nan() { andon::data::matrix::MISSING } else { value });
        assert!((rooted.forest.score(&row) - score).abs() < 1e-12, "{row:?}");
        let score = if row[1] > 4.5 { 4.0 } else { score };
        assert!((parallel.forest.score(&row) - score).abs() < 1e-12, "{row:?}");
    }
    assert!((rooted.forest.score(&[andon::data::matrix::MISSING, 3.0]) + 1.0).abs() < 1e-12, "a blank goes left");
}

#[test]
fn circles_are_refused() {
    for nodes in [[0, 1], [1, 0]] {
        let circle = with(rooted(), ints("nodes_falsenodeids", &nodes));
        let circle = with(circle, ints("nodes_falseleafs", &[0, 0]));
        assert!(refusal("TreeEnsemble", circle).contains("tree_roots: a root or a child"));
    }
    let circle = with(parallel(), ints("nodes_falsenodeids", &[2, 0, 0, 0, 0]));
    assert!(refusal("TreeEnsembleRegressor", circle).contains("two ways lead to it"));
    // A hundred thousand trees that are one and the same would take the space of each.
    let same = with(rooted(), ints("tree_roots", &[0; 100_000]));
    assert!(refusal("TreeEnsemble", same).contains("tree_roots"));
}

#[test]
fn thresholds_that_are_no_numbers_are_refused() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = refusal("TreeEnsemble", with(rooted(), doubles("nodes_splits", &[number, 0.0])));
        assert!(error.contains("node 0: its threshold"), "{error}");
        let numbers = doubles("nodes_values_as_tensor", &[number, 0.0, 3.0, 0.0, 0.0]);
        let error = refusal("TreeEnsembleRegressor", with(parallel(), numbers));
        assert!(error.contains("tree 0, node 0: its threshold"), "{error}");
        let error = refusal("TreeEnsemble", with(rooted(), doubles("leaf_weights", &[number, 0.5, 4.0])));
        assert!(error.contains("its value"), "{error}");
    }
}

#[test]
fn arrays_that_do_not_fit_are_refused() {
    for changed in [
        ints("nodes_falseleafs", &[0]),
        ints("tree_roots", &[-1]),
        ints("tree_roots", &[i64::MAX]),
        ints("tree_roots", &[]),
        ints("nodes_truenodeids", &[i64::MAX, 1]),
        ints("nodes_featureids", &[i64::MIN, 1]),
        ints("nodes_featureids", &[7, 1]),
        modes("nodes_modes", &[9, 6]),
        doubles("membership_values", &[0.5, f64::NAN]),
        int("post_transform", 1),
        int("aggregate_function", 3),
        int("n_targets", 2),
        int("unheard_of", 2),
    ] {
        let name = changed.name.clone();
        let error = refusal("TreeEnsemble", with(rooted(), changed));
        assert!(error.starts_with("m, "), "{name}: {error}");
    }
}
