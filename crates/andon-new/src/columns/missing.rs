//! Words and numbers that stand for a value that was not recorded.

/// Words for a missing value, in small letters.
const WORDS: [&str; 16] =
    ["", "-", "--", ".", "?", "#n/a", "<na>", "missing", "n/a", "na", "nan", "nil", "none", "null", "unknown", "\\n"];

/// True for a word that stands for a missing value. `none` and `unknown` do so too; as the value of a category they are
/// kept, because there they may say something.
pub(crate) fn is_missing_word(value: &str) -> bool {
    WORDS.contains(&value.to_lowercase().as_str())
}

/// True for a missing word that no category means as one of its values.
pub(crate) fn is_blank_word(value: &str) -> bool {
    is_missing_word(value) && !["none", "unknown", "nil", "missing"].contains(&value.to_lowercase().as_str())
}

/// The values that stand for a missing number: the highest, if it is written in nines, three or more, and lies ten
/// times beyond the next; and a lone -1, -9, -99 and so on below zero. The values ascend, each with its text.
pub(crate) fn codes(values: &[(f64, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    let nines = |text: &str| text.bytes().all(|digit| digit == b'9');
    if let [.., (before, _), (last, text)] = values
        && text.len() >= 3
        && nines(text)
        && *last >= 10.0 * before.abs()
    {
        found.push((*text).to_owned());
    }
    if let [(first, text), (second, _), ..] = values
        && *first < 0.0
        && *second >= 0.0
        && text.strip_prefix('-').is_some_and(|digits| digits == "1" || nines(digits))
    {
        found.push((*text).to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_words_are_known() {
        assert!(["", "NA", "n/a", "?", "NaN", "None"].into_iter().all(is_missing_word));
        assert!(!["0", "no", "nada"].into_iter().any(is_missing_word));
        assert!(is_blank_word("?") && !is_blank_word("None"));
    }

    #[test]
    fn codes_are_far_from_honest_numbers() {
        let found = |values: &[&'static str]| {
            codes(&values.iter().map(|text| (text.parse().unwrap(), *text)).collect::<Vec<_>>())
        };
        assert_eq!(found(&["1", "40", "9999"]), ["9999"]);
        assert_eq!(found(&["-9", "0", "40"]), ["-9"]);
        assert!(found(&["1", "900", "999"]).is_empty() && found(&["-9", "-5", "4"]).is_empty());
        assert!(found(&["1", "9", "99"]).is_empty() && found(&["999"]).is_empty());
    }
}
