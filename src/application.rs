//! The record: one loan application. It is the data contract too, and the only place that states the allowed ranges.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One mortgage application. Only past applications have the optional fields. A request for a decision has the
/// features; it may state protected attributes in a separate member, `monitoring`, which is never scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoanApplication {
    /// Number of the application in the data file.
    #[garde(range(min = 1, max = 100_000_000))]
    #[serde(default)]
    pub application_id: Option<u32>,

    /// Income of the applicant, US dollars a month.
    #[garde(range(min = 0, max = 1_000_000))]
    pub monthly_income: u32,

    /// Income of the co-applicant, US dollars a month; 0 without one.
    #[garde(range(min = 0, max = 1_000_000))]
    pub coapplicant_income: u32,

    /// Amount applied for, US dollars.
    #[garde(range(min = 1_000, max = 10_000_000))]
    pub loan_amount: u32,

    /// Appraised value of the property, US dollars.
    #[garde(range(min = 1_000, max = 50_000_000))]
    pub appraised_value: u32,

    /// Term of the loan, months.
    #[garde(range(min = 1, max = 600))]
    pub term_months: u16,

    /// Proposed housing expense, percent of total income.
    #[garde(range(min = 0.0, max = 300.0))]
    pub housing_expense_ratio: f64,

    /// All obligations, percent of total income.
    #[garde(range(min = 0.0, max = 300.0))]
    pub obligation_ratio: f64,

    /// Consumer credit history: 1 best (no slow payments) to 6 worst (serious delinquency).
    #[garde(range(min = 1, max = 6))]
    pub consumer_credit_score: u8,

    /// Mortgage credit history: 1 best (no late payments) to 4 worst.
    #[garde(range(min = 1, max = 4))]
    pub mortgage_credit_score: u8,

    /// A bankruptcy is on record: 0 or 1.
    #[garde(range(min = 0, max = 1))]
    pub bankruptcy: u8,

    /// A payment was 60 or more days late in the last two years: 0 or 1.
    #[garde(range(min = 0, max = 1))]
    pub delinquent_60_days: u8,

    /// Net worth, US dollars; may be negative.
    #[garde(range(min = -100_000_000, max = 1_000_000_000))]
    pub net_worth: i64,

    /// The applicant is self-employed: 0 or 1.
    #[garde(range(min = 0, max = 1))]
    pub self_employed: u8,

    /// Dwelling units in the property.
    #[garde(range(min = 1, max = 4))]
    pub units: u8,

    /// The underwriter's judgement, made while deciding, that the application meets the lender's guidelines: 0 or 1.
    #[garde(range(min = 0, max = 1))]
    #[serde(default)]
    pub meets_guidelines: Option<u8>,

    /// The underwriter's judgement, made while deciding, that a statement could not be verified: 0 or 1.
    #[garde(range(min = 0, max = 1))]
    #[serde(default)]
    pub unverifiable: Option<u8>,

    /// Sex of the applicant; protected, never a feature.
    #[garde(skip)]
    #[serde(default)]
    pub sex: Option<Sex>,

    /// Race or ethnicity of the applicant; protected, never a feature.
    #[garde(skip)]
    #[serde(default)]
    pub race: Option<Race>,

    /// Age against the median of the area; protected, never a feature.
    #[garde(skip)]
    #[serde(default)]
    pub age_group: Option<AgeGroup>,

    /// The outcome: approved, 0 or 1. Known of past applications only.
    #[garde(range(min = 0, max = 1))]
    #[serde(default)]
    pub approved: Option<u8>,
}

/// Sex as recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names explain themselves")]
pub enum Sex {
    Female,
    Male,
    Undisclosed,
}

/// Race or ethnicity as recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names explain themselves")]
pub enum Race {
    Black,
    Hispanic,
    White,
}

/// Age against the median of the area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names explain themselves")]
pub enum AgeGroup {
    UpToAreaMedian,
    AboveAreaMedian,
}
