//! XGBoost files, JSON and UBJSON, of versions 1 to 3.

mod members;
mod ubj;

use std::collections::BTreeMap;

use andon::data::frame::Feature;
use andon::model::forest::{Link, Precision, Sum};
use serde::Deserialize;
use serde_json::Value;

use self::members::{BoosterModel, ColumnNames, File, LearnerParameters, TreeArrays, number};
use crate::Read;
use crate::columns::{Columns, FileColumns, MAX_COLUMNS};
use crate::error::FileFault;
use crate::thresholds::single_below;
use crate::trees::{FileNode, GoesLeft, Trees, weight_in_units};

/// True if a file begins as UBJSON: an object whose first name has a length with a marker.
pub(crate) fn is_ubj(bytes: &[u8]) -> bool {
    matches!(bytes, [b'{', b'L' | b'l' | b'I' | b'i' | b'U', ..])
}

/// Reads the JSON form.
pub(crate) fn read_json(bytes: &[u8], features: Option<&[Feature]>) -> Result<Read, FileFault> {
    let file = serde_json::from_slice(bytes);
    model(
        file.map_err(|error| {
            FileFault::new(format!("line {}, column {}", error.line(), error.column()), error.to_string())
        })?,
        features,
    )
}

/// Reads the UBJSON form.
pub(crate) fn read_ubj(bytes: &[u8], features: Option<&[Feature]>) -> Result<Read, FileFault> {
    let file = File::deserialize(ubj::read(bytes)?);
    model(file.map_err(|error| FileFault::new("members", error.to_string()))?, features)
}

fn model(file: File, features: Option<&[Feature]>) -> Result<Read, FileFault> {
    let learner = file.learner;
    let booster = learner.gradient_booster;
    let gbtree = booster.model.filter(|_| booster.name == "gbtree");
    let unknown = || FileFault::new("gradient_booster", format!("its booster `{}` is not gbtree", booster.name));
    let gbtree = gbtree.ok_or_else(unknown)?;
    let parameters = &learner.learner_model_param;
    let (link, base) = link_and_base(&learner.objective.name, parameters)?;
    let count = whole(&parameters.num_feature).ok_or_else(|| FileFault::new("num_feature", "it is no number"))?;
    let file_columns = columns(learner.feature_names, count, &gbtree)?;
    let columns = Columns::new(file_columns, features)?;
    let stated = whole(&gbtree.gbtree_model_param.num_trees);
    if stated != Some(gbtree.trees.len()) {
        let problem = format!("it states {stated:?} trees, and {} follow", gbtree.trees.len());
        return Err(FileFault::new("num_trees", problem));
    }
    let mut trees = Trees::default();
    for tree in &gbtree.trees {
        trees.push(&nodes(trees.len(), tree, &columns)?, 0)?;
    }
    let sum = Sum { base, link, precision: Precision::Single };
    let forest = trees.forest(columns.features.len(), sum)?;
    let version: Vec<String> = file.version.iter().map(ToString::to_string).collect();
    Ok(Read { library: "XGBoost", version: version.join("."), forest, has_weights: true, columns })
}

/// The scale of the sum and its base, which the file states on the scale of probabilities.
fn link_and_base(objective: &str, parameters: &LearnerParameters) -> Result<(Link, f64), FileFault> {
    for (name, value) in [("num_class", &parameters.num_class), ("num_target", &parameters.num_target)] {
        if whole(value).is_some_and(|count| count > 1) {
            return Err(FileFault::new(name, "it has more than one answer; a yes-or-no answer has one"));
        }
    }
    let base = number(&parameters.base_score).map(|base| base as f32);
    match objective {
        "binary:logistic" | "reg:logistic" => {
            let base = base.filter(|base| *base > 0.0 && *base < 1.0);
            let base = base.ok_or_else(|| FileFault::new("base_score", "it is no probability between 0 and 1"))?;
            // In the numbers and in the order of the library.
            Ok((Link::Logistic, f64::from(-libm::logf(1.0 / base - 1.0))))
        }
        "reg:squarederror" => {
            let base = base.filter(|base| base.is_finite());
            let base = base.ok_or_else(|| FileFault::new("base_score", "it is no number"))?;
            Ok((Link::Identity, f64::from(base)))
        }
        _ => {
            let problem = format!("`{objective}` is none of binary:logistic, reg:logistic and reg:squarederror");
            Err(FileFault::new("objective", problem))
        }
    }
}

fn whole(value: &Value) -> Option<usize> {
    number(value).filter(|number| (0.0..1e9).contains(number) && number.fract() == 0.0).map(|number| number as usize)
}

fn columns(names: Vec<String>, count: usize, gbtree: &BoosterModel) -> Result<FileColumns, FileFault> {
    if count > MAX_COLUMNS || (!names.is_empty() && names.len() != count) {
        return Err(FileFault::new("feature_names", format!("{} names for {count} columns", names.len())));
    }
    let encoded = gbtree.cats.as_ref().map_or(&[][..], |cats| cats.enc.as_slice());
    let categories = encoded.iter().map(category_names).collect::<Result<_, _>>()?;
    Ok(FileColumns { names, count, categories })
}

/// The names of a column's categories; `None` for a column without them.
fn category_names(names: &ColumnNames) -> Result<Option<Vec<String>>, FileFault> {
    let fault = || FileFault::new("cats", "the names of the categories are not in order");
    if names.values.is_empty() {
        return Ok(None);
    }
    let Some(offsets) = &names.offsets else {
        return Ok(Some(names.values.iter().map(ToString::to_string).collect()));
    };
    let byte = |value: &Value| value.as_i64().and_then(|byte| u8::try_from(byte & 0xff).ok());
    let bytes: Vec<u8> = names.values.iter().map(byte).collect::<Option<_>>().ok_or_else(fault)?;
    let name = |pair: &[usize]| {
        let bytes = bytes.get(pair[0]..pair[1])?;
        str::from_utf8(bytes).ok().map(str::to_owned)
    };
    Ok(Some(offsets.windows(2).map(name).collect::<Option<_>>().ok_or_else(fault)?))
}

fn nodes(tree: usize, arrays: &TreeArrays, columns: &Columns) -> Result<Vec<FileNode>, FileFault> {
    let size = arrays.left_children.len();
    let lengths = [
        arrays.right_children.len(),
        arrays.split_indices.len(),
        arrays.split_conditions.len(),
        arrays.default_left.len(),
        arrays.sum_hessian.len(),
    ];
    let types = arrays.split_type.len();
    if lengths != [size; 5] || (types != 0 && types != size) {
        return Err(FileFault::new(format!("tree {tree}"), "its arrays differ in length"));
    }
    if whole(&arrays.tree_param.size_leaf_vector).is_some_and(|size| size > 1) {
        return Err(FileFault::new(format!("tree {tree}"), "its leaves hold more than one number"));
    }
    let sets: BTreeMap<usize, usize> = arrays.categories_nodes.iter().copied().zip(0..).collect();
    let node = |at: usize| node(arrays, at, &sets, columns).map_err(|problem| FileFault::at_node(tree, at, problem));
    (0..size).map(node).collect()
}

/// One node; the caller has compared the lengths of the arrays. `sets` are the places of the nodes' sets.
fn node(arrays: &TreeArrays, at: usize, sets: &BTreeMap<usize, usize>, columns: &Columns) -> Result<FileNode, String> {
    let condition = arrays.split_conditions[at];
    if arrays.left_children[at] == -1 {
        let weight = weight_in_units(f64::from(arrays.sum_hessian[at])).ok_or("its weight is out of range")?;
        return Ok(FileNode::Leaf { value: f64::from(condition), weight });
    }
    let column = arrays.split_indices[at];
    let feature = columns.place(column)?;
    let child = |child: i64| usize::try_from(child).map_err(|_| format!("its child {child} is not in the file"));
    let right = child(arrays.right_children[at])?;
    let left = child(arrays.left_children[at])?;
    let default_left = arrays.default_left[at].is_true();
    if arrays.split_type.get(at).is_some_and(|kind| *kind == 1) {
        // The categories of the set go right there, and left here.
        let codes = sets.get(&at).and_then(|place| categories(arrays, *place));
        let goes_left = GoesLeft::In(columns.categories(column, codes.ok_or("its categories are not in the file")?)?);
        return Ok(FileNode::Split { feature, goes_left, missing_right: default_left, left: right, right: left });
    }
    if !condition.is_finite() {
        return Err(format!("its threshold {condition} is not a number"));
    }
    let goes_left = GoesLeft::Below(single_below(condition));
    Ok(FileNode::Split { feature, goes_left, missing_right: !default_left, left, right })
}

/// The codes that the set at a place holds.
fn categories(arrays: &TreeArrays, place: usize) -> Option<&[u32]> {
    let start = *arrays.categories_segments.get(place)?;
    let end = start.checked_add(*arrays.categories_sizes.get(place)?)?;
    arrays.categories.get(start..end)
}
