//! From the leaves of a row to its raw score, and the scale of that score.

use serde::{Deserialize, Serialize};

/// The scale of a raw score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// A share: the probability itself.
    Identity,
    /// The margin: log-odds, of which the logistic function makes the probability.
    Logistic,
}

/// The numbers in which a sum is added up; each sum rounds as that of the library that trained the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// `f32`, in the order of the trees, as in XGBoost.
    Single,
    /// `f64`, as in `LightGBM`.
    Double,
}

/// The sum of a base and one leaf of each tree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sum {
    /// The number that the leaves are added to.
    pub base: f64,
    /// The scale of the sum.
    pub link: Link,
    /// The numbers in which it is added up.
    pub precision: Precision,
}

/// The way from the leaves of a row to its raw score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Combine {
    /// The mean of shares, as of trees that are grown on samples of the rows.
    Mean,
    /// A sum, as of trees that are grown one on the errors of the other.
    Sum(Sum),
}

impl Combine {
    /// The scale of the raw score.
    #[must_use]
    pub(crate) fn link(self) -> Link {
        match self {
            Self::Mean => Link::Identity,
            Self::Sum(sum) => sum.link,
        }
    }

    /// The number that the leaves are added to.
    pub(crate) fn base(self) -> f64 {
        match self {
            Self::Mean => 0.0,
            Self::Sum(sum) => sum.base,
        }
    }

    /// The number that the sum of all trees is divided by.
    pub(crate) fn divisor(self, trees: usize) -> f64 {
        match self {
            Self::Mean => trees as f64,
            Self::Sum(_) => 1.0,
        }
    }

    /// A sum and one more leaf. The sum of two `f32` is the same to the bit if it is rounded by way of `f64`.
    pub(super) fn add(self, sum: f64, leaf: f64) -> f64 {
        match self {
            Self::Sum(Sum { precision: Precision::Single, .. }) => f64::from((sum + leaf) as f32),
            _ => sum + leaf,
        }
    }

    /// The fault of a leaf's value or of the base, if they are none of this model's.
    pub(super) fn fault(self, values: &[f64]) -> Option<&'static str> {
        let sum = match self {
            Self::Mean => {
                let shares = values.iter().all(|value| (0.0..=1.0).contains(value));
                return (!shares).then_some("a share is not within 0 to 1");
            }
            Self::Sum(sum) => sum,
        };
        let mut numbers = values.iter().chain([&sum.base]);
        if !numbers.clone().all(|value| value.abs() <= MAX_ADDEND) {
            Some("a leaf or the base is not a number of at most 1e9")
        } else if sum.precision == Precision::Single
            && numbers.any(|value| f64::from(*value as f32).to_bits() != value.to_bits())
        {
            Some("a leaf or the base of a sum of single precision is not of single precision")
        } else {
            None
        }
    }
}

/// Far beyond any log-odds, and a sum of so many of them is finite.
const MAX_ADDEND: f64 = 1e9;
