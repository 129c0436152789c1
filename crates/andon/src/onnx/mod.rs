//! The model as ONNX: a `TreeEnsembleClassifier` with the calibrator behind it, for runtimes that know nothing of
//! Andon.
//!
//! Input `features` is a matrix of float64, a row an application, in the model's order (the model's metadata names it);
//! a missing value is NaN. Output `label` is 1 for the positive answer, `probabilities` holds those of 0 and 1. The
//! trees are walked exactly as here, since their thresholds are float64 too; sums and the curve are float32, hence
//! about 1e-6 off. A linear model has a matrix product in float64 in their place. Records outside the validated ranges,
//! which the model refers to a person, are scored like any other.

mod curve;
mod linear;
mod parts;
pub mod proto;
mod run;
mod trees;

use prost::Message;

use self::curve::ScoreCurve;
use self::parts::{opsets, value};
use self::proto::{GraphProto, ModelProto, StringStringEntry, element};
use self::trees::trees;
use crate::data::matrix::is_missing;
use crate::model::Model;

/// Bytes that are no forest of this module's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an ONNX forest: {0}")]
pub struct NotOnnx(String);

/// The bytes of the model as ONNX.
#[must_use]
pub fn to_onnx(model: &Model) -> Vec<u8> {
    let columns = model.features().len() as i64;
    let curve = ScoreCurve::of(model);
    let is_linear = !model.forest().terms().is_empty();
    let (first, constants) =
        if is_linear { (linear::nodes(), linear::constants(model)) } else { (vec![trees(model)], Vec::new()) };
    let graph = GraphProto {
        node: [first, curve.nodes].concat(),
        name: "andon".to_owned(),
        initializer: [constants, curve.constants].concat(),
        input: vec![value("features", element::DOUBLE, &[None, Some(columns)])],
        output: vec![value("label", element::INT64, &[None]), value("probabilities", element::FLOAT, &[None, Some(2)])],
    };
    let model = ModelProto {
        ir_version: 8,
        opset_import: opsets(),
        producer_name: "andon".to_owned(),
        producer_version: String::new(),
        graph: Some(graph),
        metadata_props: metadata(model),
    };
    model.encode_to_vec()
}

/// The order of the features, and of the names of categories, which are encoded as their places.
fn metadata(model: &Model) -> Vec<StringStringEntry> {
    let entry = |key: String, value: String| StringStringEntry { key, value };
    let names: Vec<&str> = model.features().iter().map(|feature| feature.name.as_str()).collect();
    let levels = model.features().iter().filter(|feature| !feature.levels.is_empty());
    let levels = levels.map(|feature| entry(format!("levels.{}", feature.name), feature.levels.join(",")));
    std::iter::once(entry("features".to_owned(), names.join(","))).chain(levels).collect()
}

/// A model read back from its ONNX bytes, its graph evaluated node by node as the operators' specifications say: what a
/// gate holds against the model that ships.
#[derive(Debug, Clone)]
pub struct Onnx(run::Evaluator);

impl Onnx {
    /// Reads the bytes of [`to_onnx`].
    ///
    /// ```
    /// use andon::onnx::{NotOnnx, Onnx};
    /// let refused: NotOnnx = Onnx::read(b"").unwrap_err();
    /// assert!(refused.to_string().starts_with("not an ONNX forest: "));
    /// ```
    ///
    /// # Errors
    /// [`NotOnnx`] when they are cut, an array is missing or too short, or an operator or one of its modes is another.
    pub fn read(bytes: &[u8]) -> Result<Self, NotOnnx> {
        let model = ModelProto::decode(bytes).map_err(|error| NotOnnx(error.to_string()))?;
        // What is not read here would be left out.
        if model.encode_to_vec() != bytes {
            return Err(NotOnnx("it holds more than is written here".to_owned()));
        }
        run::Evaluator::from_model(&model)
            .map(Self)
            .ok_or_else(|| NotOnnx("its graph is none that is written here".to_owned()))
    }

    /// The label of one encoded row, and the probability of the positive answer; `None` where the graph leads nowhere.
    #[must_use]
    pub fn answer(&self, row: &[f64]) -> Option<(bool, f32)> {
        let row: Vec<f64> = row.iter().map(|value| if is_missing(*value) { f64::NAN } else { *value }).collect();
        let (label, probabilities) = self.0.run(&row)?;
        let ([label], [rest, probability]) = (label.as_slice(), probabilities.as_slice()) else { return None };
        // Two numbers that are not probabilities of the two answers are no answer.
        ((rest + probability - 1.0).abs() < 1e-5).then_some((*label > 0.5, *probability))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::parts::doubles;
    use super::proto::{AttributeProto, kind};
    use super::*;
    use crate::data::matrix::MISSING;

    /// Two trees on two features: one asks the first, the other the second.
    fn model() -> Model {
        let forest = json!({
            "columns": 2, "roots": [0, 3],
            "feature": [0, 0, 0, 1, 0, 0], "threshold": [0.1, 0.0, 0.0, 5.0, 0.0, 0.0], "left": [1, 0, 0, 4, 0, 0],
            "value": [0.0, 0.25, 1.0, 0.0, 0.5, 1.0], "rows": [20, 10, 10, 20, 10, 10],
        });
        let model = json!({
            "form": 2, "features": [{ "name": "a" }, { "name": "b" }], "validated": {}, "threshold": 5000,
            "calibrator": { "slope": 1.5, "intercept": -0.5 }, "forest": forest,
        });
        Model::from_json(model.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn rows_are_answered_as_the_model_answers_them_at_a_threshold_and_without_a_value() {
        let onnx = Onnx::read(&to_onnx(&model())).unwrap();
        let model = model();
        for row in [[0.1, 5.0], [0.1_f64.next_down(), 5.0], [0.2, 4.9], [0.0, 0.0], [MISSING, 9.0], [9.0, MISSING]] {
            let (positive, probability) = onnx.answer(&row).unwrap();
            assert!((f64::from(probability) - model.probability(&row)).abs() < 1e-6, "{row:?}");
            assert_eq!(positive, model.score(&row).unwrap() >= model.threshold(), "{row:?}");
        }
        assert_eq!(onnx.answer(&[0.1]), None, "a feature is missing");
    }

    /// A sum of log-odds, a side for missing values and a question about categories, as of a model trained elsewhere.
    fn imported(link: &str) -> Model {
        let forest = json!({
            "columns": 2, "roots": [0, 3],
            "feature": [0, 0, 0, 1, 0, 0], "threshold": [0.1, 0.0, 0.0, 0.0, 0.0, 0.0], "left": [1, 0, 0, 4, 0, 0],
            "value": [0.0, 0.125, 0.25, 0.0, 0.375, 0.5], "rows": [20, 10, 10, 20, 10, 10],
            "missing_right": [0, 3], "categories": [{ "node": 3, "go_right": [1, 4] }],
            "sum": { "base": 0.0625, "link": link, "precision": "double" },
        });
        let model = json!({
            "form": 2, "features": [{ "name": "a" }, { "name": "b" }], "validated": {}, "threshold": 6000,
            "forest": forest, "origin": { "library": "another", "sha256": "00" },
        });
        Model::from_json(model.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_model_that_was_trained_elsewhere_is_answered_as_it_answers() {
        for link in ["logistic", "identity"] {
            let model = imported(link);
            assert_eq!(Model::from_json(&model.to_json()).unwrap(), model);
            let onnx = Onnx::read(&to_onnx(&model)).unwrap();
            for a in [0.0, 0.1, MISSING] {
                for b in [0.0, 1.0, 2.0, 4.0, 5.0, MISSING] {
                    let (positive, probability) = onnx.answer(&[a, b]).unwrap();
                    assert!((f64::from(probability) - model.probability(&[a, b])).abs() < 1e-6, "{a} {b}");
                    assert_eq!(positive, model.score(&[a, b]).unwrap() >= model.threshold(), "{a} {b}");
                }
            }
        }
        let margin: f64 = 0.0625 + 0.25 + 0.375;
        let probability = imported("logistic").probability(&[MISSING, 2.0]);
        assert!((probability - 1.0 / (1.0 + (-margin).exp())).abs() < 1e-15, "missing goes right, and 2 is in no set");
        assert!((imported("identity").probability(&[0.0, 4.0]) - (0.0625 + 0.125 + 0.5)).abs() < 1e-15);
    }

    #[test]
    fn a_linear_model_is_answered_as_it_answers() {
        let terms = json!([
            { "feature": 0, "weight": 2.0, "mean": 0.0 }, { "feature": 1, "weight": -0.5, "missing": 4.0, "mean": 1.0 },
        ]);
        let sum = json!({ "base": 0.25, "link": "logistic", "precision": "double" });
        let empty: [u32; 0] = [];
        let forest = json!({
            "columns": 2, "roots": empty, "feature": empty, "threshold": empty, "left": empty, "value": empty,
            "rows": empty, "sum": sum, "linear": terms,
        });
        let model = json!({
            "form": 2, "features": [{ "name": "a" }, { "name": "b" }], "validated": {}, "threshold": 6000,
            "forest": forest, "origin": { "library": "another", "sha256": "00" },
        });
        let model = Model::from_json(model.to_string().as_bytes()).unwrap();
        let bytes = to_onnx(&model);
        let onnx = Onnx::read(&bytes).unwrap();
        for row in [[0.0, 0.0], [0.3, -0.5], [1.0, MISSING], [-2.0, 1e3]] {
            let (positive, probability) = onnx.answer(&row).unwrap();
            assert!((f64::from(probability) - model.probability(&row)).abs() < 1e-6, "{row:?}");
            assert_eq!(positive, model.score(&row).unwrap() >= model.threshold(), "{row:?}");
        }
        assert_eq!((onnx.answer(&[MISSING, 1.0]), model.score(&[MISSING, 1.0])), (None, None));
        let mut other = ModelProto::decode(bytes.as_slice()).unwrap();
        for dims in [vec![2, 1], vec![1, 2], vec![-2, -2]] {
            other.graph.as_mut().unwrap().initializer[1].dims = dims;
            assert!(Onnx::read(&other.encode_to_vec()).is_err());
        }
    }

    /// Every change to the graph that a runtime would answer otherwise for is seen or refused.
    #[test]
    fn another_graph_answers_otherwise_or_is_refused() {
        let bytes = to_onnx(&model());
        let answers = |bytes: &[u8]| {
            let onnx = Onnx::read(bytes).ok()?;
            Some([[0.0, 0.0], [0.0, 9.0], [9.0, 0.0], [9.0, 9.0], [MISSING, 9.0]].map(|row| onnx.answer(&row)))
        };
        let good = answers(&bytes);
        let changed = |change: &dyn Fn(&mut GraphProto)| {
            let mut model = ModelProto::decode(bytes.as_slice()).unwrap();
            change(model.graph.as_mut().unwrap());
            assert_ne!(answers(&model.encode_to_vec()), good);
        };
        let tensor =
            |graph: &mut GraphProto, name: &str| graph.initializer.iter().position(|one| one.name == name).unwrap();
        changed(&|graph| {
            let at = tensor(graph, "positive");
            graph.initializer[at].int64_data = vec![0];
        });
        changed(&|graph| {
            let at = tensor(graph, "threshold");
            graph.initializer[at].float_data = vec![2.0];
        });
        let node =
            |graph: &mut GraphProto, output: &str| graph.node.iter().position(|node| node.output[0] == output).unwrap();
        changed(&|graph| {
            let at = node(graph, "probabilities");
            graph.node[at].input.reverse();
        });
        changed(&|graph| {
            let at = node(graph, "positive_answer");
            graph.node[at].op_type = "Less".to_owned();
        });
        let attribute = |graph: &mut GraphProto, name: &str, change: &dyn Fn(&mut AttributeProto)| {
            change(graph.node[0].attribute.iter_mut().find(|one| one.name == name).unwrap());
        };
        changed(&|graph| attribute(graph, "nodes_modes", &|one| one.strings[0] = b"BRANCH_LEQ".to_vec()));
        changed(&|graph| attribute(graph, "nodes_missing_value_tracks_true", &|one| one.ints[0] = 0));
        changed(&|graph| attribute(graph, "post_transform", &|one| one.s = b"LOGISTIC".to_vec()));
        changed(&|graph| attribute(graph, "nodes_treeids", &|one| one.ints[0] = i64::MAX));
        changed(&|graph| attribute(graph, "nodes_truenodeids", &|one| one.ints[0] = 0));
        changed(&|graph| attribute(graph, "class_ids", &|one| one.ints[0] = 1));
        changed(&|graph| graph.node[0].output.reverse());
        changed(&|graph| graph.node[0].domain.clear());
        changed(&|graph| graph.node[0].attribute.push(doubles("base_values_as_tensor", vec![0.5, 0.5])));
        changed(&|graph| graph.input[0] = value("features", element::FLOAT, &[None, Some(2)]));
        changed(&|graph| graph.input[0] = value("features", element::DOUBLE, &[None, Some(3)]));
        changed(&|graph| graph.output.reverse());
        for (output, name, number) in [("label_column", "to", 1), ("probabilities", "axis", 0), ("share", "axis", 1)] {
            changed(&|graph| {
                let at = node(graph, output);
                let attribute =
                    AttributeProto { name: name.to_owned(), i: number, r#type: kind::INT, ..AttributeProto::default() };
                graph.node[at].attribute = vec![attribute];
            });
        }
        changed(&|graph| {
            let at = node(graph, "odds");
            graph.node[at].domain = "elsewhere".to_owned();
        });
        for (name, dims) in [("flat", vec![]), ("slope", vec![1]), ("flat", vec![2])] {
            changed(&|graph| {
                let at = tensor(graph, name);
                graph.initializer[at].dims = dims.clone();
            });
        }
        changed(&|graph| {
            let at = tensor(graph, "flat");
            graph.initializer[at].int64_data = vec![1];
        });
        let mut others = ModelProto::decode(bytes.as_slice()).unwrap();
        others.opset_import[0].version = 18;
        assert!(Onnx::read(&others.encode_to_vec()).is_err());
        // A field of another number: functions of the model's own.
        assert!(Onnx::read(&[bytes.as_slice(), &[25 << 3 | 2, 0]].concat()).is_err());
    }

    proptest! {
        #[test]
        fn no_byte_of_it_can_make_it_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
            let mut bytes = to_onnx(&model());
            let at = at.index(bytes.len());
            if cut { bytes.truncate(at) } else { bytes[at] = byte }
            if let Ok(onnx) = Onnx::read(&bytes) {
                let _ = onnx.answer(&[0.0, MISSING]);
            }
        }
    }

    #[test]
    fn nothing_is_no_model() {
        assert!(Onnx::read(&[]).is_err());
    }
}
