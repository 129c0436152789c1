//! A table of points, whatever the form of its file.

/// A table as both forms hold it.
pub(super) struct PointsTable {
    /// The points that all start with.
    pub(super) base: f64,
    pub(super) features: Vec<FeaturePoints>,
}

/// The points of a feature.
pub(super) struct FeaturePoints {
    /// The place in the file, for an error.
    pub(super) place: String,
    pub(super) name: String,
    pub(super) missing: f64,
    pub(super) bins: Bins,
}

pub(super) enum Bins {
    /// Ends in ascending order, each with the points of the numbers below it; and the points of all others.
    Numbers(Vec<(f64, f64)>, f64),
    /// Names, each with its points; and the points of all others.
    Categories(Vec<(String, f64)>, f64),
}
