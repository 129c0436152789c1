//! A measured number: its unit, its interval, the rows it rests on, and the groups behind it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The unit of a measured number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A part of a whole, 0 to 1.
    Share,
    /// One number over another, such as the lowest over the highest selection rate.
    Ratio,
    /// A dimensionless statistic, such as an area under a curve or a skill score.
    Score,
    /// A difference of two probabilities, 0 to 1.
    Probability,
    /// A number of things.
    Count,
    /// Milliseconds.
    Ms,
}

/// The part of a measurement that belongs to one group, slice or step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The group or slice.
    pub name: String,
    /// Its own value, in the unit named by the measurement's question (a rate for a ratio of rates).
    pub value: f64,
    /// The number of rows behind it.
    pub n: u64,
}

/// The rows that a gate looked at one by one, of more rows than it can ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The rows that were asked.
    pub rows: u64,
    /// The rows among them that were drawn evenly from all rows; the others are rare cases.
    pub drawn: u64,
    /// All rows.
    pub of: u64,
    /// The rows that these numbers count.
    #[serde(default, skip_serializing_if = "AskedKind::is_rows")]
    pub kind: AskedKind,
}

/// The rows that an [`Asked`] counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedKind {
    /// Rows of the data file.
    #[default]
    Rows,
    /// Rows that are answered negatively, by a gate that looks at no others.
    NegativeAnswers,
    /// Rows that are asked about values which three columns have together, by a gate that asks all else of every row.
    Triples,
}

impl AskedKind {
    fn is_rows(&self) -> bool {
        *self == Self::Rows
    }
}

impl fmt::Display for AskedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rows | Self::Triples => "rows",
            Self::NegativeAnswers => "negative answers",
        })
    }
}

impl Asked {
    /// The share of all rows below which a fault lies with 95 % probability if no drawn row shows it (rule of three).
    /// Below it a triple that fewer than 5 drawn rows have lies with 97 % (Poisson: fewer than 5, where 10 are
    /// expected).
    ///
    /// ```
    /// use andon_evidence::judge::{Asked, AskedKind};
    /// let asked = Asked { rows: 11_250, drawn: 10_000, of: 1_000_000, kind: AskedKind::Rows };
    /// assert_eq!(asked.greatest_missed_share(), 0.0003);
    /// let text = "of 1,000,000 rows 11,250 were asked: a fault that none of them shows is in fewer than 3 of 10,000, \
    ///             with 95 %";
    /// assert_eq!(asked.to_string(), text);
    /// ```
    #[must_use]
    pub fn greatest_missed_share(&self) -> f64 {
        self.missed() as f64 / self.drawn as f64
    }

    fn missed(&self) -> u64 {
        if self.kind == AskedKind::Triples { 10 } else { 3 }
    }

    fn is_whole(&self) -> bool {
        0 < self.drawn && self.drawn <= self.rows && self.rows <= self.of
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [rows, drawn, of] = [self.rows, self.drawn, self.of].map(with_commas);
        let [about, fault] = match self.kind {
            AskedKind::Rows | AskedKind::NegativeAnswers => ["", "a fault that none of them shows"],
            AskedKind::Triples => [" about triples of values", "a triple that fewer than 5 of them have"],
        };
        let missed = self.missed();
        write!(
            f,
            "of {of} {} {rows} were asked{about}: {fault} is in fewer than {missed} of {drawn}, with 95 %",
            self.kind
        )
    }
}

/// A number with a comma at every thousand.
fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let parts: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|part| str::from_utf8(part).ok()).collect();
    parts.join(",")
}

/// A number with its unit, its interval and how many rows it rests on. Always finite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    pub(super) value: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) unit: Unit,
    pub(super) n: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) parts: Vec<Part>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) asked: Option<Asked>,
}

/// The reason why there is no number to judge: too few rows, one group only, a value that is not finite.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotMeasured(pub String);

impl Measurement {
    /// A number known exactly, such as a count over all rows: its interval is the number itself.
    ///
    /// # Errors
    /// [`NotMeasured`] when `value` is not finite or nothing was measured (`n` is 0).
    pub fn exact(value: f64, unit: Unit, n: u64) -> Result<Self, NotMeasured> {
        Self::with_interval(value, (value, value), unit, n)
    }

    /// An estimate from `n` rows with its interval, lower end first.
    ///
    /// # Errors
    /// [`NotMeasured`] when a number is not finite, the ends are swapped, or `n` is 0.
    ///
    /// ```
    /// use andon_evidence::judge::{Measurement, Unit};
    /// assert!(Measurement::with_interval(0.5, (0.4, f64::NAN), Unit::Share, 10).is_err());
    /// assert!(Measurement::with_interval(0.5, (0.4, 0.6), Unit::Share, 0).is_err());
    /// ```
    pub fn with_interval(value: f64, (low, high): (f64, f64), unit: Unit, n: u64) -> Result<Self, NotMeasured> {
        let measurement = Self { value, low, high, unit, n, parts: Vec::new(), asked: None };
        measurement.defect().map_or(Ok(measurement), |why| Err(NotMeasured(why)))
    }

    /// The same measurement with the groups or slices behind it.
    #[must_use]
    pub fn with_parts(mut self, parts: Vec<Part>) -> Self {
        self.parts = parts;
        self
    }

    /// The same measurement of some rows only. Without a number, or if these are all rows, nothing is noted.
    #[must_use]
    pub fn with_asked(mut self, asked: Option<Asked>) -> Self {
        self.asked = asked.filter(|asked| asked.rows != asked.of);
        self
    }

    /// The rows that were asked, if not every row was.
    #[must_use]
    pub fn asked(&self) -> Option<&Asked> {
        self.asked.as_ref()
    }

    /// The point estimate.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The interval, lower end first.
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// True if the number is exact: its interval is the number itself.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.low.to_bits() == self.high.to_bits()
    }

    /// The unit of the number.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// The number of rows behind it.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// The groups or slices behind it.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The defect that makes this unfit to judge by. Measurements that were read from a file are checked too.
    pub(super) fn defect(&self) -> Option<String> {
        let numbers = [self.value, self.low, self.high];
        if self.n == 0 {
            Some("nothing was measured: no rows".to_owned())
        } else if numbers.iter().chain(self.parts.iter().map(|part| &part.value)).any(|number| !number.is_finite()) {
            Some(format!("not a finite number: {} ({} to {})", self.value, self.low, self.high))
        } else if let Some(asked) = self.asked.filter(|asked| !asked.is_whole()) {
            Some(format!("{} of {} {} asked, and {} of them drawn", asked.rows, asked.of, asked.kind, asked.drawn))
        } else if self.low > self.high {
            Some(format!("interval ends are swapped: {} to {}", self.low, self.high))
        } else {
            None
        }
    }

    fn number(&self, number: f64) -> String {
        match self.unit {
            Unit::Count => format!("{number}"),
            Unit::Ms => format!("{number:.3} ms"),
            // A distance that should vanish is told apart from one that is merely small.
            Unit::Probability if number.abs() < 5e-5 && number > 0.0 => format!("{number:.1e}"),
            Unit::Share | Unit::Ratio | Unit::Score | Unit::Probability => format!("{number:.4}"),
        }
    }
}

impl fmt::Display for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.number(self.value))?;
        if !self.is_exact() {
            write!(f, " ({} to {})", self.number(self.low), self.number(self.high))?;
        }
        Ok(())
    }
}
