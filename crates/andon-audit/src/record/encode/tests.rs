use proptest::prelude::*;

use super::*;
use crate::record::row::{DecisionFields, ForgettingRow, Personal, PersonalPart};

/// Short texts over few letters, so that neighbouring fields meet often.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ab\\x00]{0,3}", Just("[\"a\"]".to_owned())]
}

fn digest() -> impl Strategy<Value = Hash> {
    (0..2_u8).prop_map(|byte| Hash::new([byte; 32]))
}

fn fields() -> impl Strategy<Value = DecisionFields> {
    let score = prop_oneof![Just(None), Just(Some(0.0)), Just(Some(0.5))];
    let texts = (text(), text(), text(), text(), text(), text());
    let model = proptest::option::of(text());
    let digests = (digest(), proptest::option::of(digest()));
    (texts, model, score, digests).prop_map(|(texts, model, score, (inputs, monitoring))| DecisionFields {
        request_id: texts.0,
        model_version: texts.1,
        fingerprint: texts.2,
        model_sha256: model,
        score,
        decision: texts.3,
        reasons: texts.4,
        explanation_source: texts.5,
        inputs_digest: inputs,
        monitoring_digest: monitoring,
    })
}

/// Puts one text in front of the one after it.
fn move_to_next(fields: &mut DecisionFields, at: usize) {
    let DecisionFields { request_id, model_version, fingerprint, decision, .. } = fields;
    let texts = [request_id, model_version, fingerprint, decision];
    let text = std::mem::take(texts[at]);
    texts[at + 1].insert_str(0, &text);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn two_different_decisions_never_encode_alike(one in fields(), other in fields()) {
        prop_assert_eq!(one == other, one.encode().into_bytes() == other.encode().into_bytes());
    }

    #[test]
    fn a_field_cannot_be_taken_for_its_neighbour(fields in fields(), at in 0..3_usize) {
        let mut moved = fields.clone();
        move_to_next(&mut moved, at);
        prop_assert_eq!(moved == fields, moved.encode().digest() == fields.encode().digest());
    }

    #[test]
    fn kinds_never_encode_alike(fields in fields(), one in text(), other in text()) {
        let decision = fields.encode().into_bytes();
        prop_assert!(decision != ForgettingRow::encode(&one, &other).into_bytes());
        let personal = Personal { salt: [0; 32], json: one };
        prop_assert!(personal.digest(PersonalPart::Inputs) != personal.digest(PersonalPart::Monitoring));
    }
}

#[test]
fn the_encoding_is_the_documented_one() {
    let encoded = Encoder::new("d").text("ab").optional(None).optional(Some(b"")).number(1).into_bytes();
    let expected = b"\x01\0\0\0\0\0\0\0d\x02\0\0\0\0\0\0\0ab\0\x01\0\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0";
    assert_eq!(encoded, expected);
}
