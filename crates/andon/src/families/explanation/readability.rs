//! The reading ease of a text.

/// Flesch's reading ease: about 100 for what a child reads, 60 for plain English, below 30 for what scholars read
/// (Flesch 1948, "A new readability yardstick"). `None` for a text without a word.
///
/// Sentences end at `.`, `!`, `?` or `;` before a space or the end, or at `: ` and a line break, so that a list counts
/// item by item. Syllables are the groups of vowels of a word but for a silent `e` at its end; a figure or a sign
/// counts as one (Flesch 1979, "How to write plain English", chapter 2).
///
/// ```
/// // Six words in one sentence, six syllables: 206.835 - 1.015 * 6 - 84.6 * 1.
/// let ease = andon::families::explanation::readability::reading_ease("The cat sat on the mat.");
/// assert!((ease.unwrap() - 116.145).abs() < 1e-9);
/// assert_eq!(andon::families::explanation::readability::reading_ease(" … "), None);
/// ```
#[must_use]
pub fn reading_ease(text: &str) -> Option<f64> {
    let is_word = |word: &&str| word.chars().any(|c| c.is_alphanumeric() || c == '%');
    let words: Vec<&str> = text.split_whitespace().filter(is_word).collect();
    if words.is_empty() {
        return None;
    }
    let ends = words.iter().filter(|word| word.ends_with(['.', '!', '?', ';', ':'])).count();
    let unended = usize::from(!words[words.len() - 1].ends_with(['.', '!', '?', ';', ':']));
    let syllables: usize = words.iter().map(|word| syllables(word)).sum();
    let count = words.len() as f64;
    Some(206.835 - 1.015 * count / (ends + unended) as f64 - 84.6 * syllables as f64 / count)
}

fn syllables(word: &str) -> usize {
    let letters: Vec<char> = word.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    if letters.iter().any(|c| c.is_numeric()) {
        return 1;
    }
    let is_vowel = |c: &char| "aeiouy".contains(*c);
    let starts = letters
        .iter()
        .enumerate()
        .filter(|(at, c)| is_vowel(c) && !at.checked_sub(1).is_some_and(|before| is_vowel(&letters[before])));
    let groups = starts.count();
    let silent = letters.ends_with(&['e']) && !letters.ends_with(&['l', 'e']) && groups > 1;
    groups.saturating_sub(usize::from(silent)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_of_words_as_they_are_counted_by_hand() {
        let words = [("a", 1), ("denied", 2), ("income", 2), ("needed", 2), ("bankruptcy", 3), ("probability", 5)];
        for (word, count) in words {
            // Groups of vowels are an approximation: `denied` and `income` have one more or less in speech.
            assert_eq!(syllables(word), count, "{word}");
        }
        assert_eq!((syllables("58.25"), syllables("table"), syllables("the")), (1, 2, 1));
    }
}
