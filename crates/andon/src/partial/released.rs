//! A released model, as far as a table of scored rows can be asked by it: the contract of its rows, the ranges in which
//! it was validated, and the bins of its training data.

use andon_evidence::files::sha256_hex;
use andon_evidence::policy::Policy;

use crate::data::contract::{Column, Kind};
use crate::data::faults::{columns_of_schema, flag, number};
use crate::data::frame::Feature;
use crate::data::matrix::MISSING;
use crate::model::{Model, NotAModel};

/// Contract, model and policy are not those of one release.
#[derive(Debug, thiserror::Error)]
pub enum ReleasedModelError {
    /// The contract cannot be read, or not be asked of a table.
    #[error(
        "the contract {0}\nnext: count the rows with the program of the release (NAME tally), which asks everything"
    )]
    Contract(String),
    /// The model cannot be read.
    #[error("model.json is {0}")]
    Model(#[from] NotAModel),
    /// The policy names other features than the model has.
    #[error("the model is for the features {model}, the policy for {policy}\nnext: name the policy of this release")]
    Features {
        /// Those of the model.
        model: String,
        /// Those of the policy.
        policy: String,
    },
    /// A column of the policy or of the model is not in the contract.
    #[error("the contract has no column `{0}`, which the policy names\nnext: name the contract of this release")]
    Column(String),
}

/// A released model with the contract of its rows.
#[derive(Debug, Clone)]
pub struct ReleasedModel {
    model: Model,
    model_sha256: String,
    columns: Vec<Column>,
    contract_sha256: String,
    /// For each feature of the model, the place of its column.
    places: Vec<usize>,
}

impl ReleasedModel {
    /// Reads the bytes of `contract.schema.json` and `model.json`.
    ///
    /// # Errors
    /// [`ReleasedModelError`] if one of them cannot be read, a rule of the contract cannot be asked of a table, or they
    /// are not of one release with the policy.
    pub fn new(contract: &[u8], model: &[u8], policy: &Policy) -> Result<Self, ReleasedModelError> {
        let mut columns = columns_of_schema(contract).map_err(ReleasedModelError::Contract)?;
        let [contract_sha256, model_sha256] = [contract, model].map(sha256_hex);
        let model = Model::from_json(model)?;
        let features: Vec<&str> = model.features().iter().map(|feature| feature.name.as_str()).collect();
        if features != policy.data.features {
            let [model, policy] = [features.join(", "), policy.data.features.join(", ")];
            return Err(ReleasedModelError::Features { model, policy });
        }
        let place = |columns: &[Column], name: &str| {
            let place = columns.iter().position(|column| column.name == name);
            place.ok_or_else(|| ReleasedModelError::Column(name.to_owned()))
        };
        for name in policy.data.protected.keys().chain([&policy.data.label]) {
            place(&columns, name)?;
        }
        let places = features.iter().map(|name| place(&columns, name)).collect::<Result<Vec<_>, _>>()?;
        for (feature, place) in model.features().iter().zip(&places) {
            restrict(&mut columns[*place], feature);
        }
        Ok(Self { model, model_sha256, columns, contract_sha256, places })
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// SHA-256 of the model.
    #[must_use]
    pub fn model_sha256(&self) -> &str {
        &self.model_sha256
    }

    /// The columns of the contract. A text of which the model knows some names only allows these.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// SHA-256 of the contract.
    #[must_use]
    pub fn contract_sha256(&self) -> &str {
        &self.contract_sha256
    }

    /// Each feature of the model, with its column.
    pub fn features(&self) -> impl Iterator<Item = (&Feature, &Column)> {
        self.model.features().iter().zip(self.places.iter().map(|place| &self.columns[*place]))
    }

    /// The row as the model sees it, from the texts of the columns, none of which has a fault.
    #[must_use]
    pub fn encode<'v>(&self, text_of: impl Fn(usize) -> &'v str) -> Vec<f64> {
        let features = self.features().zip(&self.places);
        features.map(|((feature, column), place)| encoded(feature, column, text_of(*place))).collect()
    }
}

/// The number of a value without a fault.
///
/// ```
/// use andon::data::{frame::Feature, matrix::MISSING};
/// use andon::{Column, Kind};
/// let feature =
///     Feature { name: "x".to_owned(), levels: Vec::new(), takes_unseen: false, may_be_missing: true };
/// let column = Column { name: "x".to_owned(), description: String::new(), required: false, kind: Kind::Flag };
/// let numbers = ["true", "false", ""].map(|text| andon::partial::released::encoded(&feature, &column, text));
/// assert_eq!(numbers, [1.0, 0.0, MISSING]);
/// ```
#[must_use]
pub fn encoded(feature: &Feature, column: &Column, text: &str) -> f64 {
    let value = match &column.kind {
        _ if text.is_empty() => None,
        Kind::Number { .. } => number(text),
        Kind::Flag => flag(text).map(|flag| f64::from(u8::from(flag))),
        Kind::Choice(_) | Kind::Text => feature.place(text),
    };
    value.unwrap_or(MISSING)
}

/// A category of which the model knows some names, and none beside them, is one of these names.
fn restrict(column: &mut Column, feature: &Feature) {
    if matches!(column.kind, Kind::Text | Kind::Choice(_)) && !feature.takes_unseen {
        column.kind = Kind::Choice(feature.levels.clone());
    }
}
