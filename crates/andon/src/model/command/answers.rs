//! The output of a command, read line by line with a bound on everything: it may never end, or be one endless line.

use std::io::{BufRead, Read as _};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::error::CommandProblem;

/// The most bytes of a line; a float of 64 bits has fewer than 30 characters.
const MAX_LINE_BYTES: usize = 256;

/// The most characters of a line that an error shows.
const MAX_SHOWN: usize = 60;

/// The bytes that are kept of the end of standard error.
const KEPT_BYTES: usize = 2_000;

/// The probabilities of so many rows, or of fewer if the output ends before. `lines` counts them as they come.
pub(super) fn read_answers(
    mut output: impl BufRead,
    rows: usize,
    lines: &AtomicUsize,
) -> Result<Vec<f64>, CommandProblem> {
    let mut answers = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut limited = output.by_ref().take(MAX_LINE_BYTES as u64);
        let read = limited.read_until(b'\n', &mut line).map_err(|error| CommandProblem::Broken(error.to_string()))?;
        if read == 0 {
            return Ok(answers);
        }
        if answers.len() == rows {
            return Err(CommandProblem::TooMany { value: shown(&line), rows });
        }
        let number = answers.len() + 1;
        let refused = |problem| CommandProblem::Answer { line: number, value: shown(&line), problem };
        answers.push(probability(&line).map_err(refused)?);
        lines.store(answers.len(), Ordering::Relaxed);
    }
}

/// The probability that a line states, or the fault in it.
fn probability(line: &[u8]) -> Result<f64, &'static str> {
    if line.len() == MAX_LINE_BYTES && !line.ends_with(b"\n") {
        return Err("is longer than any number");
    }
    let text = str::from_utf8(line).map_err(|_| "is not UTF-8")?.trim();
    if text.is_empty() {
        return Err("is blank");
    }
    let number: f64 = text.parse().map_err(|_| "is not a number")?;
    if number.is_nan() {
        return Err("is not a number: the model has no score for this row");
    }
    if (0.0..=1.0).contains(&number) { Ok(number) } else { Err("is out of range") }
}

/// A line as an error shows it.
fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end_matches(['\r', '\n']);
    let start: String = text.chars().take(MAX_SHOWN).collect();
    let rest = if start.len() < text.len() { "..." } else { "" };
    format!("{}{rest}", start.escape_debug())
}

/// The end of a stream, which is read to its end.
pub(super) fn read_end(mut stream: impl BufRead) -> String {
    let mut kept: Vec<u8> = Vec::new();
    while let Ok(chunk) = stream.fill_buf() {
        if chunk.is_empty() {
            break;
        }
        kept.extend(chunk);
        let read = chunk.len();
        stream.consume(read);
        kept.drain(..kept.len().saturating_sub(KEPT_BYTES));
    }
    String::from_utf8_lossy(&kept).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(output: &[u8], rows: usize) -> Result<Vec<f64>, String> {
        read_answers(output, rows, &AtomicUsize::new(0)).map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_probability_on_each_line_is_read_and_anything_else_is_named_by_its_line() {
        assert_eq!(read(b"0.5\n1\r\n 0 \n1e-3", 4), Ok(vec![0.5, 1.0, 0.0, 0.001]));
        assert_eq!(read(b"0.5\n", 2), Ok(vec![0.5]), "the caller knows that one is missing");
        for (line, problem) in [
            ("score", "is not a number"),
            ("0,5", "is not a number"),
            ("0.5 0.5", "is not a number"),
            ("", "is blank"),
            ("NaN", "is not a number: the model has no score"),
            ("-nan", "is not a number"),
            ("inf", "is out of range"),
            ("-0.0001", "is out of range"),
            ("1.0000001", "is out of range"),
            ("64", "is out of range"),
        ] {
            let error = read(format!("0.25\n{line}\n0.5\n").as_bytes(), 3).unwrap_err();
            assert!(error.contains("line 2 of its output") && error.contains(&format!("value `{line}`")), "{error}");
            assert!(error.contains(problem) && error.contains("from 0 to 1"), "{error}");
        }
        assert!(read(b"\xff\n", 1).unwrap_err().contains("is not UTF-8"));
        let error = read(b"0.5\n0.5\n0.75\n", 2).unwrap_err();
        assert!(error.contains("2 rows") && error.contains("line 3, value `0.75`"), "{error}");
        assert!(read(b"0.5\n\n", 1).unwrap_err().contains("line 2, value ``"));
    }

    #[test]
    fn an_endless_output_is_read_no_further_than_its_first_fault() {
        let endless = std::io::BufReader::new(std::io::repeat(b'0'));
        let error = read_answers(endless, 5, &AtomicUsize::new(0)).unwrap_err().to_string();
        assert!(error.contains("is longer than any number") && error.contains("000..."), "{error}");
        assert!(read(&b"0.5\n".repeat(1_000), 10).unwrap_err().contains("line 11"));
        assert_eq!(read_end(&b"x".repeat(9_000)[..]).len(), KEPT_BYTES);
        assert_eq!(read_end(&b"  a\nb \n"[..]), "a\nb");
    }
}
