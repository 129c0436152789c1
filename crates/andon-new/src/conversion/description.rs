//! The description of a conversion, as it is written in `data/conversion.toml`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The name of a missing group: the harness must know the group of every row.
pub(crate) const UNDISCLOSED: &str = "undisclosed";

/// The way from a source file to the data file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    /// The name of the source file.
    pub source: String,
    /// SHA-256 of the source file for which the conversion was written.
    pub sha256: String,
    /// The encoding of the source file, by its name in the Encoding Standard; or `Parquet`, which is no text.
    pub encoding: String,
    /// The character between two values.
    pub separator: char,
    /// The mark before decimals.
    pub decimal: char,
    /// The column, by its name in the data file, in whose order the rows are put; without it they stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_by: Option<String>,
    /// The columns of the data file, in their order.
    #[serde(rename = "column")]
    pub columns: Vec<ConvertedColumn>,
}

/// One column of the data file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvertedColumn {
    /// Its name in the data file.
    pub name: String,
    /// The column of the source file that it is made from; the number of the row needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The way in which its values are written.
    pub write: WrittenAs,
    /// The form of a day in the source file, such as `%d.%m.%Y`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// Values of the source file that stand for a missing value, besides blanks and the usual words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// The value that is written where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_missing: Option<String>,
    /// Cut points between bands: each band holds its lower cut point, and not its upper one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<f64>,
    /// New values by old ones; if there are any, every value of the source file must be among them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub recode: BTreeMap<String, String>,
}

/// The way in which a value is written into the data file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrittenAs {
    /// As it is, or as `recode` says.
    Text,
    /// As a number with a decimal point and no marks at the thousands.
    Number,
    /// As a day, 2026-11-26.
    Day,
    /// As the name of the band that a number falls into.
    Band,
    /// As the number of the row in the source file, from 1.
    RowNumber,
}

/// The name of the band that a number falls into.
pub(crate) fn band_names(cuts: &[f64]) -> Vec<String> {
    let name = |number: f64| number.to_string().replace('-', "minus_").replace('.', "_");
    let (Some(first), Some(last)) = (cuts.first(), cuts.last()) else { return vec!["all".to_owned()] };
    let between = cuts.windows(2).map(|pair| format!("from_{}_under_{}", name(pair[0]), name(pair[1])));
    let ends = [format!("under_{}", name(*first)), format!("from_{}", name(*last))];
    let [below, above] = ends;
    std::iter::once(below).chain(between).chain([above]).collect()
}
