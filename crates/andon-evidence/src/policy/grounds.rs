//! The grounds on which nobody may be treated worse, as names of columns and of groups say them.

use crate::policy::wording::says;

/// Names of the grounds on which nobody may be treated worse, by the Equal Credit Opportunity Act (15 U.S.C. 1691),
/// Title VII (42 U.S.C. 2000e-2) and the Charter of Fundamental Rights of the European Union (article 21).
const GROUNDS: [&str; 26] = [
    "age",
    "ancestry",
    "birth",
    "caste",
    "citizenship",
    "color",
    "colour",
    "creed",
    "disability",
    "disabled",
    "ethnic",
    "ethnicity",
    "foreign",
    "gender",
    "genetic",
    "marital",
    "national origin",
    "nationality",
    "pregnancy",
    "pregnant",
    "race",
    "religion",
    "religious",
    "sex",
    "sexual",
    "veteran",
];

/// Groups that are such a ground whatever their column is called.
const GROUPS: [&str; 18] = [
    "african",
    "asian",
    "catholic",
    "caucasian",
    "christian",
    "divorced",
    "female",
    "hindu",
    "hispanic",
    "jewish",
    "latina",
    "latino",
    "male",
    "married",
    "muslim",
    "pregnant",
    "widowed",
    "woman",
];

/// The protected ground that a column is, by its name or by the names of its groups.
///
/// ```
/// use andon_evidence::policy::protected_ground;
/// assert_eq!(protected_ground("age_in_years", &[]), Some("age"));
/// assert_eq!(protected_ground("status", &["Married".to_owned(), "other".to_owned()]), Some("married"));
/// assert_eq!(protected_ground("mortgage", &[]), None);
/// ```
#[must_use]
pub fn protected_ground(name: &str, groups: &[String]) -> Option<&'static str> {
    let by_name = GROUNDS.into_iter().find(|ground| says(name, ground));
    by_name.or_else(|| GROUPS.into_iter().find(|known| groups.iter().any(|group| says(group, known))))
}
