//! The bars of gates that ask about later: ids, the age of the data, the next version of the contract; and those that
//! wait for something which no data file holds.

use crate::project::bar::GateBar;
use crate::proposals::plan::Plan;

/// The gates that need something which no data file holds.
pub(super) const NOT_ASKED: &str = "\
# Not asked yet. Take the marks away when you have what each needs; then `cargo andon gates`.
#
# Failures that must not come back: `cargo andon golden add` writes a case, then
# [golden]
# file = \"data/golden.ndjson\"
# [gate.\"accuracy.golden\"]
# max = 0 # cases that get another answer than they must
# why = \"a failure that somebody found once must not come back with a later model\"
#
# Licences and sources of every dependency: deny.toml, and `cargo deny` on the machine that judges, then
# [gate.\"reproducibility.dependencies\"]
# max = 0 # packages that deny.toml does not allow
# why = \"a model is shipped with everything that it is built from\"
";

/// Ids, versions of the contract, and the age of the data.
pub(super) fn over_time(plan: &Plan) -> Vec<GateBar> {
    let unique_id = || {
        GateBar::new(
            "contract.unique_id",
            "max = 0 # rows with the id of another row",
            "answers and complaints name a case by its id, so one id is one row",
        )
    };
    let freshness = || {
        GateBar::new(
            "contract.freshness",
            "max = 365 # days since the newest row",
            "older data would be a review of the past: applicants, prices and rules change within a year",
        )
    };
    let compatible = GateBar::new(
        "contract.compatible",
        "max = 0 # columns that accept less than in the previous release, unannounced",
        "a caller that kept the contract must not be refused because of a new release, unless its version says so",
    );
    let ids = (!plan.id_is_made).then(unique_id);
    let days = plan.newest_day().map(|_| freshness());
    ids.into_iter().chain(days).chain([compatible]).collect()
}
