//! Leaks on few rows: a value that only one label has. It hardly moves an area under the curve, and it lifts accuracy.

use andon_evidence::judge::{Asked, AskedKind, Measurement, NotMeasured, Part, Unit};

use crate::data::frame::Frame;
use crate::families::contract::label_questions::{Counts, Question, Sorted, bands, digits, levels, pairs, values};
use crate::families::contract::triples::{asked_about, triples};
use crate::measure::sample::{MAX_NAMED_PARTS, Measured};
use crate::statistics::tails::hypergeometric;

/// The error over all questions together.
const ERROR: f64 = 0.025;

/// The error of one side of a triple.
const SIDE_ERROR: f64 = 0.001;

/// Odds of nineteen to one: nineteen rows of twenty have the label. A leak changes the odds by this factor.
const MIN_ODDS_RATIO: f64 = 19.0;

/// The number of values and patterns of the features that give the label away. The parts name them, the least probable
/// first, with the number of their rows that have the label.
///
/// The questions are
/// * each value of a number, against the hundred rows that are next to it on each side in the order of that number;
/// * each band of 8, 16, 32 and 64 rows in that order, likewise;
/// * the last two digits of a number, against all other rows;
/// * each category, each value of a number that has few, the missing value, and each group of a protected attribute,
///   against all other rows;
/// * each pair of such values and of tenths of a number, and each of them with each protected group: against the other
///   rows that have the one, and against the other rows that have the other;
/// * each triple of them, against the rows that share two of the three or have the next part of a number: tenths and
///   fifths of numbers, in two positions each (`triples.rs`). Of more than 20,000 rows so many are asked, those with
///   the smallest hash by this seed.
///
/// The answer is a leak if the odds of a label are 19 times those of the rows it is compared with, beyond chance:
/// Fisher's exact test with an error of 2.5 % over all questions (Bonferroni over the five kinds and over the questions
/// of a kind). Features that take few values are often strong for a good reason, and so are the ends of a range: of
/// these rows, of pairs and of triples 19 of 20 must have the label. The rows beside a triple have three sides, by the
/// two levels that they share. Each side must have those odds by itself and differ at an error of 0.1 %, and the rows
/// of it that share the two levels exactly, and are not near in the third, must have those odds, so that a pair that is
/// strong for a good reason makes no leak of its triples.
///
/// # Errors
/// Not measured without a feature, or when one label is absent.
pub fn value_leakage(frame: &Frame, seed: u64) -> Measured {
    let n = frame.labels.len() as u64;
    let positives = frame.labels.iter().filter(|label| **label).count() as u64;
    if frame.features.is_empty() || positives == 0 || positives == n {
        return Err(NotMeasured(format!("{} features, and {positives} of {n} labels are 1", frame.features.len())));
    }
    let mut leaks = Vec::new();
    let [mut of_values, mut of_bands, mut of_digits, mut of_pairs, mut of_triples] = [const { Questions::none() }; 5];
    for sorted in Sorted::quantities(frame) {
        values(&sorted, &mut |question| of_values.ask(question));
        bands(&sorted, &mut |question| of_bands.ask(question));
        digits(&sorted).into_iter().for_each(|question| of_digits.ask(question));
    }
    levels(frame, &mut |question| of_values.ask(question));
    pairs(frame, &mut |question| of_pairs.ask(question));
    let asked = asked_about(frame, seed);
    triples(frame, &asked, &mut |question| of_triples.ask(question));
    for questions in [of_values, of_bands, of_digits, of_pairs, of_triples] {
        let level = ERROR / 5.0 / (2 * questions.count).max(1) as f64;
        leaks.extend(questions.open.iter().filter_map(|question| leak(question, level)));
    }
    leaks.sort_by(|a, b| a.0.total_cmp(&b.0));
    let parts = leaks.iter().take(MAX_NAMED_PARTS).map(|(_, part)| part.clone()).collect();
    let rows = asked.len() as u64;
    let asked = Asked { rows, drawn: rows, of: n, kind: AskedKind::Triples };
    Ok(Measurement::exact(leaks.len() as f64, Unit::Count, n)?.with_parts(parts).with_asked(Some(asked)))
}

/// Questions of one kind: how many were asked, and those that are not answered yet.
struct Questions<'a> {
    count: usize,
    open: Vec<Question<'a>>,
}

impl<'a> Questions<'a> {
    const fn none() -> Self {
        Self { count: 0, open: Vec::new() }
    }

    /// Asks a question. Of most the odds answer it, and only their number stays: whatever the level is, it is no leak.
    fn ask(&mut self, question: Question<'a>) {
        self.count += 1;
        let is_apart = |label| question.beside.iter().all(|side| odds_are_far_apart(question.inside, *side, label));
        if is_apart(true) || is_apart(false) {
            self.open.push(question);
        }
    }
}

/// The probability of the rows by chance, and their part, if they are a leak of either label.
fn leak(question: &Question, level: f64) -> Option<(f64, Part)> {
    let either = [true, false].into_iter().filter_map(|label| {
        let inside = question.inside.hits(label);
        if question.must_be_pure && 20 * inside < 19 * question.inside.rows {
            return None;
        }
        let chance = question.beside.iter().map(|beside| chance(question.inside, *beside, label));
        let chance = chance.fold(0.0, f64::max);
        let by_side = |side: &Counts| self::chance(question.inside, *side, label) < SIDE_ERROR;
        let is_apart = |rows: &Counts| odds_are_far_apart(question.inside, *rows, label);
        if chance >= level || !question.sides.iter().all(by_side) || !question.sharing.iter().all(is_apart) {
            return None;
        }
        let name = || format!("{}, label {}", (question.name)(), u8::from(label));
        let part = || Part { name: name(), value: inside as f64, n: question.inside.rows };
        Some((chance, part()))
    });
    either.min_by(|a, b| a.0.total_cmp(&b.0))
}

/// The probability by chance that so many of these rows have the label, given the rows beside; 1 if the odds are not
/// far apart.
fn chance(inside: Counts, beside: Counts, label: bool) -> f64 {
    if !odds_are_far_apart(inside, beside, label) {
        return 1.0;
    }
    let hits = inside.hits(label);
    hypergeometric(hits, inside.rows, hits + beside.hits(label), inside.rows + beside.rows)
}

/// True if the odds of the label are 19 times those of the rows beside.
fn odds_are_far_apart(inside: Counts, beside: Counts, label: bool) -> bool {
    // Half a row in each cell (Haldane 1940), so that no odds are infinite.
    let odds = |counts: Counts| (counts.hits(label) as f64 + 0.5) / (counts.hits(!label) as f64 + 0.5);
    odds(inside) >= MIN_ODDS_RATIO * odds(beside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::frame::Attribute;
    use crate::data::matrix::MISSING;
    use crate::families::contract::label_questions::MIN_ROWS;
    use crate::families::contract::rows::frame;

    /// A deterministic stream of whole numbers below a limit.
    fn stream() -> impl FnMut(u64) -> u64 {
        let mut state = 11_u64;
        move |limit| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % limit
        }
    }

    fn honest() -> Frame {
        honest_rows(2_000)
    }

    /// Rows with an amount, a flag that denies one in two, a number of parts, a group; one in eight is denied.
    fn honest_rows(rows: usize) -> Frame {
        let mut random = stream();
        let mut columns = [const { Vec::new() }; 3];
        let mut labels = Vec::new();
        let mut group_of = Vec::new();
        for _ in 0..rows {
            let amount = random(20_000) as f64 / 4.0;
            let flag = random(15) == 0;
            [amount, f64::from(u8::from(flag)), random(5) as f64]
                .into_iter()
                .zip(&mut columns)
                .for_each(|(value, column)| column.push(value));
            labels.push(random(if flag { 2 } else { 9 }) > 0 && amount > 200.0 - random(400) as f64);
            group_of.push(random(3) as usize);
        }
        let [amount, flag, parts] = &columns;
        let mut frame = frame(&[("amount", amount), ("flag", flag), ("parts", parts)], &labels);
        let groups: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
        frame.attributes = vec![Attribute { name: "group".to_owned(), judged: groups.clone(), groups, group_of }];
        frame
    }

    /// The honest rows with other values in one column of every `each`th denied row that is allowed.
    fn planted(place: usize, each: usize, allowed: fn(&Frame, usize) -> bool, value: fn(f64) -> f64) -> Frame {
        let honest = honest();
        let denied: Vec<usize> =
            (0..2_000).filter(|row| !honest.labels[*row] && allowed(&honest, *row)).step_by(each).collect();
        let mut frame = Frame { matrix: crate::data::matrix::Matrix::new(3), ..honest.clone() };
        for row in 0..2_000 {
            let mut values = honest.matrix.row(row).to_vec();
            if denied.contains(&row) {
                values[place] = value(values[place]);
            }
            frame.matrix.push(&values);
        }
        frame
    }

    fn first(frame: &Frame) -> String {
        value_leakage(frame, 1).unwrap().parts().first().map(|part| part.name.clone()).unwrap_or_default()
    }

    #[test]
    fn an_honest_strong_flag_is_no_leak() {
        assert_eq!(first(&honest()), "");
    }

    #[test]
    fn a_value_on_few_rows_is_a_leak() {
        assert_eq!(first(&planted(0, 10, |_, _| true, |_| 1_234.25)), "amount = 1234.25, label 0");
        assert_eq!(first(&planted(2, 20, |_, _| true, |_| 7.0)), "parts = 7, label 0");
        assert_eq!(first(&planted(0, 20, |_, _| true, |_| MISSING)), "amount missing, label 0");
    }

    #[test]
    fn digits_and_narrow_bands_are_leaks() {
        let digits = planted(0, 4, |_, _| true, |amount| amount.floor() + 0.37);
        let digits = value_leakage(&digits, 1).unwrap();
        assert!(digits.parts().iter().any(|part| part.name == "amount ends in the digits 37, label 0"), "{digits}");
        let band = first(&planted(0, 10, |_, _| true, |amount| 3_000.0 + (amount / 250.0).floor() / 4.0));
        assert!(band.starts_with("amount from ") && band.ends_with("label 0"), "{band}");
    }

    #[test]
    fn pairs_of_values_and_a_value_in_one_group_are_leaks() {
        let pair = planted(2, 3, |frame, row| frame.matrix.row(row)[0] < 1_000.0, |_| 2.0);
        assert_eq!(first(&pair), "", "half of the rows of a pair are no leak");
        let in_group = |frame: &Frame, row: usize| frame.attributes[0].group_of[row] == 1;
        let mut frame = planted(2, 1, in_group, |_| 3.0);
        for row in 0..2_000 {
            frame.labels[row] &=
                !(in_group(&frame, row) && frame.matrix.row(row)[2] > 2.5 && frame.matrix.row(row)[2] < 3.5);
        }
        assert_eq!(first(&frame), "parts = 3 and group = b, label 0");
    }

    #[test]
    fn a_triple_that_one_label_has_is_a_leak() {
        let mut frame = honest();
        let is_inside = |frame: &Frame, row: usize| {
            let values = frame.matrix.row(row);
            (900.0..1_600.0).contains(&values[0]) && values[2] > 2.5 && values[2] < 3.5
        };
        let rows: Vec<usize> =
            (0..2_000).filter(|row| is_inside(&frame, *row) && frame.attributes[0].group_of[*row] == 1).collect();
        assert!((10..30).contains(&rows.len()), "{} rows", rows.len());
        rows.iter().for_each(|row| frame.labels[*row] = false);
        let found = first(&frame);
        assert!(
            found.contains("amount from ") && found.contains("parts = 3 and ") && found.contains("group = b"),
            "{found}"
        );
        // A pair that is strong for a good reason makes no leak of its triples.
        let mut frame = honest();
        (0..2_000)
            .filter(|row| is_inside(&frame, *row))
            .collect::<Vec<_>>()
            .iter()
            .for_each(|row| frame.labels[*row] = false);
        let found = value_leakage(&frame, 1).unwrap();
        assert!(found.parts().iter().all(|part| !part.name.contains("group")), "{found:?}");
    }

    #[test]
    fn triples_of_many_rows_are_asked_of_drawn_ones_in_any_order_and_the_measurement_says_so() {
        let mut frame = honest_rows(21_000);
        for row in 0..21_000 {
            let values = frame.matrix.row(row);
            let is_inside = (1_000.0..1_750.0).contains(&values[0]) && (values[2] - 3.0).abs() < 0.5;
            frame.labels[row] &= !(is_inside && frame.attributes[0].group_of[row] == 1);
        }
        let found = value_leakage(&frame, 1).unwrap();
        let is_triple = |part: &Part| part.name.matches(" and ").count() == 2 && part.name.contains("group = b");
        assert!(found.parts().iter().any(is_triple), "{found:?}");
        let text = found.asked().unwrap().to_string();
        assert!(text.starts_with("of 21,000 rows 20,000 were asked about triples of values"), "{text}");
        assert!(text.contains(&format!("fewer than {MIN_ROWS} of them have")), "{text}");
        assert_eq!(value_leakage(&honest(), 1).unwrap().asked(), None);
        let reversed: Vec<usize> = (0..21_000).rev().collect();
        let drawn = |frame: &Frame| {
            let rows = asked_about(frame, 1).into_iter().map(|row| frame.matrix.row(row).to_vec());
            let mut rows: Vec<Vec<f64>> = rows.collect();
            rows.sort_by(|a, b| a.partial_cmp(b).unwrap());
            rows
        };
        assert_eq!(drawn(&frame), drawn(&frame.select(&reversed)));
    }

    #[test]
    fn shuffled_labels_raise_no_more_alarms_than_the_error_allows() {
        let mut random = stream();
        let mut frame = honest();
        let mut alarms = 0;
        for _ in 0..40 {
            (1..2_000).for_each(|row| frame.labels.swap(row, random(row as u64 + 1) as usize));
            alarms += usize::from(value_leakage(&frame, 1).unwrap().value() > 0.5);
        }
        // One is expected at 2.5 %; more than three have a chance of 2 %.
        assert!(alarms <= 3, "{alarms} of 40");
    }

    #[test]
    fn a_group_that_takes_in_the_denied_is_a_leak() {
        let mut frame = honest();
        frame.attributes[0].groups.push("undisclosed".to_owned());
        for row in 0..2_000 {
            if !frame.labels[row] && frame.attributes[0].group_of[row] == 0 {
                frame.attributes[0].group_of[row] = 3;
            }
        }
        assert_eq!(first(&frame), "group = undisclosed, label 0");
    }

    #[test]
    fn one_label_is_not_measured() {
        let one = frame(&[("a", &[1.0, 2.0])], &[true, true]);
        assert!(value_leakage(&one, 1).is_err() && value_leakage(&frame(&[], &[true, false]), 1).is_err());
    }
}
