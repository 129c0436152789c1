//! The form of a file: the character between two values.

/// Separators, the most usual first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Rows from which the separator is told.
const ROWS_LOOKED_AT: usize = 200;

/// The separator that cuts the first rows into the same number of values, and into more than any other.
pub(crate) fn find_separator(text: &str) -> u8 {
    let mut best = SEPARATORS[0];
    let mut most = 0;
    for separator in SEPARATORS {
        let fit = fit(text, separator);
        if fit > most {
            best = separator;
            most = fit;
        }
    }
    best
}

/// The number of rows as long as the header, times the number of its values; none if the header has one value.
fn fit(text: &str, separator: u8) -> usize {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut lengths = reader.records().take(ROWS_LOOKED_AT).map_while(Result::ok).map(|record| record.len());
    let header = lengths.next().unwrap_or(0);
    let alike = lengths.filter(|length| *length == header).count() + 1;
    if header < 2 { 0 } else { alike * header }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_is_the_one_that_cuts_evenly() {
        assert_eq!(find_separator("a,b\n1,2\n"), b',');
        assert_eq!(find_separator("a;b;c\n1,5;2,5;x, y\n1,5;2,5;z\n"), b';');
        assert_eq!(find_separator("a\tb\n1,5\t2,5\n"), b'\t');
        assert_eq!(find_separator("\"a;b\",c\n1,2\n"), b',');
        assert_eq!(find_separator("one\n1\n"), b',');
    }
}
