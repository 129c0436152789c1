//! `LinearClassifier` of two classes: a logistic regression, with the `Imputer` and the `Scaler` before it.

use andon::model::forest::{Forest, LinearTerm, Link, Precision, Sum};
use andon::onnx::proto::{GraphProto, NodeProto};

use super::attributes::Attributes;
use crate::columns::Columns;
use crate::error::{FileFault, INSTEAD};

/// The operator that is read here.
pub(super) const CLASSIFIER: &str = "LinearClassifier";

/// What the operators before the classifier make of a column: the value of a missing one, then `(x - offset) * scale`.
#[derive(Debug, Clone, Copy)]
struct Prepared {
    missing: Option<f64>,
    offset: f64,
    scale: f64,
}

/// The operators of a linear model in their order: those that prepare the input, then the classifier.
pub(super) struct Chain<'a> {
    prepares: Vec<&'a NodeProto>,
    classifier: &'a NodeProto,
}

impl<'a> Chain<'a> {
    /// The operators from the input to the classifier, and none behind it but those that change nothing.
    pub(super) fn of(graph: &'a GraphProto, handed_on: &[&str]) -> Result<Self, FileFault> {
        let is_prepares = |operation: &&NodeProto| ["Imputer", "Scaler"].contains(&operation.op_type.as_str());
        let before: Vec<&NodeProto> =
            graph.node.iter().take_while(|operation| operation.op_type != CLASSIFIER).collect();
        let Some((classifier, behind)) = graph.node.get(before.len()..).and_then(<[NodeProto]>::split_first) else {
            return Err(FileFault::new("graph", format!("it has no {CLASSIFIER}")));
        };
        // Probabilities of two classes add up to 1, so that a norm of 1 changes nothing of them.
        let changes_nothing = |operation: &&NodeProto| {
            let is_norm = operation.op_type == "Normalizer" && operation.attribute.iter().any(|one| one.s == b"L1");
            let is_behind = !operation.input.iter().any(|input| graph.input.iter().any(|own| own.name == *input));
            is_behind && (is_norm || handed_on.contains(&operation.op_type.as_str()))
        };
        let mut unknown = before.iter().copied().filter(|operation| !is_prepares(operation));
        if let Some(operation) = unknown.next().or_else(|| behind.iter().find(|operation| !changes_nothing(operation)))
        {
            let kind = &operation.op_type;
            let problem =
                format!("its operator {kind} cannot be read beside {CLASSIFIER}, only Imputer and Scaler before");
            return Err(FileFault::new("graph", format!("{problem} it\nnext: {INSTEAD}")));
        }
        let mut input = graph.input.first().map_or("", |input| input.name.as_str());
        for operation in before.iter().chain([&classifier]) {
            let is_next = matches!(operation.input.as_slice(), [only] if only == input);
            if !is_next {
                return Err(FileFault::new(&operation.op_type, format!("it does not read `{input}` alone")));
            }
            input = operation.output.first().map_or("", String::as_str);
        }
        Ok(Self { prepares: before, classifier })
    }

    pub(super) fn read(&self, columns: &Columns, count: usize) -> Result<Forest, FileFault> {
        let mut prepared = vec![Prepared { missing: None, offset: 0.0, scale: 1.0 }; count];
        for operation in &self.prepares {
            let fit = if operation.op_type == "Imputer" { impute } else { rescale };
            fit(operation, &mut prepared)?;
        }
        let (weights, base) = margin(self.classifier, count)?;
        let mut sum = Sum { base, link: Link::Logistic, precision: Precision::Double };
        let mut terms = Vec::new();
        for (column, (weight, prepared)) in weights.iter().zip(&prepared).enumerate() {
            let fault = |problem: String| FileFault::new(format!("{CLASSIFIER}, coefficients"), problem);
            let place = columns.place(column).map_err(fault)?;
            let feature = &columns.features[place];
            if !feature.levels.is_empty() {
                let problem =
                    format!("it multiplies `{}`, which is a category and no number\nnext: {INSTEAD}", feature.name);
                return Err(fault(problem));
            }
            let weight = weight * prepared.scale;
            sum.base -= weight * prepared.offset;
            terms.push(LinearTerm { feature: place as u32, weight, missing: prepared.missing, mean: 0.0 });
        }
        terms.sort_by_key(|term| term.feature);
        Forest::linear(columns.features.len(), terms, sum)
            .map_err(|error| FileFault::new(CLASSIFIER, error.to_string()))
    }
}

fn impute(operation: &NodeProto, prepared: &mut [Prepared]) -> Result<(), FileFault> {
    let attributes = Attributes::new(operation, &["imputed_value_floats", "replaced_value_float"])?;
    if !attributes.get("replaced_value_float").is_some_and(|replaced| replaced.f.is_nan()) {
        return Err(attributes.fault("replaced_value_float", "it is not NaN, which alone is a missing value"));
    }
    let values = by_column(&attributes, "imputed_value_floats", prepared.len())?;
    for (prepared, value) in prepared.iter_mut().zip(values) {
        // Behind a scaler the value is on another scale.
        let is_first = prepared.missing.is_none() && prepared.scale.to_bits() == 1.0_f64.to_bits();
        if !is_first || prepared.offset.abs() > 0.0 {
            return Err(attributes.fault("imputed_value_floats", "it must be the first operator"));
        }
        prepared.missing = Some(value);
    }
    Ok(())
}

fn rescale(operation: &NodeProto, prepared: &mut [Prepared]) -> Result<(), FileFault> {
    let attributes = Attributes::new(operation, &["offset", "scale"])?;
    let offsets = by_column(&attributes, "offset", prepared.len())?;
    let scales = by_column(&attributes, "scale", prepared.len())?;
    for (prepared, (offset, scale)) in prepared.iter_mut().zip(offsets.into_iter().zip(scales)) {
        // ((x - a) * s - b) * t is (x - (a + b / s)) * (s * t).
        prepared.offset += if prepared.scale.abs() > 0.0 { offset / prepared.scale } else { 0.0 };
        prepared.scale *= scale;
    }
    Ok(())
}

/// Numbers of an attribute, one for each column; one alone is that of all columns.
fn by_column(attributes: &Attributes<'_>, name: &str, count: usize) -> Result<Vec<f64>, FileFault> {
    let numbers = attributes.numbers(name)?;
    match numbers.as_slice() {
        [one] => Ok(vec![*one; count]),
        all if all.len() == count => Ok(numbers),
        all => Err(attributes.fault(name, format!("{} numbers for {count} columns", all.len()))),
    }
}

const KNOWN: [&str; 6] =
    ["classlabels_ints", "classlabels_strings", "coefficients", "intercepts", "multi_class", "post_transform"];

/// The weights and the base of the log-odds of the second class.
fn margin(operation: &NodeProto, count: usize) -> Result<(Vec<f64>, f64), FileFault> {
    let attributes = Attributes::new(operation, &KNOWN)?;
    let labels = ["classlabels_ints", "classlabels_strings"]
        .map(|name| attributes.get(name).map_or(0, |attribute| attribute.ints.len() + attribute.strings.len()));
    if labels.iter().sum::<usize>() != 2 {
        return Err(attributes.fault("classlabels_ints", "two classes are due: a yes-or-no answer"));
    }
    let coefficients = attributes.numbers("coefficients")?;
    let intercepts = attributes.numbers("intercepts")?;
    let ([rest, positive], true) = (intercepts.as_slice(), coefficients.len() == 2 * count) else {
        let problem = format!("{} and {} numbers for {count} columns", coefficients.len(), intercepts.len());
        return Err(attributes.fault("coefficients, intercepts", problem));
    };
    let (of_rest, of_positive) = coefficients.split_at(count);
    let pairs = || of_rest.iter().zip(of_positive).chain([(rest, positive)]);
    match attributes.text("post_transform").as_str() {
        // Each class by itself: they add up to 1 if one is the other with its sign changed.
        "LOGISTIC" if pairs().all(|(rest, positive)| (rest + positive).abs() <= 0.0) => {
            Ok((of_positive.to_vec(), *positive))
        }
        "SOFTMAX" => {
            let mut differences: Vec<f64> = pairs().map(|(rest, positive)| positive - rest).collect();
            let base = differences.pop().unwrap_or_default();
            Ok((differences, base))
        }
        "LOGISTIC" => Err(attributes.fault("coefficients", "the two classes are not each other's opposite")),
        other => Err(attributes.fault("post_transform", format!("`{other}` is neither LOGISTIC nor SOFTMAX"))),
    }
}
