//! Bytes become a request to the service of the tests' houses, in this process and without a socket.
//!
//! For every request: nothing panics; no status is 5xx; every refusal is a problem, the protocol's error below `/v2`,
//! or a page for a submitted form; every decision is one of the policy's; and a repeated request with its idempotency
//! key gets the same bytes.
//!
//! Each of the first bytes makes a choice: method, path, content type, idempotency key, request id, another header, and
//! the arrival of the body. A choice outside the lists takes its length and its text from the bytes that follow. The
//! rest is the body. There is no trail, and Ollama's port is closed.

#![no_main]

#[path = "../../tests/serve/houses.rs"]
#[expect(dead_code, reason = "the release that the tests over HTTP serve")]
mod houses;
mod judge;
mod sent;

use std::sync::LazyLock;

use andon_serve::router;
use andon_serve::Service;
use axum::Router;
use axum::body::to_bytes;
use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};
use tower_service::Service as _;

use crate::judge::Answered;
use crate::sent::Sent;

/// One server for all inputs, because its memory of earlier requests is part of the test.
static SERVER: LazyLock<(Runtime, Router)> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let decider = houses::decider(houses::policy("http://127.0.0.1:9", 1_000));
    let service = Service::new(decider, houses::identity()).expect("the houses can be served");
    (runtime, router(service))
});

fuzz_target!(|bytes: &[u8]| {
    // An HTTP library would refuse such bytes.
    let Some(sent) = Sent::from_bytes(bytes) else { return };
    let answered = ask(&sent);
    judge::judge(&sent, &answered);
    if sent.is_repeatable() && answered.status == 200 {
        assert_eq!(ask(&sent), answered, "the same key again");
    }
});

fn ask(sent: &Sent<'_>) -> Answered {
    let (runtime, router) = &*SERVER;
    runtime.block_on(async {
        let Some(request) = sent.request() else { unreachable!("it was one before") };
        let Ok(response) = router.clone().call(request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a body that arrives whole");
        let header = |name: &str| {
            let value = parts.headers.get(name).unwrap_or_else(|| panic!("no {name} in {parts:?}"));
            value.to_str().expect("a header of text").to_owned()
        };
        let is_bodiless = body.is_empty();
        let media_type = if is_bodiless { String::new() } else { header("content-type") };
        Answered { status: parts.status.as_u16(), media_type, id: header("x-request-id"), body }
    })
}
