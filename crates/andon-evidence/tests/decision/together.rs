//! Error control over the gates of a family.

use andon_evidence::decision::{GateState, Outcome};
use andon_evidence::evidence::Finding;

use crate::release::{ACCURACY, LATENCY, TestRelease, accuracy, fast};

const AUC: &str = "accuracy.auc"; // at least 0.8

/// Two gates of a family under Holm: `accuracy` and `auc`.
fn two(first: Finding, second: Finding) -> TestRelease {
    let release = TestRelease::with(&format!(
        "[gate.\"{AUC}\"]\nmin = 0.8\nwhy = \"test\"\n[family.accuracy]\ncontrol = \"holm\"\nwhy = \"test\"\n"
    ));
    release.record(ACCURACY, first).record(AUC, second).record(LATENCY, fast());
    release
}

fn states(release: &TestRelease) -> [GateState; 2] {
    let decision = release.decide();
    [decision.rows[0].state, decision.rows[1].state]
}

/// 1.96 standard errors are 0.1: of two gates, Holm asks 2.24 of the first and 1.96 of the second.
#[test]
fn the_family_takes_a_go_away_and_says_what_is_lacking() {
    let just = || accuracy(0.8, 0.9, 1.0);
    let sure = || accuracy(0.85, 0.95, 1.0);
    assert_eq!(states(&two(just(), just())), [GateState::Undecided; 2]);
    assert_eq!(states(&two(just(), sure())), [GateState::Go; 2]);
    let release = two(just(), just());
    assert_eq!(release.decide().outcome, Outcome::NoGo);
    let expected = "Holm over 2: adjusted p 0.0500, at most 0.025; \
                    about 31 more rows like these would decide it";
    assert_eq!(release.decide().rows[0].note, expected);
    assert!(release.decide().table(false, false).contains(expected));
}

#[test]
fn a_missing_member_makes_it_no_easier_for_the_others() {
    let release = two(accuracy(0.8, 0.9, 1.0), Finding::Started);
    assert_eq!(states(&release), [GateState::Undecided, GateState::Crashed]);
    let release = two(accuracy(0.8, 0.9, 1.0), Finding::NotMeasured("no rows".to_owned()));
    assert_eq!(states(&release), [GateState::Undecided; 2]);
}

#[test]
fn a_missed_bar_stays_no_go_and_an_exact_number_is_no_member() {
    let release = two(accuracy(0.7, 0.75, 0.8), accuracy(0.9, 0.9, 0.9));
    assert_eq!(states(&release), [GateState::NoGo, GateState::Go]);
    assert_eq!(release.decide().rows[1].note, "");
    assert!(release.decide().rows[0].note.starts_with("Holm over 1:"));
}
