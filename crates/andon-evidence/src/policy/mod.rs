//! `release.toml`, parsed once from raw to checked. Everything after this module relies on the checks made here.

mod check;
mod error;
mod explanation;
mod form;
mod freshness;
mod gate_id;
mod gates;
mod grounds;
pub mod keys;
pub mod limits;
mod raw;
mod reason;
mod search;
mod settings;
mod tables;
#[cfg(test)]
mod tests;
mod wording;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use serde::Serialize;

use self::error::KeyProblem;
pub use self::error::PolicyError;
pub use self::explanation::{Explanation, LanguageModel};
pub use self::freshness::OldData;
pub(crate) use self::freshness::asks_freshness;
pub use self::gate_id::{FAMILIES, GateId};
pub use self::grounds::protected_ground;
pub use self::limits::ranges::{harness_questions, is_harness_question, range};
use self::raw::{RawModel, RawPolicy};
pub use self::reason::check_stated;
pub(crate) use self::reason::stated;
pub use self::settings::{SettingChange, Settings};
pub use self::tables::cord::Cord;
pub use self::tables::model::{CalibratorRows, ModelFile, UnseenRows};
pub use self::tables::outcomes::OutcomeRule;
pub use self::tables::overrides::OverrideRule;
use self::tables::overrides::check_monitored;
pub use self::tables::scores::{OutsideScores, ScoreCommand, ScoreOrigin};
pub use self::tables::{
    About, AnswerRule, Better, Control, Cost, Data, Drift, Endpoint, Evaluation, Family, Golden, Load, Noise, Range,
    Recipe, Search, Trust, Waiver,
};
pub use self::tables::{Category, OTHER, Pool, Unseen};
pub use self::wording::{Actionable, Phrase, VALUE, Wording, says, words};
use crate::judge::Bar;
use crate::{files, layout};

/// The days after which somebody must look again whether a source still says so.
const DAYS_OF_A_SOURCE: i32 = 365;

/// The checked policy.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Policy {
    /// The purpose of the release; `[about]`.
    pub about: About,
    /// The data file and the part that each column plays; `[data]`.
    pub data: Data,
    /// The settings that the forest is grown with; `[recipe]`.
    pub recipe: Recipe,
    /// The model that was trained elsewhere, in place of one that is grown by the recipe; `[model]`.
    pub model: Option<ModelFile>,
    /// The scores that the release is judged by alone, in place of a model; `[model] scores` or `[model] command`.
    pub scores: Option<OutsideScores>,
    /// The settings that the candidate is scored with; `[evaluation]`.
    pub evaluation: Evaluation,
    /// The rule that turns a score into an answer; `[answer]`.
    pub answer: AnswerRule,
    /// The cost of each answer, if the policy states one; `[cost]`.
    pub cost: Option<Cost>,
    /// The validated range of features.
    pub validated: BTreeMap<String, Range>,
    /// The direction of better values, by feature; `[better]`.
    pub better: BTreeMap<String, Better>,
    /// The noise in the values of features; `[noise]`.
    pub noise: BTreeMap<String, Noise>,
    /// The unit that people round a feature's value to, in the column's unit; `[rounding]`.
    pub rounding: BTreeMap<String, f64>,
    /// The values that rightly stand out from their neighbours, by feature, each with the reason; `[usual]`.
    pub usual: BTreeMap<String, BTreeMap<String, String>>,
    /// The data that the drift gates compare with; `[drift]`.
    pub drift: Option<Drift>,
    /// The cases that a release must answer as they say; `[golden]`.
    pub golden: Option<Golden>,
    /// The reason dictionary, by feature; `[wording]`.
    pub wording: BTreeMap<String, Wording>,
    /// The features that a person can act on; `[actionable]`.
    pub actionable: BTreeMap<String, Actionable>,
    /// The address of the service; `[serve]`.
    pub serve: Endpoint,
    /// The load that the service must bear; `[load]`.
    pub load: Option<Load>,
    /// The rule for clearing a stop; `[cord]`.
    pub cord: Cord,
    /// The rule for outcomes, if the release declares that it will have them; `[outcomes]`.
    pub outcomes: Option<OutcomeRule>,
    /// The reasons for which a person may decide otherwise than the model; `[override]`.
    pub overrides: Option<OverrideRule>,
    /// The bars that only the monitor asks; `[monitor]`.
    pub monitor: BTreeMap<GateId, Bar>,
    /// The words that no explanation may hold, and the local language model if there is one; `[explanation]`.
    pub explanation: Explanation,
    /// Alternatives to compare with, where some are declared.
    pub search: Option<Search>,
    /// The key of the machine whose evidence counts; without it, evidence of this machine, unsigned. `[trust]`.
    pub trust: Option<Trust>,
    /// Every required gate with its bar.
    pub gates: BTreeMap<GateId, Bar>,
    /// Families whose gates are judged together.
    pub families: BTreeMap<String, Family>,
    /// Columns whose contract accepts less than in the previous release, each with the reason; `[breaking]`.
    pub breaking: BTreeMap<String, String>,
    /// Gates of an earlier release that are no longer required, each with the reason.
    pub removed: BTreeMap<GateId, String>,
    /// Settings that are weaker than in the previous release, by key, each with the reason.
    pub weakened: BTreeMap<String, String>,
    /// Exceptions.
    pub waivers: Vec<Waiver>,
    /// Every setting that can make a GO easier, by key.
    #[serde(skip)]
    pub settings: Settings,
}

impl Policy {
    /// Reads and checks `release.toml` in `root`.
    ///
    /// # Errors
    /// [`PolicyError`] naming the file and the line or key.
    pub fn read(root: &Path) -> Result<Self, PolicyError> {
        let path = root.join(layout::POLICY);
        let text = String::from_utf8_lossy(&files::read(&path)?).into_owned();
        Self::parse(&text, &path)
    }

    /// Checks the text of a policy; `path` is named in errors.
    ///
    /// # Errors
    /// [`PolicyError`] naming the line or key, the value and what is allowed.
    pub fn parse(text: &str, path: &Path) -> Result<Self, PolicyError> {
        let raw = form::read(text, path)?;
        let settings = Settings::parse(text)
            .map_err(|source| PolicyError::Form { path: path.to_owned(), sources: vec![source] })?;
        let policy = checked(raw).map(|policy| Self { settings, ..policy });
        policy.map_err(|problems| {
            let value = |(key, problem)| PolicyError::Value { path: path.to_owned(), key, problem };
            PolicyError::Values(problems.into_iter().map(value).collect())
        })
    }

    /// The direction of better values, by feature in their order.
    #[must_use]
    pub fn directions(&self) -> Vec<Option<Better>> {
        self.data.features.iter().map(|feature| self.better.get(feature).copied()).collect()
    }

    /// The rows that the model has not seen, as the policy states them; `None` if it is trained here, where
    /// cross-validation sees to it.
    #[must_use]
    pub fn unseen(&self) -> Option<Option<&UnseenRows>> {
        let of_file = self.model.as_ref().map(|model| model.unseen.as_ref());
        of_file.or_else(|| self.scores.as_ref().map(|scores| scores.unseen.as_ref()))
    }

    /// Every word and phrase that no explanation may hold: protected attributes, their groups, proxies, and the list
    /// of the policy itself.
    pub fn never_said(&self) -> impl Iterator<Item = &str> {
        wording::never_said(&self.data, &self.explanation.never)
    }

    /// Remarks that stand below every table of a decision: gates that are not asked, and groups that are judged
    /// together.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let not_asked = self.not_asked();
        let not_asked = not_asked.iter().map(|(why, gates)| format!("not asked, since {why}: {}", gates.join(", ")));
        let pooled = self.data.pools().map(|(attribute, name, pool)| {
            format!("judged together in {attribute} as {name}: {} ({})", pool.groups.join(", "), pool.why)
        });
        not_asked.chain(pooled).collect()
    }

    /// Gates of the harness that have nothing to ask about here: each reason with its gates.
    #[must_use]
    pub fn not_asked(&self) -> Vec<(&'static str, Vec<String>)> {
        gates::not_asked(&self.data, &self.explanation, self.scores.as_ref().map(|scores| &scores.origin))
    }

    /// The data, if the gate about their age is required and takes them no longer on this day. The gate measures their
    /// age on the day of its evidence, and they go on ageing. As with a waiver, the day decides whenever a decision is
    /// read.
    #[must_use]
    pub fn old_data(&self, today: Date) -> Option<OldData> {
        let (_, threshold) = freshness::freshness_gate(&self.gates)?;
        freshness::old_data(self.data.collected_until?, threshold, today)
    }

    /// The same, unless the gate does not block or a waiver of it is in force.
    #[must_use]
    pub fn refused_old_data(&self, today: Date) -> Option<OldData> {
        let (gate, _) = freshness::freshness_gate(&self.gates)?;
        let is_waived = self.waiver(gate).is_some_and(|waiver| waiver.expires >= today);
        let blocks = self.gates.get(gate).is_none_or(Bar::blocks);
        self.old_data(today).filter(|_| blocks && !is_waived)
    }

    /// The bars whose source nobody has looked at for a year, each with the source and the day of the last look.
    #[must_use]
    pub fn stale_sources(&self, today: Date) -> Vec<(&GateId, &str, Option<Date>)> {
        let is_stale = |checked: Option<Date>| checked.is_none_or(|day| (today - day).get_days() > DAYS_OF_A_SOURCE);
        let sources = self.gates.iter().filter_map(|(gate, bar)| Some((gate, bar.source.as_deref()?, bar.checked)));
        sources.filter(|(_, _, checked)| is_stale(*checked)).collect()
    }

    /// The load that the service must bear, with the gate that asks and its bar.
    #[must_use]
    pub fn load_gate(&self) -> Option<(&Load, &GateId, &Bar)> {
        let (gate, bar) = self.gates.iter().find(|(gate, _)| gate.as_str() == gates::LOAD_GATE)?;
        Some((self.load.as_ref()?, gate, bar))
    }

    /// The waiver for a gate, expired or not.
    #[must_use]
    pub fn waiver(&self, gate: &GateId) -> Option<&Waiver> {
        self.waivers.iter().find(|waiver| waiver.gate == *gate)
    }

    /// The first waiver that holds no longer, on this day.
    #[must_use]
    pub fn expired_waiver(&self, today: Date) -> Option<&Waiver> {
        self.waivers.iter().find(|waiver| waiver.expires < today)
    }
}

fn checked(mut raw: RawPolicy) -> Result<Policy, Vec<KeyProblem>> {
    let mut problems = raw.problems();
    let mut gates = BTreeMap::new();
    for gate in std::mem::take(&mut raw.gate) {
        match gates::checked_gate("gate", gate) {
            Ok((id, bar)) => drop(gates.insert(id, bar)),
            Err(problem) => problems.push(problem),
        }
    }
    let mut monitor = BTreeMap::new();
    for gate in std::mem::take(&mut raw.monitor) {
        let checked = gates::checked_gate("monitor", gate);
        match checked.and_then(|gate| check_monitored(&gate).map(|()| gate)) {
            Ok((id, bar)) => drop(monitor.insert(id, bar)),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        // Waivers and families name gates, and would only repeat the defects of these.
        return Err(problems);
    }
    with_gates(raw, gates, monitor).map_err(|problem| vec![problem])
}

/// Checks that there are gates, and the tables that name gates or settings, each with a reason.
fn check_reasons(raw: &RawPolicy, gates: &BTreeMap<GateId, Bar>) -> Result<(), KeyProblem> {
    if gates.is_empty() {
        return Err(("gate".to_owned(), "at least one gate is required".to_owned()));
    }
    gates::check_one_blocks(gates)?;
    gates::check_waivers(&raw.waiver, gates)?;
    gates::check_families(&raw.family, gates)?;
    raw.breaking.iter().try_for_each(|(column, why)| reason::stated(&format!("breaking.{column}"), why))?;
    raw.weakened.iter().try_for_each(|(key, why)| reason::stated(&format!("weakened.\"{key}\""), why))
}

fn with_gates(
    mut raw: RawPolicy,
    gates: BTreeMap<GateId, Bar>,
    monitor: BTreeMap<GateId, Bar>,
) -> Result<Policy, KeyProblem> {
    check_reasons(&raw, &gates)?;
    let explanation = std::mem::take(&mut raw.explanation).checked();
    gates::check_asked(&raw, &explanation, &gates)?;
    let removed = raw.removed.into_iter().map(|gone| gates::checked_removal(gone, &gates)).collect::<Result<_, _>>()?;
    Ok(Policy {
        about: raw.about,
        data: raw.data,
        recipe: raw.recipe,
        evaluation: raw.evaluation,
        answer: raw.answer,
        cost: raw.cost,
        validated: raw.validated,
        better: raw.better,
        noise: raw.noise,
        rounding: raw.rounding,
        scores: raw.model.as_ref().and_then(RawModel::outside_scores),
        model: raw.model.and_then(|model| model.file()),
        usual: raw.usual,
        drift: raw.drift,
        golden: raw.golden,
        wording: raw.wording,
        actionable: raw.actionable,
        serve: raw.serve,
        load: raw.load,
        explanation,
        cord: raw.cord,
        outcomes: raw.outcomes,
        overrides: raw.overrides,
        monitor,
        search: raw.search,
        trust: raw.trust,
        gates,
        families: raw.family,
        breaking: raw.breaking,
        removed,
        weakened: raw.weakened,
        waivers: raw.waiver,
        settings: Settings::default(),
    })
}
