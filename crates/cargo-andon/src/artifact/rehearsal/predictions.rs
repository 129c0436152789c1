//! `predict` on the whole data file, line by line as the gates vouch for it.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

use andon_evidence::layout::ANSWERS;

use super::expected::ExpectedAnswers;
use super::process::{command, excerpt, run_bounded};

/// The time that the program has to start.
const START_TIME: Duration = Duration::from_secs(60);

/// The time that the program has for each row, a hundred times what it needs.
const TIME_PER_ROW: Duration = Duration::from_millis(10);

/// The name of the copy of the data file that the program reads. The program sees nothing of the release.
pub(super) const DATA_COPY: &str = "applications.csv";

/// The number of bytes that the program may print beyond the expected ones, so that a difference can be shown.
const SPARE_BYTES: usize = 1 << 16;

/// The number of times that the answers may be longer than expected. A program that denies more says more.
const MAX_LENGTH_RATIO: usize = 16;

/// Decides the data file by the program, and compares every byte.
///
/// # Errors
/// The first row that is answered otherwise, whole; or the reason why there are no answers.
pub(super) fn check(
    program: &Path,
    source: &[OsString],
    aside: &Path,
    expected: &ExpectedAnswers,
) -> Result<(), String> {
    let fixed = [OsStr::new("predict"), OsStr::new(DATA_COPY)];
    let arguments: Vec<&OsStr> = fixed.into_iter().chain(source.iter().map(OsString::as_os_str)).collect();
    let rows = u32::try_from(expected.rows()).unwrap_or(u32::MAX);
    let limit = START_TIME + TIME_PER_ROW.saturating_mul(rows);
    let most = MAX_LENGTH_RATIO * expected.answers.len() + SPARE_BYTES;
    let found = run_bounded("predict", command(program, aside, &arguments), most, limit)?;
    match first_difference(&expected.answers, &found) {
        None => Ok(()),
        Some(difference) => Err(describe(&difference, &expected.data)),
    }
}

/// The first place where two texts differ.
struct Difference {
    /// The place of the record, the header being 0.
    place: usize,
    expected: Option<String>,
    found: Option<String>,
}

/// Compares two CSV texts record by record; records that are equal may still be written differently.
fn first_difference(expected: &[u8], found: &[u8]) -> Option<Difference> {
    if expected == found {
        return None;
    }
    let mut expected_records = records(expected);
    let mut found_records = records(found);
    for place in 0.. {
        let expected = expected_records.next();
        let found = found_records.next();
        if expected != found {
            return Some(Difference { place, expected, found });
        }
        if expected.is_none() {
            break;
        }
    }
    let spelled = |text: &[u8]| Some(format!("the same answers in {} other bytes", text.len()));
    Some(Difference { place: 0, expected: spelled(expected), found: spelled(found) })
}

/// The records of a CSV text, each as one line. What is no record is shown as it is.
fn records(text: &[u8]) -> impl Iterator<Item = String> + '_ {
    let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    reader.into_byte_records().map(|record| match record {
        Ok(record) => record.iter().map(|field| String::from_utf8_lossy(field)).collect::<Vec<_>>().join(","),
        Err(error) => error.to_string(),
    })
}

/// The difference in words, with the row of the data file whole.
fn describe(difference: &Difference, data: &Path) -> String {
    let Difference { place, expected, found } = difference;
    let shown = |line: &Option<String>| {
        line.as_ref().map_or("no answer".to_owned(), |line| line.replace(char::is_control, " "))
    };
    let row = data_row(data, *place).map(|row| format!("\n  row       {row}")).unwrap_or_default();
    format!(
        "predict answers row {place} otherwise than {ANSWERS}{row}\n  judged    {}\n  program   {}",
        shown(expected),
        shown(found)
    )
}

/// A row of the data file with the name of each value.
fn data_row(data: &Path, place: usize) -> Option<String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(data).ok()?;
    let header = reader.byte_headers().ok()?.clone();
    let row = reader.byte_records().nth(place.checked_sub(1)?)?.ok()?;
    let field = |(name, value): (&[u8], &[u8])| format!("{}={}", excerpt(name), excerpt(value));
    Some(header.iter().zip(row.iter()).map(field).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JUDGED: &str = "line,decision,probability\n2,YES,0.9000\n3,NO,0.1000\n";

    fn difference(found: &str) -> Option<(usize, Option<String>, Option<String>)> {
        let difference = first_difference(JUDGED.as_bytes(), found.as_bytes())?;
        Some((difference.place, difference.expected, difference.found))
    }

    #[test]
    fn the_same_bytes_are_no_difference() {
        assert_eq!(difference(JUDGED), None);
    }

    #[test]
    fn the_first_answer_that_differs_is_named() {
        let (place, expected, found) = difference(&JUDGED.replace("0.1000", "NaN")).unwrap();
        assert_eq!((place, expected.unwrap().as_str(), found.unwrap().as_str()), (2, "3,NO,0.1000", "3,NO,NaN"));
        let (place, ..) = difference(&JUDGED.replace("2,YES", "2,NO")).unwrap();
        assert_eq!(place, 1);
    }

    #[test]
    fn the_row_of_the_data_file_is_shown_whole() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "size,price\n1,2.5\n2,\n").unwrap();
        let difference = first_difference(JUDGED.as_bytes(), JUDGED.replace("NO", "YES").as_bytes()).unwrap();
        let said = describe(&difference, file.path());
        let expected = "predict answers row 2 otherwise than answers.csv\n  row       size=2 price=\n  judged    3,NO,0.1000\n  program   3,YES,0.1000";
        assert_eq!(said, expected);
    }

    #[test]
    fn rows_that_are_missing_or_too_many_are_differences() {
        let short = &JUDGED[..JUDGED.len() - "3,NO,0.1000\n".len()];
        assert_eq!(difference(short), Some((2, Some("3,NO,0.1000".to_owned()), None)));
        assert_eq!(difference(&format!("{JUDGED}4,YES,0.5000\n")), Some((3, None, Some("4,YES,0.5000".to_owned()))));
        assert_eq!(difference("").unwrap().0, 0);
    }

    #[test]
    fn other_bytes_of_the_same_answers_are_a_difference() {
        assert!(difference(&JUDGED.replace('\n', "\r\n")).is_some());
        assert!(difference(&JUDGED.replace("NO", "\"NO\"")).is_some());
    }
}
