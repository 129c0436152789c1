//! The operators behind the trees: from their sum to label and probabilities.

use super::parts::{float, list, node};
use super::proto::{AttributeProto, NodeProto, TensorProto, element, kind};
use crate::model::Model;
use crate::model::forest::Link;
use crate::model::platt::{MARGIN, Platt};
use crate::model::score::Score;

/// Operators in order, and the constants that they take.
pub(super) struct ScoreCurve {
    pub(super) nodes: Vec<NodeProto>,
    pub(super) constants: Vec<TensorProto>,
}

impl ScoreCurve {
    /// The operators of a model, by the scale of its raw scores.
    pub(super) fn of(model: &Model) -> Self {
        let base = model.forest().combine().base();
        // A probability is rounded to a score before it meets the threshold.
        let threshold = model.threshold().share() - 0.5 / Score::STEPS as f64;
        match (model.forest().link(), model.calibrator()) {
            (Link::Identity, Some(curve)) => Self::of_shares(curve, threshold),
            (Link::Identity, None) => Self::of_probabilities(base, threshold),
            (Link::Logistic, None) => Self::of_margin(1.0, base, threshold),
            (Link::Logistic, Some(curve)) => {
                Self::of_margin(curve.slope(), curve.intercept() + curve.slope() * base, threshold)
            }
        }
    }

    /// Platt's curve on the log-odds of shares.
    fn of_shares(curve: Platt, threshold: f64) -> Self {
        let nodes = vec![
            node("Gather", &["raw", "positive"], "raw_share", vec![axis(1)]),
            node("Clip", &["raw_share", "margin", "one_less_margin"], "share", vec![]),
            // Summed by the trees as well: one less the share would lose what is left of it in float32.
            node("Gather", &["raw", "negative"], "raw_rest", vec![axis(1)]),
            node("Clip", &["raw_rest", "margin", "one_less_margin"], "rest", vec![]),
            node("Div", &["share", "rest"], "odds", vec![]),
            node("Log", &["odds"], "log_odds", vec![]),
            node("Mul", &["log_odds", "slope"], "sloped", vec![]),
            node("Add", &["sloped", "intercept"], "line", vec![]),
            node("Sigmoid", &["line"], "probability", vec![]),
        ];
        let numbers = [
            ("margin", MARGIN),
            ("one_less_margin", 1.0 - MARGIN),
            ("one", 1.0),
            ("slope", curve.slope()),
            ("intercept", curve.intercept()),
            ("threshold", threshold),
        ];
        Self::ending(nodes, &numbers, vec![list("negative", 0), list("positive", 1), list("flat", -1)])
    }

    /// Sums that are probabilities.
    fn of_probabilities(base: f64, threshold: f64) -> Self {
        let nodes = vec![
            node("Gather", &["raw", "positive"], "raw_share", vec![axis(1)]),
            node("Add", &["raw_share", "base"], "share", vec![]),
            node("Clip", &["share", "zero", "one"], "probability", vec![]),
        ];
        let numbers = [("base", base), ("zero", 0.0), ("one", 1.0), ("threshold", threshold)];
        Self::ending(nodes, &numbers, vec![list("positive", 1), list("flat", -1)])
    }

    /// Sums that are log-odds.
    fn of_margin(slope: f64, intercept: f64, threshold: f64) -> Self {
        let nodes = vec![
            node("Gather", &["raw", "positive"], "log_odds", vec![axis(1)]),
            node("Mul", &["log_odds", "slope"], "sloped", vec![]),
            node("Add", &["sloped", "intercept"], "line", vec![]),
            node("Sigmoid", &["line"], "probability", vec![]),
        ];
        let numbers = [("one", 1.0), ("slope", slope), ("intercept", intercept), ("threshold", threshold)];
        Self::ending(nodes, &numbers, vec![list("positive", 1), list("flat", -1)])
    }

    /// From the probability on, all models have the same operators.
    fn ending(mut nodes: Vec<NodeProto>, numbers: &[(&str, f64)], lists: Vec<TensorProto>) -> Self {
        let to_int64 = AttributeProto {
            name: "to".to_owned(),
            i: i64::from(element::INT64),
            r#type: kind::INT,
            ..AttributeProto::default()
        };
        nodes.extend([
            node("Sub", &["one", "probability"], "rest_probability", vec![]),
            node("Concat", &["rest_probability", "probability"], "probabilities", vec![axis(1)]),
            node("GreaterOrEqual", &["probability", "threshold"], "positive_answer", vec![]),
            node("Cast", &["positive_answer"], "label_column", vec![to_int64]),
            node("Reshape", &["label_column", "flat"], "label", vec![]),
        ]);
        let constants = numbers.iter().map(|(name, value)| float(name, *value as f32)).chain(lists).collect();
        Self { nodes, constants }
    }
}

fn axis(axis: i64) -> AttributeProto {
    AttributeProto { name: "axis".to_owned(), i: axis, r#type: kind::INT, ..AttributeProto::default() }
}
