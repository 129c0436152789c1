//! The tables that name gates: bars, families, removals and waivers; and the gates of the harness that have nothing to
//! ask about in a release, as it has no language model, or its rows have no id.

use std::collections::{BTreeMap, BTreeSet};

use crate::judge::{Bar, Threshold};
use crate::policy::error::KeyProblem;
use crate::policy::explanation::Explanation;
use crate::policy::gate_id::GateId;
use crate::policy::limits::ranges::vacuous;
use crate::policy::limits::scores;
use crate::policy::raw::{RawBar, RawPolicy};
use crate::policy::reason::stated;
use crate::policy::tables::scores::ScoreOrigin;
use crate::policy::tables::{Data, Family, Waiver};

pub(super) fn checked_gate(table: &str, (name, raw): (String, RawBar)) -> Result<(GateId, Bar), KeyProblem> {
    let key = format!("{table}.\"{name}\"");
    let problem = |text: &str| (key.clone(), text.to_owned());
    let id = GateId::try_from(name).map_err(|why| problem(&why))?;
    let threshold = match (raw.min, raw.max) {
        (Some(min), None) if min.is_finite() => Threshold::Min(min),
        (None, Some(max)) if max.is_finite() => Threshold::Max(max),
        _ => return Err(problem("needs either `min` or `max`, a finite number")),
    };
    let why = raw.why.clone().filter(|why| !why.trim().is_empty());
    let why = why.ok_or_else(|| problem("has no `why`: a bar without a reason cannot be defended"))?;
    stated(&format!("{key}.why"), &why)?;
    if let Some(because) = &raw.weakened_because {
        stated(&format!("{key}.weakened_because"), because)?;
        if because.trim() == why.trim() {
            return Err(problem("`weakened_because` repeats `why`: it must say why the bar is looser than before"));
        }
    }
    if let Some(defect) = vacuous(&id, threshold) {
        return Err(problem(&defect));
    }
    check_blocks(&key, &raw)?;
    check_source(&key, &raw)?;
    let RawBar { decide_on, source, checked, warns_because, weakened_because, .. } = raw;
    Ok((id, Bar { threshold, decide_on, why, source, checked, warns_because, weakened_because }))
}

/// A source states something, and a day on which it was checked has one.
fn check_source(key: &str, raw: &RawBar) -> Result<(), KeyProblem> {
    match (&raw.source, raw.checked) {
        (Some(source), _) => stated(&format!("{key}.source"), source),
        (None, Some(_)) => Err((key.to_owned(), "`checked` needs the `source` that was looked at".to_owned())),
        (None, None) => Ok(()),
    }
}

/// A gate that does not block says why, and no other gate does.
fn check_blocks(key: &str, raw: &RawBar) -> Result<(), KeyProblem> {
    match (raw.blocks.unwrap_or(true), &raw.warns_because) {
        (true, None) => Ok(()),
        (false, Some(because)) => stated(&format!("{key}.warns_because"), because),
        (false, None) => Err((
            key.to_owned(),
            "`blocks = false` needs the reason, as `warns_because`: red is no NO-GO then".to_owned(),
        )),
        (true, Some(_)) => Err((key.to_owned(), "`warns_because` needs `blocks = false`: the gate blocks".to_owned())),
    }
}

/// Refuses gates of which none blocks: the decision would be GO whatever they measured.
pub(super) fn check_one_blocks(gates: &BTreeMap<GateId, Bar>) -> Result<(), KeyProblem> {
    if gates.values().any(Bar::blocks) {
        return Ok(());
    }
    let problem = "no gate blocks, so the decision would be GO whatever the gates measured: at least one must block";
    Err(("gate".to_owned(), problem.to_owned()))
}

pub(super) fn check_families(
    families: &BTreeMap<String, Family>,
    gates: &BTreeMap<GateId, Bar>,
) -> Result<(), KeyProblem> {
    for (name, family) in families {
        let key = format!("family.{name}");
        stated(&format!("{key}.why"), &family.why)?;
        if !gates.keys().any(|gate| gate.family() == name) {
            return Err((key, "has no gate in this policy".to_owned()));
        }
    }
    Ok(())
}

/// The gate that holds a service under the load of the policy against a bar.
pub(super) const LOAD_GATE: &str = "serving.load";

/// The gate about the reasons that are sampled from a command.
const CERTAIN_REASONS_GATE: &str = "explanation.certain_reasons";

pub(super) fn checked_removal(
    (name, why): (String, String),
    gates: &BTreeMap<GateId, Bar>,
) -> Result<(GateId, String), KeyProblem> {
    let key = format!("removed.\"{name}\"");
    stated(&key, &why)?;
    let id = GateId::try_from(name).map_err(|problem| (key.clone(), problem))?;
    if gates.contains_key(&id) { Err((key, "is a gate of this policy".to_owned())) } else { Ok((id, why)) }
}

pub(super) fn check_waivers(waivers: &[Waiver], gates: &BTreeMap<GateId, Bar>) -> Result<(), KeyProblem> {
    let mut seen = BTreeSet::new();
    for waiver in waivers {
        let key = format!("waiver of {}", waiver.gate);
        stated(&format!("{key}: reason"), &waiver.reason)?;
        stated(&format!("{key}: owner"), &waiver.owner)?;
        if !gates.contains_key(&waiver.gate) {
            return Err((key, "there is no such gate in this policy".to_owned()));
        }
        if !seen.insert(&waiver.gate) {
            return Err((key, "is given twice".to_owned()));
        }
    }
    Ok(())
}

/// A reason with the gates that it leaves without a question.
pub(super) type NotAsked = (&'static str, Vec<String>);

/// Every such reason, and the gates that are not asked for it.
pub(super) fn not_asked(data: &Data, explanation: &Explanation, scores: Option<&ScoreOrigin>) -> Vec<NotAsked> {
    let named = |gates: &[&str]| gates.iter().map(|gate| (*gate).to_owned()).collect();
    let mut reasons: Vec<NotAsked> = scores.map(scores::not_asked).unwrap_or_default();
    if scores.is_none() && explanation.language_model.is_none() {
        reasons.push((
            "the policy names no language model",
            named(&[
                "explanation.fallback",
                "explanation.guard",
                "explanation.privacy",
                "serving.latency_beside_explanations",
            ]),
        ));
    }
    if data.id.is_none() {
        reasons.push(("the policy names no id of a row", named(&["contract.unique_id"])));
    }
    reasons
}

/// Refuses a bar that has nothing to ask about.
pub(super) fn check_asked(
    raw: &RawPolicy,
    explanation: &Explanation,
    gates: &BTreeMap<GateId, Bar>,
) -> Result<(), KeyProblem> {
    let scores = raw.outside_scores().map(|scores| scores.origin);
    let lacking = |gate: &GateId| Some((gate.clone(), scores::lacking(gate, scores.as_ref()?)?));
    if let Some((gate, why)) = gates.keys().find_map(lacking) {
        let problem = format!(
            "cannot be answered by `model.scores` or `model.command`, since {why}: delete the bar and its test"
        );
        return Err((format!("gate.\"{gate}\""), problem));
    }
    let certain = gates.keys().find(|gate| gate.as_str() == CERTAIN_REASONS_GATE);
    if let Some(gate) = certain.filter(|_| scores.is_none()) {
        let problem = "has nothing to ask about, since the Shapley values of a model are exact here and nothing is sampled: \
                       delete the bar and its test";
        return Err((format!("gate.\"{gate}\""), problem.to_owned()));
    }
    for (why, not_asked) in not_asked(&raw.data, explanation, scores.as_ref()) {
        if let Some(gate) = gates.keys().find(|gate| not_asked.iter().any(|known| known == gate.as_str())) {
            let problem = format!("has nothing to ask about, since {why}: delete the bar and its test, or name it");
            return Err((format!("gate.\"{gate}\""), problem));
        }
    }
    Ok(())
}
