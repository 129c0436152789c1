//! The rows of one tree, drawn with replacement.
//!
//! Reweighed rows are drawn so that group and label are independent: a row has the weight P(group) P(label) /
//! P(group, label) of Kamiran and Calders (2012, "Data preprocessing techniques for classification without
//! discrimination", section 5.3), and is drawn as often as it weighs. A forest draws its rows anyway, so that counts
//! stay whole numbers and no weight is ever rounded: one row lends its group, another its label, and a third is drawn
//! among those that have both. Where there is none, which is a weight that the rule does not define, the draw is
//! repeated. The shares of groups and of labels stay what they are.

use rand_distr::{Distribution, Uniform};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::model::random_forest::error::TrainError;
use crate::model::random_forest::steps::Drawn;
use crate::model::random_forest::tree::Bag;

/// Rows to a draw up to which it costs less to count the draws of every row than to sort the draws.
const ROWS_PER_COUNTED_DRAW: usize = 8;

/// The rows that trees are drawn from.
#[derive(Debug)]
pub(super) struct Draws<'a> {
    any: Uniform<usize>,
    labels: &'a [bool],
    /// The group of each row; empty if rows are not reweighed.
    groups: &'a [u32],
    /// The rows of each group with label 0 and with label 1.
    cells: Vec<[GroupAndLabel; 2]>,
}

/// Rows with one group and one label.
#[derive(Debug, Default)]
struct GroupAndLabel {
    rows: Vec<usize>,
    /// None of no rows.
    any: Option<Uniform<usize>>,
}

impl<'a> Draws<'a> {
    pub(super) fn new(groups: &'a [u32], labels: &'a [bool]) -> Result<Self, TrainError> {
        let any = uniform(labels.len())?;
        if !groups.is_empty() && groups.len() != labels.len() {
            return Err(TrainError::Tree("some rows have no group to be reweighed in".to_owned()));
        }
        let last = groups.iter().max().map_or(0, |last| *last as usize + 1);
        let mut cells: Vec<[GroupAndLabel; 2]> = (0..last).map(|_| <[GroupAndLabel; 2]>::default()).collect();
        for (row, group) in groups.iter().enumerate() {
            cells[*group as usize][usize::from(labels[row])].rows.push(row);
        }
        for cell in cells.iter_mut().flatten().filter(|cell| !cell.rows.is_empty()) {
            cell.any = Some(uniform(cell.rows.len())?);
        }
        Ok(Self { any, labels, groups, cells })
    }

    /// The rows of one tree, by a generator of its own.
    pub(super) fn bag(&self, count: usize, seed: u64, rarer: bool) -> Bag {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let rows = (0..count).map(|_| self.row(&mut random));
        let times = if self.labels.len() > ROWS_PER_COUNTED_DRAW * count {
            times_by_sorting(rows)
        } else {
            times_by_counting(rows, self.labels.len())
        };
        let drawn = |(row, times): (u32, u32)| Drawn::new(row, self.labels[row as usize] == rarer, times);
        times.into_iter().map(drawn).collect()
    }

    fn row(&self, random: &mut Xoshiro256PlusPlus) -> usize {
        loop {
            let first = self.any.sample(random);
            let Some(group) = self.groups.get(first) else { return first };
            let label = usize::from(self.labels[self.any.sample(random)]);
            let GroupAndLabel { rows, any } = &self.cells[*group as usize][label];
            if let Some(any) = any {
                return rows[any.sample(random)];
            }
        }
    }
}

/// The drawn rows in their order, each with the number of its draws.
fn times_by_sorting(draws: impl Iterator<Item = usize>) -> Vec<(u32, u32)> {
    let mut drawn: Vec<u32> = draws.map(|row| row as u32).collect();
    drawn.sort_unstable();
    drawn.chunk_by(|a, b| a == b).map(|times| (times[0], times.len() as u32)).collect()
}

/// The same for draws from so many rows.
fn times_by_counting(draws: impl Iterator<Item = usize>, rows: usize) -> Vec<(u32, u32)> {
    let mut times = vec![0_u32; rows];
    draws.for_each(|row| times[row] += 1);
    let mut drawn = vec![(0, 0); rows + 1];
    let mut end = 0;
    // Every row is written, and the next one takes the place of a row that was not drawn: no branch to guess.
    for (row, times) in (0..).zip(times) {
        drawn[end] = (row, times);
        end += usize::from(times > 0);
    }
    drawn.truncate(end);
    drawn
}

fn uniform(rows: usize) -> Result<Uniform<usize>, TrainError> {
    Uniform::new(0, rows).map_err(|error| TrainError::Tree(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows 0 to 99 of group 0, 80 of them approved; 100 to 119 of group 1, 5 approved; one of group 2, denied.
    fn rows() -> (Vec<u32>, Vec<bool>) {
        let groups = (0..121).map(|row| [0, 1, 2][usize::from(row >= 100) + usize::from(row >= 120)]);
        let labels = (0..121).map(|row| row < 80 || (100..105).contains(&row));
        (groups.collect(), labels.collect())
    }

    fn counts(draws: &Draws<'_>, groups: &[u32], labels: &[bool]) -> [[f64; 2]; 3] {
        let mut counts = [[0.0; 2]; 3];
        for drawn in draws.bag(200_000, 7, true) {
            let row = drawn.row as usize;
            counts[groups[row] as usize][usize::from(labels[row])] += f64::from(drawn.times());
        }
        counts
    }

    #[test]
    fn a_row_is_drawn_as_often_as_it_weighs() {
        let (groups, labels) = rows();
        let drawn = counts(&Draws::new(&groups, &labels).unwrap(), &groups, &labels);
        let group = [100.0 / 121.0, 20.0 / 121.0, 1.0 / 121.0];
        let label = [36.0 / 121.0, 85.0 / 121.0];
        // Nobody of group 2 is approved: the other weights share what is left.
        let all = 1.0 - group[2] * label[1];
        for (at, by_label) in drawn.iter().enumerate() {
            for (of, count) in by_label.iter().enumerate() {
                let expected = if (at, of) == (2, 1) { 0.0 } else { group[at] * label[of] / all };
                let found = count / 200_000.0;
                assert!((found - expected).abs() < 0.004, "group {at}, label {of}: {found}, not {expected}");
            }
        }
    }

    #[test]
    fn sorted_and_counted_draws_are_the_same() {
        let draws = |row: usize| (0..row).map(|draw| draw * draw % 37);
        for count in [0, 1, 36, 500] {
            assert_eq!(times_by_sorting(draws(count)), times_by_counting(draws(count), 38), "{count}");
        }
    }

    #[test]
    fn without_groups_every_row_is_drawn_alike_and_half_of_the_groups_are_refused() {
        let (groups, labels) = rows();
        let drawn = counts(&Draws::new(&[], &labels).unwrap(), &groups, &labels);
        assert!((drawn[1][0] / 200_000.0 - 15.0 / 121.0).abs() < 0.004, "{drawn:?}");
        assert!(Draws::new(&groups[..60], &labels).is_err());
        assert!(Draws::new(&[], &[]).is_err());
    }
}
