//! The text of a reason or a name must say something: a full stop, a blank that nobody sees and a word that stands for
//! nothing are refused.

use std::collections::BTreeSet;

use crate::policy::error::KeyProblem;

/// Words that stand where a reason or a name has still to be written.
const PLACEHOLDERS: [&str; 12] =
    ["tbd", "tba", "todo", "fixme", "none", "n/a", "nil", "null", "unknown", "placeholder", "someone", "somebody"];
/// The fewest letters and digits.
const MIN_LETTERS: usize = 3;

/// Refuses a text in which nobody has stated anything, as the policy refuses it for a reason. `name` says which text.
///
/// ```
/// use andon_evidence::policy::check_stated;
/// assert!(check_stated("why", "the rates are wrong since noon").is_ok());
/// assert!(check_stated("why", "tbd").unwrap_err().starts_with("why: `tbd` states nothing"));
/// ```
///
/// # Errors
/// The text and what is wrong with it.
pub fn check_stated(name: &str, text: &str) -> Result<(), String> {
    stated(name, text).map_err(|(name, problem)| format!("{name}: {problem}"))
}

/// Refuses a text in which nobody has stated anything.
pub(crate) fn stated(key: &str, text: &str) -> Result<(), KeyProblem> {
    let letters: Vec<char> = text.chars().filter(|letter| letter.is_alphanumeric()).collect();
    let different: BTreeSet<&char> = letters.iter().collect();
    let word = text.trim().trim_end_matches(['.', '!', '?', '…']).to_lowercase();
    if letters.len() < MIN_LETTERS || different.len() < 2 || PLACEHOLDERS.contains(&word.as_str()) {
        let shown = text.escape_debug();
        return Err((key.to_owned(), format!("`{shown}` states nothing: write it for an auditor who reads it once")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_states_nothing_is_refused() {
        for text in
            ["", " ", ".", "…", "\u{200b}", "\u{200b}\u{2060}\u{feff}", "-----", "aaaa", "x", "TODO", "n/a", "tbd."]
        {
            assert!(stated("why", text).is_err(), "{text:?}");
        }
        for text in ["Ada", "law", "four-fifths rule", "29 CFR 1607.4(D)", "法律の規定による"] {
            assert!(stated("why", text).is_ok(), "{text:?}");
        }
    }
}
