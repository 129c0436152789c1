//! The page at `/`: try a decision, see the recent decisions, and read the release's gates and card.
//!
//! The page works without JavaScript. With it, the form goes as JSON to the decision endpoint, and the page stays.
//! Every part is escaped, and the page loads nothing from other hosts. The audit trail, if there is one, keeps the
//! values that somebody enters; nothing else does. The page says which of the two is the case.

use std::sync::Arc;

use andon::{Record, Violation};
use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, body::Body};

use crate::access::keys::key::{Client, Right};
use crate::problem::Problem;
use crate::read;
use crate::request_id::RequestId;
use crate::service::Service;
use crate::service::cord::{self, CordRequest};

mod answer;
mod card;
mod example;
mod field;
mod form;
mod gates;
mod plot;
mod state;
mod values;
mod view;

use answer::AnswerView;
use form::Submitted;
use state::PageState;
use view::{FiguresView, PageView};

type SharedPage<R> = State<Arc<PageState<R>>>;

/// Scripts, styles and data come from here only. No other page may frame this one, since a frame could mislead.
const PAGE_SECURITY_POLICY: &str =
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The headers of every response under the page.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, PAGE_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Other sites see no referrer. This service needs it, to tell its own form from one of another site.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // An answer is about a person.
    (header::CACHE_CONTROL, "no-store"),
];

/// The page's own routes.
pub(crate) fn router<R: Record, S>(service: Arc<Service<R>>) -> Router<S> {
    let asset = |kind: &'static str, text: &'static str| get(async move || ([(header::CONTENT_TYPE, kind)], text));
    Router::new()
        .route("/", get(show::<R>))
        .route("/page/decide", post(decide::<R>))
        .route("/page/stop", post(stop::<R>))
        .route("/page/clear", post(clear::<R>))
        .route("/page/recent", get(show_recent::<R>))
        .route("/page/app.js", asset("text/javascript; charset=utf-8", include_str!("../../templates/page/app.js")))
        .route("/page/style.css", asset("text/css; charset=utf-8", include_str!("../../templates/page/style.css")))
        .route("/page/icon.svg", asset("image/svg+xml", include_str!("../../templates/page/icon.svg")))
        .layer(map_response(async |mut response: Response<Body>| {
            for (name, value) in HEADERS {
                response.headers_mut().insert(name, header::HeaderValue::from_static(value));
            }
            response
        }))
        .with_state(Arc::new(PageState::new(service)))
}

/// The example that the form begins with.
#[derive(Debug, Default, serde::Deserialize)]
struct Begin {
    #[serde(default)]
    example: String,
}

/// Shows the page. A query that cannot be read is ignored, because the form is on the page in any case.
async fn show<R: Record>(State(page): SharedPage<R>, begin: Result<Query<Begin>, QueryRejection>) -> Response {
    let begin = begin.map_or_else(|_| Begin::default(), |Query(begin)| begin);
    let unfavourable = page.unfavourable.as_ref().filter(|_| begin.example == "unfavourable");
    html(&PageView::new(&page, unfavourable.unwrap_or(&page.ordinary), &[], None), StatusCode::OK)
}

async fn decide<R: Record>(State(page): SharedPage<R>, request: Request) -> Result<Response, Problem> {
    let id = RequestId::from_request(&request);
    let submitted = Submitted::parse(&read::read_form_body(request).await?);
    let service = &page.service;
    let view =
        |broken: &[Violation], answer, code| html(&PageView::new(&page, &submitted.values, broken, answer), code);
    if service.check_ready().is_err() {
        return Ok(view(&[], None, StatusCode::SERVICE_UNAVAILABLE));
    }
    let record = match submitted.to_record(&service.decider, &page.fields, &page.ordinary) {
        Ok(record) => record,
        Err(broken) => return Ok(view(&broken, None, StatusCode::UNPROCESSABLE_ENTITY)),
    };
    let decided = async { service.decide(&service.acquire_permit()?, &id, &record.into()).await };
    Ok(match decided.await {
        Ok(decided) => view(&[], Some(AnswerView::new(&decided.reply, service.decider.policy())), StatusCode::OK),
        Err(problem) => {
            let refused = PageView::new(&page, &submitted.values, &[], None).refused(&problem);
            let retry_after = problem.retry_after_s().map(|s| [(header::RETRY_AFTER, s.to_string())]);
            (retry_after, html(&refused, problem.code())).into_response()
        }
    })
}

async fn stop<R: Record>(State(page): SharedPage<R>, request: Request) -> Result<Redirect, Problem> {
    pull(&page, Right::Stop, request).await
}

async fn clear<R: Record>(State(page): SharedPage<R>, request: Request) -> Result<Redirect, Problem> {
    pull(&page, Right::Clear, request).await
}

/// Pulls the cord for a person at the page, and shows the page again.
async fn pull<R: Record>(page: &PageState<R>, right: Right, request: Request) -> Result<Redirect, Problem> {
    let client = request.extensions().get::<Client>().cloned();
    let submitted = Submitted::parse(&read::read_form_body(request).await?);
    let value = |name: &str| submitted.values.get(name).cloned();
    let asked = CordRequest { by: value("by"), why: value("why").unwrap_or_default() };
    cord::pull(&page.service, client.as_ref(), right, asked).await.map(|_| Redirect::to("/#cord"))
}

async fn show_recent<R: Record>(State(page): SharedPage<R>) -> Response {
    html(&FiguresView { plots: page.plots(), words: page.kind_names() }, StatusCode::OK)
}

fn html(template: &impl Template, code: StatusCode) -> Response {
    // A template of strings and numbers always renders.
    template
        .render()
        .map_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response(), |text| (code, Html(text)).into_response())
}
