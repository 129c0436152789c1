//! Bounds of the leaves below a node, so that a better value of a feature never lowers a score.
//!
//! A split on a feature with a direction is allowed if its better side has at least the share of its worse side. The
//! middle of both shares then bounds every leaf on either side, as in LightGBM ("basic" monotone constraints) and in
//! scikit-learn. So each tree rises with the feature, and so does the forest, which is a mean of trees.

use andon_evidence::policy::Better;

/// The least and the greatest value that a leaf may have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bounds {
    low: f64,
    high: f64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { low: 0.0, high: 1.0 }
    }
}

impl Bounds {
    /// The value nearest to `share` that a leaf may have.
    pub(super) fn nearest(self, share: f64) -> f64 {
        share.clamp(self.low, self.high)
    }

    /// The bounds of the left and of the right side of a split, from the shares on both. Lower values go left. `None`
    /// if the better side would have the lower share.
    pub(super) fn parted(self, better: Option<Better>, shares: [f64; 2]) -> Option<[Self; 2]> {
        let [left, right] = shares.map(|share| self.nearest(share));
        let middle = left.midpoint(right);
        let below = Self { high: middle, ..self };
        let above = Self { low: middle, ..self };
        match better {
            None => Some([self, self]),
            Some(Better::Higher) => (left <= right).then_some([below, above]),
            Some(Better::Lower) => (left >= right).then_some([above, below]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_both_shares_bounds_the_leaves_on_either_side() {
        let [left, right] = Bounds::default().parted(Some(Better::Higher), [0.5, 0.75]).unwrap();
        assert_eq!((left, right), (Bounds { low: 0.0, high: 0.625 }, Bounds { low: 0.625, high: 1.0 }));
        assert_eq!([0.5, 0.7].map(|share| left.nearest(share)), [0.5, 0.625]);
        let [left, right] = Bounds::default().parted(Some(Better::Lower), [0.75, 0.5]).unwrap();
        assert_eq!((left, right), (Bounds { low: 0.625, high: 1.0 }, Bounds { low: 0.0, high: 0.625 }));
    }

    #[test]
    fn a_worse_share_on_the_better_side_is_refused_and_a_free_feature_is_not_bound() {
        assert_eq!(Bounds::default().parted(Some(Better::Higher), [0.75, 0.5]), None);
        assert_eq!(Bounds::default().parted(Some(Better::Lower), [0.5, 0.75]), None);
        let bounds = Bounds { low: 0.25, high: 0.5 };
        assert_eq!(bounds.parted(None, [0.75, 0.5]), Some([bounds, bounds]));
        // Both shares are beyond the bounds, so both leaves have one value, and neither side is worse.
        assert!(bounds.parted(Some(Better::Higher), [0.75, 0.7]).is_some());
    }
}
