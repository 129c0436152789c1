//! The HTTP server around any release's record and model.
//!
//! A [`Service`] holds a [`Decider`](andon::Decider) and the [`Identity`] of its artifact. [`router`]
//! gives it endpoints, and [`serve`] runs them until the shutdown:
//!
//! | endpoint | reply |
//! |---|---|
//! | `POST` the policy's `serve.path` | the decision, its reasons and an explanation in the template's words |
//! | `POST` its sibling `explanations` | the same, in the words of a local language model if it answers well in time |
//! | `POST` its sibling `batch` | an answer or a problem for each record of an array, or for each line of NDJSON |
//! | `POST` below it, `/{id}/override` | a person's decision beside the model's, if the policy lists reasons |
//! | `GET /` | a page for people: a form to try, the recent decisions, the gates, the card |
//! | `GET /healthz` | 200 while the process runs |
//! | `GET /readyz` | 200 if the service decides, else 503 with the reason; also why the last artifact was refused |
//! | `GET /card` | the model card, in Markdown |
//! | `GET /evidence` | the evidence behind the release, in JSON |
//! | `GET /metrics` | counts and latencies, drift of the inputs and approvals by hour, as OpenMetrics text |
//! | `GET /openapi.json` | the description of this API as OpenAPI 3.1, made from the types that are served |
//! | `GET /docs` | the same description as a page |
//! | `/v2`, `/v2/health/…`, `/v2/models/…` | the same decisions by the Open Inference Protocol |
//!
//! Errors are `application/problem+json` (RFC 9457) and name the column, the value and the allowed range; no input
//! causes a 500. Below `/v2`, errors have that protocol's form. Each response has an `x-request-id`: the client's own
//! if it has 1 to 64 of A-Z, a-z, 0-9, `.`, `_` and `-`. If a client sends a decision again with the same
//! `Idempotency-Key`, it gets the same bytes again, as long as the key is among the last 10,000.
//!
//! A record may have a member `monitoring` beside its features, which states protected attributes. The contract checks
//! them, and the audit trail keeps them apart; no decision uses them. [`trail::monitor`] uses them to compare groups.
//!
//! The log has one `tracing` event a request, with method, path template, status, seconds, id and the name of its key.
//! It holds no value of a record; the audit trail is the only place that keeps records and answers.
//!
//! ```no_run
//! use andon_serve::serve;
//! use andon_serve::{Identity, ServerState, Service, Switch};
//!
//! # async fn example<R: andon::Record>(
//! #     decider: andon::Decider<R>, identity: Identity, artifact_checks_out: bool,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! let offered = if artifact_checks_out { Ok(Service::new(decider, identity)?) } else { Err("why not".to_owned()) };
//! let switch = Switch::new(offered, ServerState::default());
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! serve(listener, switch.router(), std::future::pending()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`Server`] also speaks [`Tls`] and takes other [`Limits`]. [`ServerState::with_keys`] asks every client for one of
//! the [`Keys`], except at `/healthz` and `/readyz`. If more requests decide at once than
//! [`ServerState::with_max_deciding`] allows, the server answers the others 503 with `Retry-After`.
//!
//! A [`Switch`] serves the artifact that was verified last. Until there is one, the process is live but not ready, and
//! every endpoint except its health answers 503 with the reason. A new artifact replaces the old one between two
//! requests (hot reload). Each decision checks the date of the waivers, so an expired waiver stops the decisions at
//! once.
//!
//! No decision waits for the language model, and the model learns nothing about a record beyond the decision, two
//! percentages and the reasons. The page needs no JavaScript and nothing from other hosts.
//!
//! The rooms, from top to bottom; each imports only from those below it:
//!
//! | room | holds |
//! |---|---|
//! | `artifact` | the artifact in force and its hot reload |
//! | `routes` | the list of endpoints, and the log of every request |
//! | `api` | the description of the API |
//! | `page` | the page for people |
//! | `inference` | the Open Inference Protocol |
//! | `decide` | the one place where a record is decided and recorded |
//! | `service` | the state that the endpoints share |
//! | `watch` | metrics, drift of the inputs, recent decisions |
//! | `access` | keys, rates and the limit of concurrent decisions |
//! | `read` | from a request's body to a checked record |
//! | [`words`] | the language model, and the guard that judges its text |
//! | `request_id`, `identity`, `problem` | single types |
//! | [`mod@trail`] | the release's own bars over an audit trail |
//! | `listen` | connections, TLS and their limits |

mod access;
mod api;
mod artifact;
mod decide;
#[cfg(test)]
#[path = "../tests/serve/houses.rs"]
#[expect(dead_code, reason = "the release that the tests over HTTP serve")]
mod houses;
mod identity;
mod inference;
mod listen;
mod page;
mod problem;
mod read;
mod request_id;
mod routes;
mod service;
pub mod trail;
mod watch;
pub mod words;

pub use crate::access::keys::Keys;
pub use crate::access::keys::error::{KeysError, NoKey};
pub use crate::access::keys::new_key::NewKey;
pub use crate::artifact::Switch;
pub use crate::artifact::reload_signal::ReloadSignal;
pub use crate::identity::Identity;
pub use crate::listen::{Limits, Server, Tls, TlsError, outlive_file_size_limit, serve};
pub use crate::routes::router;
pub use crate::service::Service;
pub use crate::service::cord::clearable_stop;
pub use crate::service::error::Unservable;
pub use crate::service::server_state::ServerState;
pub use crate::service::shadow::Shadow;

#[cfg(test)]
extern crate self as andon_serve;
