//! The text of messages: an error with its causes, serde's words for people, and a path as a shell reads it.

use std::error::Error;
use std::path::Path;

/// An error followed by its causes. A cause that its error already ends with is left out.
///
/// ```
/// use andon_evidence::files::read;
/// use andon_evidence::messages::with_causes;
///
/// let error = read("nowhere/at/all".as_ref()).unwrap_err();
/// assert_eq!(with_causes(&error), error.to_string()); // the text of the error already holds its cause
/// ```
#[must_use]
pub fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    for cause in std::iter::successors(error.source(), |error| (*error).source()) {
        let cause = cause.to_string();
        if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// A path as one word of a shell's command line, in quotes if it needs them.
///
/// ```
/// use andon_evidence::messages::shell_word;
///
/// assert_eq!(shell_word("dist/loan-approval".as_ref()), "dist/loan-approval");
/// assert_eq!(shell_word("my keys/andon.pem".as_ref()), "'my keys/andon.pem'");
/// ```
#[must_use]
pub fn shell_word(path: &Path) -> String {
    let path = path.to_string_lossy().into_owned();
    // Only a NUL cannot be quoted, and no path holds one.
    shlex::try_quote(&path).map(std::borrow::Cow::into_owned).unwrap_or(path)
}

/// A message of serde without the names of Rust's types.
///
/// ```
/// use andon_evidence::messages::without_type_names;
///
/// assert_eq!(without_type_names("invalid type: null, expected u8"), "invalid type: null, expected a whole number");
/// assert_eq!(without_type_names("expected struct Tensor with 3 elements at line 1"), "expected an object at line 1");
/// assert_eq!(without_type_names("unknown field `u8`"), "unknown field `u8`");
/// ```
#[must_use]
pub fn without_type_names(message: &str) -> String {
    let mut words = message.split(' ').peekable();
    let mut told: Vec<&str> = Vec::new();
    while let Some(word) = words.next() {
        let is_expected = told.last() == Some(&"expected");
        told.push(plain_name(word).filter(|_| is_expected).unwrap_or(word));
        if is_expected && word == "struct" {
            // The name of the type, and how many members it has.
            words.next();
            if words.peek() == Some(&"with") {
                words.by_ref().take(3).for_each(drop);
            }
        }
    }
    told.join(" ")
}

/// The plain name of a type.
fn plain_name(word: &str) -> Option<&'static str> {
    match word {
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => {
            Some("a whole number")
        }
        "f32" | "f64" => Some("a number"),
        "struct" | "map" => Some("an object"),
        "sequence" => Some("a list"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_names_a_type_of_the_language() {
        let cases = [
            ("invalid type: integer `5`, expected struct Tensor", "invalid type: integer `5`, expected an object"),
            ("expected a sequence of 2", "expected a sequence of 2"),
            ("invalid type: null, expected sequence at line 1", "invalid type: null, expected a list at line 1"),
            ("expected f64", "expected a number"),
            ("expected struct", "expected an object"),
        ];
        for (said, told) in cases {
            assert_eq!(without_type_names(said), told);
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Step {
        text: &'static str,
        source: Option<Box<Step>>,
    }

    fn chain(texts: &[&'static str]) -> Step {
        let source = (texts.len() > 1).then(|| Box::new(chain(&texts[1..])));
        Step { text: texts[0], source }
    }

    #[test]
    fn a_cause_that_the_error_repeats_is_told_once() {
        let told = |texts: &[&'static str]| with_causes(&chain(texts));
        assert_eq!(
            told(&["the policy", "x cannot be read", "no such file"]),
            "the policy: x cannot be read: no such file"
        );
        assert_eq!(told(&["x: no such file", "no such file"]), "x: no such file");
        assert_eq!(told(&["a: b: c", "b: c", "c"]), "a: b: c");
    }

    #[test]
    fn every_path_reads_back_as_one_word() {
        for path in ["a b", "a'b", "$HOME", "a\"b", "*", "größe/ä ö", ""] {
            assert_eq!(shlex::split(&shell_word(Path::new(path))), Some(vec![path.to_owned()]), "{path}");
        }
    }
}
