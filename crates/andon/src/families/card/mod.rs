//! The facts of a model card: measured, counted or quoted from the policy; nothing else.

pub mod figures;
pub mod importance;
mod reasons;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use andon_evidence::alternatives::{Alternative, Alternatives, Disparity};
use andon_evidence::decision::Outcome;
use andon_evidence::figures::{Figures, GroupFigures};
use andon_evidence::judge::{Asked, Bar, Measurement};
use andon_evidence::package::identity;
use andon_evidence::policy::{GateId, OutsideScores, Policy, ScoreOrigin, Waiver};

use crate::data::contract::{Column, Kind, Record};
use crate::families::as_served::measure_gate;
use crate::families::card::figures::figures;
use crate::release::{Judged, Release};

/// A statistic that a gate judges.
#[derive(Debug, Clone)]
pub struct GateStatistic {
    /// The gate.
    pub gate: GateId,
    /// The measurement, or the reason why there is none.
    pub measured: Result<Measurement, String>,
    /// Its bar.
    pub bar: Bar,
}

/// The facts of a model card. Neither time nor latency is in it: the same inputs give the same card.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Name of the release.
    pub name: String,
    /// Version of the release.
    pub version: String,
    /// The policy.
    pub policy: Policy,
    /// Digest of the model.
    pub model_sha256: String,
    /// The columns that the model sees.
    pub features: Vec<Column>,
    /// Recorded columns that play no part.
    pub left_out: Vec<String>,
    /// Gates that judge a statistic of the candidate.
    pub statistics: Vec<GateStatistic>,
    /// The figures behind the measurements.
    pub figures: Figures,
    /// The rows that gates asked one by one, if these are not all.
    pub asked: Option<Asked>,
    /// The other required gates, with their bars.
    pub other_gates: Vec<(GateId, Bar)>,
    /// Exceptions.
    pub waivers: Vec<Waiver>,
    /// The alternatives that were searched, if they are those of this model; else the reason why none are shown.
    pub alternatives: Result<Alternatives, String>,
}

impl Facts {
    /// Collects the facts of a judged release.
    ///
    /// # Errors
    /// A message when the root manifest names no package, or a command gives no probability.
    pub fn collect<R: Record>(release: &Release<R>, judged: &Judged<R>) -> Result<Self, String> {
        let (name, version) = identity(release.root()).map_err(|error| error.to_string())?;
        let policy = release.policy();
        let asked = policy.gates.iter().map(|(id, bar)| (id, bar, measure_gate(id, bar, judged)));
        let (statistics, other_gates): (Vec<_>, Vec<_>) = asked.partition(|(_, _, measured)| measured.is_some());
        let statistic = |(gate, bar, measured): (&GateId, &Bar, Option<crate::measure::sample::Measured>)| {
            let measured = measured?.map_err(|why| why.to_string());
            Some(GateStatistic { gate: gate.clone(), measured, bar: bar.clone() })
        };
        Ok(Self {
            name,
            version,
            policy: policy.clone(),
            model_sha256: judged.candidate.model_sha256.clone(),
            features: judged.decider.input_columns().map(|column| with_names(policy, column)).collect(),
            left_out: left_out(release),
            statistics: statistics.into_iter().filter_map(statistic).collect(),
            figures: figures(judged).map_err(|why| why.to_string())?,
            asked: judged.asked.asked(),
            other_gates: other_gates.into_iter().map(|(gate, bar, _)| (gate.clone(), bar.clone())).collect(),
            waivers: policy.waivers.clone(),
            alternatives: alternatives(release, judged),
        })
    }

    /// The alternatives on a card: the shipped one, those on a frontier, and by each measure of fairness the fairest of
    /// those that a reason in the policy declines.
    #[must_use]
    pub fn compared(&self) -> Vec<&Alternative> {
        let Ok(found) = &self.alternatives else { return Vec::new() };
        let names = self.policy.search.as_ref().map_or(&[][..], |search| &search.declined);
        let declined = || found.alternatives.iter().filter(|one| names.contains(&one.recipe.to_string()));
        let fairest = |measure: Disparity| {
            let unequal = |one: &&Alternative| {
                one.judged.disparity(measure).map_or(f64::INFINITY, |figure| figure.unequal(measure))
            };
            declined().min_by(|a, b| unequal(a).total_cmp(&unequal(b)))
        };
        let fairest: Vec<&Alternative> = Disparity::ALL.into_iter().filter_map(fairest).collect();
        let is_shown =
            |one: &&Alternative| one.shipped || !one.frontier.is_empty() || fairest.iter().any(|other| other == one);
        found.alternatives.iter().filter(is_shown).collect()
    }

    /// The part of a card that model hubs read: a block of YAML in front of its text, with every measurement.
    #[must_use]
    pub fn front_matter(&self) -> String {
        // A JSON text is a YAML scalar too, whatever it holds.
        let scalar = |text: &str| serde_json::Value::from(text).to_string();
        let file = scalar(&self.policy.data.file.display().to_string());
        let mut text = format!(
            "---\npipeline_tag: tabular-classification\ntags:\n- tabular-classification\nmodel-index:\n- name: {}\n  \
             results:\n  - task:\n      type: tabular-classification\n    dataset:\n      name: {file}\n      \
             type: {file}\n      revision: {}\n    metrics:\n",
            scalar(&self.name),
            self.figures.data_sha256
        );
        for statistic in &self.statistics {
            if let Ok(measured) = &statistic.measured {
                let gate = scalar(&statistic.gate.to_string());
                let value = measured.value();
                let _ = write!(text, "    - type: {gate}\n      value: {value}\n");
            }
        }
        text + "---"
    }

    /// The paragraph that the card of a release of scores alone must hold, with the reasons that are sampled from a
    /// command; `None` for a release with a model. The card must also name each gate that is [not
    /// asked](Policy::not_asked).
    #[must_use]
    pub fn scores_only(&self) -> Option<String> {
        let judged = match &self.policy.scores.as_ref()?.origin {
            ScoreOrigin::Column(column) => format!(
                "the column `{column}` of the data file was judged, rounded to ten-thousandths, and no model. Whether a \
                 program gives such scores, to these rows or to others, nobody asked"
            ),
            ScoreOrigin::Command(command) => format!(
                "the probabilities that the command `{command}` printed for these rows were judged, rounded to \
                 ten-thousandths. The model behind it is no part of the package, and what it reads beside the files that \
                 the policy names nobody knows"
            ),
        };
        let sampled = self.figures.sampled.as_ref().map(|sampled| format!("\n\n{}", sampled.to_markdown()));
        Some(format!(
            "**{}.** This card ships only with that decision: {judged}. The gates that were not asked are listed below, \
             with the reasons.{}",
            Outcome::GoForScores,
            sampled.unwrap_or_default()
        ))
    }

    /// True for a card that says as much as it must: of scores alone the [paragraph](Self::scores_only) and each
    /// gate that was not asked.
    #[must_use]
    pub fn is_told_whole(&self, card: &str) -> bool {
        let not_asked = self.policy.not_asked();
        let mut gates = not_asked.iter().flat_map(|(_, gates)| gates);
        self.scores_only()
            .is_none_or(|paragraph| card.contains(&paragraph) && gates.all(|gate| card.contains(&format!("`{gate}`"))))
    }

    /// The groups of a pool, each with its rows.
    #[must_use]
    pub fn pool_in_words(&self, attribute: &str, name: &str) -> String {
        let pool = self.figures.groups.iter().find(|group| group.attribute == attribute && group.name == name);
        pool.map(GroupFigures::members_in_words).unwrap_or_default()
    }

    /// The sources of the bars: gate, source, and the day on which somebody last looked at it.
    #[must_use]
    pub fn sources(&self) -> Vec<(String, String, String)> {
        let source = |(gate, bar): (&GateId, &Bar)| {
            let checked = bar.checked.map_or_else(|| "never".to_owned(), |day| day.to_string());
            Some((gate.to_string(), bar.source.clone()?, checked))
        };
        self.policy.gates.iter().filter_map(source).collect()
    }

    /// The gates that do not block, each with the policy's reason.
    #[must_use]
    pub fn warning_gates(&self) -> Vec<(String, String)> {
        let warns = |(gate, bar): (&GateId, &Bar)| Some((gate.to_string(), bar.warns_because.clone()?));
        self.policy.gates.iter().filter_map(warns).collect()
    }

    /// The gates and settings that ask less than before, or are gone, each with the policy's reason.
    #[must_use]
    pub fn weakened(&self) -> Vec<(String, String)> {
        let looser = |(gate, bar): (&GateId, &Bar)| Some((gate.to_string(), bar.weakened_because.clone()?));
        let gone = |(gate, why): (&GateId, &String)| (gate.to_string(), format!("no longer asked: {why}"));
        let gates = self.policy.gates.iter().filter_map(looser);
        let settings = self.policy.weakened.iter().map(|(key, why)| (key.clone(), why.clone()));
        gates.chain(self.policy.removed.iter().map(gone)).chain(settings).collect()
    }
}

/// The alternatives of this model.
fn alternatives<R: Record>(release: &Release<R>, judged: &Judged<R>) -> Result<Alternatives, String> {
    let found = Alternatives::read(release.root()).map_err(|error| error.to_string())?;
    let found = found.ok_or_else(|| "nobody has searched".to_owned())?;
    let stale = found.objection(release.policy(), &judged.dataset.sha256, &judged.candidate.model_sha256);
    stale.map_or(Ok(found), Err)
}

/// A column with the names that the policy lists for its text, if it does.
fn with_names(policy: &Policy, column: &Column) -> Column {
    match policy.data.categories.get(&column.name) {
        Some(category) => Column { kind: Kind::Choice(category.levels()), ..column.clone() },
        None => column.clone(),
    }
}

fn left_out<R: Record>(release: &Release<R>) -> Vec<String> {
    let data = &release.policy().data;
    let is_scores = |name: &String| release.policy().scores.as_ref().and_then(OutsideScores::column) == Some(name);
    let has_part = |name: &String| {
        let is_outcome = *name == data.label || is_scores(name);
        data.features.contains(name) || data.protected.contains_key(name) || data.is_id(name) || is_outcome
    };
    release.contract().columns().iter().map(|column| column.name.clone()).filter(|name| !has_part(name)).collect()
}

/// The number of lines of a rendered card that differ from the snapshot that a person approved. Read here and not left
/// to the snapshot tool alone, whose configuration can make it accept anything.
///
/// # Errors
/// A message when the snapshot cannot be read or has no header.
pub fn differing_lines(card: &str, snapshot: &std::path::Path) -> Result<u64, String> {
    let bytes = andon_evidence::files::read(snapshot).map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
    // A snapshot file is a header between two lines of three dashes, then the content.
    let content = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).map(|(_, content)| content);
    let content = content.ok_or_else(|| format!("{} is not a snapshot", snapshot.display()))?;
    // A checkout may have changed the ends of lines, of the snapshot or of the card's template.
    let card = card.replace("\r\n", "\n");
    let card = card.trim();
    let content = content.trim();
    if card == content {
        return Ok(0);
    }
    let mut surplus: BTreeMap<&str, i64> = BTreeMap::new();
    card.lines().for_each(|line| *surplus.entry(line).or_default() += 1);
    content.lines().for_each(|line| *surplus.entry(line).or_default() -= 1);
    let differing: u64 = surplus.values().map(|count| count.unsigned_abs()).sum();
    // The same lines in another order differ as well.
    Ok(differing.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_added_removed_or_moved_differ_and_a_missing_or_bare_snapshot_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("card.snap");
        assert!(differing_lines("a", &path).is_err());
        std::fs::write(&path, "a\nb\nc\n").unwrap();
        assert!(differing_lines("a\nb\nc", &path).is_err());
        std::fs::write(&path, "---\nsource: x\n---\na\nb\nc\n").unwrap();
        for (card, differing) in [("a\nb\nc\n", 0), ("a\nx\nb\nc", 1), ("a\nB\nc", 2), ("a\nc\nb", 1), ("", 3)] {
            assert_eq!(differing_lines(card, &path), Ok(differing), "{card:?}");
        }
        let ends_of_windows = "a\r\nb\r\nc\r\n";
        assert_eq!(differing_lines(ends_of_windows, &path), Ok(0));
        std::fs::write(&path, "---\r\nsource: x\r\n---\r\na\r\nb\r\nc\r\n").unwrap();
        assert_eq!(differing_lines("a\nb\nc\n", &path), Ok(0));
    }
}
