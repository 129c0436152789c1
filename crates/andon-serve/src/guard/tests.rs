//! Texts that may be shown, and texts that may not.

use std::collections::BTreeMap;

use super::*;

/// DENY at 32.1 % of the 50 % needed, for two reasons.
fn facts() -> Facts {
    Facts {
        decision: "DENY".to_owned(),
        probability_percent: 32.1,
        threshold_percent: 50.0,
        reasons: vec!["the payments are high".to_owned(), "payments 60 or more days late".to_owned()],
        opposite: "APPROVE".to_owned(),
        protected: ["age_group", "sex", "female", "62_or_more"].map(str::to_owned).to_vec(),
    }
}

fn judge_text(text: &str) -> Result<String, Refusal> {
    judge(&serde_json::json!({ "text": text }).to_string(), &facts())
}

#[test]
fn good_texts_are_shown_as_they_are() {
    let good = [
        "DENY.",
        "DENY: the estimated probability is 32.1 %; at least 50.0 % is needed.",
        "DENY: 32.1% is below 50%, for 2 reasons: the payments are high, payments 60 or more days late.",
        "“DENY” — the payments are high (32.10\u{202f}%), one of two reasons. Nobody's average.",
        "The answer is DENY, as 32.1 percent is less than 50 per cent. Your agenda and the approval are unsexed.",
    ];
    for text in good {
        assert_eq!(judge_text(text).as_deref(), Ok(text));
    }
}

#[test]
fn bad_texts_are_refused_for_what_is_bad_about_them() {
    let number = |number: &str| Refusal::Number(number.to_owned());
    let protected = |name: &str| Refusal::Protected(name.to_owned());
    let opposite = || Refusal::OppositeStated("APPROVE".to_owned());
    let missing = || Refusal::DecisionMissing("DENY".to_owned());
    let cases = [
        ("", Refusal::Length(0)),
        (" ", Refusal::Length(0)),
        ("The payments are high.", missing()),
        ("deny", missing()),
        ("DENYING", missing()),
        ("We do not DENY.", missing()),
        ("It wasn’t a DENY.", missing()),
        ("DENY, or rather APPROVE.", opposite()),
        ("DENY. It was approved.", opposite()),
        ("DENY. We are approving.", opposite()),
        ("DENY: 32 %.", number("32")),
        ("DENY: 32.2 %.", number("32.2")),
        ("DENY: -32.1 %.", number("-32.1")),
        ("DENY: 0.321.", number("0.321")),
        ("DENY: 3 reasons.", number("3")),
        ("DENY: 2 %.", number("2")),
        ("DENY: 2%.", number("2%")),
        ("DENY: payments 60 days late.", number("60")),
        ("DENY: 5e1 %.", number("5e1")),
        ("DENY: 32,1 %.", number("32,1")),
        ("DENY: 32.1k.", number("32.1k")),
        ("DENY: ninety-five percent.", number("ninety")),
        ("DENY: two percent.", number("two")),
        ("DENY: three reasons.", number("three")),
        ("DENY: see http://bank.test", Refusal::Link),
        ("DENY: see www.bank.test.", Refusal::Link),
        ("DENY: see bank.test.", Refusal::Link),
        ("DENY: write to me@bank", Refusal::Character('@')),
        ("**DENY**", Refusal::Character('*')),
        ("# DENY", Refusal::Character('#')),
        ("- DENY", Refusal::Character('-')),
        ("DENY [here]", Refusal::Character('[')),
        ("<b>DENY</b>", Refusal::Character('<')),
        ("DENY\nAND", Refusal::Character('\n')),
        ("DENY\u{7}", Refusal::Character('\u{7}')),
        ("DENY f\u{200b}emale", Refusal::Character('\u{200b}')),
        ("DENY ½", Refusal::Character('½')),
        ("DENY Ⅷ", Refusal::Character('Ⅷ')),
        ("DENY 🙂", Refusal::Character('🙂')),
        ("DENY because of Sex.", protected("sex")),
        ("DENY: your age group.", protected("age_group")),
        ("DENY: your age-group's.", protected("age_group")),
        ("DENY: FEMALES.", protected("female")),
        ("DENY: a female’s payments.", protected("female")),
    ];
    for (text, refusal) in cases {
        assert_eq!(judge_text(text), Err(refusal), "{text}");
    }
}

#[test]
fn a_hundred_words_are_the_most() {
    let text = |words: usize| format!("DENY{}", " so".repeat(words - 1));
    assert!(judge_text(&text(MAX_WORDS)).is_ok());
    assert_eq!(judge_text(&text(MAX_WORDS + 1)), Err(Refusal::Length(MAX_WORDS + 1)));
    assert_eq!(judge_text(&format!("DENY {}", "o".repeat(MAX_CHARS))), Err(Refusal::Length(2)));
}

#[test]
fn only_the_schema_is_read() {
    let not_it = [
        "",
        "DENY.",
        "null",
        "\"DENY.\"",
        "[\"DENY.\"]",
        "{}",
        "{\"text\": null}",
        "{\"text\": 1}",
        "{\"text\": [\"DENY.\"]}",
        "{\"text\": \"DENY.\", \"note\": \"\"}",
        "{\"text\": \"DENY.\", \"text\": \"DENY.\"}",
        "{\"text\": \"DENY.\"} and more",
        "```json\n{\"text\": \"DENY.\"}\n```",
        "{\"text\": \"DENY.",
    ];
    for answer in not_it {
        assert_eq!(judge(answer, &facts()), Err(Refusal::NotTheSchema), "{answer}");
    }
    assert_eq!(judge(" {\"text\": \"DENY.\"}\n", &facts()).as_deref(), Ok("DENY."));
}

#[test]
fn the_other_decision_is_found_in_each_form_and_may_be_part_of_the_one() {
    let judge = |decision: &str, opposite: &str, text: &str| {
        let facts = Facts { decision: decision.to_owned(), opposite: opposite.to_owned(), ..facts() };
        judge(&serde_json::json!({ "text": text }).to_string(), &facts).is_ok()
    };
    assert!(judge("NOT ACCEPTED", "ACCEPTED", "NOT ACCEPTED."));
    assert!(!judge("NOT ACCEPTED", "ACCEPTED", "NOT ACCEPTED is not ACCEPTED, ACCEPTED."));
    assert!(!judge("DENIED", "APPROVED", "DENIED. We approve."));
    assert!(!judge("APPROVED", "DENIED", "APPROVED. We deny."));
    assert!(judge("ACCEPTED", "NOT ACCEPTED", "ACCEPTED."));
    assert!(!judge("ACCEPTED", "NOT ACCEPTED", "NOT ACCEPTED."));
}

#[test]
fn the_language_model_learns_the_facts_and_nothing_else() {
    let json: BTreeMap<String, serde_json::Value> =
        serde_json::from_value(serde_json::to_value(facts()).unwrap()).unwrap();
    let keys: Vec<&str> = json.keys().map(String::as_str).collect();
    assert_eq!(keys, ["decision", "probability_percent", "reasons", "threshold_percent"]);
}
