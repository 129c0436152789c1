//! The state of the page: the service, and the contents that do not change while it runs.

use std::sync::Arc;
use std::time::Instant;

use andon::{REFER, Record};

use super::card;
use super::example;
use super::field::Field;
use super::gates::ReleaseTable;
use super::plot::Plots;
use super::values::Values;
use crate::service::Service;

/// The words for the three kinds of decision: positive, negative, referred.
pub(super) type KindNames<'a> = [&'a str; 3];

/// A service with the contents of its page.
#[derive(Debug)]
pub(super) struct PageState<R> {
    pub(super) service: Arc<Service<R>>,
    pub(super) fields: Vec<Field>,
    pub(super) ordinary: Values,
    pub(super) unfavourable: Option<Values>,
    pub(super) release: Result<ReleaseTable, String>,
    pub(super) card: String,
}

impl<R: Record> PageState<R> {
    pub(super) fn new(service: Arc<Service<R>>) -> Self {
        let fields = Field::all(&service.decider);
        Self {
            ordinary: example::ordinary(&service.decider),
            unfavourable: example::unfavourable(&service.decider, &fields),
            release: ReleaseTable::parse(&service.identity.evidence),
            card: card::to_html(&service.identity.card),
            fields,
            service,
        }
    }

    /// The words of the policy for each kind of decision.
    pub(super) fn kind_names(&self) -> KindNames<'_> {
        let answer = &self.service.decider.policy().answer;
        [&answer.positive, &answer.negative, REFER]
    }

    /// The figures of the last ten minutes.
    pub(super) fn plots(&self) -> Plots {
        Plots::new(&self.service.recent, self.kind_names(), Instant::now())
    }
}
