//! Texts that may be shown, and texts that may not.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::facts::GivenReason;
use super::vocabulary::{AT_THRESHOLD, BELOW_THRESHOLD};
use super::*;

/// DENY at 32.1 % of the 50 % needed, for two reasons.
fn facts() -> ExplanationFacts {
    let given = |code: &str, text: &str| GivenReason { code: code.to_owned(), text: text.to_owned() };
    ExplanationFacts {
        decision: "DENY".to_owned(),
        probability_percent: 32.1,
        threshold_percent: 50.0,
        reasons: vec![given("R1", "a loan of 1,234.5 US dollars"), given("R2", "payments 60 or more days late")],
        opposite: "APPROVE".to_owned(),
        comparing: &BELOW_THRESHOLD,
        never: ["age_group", "sex", "female", "62_or_more", "family"].map(str::to_owned).to_vec(),
    }
}

/// APPROVE at 83.33 % of the 50 % needed.
fn approval() -> ExplanationFacts {
    ExplanationFacts {
        decision: "APPROVE".to_owned(),
        probability_percent: 83.33,
        reasons: Vec::new(),
        opposite: "DENY".to_owned(),
        comparing: &AT_THRESHOLD,
        ..facts()
    }
}

fn answer(text: &str, facts: &ExplanationFacts) -> String {
    let codes: Vec<&str> = facts.reasons.iter().map(|reason| reason.code.as_str()).collect();
    json!({ "decision": facts.decision, "reasons": codes, "text": text }).to_string()
}

fn judge_text(text: &str) -> Result<String, Refusal> {
    judge(&answer(text, &facts()), &facts())
}

/// Both reasons as a quotation, so that only the text before it can be wrong.
const QUOTED: &str = "A loan of 1,234.5 US dollars, payments 60 or more days late.";

#[test]
fn good_texts_are_shown_as_they_are() {
    let good = [
        "DENY: a loan of 1,234.5 US dollars; payments 60 or more days late.",
        "DENY: 32.1% is below 50%, for 2 reasons: your loan of $1,234.50, and payments 60 or more days late.",
        "“DENY” — the estimated probability (32.10\u{202f}%) falls short of the 50 percent needed. One of the two \
         reasons is payments 60 or more days late, and one is the loan of 1 234.5 dollars.",
        "The answer is DENY. What weighed most against your application: this loan of 1\u{a0}234.5 USD, and Payments \
         60 or more days late. The model's estimate is 32.1 per cent, and at least 50 per cent is required.",
        "DENY: 50 % is the threshold, the probability is 32.1 %: A LOAN OF $1,234.5; PAYMENTS 60 or more days late",
    ];
    for text in good {
        assert_eq!(judge_text(text).as_deref(), Ok(text));
    }
    let good = ["APPROVE.", "APPROVE: the estimated probability of 83.33 % reaches the 50 % that is needed."];
    for text in good {
        assert_eq!(judge(&answer(text, &approval()), &approval()).as_deref(), Ok(text));
    }
}

#[test]
fn bad_texts_are_refused_for_what_is_bad_about_them() {
    let cases = [
        ("", Refusal::Length(0)),
        (" ", Refusal::Length(0)),
        ("DENY: see http://bank.test", Refusal::Link),
        ("DENY: see www.bank.test.", Refusal::Link),
        ("DENY: write to me@bank", Refusal::Character('@')),
        ("**DENY**", Refusal::Character('*')),
        ("- DENY", Refusal::Character('-')),
        ("DENY\nAND", Refusal::Character('\n')),
        ("DENY f\u{200b}emale", Refusal::Character('\u{200b}')),
        ("DENY ½", Refusal::Character('½')),
        ("DENY Ⅷ", Refusal::Character('Ⅷ')),
        ("DENY, or rather APPROVE.", Refusal::OppositeStated("APPROVE".to_owned())),
        ("DENY. It was approved.", Refusal::OppositeStated("APPROVE".to_owned())),
        ("DENY. Your approval.", Refusal::OppositeStated("APPROVE".to_owned())),
        ("The payments are high.", Refusal::DecisionMissing("DENY".to_owned())),
        ("deny", Refusal::DecisionMissing("DENY".to_owned())),
        ("DENYING", Refusal::DecisionMissing("DENY".to_owned())),
        ("We do not DENY.", Refusal::DecisionNegated("DENY".to_owned())),
        ("It wasn’t a DENY.", Refusal::DecisionNegated("DENY".to_owned())),
        ("DENY because of Sex.", Refusal::NeverSaid("sex".to_owned())),
        ("DENY: your age-group's.", Refusal::NeverSaid("age_group".to_owned())),
        ("DENY: FEMALES.", Refusal::NeverSaid("female".to_owned())),
        ("DENY: your families.", Refusal::NeverSaid("family".to_owned())),
        ("DENY. We will see.", Refusal::Promise("will".to_owned())),
        ("DENY, guaranteed.", Refusal::Promise("guarantee".to_owned())),
        ("DENY. Ask your lawyers.", Refusal::LegalAdvice("lawyer".to_owned())),
        ("DENY: a loan of 1,234.5 US dollars.", Refusal::ReasonMissing("payments 60 or more days late".to_owned())),
    ];
    for (text, refusal) in cases {
        assert_eq!(judge_text(text), Err(refusal), "{text}");
    }
}

#[test]
fn numbers_that_were_not_given_are_refused() {
    let number = |number: &str| Refusal::Number(number.to_owned());
    let cases = [
        ("DENY: 32 %. ", number("32 %")),
        ("DENY: 32.2 %. ", number("32.2 %")),
        ("DENY: -32.1 %. ", number("-32.1 %")),
        ("DENY: 32.1 months. ", number("32.1 months")),
        ("DENY: 32.1. ", number("32.1")),
        ("DENY: $32.1. ", number("32.1 US dollars")),
        ("DENY: -$1,234.5. ", number("-1234.5 US dollars")),
        ("DENY: 12,34.5 US dollars. ", number("12,34.5 US dollars")),
        ("DENY: 0.321. ", number("0.321")),
        ("DENY: 3 reasons. ", number("3 reasons")),
        ("DENY: 60 reasons. ", number("60 reasons")),
        ("DENY: 2 %. ", number("2 %")),
        ("DENY: payments 60 days late. ", number("60 days")),
        ("DENY: 5e1 %. ", number("5e1 %")),
        ("DENY: 050 %. ", number("050 %")),
        ("DENY: 32,1 %. ", number("32,1 %")),
        ("DENY: 32.1k. ", number("32.1k")),
        ("DENY: ninety-five percent. ", number("ninety")),
        ("DENY: two percent. ", number("two")),
        ("DENY: three reasons. ", number("three")),
        ("DENY: the probability is 50 %. ", Refusal::Misplaced("50 %".to_owned())),
        ("DENY: 50 % is below 32.1 %. ", Refusal::Misplaced("32.1 %".to_owned())),
        ("DENY: 32.1 % is needed. ", Refusal::Misplaced("32.1 %".to_owned())),
    ];
    for (text, refusal) in cases {
        assert_eq!(judge_text(&format!("{text}{QUOTED}")), Err(refusal), "{text}");
    }
}

#[test]
fn words_beside_the_quotations_are_refused() {
    let word = |word: &str| Refusal::Word(word.to_owned());
    let turned = |word: &str| Refusal::TurnedAround(word.to_owned());
    let cases = [
        ("DENY: your education. ", word("education")),
        ("DENY: the chance exceeds what is needed. ", word("exceeds")),
        ("DENY: $. ", word("$")),
        ("DENY: wegen des Darlehens. ", word("wegen")),
        ("DENY despite: ", turned("despite")),
        ("DENY, not because of ", turned("not")),
        ("DENY, though helped by ", turned("though")),
        ("DENY: you need ", turned("need")),
        ("DENY: it is less than an ", turned("less")),
    ];
    for (text, refusal) in cases {
        assert_eq!(judge_text(&format!("{text}{QUOTED}")), Err(refusal), "{text}");
    }
    let behind = judge_text(&format!("DENY. {} spoke in favour.", QUOTED.trim_end_matches('.')));
    assert_eq!(behind, Err(turned("favour")));
}

#[test]
fn a_hundred_words_are_the_most() {
    let text = |words: usize| format!("DENY {QUOTED}{}", " so".repeat(words - 13));
    assert!(judge_text(&text(MAX_WORDS)).is_ok());
    assert_eq!(judge_text(&text(MAX_WORDS + 1)), Err(Refusal::Length(MAX_WORDS + 1)));
    assert_eq!(judge_text(&format!("DENY {}", "o".repeat(MAX_CHARS))), Err(Refusal::Length(2)));
}

#[test]
fn the_claims_are_the_decision_and_every_code_once() {
    let claims = |decision: &str, codes: &[&str]| {
        let text = format!("DENY: {QUOTED}");
        judge(&json!({ "decision": decision, "reasons": codes, "text": text }).to_string(), &facts()).err()
    };
    assert_eq!(claims("DENY", &["R2", "R1"]), None);
    assert_eq!(claims("deny", &["R1", "R2"]), Some(Refusal::OtherDecision("deny".to_owned())));
    assert_eq!(claims("DENY", &["R1", "R3"]), Some(Refusal::CodeNotGiven("R3".to_owned())));
    assert_eq!(claims("DENY", &["R1", "R2", "R1"]), Some(Refusal::CodeTwice("R1".to_owned())));
    assert_eq!(claims("DENY", &["R2"]), Some(Refusal::CodeMissing("R1".to_owned())));
}

#[test]
fn only_the_schema_is_read() {
    let not_it = [
        "",
        "APPROVE.",
        "null",
        "[\"APPROVE\",[],\"APPROVE.\"]",
        "{}",
        r#"{"decision":"APPROVE","text":"APPROVE."}"#,
        r#"{"decision":"APPROVE","reasons":[],"text":null}"#,
        r#"{"decision":"APPROVE","reasons":[],"text":["APPROVE."]}"#,
        r#"{"decision":"APPROVE","reasons":null,"text":"APPROVE."}"#,
        r#"{"decision":"APPROVE","reasons":[],"text":"APPROVE.","note":""}"#,
        r#"{"decision":"APPROVE","reasons":[],"text":"APPROVE.","text":"APPROVE."}"#,
        r#"{"decision":"APPROVE","reasons":[],"text":"APPROVE."} and more"#,
        r#"{"decision":"APPROVE","reasons":[],"text":"APPROVE."#,
    ];
    for answer in not_it {
        assert_eq!(judge(answer, &approval()), Err(Refusal::NotTheSchema), "{answer}");
    }
    let spaced = " {\"text\": \"APPROVE.\", \"reasons\": [], \"decision\": \"APPROVE\"}\n";
    assert_eq!(judge(spaced, &approval()).as_deref(), Ok("APPROVE."));
}

#[test]
fn the_other_decision_is_found_in_each_form_and_may_be_part_of_the_one() {
    let judge = |decision: &str, opposite: &str, text: &str| {
        let facts = ExplanationFacts { decision: decision.to_owned(), opposite: opposite.to_owned(), ..approval() };
        judge(&answer(text, &facts), &facts).is_ok()
    };
    assert!(judge("NOT ACCEPTED", "ACCEPTED", "NOT ACCEPTED."));
    assert!(!judge("NOT ACCEPTED", "ACCEPTED", "NOT ACCEPTED is not ACCEPTED, ACCEPTED."));
    assert!(!judge("DENIED", "APPROVED", "DENIED. We approve."));
    assert!(!judge("APPROVED", "DENIED", "APPROVED. We deny."));
    assert!(!judge("APPROVED", "DENIED", "APPROVED. The denial."));
    assert!(judge("ACCEPTED", "NOT ACCEPTED", "ACCEPTED."));
    assert!(!judge("ACCEPTED", "NOT ACCEPTED", "NOT ACCEPTED."));
}

#[test]
fn one_reason_may_be_part_of_another() {
    let given = |code: &str, text: &str| GivenReason { code: code.to_owned(), text: text.to_owned() };
    let reasons = vec![given("L", "a loan"), given("R", "a loan not paid back")];
    let facts = ExplanationFacts { reasons, ..facts() };
    let judge = |text: &str| judge(&answer(text, &facts), &facts);
    assert!(judge("DENY: the loan not paid back, a loan.").is_ok());
    assert_eq!(judge("DENY: the loan not paid back."), Err(Refusal::ReasonMissing("a loan".to_owned())));
}

#[test]
fn the_language_model_learns_the_facts_and_nothing_else() {
    let json: BTreeMap<String, serde_json::Value> =
        serde_json::from_value(serde_json::to_value(facts()).unwrap()).unwrap();
    let keys: Vec<&str> = json.keys().map(String::as_str).collect();
    assert_eq!(keys, ["decision", "probability_percent", "reasons", "threshold_percent"]);
    assert_eq!(json["reasons"][1], json!({ "code": "R2", "text": "payments 60 or more days late" }));
}

#[test]
fn the_vocabulary_is_sorted_and_says_nothing_that_has_a_rule_of_its_own() {
    assert!(VOCABULARY.is_sorted_by(|a, b| a < b));
    let grounds =
        ["age", "old", "sex", "he", "she", "race", "color", "people of", "single", "citizen", "family", "man"];
    for word in VOCABULARY.iter().chain(&BELOW_THRESHOLD).chain(&AT_THRESHOLD) {
        let refused = grounds.iter().chain(&PROMISE_PHRASES).chain(&LEGAL_PHRASES).find(|phrase| says(word, phrase));
        assert_eq!(refused, None, "{word}");
        assert!(!REVERSALS.contains(word) && !negates(word), "{word}");
    }
}

/// Pieces that texts are built from: good, bad and hostile ones.
fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "DENY",
        "APPROVE",
        "a loan of 1,234.5 US dollars",
        "payments 60 or more days late",
        "32.1 %",
        "50 %",
        "is below",
        "the probability",
        "not",
        "-",
        "$",
        ".",
        ", ",
        " ",
        "\u{a0}",
        "12",
        "1e9",
        "“",
        "’s",
        "family",
        "𝔡",
        "é",
        "\u{301}",
    ];
    prop_oneof![prop::sample::select(pieces.to_vec()).prop_map(str::to_owned), "\\PC{0,8}", ".{0,3}"]
}

proptest! {
    #[test]
    fn hostile_answers_are_refused_or_keep_the_rules(answer in ".*") {
        prop_assert!(judge(&answer, &facts()).is_err());
    }

    #[test]
    fn whatever_is_accepted_keeps_the_rules(pieces in prop::collection::vec(piece(), 0..12)) {
        if let Ok(text) = judge_text(&pieces.join(" ")) {
            prop_assert!(text.contains("DENY") && text.split_whitespace().count() <= MAX_WORDS);
            prop_assert!(text.chars().all(|c| c.is_alphanumeric() || PUNCTUATION.contains(c)));
        }
    }

    #[test]
    fn plain_words_around_the_quotations_are_accepted(at in prop::collection::vec(0..VOCABULARY.len(), 0..60)) {
        let words: Vec<&str> = at.into_iter().map(|at| VOCABULARY[at]).collect();
        let text = format!("DENY. {}. {QUOTED}", words.join(" "));
        prop_assert_eq!(judge_text(&text), Ok(text));
    }
}
