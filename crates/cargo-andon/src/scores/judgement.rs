//! The judgement of scored rows: every gate that scores alone can answer, the statistics without a bar, and what was
//! not asked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use andon::families::as_served::measure_as_served;
use andon::families::card::figures::figures_of_scores;
use andon::families::contract::rows::{class_balance_of, minimum_rows_of};
use andon::families::{GROUP_STATISTICS, STATISTICS, measure, measure_for_bar};
use andon::measure::sample::{Measured, Sample};
use andon::measure::served::Served;
use andon::measure::tally::{DifferentAxes, Tally};
use andon::model::repeats::Repeated;
use andon::model::score::Score;
use andon::monitor::{COUNTED_QUESTIONS, measure_counted};
use andon::partial::counts::{PartialTally, TallyPart, TallyScope};
use andon::partial::released::ReleasedModel;
use andon_evidence::decision::{GateResult, Outcome, results_without_release};
use andon_evidence::evidence::{Evidence, Finding, now};
use andon_evidence::figures::Figures;
use andon_evidence::files::sha256_hex;
use andon_evidence::judge::{Bar, Measurement, NotMeasured, Unit};
use andon_evidence::policy::{Family, GateId, Policy};

use crate::scores::bars::bars_without_policy;
use crate::scores::rows::{JudgedGroups, ProtectedColumn};

/// The draws of each bootstrap interval, its seed, and the fewest rows of a group, where no policy states them.
const DRAWS: usize = 1000;
const SEED: u64 = 1;
pub(crate) const MINIMUM_GROUP_ROWS: u64 = 100;
const MINIMUM_DENOMINATOR: u64 = 30;

/// The bars and the settings of a judgement.
#[derive(Debug)]
pub(crate) enum Rules {
    /// Those of a policy, read from this file.
    Policy(PathBuf, Box<Policy>),
    /// Those that hold anywhere, and this threshold.
    Custom(Score),
}

/// A gate of the policy that scores cannot answer.
#[derive(Debug)]
pub(crate) struct NotAsked {
    pub(crate) gate: GateId,
    /// The thing that it needs.
    pub(crate) needs: &'static str,
}

/// The judgement.
#[derive(Debug)]
pub(crate) struct Judgement {
    pub(crate) file: PathBuf,
    pub(crate) figures: Figures,
    pub(crate) threshold: f64,
    /// The words for the two answers.
    pub(crate) answers: [String; 2],
    /// The file of the policy; none if there is none, and then this is no decision.
    pub(crate) policy: Option<PathBuf>,
    pub(crate) families: BTreeMap<String, Family>,
    pub(crate) gates: Vec<GateResult>,
    pub(crate) without_bar: Vec<(GateId, Measured)>,
    pub(crate) not_asked: Vec<NotAsked>,
}

impl Rules {
    /// The groups that are judged.
    pub(crate) fn judged_groups(&self) -> JudgedGroups {
        match self {
            Self::Policy(_, policy) => JudgedGroups::Listed(Box::new(policy.data.clone())),
            Self::Custom(_) => JudgedGroups::WithRows(MINIMUM_GROUP_ROWS),
        }
    }

    fn sample(&self, tally: Tally) -> Sample {
        match self {
            Self::Policy(_, policy) => Sample::new(policy, tally, threshold_of(policy)),
            Self::Custom(threshold) => Sample {
                tally,
                threshold: *threshold,
                draws: DRAWS,
                seed: SEED,
                minimum_group_rows: MINIMUM_GROUP_ROWS,
                minimum_denominator: MINIMUM_DENOMINATOR,
                unjudged: BTreeSet::new(),
                cost: None,
                repeats: Repeated::default(),
            },
        }
    }

    fn families(&self) -> BTreeMap<String, Family> {
        match self {
            Self::Policy(_, policy) => policy.families.clone(),
            Self::Custom(_) => BTreeMap::new(),
        }
    }

    fn answers(&self) -> [String; 2] {
        match self {
            Self::Policy(_, policy) => [policy.answer.negative.clone(), policy.answer.positive.clone()],
            Self::Custom(_) => ["below".to_owned(), "at or above".to_owned()],
        }
    }

    fn policy_file(&self) -> Option<PathBuf> {
        match self {
            Self::Policy(path, _) => Some(path.clone()),
            Self::Custom(_) => None,
        }
    }

    fn bars(&self, protected: &[ProtectedColumn]) -> Result<BTreeMap<GateId, Bar>, String> {
        match self {
            Self::Policy(_, policy) => Ok(policy.gates.clone()),
            Self::Custom(_) => bars_without_policy(protected),
        }
    }
}

fn threshold_of(policy: &Policy) -> Score {
    // The policy was checked, so its threshold is a score.
    Score::nearest(policy.answer.threshold).unwrap_or_else(Score::middle)
}

impl Judgement {
    /// Judges counts of rows: those of one file, or of the parts of many. The gates of drift are asked by the training
    /// data of a model, if the rows were counted by it.
    ///
    /// # Errors
    /// The reason why nothing can be judged by these counts, or why an attribute cannot stand in the id of a gate.
    pub(crate) fn new(
        file: &Path,
        counts: &PartialTally,
        protected: &[ProtectedColumn],
        rules: &Rules,
        released: Option<&ReleasedModel>,
    ) -> Result<Self, String> {
        check_judgeable(counts).map_err(|problem| format!("{}: {problem}", file.display()))?;
        let (counts, attributes) = rules.judged_groups().grouped(counts, protected);
        let sha256 = digest_of_parts(&counts);
        let different = |error: DifferentAxes| error.to_string();
        let sample = rules.sample(counts.tally(&attributes).map_err(different)?);
        let served = counts.served(&attributes, |tally| rules.sample(tally)).map_err(different)?;
        let scored = Scored { counts: &counts, released, sample, served };
        let figures = figures_of_scores(&scored.sample, &sha256);
        let bars = rules.bars(protected)?;
        let mut measured = Vec::new();
        let mut not_asked = Vec::new();
        // Each gate is measured or named as not asked: none can vanish.
        for (id, bar) in &bars {
            match scored.measure_alone(id, bar) {
                Some(found) => measured.push((bar.clone(), evidence(id, found, &sha256))),
                None => not_asked.push(NotAsked { gate: id.clone(), needs: scored.lacking(id) }),
            }
        }
        let families = rules.families();
        let gates = results_without_release(&families, measured);
        Ok(Self {
            file: file.to_owned(),
            threshold: scored.sample.threshold.share(),
            answers: rules.answers(),
            policy: rules.policy_file(),
            without_bar: without_bar(&bars, protected, &scored.sample),
            not_asked,
            families,
            gates,
            figures,
        })
    }

    /// The decision, for scores only; none without a policy. It is NO-GO if a gate is red or undecided, and incomplete
    /// if there is none.
    pub(crate) fn decision(&self) -> Option<Outcome> {
        let any = |outcome| self.gates.iter().any(|gate| gate.state.outcome() == outcome);
        let outcome = if any(Outcome::NoGo) {
            Outcome::NoGo
        } else if self.gates.is_empty() || any(Outcome::Incomplete) {
            Outcome::Incomplete
        } else {
            Outcome::Go
        };
        self.policy.as_ref().map(|_| outcome)
    }
}

/// The digest of what was read: that of the input of one part, or that of the list of several.
fn digest_of_parts(counts: &PartialTally) -> String {
    let parts: Vec<&TallyPart> = counts.parts().collect();
    match parts.as_slice() {
        [part] => part.input_sha256.clone(),
        parts => {
            let lines = parts.iter().map(|part| format!("{} {} {}\n", part.input_sha256, part.rows, part.name));
            sha256_hex(lines.collect::<String>().as_bytes())
        }
    }
}

/// Refuses rows that are broken, and rows without both outcomes.
fn check_judgeable(counts: &PartialTally) -> Result<(), String> {
    if counts.broken_rows() > 0 {
        let values = counts.broken_values().map(|(column, problem, values)| {
            let column = if column.is_empty() { String::new() } else { format!("column {column}: ") };
            format!("\n  {column}{problem}, {values} times")
        });
        let values: String = values.collect();
        return Err(format!(
            "{} of {} rows are broken, and nothing is judged without them:{values}\n\
                            next: mend the rows, or the contract",
            counts.broken_rows(),
            counts.rows()
        ));
    }
    let [_, positives] = counts.labels();
    if positives > 0 && positives < counts.rows() {
        return Ok(());
    }
    let TallyScope { label, favourable, .. } = counts.scope();
    let other = counts.unfavourable().map_or("no other value".to_owned(), |other| format!("`{other}`"));
    Err(format!(
        "of {} rows {positives} have the favourable outcome `{favourable}` in column {label}, where {other} was seen; both \
         outcomes must occur\nnext: state the favourable one with --favourable VALUE",
        counts.rows()
    ))
}

/// The rows that are judged, counted.
struct Scored<'a> {
    counts: &'a PartialTally,
    /// The model whose scores these are, if it is at hand.
    released: Option<&'a ReleasedModel>,
    sample: Sample,
    /// The rows as the program serves them; none if nobody named the model.
    served: Option<Served>,
}

impl Scored<'_> {
    /// The measurement that a gate asks for; none if the counts are not enough for it.
    fn measure_alone(&self, id: &GateId, bar: &Bar) -> Option<Measured> {
        let Self { counts, released, sample, served } = self;
        match (id.family(), id.question().0, served) {
            ("contract", "class_balance", _) => Some(class_balance_of(counts.labels())),
            ("contract", "minimum_rows", _) => Some(minimum_rows_of(counts.labels())),
            // Broken rows are refused before anything is measured.
            ("contract", "rows", _) => {
                let contract = counts.scope().contract_sha256.as_ref();
                contract.map(|_| Measurement::exact(0.0, Unit::Count, counts.rows()))
            }
            ("drift", ..) => released.and_then(|released| measure_counted(id, released.model(), counts, sample)),
            _ if is_conditional(id) => None,
            (_, _, None) => measure_for_bar(id, bar, sample),
            (_, _, Some(served)) => measure_as_served(id, bar, sample, served),
        }
    }

    /// The thing that a gate needs beside these counts.
    fn lacking(&self, id: &GateId) -> &'static str {
        match (id.family(), id.question().0) {
            _ if is_conditional(id) => "a control feature",
            ("accuracy", "challenger") => "the previous release",
            ("fairness", "answered") | ("serving", "referred") => "the model that refers rows (--model)",
            ("contract", "rows") => "a contract that the rows were held against (--model)",
            ("drift", question) if COUNTED_QUESTIONS.contains(&question) && self.released.is_none() => {
                "the model with the counts of its training data (--model)"
            }
            ("drift", question) if COUNTED_QUESTIONS.contains(&question) => {
                "a model that keeps the counts of its training data"
            }
            ("drift", _) => "the file of the training data",
            ("accuracy" | "fairness" | "contract", _) => "a row with its features",
            ("robustness" | "explanation" | "reproducibility", _) => "the model",
            ("latency" | "serving", _) => "the program",
            ("card" | "policy", _) => "the project",
            _ => "something beside scores",
        }
    }
}

/// True for a gate that compares groups within bands of a feature.
fn is_conditional(id: &GateId) -> bool {
    id.question().1.is_some_and(|subject| subject.contains("_given_"))
}

fn evidence(id: &GateId, measured: Measured, sha256: &str) -> Evidence {
    let finding = match measured {
        Ok(measurement) => Finding::Measured(measurement),
        Err(NotMeasured(why)) => Finding::NotMeasured(why),
    };
    Evidence {
        gate: id.clone(),
        fingerprint: sha256.to_owned(),
        model_sha256: None,
        scores_sha256: None,
        finding,
        vouched: BTreeMap::new(),
        started_at: now(),
        duration_ms: None,
    }
}

/// Every other statistic of the registry.
fn without_bar(
    bars: &BTreeMap<GateId, Bar>,
    protected: &[ProtectedColumn],
    sample: &Sample,
) -> Vec<(GateId, Measured)> {
    let alone = STATISTICS.iter().map(|(family, question, _)| format!("{family}.{question}"));
    let of_groups = protected.iter().flat_map(|attribute| {
        GROUP_STATISTICS.iter().map(move |(question, _)| format!("fairness.{question}.{}", attribute.name))
    });
    let ids = alone.chain(of_groups).filter_map(|id| GateId::try_from(id).ok());
    let others = ids.filter(|id| !bars.contains_key(id));
    others.filter_map(|id| measure(&id, sample).map(|measured| (id, measured))).collect()
}
