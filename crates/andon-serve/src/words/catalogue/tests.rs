//! The catalogue on a policy like any other.

use std::path::Path;

use andon::{REFER, Reason};

use serde_json::json;

use super::*;

fn policy() -> Policy {
    let never =
        "[explanation.never]\nage = [\"old\", \"elderly\", \"generation\"]\nsex = [\"she\", \"women\", \"lady\"]\n";
    let text = include_str!("../../../tests/serve/houses.toml").replace("[gate.", &format!("{never}\n[gate."));
    let text = text.replace("OLLAMA_URL", "http://127.0.0.1:9").replace("TIMEOUT_MS", "1000");
    Policy::parse(&text, Path::new("release.toml")).unwrap()
}

fn reply(decision: &str, probability: f64, reasons: &[(&str, &str)]) -> Reply {
    let reason =
        |(code, text): &(&str, &str)| json!({ "code": code, "feature": "", "text": text, "improve": "", "moved": 0.0 });
    let reasons = reasons.iter().map(reason).map(|reason| serde_json::from_value::<Reason>(reason).unwrap());
    Reply {
        confidence: Some(probability.max(1.0 - probability)),
        contact: None,
        decision: decision.to_owned(),
        probability: Some(probability),
        reasons: reasons.collect(),
        counterfactual: None,
        outside_validated: Vec::new(),
        explanation: String::new(),
    }
}

#[test]
fn every_answer_is_judged_rightly() {
    let approval = reply("ACCEPT", 0.8333, &[]);
    let reasons = [
        ("A", "a floor of 30 square metres"),
        ("H", "no stove in winter"),
        ("P", "a price of 1,234,567.5 US dollars, which is 58 % of income"),
        ("D", "payments 60 or more days late in the last two years"),
    ];
    for reasons in [&reasons[..1], &reasons[..2], &reasons] {
        let judged = judge_catalogue(&policy(), &reply("DECLINE", 0.1667, reasons), &approval).unwrap();
        assert_eq!(judged.wrong, []);
        assert!(judged.bad >= 80 && judged.good >= 24, "{} bad, {} good", judged.bad, judged.good);
    }
}

/// Names of groups that are plain words, numbers, or hold signs that no plain sentence has.
#[test]
fn no_name_of_a_group_makes_the_guard_wrong() {
    let approval = reply("ACCEPT", 0.8333, &[]);
    let denial = reply("DECLINE", 0.1667, &[("P", "a second loan of 25 % of income"), ("D", "a debt of 60 months")]);
    let names = ["second", "<25", "25", ">60 <b>", "second <2>", "under_25", "the", "<unknown>", "\u{e9}t\u{e9}"];
    let groups = names.map(|name| format!("{name:?}")).join(", ");
    let text = include_str!("../../../tests/serve/houses.toml")
        .replace("[\"north_side\", \"south_side\"]", &format!("[{groups}]"))
        .replace("OLLAMA_URL", "http://127.0.0.1:9")
        .replace("TIMEOUT_MS", "1000");
    let policy = Policy::parse(&text, Path::new("release.toml")).unwrap();
    let judged = judge_catalogue(&policy, &denial, &approval).unwrap();
    assert_eq!(judged.wrong, []);
    let forbidden = crate::words::guard::facts::forbidden_phrases(&policy);
    assert_eq!(
        forbidden,
        ["origin", ">60 <b>", "second <2>", "under_25", "<unknown>", "\u{e9}t\u{e9}"].map(str::to_owned)
    );
}

/// Whole and half percents and tenths are the ones that rounding writes in another way.
#[test]
fn every_probability_is_judged_rightly() {
    let reasons = [("P", "total obligations of 47 % of income"), ("D", "1,470 US dollars of debt")];
    let steps = (1..100).flat_map(|percent| [percent * 100, percent * 100 + 50, percent * 100 + 10, percent * 100 + 7]);
    let (denials, approvals): (Vec<u32>, Vec<u32>) = steps.partition(|score| *score < 5_000);
    for (denied, approved) in denials.iter().zip(&approvals) {
        let share = |score: u32| f64::from(score) / 10_000.0;
        let denial = reply("DECLINE", share(*denied), &reasons);
        let judged = judge_catalogue(&policy(), &denial, &reply("ACCEPT", share(*approved), &[])).unwrap();
        assert_eq!(judged.wrong, [], "{denied} and {approved}");
    }
}

#[test]
fn without_both_decisions_there_is_no_catalogue() {
    let denial = reply("DECLINE", 0.1, &[("A", "a floor")]);
    let approval = reply("ACCEPT", 0.9, &[]);
    let referral = Reply { probability: None, ..reply(REFER, 0.0, &[]) };
    let judged = |denial: &Reply, approval: &Reply| judge_catalogue(&policy(), denial, approval);
    assert!(judged(&denial, &approval).is_some());
    assert_eq!(judged(&referral, &approval), None);
    assert_eq!(judged(&denial, &referral), None);
    assert_eq!(judged(&reply("DECLINE", 0.1, &[]), &approval), None);
    assert_eq!(judged(&denial, &denial), None);
}

#[test]
fn what_is_judged_otherwise_is_reported() {
    let side = DecisionSide::new(&policy(), &reply("ACCEPT", 0.8333, &[])).unwrap();
    let problem = |text: &str, refusals: &[&'static str]| {
        side.make_case("", text, refusals).find_problem().map(|wrong| wrong.problem).unwrap_or_default()
    };
    assert_eq!(problem("ACCEPT.", &[]), "");
    assert_eq!(problem("ACCEPT it.", &["word"]), "shown instead of refused as word");
    assert_eq!(problem("ACCEPT gladly.", &[]), "refused: it holds `gladly`, a word of its own");
    assert_eq!(problem("ACCEPT gladly.", &["number"]), "refused as word instead of number");
}
