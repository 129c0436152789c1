//! The text of LightGBM, as `save_model` writes it: versions 2 to 4 of the format.

use std::collections::BTreeMap;
use std::str::FromStr;

use andon::data::frame::Feature;
use andon::model::forest::{Link, Precision, Sum};

use crate::Read;
use crate::columns::{Columns, FileColumns};
use crate::error::FileFault;
use crate::thresholds::at_most;
use crate::trees::{FileNode, GoesLeft, Trees};

/// The members of one part of the file, each with its line.
type TextMembers<'a> = BTreeMap<&'a str, (usize, &'a str)>;

/// True if a file begins as such a text.
pub(crate) fn is_lightgbm(bytes: &[u8]) -> bool {
    bytes.starts_with(b"tree\n") || bytes.starts_with(b"tree\r\n")
}

/// The parts of the text: the head, and each tree.
struct TextParts<'a> {
    head: TextMembers<'a>,
    trees: Vec<TextMembers<'a>>,
    categories: Option<(usize, &'a str)>,
}

pub(crate) fn read(bytes: &[u8], features: Option<&[Feature]>) -> Result<Read, FileFault> {
    let text =
        str::from_utf8(bytes).map_err(|error| FileFault::new(format!("byte {}", error.valid_up_to()), "no text"))?;
    let parts = split(text)?;
    let version = one::<String>(&parts.head, "version")?;
    if !["v2", "v3", "v4"].contains(&version.as_str()) {
        return Err(FileFault::new("version", format!("it is of format {version}; v2, v3 and v4 can be read")));
    }
    for (name, problem) in [("num_class", "classes"), ("num_tree_per_iteration", "trees for each step")] {
        let count: usize = one(&parts.head, name)?;
        if count != 1 {
            return Err(FileFault::new(name, format!("it has {count} {problem}; a yes-or-no answer has 1")));
        }
    }
    let columns = Columns::new(file_columns(&parts)?, features)?;
    let stated = list::<usize>(&parts.head, "tree_sizes")?.len();
    if stated != parts.trees.len() {
        return Err(FileFault::new(
            "tree_sizes",
            format!("it states {stated} trees, and {} follow", parts.trees.len()),
        ));
    }
    let (link, slope) = objective(&one::<String>(&parts.head, "objective")?)?;
    let averaged = parts.head.contains_key("average_output");
    let factor = if averaged { slope / parts.trees.len().max(1) as f64 } else { slope };
    let mut trees = Trees::default();
    for (at, members) in parts.trees.iter().enumerate() {
        trees.push(&nodes(at, members, &columns, factor)?, 0)?;
    }
    let sum = Sum { base: 0.0, link, precision: Precision::Double };
    let forest = trees.forest(columns.features.len(), sum)?;
    Ok(Read { library: "LightGBM", version: format!("text {version}"), forest, has_weights: true, columns })
}

fn split(text: &str) -> Result<TextParts<'_>, FileFault> {
    let mut parts = TextParts { head: TextMembers::new(), trees: Vec::new(), categories: None };
    let mut has_end = false;
    for (at, line) in text.lines().enumerate() {
        let place = at + 1;
        if has_end {
            parts.categories = line.strip_prefix("pandas_categorical:").map(|json| (place, json)).or(parts.categories);
        } else if line == "end of trees" {
            has_end = true;
        } else if let Some(number) = line.strip_prefix("Tree=") {
            if number.parse() != Ok(parts.trees.len()) {
                return Err(FileFault::new(format!("line {place}"), format!("tree {} is due here", parts.trees.len())));
            }
            parts.trees.push(TextMembers::new());
        } else {
            let (name, value) = line.split_once('=').unwrap_or((line, ""));
            let members = parts.trees.last_mut().unwrap_or(&mut parts.head);
            if !name.is_empty() && members.insert(name, (place, value)).is_some() {
                return Err(FileFault::new(format!("line {place}"), format!("`{name}` is there twice")));
            }
        }
    }
    if has_end { Ok(parts) } else { Err(FileFault::new("end", "it lacks the line `end of trees`: it is cut short")) }
}

fn file_columns(parts: &TextParts<'_>) -> Result<FileColumns, FileFault> {
    let last: usize = one(&parts.head, "max_feature_idx")?;
    let names: Vec<String> = list(&parts.head, "feature_names")?;
    if names.len() != last.saturating_add(1) {
        return Err(FileFault::new(
            "feature_names",
            format!("{} names for {} columns", names.len(), last.saturating_add(1)),
        ));
    }
    let mut categories = vec![None; names.len()];
    // Of the columns with categories alone; a column that never had a value is described as `none`.
    let infos: Vec<String> = list(&parts.head, "feature_infos")?;
    let with_categories = infos.iter().enumerate().filter(|(_, info)| !info.starts_with('[') && *info != "none");
    let with_categories: Vec<usize> = with_categories.map(|(at, _)| at).collect();
    if let Some((line, json)) = parts.categories {
        let fault = |error: serde_json::Error| FileFault::new(format!("line {line}"), error.to_string());
        let named: Option<Vec<Vec<serde_json::Value>>> = serde_json::from_str(json).map_err(fault)?;
        let named = named.unwrap_or_default();
        if !named.is_empty() && named.len() != with_categories.len() {
            let problem =
                format!("categories of {} columns, and {} columns have some", named.len(), with_categories.len());
            return Err(FileFault::new(format!("line {line}"), problem));
        }
        for (column, names) in with_categories.into_iter().zip(named) {
            let name = |value: serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if let Some(of_column) = categories.get_mut(column) {
                *of_column = Some(names.into_iter().map(name).collect());
            }
        }
    }
    Ok(FileColumns { count: names.len(), names, categories })
}

/// The link of an objective, and the factor of its log-odds.
fn objective(objective: &str) -> Result<(Link, f64), FileFault> {
    let mut words = objective.split_whitespace();
    let name = words.next().unwrap_or_default();
    let sigmoid = words.find_map(|word| word.strip_prefix("sigmoid:"));
    let slope =
        sigmoid.map_or(Some(1.0), |number| number.parse::<f64>().ok().filter(|slope| *slope > 0.0 && *slope < 1e6));
    match (name, slope) {
        ("binary" | "cross_entropy", Some(slope)) => Ok((Link::Logistic, slope)),
        ("regression" | "regression_l2", Some(_)) if objective == name => Ok((Link::Identity, 1.0)),
        _ => Err(FileFault::new("objective", format!("`{objective}` is none of binary, cross_entropy and regression"))),
    }
}

fn one<T: FromStr>(members: &TextMembers<'_>, name: &str) -> Result<T, FileFault> {
    let (line, value) = member(members, name)?;
    value.trim().parse().map_err(|_| FileFault::new(format!("line {line}"), format!("`{name}` cannot be `{value}`")))
}

fn member<'a>(members: &TextMembers<'a>, name: &str) -> Result<(usize, &'a str), FileFault> {
    let first = members.values().map(|(line, _)| *line).min().unwrap_or(1);
    let missing = || FileFault::new(format!("from line {first}"), format!("`{name}` is missing"));
    members.get(name).copied().ok_or_else(missing)
}

fn list<T: FromStr>(members: &TextMembers<'_>, name: &str) -> Result<Vec<T>, FileFault> {
    let (line, value) = member(members, name)?;
    let number = |word: &str| {
        word.parse().map_err(|_| FileFault::new(format!("line {line}"), format!("`{name}` cannot hold `{word}`")))
    };
    value.split_whitespace().map(number).collect()
}

/// As many numbers as there should be.
fn sized<T: FromStr>(members: &TextMembers<'_>, name: &str, size: usize) -> Result<Vec<T>, FileFault> {
    let numbers = list(members, name)?;
    let (line, _) = member(members, name)?;
    if numbers.len() == size {
        return Ok(numbers);
    }
    Err(FileFault::new(format!("line {line}"), format!("`{name}` holds {} numbers, and {size} are due", numbers.len())))
}

/// Splits first, then leaves.
fn nodes(tree: usize, members: &TextMembers<'_>, columns: &Columns, factor: f64) -> Result<Vec<FileNode>, FileFault> {
    let leaves: usize = one(members, "num_leaves")?;
    let is_linear = members.get("is_linear").is_some_and(|(_, value)| *value != "0");
    if is_linear || leaves == 0 {
        return Err(FileFault::new(format!("tree {tree}"), "its leaves are linear models, or it has none"));
    }
    let values: Vec<f64> = sized(members, "leaf_value", leaves)?;
    let leaf = |(value, weight): (f64, u64)| FileNode::Leaf { value: value * factor, weight };
    if leaves == 1 {
        return Ok(vec![leaf((values[0], 1))]);
    }
    let splits = leaves - 1;
    let asked: Vec<usize> = sized(members, "split_feature", splits)?;
    let thresholds: Vec<f64> = sized(members, "threshold", splits)?;
    let decisions: Vec<u32> = sized(members, "decision_type", splits)?;
    let lefts: Vec<i64> = sized(members, "left_child", splits)?;
    let rights: Vec<i64> = sized(members, "right_child", splits)?;
    let weights: Vec<u64> = sized(members, "leaf_count", leaves)?;
    let sets = CategorySets::read(members)?;
    let child = |child: i64| if child >= 0 { child as usize } else { splits.saturating_add(!child as usize) };
    let mut nodes = Vec::with_capacity(leaves + splits);
    for at in 0..splits {
        let decision = SplitDecision { bits: decisions[at], threshold: thresholds[at] };
        let asked = decision.question(asked[at], columns, &sets);
        let (feature, goes_left, missing_right) = asked.map_err(|problem| FileFault::at_node(tree, at, problem))?;
        let right = child(rights[at]);
        let left = child(lefts[at]);
        nodes.push(FileNode::Split { feature, goes_left, missing_right, left, right });
    }
    nodes.extend(values.into_iter().zip(weights).map(leaf));
    Ok(nodes)
}

/// The sets of categories of a tree, as words of 32 bits.
struct CategorySets {
    ends: Vec<usize>,
    words: Vec<u32>,
}

impl CategorySets {
    fn read(members: &TextMembers<'_>) -> Result<Self, FileFault> {
        let sets: usize = one(members, "num_cat")?;
        if sets == 0 {
            return Ok(Self { ends: Vec::new(), words: Vec::new() });
        }
        Ok(Self {
            ends: sized(members, "cat_boundaries", sets.saturating_add(1))?,
            words: list(members, "cat_threshold")?,
        })
    }

    /// The codes in a set.
    fn codes(&self, set: f64) -> Option<Vec<u32>> {
        let set = (set >= 0.0 && set.fract() == 0.0).then_some(set as usize)?;
        let words = self.words.get(*self.ends.get(set)?..*self.ends.get(set + 1)?)?;
        let bits = words.iter().zip(0_u32..).flat_map(|(word, at)| {
            (0..32_u32).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at.saturating_mul(32) | bit)
        });
        Some(bits.collect())
    }
}

/// A decision of a split: its kind as bits, and its threshold or the number of its set.
struct SplitDecision {
    bits: u32,
    threshold: f64,
}

impl SplitDecision {
    /// The feature of the model that is asked, the values that go left, and the side of a missing value.
    fn question(
        &self,
        column: usize,
        columns: &Columns,
        sets: &CategorySets,
    ) -> Result<(usize, GoesLeft, bool), String> {
        const BY_SET: u32 = 1;
        const DEFAULT_LEFT: u32 = 2;
        let feature = columns.place(column)?;
        if self.bits & BY_SET != 0 {
            let codes = sets.codes(self.threshold).ok_or("it asks for a set of categories that is not there")?;
            // A missing value is in no set, whatever the default says.
            return Ok((feature, GoesLeft::In(columns.categories(column, &codes)?), true));
        }
        let zero_goes_right = 0.0 > self.threshold;
        let default_right = self.bits & DEFAULT_LEFT == 0;
        let missing_right = match self.bits >> 2 & 3 {
            // A missing value counts as 0.
            0 => zero_goes_right,
            1 if default_right == zero_goes_right => zero_goes_right,
            1 => return Err(format!("it takes 0 of column {column} for missing, which cannot be read")),
            2 => default_right,
            _ => return Err("its decision type is unknown".to_owned()),
        };
        Ok((feature, GoesLeft::Below(at_most(self.threshold)), missing_right))
    }
}
