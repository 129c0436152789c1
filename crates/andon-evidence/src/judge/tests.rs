use super::*;
use proptest::prelude::*;

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![4 => -2.0..2.0, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY), 1 => Just(f64::NEG_INFINITY)]
}

proptest! {
    #[test]
    fn go_needs_finite_numbers_rows_and_a_cleared_bar(
        value in any_number(), low in any_number(), high in any_number(), bar in -1.0..1.0, n in 0_u64..3
    ) {
        // As read from a file: the constructor's checks are bypassed.
        let measurement = Measurement { value, low, high, unit: Unit::Score, n, parts: Vec::new(), asked: None };
        let sound = n > 0 && [value, low, high].iter().all(|x| x.is_finite()) && low <= high;
        let least = Bar::at_least(bar, "test").judge(&measurement);
        let most = Bar::at_most(bar, "test").judge(&measurement);
        prop_assert_eq!(least == Verdict::Go, sound && value >= bar && low >= bar);
        prop_assert_eq!(most == Verdict::Go, sound && value <= bar && high <= bar);
    }
}

fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::NoGo => 0,
        Verdict::Undecided => 1,
        Verdict::Go => 2,
    }
}

proptest! {
    #[test]
    fn a_better_measurement_never_reads_worse(
        value in -1.0..1.0, below in 0.0..0.5, above in 0.0..0.5, gains in (0.0..0.5_f64, 0.0..0.5_f64), bar in -1.5..1.5
    ) {
        let judged = |value: f64, (low, high): (f64, f64)| {
            let up = Measurement::with_interval(value, (low, high), Unit::Score, 9).unwrap();
            let down = Measurement::with_interval(-value, (-high, -low), Unit::Score, 9).unwrap();
            [Bar::at_least(bar, "test").judge(&up), Bar::at_most(-bar, "test").judge(&down)].map(rank)
        };
        let before = judged(value, (value - below, value + above));
        prop_assert_eq!(before[0], before[1], "one direction is the other's mirror image");
        let low = f64::min(value - below + gains.1, value + above);
        let after = judged(value + gains.0, (low, value + above));
        prop_assert!(after[0] >= before[0] && after[1] >= before[1]);
    }
}

#[test]
fn a_part_that_is_nan_is_undecided() {
    let part = Part { name: "one".to_owned(), value: f64::NAN, n: 3 };
    let measurement = Measurement::exact(1.0, Unit::Ratio, 3).unwrap().with_parts(vec![part]);
    assert_eq!(Bar::at_least(0.5, "test").judge(&measurement), Verdict::Undecided);
}

#[test]
fn deciding_on_the_point_ignores_the_interval() {
    let measurement = Measurement::with_interval(0.8, (0.1, 0.9), Unit::Ratio, 3).unwrap();
    let mut bar = Bar::at_least(0.8, "test");
    assert_eq!(bar.judge(&measurement), Verdict::Undecided);
    bar.decide_on = DecideOn::Point;
    assert_eq!(bar.judge(&measurement), Verdict::Go);
}

#[test]
fn asked_rows_that_do_not_add_up_are_undecided() {
    let measured = Measurement::exact(0.0, Unit::Count, 3).unwrap();
    let judge = |asked| Bar::at_most(0.0, "test").judge(&measured.clone().with_asked(asked));
    assert_eq!(judge(Some(Asked { rows: 12, drawn: 10, of: 20, kind: AskedKind::Rows })), Verdict::Go);
    for (rows, drawn, of) in [(12, 0, 20), (9, 10, 20), (21, 10, 20)] {
        assert_eq!(judge(Some(Asked { rows, drawn, of, kind: AskedKind::NegativeAnswers })), Verdict::Undecided);
    }
}

/// Of 10 expected rows fewer than 5 are drawn with a probability of 2.9 % (Poisson):
/// e^-10 (1 + 10 + 50 + 166.7 + 416.7).
#[test]
fn a_triple_needs_five_drawn_rows_to_show() {
    let asked = Asked { rows: 20_000, drawn: 20_000, of: 1_000_000, kind: AskedKind::Triples };
    assert!((asked.greatest_missed_share() - 0.0005).abs() < 1e-12);
    let text = "of 1,000,000 rows 20,000 were asked about triples of values: a triple that fewer than 5 of them have is in \
                fewer than 10 of 20,000, with 95 %";
    assert_eq!(asked.to_string(), text);
    let json = r#"{"rows":20000,"drawn":20000,"of":1000000,"kind":"triples"}"#;
    assert_eq!(serde_json::to_string(&asked).unwrap(), json);
}
