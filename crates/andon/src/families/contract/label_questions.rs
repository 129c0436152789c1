//! The questions of [`value_leakage`](super::value_leakage): rows that share a value or a pattern, and the rows to
//! compare them with.

use crate::data::frame::{Feature, Frame};
use crate::data::matrix::is_missing;
use crate::statistics::bins::quantile_starts;

/// Fewest rows that are asked about.
pub(super) const MIN_ROWS: u64 = 5;

/// Fewest different values that make a feature a quantity, in which a value has neighbours.
pub(super) const MIN_QUANTITY_VALUES: usize = 10;

/// Rows on each side of a value that it is compared with.
const NEIGHBOURS: usize = 100;

/// Rows in a band.
const BANDS: [usize; 4] = [8, 16, 32, 64];

/// The parts of a quantity in a pair: tenths.
const TENTHS: Parts = Parts { of: 10, first: 0, each: 1 };

/// A value that is a level by itself in a pair has at least one row in so many.
const FREQUENT_IN_PAIRS: usize = 100;

/// The smallest power of ten whose digits are looked at.
const MIN_PLACE: i32 = -4;

/// Rows, and how many of them have label 1.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) rows: u64,
    positives: u64,
}

impl Counts {
    pub(super) fn hits(self, label: bool) -> u64 {
        if label { self.positives } else { self.rows - self.positives }
    }

    pub(super) fn add(&mut self, label: bool) {
        self.rows += 1;
        self.positives += u64::from(label);
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self { rows: self.rows + other.rows, positives: self.positives + other.positives }
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self { rows: self.rows - other.rows, positives: self.positives - other.positives }
    }

    fn of(labels: impl Iterator<Item = bool>) -> Self {
        let mut counts = Self::default();
        labels.for_each(|label| counts.add(label));
        counts
    }
}

/// Rows and the rows beside them.
pub(super) struct Question<'a> {
    pub(super) name: Box<dyn Fn() -> String + 'a>,
    pub(super) inside: Counts,
    pub(super) beside: Vec<Counts>,
    /// Parts of the rows beside. Each must differ too, less surely, because a part is small.
    pub(super) sides: Vec<Counts>,
    /// Parts of the sides: the rows nearest to those inside. Their odds must be as far apart, beyond chance or not.
    pub(super) sharing: Vec<Counts>,
    pub(super) must_be_pure: bool,
}

/// The rows of one feature in the order of its values, the missing ones left out.
pub(super) struct Sorted<'a> {
    feature: &'a Feature,
    values: Vec<f64>,
    labels: Vec<bool>,
}

impl<'a> Sorted<'a> {
    fn new(frame: &'a Frame, place: usize) -> Self {
        // The value beside the row: the sort then reads the memory in order.
        let value = |row: usize| (frame.matrix.row(row)[place] + 0.0, row);
        let known = (0..frame.labels.len()).map(value).filter(|(value, _)| !is_missing(*value));
        let mut rows: Vec<(f64, usize)> = known.collect();
        rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let labels = rows.iter().map(|(_, row)| frame.labels[*row]).collect();
        Self { feature: &frame.features[place], values: rows.into_iter().map(|(value, _)| value).collect(), labels }
    }

    /// The features of a frame that are quantities, one by one, since each is as long as the data.
    pub(super) fn quantities(frame: &'a Frame) -> impl Iterator<Item = Self> + 'a {
        let all = (0..frame.features.len()).map(|place| Self::new(frame, place));
        all.filter(|sorted| sorted.feature.levels.is_empty() && is_quantity(&sorted.values))
    }

    /// A question about the rows at these places of the order, against those next to them.
    fn question(&self, start: usize, end: usize, name: impl Fn() -> String + 'a) -> Question<'a> {
        let low = start.saturating_sub(NEIGHBOURS);
        let high = (end + NEIGHBOURS).min(self.values.len());
        let inside = Counts::of(self.labels[start..end].iter().copied());
        let beside = Counts::of(self.labels[low..high].iter().copied()).without(inside);
        let must_be_pure = low == start || high == end;
        Question {
            name: Box::new(name),
            inside,
            beside: vec![beside],
            sides: Vec::new(),
            sharing: Vec::new(),
            must_be_pure,
        }
    }
}

/// True if there are enough different values; these are in ascending order.
fn is_quantity(values: &[f64]) -> bool {
    values.chunk_by(|a, b| a >= b).take(MIN_QUANTITY_VALUES).count() == MIN_QUANTITY_VALUES
}

/// Each value of a quantity. There are as many as the data have values, so they are handed on one by one.
pub(super) fn values<'a>(sorted: &Sorted<'a>, ask: &mut impl FnMut(Question<'a>)) {
    let name = &sorted.feature.name;
    let mut start = 0;
    for same in sorted.values.chunk_by(|a, b| a >= b) {
        if same.len() as u64 >= MIN_ROWS {
            let value = same[0];
            ask(sorted.question(start, start + same.len(), move || format!("{name} = {value}")));
        }
        start += same.len();
    }
}

/// Each level and missing value of every feature, and each group of every attribute.
pub(super) fn levels<'a>(frame: &'a Frame, ask: &mut impl FnMut(Question<'a>)) {
    let all = Counts::of(frame.labels.iter().copied());
    let features = (0..frame.features.len()).map(|place| Levels::listed(frame, place).questions(frame, all, true));
    let groups = frame.attributes.iter().map(|one| Levels::of_attribute(one).questions(frame, all, false));
    let questions = features.chain(groups).flatten();
    questions.filter(|question| question.inside.rows >= MIN_ROWS).for_each(ask);
}

/// Bands of rows next to each other in the order of a quantity, half of each in the next; the last one ends with the
/// last row. There are a multiple of the rows, so they are handed on one by one.
pub(super) fn bands<'a>(sorted: &Sorted<'a>, ask: &mut impl FnMut(Question<'a>)) {
    let name = &sorted.feature.name;
    for width in BANDS {
        let Some(last) = sorted.values.len().checked_sub(width) else { continue };
        for start in (0..last).step_by(width / 2).chain([last]) {
            let from = sorted.values[start];
            let to = sorted.values[start + width - 1];
            ask(sorted.question(start, start + width, move || format!("{name} from {from} to {to}")));
        }
    }
}

/// The last two digits of a quantity.
pub(super) fn digits<'a>(sorted: &Sorted<'a>) -> Vec<Question<'a>> {
    let all = Counts::of(sorted.labels.iter().copied());
    let place = sorted.values.iter().map(|value| last_place(*value)).min().unwrap_or(0).max(MIN_PLACE);
    let unit = libm::pow(10.0, f64::from(place));
    let mut counts = [Counts::default(); 100];
    for (value, label) in sorted.values.iter().zip(&sorted.labels) {
        counts[((value.abs() / unit).round() as u64 % 100) as usize].add(*label);
    }
    let name = &sorted.feature.name;
    let question = |(digits, inside): (usize, Counts)| Question {
        name: Box::new(move || format!("{name} ends in the digits {digits:02}")),
        inside,
        beside: vec![all.without(inside)],
        sides: Vec::new(),
        sharing: Vec::new(),
        must_be_pure: false,
    };
    counts.into_iter().enumerate().filter(|(_, counts)| counts.rows >= MIN_ROWS).map(question).collect()
}

/// The power of ten of the last digit that is written.
fn last_place(value: f64) -> i32 {
    let text = value.to_string();
    text.split_once('.').map_or(0, |(_, places)| -i32::try_from(places.len()).unwrap_or(i32::MAX))
}

/// Each pair of levels of two features, and of a feature and a protected attribute.
pub(super) fn pairs<'a>(frame: &'a Frame, ask: &mut impl FnMut(Question<'a>)) {
    let features: Vec<Levels> =
        (0..frame.features.len()).map(|place| Levels::cut(frame, place, TENTHS, FREQUENT_IN_PAIRS)).collect();
    let attributes: Vec<Levels> = frame.attributes.iter().map(Levels::of_attribute).collect();
    for (place, first) in features.iter().enumerate() {
        for second in features[..place].iter().chain(&attributes) {
            crossed(frame, first, second).into_iter().for_each(&mut *ask);
        }
    }
}

fn crossed<'a>(frame: &Frame, first: &Levels, second: &Levels) -> Vec<Question<'a>> {
    let width = second.names.len();
    let mut both = vec![Counts::default(); first.names.len() * width];
    frame
        .labels
        .iter()
        .enumerate()
        .for_each(|(row, label)| both[first.of[row] as usize * width + second.of[row] as usize].add(*label));
    let ones = first.counts(frame);
    let others = second.counts(frame);
    let question = |(cell, inside): (usize, Counts)| {
        let one = ones[cell / width].without(inside);
        let other = others[cell % width].without(inside);
        if inside.rows < MIN_ROWS || one.rows < MIN_ROWS || other.rows < MIN_ROWS {
            return None;
        }
        let name = format!("{} and {}", first.names[cell / width], second.names[cell % width]);
        let name = Box::new(move || name.clone());
        Some(Question {
            name,
            inside,
            beside: vec![one, other],
            sides: Vec::new(),
            sharing: Vec::new(),
            must_be_pure: true,
        })
    };
    both.into_iter().enumerate().filter_map(question).collect()
}

/// A way to cut a quantity: equal parts of its rows, of which each so many-th begins a level.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts {
    /// The number of equal parts.
    pub(super) of: usize,
    /// The first cut that is used.
    pub(super) first: usize,
    /// The step from a cut that is used to the next.
    pub(super) each: usize,
}

/// A column cut into levels; the first is the missing value.
pub(super) struct Levels {
    pub(super) names: Vec<String>,
    /// The level of each row.
    pub(super) of: Vec<u32>,
    /// True for a quantity: the levels after the first are in the order of its values.
    pub(super) is_ordered: bool,
}

impl Levels {
    /// Each value of a feature with few, else one level for all of them.
    fn listed(frame: &Frame, place: usize) -> Self {
        Self::new(frame, place, |_| Vec::new())
    }

    /// Each value of a feature with few, else these parts of it and its frequent values: those of one row in so many.
    pub(super) fn cut(frame: &Frame, place: usize, parts: Parts, one_in: usize) -> Self {
        Self::new(frame, place, |present| {
            let frequent = (frame.labels.len() / one_in).max(20);
            let mut starts = quantile_starts(present.to_vec(), parts.of);
            starts = starts.into_iter().skip(parts.first).step_by(parts.each).collect();
            let same = present.chunk_by(|a, b| a >= b).filter(|same| same.len() >= frequent);
            // The frequent value begins a level, and so does the number after it.
            starts.extend(same.flat_map(|same| [same[0], same[0].next_up()]));
            starts.sort_unstable_by(f64::total_cmp);
            starts.dedup_by(|a, b| a <= b);
            starts
        })
    }

    fn new(frame: &Frame, place: usize, quantity: impl Fn(&[f64]) -> Vec<f64>) -> Self {
        let feature = &frame.features[place];
        let values: Vec<f64> = (0..frame.labels.len()).map(|row| frame.matrix.row(row)[place] + 0.0).collect();
        let mut present: Vec<f64> = values.iter().copied().filter(|value| !is_missing(*value)).collect();
        present.sort_unstable_by(f64::total_cmp);
        let few = !feature.levels.is_empty() || !is_quantity(&present);
        let starts = if few {
            present.chunk_by(|a, b| a >= b).map(|same| same[0]).collect()
        } else {
            [vec![f64::MIN], quantity(&present)].concat()
        };
        let level =
            |value: &f64| if is_missing(*value) { 0 } else { starts.partition_point(|start| start <= value) as u32 };
        let name = |place: usize| match feature.levels.get(starts[place] as usize) {
            Some(level) => format!("{} = {level}", feature.name),
            None if few => format!("{} = {}", feature.name, starts[place]),
            None if place == 0 => format!("{} at the low end", feature.name),
            None => format!("{} from {}", feature.name, starts[place]),
        };
        let missing = format!("{} missing", feature.name);
        let names = std::iter::once(missing).chain((0..starts.len()).map(name)).collect();
        Self { names, of: values.iter().map(level).collect(), is_ordered: !few }
    }

    pub(super) fn of_attribute(attribute: &crate::data::frame::Attribute) -> Self {
        let names = attribute.groups.iter().map(|group| format!("{} = {group}", attribute.name)).collect();
        let of = attribute.group_of.iter().map(|group| *group as u32).collect();
        Self { names, of, is_ordered: false }
    }

    /// The levels of the rows at these places.
    pub(super) fn of_rows(mut self, rows: &[usize]) -> Self {
        self.of = rows.iter().map(|row| self.of[*row]).collect();
        self
    }

    fn counts(&self, frame: &Frame) -> Vec<Counts> {
        let mut counts = vec![Counts::default(); self.names.len()];
        self.of.iter().zip(&frame.labels).for_each(|(level, label)| counts[*level as usize].add(*label));
        counts
    }

    /// Each level against all other rows.
    fn questions<'a>(self, frame: &Frame, all: Counts, must_be_pure: bool) -> Vec<Question<'a>> {
        let counts = self.counts(frame);
        let question = |(name, inside): (String, Counts)| Question {
            name: Box::new(move || name.clone()),
            inside,
            beside: vec![all.without(inside)],
            sides: Vec::new(),
            sharing: Vec::new(),
            must_be_pure,
        };
        self.names.into_iter().zip(counts).map(question).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::contract::rows::frame;

    #[test]
    fn every_row_is_in_a_band_of_each_width() {
        for rows in [64, 100, 201] {
            let values: Vec<f64> = (0..rows).map(f64::from).collect();
            let frame = frame(&[("a", &values)], &vec![true; values.len()]);
            let mut questions = Vec::new();
            Sorted::quantities(&frame).for_each(|sorted| bands(&sorted, &mut |question| questions.push(question)));
            for width in BANDS.map(|width| width as u64) {
                let of_width: Vec<_> = questions.iter().filter(|question| question.inside.rows == width).collect();
                let first = (of_width[0].name)();
                assert!(first.starts_with("a from 0 to "), "{first}");
                let last = (of_width[of_width.len() - 1].name)();
                assert!(last.ends_with(&format!(" to {}", rows - 1)), "{last}");
            }
        }
    }
}
