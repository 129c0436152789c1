//! A model that was trained elsewhere, as a reader gives it.

use andon_evidence::policy::Policy;

use crate::data::frame::{Feature, Frame};
use crate::model::Model;
use crate::model::forest::Forest;
use crate::model::origin::Origin;
use crate::model::random_forest::TrainError;

/// A model as its file has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The trees.
    pub forest: Forest,
    /// The library, and the digest of the file.
    pub origin: Origin,
    /// The features in the order of the model's rows: those that were asked for, else the file's own.
    pub features: Vec<Feature>,
    /// True if the file states on how many rows each leaf was grown, which Shapley values need.
    pub has_weights: bool,
}

/// Reads the bytes of a model file, by the name that errors show, for the features of a policy in their order.
pub type ReadModel = fn(bytes: &[u8], file: &str, features: &[Feature]) -> Result<Imported, String>;

impl Imported {
    /// The model that ships, as yet without a calibrator, because its library has none. Leaves that state no
    /// rows get those of the data.
    pub(crate) fn into_model(self, policy: &Policy, frame: &Frame) -> Result<Model, TrainError> {
        let is_same = |(ours, theirs): (&Feature, &Feature)| ours.name == theirs.name;
        if self.features.len() != frame.features.len() || !self.features.iter().zip(&frame.features).all(is_same) {
            return Err(TrainError::Imported("the features of the model are not those of the policy".to_owned()));
        }
        let mut terms = self.forest.terms().iter().filter(|term| term.missing.is_none());
        if let Some(term) = terms.find(|term| frame.features[term.feature as usize].may_be_missing) {
            let name = &frame.features[term.feature as usize].name;
            let problem =
                format!("the linear model has no answer for a row without {name}, and the data have such rows");
            return Err(TrainError::Imported(format!("{problem}\nnext: train it behind a SimpleImputer")));
        }
        let forest = if self.has_weights { self.forest } else { self.forest.counting(&frame.matrix) };
        Ok(Model::new(frame.features.clone(), forest, None, policy).with_origin(self.origin))
    }
}
