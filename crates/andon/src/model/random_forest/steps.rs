//! A column of a node as counts: how many rows of either label stand at each place, in the order of the places.
//!
//! A split depends on nothing else of a column. The counts cost one look at each row, and the search for a split then
//! costs as many steps as the column has distinct values in the node.

use andon_evidence::policy::Better;

use crate::data::matrix::is_missing;
use crate::data::places::Places;
use crate::model::random_forest::directions;

/// Rows cost less to sort than to count, if a column has this many times more places than a node has rows.
const PLACES_PER_SORTED_ROW: usize = 24;

/// Places of a column up to which its rows are counted in [`LANES`] tables.
const MAX_PLACES_IN_LANES: usize = 512;

/// Tables that take turns: rows that follow each other often have the same value, and a count that was just written is
/// slow to read.
const LANES: usize = 4;

/// A row of a bag: its label, and how often it was drawn.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Drawn {
    pub(super) row: u32,
    /// Twice the number of draws, and 1 more for a row of the rarer label: a row is 8 bytes, and they are read often.
    draws: u32,
}

impl Drawn {
    /// A row that was drawn so many times, at most [`MAX_ROWS`](super::MAX_ROWS).
    pub(super) fn new(row: u32, is_rarer: bool, times: u32) -> Self {
        Self { row, draws: 2 * times + u32::from(is_rarer) }
    }

    /// The number of draws.
    pub(super) fn times(self) -> u32 {
        self.draws / 2
    }

    /// 1 for a row of the rarer label, else 0.
    pub(super) fn label(self) -> usize {
        (self.draws % 2) as usize
    }

    /// The number of draws as a row of the commoner label, and as one of the rarer label. One is 0.
    fn counts(self) -> [u32; 2] {
        let mut counts = [0; 2];
        counts[self.label()] = self.times();
        counts
    }
}

/// The number of draws of rows with the commoner label, and of rows with the rarer one.
pub(super) fn count_labels(rows: &[Drawn]) -> [u32; 2] {
    let all: u32 = rows.iter().map(|drawn| drawn.times()).sum();
    let rarer: u32 = rows.iter().map(|drawn| drawn.times() * drawn.label() as u32).sum();
    [all - rarer, rarer]
}

/// The rows for which a question is answered by yes, and the others, each in their order.
pub(super) fn part(rows: &[Drawn], is_first: impl Fn(Drawn) -> bool) -> [Vec<Drawn>; 2] {
    let [mut firsts, mut others] = [0; 2].map(|_| vec![Drawn::default(); rows.len()]);
    let mut end = 0;
    // Every row is written to both sides, and the next one takes its place on the wrong one: no branch to guess.
    for (at, drawn) in rows.iter().enumerate() {
        firsts[end] = *drawn;
        others[at - end] = *drawn;
        end += usize::from(is_first(*drawn));
    }
    firsts.truncate(end);
    others.truncate(rows.len() - end);
    [firsts, others]
}

/// Neighbouring places that no question may part, with the rows of the commoner and of the rarer label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) counts: [u32; 2],
}

impl Step {
    fn join(&mut self, next: Self) {
        self.last = next.last;
        self.counts = sum(self.counts, next.counts);
    }
}

/// The steps of a column, in the order of its places.
#[derive(Debug)]
pub(super) struct Steps {
    pub(super) feature: usize,
    /// The place of the one name that the last step holds, all other names being the first step.
    pub(super) name: Option<u32>,
    pub(super) steps: Vec<Step>,
}

pub(super) fn sum(a: [u32; 2], b: [u32; 2]) -> [u32; 2] {
    [a[0] + b[0], a[1] + b[1]]
}

/// The rows of a node at each place of a column: how many of them have the commoner label, and how many the rarer one.
#[derive(Debug)]
pub(super) struct Histogram(Vec<[u32; 2]>);

impl Histogram {
    pub(super) fn of(places: &Places, feature: usize, rows: &[Drawn]) -> Self {
        let column = places.column(feature);
        let distinct = places.distinct(feature);
        let count = |counts: &mut [[u32; 2]], drawn: &Drawn| {
            counts[column[drawn.row as usize] as usize][drawn.label()] += drawn.times();
        };
        let (quads, rest) = if distinct > MAX_PLACES_IN_LANES { (&[][..], rows) } else { rows.as_chunks::<LANES>() };
        let mut lanes = [0; LANES].map(|_| if quads.is_empty() { Vec::new() } else { vec![[0; 2]; distinct] });
        for rows in quads {
            lanes.iter_mut().zip(rows).for_each(|(counts, drawn)| count(counts, drawn));
        }
        let mut counts = vec![[0; 2]; distinct];
        rest.iter().for_each(|drawn| count(&mut counts, drawn));
        for lane in lanes {
            counts.iter_mut().zip(lane).for_each(|(all, more)| *all = sum(*all, more));
        }
        Self(counts)
    }

    /// The histograms of a node's columns. A column of more places than rows has none: it would cost more to keep than
    /// to count again.
    pub(super) fn of_columns(places: &Places, columns: usize, rows: &[Drawn]) -> Vec<Option<Self>> {
        let is_kept = |column: usize| places.distinct(column) <= rows.len();
        (0..columns).map(|column| is_kept(column).then(|| Self::of(places, column, rows))).collect()
    }

    /// The histogram of one side of a node, given that of the node and that of the other side.
    pub(super) fn without(mut self, other: &Self) -> Self {
        for (all, other) in self.0.iter_mut().zip(&other.0) {
            *all = [all[0] - other[0], all[1] - other[1]];
        }
        self
    }

    /// The steps of the column: one for each place that a row of the node has.
    pub(super) fn steps(&self) -> Vec<Step> {
        let known = (0..).zip(&self.0).filter(|(_, counts)| **counts != [0; 2]);
        let mut steps = Vec::with_capacity(self.0.len());
        steps.extend(known.map(|(place, counts)| Step { first: place, last: place, counts: *counts }));
        steps
    }
}

/// The steps of a column of which no histogram was kept.
pub(super) fn count(places: &Places, feature: usize, rows: &[Drawn]) -> Vec<Step> {
    if places.distinct(feature) > PLACES_PER_SORTED_ROW * rows.len() {
        return count_sorted(places.column(feature), rows);
    }
    Histogram::of(places, feature, rows).steps()
}

fn count_sorted(column: &[u32], rows: &[Drawn]) -> Vec<Step> {
    // Place and position in one number, which sorts faster than a pair.
    let key = |(at, drawn): (usize, &Drawn)| (u64::from(column[drawn.row as usize]) << 32) | at as u64;
    let mut keys: Vec<u64> = rows.iter().enumerate().map(key).collect();
    keys.sort_unstable();
    let mut steps: Vec<Step> = Vec::new();
    for key in keys {
        let place = (key >> 32) as u32;
        let counts = rows[(key & u64::from(u32::MAX)) as usize].counts();
        match steps.last_mut().filter(|last| last.last == place) {
            Some(last) => last.counts = sum(last.counts, counts),
            None => steps.push(Step { first: place, last: place, counts }),
        }
    }
    steps
}

/// The steps joined where the direction of the column allows no split. `share` is the share of positive rows on a side.
pub(super) fn join_forbidden(steps: Vec<Step>, better: Better, share: impl Fn([u32; 2]) -> f64) -> Vec<Step> {
    let all = steps.iter().map(|step| step.counts).fold([0; 2], sum);
    let mut left = [0; 2];
    let mut joined: Vec<Step> = Vec::with_capacity(steps.len());
    for step in steps {
        let right = [all[0] - left[0], all[1] - left[1]];
        let is_allowed = directions::allows(better, [left, right].map(&share));
        left = sum(left, step.counts);
        match joined.last_mut() {
            Some(last) if !is_allowed => last.join(step),
            _ => joined.push(step),
        }
    }
    joined
}

/// The columns of a feature whose places are names without an order: one for each name, which stands alone.
pub(super) fn by_name(places: &Places, feature: usize, names: &[Step]) -> Vec<Steps> {
    let all = names.iter().map(|step| step.counts).fold([0; 2], sum);
    let is_missing = |step: &&Step| is_missing(places.value(feature, step.first));
    let known: Vec<&Step> = names.iter().filter(|step| !is_missing(step)).collect();
    if names.len() < 2 {
        return Vec::new();
    }
    // Of two names alone, one tells both apart.
    let surplus = usize::from(known.len() == 2 && names.len() == 2);
    let column = |own: &&Step| {
        let others = [all[0] - own.counts[0], all[1] - own.counts[1]];
        let steps = vec![Step { counts: others, ..**own }, **own];
        Steps { feature, name: Some(own.first), steps }
    };
    known.iter().skip(surplus).map(column).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::data::matrix::Matrix;

    /// The places of every row.
    fn all_places(matrix: &Matrix) -> Places {
        let rows: Vec<u32> = (0..matrix.len() as u32).collect();
        matrix.clone().with_places(None, 1).places_of(&rows).unwrap()
    }

    proptest! {
        #[test]
        fn sorted_counted_and_subtracted_steps_are_the_same(
            rows in proptest::collection::vec((0_u8..40, 0_u32..3, 0_u32..3), 1..200)
        ) {
            let mut matrix = Matrix::new(1);
            rows.iter().for_each(|row| matrix.push(&[f64::from(row.0)]));
            let drawn =
                |(row, (_, common, rare)): (usize, &(u8, u32, u32))| Drawn::new(row as u32, *common == 0, common + rare + 1);
            let drawn: Vec<Drawn> = rows.iter().enumerate().map(drawn).collect();
            let places = all_places(&matrix);
            let counted = Histogram::of(&places, 0, &drawn).steps();
            prop_assert_eq!(&counted, &count_sorted(places.column(0), &drawn));
            let (part, rest) = drawn.split_at(drawn.len() / 3);
            let [whole, part] = [&drawn[..], part].map(|rows| Histogram::of(&places, 0, rows));
            prop_assert_eq!(whole.without(&part).steps(), count_sorted(places.column(0), rest));
        }
    }

    #[test]
    fn many_places_are_counted_as_few_are() {
        for places in [3, MAX_PLACES_IN_LANES, MAX_PLACES_IN_LANES + 1] {
            let mut matrix = Matrix::new(1);
            (0..2 * places + 1).for_each(|row| matrix.push(&[(row % places) as f64]));
            let drawn: Vec<Drawn> =
                (0..2 * places as u32 + 1).map(|row| Drawn::new(row, row % 3 == 0, 1 + row % 2)).collect();
            let counted = Histogram::of(&all_places(&matrix), 0, &drawn).steps();
            assert_eq!((counted.len(), counted), (places, count_sorted(all_places(&matrix).column(0), &drawn)));
        }
    }

    #[test]
    fn rows_are_parted_in_their_order() {
        let drawn: Vec<Drawn> = (0..9).map(|row| Drawn::new(row, row > 6, row)).collect();
        let sides = part(&drawn, |drawn| drawn.row % 4 == 1);
        assert_eq!(sides.each_ref().map(|side| count_labels(side)), [[6, 0], [15, 15]]);
        let rows = sides.map(|side| side.iter().map(|drawn| drawn.row).collect::<Vec<_>>());
        assert_eq!(rows, [vec![1, 5], vec![0, 2, 3, 4, 6, 7, 8]]);
        assert!(part(&[], |_| true).iter().all(Vec::is_empty));
    }

    #[test]
    fn steps_between_which_a_direction_forbids_a_split_are_one() {
        let step = |place: u32, counts: [u32; 2]| Step { first: place, last: place, counts };
        let steps = vec![step(0, [1, 9]), step(3, [9, 1]), step(4, [2, 8]), step(7, [9, 1])];
        let share = |[common, rare]: [u32; 2]| f64::from(common) / f64::from((common + rare).max(1));
        let joined = join_forbidden(steps.clone(), Better::Higher, share);
        assert_eq!(
            joined.iter().map(|step| (step.first, step.last)).collect::<Vec<_>>(),
            [(0, 0), (3, 3), (4, 4), (7, 7)]
        );
        let joined = join_forbidden(steps, Better::Lower, share);
        assert_eq!(joined, [Step { first: 0, last: 7, counts: [21, 19] }]);
    }
}
