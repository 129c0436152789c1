//! An estimate with its interval: what every statistic here returns.

/// An estimate with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The point.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Estimate {
    /// Both ends of the interval.
    ///
    /// ```
    /// let estimate = andon::statistics::estimate::Estimate { value: 0.5, low: 0.4, high: 0.7 };
    /// assert_eq!(estimate.interval(), (0.4, 0.7));
    /// ```
    #[must_use]
    pub fn interval(self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// An area under the ROC curve turned to the side of 0.5 on which it is at least 0.5: how much a number tells about
    /// a label, in either direction.
    #[must_use]
    pub(crate) fn at_least_half(self) -> Self {
        if self.value >= 0.5 {
            return self;
        }
        Self { value: 1.0 - self.value, low: 1.0 - self.high, high: 1.0 - self.low }
    }
}
