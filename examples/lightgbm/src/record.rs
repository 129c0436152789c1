//! The record: one row of the data file, and one request for a decision. It is the data contract, and the only place
//! that states the allowed ranges.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One case. Only past cases have the fields that are no features; a request for a decision has the features. It may
/// state protected attributes in a separate member, `monitoring`, which is never scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Application; names the row; never a feature.
    #[garde(skip)]
    #[serde(default)]
    pub application: Option<String>,

    /// Monthly income.
    #[garde(range(min = 0.0, max = 50000.0))]
    pub monthly_income: f64,

    /// Loan amount.
    #[garde(range(min = 0.0, max = 100000.0))]
    pub loan_amount: f64,

    /// Months until the loan is repaid.
    #[garde(range(min = 6, max = 100))]
    pub term_months: u8,

    /// Late payments.
    #[garde(range(min = 0, max = 20))]
    pub late_payments: u8,

    /// Years in job.
    #[garde(range(min = 0.0, max = 100.0))]
    #[serde(default)]
    pub years_in_job: Option<f64>,

    /// Sex; protected, never a feature.
    #[garde(skip)]
    #[serde(default)]
    pub sex: Option<Sex>,

    /// The outcome: 1 is `1` in `repaid`, 0 is `0`. Known of past cases only.
    #[garde(range(min = 0, max = 1))]
    #[serde(default)]
    pub repaid: Option<u8>,

    /// Housing.
    #[garde(skip)]
    pub housing: Housing,
}

/// The values of `sex`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Sex {
    #[serde(rename = "female")]
    Female,
    #[serde(rename = "male")]
    Male,
}

/// The values of `housing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Housing {
    #[serde(rename = "mortgaged")]
    Mortgaged,
    #[serde(rename = "owned")]
    Owned,
    #[serde(rename = "rented")]
    Rented,
}
