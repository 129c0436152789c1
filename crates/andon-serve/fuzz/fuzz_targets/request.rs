//! Bytes become a request to the service of the tests' houses, in this process and without a socket.
//!
//! Whatever is sent: nothing panics, nothing is a 5xx, every refusal is a problem (below `/v2` that protocol's error, and
//! a page where a person sent the form), every decision is one of the policy's, and a request that is sent again with
//! its idempotency key is answered with the same bytes.
//!
//! The first bytes choose, one each: method, path, content type, idempotency key, request id, another header, and how
//! the body arrives; a choice of what is in no list takes its length and its text from the bytes that follow. What is
//! left is the body. There is no trail, and Ollama's port is closed.

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

/// Made once: what is remembered from request to request is part of what is tried.
static SERVER: LazyLock<(Runtime, Router)> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let decider = houses::decider(houses::policy("http://127.0.0.1:9", 1_000));
    let service = Service::new(decider, houses::identity()).expect("the houses can be served");
    (runtime, router(service))
});

fuzz_target!(|bytes: &[u8]| {
    // Bytes that no HTTP library would hand on are no request.
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
