//! Reads a text as tokens: words, numbers with their units, and one token for each quoted reason.

use std::fmt;

use super::facts::ExplanationFacts;

/// The unit of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberUnit {
    Bare,
    Percent,
    Dollars,
    Months,
    Days,
    Years,
    Reasons,
}

/// A number in digits. A malformed one keeps its spelling, so that it equals only itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) value: String,
    pub(super) unit: NumberUnit,
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            NumberUnit::Bare => "",
            NumberUnit::Percent => " %",
            NumberUnit::Dollars => " US dollars",
            NumberUnit::Months => " months",
            NumberUnit::Days => " days",
            NumberUnit::Years => " years",
            NumberUnit::Reasons => " reasons",
        };
        write!(f, "{}{unit}", self.value)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A word in lower case, or a sign that belongs to no number.
    Word(String),
    Number(Number),
    Stop(char),
    /// The reason at this place, quoted.
    Quote(usize),
    Decision,
}

impl Token {
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Reports if a quotation may add or drop this token.
    fn is_loose(&self) -> bool {
        *self == Self::Stop(',') || self.word().is_some_and(|word| ARTICLES.contains(&word))
    }
}

/// Words that a quotation may change.
const ARTICLES: [&str; 7] = ["a", "an", "its", "our", "the", "this", "your"];

/// Reads a text, with each quoted reason and then the decision as one token.
pub(super) fn read(text: &str, facts: &ExplanationFacts) -> Vec<Token> {
    let mut reasons: Vec<(usize, Vec<Token>)> =
        facts.reasons.iter().map(|reason| tokenize(&reason.text)).enumerate().collect();
    // One reason may be part of another.
    reasons.sort_by_key(|(_, reason)| std::cmp::Reverse(reason.len()));
    let quoted = reasons.iter().fold(tokenize(text), |text, (at, reason)| replace(&text, reason, &Token::Quote(*at)));
    replace(&quoted, &tokenize(&facts.decision), &Token::Decision)
}

/// Joins the words outside quotations. Each number, quotation and decision becomes a `0`, which no phrase contains.
pub(super) fn own_words(tokens: &[Token]) -> String {
    let tokens = tokens.iter().filter(|token| !matches!(token, Token::Stop(_)));
    tokens.map(|token| token.word().unwrap_or("0")).collect::<Vec<_>>().join(" ")
}

/// Splits a text into words, numbers and stops.
pub(super) fn tokenize(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().map(|c| if matches!(c, '‘' | '’') { '\'' } else { c }).collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        let end = match c {
            _ if c.is_ascii_digit() => number_end(&chars, at),
            _ if c.is_alphanumeric() => word_end(&chars, at),
            _ => at + 1,
        };
        tokens.extend(read_token(&chars, at, end));
        at = end;
    }
    attach_units(&tokens)
}

fn read_token(chars: &[char], at: usize, end: usize) -> Option<Token> {
    let spelling: String = chars[at..end].iter().collect();
    match chars[at] {
        c if c.is_ascii_digit() => {
            Some(Token::Number(Number { value: canonicalize(&spelling), unit: NumberUnit::Bare }))
        }
        c if c.is_alphanumeric() => {
            let word = spelling.to_lowercase();
            Some(Token::Word(word.strip_suffix("'s").map_or(word.clone(), str::to_owned)))
        }
        '%' | '$' => Some(Token::Word(spelling)),
        '-' | '–' | '—' if is_sign(chars, at) => Some(Token::Word("-".to_owned())),
        c if ".,;:()".contains(c) => Some(Token::Stop(c)),
        _ => None,
    }
}

fn word_end(chars: &[char], at: usize) -> usize {
    let goes_on = |at: usize| chars.get(at).is_some_and(|c| c.is_alphanumeric());
    let mut end = at;
    while goes_on(end) || (chars.get(end) == Some(&'\'') && goes_on(end + 1)) {
        end += 1;
    }
    end
}

/// Finds the end of a number and of anything that sticks to it.
fn number_end(chars: &[char], at: usize) -> usize {
    let run = |from: usize| chars.iter().skip(from).take_while(|c| c.is_ascii_alphanumeric()).count();
    let mut end = at + run(at);
    loop {
        let behind = run(end + 1);
        let starts_with_digit = chars.get(end + 1).is_some_and(char::is_ascii_digit);
        let is_group = behind == 3 && chars[end + 1..end + 4].iter().all(char::is_ascii_digit);
        match chars.get(end) {
            Some('.' | ',') if starts_with_digit => end += 1 + behind,
            Some(' ' | '\u{a0}' | '\u{202f}') if is_group && is_grouped(&chars[at..end]) => end += 1 + behind,
            _ => return end,
        }
    }
}

/// Reports if three further digits can belong to the same number.
fn is_grouped(number: &[char]) -> bool {
    let last = number.rsplit(|c| !c.is_ascii_digit()).next().unwrap_or_default();
    (1..=3).contains(&last.len()) && !number.contains(&'.')
}

/// Turns `1,234.50` into `1234.5`; a malformed number stays as it is.
fn canonicalize(spelling: &str) -> String {
    let (whole, decimals) = spelling.split_once('.').unwrap_or((spelling, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let groups: Vec<&str> = whole.split([',', ' ', '\u{a0}', '\u{202f}']).collect();
    let in_threes = groups.len() == 1 || (groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3));
    let padded = whole.len() > 1 && whole.starts_with('0');
    if padded || !in_threes || !is_digits(decimals) || !groups.iter().copied().all(is_digits) {
        return spelling.to_owned();
    }
    let whole = groups.concat();
    let decimals = decimals.trim_end_matches('0');
    if decimals.is_empty() { whole } else { format!("{whole}.{decimals}") }
}

/// Reports if a dash is a sign: something ends before it, and a number or an amount begins after it.
fn is_sign(chars: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).map_or(' ', |before| chars[before]);
    let behind = chars.get(at + 1).copied().unwrap_or(' ');
    (before.is_whitespace() || "($".contains(before)) && (behind.is_ascii_digit() || behind == '$')
}

/// Joins signs and units with their numbers.
fn attach_units(tokens: &[Token]) -> Vec<Token> {
    let mut whole = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let marks: Vec<&str> =
            tokens[at..].iter().map_while(Token::word).take_while(|word| ["$", "-"].contains(word)).take(2).collect();
        let Some(Token::Number(number)) = tokens.get(at + marks.len()) else {
            whole.push(token.clone());
            at += 1;
            continue;
        };
        at += marks.len() + 1;
        let (mut unit, mut length) = read_unit(&tokens[at..]);
        if marks.contains(&"$") {
            length = if unit == NumberUnit::Dollars { length } else { 0 };
            unit = NumberUnit::Dollars;
        }
        let sign = if marks.contains(&"-") { "-" } else { "" };
        whole.push(Token::Number(Number { value: format!("{sign}{}", number.value), unit }));
        at += length;
    }
    whole
}

/// Reads the unit at the beginning of some tokens, and the number of tokens that it takes.
pub(super) fn read_unit(tokens: &[Token]) -> (NumberUnit, usize) {
    let word = |at: usize| tokens.get(at).and_then(Token::word).unwrap_or_default();
    match (word(0), word(1)) {
        ("%" | "percent", _) => (NumberUnit::Percent, 1),
        ("per", "cent") => (NumberUnit::Percent, 2),
        ("us", "dollar" | "dollars") => (NumberUnit::Dollars, 2),
        ("dollar" | "dollars" | "usd", _) => (NumberUnit::Dollars, 1),
        ("month" | "months", _) => (NumberUnit::Months, 1),
        ("day" | "days", _) => (NumberUnit::Days, 1),
        ("year" | "years", _) => (NumberUnit::Years, 1),
        ("reason" | "reasons", _) => (NumberUnit::Reasons, 1),
        _ => (NumberUnit::Bare, 0),
    }
}

fn replace(tokens: &[Token], given: &[Token], by: &Token) -> Vec<Token> {
    let given: Vec<&Token> = given.iter().filter(|token| !token.is_loose()).collect();
    let mut replaced = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let length = quoted_length(&tokens[at..], &given);
        replaced.push(if length > 0 { by.clone() } else { token.clone() });
        at += length.max(1);
    }
    replaced
}

/// Counts the tokens at the beginning that quote the given ones; 0 if they do not.
fn quoted_length(tokens: &[Token], given: &[&Token]) -> usize {
    let mut left = given;
    for (at, token) in tokens.iter().enumerate() {
        match left.split_first() {
            Some((next, others)) if token == *next => left = others,
            Some(_) if at > 0 && token.is_loose() => {}
            _ => return 0,
        }
        if left.is_empty() {
            return at + 1;
        }
    }
    0
}
