//! Parts of rows, added up in any order, written down and read again.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::data::frame::{Attribute, Frame};
use crate::data::matrix::Matrix;
use crate::measure::tally::Tally;
use crate::model::score::Score;
use crate::partial::adding::{AddError, ExpectedParts};
use crate::partial::counts::{CountedRow, PartialTally, ScoreSource, TallyScope};
use crate::partial::file::TallyFileError;

/// Group of two attributes, label, true if referred, score; a broken row has no score.
type Row = (usize, usize, bool, bool, Option<u16>);

const GROUPS: [[&str; 3]; 2] = [["a", "b", ""], ["x", "y z", "\u{2028}\"ü"]];

fn scope(model: &str) -> TallyScope {
    TallyScope {
        scores: ScoreSource::Model(model.to_owned()),
        label: "good".to_owned(),
        favourable: "1".to_owned(),
        protected: vec!["first".to_owned(), "second".to_owned()],
        policy_sha256: Some("policy".to_owned()),
        contract_sha256: Some("contract".to_owned()),
    }
}

fn tally(name: &str, rows: &[Row]) -> PartialTally {
    let mut tally = PartialTally::new(scope("model"));
    let mut bins = vec![0, 0];
    for (first, second, label, is_referred, score) in rows {
        let groups = [GROUPS[0][*first], GROUPS[1][*second]].map(str::to_owned);
        match score.map(|score| Score::try_from(score).unwrap()) {
            Some(score) => {
                tally.count(CountedRow { groups: &groups, label: *label, is_referred: *is_referred, score }, 1);
                bins[usize::from(*label)] += 1;
                if *is_referred {
                    *tally.outside.entry("age".to_owned()).or_default() += 1;
                }
            }
            None => tally.count_broken([("age".to_owned(), "is not a number".to_owned())]),
        }
    }
    tally.drift = vec![("age".to_owned(), bins)];
    tally.into_part(Some(name), &format!("digest of {name}"))
}

fn row() -> impl Strategy<Value = Row> {
    let score = prop_oneof![9 => (1_u16..20).prop_map(Some), 1 => Just(None)];
    (0_usize..3, 0_usize..3, any::<bool>(), any::<bool>(), score)
}

fn add_up(parts: impl IntoIterator<Item = PartialTally>) -> Result<PartialTally, AddError> {
    let mut parts = parts.into_iter();
    let mut whole = parts.next().ok_or(AddError::Nothing)?;
    parts.try_for_each(|part| whole.add(part))?;
    Ok(whole)
}

proptest! {
    #[test]
    fn any_partition_in_any_order_gives_the_bytes_of_one(
        (rows, part_of, order) in proptest::collection::vec(row(), 0..80).prop_flat_map(|rows| {
            let part_of = proptest::collection::vec(0_usize..7, rows.len());
            (Just(rows), part_of, Just([0_usize, 1, 2, 3, 4, 5, 6]).prop_shuffle())
        })
    ) {
        let rows_of = |part: usize| -> Vec<Row> {
            rows.iter().zip(&part_of).filter(|(_, of)| **of == part).map(|(row, _)| *row).collect()
        };
        let parts = |order: &[usize]| -> Vec<PartialTally> {
            order.iter().map(|part| tally(&format!("part {part}"), &rows_of(*part))).collect()
        };
        let whole = add_up(parts(&order)).unwrap();
        let bytes = whole.to_ndjson();
        prop_assert_eq!(&bytes, &add_up(parts(&[0, 1, 2, 3, 4, 5, 6])).unwrap().to_ndjson());
        // Sums of sums come to the same.
        let halves = [add_up(parts(&order[..3])).unwrap(), add_up(parts(&order[3..])).unwrap()];
        prop_assert_eq!(&bytes, &add_up(halves).unwrap().to_ndjson());
        // Only the list of parts tells them from the tally of one file.
        let one = tally("one", &rows);
        prop_assert_eq!(whole.clone().into_part(Some("one"), "digest of one").to_ndjson(), one.to_ndjson());
        prop_assert_eq!(PartialTally::from_ndjson(&bytes), Ok(whole));
    }

    #[test]
    fn the_tally_of_a_frame_is_the_same(rows in proptest::collection::vec(row(), 1..80)) {
        let counted: Vec<&Row> = rows.iter().filter(|row| row.4.is_some()).collect();
        let attribute = |name: &str, at: usize, place: &dyn Fn(&Row) -> usize| Attribute {
            name: name.to_owned(),
            groups: GROUPS[at].iter().map(|group| (*group).to_owned()).collect(),
            judged: vec!["a".to_owned()],
            group_of: counted.iter().map(|row| place(row)).collect(),
        };
        let attributes = vec![attribute("first", 0, &|row| row.0), attribute("second", 1, &|row| row.1)];
        let frame = Frame {
            features: Vec::new(),
            matrix: Matrix::new(1),
            labels: counted.iter().map(|row| row.2).collect(),
            attributes: attributes.clone(),
            persons: Vec::new(),
        };
        let scores: Vec<Score> = counted.iter().filter_map(|row| Score::try_from(row.4?).ok()).collect();
        prop_assert_eq!(tally("one", &rows).tally(&attributes).unwrap(), Tally::count(&frame, &scores));
    }
}

fn two() -> [PartialTally; 2] {
    let row = (0, 0, true, false, Some(5000));
    [tally("north", &[row, (1, 0, false, false, None)]), tally("south", &[row])]
}

#[test]
fn parts_that_do_not_belong_together_are_named() {
    let [north, south] = two();
    let said = |parts: &[&PartialTally]| add_up(parts.iter().map(|part| (*part).clone())).unwrap_err().to_string();
    assert_eq!(said(&[]), "no part was given");
    assert_eq!(said(&[&north, &south, &north]), "part `north` is counted twice");
    let renamed = north.clone().with_name("east");
    let twice = "part `east` is counted twice: its input is that of part `north`, SHA-256 digest of north";
    assert_eq!(said(&[&north, &renamed]), twice);
    let with_scope = |scope: TallyScope| PartialTally { scope, ..south.clone() };
    let model = "part `south` is of another model: model other; the parts before it: model model";
    assert_eq!(said(&[&north, &with_scope(scope("other"))]), model);
    let policy = with_scope(TallyScope { policy_sha256: None, ..scope("model") });
    assert!(said(&[&north, &policy]).starts_with("part `south` is of another policy: none"));
    let favourable = with_scope(TallyScope { favourable: "0".to_owned(), ..scope("model") });
    assert!(said(&[&north, &favourable]).contains("another favourable outcome"));
    let other = |value: &str, part: &PartialTally| part.clone().with_unfavourable(Some(value.to_owned()));
    assert!(said(&[&other("no", &north), &other("perhaps", &south)]).contains("another unfavourable outcome: perhaps"));
    let bins = PartialTally { drift: Vec::new(), ..south.clone() };
    assert!(said(&[&north, &bins]).contains("another set of bins"));
    // Empty parts may be the same bytes, under their own names.
    let empty = |name: &str| tally("", &[]).into_part(Some(name), "nothing");
    assert!(add_up([empty("a"), empty("b")]).is_ok() && add_up([empty("a"), empty("a")]).is_err());
}

#[test]
fn a_missing_part_is_named() {
    let whole = add_up(two()).unwrap();
    let said = |expected: ExpectedParts| expected.check(&whole).map_err(|error| error.to_string());
    let names = |names: &[&str]| ExpectedParts::Names(names.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(said(ExpectedParts::Count(2)), Ok(()));
    assert_eq!(said(ExpectedParts::Count(3)).unwrap_err(), "3 parts are expected, and there are 2: north, south");
    assert_eq!(said(names(&["south", "north"])), Ok(()));
    assert!(said(names(&["south", "north", "west"])).unwrap_err().starts_with("part `west` is missing"));
    assert_eq!(said(names(&["south"])).unwrap_err(), "part `north` is not one of those that are expected");
}

/// A tally with one thing changed, and a digest that fits.
fn forged(text: &str, from: &str, to: &str) -> Result<PartialTally, TallyFileError> {
    assert!(text.contains(from), "{text}");
    let changed = text.replace(from, to);
    let body = &changed[..changed.trim_end().rfind('\n').unwrap() + 1];
    let seal = andon_evidence::files::sha256_hex(body.as_bytes());
    PartialTally::from_ndjson(&format!("{body}{{\"sha256\":\"{seal}\"}}\n"))
}

#[test]
fn a_file_that_is_cut_or_changed_is_refused() {
    let text = add_up(two()).unwrap().to_ndjson();
    for end in 0..text.len() {
        assert!(PartialTally::from_ndjson(&text[..end]).is_err(), "cut at {end}");
    }
    let lines: Vec<&str> = text.lines().collect();
    for missing in 0..lines.len() {
        let kept = lines.iter().enumerate().filter(|(at, _)| *at != missing).map(|(_, line)| format!("{line}\n"));
        assert!(PartialTally::from_ndjson(&kept.collect::<String>()).is_err(), "without line {missing}");
    }
    for (at, _) in text.match_indices(|letter: char| letter.is_ascii_digit()) {
        let digit = if text.as_bytes()[at] == b'7' { "8" } else { "7" };
        let changed = format!("{}{digit}{}", &text[..at], &text[at + 1..]);
        assert!(PartialTally::from_ndjson(&changed).is_err(), "digit {at}");
    }
    // Nonsense under a digest that fits.
    let problems: BTreeMap<(&str, &str), &str> = BTreeMap::from([
        (("\"form\":2", "\"form\":1"), "of form 1"),
        (("[[5000,2]]", "[[5000,3]]"), "4 are counted"),
        (("[[5000,2]]", "[[5000,1],[5000,1]]"), "3 rows, and 2 are counted"),
        (("[[5000,2]]", "[[0,2]]"), "0 is no score"),
        (("\"label\":1", "\"label\":3"), "not in the order and form"),
        (("\"broken_rows\":1", "\"broken_rows\":0"), "2 are counted"),
        (("\"values\":1", "\"values\":0"), "a count is not from 1"),
        (("[\"a\",\"x\"]", "[\"a\"]"), "a row has not 2 groups"),
        (("[0,2]", "[1,2]"), "bins of age"),
        (("\"referred\":false", "\"referred\":false,\"more\":1"), "unknown field"),
        (("{\"tally\"", "{ \"tally\""), "not in the order and form"),
    ]);
    for ((from, to), problem) in problems {
        let said = forged(&text, from, to).unwrap_err().to_string();
        assert!(said.contains(problem), "{to}: {said}");
    }
    assert!(forged(&text, "north", "north").is_ok());
}
