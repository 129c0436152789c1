//! A release under judgement: policy, data and candidate of one folder, each loaded once.

mod column_scores;
mod explained_denials;
mod listed_rows;
mod outside_scores;
pub mod unpack;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use andon_evidence::decision::Baseline;
use andon_evidence::evidence::Store;
use andon_evidence::figures::Figures;
use andon_evidence::files::{self, FileError, sha256_hex};
use andon_evidence::fingerprint::{self, Fingerprint, FingerprintError, Toolchain};
use andon_evidence::judge::NotMeasured;
use andon_evidence::package::PackageError;
use andon_evidence::package::previous::PreviousRelease;
use andon_evidence::policy::{CalibratorRows, Policy, PolicyError, UnseenRows};
use andon_evidence::run;

use crate::data::cells::NotFlat;
use crate::data::contract::{Contract, NoContract, Record};
use crate::data::dataset::{Dataset, DatasetError};
use crate::data::frame::{self, Frame, FrameError};
use crate::data::pools::check_pools;
use crate::decide::decider::Decider;
use crate::decide::reply::Reply;
use crate::measure::asked_rows::AskedRows;
use crate::measure::bands;
use crate::measure::coarse_scores::coarse_scores;
use crate::measure::measured_once::MeasuredOnce;
use crate::measure::probes::{ProbedGroups, SingleFeatures};
use crate::measure::sample::Sample;
use crate::measure::served::Served;
use crate::measure::tally::Tally;
use crate::model::candidate::Candidate;
use crate::model::command::{CommandError, CommandModel};
use crate::model::imported::ReadModel;
use crate::model::random_forest::{Grow, TrainError};
use crate::model::sampled_values::ExplainedDenials;
use crate::model::score::Score;
use crate::model::variations;
use crate::threads::default_threads;

/// The release cannot be opened at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// `release.toml` is no policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The record is no contract.
    #[error(transparent)]
    Contract(#[from] NoContract),
    /// The inputs cannot be read.
    #[error(transparent)]
    Fingerprint(#[from] FingerprintError),
    /// The last release is not whole.
    #[error(transparent)]
    Released(#[from] PackageError),
    /// The store cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
}

/// There is no candidate to judge.
///
/// ```
/// let changed = andon::release::NoCandidate::Changed("data/loans.csv".into());
/// assert_eq!(changed.to_string(), "data/loans.csv changed while the gates ran\nnext: cargo test");
/// ```
#[derive(Debug, thiserror::Error)]
pub enum NoCandidate {
    /// The data cannot be read, or break the contract.
    #[error(transparent)]
    Data(Arc<DatasetError>),
    /// The data do not fit the policy.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Training failed.
    #[error(transparent)]
    Training(#[from] TrainError),
    /// The model that was trained elsewhere cannot be read.
    #[error("{0}")]
    Imported(String),
    /// The command that stands in place of a model gives no scores.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The store cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The inputs cannot be read.
    #[error(transparent)]
    Fingerprint(#[from] FingerprintError),
    /// The data changed after the fingerprint was taken.
    #[error("{0} changed while the gates ran\nnext: cargo test")]
    Changed(PathBuf),
}

/// Everything that gates look at.
#[derive(Debug)]
pub struct Judged<R> {
    /// The checked rows.
    pub dataset: Arc<Dataset<R>>,
    /// The rows as arrays.
    pub frame: Frame,
    /// The trained model and its out-of-fold scores.
    pub candidate: Candidate,
    /// The scores counted, with how to judge them.
    pub sample: Sample,
    /// The same rows as the program serves them: some are referred to a person.
    pub served: Served,
    /// The candidate as it will answer requests.
    pub decider: Decider<R>,
    /// The rows that gates ask one by one.
    pub asked: AskedRows,
    /// The command that scores rows in place of the model; `None` unless the policy names one.
    pub command: Option<CommandModel>,
    explained: OnceLock<Result<Option<ExplainedDenials>, NotMeasured>>,
    /// The [digest of all scores](Candidate::scores_sha256).
    pub(crate) scores_sha256: String,
    /// The statistics that some gate or card has asked for.
    pub(crate) measured: MeasuredOnce,
    /// What each feature tells by itself, once a gate has asked for it.
    pub(crate) single_features: OnceLock<Result<SingleFeatures, NotMeasured>>,
    /// What a probe says of the groups, once a gate has asked for it.
    pub(crate) probed: OnceLock<ProbedGroups>,
    /// The figures, once a card has asked for them.
    pub(crate) figures: OnceLock<Result<Figures, NotMeasured>>,
    replies: OnceLock<Result<Vec<Reply>, NotFlat>>,
}

impl<R: Record> Judged<R> {
    /// The [asked rows](AskedRows), each with its place and the reply to it, which is worked out once.
    ///
    /// # Errors
    /// [`NotFlat`] when the record's type is not a flat struct.
    pub fn replies(&self) -> Result<impl Iterator<Item = (usize, &R, &Reply)>, NotFlat> {
        let rows = || self.asked.rows(&self.dataset.rows);
        let replies = self.replies.get_or_init(|| rows().map(|(_, row)| self.decider.reply(row)).collect());
        let replies = replies.as_ref().map_err(NotFlat::clone)?;
        Ok(rows().zip(replies).map(|((place, row), reply)| (place, row, reply)))
    }
}

/// A release under judgement.
#[derive(Debug)]
pub struct Release<R> {
    root: PathBuf,
    policy: Policy,
    contract: Contract<R>,
    fingerprint: Fingerprint,
    store: Store,
    released: Option<PreviousRelease>,
    baseline: Baseline,
    grow: Grow,
    read_model: Option<ReadModel>,
    data: OnceLock<Result<Arc<Dataset<R>>, Arc<DatasetError>>>,
    judged: OnceLock<Result<Judged<R>, NoCandidate>>,
}

impl<R: Record> Release<R> {
    /// Reads the policy in `root`, takes the fingerprint and notes it in the store. Data are read and the candidate is
    /// trained when the first gate asks for them.
    ///
    /// # Errors
    /// [`OpenError`] naming the file and what to mend.
    pub fn open(root: &Path, grow: Grow) -> Result<Self, OpenError> {
        let policy = Policy::read(root)?;
        let contract = Contract::new()?;
        if run::is_running_package(root) {
            fingerprint::note_compiled(root, &policy)?;
        }
        let fingerprint = Fingerprint::take(root, &policy, &Toolchain::current())?;
        let released = PreviousRelease::read(root)?;
        let baseline = PreviousRelease::baseline(root, &policy)?;
        let store = Store::in_root(root);
        store.keep_inputs(&fingerprint)?;
        let root = root.to_owned();
        let (data, judged) = (OnceLock::new(), OnceLock::new());
        let read_model = None;
        Ok(Self { root, policy, contract, fingerprint, store, released, baseline, grow, read_model, data, judged })
    }

    /// The release with a reader for the file of a model that was trained elsewhere, which `[model]` of the policy
    /// names. The learner then grows the small forests of some gates and nothing else.
    #[must_use]
    pub fn reading(self, read_model: ReadModel) -> Self {
        Self { read_model: Some(read_model), ..self }
    }

    /// The release's folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The contract.
    #[must_use]
    pub fn contract(&self) -> &Contract<R> {
        &self.contract
    }

    /// The fingerprint under which this run earns its evidence.
    #[must_use]
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// The store of the evidence.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The previous release, as committed; `None` before the first release.
    #[must_use]
    pub fn released(&self) -> Option<&PreviousRelease> {
        self.released.as_ref()
    }

    /// The past that the decision is held against: the previous release and the ledger.
    #[must_use]
    pub fn baseline(&self) -> &Baseline {
        &self.baseline
    }

    /// The data file.
    #[must_use]
    pub fn data_path(&self) -> PathBuf {
        self.root.join(&self.policy.data.file)
    }

    /// Every row of the data file, read by the first caller.
    ///
    /// # Errors
    /// [`NoCandidate`] when the file cannot be read, breaks the contract, or changed after the fingerprint was taken.
    pub fn data(&self) -> Result<&Arc<Dataset<R>>, NoCandidate> {
        let read =
            || Dataset::read(&self.contract, &self.data_path(), default_threads()).map(Arc::new).map_err(Arc::new);
        let data = self.data.get_or_init(read).as_ref().map_err(|error| NoCandidate::Data(Arc::clone(error)))?;
        if self.fingerprint.input(&self.policy.data.file) == Some(data.sha256.as_str()) {
            return Ok(data);
        }
        Err(NoCandidate::Changed(self.data_path()))
    }

    /// The columns that the record requires and that are no features. No request for a decision can hold them, so
    /// serving would refuse every request. From scores alone nothing is served.
    #[must_use]
    pub fn unservable_columns(&self) -> Vec<&str> {
        if self.policy.scores.is_some() {
            return Vec::new();
        }
        let features = &self.policy.data.features;
        let columns =
            self.contract.columns().iter().filter(|column| column.required && !features.contains(&column.name));
        columns.map(|column| column.name.as_str()).collect()
    }

    /// Rows, arrays and candidate; read, trained or taken from the store by the first caller.
    ///
    /// # Errors
    /// [`NoCandidate`], the same for every caller.
    pub fn judged(&self) -> Result<&Judged<R>, &NoCandidate> {
        let make = |data: (&Dataset<R>, &Frame), fitted_on: Option<&Frame>| self.candidate(data, fitted_on);
        self.judged.get_or_init(|| self.judge(make)).as_ref()
    }

    /// The same with a candidate that is made anew on so many threads. The store is neither read nor changed.
    ///
    /// # Errors
    /// [`NoCandidate`] when the data break the contract or training fails.
    pub fn judged_anew(&self, threads: usize) -> Result<Judged<R>, NoCandidate> {
        self.judge(|data, fitted_on| self.new_candidate(data, fitted_on, threads))
    }

    /// The function by which this release grows its forest.
    #[must_use]
    pub fn grow(&self) -> Grow {
        self.grow
    }

    /// The digests that another training must come to, a line each: the [digests](Candidate::digests) of a candidate
    /// that is trained anew on so many threads, and the digest of the learner's [variations]. The store is neither read
    /// nor changed.
    ///
    /// # Errors
    /// [`NoCandidate`] when the data break the contract or training fails.
    pub fn digests(&self, threads: usize) -> Result<String, NoCandidate> {
        let (dataset, fitted_on) = self.dataset()?;
        let frame = Frame::new(&self.policy, &self.contract, &dataset.rows)?;
        let candidate = self.new_candidate((&dataset, &frame), fitted_on.as_ref(), threads)?;
        self.digests_with(&candidate, &frame, threads)
    }

    /// The digests of a candidate, as [`Release::digests`] makes them.
    ///
    /// # Errors
    /// [`NoCandidate`] if the learner refuses most of the variations.
    pub fn digests_with(&self, candidate: &Candidate, frame: &Frame, threads: usize) -> Result<String, NoCandidate> {
        if self.policy.unseen().is_some() {
            return Ok(candidate.digests());
        }
        let varied = variations::digest(&self.policy.recipe, &self.policy.directions(), frame, self.grow, threads)?;
        Ok(format!("{}\n{varied}", candidate.digests()))
    }

    /// The rows that the gates judge: of a model that was trained elsewhere those that it has not seen, if a column
    /// or a list says which they are. Beside them those that a calibrator is fitted on, none of which is judged.
    fn dataset(&self) -> Result<(Arc<Dataset<R>>, Option<Frame>), NoCandidate> {
        let data = self.data()?;
        let rows = &data.rows;
        let mut judged = match self.policy.unseen() {
            Some(Some(UnseenRows::Column(column))) => self.marked(column, rows)?,
            Some(Some(UnseenRows::File(file))) => self.listed(file, rows)?,
            Some(Some(UnseenRows::EveryRow) | None) | None => vec![true; rows.len()],
        };
        let select = |judged: &[bool]| {
            if judged.contains(&false) { Arc::new(data.select(judged)) } else { Arc::clone(data) }
        };
        let fitted: Vec<bool> = match self.policy.model.as_ref().and_then(|model| model.calibrated_on.as_ref()) {
            None => return Ok((select(&judged), None)),
            Some(CalibratorRows::OtherRows) => judged.iter().map(|judged| !judged).collect(),
            Some(CalibratorRows::Column(column)) => self.marked(column, rows)?,
            Some(CalibratorRows::File(file)) => self.listed(file, rows)?,
        };
        judged.iter_mut().zip(&fitted).for_each(|(judged, fitted)| *judged = *judged && !fitted);
        if !judged.contains(&true) {
            let problem = "every row that could be judged is one that the calibrator is fitted on";
            return Err(NoCandidate::Imported(problem.to_owned()));
        }
        let others: Vec<R> =
            rows.iter().zip(&fitted).filter(|(_, fitted)| **fitted).map(|(row, _)| row.clone()).collect();
        let others = Frame::new(&self.policy, &self.contract, &others)?;
        Ok((select(&judged), Some(others)))
    }

    /// For each row, true if it has 1 in a column, and some row has.
    fn marked(&self, column: &str, rows: &[R]) -> Result<Vec<bool>, NoCandidate> {
        let marked = frame::marked(&self.contract, column, rows)?;
        let none =
            || NoCandidate::Imported(format!("no row has 1 in column {column}, which the policy names under [model]"));
        if marked.contains(&true) { Ok(marked) } else { Err(none()) }
    }

    /// For each row, true if its id stands in a file, and some row's does.
    fn listed(&self, file: &Path, rows: &[R]) -> Result<Vec<bool>, NoCandidate> {
        let bytes = files::read(&self.root.join(file))?;
        if self.fingerprint.input(file) != Some(sha256_hex(&bytes).as_str()) {
            return Err(NoCandidate::Changed(file.to_owned()));
        }
        let id = self.policy.data.id.as_deref().unwrap_or_default();
        listed_rows::listed(&bytes, id, rows).map_err(|why| NoCandidate::Imported(format!("{}, {why}", file.display())))
    }

    fn judge(
        &self,
        make: impl FnOnce((&Dataset<R>, &Frame), Option<&Frame>) -> Result<Candidate, NoCandidate>,
    ) -> Result<Judged<R>, NoCandidate> {
        let (dataset, fitted_on) = self.dataset()?;
        check_pools(&self.policy, &dataset.rows)?;
        let frame = Frame::new(&self.policy, &self.contract, &dataset.rows)?;
        let candidate = make((&dataset, &frame), fitted_on.as_ref())?;
        let controls = bands::bands(&self.policy, &frame);
        let threshold = candidate.model.threshold();
        let tally = |scores: &[Score]| Tally::count_with_controls(&frame, &controls, scores, default_threads());
        let sample = Sample::new(&self.policy, tally(&candidate.scores), threshold);
        let repeats = candidate.repeats.map(|scores| tally(&coarse_scores(scores, threshold)));
        let sample = sample.with_repeats(repeats);
        let served = Served::new(&self.policy, &frame, &candidate);
        let decider = Decider::new(self.contract.clone(), self.policy.clone(), candidate.model.clone());
        let asked = AskedRows::new(&self.policy, &frame, &candidate);
        let command = self.command_model(&frame.features)?;
        Ok(Judged {
            dataset,
            frame,
            sample,
            served,
            decider,
            asked,
            command,
            explained: OnceLock::new(),
            scores_sha256: candidate.scores_sha256(),
            candidate,
            measured: MeasuredOnce::default(),
            single_features: OnceLock::new(),
            probed: OnceLock::new(),
            figures: OnceLock::new(),
            replies: OnceLock::new(),
        })
    }

    /// The stored candidate of this fingerprint, or a new one; one process at a time trains.
    fn candidate(
        &self,
        (dataset, frame): (&Dataset<R>, &Frame),
        fitted_on: Option<&Frame>,
    ) -> Result<Candidate, NoCandidate> {
        if self.policy.scores.as_ref().is_some_and(|scores| scores.column().is_some()) {
            // Nothing is trained, and the data file holds the scores.
            return self.new_candidate((dataset, frame), None, default_threads());
        }
        let _lock = self.store.lock()?;
        let fingerprint = self.fingerprint.digest();
        let stored = match self.policy.scores {
            Some(_) => Candidate::load_scores(&self.store, fingerprint, &self.policy, frame),
            None => Candidate::load(&self.store, fingerprint, frame.labels.len(), self.policy.recipe.seed),
        };
        // A candidate that was edited or cut is not trusted; it is trained again.
        if let Ok(Some(candidate)) = stored {
            return Ok(candidate);
        }
        let candidate = self.new_candidate((dataset, frame), fitted_on, default_threads())?;
        candidate.keep(&self.store, fingerprint)?;
        Ok(candidate)
    }

    /// A candidate that is grown by the recipe, read from the file of `[model]` and calibrated on other rows, or of
    /// scores alone.
    fn new_candidate(
        &self,
        (dataset, frame): (&Dataset<R>, &Frame),
        fitted_on: Option<&Frame>,
        threads: usize,
    ) -> Result<Candidate, NoCandidate> {
        if let Some(scores) = self.outside_scores((dataset, frame), &self.data_path())? {
            return Ok(Candidate::of_scores(&self.policy, frame, scores)?);
        }
        let Some(named) = &self.policy.model else {
            return Ok(Candidate::train(&self.policy, frame, self.grow, threads)?);
        };
        let read = self.read_model.ok_or_else(|| {
            let next = "open the release with `.reading(andon_import::read_model)`";
            NoCandidate::Imported(format!(
                "release.toml names a model file, and the release has no reader\nnext: {next}"
            ))
        })?;
        let bytes = files::read(&self.root.join(&named.file))?;
        if self.fingerprint.input(&named.file) != Some(sha256_hex(&bytes).as_str()) {
            return Err(NoCandidate::Changed(named.file.clone()));
        }
        let imported = read(&bytes, &named.file.display().to_string(), &frame.features);
        Ok(Candidate::imported(&self.policy, frame, fitted_on, imported.map_err(NoCandidate::Imported)?)?)
    }
}
