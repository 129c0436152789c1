//! Judges the text of a language model about a decision before it is shown.
//!
//! This is a pure function over a short list of rules. The text must state the decision and quote every reason. Beyond
//! that it may hold only the given numbers and the plain words of a closed vocabulary. So the last rule refuses
//! everything that is invented, softened, foreign or injected; the rules before it give the exact reason. The guard
//! does not judge style: a text may be clumsy.

use andon::evidence::policy::says;
use serde::Deserialize;

pub(crate) mod facts;
mod numbers;
mod reading;
pub(crate) mod refusal;
mod vocabulary;

pub use facts::ExplanationFacts;
use reading::{Token, own_words, read};
pub use refusal::{MAX_CHARS, MAX_WORDS, Refusal};
use vocabulary::{COPULAS, LEGAL_PHRASES, NEGATIONS, PROMISE_PHRASES, REVERSALS, VOCABULARY, compares};

/// The punctuation of plain statements. Markup and addresses need more; questions and exclamations are not allowed.
pub(crate) const PUNCTUATION: &str = " .,;:%$()'\"‘’“”–—-\u{a0}\u{202f}";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelAnswer {
    decision: String,
    reasons: Vec<String>,
    text: String,
}

/// Gives the text of a language model's answer if it may be shown.
///
/// # Errors
/// [`Refusal`]: the first rule that the answer breaks.
pub fn judge(answer: &str, facts: &ExplanationFacts) -> Result<String, Refusal> {
    // serde would read an array of the fields as the object.
    let object = Some(answer).filter(|answer| answer.trim_start().starts_with('{')).ok_or(Refusal::NotTheSchema)?;
    let ModelAnswer { decision, reasons, text } = serde_json::from_str(object).map_err(|_| Refusal::NotTheSchema)?;
    if decision != facts.decision {
        return Err(Refusal::OtherDecision(decision));
    }
    check_form(&text)?;
    let tokens = read(&text, facts);
    check_decision(&text, &tokens, facts)?;
    check_codes(&reasons, facts)?;
    check_phrases(&text, &tokens, facts)?;
    check_reasons(&tokens, facts)?;
    numbers::check(&tokens, facts)?;
    check_words(&tokens, facts)?;
    Ok(text)
}

fn check_form(text: &str) -> Result<(), Refusal> {
    let words = text.split_whitespace().count();
    if !(1..=MAX_WORDS).contains(&words) || text.chars().count() > MAX_CHARS {
        return Err(Refusal::Length(words));
    }
    let has_domain = |word: &str| word.split('.').skip(1).any(|part| part.starts_with(char::is_alphabetic));
    if text.contains("://") || text.split_whitespace().any(has_domain) {
        return Err(Refusal::Link);
    }
    let allowed = |c: char| c.is_ascii_digit() || (c.is_alphabetic() && !c.is_numeric()) || PUNCTUATION.contains(c);
    match text.chars().find(|c| !allowed(*c)) {
        Some(other) => Err(Refusal::Character(other)),
        None if text.starts_with(['-', '–', '—']) => Err(Refusal::Character('-')),
        None => Ok(()),
    }
}

fn check_decision(text: &str, tokens: &[Token], facts: &ExplanationFacts) -> Result<(), Refusal> {
    let spoken = to_plain_words(text);
    let decision = to_plain_words(&facts.decision);
    let opposite = to_plain_words(&facts.opposite);
    // One word may be part of the other, as in ACCEPTED and NOT ACCEPTED.
    let others = if decision.contains(&opposite) { spoken.replace(&decision, " ") } else { spoken };
    if inflect(&opposite).iter().any(|form| others.contains(form)) {
        return Err(Refusal::OppositeStated(facts.opposite.clone()));
    }
    if !states(text, &facts.decision) {
        return Err(Refusal::DecisionMissing(facts.decision.clone()));
    }
    let stated = tokens.iter().enumerate().filter(|(_, token)| **token == Token::Decision);
    let negated = |at: usize| tokens[..at].iter().rev().filter_map(Token::word).take(3).any(negates);
    if stated.into_iter().any(|(at, _)| negated(at)) {
        return Err(Refusal::DecisionNegated(facts.decision.clone()));
    }
    Ok(())
}

fn negates(word: &str) -> bool {
    NEGATIONS.contains(&word) || word.ends_with("n't")
}

/// Reports if the text holds the decision as it is written, and not as part of another word.
fn states(text: &str, decision: &str) -> bool {
    let mut found = text.match_indices(decision);
    found.any(|(at, _)| {
        let before = &text[..at];
        let behind = &text[at + decision.len()..];
        !before.ends_with(char::is_alphanumeric) && !behind.starts_with(char::is_alphanumeric)
    })
}

/// A plain word and its forms as a verb: deny, denies, denied, denying.
fn inflect(word: &str) -> Vec<String> {
    let word = word.trim();
    let (stem, endings) = match word.strip_suffix("ied").or(word.strip_suffix('y')) {
        Some(stem) => (stem, ["y", "ies", "ied", "ying", "ial"].as_slice()),
        None => {
            let stem = word.strip_suffix("ed").or(word.strip_suffix('e')).unwrap_or(word);
            (stem, ["", "e", "s", "es", "ed", "ing", "al", "able", "ance"].as_slice())
        }
    };
    let inflected = endings.iter().map(|ending| format!(" {stem}{ending} "));
    inflected.chain([format!(" {word} ")]).collect()
}

/// Lower-case words between single spaces, without punctuation and possessives.
fn to_plain_words(text: &str) -> String {
    format!(" {} ", andon::evidence::policy::words(text).collect::<Vec<_>>().join(" "))
}

fn check_codes(codes: &[String], facts: &ExplanationFacts) -> Result<(), Refusal> {
    for (at, code) in codes.iter().enumerate() {
        if !facts.reasons.iter().any(|reason| reason.code == *code) {
            return Err(Refusal::CodeNotGiven(code.clone()));
        }
        if codes[..at].contains(code) {
            return Err(Refusal::CodeTwice(code.clone()));
        }
    }
    let missing = facts.reasons.iter().find(|reason| !codes.contains(&reason.code));
    missing.map_or(Ok(()), |reason| Err(Refusal::CodeMissing(reason.code.clone())))
}

/// Checks that the text holds no forbidden phrase. Promises and legal advice are allowed inside a quoted reason only.
fn check_phrases(text: &str, tokens: &[Token], facts: &ExplanationFacts) -> Result<(), Refusal> {
    if let Some(word) = facts.never.iter().find(|word| says(text, word)) {
        return Err(Refusal::NeverSaid(word.clone()));
    }
    let own = own_words(tokens);
    let said = |phrases: &[&str]| phrases.iter().find(|phrase| says(&own, phrase)).map(|phrase| (*phrase).to_owned());
    if let Some(promise) = said(&PROMISE_PHRASES) {
        return Err(Refusal::Promise(promise));
    }
    said(&LEGAL_PHRASES).map_or(Ok(()), |advice| Err(Refusal::LegalAdvice(advice)))
}

/// Checks that every reason is quoted, and that no sentence around a quotation reverses it.
fn check_reasons(tokens: &[Token], facts: &ExplanationFacts) -> Result<(), Refusal> {
    let is_quoted = |at: usize| tokens.contains(&Token::Quote(at));
    if let Some((_, reason)) = facts.reasons.iter().enumerate().find(|(at, _)| !is_quoted(*at)) {
        return Err(Refusal::ReasonMissing(reason.text.clone()));
    }
    let mut sentences = tokens.split(|token| matches!(token, Token::Stop('.')));
    let turned = sentences.find_map(|sentence| {
        let mut quotations = sentence.iter().enumerate().filter(|(_, token)| matches!(token, Token::Quote(_)));
        quotations.find_map(|(at, _)| find_reversal(sentence, at))
    });
    turned.map_or(Ok(()), |word| Err(Refusal::TurnedAround(word.to_owned())))
}

/// Finds a word that reverses the quotation at this place: anywhere in its sentence, or beside it if the word would
/// turn a finding into a demand.
fn find_reversal(sentence: &[Token], at: usize) -> Option<&str> {
    let turns = |word: &&str| REVERSALS.contains(word) || negates(word);
    let is_own = |word: &&str| !COPULAS.contains(word) && *word != "than";
    let before = sentence[..at].iter().rev().map_while(Token::word).find(is_own);
    let behind = sentence[at + 1..].iter().map_while(Token::word).find(is_own);
    let beside = before.into_iter().chain(behind).find(|word| compares(word));
    sentence.iter().filter_map(Token::word).find(turns).or(beside)
}

/// Checks that only plain words are left.
fn check_words(tokens: &[Token], facts: &ExplanationFacts) -> Result<(), Refusal> {
    let is_plain = |word: &str| {
        VOCABULARY.binary_search(&word).is_ok()
            || facts.comparing.contains(&word)
            || numbers::NUMBER_WORDS.contains(&word)
    };
    let own = tokens.iter().filter_map(Token::word).find(|word| !is_plain(word));
    own.map_or(Ok(()), |word| Err(Refusal::Word(word.to_owned())))
}

#[cfg(test)]
mod tests;
