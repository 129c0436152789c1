//! Rows that no judged group holds: what they could turn does not read as GO. Small groups that are judged together.

use std::collections::BTreeSet;

use andon::judge::{Bar, Measurement, Verdict};
use andon::policy::GateId;
use andon::{Attribute, Facts, Frame, Matrix, Sample, Score, Tally, measure};

use crate::part::{POLICY, parts, release};

/// A group with its rows: those with a positive answer, and those with a negative one.
type Group = (&'static str, usize, usize);

/// Two sizes, which every second row has.
fn size(rows: usize) -> Attribute {
    let sizes: Vec<String> = ["small", "large"].map(str::to_owned).into();
    Attribute {
        name: "size".to_owned(),
        groups: sizes.clone(),
        judged: sizes,
        group_of: (0..rows).map(|row| row % 2).collect(),
    }
}

/// The measurement of a question about sex, of which women and men are judged, also within two sizes that are the same
/// in every group. Every label is 1.
fn asked(question: &str, groups: &[Group], reason: bool) -> Measurement {
    let mut scores = Vec::new();
    let mut group_of = Vec::new();
    for (place, (_, positive, negative)) in groups.iter().enumerate() {
        scores.extend(std::iter::repeat_n(9_000, *positive).chain(std::iter::repeat_n(1_000, *negative)));
        group_of.extend(std::iter::repeat_n(place, positive + negative));
    }
    let names = |names: &mut dyn Iterator<Item = &'static str>| names.map(str::to_owned).collect::<Vec<_>>();
    let sex = Attribute {
        name: "sex".to_owned(),
        groups: names(&mut groups.iter().map(|group| group.0)),
        judged: names(&mut ["women", "men"].into_iter()),
        group_of,
    };
    let rows = scores.len();
    let frame = Frame {
        features: Vec::new(),
        matrix: Matrix::new(1),
        labels: vec![true; rows],
        attributes: vec![sex],
        persons: Vec::new(),
    };
    let scores: Vec<Score> = scores.into_iter().map(|score: u16| Score::try_from(score).unwrap()).collect();
    let sample = Sample {
        tally: Tally::count_with_controls(&frame, &[size(rows)], &scores, 1),
        threshold: Score::middle(),
        draws: 200,
        seed: 1,
        minimum_group_rows: 100,
        minimum_denominator: 30,
        unjudged: reason.then(|| "sex".to_owned()).into_iter().collect::<BTreeSet<_>>(),
        cost: None,
        repeats: andon::model::repeats::Repeated::default(),
    };
    let gate = match question.strip_suffix("_given_size") {
        Some(question) => format!("fairness.{question}.sex_given_size"),
        None => format!("fairness.{question}.sex"),
    };
    measure(&GateId::try_from(gate).unwrap(), &sample).unwrap().unwrap()
}

/// The verdict on disparate impact under the four-fifths rule.
fn impact(groups: &[Group], reason: bool) -> Verdict {
    Bar::at_least(0.8, "four-fifths rule").judge(&asked("disparate_impact", groups, reason))
}

const MEN: Group = ("men", 1_500, 100);

#[test]
fn denied_women_entered_as_undisclosed_never_go_even_with_a_reason() {
    assert_eq!(impact(&[("women", 210, 90), MEN], false), Verdict::NoGo);
    let hidden = [("women", 210, 5), MEN, ("undisclosed", 0, 85)];
    for reason in [false, true] {
        let measured = asked("disparate_impact", &hidden, reason);
        assert!(measured.value() > 0.95, "{measured}");
        assert_eq!(impact(&hidden, reason), Verdict::Undecided, "{measured}");
        let difference = asked("equal_opportunity_difference", &hidden, reason);
        assert_eq!(Bar::at_most(0.1, "test").judge(&difference), Verdict::Undecided, "{difference}");
    }
    let part = asked("disparate_impact", &hidden, false).parts().last().unwrap().clone();
    assert_eq!(
        (part.name.as_str(), part.n),
        ("in no judged group (4.47 % of the rows), in their worst assignment", 85)
    );
    assert!((part.value - (210.0 / 300.0) / (1_500.0 / 1_600.0)).abs() < 1e-12, "{part:?}");
}

#[test]
fn a_few_rows_that_turn_nothing_need_no_reason() {
    assert_eq!(impact(&[("women", 280, 20), MEN, ("undisclosed", 14, 1)], false), Verdict::Go);
    assert_eq!(impact(&[("women", 280, 20), MEN], false), Verdict::Go);
}

#[test]
fn a_reason_excuses_the_interval_of_under_two_percent_and_not_the_value() {
    // The worst assignment gives 0.84, and its interval reaches below 0.8.
    let few = [("women", 150, 10), MEN, ("undisclosed", 0, 30)];
    assert_eq!((impact(&few, false), impact(&few, true)), (Verdict::Undecided, Verdict::Go));
    // It gives 0.78.
    let women_of_fewer = [("women", 120, 10), MEN, ("undisclosed", 0, 35)];
    assert_eq!(
        (impact(&women_of_fewer, false), impact(&women_of_fewer, true)),
        (Verdict::Undecided, Verdict::Undecided)
    );
    // 2.1 % of the rows.
    let more = [("women", 150, 10), MEN, ("undisclosed", 0, 38)];
    assert_eq!((impact(&more, false), impact(&more, true)), (Verdict::Undecided, Verdict::Undecided));
}

#[test]
fn a_group_of_the_data_that_the_policy_does_not_list_is_compared_too() {
    // Half of these people are denied; assigned to the men they would hardly show.
    let others = [("women", 1_400, 100), MEN, ("others", 60, 60)];
    assert_eq!(impact(&others, false), Verdict::Undecided);
    assert_eq!(Bar::at_least(0.7, "test").judge(&asked("selection_rate", &others, true)), Verdict::Undecided);
    let given = asked("disparate_impact_given_size", &others, true);
    assert_eq!(Bar::at_least(0.8, "four-fifths rule").judge(&given), Verdict::Undecided, "{given}");
    // The scores of the others are 0.5 off, those of women and men 0.15.
    let error = asked("calibration_within_groups", &others, true);
    assert!(error.value() < 0.2 && error.interval().1 > 0.49, "{error}");
    assert_eq!(Bar::at_most(0.3, "test").judge(&error), Verdict::Undecided, "{error}");
}

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
    let measured = measure(&"fairness.disparate_impact.site".to_owned().try_into().unwrap(), &judged.sample);
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
