//! The judgement of scored rows: every gate that scores alone can answer, the statistics without a bar, and what was
//! not asked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use andon::families::contract::rows::{class_balance, minimum_rows};
use andon::families::{GROUP_STATISTICS, STATISTICS, measure, measure_for_bar, names_statistic};
use andon::measure::sample::{Measured, Sample};
use andon::measure::tally::Tally;
use andon::model::score::Score;
use andon_evidence::decision::{GateResult, Outcome, results_without_release};
use andon_evidence::evidence::{Evidence, Finding, now};
use andon_evidence::figures::Figures;
use andon_evidence::judge::{Bar, NotMeasured};
use andon_evidence::policy::{Family, GateId, Policy};

use crate::scores::bars::bars_without_policy;
use crate::scores::rows::{JudgedGroups, ProtectedColumn, ScoredRows};

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
    /// GO for scores only, NO-GO, or incomplete: no gate was asked.
    pub(crate) outcome: Outcome,
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
                unjudged: std::collections::BTreeSet::new(),
                cost: None,
                repeats: andon::model::repeats::Repeated::default(),
            },
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
    /// Judges the rows of a file.
    ///
    /// # Errors
    /// The reason why an attribute cannot stand in the id of a gate.
    pub(crate) fn new(
        file: &Path,
        rows: &ScoredRows,
        protected: &[ProtectedColumn],
        rules: &Rules,
    ) -> Result<Self, String> {
        let threads = andon::statistics::threads::default_threads();
        let sample = rules.sample(Tally::count_with_controls(&rows.frame, &[], &rows.scores, threads));
        let figures = andon::families::card::figures::figures_of_scores(&sample, &rows.sha256);
        let (policy, families, answers) = match rules {
            Rules::Policy(path, policy) => {
                let answers = [policy.answer.negative.clone(), policy.answer.positive.clone()];
                (Some(path.clone()), policy.families.clone(), answers)
            }
            Rules::Custom(_) => (None, BTreeMap::new(), ["below".to_owned(), "at or above".to_owned()]),
        };
        let bars = rules.bars(protected)?;
        let (asked, not_asked): (Vec<_>, Vec<_>) = bars.iter().partition(|(id, _)| lacking(id).is_none());
        let measured = asked.into_iter().filter_map(|(id, bar)| {
            let measured = of_rows(id, rows).or_else(|| measure_for_bar(id, bar, &sample))?;
            Some((bar.clone(), evidence(id, measured, &rows.sha256)))
        });
        let gates = results_without_release(&families, measured.collect());
        let not_asked =
            not_asked.into_iter().filter_map(|(id, _)| lacking(id).map(|needs| NotAsked { gate: id.clone(), needs }));
        Ok(Self {
            file: file.to_owned(),
            threshold: sample.threshold.share(),
            answers,
            policy,
            outcome: outcome(&gates),
            without_bar: without_bar(&bars, protected, &sample),
            not_asked: not_asked.collect(),
            families,
            gates,
            figures,
        })
    }
}

/// NO-GO if a gate is red or undecided, incomplete if there is none.
fn outcome(gates: &[GateResult]) -> Outcome {
    if gates.iter().any(|gate| gate.state.outcome() == Outcome::NoGo) {
        Outcome::NoGo
    } else if gates.is_empty() || gates.iter().any(|gate| gate.state.outcome() == Outcome::Incomplete) {
        Outcome::Incomplete
    } else {
        Outcome::Go
    }
}

/// The thing that a gate needs beside scores; none if they are enough.
fn lacking(id: &GateId) -> Option<&'static str> {
    let (_, subject) = id.question();
    match id.family() {
        "contract" if matches!(id.question().0, "class_balance" | "minimum_rows") => None,
        "accuracy" | "calibration" | "fairness" if subject.is_some_and(|subject| subject.contains("_given_")) => {
            Some("a control feature")
        }
        "accuracy" if id.question().0 == "challenger" => Some("the previous release"),
        "fairness" if id.question().0 == "answered" => Some("a program that refers rows"),
        "accuracy" | "calibration" | "fairness" if names_statistic(id) => None,
        "accuracy" | "fairness" | "contract" | "drift" => Some("a row with its features"),
        "robustness" | "explanation" | "reproducibility" => Some("the model"),
        "latency" | "serving" => Some("the program"),
        "card" | "policy" => Some("the project"),
        _ => Some("something beside scores"),
    }
}

/// The gates that ask about the outcomes alone.
fn of_rows(id: &GateId, rows: &ScoredRows) -> Option<Measured> {
    match id.as_str() {
        "contract.class_balance" => Some(class_balance(&rows.frame)),
        "contract.minimum_rows" => Some(minimum_rows(&rows.frame)),
        _ => None,
    }
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
