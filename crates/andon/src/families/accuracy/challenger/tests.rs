//! Comparisons by hand, against NumPy, and the pairing of rows.

use super::*;
use proptest::prelude::*;

fn score(share: f64) -> Score {
    Score::nearest(share).unwrap()
}

fn pairs(rows: &[(f64, f64, bool)]) -> Vec<PairedScores> {
    let pair = |(candidate, champion, label): &(f64, f64, bool)| PairedScores {
        candidate: score(*candidate),
        label: *label,
        champion: score(*champion),
    };
    rows.iter().map(pair).collect()
}

fn by(pairs: &[PairedScores], by: Metric) -> Measured {
    compared(pairs, (score(0.5), score(0.4)), by, (400, 1))
}

/// Four rows, ten times each. Answers at 0.5 and 0.4: the candidate is right on all, the champion on rows 1 and 3.
#[test]
fn each_comparison_by_hand() {
    let rows = [(0.9, 0.8, true), (0.6, 0.3, true), (0.2, 0.1, false), (0.4, 0.6, false)];
    let pairs: Vec<PairedScores> = (0..10).flat_map(|_| pairs(&rows)).collect();
    let accuracy = by(&pairs, Metric::Accuracy).unwrap();
    assert!((accuracy.value() - 0.5).abs() < 1e-12 && accuracy.n() == 40, "{accuracy}");
    // Candidate 4 of 4 pairs of labels in order; champion 3 of 4.
    assert!((by(&pairs, Metric::Auc).unwrap().value() - 0.25).abs() < 1e-12);
    // (0.04 + 0.49 + 0.01 + 0.36) / 4 - (0.01 + 0.16 + 0.04 + 0.16) / 4.
    let brier = by(&pairs, Metric::Brier).unwrap();
    assert!((brier.value() - (0.225 - 0.0925)).abs() < 1e-12, "{brier}");
    let parts: Vec<f64> = brier.parts().iter().map(|part| part.value).collect();
    assert!((parts[0] - 0.0925).abs() < 1e-12 && (parts[1] - 0.225).abs() < 1e-12);
}

/// 300 rows, of which the candidate wins 30 and loses 12. NumPy 2.4.6, 20,000 draws of rows: 0.0200 to 0.1033.
#[test]
fn the_interval_is_that_of_a_paired_difference() {
    let rows = |n: usize, row| std::iter::repeat_n(row, n);
    let all: Vec<_> =
        rows(30, (0.9, 0.1, true)).chain(rows(12, (0.1, 0.9, true))).chain(rows(258, (0.9, 0.8, true))).collect();
    let measured = compared(&pairs(&all), (score(0.5), score(0.5)), Metric::Accuracy, (4_000, 7)).unwrap();
    let (low, high) = measured.interval();
    assert!((measured.value() - 0.06).abs() < 1e-12);
    assert!((low - 0.0200).abs() < 0.004 && (high - 0.1033).abs() < 0.004, "{low} {high}");
}

#[test]
fn models_that_no_row_tells_apart_differ_by_exactly_nothing() {
    let same = pairs(&[(0.9, 0.9, true), (0.2, 0.2, false)]);
    for metric in [Metric::Accuracy, Metric::Auc, Metric::Brier] {
        let measured = by(&same, metric).unwrap();
        assert!(measured.is_exact() && measured.value().to_bits() == 0, "{metric:?}");
    }
    let one_label = pairs(&[(0.9, 0.8, true)]);
    assert!(by(&one_label, Metric::Auc).is_err() && by(&[], Metric::Accuracy).is_err());
}

#[test]
fn rows_are_paired_by_id_and_label_and_ids_must_name_one_row() {
    let line = |id: &str, label, share| Line { id: id.to_owned(), label, score: score(share) };
    let ours = [line("a", true, 0.1), line("b", true, 0.2), line("new", false, 0.3)];
    let theirs = [line("b", true, 0.5), line("a", false, 0.6), line("gone", true, 0.7)];
    assert_eq!(common(&ours, &theirs).unwrap(), pairs(&[(0.2, 0.5, true)]));
    let twice = [line("a", true, 0.1), line("a", true, 0.2)];
    assert!(common(&ours, &twice).is_err() && common(&twice, &ours).is_err());
}

#[test]
fn scores_that_cannot_be_read_are_not_measured() {
    let good = b"id,label,score\n\"a,b\",true,5000\n";
    assert_eq!(read(good).unwrap(), [Line { id: "a,b".to_owned(), label: true, score: score(0.5) }]);
    for bad in
        ["id,label,score\na,true,0\n", "id,label,score\na,true\n", "id,score\na,5000\n", "id,label,score\na,2,1\n"]
    {
        assert!(read(bad.as_bytes()).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn who_gains_is_what_the_other_loses(
        rows in prop::collection::vec((0.01..0.99_f64, 0.01..0.99_f64, any::<bool>()), 10..40)
    ) {
        let half = (score(0.5), score(0.5));
        let swapped: Vec<_> = rows.iter().map(|(ours, theirs, label)| (*theirs, *ours, *label)).collect();
        for metric in [Metric::Accuracy, Metric::Auc, Metric::Brier] {
            let (rows, counts) = counted(&pairs(&rows));
            let (other_rows, other_counts) = counted(&pairs(&swapped));
            let ours = ModelScores::new(&rows, |pair| pair.candidate, half.0).value(metric, &counts);
            let same = ModelScores::new(&other_rows, |pair| pair.champion, half.1).value(metric, &other_counts);
            prop_assert_eq!(ours, same);
        }
    }
}

/// Rows are paired by what they hold; a row that stands elsewhere in the file keeps its name.
#[test]
fn rows_without_an_id_are_named_by_what_they_hold() {
    let row = |size: f64| vec![("size", Cell::Number(size)), ("city", Cell::Text("Bern".into()))];
    let name = |rows: &[f64]| {
        let mut names = RowNames { id: None, seen: BTreeMap::new() };
        rows.iter().map(|size| names.name(&row(*size))).collect::<Vec<_>>()
    };
    let names = name(&[1.0, 2.0, 1.0]);
    let moved = name(&[2.0, 1.0, 1.0]);
    assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), 3, "equal rows are counted");
    assert_eq!((&names[0], &names[1], &names[2]), (&moved[1], &moved[0], &moved[2]));
    let mut by_id = RowNames { id: Some("city"), seen: BTreeMap::new() };
    assert_eq!(by_id.name(&row(1.0)), "Bern");
}
