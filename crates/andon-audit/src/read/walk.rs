//! Walks along the chain and stops at the first row that is not as it was recorded.

use std::collections::BTreeMap;

use crate::read::fault::{RowFault, VerifyError, broken};
use crate::record::chain::{self, Head};
use crate::record::cord::CordRow;
use crate::record::hash::Hash;
use crate::record::note::NoteRow;
use crate::record::ranges::Ranges;
use crate::record::row::{DecisionRow, ForgettingRow, Link, PersonalPart, StoredPersonal, forgotten_rows};

/// Checks one row after the other.
pub(crate) struct ChainWalk {
    /// The sequence number that must come.
    next: u64,
    /// The hash of the row before it.
    before: Hash,
    /// The rows between decisions, each with the digest of its content.
    between: BTreeMap<u64, (Link, Hash)>,
    forgotten: Ranges,
}

impl ChainWalk {
    /// From this row on, which follows on this hash.
    pub(crate) fn from(next: u64, before: Hash, forgettings: Vec<ForgettingRow>, cord: Vec<CordRow>) -> Self {
        let forgotten = forgotten_rows(&forgettings);
        let content = |row: ForgettingRow| (row.link, ForgettingRow::encode(&row.sequences, &row.reason).digest());
        let pulls = cord.into_iter().map(|row| (row.link.clone(), row.encode().digest()));
        let between = forgettings.into_iter().map(content).chain(pulls);
        let between = between.map(|(link, content)| (link.sequence, (link, content))).collect();
        Self { next, before, between, forgotten }
    }

    /// Expects these notes between the decisions that follow.
    pub(crate) fn expect(&mut self, notes: Vec<NoteRow>) {
        let content = |row: NoteRow| {
            let content = row.encode().digest();
            (row.link.sequence, (row.link, content))
        };
        self.between.extend(notes.into_iter().map(content));
    }

    /// Checks that nothing is missing up to this head, and that it was come to.
    pub(crate) fn end_at(mut self, head: &Head) -> Result<(), VerifyError> {
        self.up_to(head.count.saturating_add(1))?;
        if self.before == head.hash { Ok(()) } else { Err(broken(head.count, RowFault::Rewritten)) }
    }

    pub(crate) fn decision(
        &mut self,
        sequence: i64,
        row: Result<DecisionRow, String>,
    ) -> Result<DecisionRow, VerifyError> {
        let at = u64::try_from(sequence).map_err(|_| VerifyError::Broken { sequence, fault: RowFault::Surplus })?;
        self.up_to(at)?;
        if self.between.contains_key(&at) {
            return Err(broken(at, RowFault::Surplus));
        }
        let row = row.map_err(|_| broken(at, RowFault::Altered))?;
        self.link(&row.link, &row.fields.encode().digest())?;
        self.personal(at, PersonalPart::Inputs, Some(&row.fields.inputs_digest), &row.inputs)?;
        self.personal(at, PersonalPart::Monitoring, row.fields.monitoring_digest.as_ref(), &row.monitoring)?;
        Ok(row)
    }

    /// Between two decisions there are forgettings, stops, clears and notes, and nothing else.
    pub(crate) fn up_to(&mut self, sequence: u64) -> Result<(), VerifyError> {
        while self.next < sequence {
            let (link, content) =
                self.between.remove(&self.next).ok_or_else(|| broken(self.next, RowFault::Missing))?;
            self.link(&link, &content)?;
        }
        Ok(())
    }

    fn link(&mut self, link: &Link, content: &Hash) -> Result<(), VerifyError> {
        // A number that was there already is a row too many; SQLite's key forbids it, another schema may not.
        if link.sequence < self.next {
            return Err(broken(link.sequence, RowFault::Surplus));
        }
        if chain::link(&self.before, link.sequence, &link.time, content) != link.hash {
            return Err(broken(link.sequence, RowFault::Altered));
        }
        (self.before, self.next) = (link.hash, link.sequence + 1);
        Ok(())
    }

    fn personal(
        &self,
        at: u64,
        part: PersonalPart,
        digest: Option<&Hash>,
        held: &StoredPersonal,
    ) -> Result<(), VerifyError> {
        let fault = match (held, digest, self.forgotten.contains(at)) {
            (StoredPersonal::Nothing, None, _) | (StoredPersonal::Nothing | StoredPersonal::Erased, Some(_), true) => {
                return Ok(());
            }
            (StoredPersonal::Text(personal), Some(digest), false) if personal.digest(part) == *digest => return Ok(()),
            (StoredPersonal::Text(_), Some(_), false) => RowFault::PersonalAltered(part.name()),
            (StoredPersonal::Nothing | StoredPersonal::Erased, Some(_), false) => {
                RowFault::PersonalMissing(part.name())
            }
            (StoredPersonal::Text(_) | StoredPersonal::Erased, None, _) | (StoredPersonal::Text(_), Some(_), true) => {
                RowFault::PersonalSurplus(part.name())
            }
        };
        Err(broken(at, fault))
    }
}
