//! The record: one row of the data file, and one request for a decision. It is the data contract, and the only place
//! that states the allowed ranges.
//!
//! Reviewed by a person: every range, and the order of the names that have one.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One case. Only past cases have the fields that are no features; a request for a decision has the features. It may
/// state protected attributes in a separate member, `monitoring`, which is never scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Number of the row in the source file.
    #[garde(range(min = 1, max = 1_000_000))]
    #[serde(default)]
    pub row_number: Option<u64>,

    /// State of the checking account; marks are Deutsche Mark.
    #[garde(skip)]
    pub checking_account: CheckingAccount,

    /// Duration of the credit, months.
    #[garde(range(min = 1, max = 120))]
    pub duration_months: u8,

    /// Credit history.
    #[garde(skip)]
    pub credit_history: CreditHistory,

    /// Purpose.
    #[garde(skip)]
    pub purpose: Purpose,

    /// Amount of the credit, Deutsche Mark.
    #[garde(range(min = 100, max = 50000))]
    pub amount_marks: u32,

    /// Savings account and bonds, Deutsche Mark.
    #[garde(skip)]
    pub savings: Savings,

    /// Time in the present employment.
    #[garde(skip)]
    pub employment: Employment,

    /// Class of the instalment as a share of disposable income: 1 to 4.
    #[garde(range(min = 1, max = 4))]
    pub installment_rate_class: u8,

    /// Sex; protected, never a feature.
    #[garde(skip)]
    #[serde(default)]
    pub sex: Option<Sex>,

    /// Others who are liable for the credit.
    #[garde(skip)]
    pub other_debtors: OtherDebtors,

    /// Class of the time in the present residence: 1 to 4.
    #[garde(range(min = 1, max = 4))]
    pub residence_class: u8,

    /// The most valuable property.
    #[garde(skip)]
    pub property: Property,

    /// Age, cut at 40; protected, never a feature.
    #[garde(skip)]
    #[serde(default)]
    pub age_in_years: Option<AgeInYears>,

    /// Other instalment plans.
    #[garde(skip)]
    pub other_plans: OtherPlans,

    /// Housing.
    #[garde(skip)]
    pub housing: Housing,

    /// Class of the number of credits at this bank: 1 to 4.
    #[garde(range(min = 1, max = 4))]
    pub credits_here_class: u8,

    /// Job.
    #[garde(skip)]
    pub job: Job,

    /// Class of the number of people to provide for, 1 or 2; family status, never a feature.
    #[garde(range(min = 1, max = 2))]
    #[serde(default)]
    pub dependents_class: Option<u8>,

    /// A telephone is registered: 0 or 1.
    #[garde(range(min = 0, max = 1))]
    pub telephone: u8,

    /// Foreign worker; protected, never a feature.
    #[garde(skip)]
    #[serde(default)]
    pub foreign_worker: Option<ForeignWorker>,

    /// The outcome: 1 is a good risk, 0 a bad one (2 in the source). Known of past cases only.
    #[garde(range(min = 0, max = 1))]
    #[serde(default)]
    pub good_risk: Option<u8>,
}

/// The values of `checking_account`, in the order of the balance; without an account last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CheckingAccount {
    #[serde(rename = "overdrawn")]
    Overdrawn,
    #[serde(rename = "under_200_marks")]
    Under200Marks,
    #[serde(rename = "from_200_marks")]
    From200Marks,
    #[serde(rename = "no_account")]
    NoAccount,
}

/// The values of `credit_history`, in the order of the codebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CreditHistory {
    #[serde(rename = "no_credits_or_all_repaid")]
    NoCreditsOrAllRepaid,
    #[serde(rename = "all_credits_here_repaid")]
    AllCreditsHereRepaid,
    #[serde(rename = "existing_credits_repaid_so_far")]
    ExistingCreditsRepaidSoFar,
    #[serde(rename = "delays_in_the_past")]
    DelaysInThePast,
    #[serde(rename = "critical_or_credits_elsewhere")]
    CriticalOrCreditsElsewhere,
}

/// The values of `purpose`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Purpose {
    #[serde(rename = "appliances")]
    Appliances,
    #[serde(rename = "business")]
    Business,
    #[serde(rename = "education")]
    Education,
    #[serde(rename = "furniture")]
    Furniture,
    #[serde(rename = "new_car")]
    NewCar,
    #[serde(rename = "other_purpose")]
    OtherPurpose,
    #[serde(rename = "radio_or_television")]
    RadioOrTelevision,
    #[serde(rename = "repairs")]
    Repairs,
    #[serde(rename = "retraining")]
    Retraining,
    #[serde(rename = "used_car")]
    UsedCar,
}

/// The values of `savings`, in the order of the amount; unknown last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Savings {
    #[serde(rename = "under_100_marks")]
    Under100Marks,
    #[serde(rename = "from_100_under_500_marks")]
    From100Under500Marks,
    #[serde(rename = "from_500_under_1000_marks")]
    From500Under1000Marks,
    #[serde(rename = "from_1000_marks")]
    From1000Marks,
    #[serde(rename = "unknown_or_none")]
    UnknownOrNone,
}

/// The values of `employment`, in the order of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Employment {
    #[serde(rename = "unemployed")]
    Unemployed,
    #[serde(rename = "under_1_year")]
    Under1Year,
    #[serde(rename = "from_1_under_4_years")]
    From1Under4Years,
    #[serde(rename = "from_4_under_7_years")]
    From4Under7Years,
    #[serde(rename = "from_7_years")]
    From7Years,
}

/// The values of `sex`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Sex {
    #[serde(rename = "female")]
    Female,
    #[serde(rename = "male")]
    Male,
}

/// The values of `other_debtors`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OtherDebtors {
    #[serde(rename = "alone")]
    Alone,
    #[serde(rename = "co_applicant")]
    CoApplicant,
    #[serde(rename = "guarantor")]
    Guarantor,
}

/// The values of `property`, in the order of its worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Property {
    #[serde(rename = "unknown_or_none")]
    UnknownOrNone,
    #[serde(rename = "car_or_other")]
    CarOrOther,
    #[serde(rename = "building_savings_or_life_insurance")]
    BuildingSavingsOrLifeInsurance,
    #[serde(rename = "real_estate")]
    RealEstate,
}

/// The values of `age_in_years`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AgeInYears {
    #[serde(rename = "under_40")]
    Under40,
    #[serde(rename = "from_40")]
    From40,
}

/// The values of `other_plans`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OtherPlans {
    #[serde(rename = "bank")]
    Bank,
    #[serde(rename = "stores")]
    Stores,
    #[serde(rename = "without")]
    Without,
}

/// The values of `housing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Housing {
    #[serde(rename = "free")]
    Free,
    #[serde(rename = "owned")]
    Owned,
    #[serde(rename = "rented")]
    Rented,
}

/// The values of `job`, in the order of the skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Job {
    #[serde(rename = "unskilled")]
    Unskilled,
    #[serde(rename = "skilled")]
    Skilled,
    #[serde(rename = "management_or_self_employed")]
    ManagementOrSelfEmployed,
}

/// The values of `foreign_worker`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ForeignWorker {
    #[serde(rename = "foreign")]
    Foreign,
    #[serde(rename = "not_foreign")]
    NotForeign,
}
