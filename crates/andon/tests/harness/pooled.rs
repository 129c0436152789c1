//! Small groups that are judged together.

use andon::Facts;

use crate::part::{POLICY, parts, release};

/// 30 parts of the south and 40 of the north, the rest of the east.
fn few() -> String {
    let mut seen = [0, 0];
    let line = |line: &str| {
        let small = [",north,", ",south,"].iter().position(|site| line.contains(site));
        let Some(at) = small else { return format!("{line}\n") };
        seen[at] += 1;
        let keeps = seen[at] <= [40, 30][at];
        format!("{}\n", if keeps { line.to_owned() } else { line.replace([",north,", ",south,"][at], ",east,") })
    };
    parts(600).lines().map(line).collect()
}

fn pooled(least: u64) -> String {
    let policy = POLICY.replace(
        "protected = { site = [\"east\", \"north\", \"south\"] }",
        "protected = { site = [\"east\", \"small\"] }\n\
         pooled = { site = { small = { groups = [\"north\", \"south\"], why = \"too few of either to judge\" } } }",
    );
    policy.replace("minimum_group_rows = 20", &format!("minimum_group_rows = {least}"))
}

#[test]
fn small_groups_are_judged_together_under_their_name_and_counted_on_the_card() {
    let folder = tempfile::tempdir().unwrap();
    let release = release(folder.path(), &pooled(50), &few());
    let judged = release.judged().unwrap();
    let site = &judged.frame.attributes[0];
    assert_eq!(site.groups, ["east", "small"]);
    assert_eq!(site.group_of.iter().filter(|place| **place == 1).count(), 70);
    let measured = andon::measure(&"fairness.disparate_impact.site".to_owned().try_into().unwrap(), &judged.sample);
    let measured = measured.unwrap().unwrap();
    assert!(measured.parts().iter().any(|part| part.name.contains("small") && part.n == 70), "{measured:?}");
    let facts = Facts::collect(&release, judged).unwrap();
    assert_eq!(facts.pool_in_words("site", "small"), "north 40, south 30");
}

#[test]
fn a_pool_that_hides_a_group_with_enough_rows_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = release(folder.path(), &pooled(40), &few()).judged().unwrap_err().to_string();
    for told in ["`small` hides `north`", "40 rows", "minimum_group_rows is 40", "data.protected.site"] {
        assert!(error.contains(told), "{told} in {error}");
    }
}
