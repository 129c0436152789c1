//! The findings about a column.

use std::collections::BTreeMap;

use crate::columns::bands::ordered;
use crate::columns::dates::find_form;
use crate::columns::missing::{codes, is_blank_word, is_missing_word};
use crate::columns::numbers::plain;

/// Most values of a category. A column with more of them that are no numbers names rows, or is free text.
pub(crate) const MAX_LEVELS: usize = 50;

/// Most words that may stand for a missing value among numbers.
const MAX_WORDS_AMONG_NUMBERS: usize = 3;

/// Pairs of words for yes and no, in small letters.
const YES_AND_NO: [(&str, &str); 5] = [("1", "0"), ("yes", "no"), ("y", "n"), ("true", "false"), ("t", "f")];

/// The kind of a column, with what only that kind has.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SeenKind {
    /// No value at all.
    Nothing,
    /// Numbers, in ascending order.
    Number { whole: bool, values: Vec<f64> },
    /// Two words for yes and no.
    Flag { yes: String, no: String },
    /// A few names, each with its rows; in the order of their ranges, or of the alphabet.
    Category { levels: Vec<(String, usize)>, in_order: bool },
    /// Days, in this form.
    Day { form: &'static str },
    /// So many different texts that the column names rows or tells stories.
    Text,
}

/// The findings about a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SeenColumn {
    /// Its name in the file.
    pub(crate) source: String,
    /// Its name in the project.
    pub(crate) name: String,
    pub(crate) kind: SeenKind,
    /// Rows without a value.
    pub(crate) missing: usize,
    /// The words and codes that stand for a missing value here, and are none by themselves.
    pub(crate) missing_words: Vec<String>,
    /// Different values.
    pub(crate) different: usize,
}

impl SeenColumn {
    /// Looks at every value of a column.
    pub(crate) fn new(source: &str, name: &str, cells: &[String], decimal: char) -> Self {
        let counts = counted(cells);
        let numbers = Numbers::new(&counts, decimal);
        let (kind, missing_words) = match numbers {
            Some(numbers) => numbers.kind(),
            None => (named_kind(&counts), Vec::new()),
        };
        let is_missing = |value: &str| match kind {
            SeenKind::Number { .. } | SeenKind::Nothing => is_missing_word(value),
            _ => is_blank_word(value),
        };
        let is_missing = |value: &str| is_missing(value) || missing_words.iter().any(|word| word == value);
        let missing = counts.iter().filter(|(value, _)| is_missing(value)).map(|(_, rows)| rows).sum();
        let different = counts.keys().filter(|value| !is_missing(value)).count();
        Self { source: source.to_owned(), name: name.to_owned(), kind, missing, missing_words, different }
    }
}

/// Each value with its rows.
pub(crate) fn counted(cells: &[String]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    cells.iter().for_each(|cell| *counts.entry(cell.as_str()).or_default() += 1);
    counts
}

/// A column of numbers, apart from a few words.
struct Numbers<'a> {
    /// Ascending: number, text, rows.
    values: Vec<(f64, &'a str, usize)>,
    words: Vec<String>,
    whole: bool,
}

impl<'a> Numbers<'a> {
    /// `None` if the column is no number: it has no number, more than a few other words, or one in twenty rows and more
    /// with such words.
    fn new(counts: &BTreeMap<&'a str, usize>, decimal: char) -> Option<Self> {
        let mut values = Vec::new();
        let mut words = Vec::new();
        let mut whole = true;
        let mut rows_of_words = 0;
        for (text, rows) in counts.iter().filter(|(text, _)| !is_missing_word(text)) {
            match plain(text, decimal) {
                Some(number) => {
                    whole &= !number.contains('.');
                    values.push((number.parse::<f64>().ok()?, *text, *rows));
                }
                None => {
                    words.push((*text).to_owned());
                    rows_of_words += rows;
                }
            }
        }
        values.sort_by(|a, b| a.0.total_cmp(&b.0));
        let rows: usize = values.iter().map(|(_, _, rows)| rows).sum();
        let mostly = words.len() <= MAX_WORDS_AMONG_NUMBERS && 20 * rows_of_words <= rows;
        (!values.is_empty() && mostly && values.len() > words.len()).then_some(Self { values, words, whole })
    }

    fn kind(self) -> (SeenKind, Vec<String>) {
        let Self { values, mut words, whole } = self;
        if words.is_empty()
            && let [(_, "0", _), (_, "1", _)] = values[..]
        {
            return (SeenKind::Flag { yes: "1".to_owned(), no: "0".to_owned() }, words);
        }
        let texts: Vec<(f64, &str)> = values.iter().map(|(number, text, _)| (*number, *text)).collect();
        words.extend(codes(&texts));
        let honest = values.iter().filter(|(_, text, _)| !words.iter().any(|word| word == text));
        let honest: Vec<f64> = honest.flat_map(|(number, _, rows)| std::iter::repeat_n(*number, *rows)).collect();
        (SeenKind::Number { whole, values: honest }, words)
    }
}

/// The kind of a column that is no number.
fn named_kind(counts: &BTreeMap<&str, usize>) -> SeenKind {
    let names: Vec<&str> = counts.keys().copied().filter(|name| !is_blank_word(name)).collect();
    if names.is_empty() {
        return SeenKind::Nothing;
    }
    if let Some((yes, no)) = yes_and_no(&names) {
        return SeenKind::Flag { yes, no };
    }
    if let Some(form) = find_form(names.iter().copied()) {
        return SeenKind::Day { form };
    }
    if names.len() > MAX_LEVELS {
        return SeenKind::Text;
    }
    let in_order = ordered(&names);
    let levels = in_order.as_ref().unwrap_or(&names).iter().map(|name| ((*name).to_owned(), counts[name]));
    SeenKind::Category { levels: levels.collect(), in_order: in_order.is_some() }
}

/// The words for yes and for no, if these two are such words.
pub(crate) fn yes_and_no(names: &[&str]) -> Option<(String, String)> {
    let [a, b] = names else { return None };
    let is = |name: &str, word: &str| name.to_lowercase() == word;
    YES_AND_NO.iter().find_map(|(yes, no)| match () {
        () if is(a, yes) && is(b, no) => Some(((*a).to_owned(), (*b).to_owned())),
        () if is(b, yes) && is(a, no) => Some(((*b).to_owned(), (*a).to_owned())),
        () => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(cells: &[&str]) -> SeenColumn {
        let cells: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
        SeenColumn::new("A", "a", &cells, '.')
    }

    #[test]
    fn kinds_are_told() {
        assert!(matches!(seen(&["1", "2", "7"]).kind, SeenKind::Number { whole: true, .. }));
        assert!(matches!(seen(&["1", "2.5", "NA"]).kind, SeenKind::Number { whole: false, .. }));
        assert!(matches!(seen(&["Yes", "no", "no"]).kind, SeenKind::Flag { yes, no } if yes == "Yes" && no == "no"));
        assert!(matches!(seen(&["0", "1", "1"]).kind, SeenKind::Flag { .. }));
        assert!(matches!(seen(&["2020-01-01", ""]).kind, SeenKind::Day { .. }));
        assert!(matches!(seen(&["a", "b", "a"]).kind, SeenKind::Category { in_order: false, .. }));
        assert!(matches!(seen(&["<1", "1-2", ">2"]).kind, SeenKind::Category { in_order: true, .. }));
        assert!(matches!(seen(&["02134", "10001", "02139"]).kind, SeenKind::Category { .. }));
        assert_eq!(seen(&["", "NA", "?"]).kind, SeenKind::Nothing);
        let names: Vec<String> = (0..60).map(|row| format!("name {row}")).collect();
        assert_eq!(seen(&names.iter().map(String::as_str).collect::<Vec<_>>()).kind, SeenKind::Text);
    }

    #[test]
    fn missing_values_are_counted_with_their_words() {
        let mut cells: Vec<String> = (0..100).map(|row| row.to_string()).collect();
        cells.extend(["Exempt", "9999", "", "NA"].map(str::to_owned));
        let column = SeenColumn::new("A", "a", &cells, '.');
        assert_eq!((column.missing, column.different), (4, 100));
        assert_eq!(column.missing_words, ["Exempt", "9999"]);
        assert_eq!((seen(&["none", "some", ""]).missing, seen(&["none", "1", "2"]).missing), (1, 1));
    }
}
