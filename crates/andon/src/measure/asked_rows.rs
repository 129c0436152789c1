//! The rows that are asked one by one: by HTTP, of the language model, for reasons, counterfactuals, noise, missing
//! values, directions and protected attributes, for the probe of `fairness.proxy`, and in the comparison with the
//! library of an imported model.
//!
//! A file of up to `evaluation.asked_rows` rows is asked whole. Of a larger one the rows with the smallest seeded hash
//! are drawn, which no order of the file and no split into parts changes, and rare cases come on top. Only rows that
//! are equal in features, label and groups are told apart by their places. A measurement of some rows says so
//! ([`Asked`]), with the share of all rows that a fault can be in without a drawn row that shows it.

use std::borrow::Cow;

use andon_evidence::judge::{Asked, AskedKind, Measurement};
use andon_evidence::policy::Policy;

use crate::data::frame::{Attribute, Frame};
use crate::data::matrix::{Matrix, is_missing};
use crate::data::mix::mix;
use crate::model::Model;
use crate::model::candidate::Candidate;
use crate::model::score::Score;

/// A rare case has at least this part of the drawn rows, or all of its own.
const PART_OF_A_CASE: usize = 20;

/// The same for negative answers, which most of these gates are about.
const PART_OF_NEGATIVES: usize = 4;

/// Sets the hash apart from the one that assigns folds.
const SALT: u64 = 0x6173_6b65_6420_726f;

/// The rows that are asked one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedRows {
    places: Vec<usize>,
    drawn: Vec<usize>,
    of: usize,
    /// The negative answers among these rows; `None` if every row is asked.
    negatives: Option<Asked>,
}

/// A rare case: the fewest rows of it that are asked, and the rows that it has.
struct Case<'a> {
    fewest: usize,
    holds: Box<dyn Fn(usize) -> bool + 'a>,
}

impl AskedRows {
    /// Chooses the rows of a frame that the gates of a policy ask a model about.
    #[must_use]
    pub fn new(policy: &Policy, frame: &Frame, candidate: &Candidate) -> Self {
        let of = frame.matrix.len();
        let drawn = policy.evaluation.asked_rows;
        if of <= drawn {
            return Self::all(of);
        }
        let model = &candidate.model;
        let scores = match policy.unseen() {
            // The candidate was not trained here, and its scores are those of the model itself.
            Some(_) => candidate.scores.iter().copied().map(Some).collect(),
            None => model.score_all(&frame.matrix),
        };
        let hashes = hashes(frame, policy.recipe.seed);
        let mut chosen = Self::draw(&hashes, drawn, &cases(frame, model, &scores, drawn));
        chosen.add(&next_to_threshold(&scores, model.threshold(), &hashes, drawn.div_ceil(PART_OF_A_CASE)));
        let is_negative = |row: usize| scores[row].is_some_and(|score| score < model.threshold());
        chosen.count_negatives(&hashes, |row| is_negative(row) && model.answers(frame.matrix.row(row)));
        chosen
    }

    fn all(of: usize) -> Self {
        let places: Vec<usize> = (0..of).collect();
        Self { drawn: places.clone(), places, of, negatives: None }
    }

    /// Counts the negative answers. As many of them are drawn evenly from all as have the smallest hashes and are asked
    /// without a gap.
    fn count_negatives(&mut self, hashes: &[u64], is_negative: impl Fn(usize) -> bool) {
        let mut negatives: Vec<(u64, usize)> =
            hashes.iter().enumerate().map(|(row, hash)| (*hash, row)).filter(|(_, row)| is_negative(*row)).collect();
        negatives.sort_unstable();
        let is_asked = |row: &usize| self.places.binary_search(row).is_ok();
        let asked = negatives.iter().filter(|(_, row)| is_asked(row)).count();
        let drawn = negatives.iter().take_while(|(_, row)| is_asked(row)).count();
        let [rows, drawn, of] = [asked, drawn, negatives.len()].map(|count| count as u64);
        self.negatives = Some(Asked { rows, drawn, of, kind: AskedKind::NegativeAnswers });
    }

    /// The rows with the smallest hash, and of each case the fewest that it must have.
    fn draw(hashes: &[u64], drawn: usize, cases: &[Case<'_>]) -> Self {
        let by_hash = || hashes.iter().enumerate().map(|(row, hash)| (*hash, row));
        let of_case = |case: &Case<'_>| smallest(by_hash().filter(|(_, row)| (case.holds)(*row)), case.fewest);
        let rare: Vec<usize> = cases.iter().flat_map(of_case).map(|(_, row)| row).collect();
        let mut drawn: Vec<usize> = smallest(by_hash(), drawn).into_iter().map(|(_, row)| row).collect();
        drawn.sort_unstable();
        let mut chosen = Self { places: drawn.clone(), drawn, of: hashes.len(), negatives: None };
        chosen.add(&rare);
        chosen
    }

    fn add(&mut self, rare: &[usize]) {
        self.places.extend(rare);
        self.places.sort_unstable();
        self.places.dedup();
    }

    /// The places of the rows, in the order of the file.
    #[must_use]
    pub fn places(&self) -> &[usize] {
        &self.places
    }

    /// The places of the evenly drawn rows, in the order of the file: those that a share of all rows is estimated from.
    #[must_use]
    pub fn drawn(&self) -> &[usize] {
        &self.drawn
    }

    /// The drawn rows of a frame.
    #[must_use]
    pub(crate) fn drawn_frame<'a>(&self, frame: &'a Frame) -> Cow<'a, Frame> {
        if self.drawn.len() == self.of { Cow::Borrowed(frame) } else { Cow::Owned(frame.select(&self.drawn)) }
    }

    /// The encoded rows at all places.
    #[must_use]
    pub(crate) fn matrix<'a>(&self, matrix: &'a Matrix) -> Cow<'a, Matrix> {
        if self.places.len() == self.of { Cow::Borrowed(matrix) } else { Cow::Owned(matrix.select(&self.places)) }
    }

    /// The rows at all places.
    pub fn rows<'a, R>(&'a self, rows: &'a [R]) -> impl Iterator<Item = (usize, &'a R)> {
        self.places.iter().filter_map(|place| Some((*place, rows.get(*place)?)))
    }

    /// The measurement of all [places](Self::places) with their number, if they are not all rows.
    #[must_use]
    pub fn note(&self, measurement: Measurement) -> Measurement {
        self.note_rows(measurement, self.places.len())
    }

    /// The measurement of the [drawn](Self::drawn) rows with their number, if they are not all rows.
    #[must_use]
    pub fn note_drawn(&self, measurement: Measurement) -> Measurement {
        self.note_rows(measurement, self.drawn.len())
    }

    /// The measurement of the negative answers at all places with their number, if they are not all that there are.
    #[must_use]
    pub fn note_negatives(&self, measurement: Measurement) -> Measurement {
        measurement.with_asked(self.negatives)
    }

    /// The measurement of some of the rows at all places, with their number: of the drawn ones at least one in so many.
    #[must_use]
    pub fn note_one_in(&self, measurement: Measurement, one_in: usize) -> Measurement {
        let [drawn, of] = [self.drawn.len() / one_in, self.of].map(|count| count as u64);
        let rows = measurement.n();
        // Fewer than one in so many can be left of few rows, or where most are referred.
        measurement.with_asked(Some(Asked { rows, drawn: drawn.clamp(1, rows.max(1)), of, kind: AskedKind::Rows }))
    }

    /// The number of rows that are asked; `None` if these are all.
    #[must_use]
    pub fn asked(&self) -> Option<Asked> {
        self.count(self.places.len())
    }

    fn note_rows(&self, measurement: Measurement, rows: usize) -> Measurement {
        measurement.with_asked(self.count(rows))
    }

    fn count(&self, rows: usize) -> Option<Asked> {
        let [counted, drawn, of] = [rows, self.drawn.len(), self.of].map(|count| count as u64);
        let asked = Asked { rows: counted, drawn, of, kind: AskedKind::Rows };
        (rows < self.of).then_some(asked)
    }
}

/// So many of some rows of a frame, those with the smallest hash, in the order of the file.
pub(crate) fn draw_among(frame: &Frame, seed: u64, rows: &[usize], most: usize) -> Vec<usize> {
    let hashes = hashes(frame, seed);
    let by_hash = smallest(rows.iter().map(|row| (hashes[*row], *row)), most);
    let mut drawn: Vec<usize> = by_hash.into_iter().map(|(_, row)| row).collect();
    drawn.sort_unstable();
    drawn
}

/// The so many smallest of some keys, in their order. Of many keys few are ever sorted.
fn smallest<K: Ord + Copy>(keys: impl Iterator<Item = K>, most: usize) -> Vec<K> {
    let mut kept = Vec::new();
    let mut limit: Option<K> = None;
    for key in keys.take(if most == 0 { 0 } else { usize::MAX }) {
        if limit.is_some_and(|limit| key >= limit) {
            continue;
        }
        kept.push(key);
        if kept.len() == 2 * most {
            limit = Some(*kept.select_nth_unstable(most - 1).1);
            kept.truncate(most);
        }
    }
    kept.sort_unstable();
    kept.truncate(most);
    kept
}

/// A number for each row, from the seed and all that the gates know of it.
fn hashes(frame: &Frame, seed: u64) -> Vec<u64> {
    let known = |(row, hash): (usize, u64)| {
        let groups = frame.attributes.iter().map(|attribute| attribute.group_of[row] as u64);
        groups.fold(mix(hash ^ u64::from(frame.labels[row])), |mixed, group| mix(mixed ^ group))
    };
    hashes_of_features(&frame.matrix, seed).into_iter().enumerate().map(known).collect()
}

fn hashes_of_features(matrix: &Matrix, seed: u64) -> Vec<u64> {
    let hash = |row: usize| {
        let bits = matrix.row(row).iter().map(|value| value.to_bits());
        bits.fold(seed ^ SALT, |mixed, bits| mix(mixed ^ bits))
    };
    (0..matrix.len()).map(hash).collect()
}

/// The rare cases, whatever the model: a number that it cannot score is one too.
fn cases<'a>(frame: &'a Frame, model: &'a Model, scores: &'a [Option<Score>], drawn: usize) -> Vec<Case<'a>> {
    let fewest = drawn.div_ceil(PART_OF_A_CASE);
    let case = |holds: Box<dyn Fn(usize) -> bool + 'a>| Case { fewest, holds };
    let is_negative = move |row: usize| scores[row].is_none_or(|score| score < model.threshold());
    let groups = frame.attributes.iter().flat_map(|attribute: &'a Attribute| {
        let group = move |group: usize| case(Box::new(move |row| attribute.group_of[row] == group));
        (0..attribute.groups.len()).map(group)
    });
    let mut cases: Vec<Case<'a>> = groups.collect();
    cases.push(Case { fewest: drawn.div_ceil(PART_OF_NEGATIVES), holds: Box::new(is_negative) });
    cases.push(case(Box::new(move |row| !is_negative(row))));
    cases.push(case(Box::new(|row| frame.labels[row])));
    cases.push(case(Box::new(|row| !frame.labels[row])));
    cases.push(case(Box::new(|row| frame.matrix.row(row).iter().any(|value| is_missing(*value)))));
    cases.push(case(Box::new(|row| !model.answers(frame.matrix.row(row)))));
    cases
}

/// The rows whose scores are nearest to the threshold; of those equally near the ones with the smallest hash.
fn next_to_threshold(scores: &[Option<Score>], threshold: Score, hashes: &[u64], most: usize) -> Vec<usize> {
    let distance = |score: Score| (score.share() - threshold.share()).abs().to_bits();
    let rows = scores.iter().zip(hashes).enumerate();
    let keys = rows.filter_map(|(row, (score, hash))| Some((distance((*score)?), *hash, row)));
    smallest(keys, most).into_iter().map(|(.., row)| row).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matrix(rows: usize) -> Matrix {
        let mut matrix = Matrix::new(2);
        (0..rows).for_each(|row| matrix.push(&[(mix(row as u64) % 9_973) as f64, row as f64]));
        matrix
    }

    fn case<'a>(fewest: usize, holds: impl Fn(usize) -> bool + 'a) -> Case<'a> {
        Case { fewest, holds: Box::new(holds) }
    }

    proptest! {
        #[test]
        fn the_smallest_keys_are_those_of_a_sort(keys in proptest::collection::vec(0_u64..300, 0..400), most in 0_usize..60) {
            let places = || keys.iter().copied().zip(0_usize..);
            let mut sorted: Vec<(u64, usize)> = places().collect();
            sorted.sort_unstable();
            sorted.truncate(most);
            prop_assert_eq!(smallest(places(), most), sorted);
        }
    }

    #[test]
    fn a_rare_case_is_asked_whole_and_says_how_many_rows_were_asked() {
        let matrix = matrix(20_000);
        let asked = AskedRows::draw(
            &hashes_of_features(&matrix, 1),
            1_000,
            &[case(50, |row| row % 1_000 == 7), case(50, |row| row < 9_000)],
        );
        assert!((7..20_000).step_by(1_000).all(|row| asked.places().contains(&row)), "20 rows of 20,000");
        assert_eq!(asked.drawn().len(), 1_000);
        assert!(asked.places().len() <= 1_020 && asked.drawn().iter().all(|row| asked.places().contains(row)));
        let measured = Measurement::exact(0.0, andon_evidence::judge::Unit::Count, 5).unwrap();
        let noted = asked.note(measured.clone());
        let said = noted.asked().unwrap();
        assert_eq!((said.rows, said.drawn, said.of), (asked.places().len() as u64, 1_000, 20_000));
        assert_eq!(asked.note_drawn(measured.clone()).asked().unwrap().rows, 1_000);
        assert_eq!(AskedRows::all(1_979).note(measured.clone()), measured);
        let one_in_20 = |asked: &AskedRows, n: u64| {
            let measured = Measurement::exact(0.0, andon_evidence::judge::Unit::Count, n).unwrap();
            asked.note_one_in(measured, 20).asked().map(|asked| (asked.rows, asked.drawn))
        };
        assert_eq!(one_in_20(&asked, 900), Some((900, 50)));
        let [twelve, thousand] = [12, 1_000].map(AskedRows::all);
        assert_eq!([one_in_20(&twelve, 3), one_in_20(&twelve, 12)], [Some((3, 1)), None]);
        assert_eq!(one_in_20(&thousand, 34), Some((34, 34)), "most were referred");
    }

    /// One row in eight is answered negatively; one in sixteen was a rare case.
    #[test]
    fn negative_answers_are_counted_among_themselves() {
        let matrix = matrix(20_000);
        let hashes = hashes_of_features(&matrix, 1);
        let mut asked =
            AskedRows::draw(&hashes, 1_000, &[case(400, |row| row % 8 == 0), case(50, |row| row == 19_992)]);
        asked.count_negatives(&hashes, |row| row % 8 == 0);
        let measured = Measurement::exact(1.0, andon_evidence::judge::Unit::Share, 400).unwrap();
        let noted = *asked.note_negatives(measured).asked().unwrap();
        assert_eq!((noted.drawn, noted.of), (400, 2_500), "{noted}");
        assert!((400..=401).contains(&noted.rows), "{noted}");
        let text = format!(
            "of 2,500 negative answers {} were asked: a fault that none of them shows is in fewer than 3 of 400, with 95 %",
            noted.rows
        );
        assert_eq!(noted.to_string(), text);
        let all = AskedRows::all(9);
        let measured = Measurement::exact(1.0, andon_evidence::judge::Unit::Share, 3).unwrap();
        assert_eq!(all.note_negatives(measured.clone()), measured);
    }

    /// The promise of [`Asked::greatest_missed_share`]: of faults in 3 of 1,000 rows 19 in 20 are found, with 1,000
    /// drawn rows; and of faults in 1 of 100 rows nearly all.
    #[test]
    fn a_fault_is_found_as_often_as_the_text_says() {
        let matrix = matrix(20_000);
        let found = |share: f64| {
            let is_faulty = |seed: u64, row: usize| (mix(seed ^ mix(row as u64)) as f64) < share * u64::MAX as f64;
            let is_found = |seed: &u64| {
                let asked = AskedRows::draw(&hashes_of_features(&matrix, seed.wrapping_mul(0x9e37_79b9)), 1_000, &[]);
                asked.drawn().iter().any(|row| is_faulty(*seed, *row))
            };
            (0..400_u64).filter(is_found).count() as f64 / 400.0
        };
        let promised = found(3.0 / 1_000.0);
        assert!((promised - 0.95).abs() < 0.035, "{promised} found, and the text says 0.95");
        assert!(found(0.01) > 0.99);
    }

    proptest! {
        #[test]
        fn the_same_rows_are_asked_whatever_their_order(turn in 0_usize..3_000, seed: u64) {
            let first = matrix(3_000);
            let order: Vec<usize> = (0..3_000).map(|row| (row + turn) % 3_000).collect();
            // Four different scores: nearly all rows are as near to the threshold as many others.
            let near = |matrix: &Matrix, hashes: &[u64]| {
                let scores = (0..matrix.len()).map(|row| Score::nearest(0.5 + matrix.row(row)[0] % 4.0 / 10.0));
                next_to_threshold(&scores.collect::<Vec<_>>(), Score::middle(), hashes, 100)
            };
            let choose = |matrix: &Matrix| {
                let hashes = hashes_of_features(matrix, seed);
                let mut chosen = AskedRows::draw(&hashes, 1_000, &[case(50, |row| matrix.row(row)[1] % 7.0 < 1.0)]);
                chosen.add(&near(matrix, &hashes));
                chosen
            };
            let asked = choose(&first);
            let turned = choose(&first.select(&order));
            let mut rows: Vec<usize> = turned.places().iter().map(|place| order[*place]).collect();
            rows.sort_unstable();
            prop_assert_eq!(asked.places(), rows);
        }
    }
}
