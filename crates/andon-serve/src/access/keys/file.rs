//! The file of keys.

use std::path::Path;

use andon::evidence::files::sha256_hex;

use super::error::KeysError;
use super::key::{Client, ClientKey, Right};
use super::rate::RateLimit;

/// The rate of a key if the file names none, in requests a second.
const DEFAULT_RATE: u32 = 1_000;

/// The highest rate. A limit above it would have no effect.
const MAX_RATE: u32 = 1_000_000;

/// The length of the longest name.
const MAX_NAME_BYTES: usize = 64;

/// Reports if a key can have this name.
pub(super) fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(plain)
}

/// Reads the keys in a file's text.
pub(super) fn parse(text: &str, file: &Path) -> Result<Vec<ClientKey>, KeysError> {
    let mut keys: Vec<ClientKey> = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let refused = |problem| KeysError::Line { file: file.to_owned(), line, problem };
        let text = text.split('#').next().unwrap_or_default();
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.is_empty() {
            continue;
        }
        let key = parse_key(&words).map_err(refused)?;
        if keys.iter().any(|other| other.client == key.client) {
            return Err(refused(format!("there is a key `{}` above", key.client.0)));
        }
        if let Some(same) = keys.iter().find(|other| other.digest == key.digest) {
            return Err(refused(format!("it is the key of `{}` above", same.client.0)));
        }
        keys.push(key);
    }
    if keys.is_empty() { Err(KeysError::Empty { file: file.to_owned() }) } else { Ok(keys) }
}

fn parse_key(words: &[&str]) -> Result<ClientKey, String> {
    let [name, digest, rest @ ..] = words else {
        return Err(format!("{} words instead of two or more", words.len()));
    };
    let (rate, rest) = match rest {
        [word, others @ ..] if Right::named(word).is_none() => (parse_rate(word)?, others),
        all => (DEFAULT_RATE, all),
    };
    let right =
        |word: &&str| Right::named(word).ok_or_else(|| format!("`{word}` is no right: `stop`, `clear` or `override`"));
    let rights = rest.iter().map(right).collect::<Result<_, _>>()?;
    if !is_name(name) {
        return Err("the name is not 1 to 64 of a-z, A-Z, 0-9, `.`, `_` and `-`".to_owned());
    }
    if digest.len() != 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("the second word is not a SHA-256 of 64 hexadecimal digits".to_owned());
    }
    let digest = digest.to_ascii_lowercase();
    if digest == sha256_hex(b"") {
        return Err("the second word is the SHA-256 of nothing, which is no key".to_owned());
    }
    Ok(ClientKey { client: Client((*name).into()), digest, rate: RateLimit::per_second(rate), rights })
}

fn parse_rate(text: &str) -> Result<u32, String> {
    let rate = text.parse().ok().filter(|rate| (1..=MAX_RATE).contains(rate));
    rate.ok_or_else(|| format!("the rate is not a whole number from 1 to {MAX_RATE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parse(text, Path::new("some/keys")).map(|keys| keys.len()).unwrap_err().to_string()
    }

    #[test]
    fn comments_blank_lines_and_rates_are_read() {
        let a = "a".repeat(64);
        let b = "B".repeat(64);
        let text = format!("# keys\n\n  branch-7 {a} # since May\r\nportal {b} 20");
        let keys = parse(&text, Path::new("keys")).unwrap();
        let names: Vec<_> = keys.iter().map(|key| (&*key.client.0, key.digest.as_str())).collect();
        assert_eq!(names, [("branch-7", a.as_str()), ("portal", &b.to_lowercase())]);
        assert_eq!((keys[0].rate.in_a_second(), keys[1].rate.in_a_second()), (1_000, 20));
    }

    #[test]
    fn a_file_without_a_key_is_refused() {
        for text in ["", "\n \n", "# only words"] {
            assert!(refused(text).starts_with("some/keys holds no key"), "{text}");
        }
    }

    #[test]
    fn a_broken_line_is_named_and_its_digest_is_not_quoted() {
        let a = "a".repeat(64);
        let cases = [
            (format!("one {a}\n{a}"), "some/keys:2: 1 words"),
            (format!("one {a} 5 6"), "some/keys:1: `6` is no right"),
            (format!("é {a}"), "some/keys:1: the name"),
            (format!("{} {a}", "n".repeat(65)), "some/keys:1: the name"),
            (format!("one {}", &a[1..]), "some/keys:1: the second word"),
            (format!("one {}g", &a[1..]), "some/keys:1: the second word"),
            (format!("one {}", sha256_hex(b"")), "some/keys:1: the second word is the SHA-256 of nothing"),
            (
                format!("one {}", sha256_hex(b"").to_uppercase()),
                "some/keys:1: the second word is the SHA-256 of nothing",
            ),
            (format!("one {a} stop 5"), "some/keys:1: `5` is no right"),
            (format!("one {a} 0"), "some/keys:1: the rate"),
            (format!("one {a} -1"), "some/keys:1: the rate"),
            (format!("one {a} 1.5"), "some/keys:1: the rate"),
            (format!("one {a} NaN"), "some/keys:1: the rate"),
            (format!("one {a} 1000001"), "some/keys:1: the rate"),
            (format!("#\none {a}\none {}", "b".repeat(64)), "some/keys:3: there is a key `one` above"),
            (format!("one {a}\n\ntwo {}", a.to_uppercase()), "some/keys:3: it is the key of `one` above"),
        ];
        for (text, problem) in cases {
            let error = refused(&text);
            assert!(error.starts_with(problem) && !error.contains("aaaa"), "{text}: {error}");
        }
    }
}
