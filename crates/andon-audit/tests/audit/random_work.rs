use andon_audit::{Selection, Trail, VerifyError, forget, verify};
use proptest::prelude::*;

use crate::{entry, sql, wait};

#[derive(Debug, Clone)]
enum Work {
    Record(u64),
    Forget(u64),
    Reopen,
}

fn work() -> impl Strategy<Value = Vec<Work>> {
    let one = prop_oneof![
        6 => (0..50_u64).prop_map(Work::Record),
        2 => (1..30_u64).prop_map(Work::Forget),
        1 => Just(Work::Reopen),
    ];
    proptest::collection::vec(one, 1..25)
}

/// Decisions and forgettings in the trail after the work.
fn done(path: &std::path::Path, work: &[Work]) -> (u64, u64) {
    let mut trail = Trail::open(path).unwrap();
    let mut decisions = 0;
    for one in work {
        match one {
            Work::Record(number) => decisions += u64::from(wait(trail.record(entry(*number))).is_ok()),
            Work::Forget(sequence) => drop(wait(trail.forget(Selection::Sequence(*sequence), "asked")).unwrap()),
            Work::Reopen => {
                drop(trail);
                trail = Trail::open(path).unwrap();
            }
        }
    }
    (decisions, trail.head().count - decisions)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_trail_verifies_after_any_work_and_no_decision_may_go(work in work(), at in any::<prop::sample::Index>()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trail.db");
        let (decisions, forgettings) = done(&path, &work);
        let verified = verify(&path, None).unwrap();
        prop_assert_eq!((verified.decisions, verified.forgotten), (decisions, forgettings));
        prop_assert_eq!(forget(&path, &Selection::Sequence(1_000), "asked").unwrap(), None);
        if decisions > 0 {
            let delete = format!("DELETE FROM decisions WHERE sequence = (SELECT sequence FROM decisions LIMIT 1 OFFSET {})",
                at.index(decisions as usize));
            sql(&path, &delete);
            let found = matches!(verify(&path, Some(&verified.head)), Err(VerifyError::Broken { .. }));
            prop_assert!(found);
        }
    }
}
