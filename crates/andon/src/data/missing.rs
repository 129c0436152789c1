//! The number that stands for a missing value.

/// The code of a missing value: below every value that a contract can allow, so that each split sends it left.
pub const MISSING: f64 = -1e300;

/// True if an encoded value stands for a missing one.
#[must_use]
pub(crate) fn is_missing(value: f64) -> bool {
    value.to_bits() == MISSING.to_bits()
}
