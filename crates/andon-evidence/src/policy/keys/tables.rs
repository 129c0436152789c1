//! All tables in one list.

use crate::policy::keys::key::PolicyTable;
use crate::policy::keys::{after, data, gates, model, people};

/// Every table, in the order in which a policy is best read.
pub const TABLES: [PolicyTable; 31] = [
    data::ABOUT,
    data::DATA,
    model::RECIPE,
    model::MODEL,
    model::EVALUATION,
    model::ANSWER,
    model::COST,
    data::VALIDATED,
    data::BETTER,
    data::NOISE,
    data::ROUNDING,
    data::USUAL,
    data::DRIFT,
    data::GOLDEN,
    people::WORDING,
    people::ACTIONABLE,
    people::SERVE,
    people::LOAD,
    people::CORD,
    after::OUTCOMES,
    after::OVERRIDE,
    after::MONITOR,
    people::EXPLANATION,
    model::SEARCH,
    gates::GATE,
    gates::FAMILY,
    gates::BREAKING,
    gates::REMOVED,
    gates::WEAKENED,
    gates::WAIVER,
    gates::TRUST,
];
