//! The reasons not to put a program in place.

use std::fmt;

/// The program must not be put in place.
#[derive(Debug)]
pub(crate) enum RefusedProgram {
    /// It does not answer as the model that the gates judged.
    Differs(String),
    /// It misses the bar under the load of the policy.
    UnderLoad(String),
}

impl fmt::Display for RefusedProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Differs(difference) => write!(
                f,
                "the built program is not the model that the gates judged, so nothing was put in place: {difference}\n\
                 next: find the code that only the built program contains, such as code under \
                 #[cfg(feature = \"deploy\")]"
            ),
            Self::UnderLoad(miss) => write!(
                f,
                "the built program does not bear the load of the policy, so nothing was put in place: {miss}\n\
                 next: cargo andon release, when this machine does nothing else; if it is red again, the service is \
                 too slow"
            ),
        }
    }
}

impl std::error::Error for RefusedProgram {}
