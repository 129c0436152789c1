//! From a package to the decider of a program: the last step, in which the package meets the program's record.

use andon_evidence::layout::MODEL;
use andon_evidence::package::Package;
use andon_evidence::policy::PolicyError;

use crate::data::contract::{Contract, NoContract, Record};
use crate::data::frame::{Feature, Frame, FrameError};
use crate::decide::decider::Decider;
use crate::model::{Model, NotAModel};

/// The package is one for another program.
///
/// ```
/// let unfit = andon::release::unpack::UnpackError::Features { model: "a".to_owned(), policy: "a, b".to_owned() };
/// assert!(unfit.to_string().ends_with("is for the features a, release.toml with this program's record for a, b"));
/// ```
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// Its policy cannot be read.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The program's record is no contract.
    #[error(transparent)]
    Contract(#[from] NoContract),
    /// Its policy is for other columns than this program's record has.
    #[error("the package is for another record than this program's: {0}")]
    Columns(#[from] FrameError),
    /// It is a release of scores alone.
    #[error("the package is GO for scores only: it holds no model, and nothing can be served from it")]
    ScoresOnly,
    /// Its model cannot be read.
    #[error("{MODEL}: {0}")]
    Model(#[from] NotAModel),
    /// Its model is for other features than its policy.
    #[error("{MODEL} is for the features {model}, release.toml with this program's record for {policy}")]
    Features {
        /// The features that the model was trained on.
        model: String,
        /// The features that the policy names, as the record has them.
        policy: String,
    },
}

/// The decider of a [checked](Package::check) package.
///
/// # Errors
/// [`UnpackError`] unless every column that the policy names is one of the record's and of the right kind, and the
/// model was trained on these.
pub fn decider<R: Record>(package: &Package) -> Result<Decider<R>, UnpackError> {
    let policy = package.policy()?;
    if policy.scores.is_some() {
        return Err(UnpackError::ScoresOnly);
    }
    let contract = Contract::new()?;
    // No rows: what is asked is whether the policy's columns are there.
    let expected = Frame::new::<R>(&policy, &contract, &[])?.features;
    let model = Model::from_json(package.files.get(MODEL).map_or(&[], Vec::as_slice))?;
    let same =
        |(a, b): (&Feature, &Feature)| (&a.name, &a.levels, a.takes_unseen) == (&b.name, &b.levels, b.takes_unseen);
    let features = model.features();
    let fits = features.len() == expected.len() && features.iter().zip(&expected).all(same);
    if !fits || model.forest().columns() != features.len() {
        return Err(UnpackError::Features { model: name_features(features), policy: name_features(&expected) });
    }
    Ok(Decider::new(contract, policy, model))
}

/// Features as a person compares them.
fn name_features(features: &[Feature]) -> String {
    let one = |feature: &Feature| match feature.levels.as_slice() {
        [] => feature.name.clone(),
        levels => format!("{} ({})", feature.name, levels.join(", ")),
    };
    features.iter().map(one).collect::<Vec<_>>().join(", ")
}
