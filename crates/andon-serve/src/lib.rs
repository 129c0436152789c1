//! The HTTP server around any release's record and model.
//!
//! A [`Service`] is a [`Decider`] with the [`Identity`] of the artifact it came from; [`router`] gives it its
//! endpoints and [`serve`] runs them until a shutdown is asked for:
//!
//! | endpoint | replies |
//! |---|---|
//! | `POST` the policy's `serve.path` | the decision, its reasons and the template's explanation |
//! | `POST` its sibling `explanations` | the same, worded by a local language model that answers well in time |
//! | `POST` its sibling `batch` | an answer or a problem for each record of an array, or for each line of NDJSON |
//! | `GET /` | a page for people: a form to try, the recent decisions, the gates, the card |
//! | `GET /healthz` | 200 while the process runs |
//! | `GET /readyz` | 200 when decisions are made, 503 with the reason when not; why the last artifact offered was refused |
//! | `GET /card` | the model card, in Markdown |
//! | `GET /evidence` | the evidence behind the release, in JSON |
//! | `GET /metrics` | decisions, refusals, latencies, responses, explanations, reloads, drift of inputs and approvals by hour, as OpenMetrics text |
//! | `GET /openapi.json` | all of this as OpenAPI 3.1, made from the types that are served |
//! | `GET /docs` | the same as a page |
//! | `/v2`, `/v2/health/…`, `/v2/models/…` | the same decisions by the Open Inference Protocol |
//!
//! Whatever is refused is refused as `application/problem+json` (RFC 9457), with the column, the value and what
//! would be allowed; no input makes a 500. Below `/v2` it is refused in that protocol's form. Each response has an
//! `x-request-id`: the client's, where it is 1 to 64 of A-Z, a-z, 0-9, `.`, `_` and `-`. A decision asked for again with
//! the same `Idempotency-Key` is answered with the same bytes, as long as it is among the last 10,000.
//!
//! A record may have a member `monitoring` beside its features, with protected attributes in it: checked, put on record
//! apart, and never decided by; [`mod@monitor`] asks by them whether groups are treated alike.
//!
//! Each request is an event of `tracing`: method, path template, status, seconds, id and the name of its key, and nothing
//! else of it.
//!
//! ```no_run
//! use andon_serve::serve;
//! use andon_serve::{Identity, Lasting, Service, Switch};
//!
//! # async fn example<R: andon::data::contract::Record>(
//! #     decider: andon::decide::decider::Decider<R>, identity: Identity, artifact_checks_out: bool,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! let offered = if artifact_checks_out { Ok(Service::new(decider, identity)?) } else { Err("why not".to_owned()) };
//! let switch = Switch::new(offered, Lasting::default());
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! serve(listener, switch.router(), std::future::pending()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`Server`] serves the same over [`Tls`] and with other [`Limits`]; [`Lasting::keyed`] asks everybody for one of the
//! [`Keys`], except at `/healthz` and `/readyz`. Where more requests decide at once than may ([`Lasting::at_most`]),
//! further ones are answered 503 with `Retry-After`.
//!
//! A [`Switch`] serves what checks out: until something does, the process is live, not ready, and everything but its
//! health is 503 with the reason; and once another artifact is offered that checks out, that one takes the place of the
//! one in force between two requests. A waiver that expires while the service runs ends its decisions as it would keep it
//! from starting: the date is looked at with each of them.
//!
//! What was asked and answered is in the trail, where there is one, and nowhere else: the log holds no value of a record.
//! A decision never waits for the language model, which learns nothing of a record but what the reasons say.
//!
//! The page needs no JavaScript and nothing from elsewhere; it holds counts of the last ten minutes, and no record.
//!
//! The modules in reading order: `listen` accepts connections, `observe` and `admission` stand in front of every request,
//! `routes` is the list of endpoints, `answer` the one place where a record is decided, `openapi` what is said of it all,
//! `switch` how an artifact takes the place of another, `hangup` when; [`explain`] asks the language model, [`guard`]
//! judges what it says; [`monitor`] holds a trail against the release's own bars. With the feature `gates`, `catalogue` holds the answers that the guard must judge rightly before a release goes out.

mod access;
mod api;
mod artifact;
mod decide;
#[cfg(test)]
#[path = "../tests/serve/houses.rs"]
#[expect(dead_code, reason = "the release that the tests over HTTP serve")]
mod houses;
mod inference;
mod listen;
mod page;
mod problem;
mod read;
mod routes;
mod service;
pub mod trail;
mod watch;
pub mod words;

use std::sync::Arc;

use andon::data::contract::Record;
use andon::decide::decider::Decider;
use andon::evidence::layout::{CARD, EVIDENCE};
use andon::evidence::package::{Package, PackageError};

pub use crate::access::keys::{Keys, KeysError, NewKey, NoKey};
pub use crate::artifact::Switch;
pub use crate::artifact::hangup::Hangup;
pub use crate::listen::{Limits, Server, Tls, TlsError, serve};
use crate::page::Page;
pub use crate::routes::router;
use crate::service::idempotency::Remembered;
pub use crate::service::lasting::Lasting;
use crate::watch::Watch;
use crate::watch::metrics::Metrics;
use crate::words::{Explainer, NotLocal};

#[cfg(test)]
extern crate self as andon_serve;

/// What an artifact says of itself.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Name of the release; the model's name in the Open Inference Protocol.
    pub name: String,
    /// Version of the release.
    pub model_version: String,
    /// Digest of every input that could change the decision to release it.
    pub fingerprint: String,
    /// The model card, in Markdown.
    pub card: String,
    /// The evidence, as JSON text.
    pub evidence: String,
}

impl Identity {
    /// What a checked package says of itself.
    ///
    /// # Errors
    /// [`PackageError`] where its card is no text.
    pub fn of(package: &Package) -> Result<Self, PackageError> {
        let mut files = package.all_files()?;
        let mut text = |name: &str| {
            let text = String::from_utf8(files.remove(name).unwrap_or_default());
            text.map_err(|error| PackageError::Inconsistent(format!("{name}: {error}")))
        };
        Ok(Self {
            name: package.manifest.name.clone(),
            model_version: package.manifest.version.clone(),
            fingerprint: package.manifest.fingerprint.digest().to_owned(),
            card: text(CARD)?,
            evidence: text(EVIDENCE)?,
        })
    }
}

/// The policy cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum Unservable {
    /// The decision endpoint has no path of its own.
    #[error(
        "serve.path: `{path}` {problem}; allowed are segments of a-z, A-Z, 0-9, `-`, `_` and `.`, as in /v1/decisions"
    )]
    Path {
        /// The policy's path.
        path: String,
        /// Why it cannot be served.
        problem: &'static str,
    },
    /// The language model is not on this machine.
    #[error(transparent)]
    NotLocal(#[from] NotLocal),
}

/// Everything that the endpoints answer from.
#[derive(Debug)]
pub struct Service<R> {
    decider: Decider<R>,
    identity: Identity,
    explainer: Explainer,
    metrics: Arc<Metrics>,
    watch: Arc<Watch>,
    remembered: Arc<Remembered>,
    page: Page,
    lasting: Lasting,
}

impl<R: Record> Service<R> {
    /// A service that is ready to decide.
    ///
    /// # Errors
    /// [`Unservable`] when the policy's path is that of another endpoint or no plain path, or when its language
    /// model is not on this machine and the policy does not say why.
    pub fn new(decider: Decider<R>, identity: Identity) -> Result<Self, Unservable> {
        service::paths::check(&decider.policy().serve.path)?;
        let explainer = Explainer::new(&decider.policy().explanation)?;
        let words = [decider.policy().answer.positive.as_str(), &decider.policy().answer.negative];
        let columns = decider.contract().columns().iter().map(|column| column.name.as_str());
        let (metrics, watch) = (Arc::new(Metrics::new(words, columns)), Watch::new(&decider));
        let (page, remembered) = (Page::new(&decider, &identity), Arc::default());
        Ok(Self { decider, identity, explainer, metrics, watch, remembered, page, lasting: Lasting::default() })
    }

    /// What its artifact says of itself.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The path of the decision endpoint.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.decider.policy().serve.path
    }

    /// Takes over the counts and the answers to repeat of the service before, and where it is of the same release, what is
    /// watched of its decisions.
    fn after(self, before: &Self) -> Self {
        let same = self.identity.fingerprint == before.identity.fingerprint;
        Self {
            metrics: Arc::clone(&before.metrics),
            watch: if same { Arc::clone(&before.watch) } else { self.watch },
            remembered: Arc::clone(&before.remembered),
            page: self.page.after(&before.page),
            ..self
        }
    }
}
