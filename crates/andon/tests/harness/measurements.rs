//! Every measurement: the same bits in any order, chunks and number of threads; and no number where there is none.

use std::collections::BTreeSet;

use andon::families::{GROUP_STATISTICS, STATISTICS};
use andon::judge::Measurement;
use andon::measure::table::{LabelledScore, coarse};
use andon::policy::{Cost, GateId};
use andon::{Attribute, Frame, Matrix, Sample, Score, Tally, measure};
use proptest::prelude::*;

/// Two protected attributes, a control feature, label and score.
type Row = (usize, usize, usize, bool, u16);

const SUBJECTS: [&str; 5] = ["race", "race_and_sex", "race_against_b", "race_given_units", "sex_against_m_given_units"];

fn attribute(name: &str, groups: &[&str], group_of: Vec<usize>) -> Attribute {
    let groups: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
    Attribute { name: name.to_owned(), judged: groups.clone(), groups, group_of }
}

fn tally(rows: &[Row], threads: usize) -> Tally {
    let column = |of: fn(&Row) -> usize| rows.iter().map(of).collect::<Vec<_>>();
    let race = attribute("race", &["a", "b", "c"], column(|row| row.0));
    let sex = attribute("sex", &["f", "m"], column(|row| row.1));
    let units = attribute("units", &["one", "more"], column(|row| row.2));
    let scores: Vec<Score> = rows.iter().map(|row| Score::try_from(row.4).unwrap()).collect();
    let labels = rows.iter().map(|row| row.3).collect();
    let frame = Frame {
        features: Vec::new(),
        matrix: Matrix::new(1),
        labels,
        attributes: vec![race, sex],
        persons: Vec::new(),
    };
    Tally::count_with_controls(&frame, &[units], &scores, threads)
}

fn sample(tally: Tally) -> Sample {
    let cost = Some(Cost { false_positive: 3.0, false_negative: 1.0, true_positive: -0.5, true_negative: 0.0 });
    let threshold = Score::middle();
    Sample {
        tally,
        threshold,
        draws: 200,
        seed: 4,
        minimum_group_rows: 2,
        minimum_denominator: 2,
        unjudged: BTreeSet::new(),
        cost,
        repeats: andon::model::repeats::Repeated::default(),
    }
}

fn every_gate() -> Vec<GateId> {
    let all = STATISTICS.iter().map(|(family, question, _)| format!("{family}.{question}"));
    let by_groups = GROUP_STATISTICS
        .iter()
        .flat_map(|(question, _)| SUBJECTS.map(|subject| format!("fairness.{question}.{subject}")));
    all.chain(by_groups).map(|id| GateId::try_from(id).unwrap()).collect()
}

/// Every measurement's bits, or why there is none.
fn bits(tally: Tally) -> Vec<Result<[u64; 3], String>> {
    let sample = sample(tally);
    let of = |m: Measurement| [m.value(), m.interval().0, m.interval().1].map(f64::to_bits);
    every_gate().iter().map(|gate| measure(gate, &sample).unwrap().map(of).map_err(|why| why.0)).collect()
}

fn any_row() -> impl Strategy<Value = Row> {
    (0..3_usize, 0..2_usize, 0..2_usize, any::<bool>(), 1..10_000_u16)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn chunks_in_any_order_give_every_measurement_the_same_bits(
        rows in proptest::collection::vec(any_row(), 1..400), cut in 0_usize..400, turn in 0_usize..400
    ) {
        let (head, tail) = rows.split_at(cut.min(rows.len()));
        let mut merged = tally(tail, 1);
        merged.add(&tally(head, 1)).unwrap();
        let mut turned = rows.clone();
        turned.rotate_left(turn % rows.len());
        let whole = bits(tally(&rows, 1));
        prop_assert_eq!(&whole, &bits(merged));
        prop_assert_eq!(&whole, &bits(tally(&turned, 1)));
    }
}

/// Enough rows for several threads, from a stream of numbers.
fn many(rows: u64) -> Vec<Row> {
    let mix =
        |row: u64| (row + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let row = |row: u64| {
        let bits = mix(row);
        let score = (bits >> 40) % 9_999 + 1;
        let label = score + (bits >> 20) % 6_000 > 7_000;
        ((bits % 3) as usize, (bits >> 8) as usize % 2, (bits >> 12) as usize % 2, label, score as u16)
    };
    (0..rows).map(row).collect()
}

#[test]
fn any_number_of_threads_gives_every_measurement_the_same_bits() {
    let rows = many(210_000);
    let one = tally(&rows, 1);
    for threads in [2, 3, 8] {
        assert_eq!(one, tally(&rows, threads), "{threads} threads");
    }
    // Twice, as the draws run on threads too.
    let first = bits(one.clone());
    assert_eq!(first, bits(one));
    assert!(
        first.iter().filter(|measured| measured.is_ok()).count() >= STATISTICS.len() + GROUP_STATISTICS.len(),
        "{first:?}"
    );
}

/// Intervals of large tallies are taken on coarse scores: they must be those of the exact scores, nearly.
#[test]
fn coarse_scores_move_no_interval_by_more_than_a_tenth_of_its_width() {
    let sample = sample(tally(&many(30_000), 1));
    let (entries, counts): (Vec<LabelledScore>, Vec<u64>) = sample.tally.entries();
    let (coarse, _) = coarse(&entries, &counts);
    assert!(entries.len() > 10_000 && coarse.len() <= 1_000, "{} {}", entries.len(), coarse.len());
    let brier = |counts: &[u64]| {
        let miss = |label: bool, score: usize| if label { 10_000 - score } else { score } as f64 / 1e4;
        let sum: f64 = entries.iter().zip(counts).map(|(e, n)| *n as f64 * miss(e.label, e.score).powi(2)).sum();
        Some(sum / counts.iter().sum::<u64>() as f64)
    };
    let (low, high) = andon::statistics::bootstrap::bca(&counts, 1_000, 4, brier).unwrap();

    let id = GateId::try_from("accuracy.brier".to_owned()).unwrap();
    let measured = measure(&id, &Sample { draws: 1_000, ..sample }).unwrap().unwrap();
    let (coarse_low, coarse_high) = measured.interval();
    let tenth = 0.1 * (high - low);
    assert!((low - coarse_low).abs() < tenth && (high - coarse_high).abs() < tenth, "{low} {high} {measured}");
}

fn undefined(gate: &str, rows: &[Row]) -> String {
    let id = GateId::try_from(gate.to_owned()).unwrap();
    measure(&id, &sample(tally(rows, 1))).unwrap().unwrap_err().0
}

#[test]
fn what_is_undefined_is_not_measured() {
    let row = |race: usize, label: bool, score: u16| (race, 0, 0, label, score);
    let groups = |label: bool, score: u16| -> Vec<Row> { (0..30).map(|at| row(at % 3, label, score)).collect() };
    let (no_positive, nobody, everybody) = (groups(false, 9_000), groups(true, 100), groups(true, 9_000));
    assert!(undefined("accuracy.auc", &no_positive).contains("one label is absent"));
    assert!(undefined("accuracy.recall", &no_positive).contains("no label is 1"));
    assert!(undefined("accuracy.f1", &no_positive).contains("undefined"));
    assert!(undefined("accuracy.precision", &nobody).contains("nobody is selected"));
    assert!(undefined("accuracy.mcc", &everybody).contains("are the same"));
    assert!(undefined("calibration.slope", &everybody).contains("do not vary"));
    assert!(undefined("fairness.disparate_impact.race", &nobody).contains("nobody is selected"));
    assert!(
        undefined("fairness.demographic_parity_difference.race", &nobody).contains("of the rows nobody is selected")
    );
    let none_of_both: Vec<Row> = (0..60).map(|at| row(at % 3, at % 2 == 0, 100)).collect();
    for question in ["equal_opportunity_difference", "equalized_odds_difference"] {
        let nobody = undefined(&format!("fairness.{question}.race"), &none_of_both);
        assert!(nobody.contains("of the rows with label 1 nobody is selected"), "{question}: {nobody}");
    }
    assert!(undefined("fairness.equal_opportunity_difference.race", &no_positive).contains("0 rows with label 1"));
    assert!(undefined("fairness.predictive_parity_difference.race", &no_positive).contains("nobody is with label 1"));
    assert!(undefined("fairness.predictive_parity_difference.race", &nobody).contains("0 rows answered positively"));
    assert!(undefined("fairness.disparate_impact.race_given_units", &everybody).contains("do not vary"));
    assert!(undefined("fairness.disparate_impact.race_and_sex", &everybody).contains("has 0 rows"));
    assert!(undefined("fairness.disparate_impact.race_against_d", &everybody).contains("not a judged group"));
    assert!(undefined("fairness.disparate_impact.race_given_height", &everybody).contains("no such control feature"));
    assert!(undefined("fairness.disparate_impact.height", &everybody).contains("not a protected attribute"));
    assert!(undefined("accuracy.accuracy", &[]).contains("no rows"));
}
