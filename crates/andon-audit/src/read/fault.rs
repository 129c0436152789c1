//! The faults of a trail.

use crate::error::StoreError;
use crate::store::to_sql;

/// The fault of a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// The chain breaks here.
    #[error("does not follow from the row before it: it was changed, inserted or moved here")]
    Altered,
    /// There is no such row.
    #[error("is missing: it was deleted")]
    Missing,
    /// There is a row too many.
    #[error("has no place in the trail: it was inserted")]
    Surplus,
    /// Personal data do not match their digest.
    #[error("has {0} that differ from what was recorded: they were changed")]
    PersonalAltered(&'static str),
    /// Personal data are absent, and no forgetting names the row.
    #[error("has no {0}, and no forgetting explains it: they were deleted")]
    PersonalMissing(&'static str),
    /// Personal data are there though they were forgotten, or were never recorded.
    #[error("has {0} that should not be there: they were put back or inserted")]
    PersonalSurplus(&'static str),
    /// The trail ends before the head that was kept.
    #[error("is missing, although the kept head has it: the end of the trail was cut off")]
    CutOff,
    /// The trail was hashed anew.
    #[error("does not have the hash of the kept head: the trail was rewritten")]
    Rewritten,
}

/// A trail is not as it was recorded, or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The first row that is not as it was recorded.
    #[error("row {sequence} {fault}")]
    Broken {
        /// Its sequence number, or the one it pretends to have.
        sequence: i64,
        /// Its fault.
        fault: RowFault,
    },
    /// The trail cannot be read.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for VerifyError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unreadable { sequence, .. } => Self::Broken { sequence, fault: RowFault::Altered },
            other => Self::Store(other),
        }
    }
}

pub(crate) fn broken(sequence: u64, fault: RowFault) -> VerifyError {
    VerifyError::Broken { sequence: to_sql(sequence), fault }
}
