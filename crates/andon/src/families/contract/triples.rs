//! The questions about three things at once: rows that share the levels of three features, or of two features and a
//! protected attribute.

use std::ops::RangeInclusive;
use std::rc::Rc;

use crate::data::frame::Frame;
use crate::families::contract::label_questions::{Counts, Levels, MIN_ROWS, Parts, Question};
use crate::measure::asked_rows::draw_among;

/// Features that are combined three by three, the first ones of the policy; so 1,140 triples at most, and 190 with each
/// attribute.
const MAX_FEATURES: usize = 20;

/// Rows that are asked about; of more, those with the smallest seeded hash.
const MAX_ROWS: usize = 20_000;

/// A feature or attribute with more levels is left out: hardly five rows share three of its kind.
const MAX_LEVELS: usize = 30;

/// A value that is a level by itself has at least one row in so many.
const FREQUENT: usize = 20;

/// Tenths, and tenths that begin in the middle of these; so a range that is not much wider than a twentieth lies within
/// one level. Fifths likewise, for wider ranges.
const GRIDS: [[Parts; 2]; 2] = [
    [Parts { of: 20, first: 1, each: 2 }, Parts { of: 20, first: 0, each: 2 }],
    [Parts { of: 10, first: 1, each: 2 }, Parts { of: 10, first: 0, each: 2 }],
];

/// The two other places of three.
const OTHERS: [[usize; 2]; 3] = [[1, 2], [0, 2], [0, 1]];

/// The places of the rows that are asked about triples.
pub(super) fn asked_about(frame: &Frame, seed: u64) -> Vec<usize> {
    let all: Vec<usize> = (0..frame.labels.len()).collect();
    if all.len() <= MAX_ROWS { all } else { draw_among(frame, seed, &all, MAX_ROWS) }
}

/// Each triple of levels of the rows at these places. The rows beside it share two of the three levels, or have the
/// next level of a quantity, and differ in the third.
pub(super) fn triples<'a>(frame: &'a Frame, rows: &[usize], ask: &mut impl FnMut(Question<'a>)) {
    let labels: Vec<bool> = rows.iter().map(|row| frame.labels[*row]).collect();
    for grid in GRIDS {
        let places = 0..frame.features.len().min(MAX_FEATURES);
        let features: Vec<Column> = places.map(|place| Column::of_feature(frame, place, grid, rows)).collect();
        let attributes = frame.attributes.iter().map(|attribute| Levels::of_attribute(attribute).of_rows(rows));
        let attributes: Vec<Column> = attributes.map(|levels| Column(vec![Rc::new(levels)])).collect();
        for (place, first) in features.iter().enumerate() {
            for (before, second) in features[..place].iter().enumerate() {
                for third in features[..before].iter().chain(&attributes) {
                    cross(&labels, [first, second, third], ask);
                }
            }
        }
    }
}

/// The ways to cut one column.
struct Column(Vec<Rc<Levels>>);

impl Column {
    fn of_feature(frame: &Frame, place: usize, grid: [Parts; 2], rows: &[usize]) -> Self {
        let cut = |parts| Levels::cut(frame, place, parts, FREQUENT).of_rows(rows);
        let mut cuts: Vec<Levels> = grid.into_iter().map(cut).collect();
        if !cuts[0].is_ordered {
            cuts.truncate(1);
        }
        Self(cuts.into_iter().map(Rc::new).collect())
    }

    fn cuts(&self) -> impl Iterator<Item = &Rc<Levels>> {
        self.0.iter().filter(|levels| levels.names.len() <= MAX_LEVELS)
    }
}

fn cross<'a>(labels: &[bool], columns: [&Column; 3], ask: &mut impl FnMut(Question<'a>)) {
    for first in columns[0].cuts() {
        for second in columns[1].cuts() {
            for third in columns[2].cuts() {
                Cube::new(labels, [first, second, third].map(Rc::clone)).questions(ask);
            }
        }
    }
}

/// The rows by the levels of three columns.
struct Cube {
    levels: [Rc<Levels>; 3],
    cells: Vec<Counts>,
    /// For each of the three, the rows by the levels of the two others.
    sides: [Vec<Counts>; 3],
}

impl Cube {
    fn new(labels: &[bool], levels: [Rc<Levels>; 3]) -> Self {
        let widths = levels.each_ref().map(|levels| levels.names.len());
        let side = |[one, other]: [usize; 2]| vec![Counts::default(); widths[one] * widths[other]];
        let cells = vec![Counts::default(); widths.iter().product()];
        let mut cube = Self { cells, sides: OTHERS.map(side), levels };
        for (row, label) in labels.iter().enumerate() {
            let at = cube.levels.each_ref().map(|levels| levels.of[row] as usize);
            let place = cube.place(at);
            cube.cells[place].add(*label);
        }
        for place in 0..cube.cells.len() {
            let at = cube.levels_at(place);
            for without in 0..3 {
                let side = cube.side_place(without, at);
                cube.sides[without][side] = cube.sides[without][side].plus(cube.cells[place]);
            }
        }
        cube
    }

    fn width(&self, of: usize) -> usize {
        self.levels[of].names.len()
    }

    fn place(&self, at: [usize; 3]) -> usize {
        (at[0] * self.width(1) + at[1]) * self.width(2) + at[2]
    }

    fn levels_at(&self, place: usize) -> [usize; 3] {
        let rest = place / self.width(2);
        [rest / self.width(1), rest % self.width(1), place % self.width(2)]
    }

    fn side_place(&self, without: usize, at: [usize; 3]) -> usize {
        let [one, other] = OTHERS[without];
        at[one] * self.width(other) + at[other]
    }

    /// The rows that share the levels at the two other places and have a level that is not near at this one.
    fn sharing(&self, at: [usize; 3], differing: usize) -> Counts {
        let near = self.levels[differing].near(at[differing]).map(|level| {
            let mut at = at;
            at[differing] = level;
            self.cells[self.place(at)]
        });
        near.fold(self.sides[differing][self.side_place(differing, at)], Counts::without)
    }

    /// The rows that share the levels at the two other places, or have the next ones, and have a level that is not near
    /// at this one.
    fn beside(&self, at: [usize; 3], differing: usize) -> Counts {
        let [one, other] = OTHERS[differing];
        let mut beside = Counts::default();
        for near in self.levels[one].near(at[one]) {
            for next in self.levels[other].near(at[other]) {
                let mut at = at;
                (at[one], at[other]) = (near, next);
                beside = beside.plus(self.sharing(at, differing));
            }
        }
        beside
    }

    fn questions<'a>(&self, ask: &mut impl FnMut(Question<'a>)) {
        for (place, inside) in self.cells.iter().enumerate().filter(|(_, inside)| inside.rows >= MIN_ROWS) {
            let at = self.levels_at(place);
            let sides = [0, 1, 2].map(|differing| self.beside(at, differing));
            if sides.iter().any(|side| side.rows < MIN_ROWS) {
                continue;
            }
            let all = sides.iter().fold(Counts::default(), |all, side| all.plus(*side));
            let levels = self.levels.clone();
            let name = move || {
                let names: Vec<&str> = (0..3).map(|of| levels[of].names[at[of]].as_str()).collect();
                names.join(" and ")
            };
            ask(Question {
                name: Box::new(name),
                inside: *inside,
                beside: vec![all],
                sides: sides.to_vec(),
                sharing: [0, 1, 2].map(|differing| self.sharing(at, differing)).to_vec(),
                must_be_pure: true,
            });
        }
    }
}

impl Levels {
    /// A level and, of a quantity, the ones next to it. The missing value, which is the first level, has none.
    fn near(&self, level: usize) -> RangeInclusive<usize> {
        if self.is_ordered && level > 0 {
            (level - 1).max(1)..=(level + 1).min(self.names.len() - 1)
        } else {
            level..=level
        }
    }
}
