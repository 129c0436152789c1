//! The ledger of a release: one line for each decision that was made about a candidate, refused ones too, and for each
//! stop that a person put on it or cleared, in `releases.jsonl`. Each line holds the digest of the line before, so that
//! a line that is edited, moved or taken out is found. The end can be cut unseen until a release is adopted: the next
//! decision then asks for the line that the previous release ended with.
//!
//! The ledger is no input: it grows after the gates have run, and must not make their evidence stale.

mod row_sketch;
mod stop;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use self::row_sketch::RowSketch;
pub use self::stop::{Clear, Stop};
use crate::files::{self, FileError, sha256_hex};
use crate::judge::{Bar, DecideOn, Threshold};
use crate::layout;
use crate::policy::{GateId, Policy, Settings};

/// The outcomes that a policy may come back to.
const GO: [&str; 2] = ["GO", "GO for scores only"];

/// A bar without its reason.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenBar {
    /// The threshold and its direction.
    pub threshold: Threshold,
    /// The number that must meet it.
    pub decide_on: DecideOn,
    /// True if the gate made a decision NO-GO where it was red, as every gate of earlier versions did.
    #[serde(default = "blocking", skip_serializing_if = "std::clone::Clone::clone")]
    pub blocks: bool,
}

fn blocking() -> bool {
    true
}

impl SeenBar {
    /// This bar in place of another one of the same gate.
    pub(crate) fn in_place_of(self, bar: &Bar) -> Bar {
        let warns_because = (!self.blocks).then(|| bar.warns_because.clone().unwrap_or_default());
        Bar { threshold: self.threshold, decide_on: self.decide_on, warns_because, ..bar.clone() }
    }
}

/// The bars and settings of the policy that a decision was made by.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenPolicy {
    /// Every bar.
    pub bars: BTreeMap<GateId, SeenBar>,
    /// Every setting that can make a GO easier.
    pub settings: Settings,
}

impl SeenPolicy {
    /// The bars and settings of a policy.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        let bars = policy.gates.iter().map(|(gate, bar)| {
            (gate.clone(), SeenBar { threshold: bar.threshold, decide_on: bar.decide_on, blocks: bar.blocks() })
        });
        Self { bars: bars.collect(), settings: policy.settings.clone() }
    }
}

/// One decision about a candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerEntry {
    /// The digest of the line before; empty in the first line.
    pub previous: String,
    /// The day of the decision (UTC).
    pub day: Date,
    /// The fingerprint of all inputs.
    pub fingerprint: String,
    /// The digest of the data and the name of the label.
    pub data: String,
    /// The digest of the scores and the threshold that were judged; empty if no gate came to judge scores.
    pub candidate: String,
    /// GO, GO for scores only, NO-GO or INCOMPLETE.
    pub outcome: String,
    /// The gates that were red or undecided.
    pub red: BTreeSet<GateId>,
    /// The gates that were waived, each with the person who answers for it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub waived: BTreeMap<GateId, String>,
    /// The stops that were in force.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub stops: BTreeSet<String>,
    /// The digest of the policy's bars and settings.
    pub policy: String,
    /// The bars and settings, in the first line of that digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<SeenPolicy>,
    /// The sketch of the data, in the first line of their digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<RowSketch>,
}

impl LedgerEntry {
    /// True for a decision that was GO: the only state that a policy may come back to without a reason.
    pub(crate) fn is_go(&self) -> bool {
        GO.contains(&self.outcome.as_str())
    }

    /// True if an entry, judged by the policy with this digest, would repeat this one.
    fn says_the_same(&self, entry: &Self, policy: &str) -> bool {
        let judged = (&self.data, &self.candidate, &self.outcome, &self.red, self.policy.as_str());
        let people = (&self.waived, &self.stops);
        judged == (&entry.data, &entry.candidate, &entry.outcome, &entry.red, policy)
            && people == (&entry.waived, &entry.stops)
    }
}

/// A line about a stop: that it was put on the release, or that it was cleared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StopEntry {
    /// The digest of the line before; empty in the first line.
    pub previous: String,
    /// The stop, with its end if this line clears it.
    pub stop: Stop,
}

/// A line of the ledger.
#[derive(Debug, Clone)]
pub enum LedgerLine {
    /// A decision.
    Decision(Box<LedgerEntry>),
    /// A stop, put on or cleared.
    Stop(StopEntry),
}

impl LedgerLine {
    fn parse(line: &str) -> serde_json::Result<Self> {
        let value: serde_json::Value = serde_json::from_str(line)?;
        if value.get("stop").is_some() {
            return serde_json::from_value(value).map(Self::Stop);
        }
        serde_json::from_str(line).map(|entry| Self::Decision(Box::new(entry)))
    }

    fn previous(&self) -> &str {
        match self {
            Self::Decision(entry) => &entry.previous,
            Self::Stop(entry) => &entry.previous,
        }
    }

    fn decision(&self) -> Option<&LedgerEntry> {
        match self {
            Self::Decision(entry) => Some(entry),
            Self::Stop(_) => None,
        }
    }
}

/// The ledger as it was read.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    lines: Vec<LedgerLine>,
    digests: Vec<String>,
    stops: BTreeMap<String, Stop>,
    policies: BTreeMap<String, SeenPolicy>,
    sketches: BTreeMap<String, RowSketch>,
    defect: Option<String>,
}

impl Ledger {
    /// Reads the ledger of the release in `root`. There is none before the first decision. Lines behind a defect are
    /// not believed.
    ///
    /// # Errors
    /// [`FileError`] when there is a ledger that cannot be read.
    pub fn read(root: &Path) -> Result<Self, FileError> {
        let path = root.join(layout::LEDGER);
        if path.symlink_metadata().is_err() {
            return Ok(Self::default());
        }
        let text = String::from_utf8_lossy(&files::read(&path)?).into_owned();
        let mut ledger = Self::default();
        for (number, line) in text.lines().enumerate() {
            if let Err(why) = ledger.add(line) {
                ledger.defect = Some(format!(
                    "{}: line {} {why}: it was edited or merged by hand\nnext: take it back from the history",
                    layout::LEDGER,
                    number + 1
                ));
                break;
            }
        }
        Ok(ledger)
    }

    fn add(&mut self, line: &str) -> Result<(), String> {
        let parsed = LedgerLine::parse(line).map_err(|error| format!("is no entry ({error})"))?;
        if parsed.previous() != self.end().unwrap_or_default() {
            return Err("does not follow from the line before".to_owned());
        }
        match &parsed {
            LedgerLine::Decision(entry) => self.add_decision(entry)?,
            LedgerLine::Stop(entry) => self.add_stop(&entry.stop)?,
        }
        self.digests.push(sha256_hex(line.as_bytes()));
        self.lines.push(parsed);
        Ok(())
    }

    fn add_stop(&mut self, stop: &Stop) -> Result<(), String> {
        match self.stops.get_mut(&stop.id) {
            Some(known) if !known.is_same_stop(stop) => return Err("tells a stop in another way".to_owned()),
            Some(known) => known.cleared = known.cleared.take().or_else(|| stop.cleared.clone()),
            None => drop(self.stops.insert(stop.id.clone(), stop.clone())),
        }
        Ok(())
    }

    fn add_decision(&mut self, entry: &LedgerEntry) -> Result<(), String> {
        if let Some(seen) = &entry.seen {
            let digest = sha256_hex(&serde_json::to_vec(seen).map_err(|error| error.to_string())?);
            if digest != entry.policy {
                return Err("holds a policy that is not the one it names".to_owned());
            }
            self.policies.entry(digest).or_insert_with(|| seen.clone());
        }
        if !self.policies.contains_key(&entry.policy) {
            return Err("names a policy that no line holds".to_owned());
        }
        if let Some(rows) = &entry.rows {
            self.sketches.entry(entry.data.clone()).or_insert_with(|| rows.clone());
        }
        Ok(())
    }

    /// Every line, oldest first.
    #[must_use]
    pub fn lines(&self) -> &[LedgerLine] {
        &self.lines
    }

    /// Every stop that it knows, cleared or not.
    pub fn stops(&self) -> impl Iterator<Item = &Stop> {
        self.stops.values()
    }

    fn decisions(&self) -> impl Iterator<Item = &LedgerEntry> {
        self.lines.iter().filter_map(LedgerLine::decision)
    }

    /// The digest of the last line.
    #[must_use]
    pub fn end(&self) -> Option<&str> {
        self.digests.last().map(String::as_str)
    }

    /// The first thing that is wrong with it.
    #[must_use]
    pub fn defect(&self) -> Option<&str> {
        self.defect.as_deref()
    }

    /// The number of candidates that these data were asked about, `candidate` included. Data that share half of their
    /// rows are the same data.
    #[must_use]
    pub fn tries(&self, data: &str, rows: &RowSketch, candidate: Option<&str>) -> u64 {
        let shares_half = |of: &str| self.sketches.get(of).is_some_and(|sketch| sketch.shares_half_with(rows));
        let asked = self.decisions().filter(|entry| entry.data == data || shares_half(&entry.data));
        let judged = asked.map(|entry| entry.candidate.as_str()).chain(candidate);
        judged.filter(|candidate| !candidate.is_empty()).collect::<BTreeSet<_>>().len().max(1) as u64
    }

    /// The entries since the line with this digest, each with the policy of the time; all without one. `None` if there
    /// is no such line.
    #[must_use]
    pub fn since(&self, end: Option<&str>) -> Option<Vec<(&LedgerEntry, &SeenPolicy)>> {
        let start = match end {
            Some(end) => self.digests.iter().position(|digest| digest == end)? + 1,
            None => 0,
        };
        let entries = self.lines[start..].iter().filter_map(LedgerLine::decision);
        Some(entries.filter_map(|entry| Some((entry, self.policies.get(&entry.policy)?))).collect())
    }

    /// Adds an entry at the end of the ledger in `root`, unless an earlier one says the same. The chain and the policy
    /// are filled in here, and the sketch of data that are new to the ledger.
    ///
    /// # Errors
    /// [`FileError`] when the ledger cannot be read or written.
    pub fn append(root: &Path, entry: LedgerEntry, seen: SeenPolicy, rows: &RowSketch) -> Result<(), FileError> {
        let path = root.join(layout::LEDGER);
        let _lock = files::lock(&root.join(layout::STORE).join(layout::LEDGER_LOCK))?;
        let ledger = Self::read(root)?;
        let form = |source| FileError::Form { path: path.clone(), source };
        let policy = sha256_hex(&serde_json::to_vec(&seen).map_err(form)?);
        if ledger.defect.is_some() || ledger.decisions().any(|earlier| earlier.says_the_same(&entry, &policy)) {
            return Ok(());
        }
        let seen = (!ledger.policies.contains_key(&policy)).then_some(seen);
        let rows = (!ledger.sketches.contains_key(&entry.data)).then(|| rows.clone());
        let entry = LedgerEntry { previous: ledger.end().unwrap_or_default().to_owned(), policy, seen, rows, ..entry };
        append_line(&path, &entry)
    }

    /// Adds a stop, or its end, at the end of the ledger in `root`, unless the ledger says the same already. A ledger
    /// with a defect gets no line: the decision is NO-GO for it anyway.
    ///
    /// # Errors
    /// [`FileError`] when the ledger cannot be read or written.
    pub fn append_stop(root: &Path, stop: &Stop) -> Result<(), FileError> {
        let path = root.join(layout::LEDGER);
        let _lock = files::lock(&root.join(layout::STORE).join(layout::LEDGER_LOCK))?;
        let ledger = Self::read(root)?;
        let known = ledger.stops.get(&stop.id);
        let is_news =
            known.is_none_or(|known| known.is_same_stop(stop) && known.cleared.is_none() && stop.cleared.is_some());
        if ledger.defect.is_some() || !is_news {
            return Ok(());
        }
        let previous = ledger.end().unwrap_or_default().to_owned();
        append_line(&path, &StopEntry { previous, stop: stop.clone() })
    }
}

fn append_line(path: &Path, entry: &impl Serialize) -> Result<(), FileError> {
    let mut line = serde_json::to_string(entry).map_err(|source| FileError::Form { path: path.to_owned(), source })?;
    line.push('\n');
    let opened = fs::File::options().create(true).append(true).open(path);
    opened.and_then(|mut file| file.write_all(line.as_bytes())).map_err(FileError::io("write", path))
}
