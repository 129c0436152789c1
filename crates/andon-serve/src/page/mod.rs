//! The page at `/`: try a decision, see what was decided lately, and what the release was judged by.
//!
//! It works without JavaScript; with it, the form is sent as JSON to the decision endpoint and the page stays. Every
//! part is escaped and nothing comes from elsewhere. What is typed in is kept by the audit trail, where there is one,
//! and by nothing else; the page says which.

use std::sync::Arc;
use std::time::{Duration, Instant};

use andon::data::contract::{Record, Violation};
use andon::decide::decider::{Decider, REFER, Reply};
use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, body::Body};

use crate::problem::Problem;
use crate::read;
use crate::routes::observe::RequestId;
use crate::{Identity, Service};

mod answer;
mod card;
mod example;
mod field;
mod form;
mod gates;
mod plot;
mod recent;
mod view;

use answer::Answer;
use example::Values;
use field::Field;
use form::Submitted;
use gates::Release;
use plot::Plots;
use recent::Recent;
use view::{Figures, Whole};

type Shared<R> = State<Arc<Service<R>>>;

/// Scripts, styles and data from here only; no frame around the page, which could be made to mislead.
const POLICY: &str =
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What is sent with everything under the page.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Nothing to others; to this service, where its form stands, so that one of another site can be told from it.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // An answer is about a person.
    (header::CACHE_CONTROL, "no-store"),
];

/// Whether a path is one of the page's.
pub(crate) fn holds(path: &str) -> bool {
    path == "/page" || path.starts_with("/page/")
}

/// The page's own routes.
pub(crate) fn router<R: Record>() -> Router<Arc<Service<R>>> {
    let asset = |kind: &'static str, text: &'static str| get(async move || ([(header::CONTENT_TYPE, kind)], text));
    Router::new()
        .route("/", get(show::<R>))
        .route("/page/decide", post(decide::<R>))
        .route("/page/recent", get(lately::<R>))
        .route("/page/app.js", asset("text/javascript; charset=utf-8", include_str!("../../templates/page/app.js")))
        .route("/page/style.css", asset("text/css; charset=utf-8", include_str!("../../templates/page/style.css")))
        .route("/page/icon.svg", asset("image/svg+xml", include_str!("../../templates/page/icon.svg")))
        .layer(map_response(async |mut response: Response<Body>| {
            for (name, value) in HEADERS {
                response.headers_mut().insert(name, header::HeaderValue::from_static(value));
            }
            response
        }))
}

/// What the page shows that does not change while the service runs, and what was decided lately.
#[derive(Debug)]
pub(crate) struct Page {
    fields: Vec<Field>,
    ordinary: Values,
    unfavourable: Option<Values>,
    release: Result<Release, String>,
    card: String,
    recent: Arc<Recent>,
}

impl Page {
    pub(crate) fn new<R: Record>(decider: &Decider<R>, identity: &Identity) -> Self {
        let fields = Field::all(decider);
        Self {
            ordinary: example::ordinary(decider),
            unfavourable: example::unfavourable(decider, &fields),
            release: Release::parse(&identity.evidence),
            card: card::to_html(&identity.card),
            recent: Arc::new(Recent::new()),
            fields,
        }
    }

    /// The same with the figures of the page before.
    pub(crate) fn after(self, before: &Self) -> Self {
        Self { recent: Arc::clone(&before.recent), ..self }
    }
}

impl<R: Record> Service<R> {
    /// Counts a decision for the page's figures.
    pub(crate) fn note(&self, reply: &Reply, took: Duration) {
        self.page.recent.decided(Instant::now(), answer::outcome(reply, self.decider.policy()), took);
    }

    fn plots(&self) -> Plots {
        let answer = &self.decider.policy().answer;
        Plots::new(&self.page.recent, [&answer.positive, &answer.negative, REFER], Instant::now())
    }
}

/// Which example the form begins with.
#[derive(Debug, Default, serde::Deserialize)]
struct Begin {
    #[serde(default)]
    example: String,
}

/// A query that cannot be read asks for nothing: this is a page, and the form is on it in any case.
async fn show<R: Record>(State(service): Shared<R>, begin: Result<Query<Begin>, QueryRejection>) -> Response {
    let (page, begin) = (&service.page, begin.map_or_else(|_| Begin::default(), |Query(begin)| begin));
    let unfavourable = page.unfavourable.as_ref().filter(|_| begin.example == "unfavourable");
    html(&Whole::new(&service, unfavourable.unwrap_or(&page.ordinary), &[], None), StatusCode::OK)
}

async fn decide<R: Record>(State(service): Shared<R>, request: Request) -> Result<Response, Problem> {
    let id = RequestId::of(&request);
    let submitted = Submitted::parse(&read::form(request).await?);
    let whole =
        |broken: &[Violation], answer, code| html(&Whole::new(&service, &submitted.values, broken, answer), code);
    if service.check_ready().is_err() {
        return Ok(whole(&[], None, StatusCode::SERVICE_UNAVAILABLE));
    }
    match submitted.record(&service.decider, &service.page.fields, &service.page.ordinary) {
        Ok(record) => {
            let decided = async { service.decide(&service.begin()?, &id, &record.into()).await };
            Ok(match decided.await {
                Ok(decided) => whole(&[], Some(Answer::new(&decided.reply, service.decider.policy())), StatusCode::OK),
                Err(problem) => {
                    let page = Whole::new(&service, &submitted.values, &[], None).refused(&problem);
                    let retry_after = problem.retry_after_s().map(|s| [(header::RETRY_AFTER, s.to_string())]);
                    (retry_after, html(&page, problem.code())).into_response()
                }
            })
        }
        Err(broken) => Ok(whole(&broken, None, StatusCode::UNPROCESSABLE_ENTITY)),
    }
}

async fn lately<R: Record>(State(service): Shared<R>) -> Response {
    html(&Figures { plots: service.plots(), words: view::words(&service) }, StatusCode::OK)
}

fn html(template: &impl Template, code: StatusCode) -> Response {
    // A template of strings and numbers always renders.
    template
        .render()
        .map_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response(), |text| (code, Html(text)).into_response())
}
