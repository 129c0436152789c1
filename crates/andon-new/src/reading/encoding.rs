//! Bytes as text: UTF-8 with or without its mark, UTF-16 with one, and Windows-1252, of which Latin-1 is a part.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use crate::error::Problem;

/// The first bytes of files that are no text.
const NO_TEXT: [(&[u8], &str); 3] = [
    (b"PK\x03\x04", "a ZIP archive, such as a spreadsheet"),
    (b"\x1f\x8b", "compressed by gzip"),
    (b"SQLite format 3", "an SQLite database"),
];

/// The first bytes of a Parquet file.
pub const PARQUET_MARK: &[u8] = b"PAR1";

/// True for a Parquet file, by its first bytes.
pub(super) fn is_parquet(bytes: &[u8]) -> bool {
    bytes.starts_with(PARQUET_MARK)
}

/// A file as text.
pub(crate) struct Decoded {
    pub(crate) text: String,
    pub(crate) encoding: &'static str,
}

/// Finds the encoding. What is not UTF-8 and has no mark is taken for Windows-1252, in which every byte has a meaning.
pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded, Problem> {
    check_text(bytes)?;
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let encoding = marked.unwrap_or(if str::from_utf8(bytes).is_ok() { UTF_8 } else { WINDOWS_1252 });
    Ok(Decoded { text: decode_as(bytes, encoding.name())?, encoding: encoding.name() })
}

/// Reads a file of a named encoding.
pub(crate) fn decode_as(bytes: &[u8], encoding: &str) -> Result<String, Problem> {
    let next = "use a name of the Encoding Standard, such as UTF-8 or windows-1252";
    let known = Encoding::for_label(encoding.as_bytes());
    let known = known.ok_or_else(|| Problem::new(format!("no encoding is called `{encoding}`"), next))?;
    let (text, read_as, broken) = known.decode(bytes);
    if broken {
        return Err(Problem::new(format!("the file is not {}", read_as.name()), "save it as UTF-8"));
    }
    Ok(text.into_owned())
}

fn check_text(bytes: &[u8]) -> Result<(), Problem> {
    if bytes.trim_ascii().is_empty() {
        return Err(Problem::new("the file is empty", "name a file with a header line and at least 200 rows"));
    }
    if let Some((_, what)) = NO_TEXT.iter().find(|(first, _)| bytes.starts_with(first)) {
        return Err(Problem::new(format!("this is {what}, not text"), "export it as CSV with a header line"));
    }
    let zero = bytes.iter().position(|byte| *byte == 0).filter(|_| Encoding::for_bom(bytes).is_none());
    match zero {
        Some(at) => {
            let problem = format!("this is not text: byte {} is zero", at + 1);
            Err(Problem::new(problem, "export the data as CSV with a header line"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_found() {
        for (bytes, encoding) in [
            (&b"a;\xc3\xa9"[..], "UTF-8"),
            (b"\xef\xbb\xbfa;\xc3\xa9", "UTF-8"),
            (b"a;\xe9", "windows-1252"),
            (b"\xff\xfea\0;\0\xe9\0", "UTF-16LE"),
        ] {
            let decoded = decode(bytes).unwrap();
            assert_eq!((decoded.text.as_str(), decoded.encoding), ("a;\u{e9}", encoding));
        }
    }

    #[test]
    fn what_is_no_text_is_named() {
        let problem = |bytes: &[u8]| decode(bytes).err().unwrap().problem;
        assert_eq!(problem(b" \n"), "the file is empty");
        assert!(is_parquet(b"PAR1\x15"));
        assert!(problem(b"PK\x03\x04\x00").contains("spreadsheet"));
        assert_eq!(problem(b"a,b\n1,\0"), "this is not text: byte 7 is zero");
        assert!(decode_as(b"a", "morse").is_err() && decode_as(b"\xff", "UTF-8").is_err());
    }
}
