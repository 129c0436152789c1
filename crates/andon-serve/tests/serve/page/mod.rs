//! The page: its form and the contract, entered values, refusals and assets.

mod browser; // the page in a real browser

use std::collections::BTreeSet;

use andon_serve::Service;
use reqwest::Response;
use serde_json::{Value, json};

use crate::houses::{OVER, over};
use crate::{House, TestServer, bad, decider, good, identity, policy, service};

/// A GO on houses: two gates, one of them waived.
fn evidence() -> String {
    let digest = "e".repeat(64);
    let found = |gate: &str, unit: &str| {
        json!({
            "gate": gate, "fingerprint": digest, "model_sha256": digest, "scores_sha256": digest, "vouched": {},
            "finding": { "measured": { "value": 0.9, "low": 0.85, "high": 0.95, "unit": unit, "n": 100 } },
            "started_at": "2026-01-01T00:00:00Z", "duration_ms": 1,
        })
    };
    let bar = |why: &str| json!({ "threshold": { "min": 0.8 }, "decide_on": "interval", "why": why });
    let row = |gate: &str, state: &str, why: &str, note: &str| json!({ "gate": gate, "state": state, "bar": bar(why), "evidence": found(gate, "share"), "note": note });
    let rows = [
        row("accuracy.accuracy", "go", "four of five <b>houses</b>", ""),
        row("fairness.disparate_impact.origin", "waived", "four fifths", "waived by the owner"),
    ];
    json!({
        "name": "house-acceptance", "version": "1.2.3", "files": {},
        "fingerprint": { "digest": digest, "inputs": {} },
        "decision": { "outcome": "GO", "fingerprint": digest, "rows": rows },
    })
    .to_string()
}

/// A service with the evidence of a GO.
pub(crate) fn released() -> Service<House> {
    let mut identity = identity();
    identity.evidence = evidence();
    Service::new(decider(policy("http://127.0.0.1:9", 1_000)), identity).unwrap()
}

async fn submit(server: &TestServer, body: &str) -> Response {
    let request = server.client.post(format!("{}/page/decide", server.url));
    request.header("content-type", "application/x-www-form-urlencoded").body(body.to_owned()).send().await.unwrap()
}

/// Every value of an attribute in the page.
fn all(page: &str, attribute: &str) -> Vec<String> {
    let start = format!(" {attribute}=\"");
    page.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

/// The part of the page between two texts.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    page.split_once(from).and_then(|(_, rest)| rest.split_once(to)).unwrap_or_else(|| panic!("{from} … {to}")).0
}

#[tokio::test]
async fn the_form_holds_the_features_and_nothing_else() {
    let server = TestServer::start(service()).await;
    let page = server.get("/").await.text().await.unwrap();
    let form = between(&page, "<form", "</form>");
    let names: BTreeSet<String> = all(form, "name").into_iter().collect();
    assert_eq!(names, ["area", "heating", "rooms"].map(str::to_owned).into());
    for absent in ["origin", "north_side", "plot", "sold"] {
        assert!(!page.to_lowercase().contains(absent), "{absent}");
    }
    assert!(form.contains(r#"min="1" max="20" value="1""#), "{form}");
    assert!(form.contains("Floor space in square metres.") && form.contains("Tested from 10 to 500"));
    assert!(form.contains(r#"<option value="heat_pump">Heat pump</option>"#));
    for id in all(form, "aria-describedby").iter().flat_map(|ids| ids.split(' ')).map(str::to_owned) {
        assert_eq!(page.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}");
    }
    assert_eq!(all(form, "for"), ["field-0", "field-1", "field-2"]);
}

/// Axum's own refusal would be neither a page nor a problem.
#[tokio::test]
async fn a_query_that_cannot_be_read_asks_for_nothing() {
    let server = TestServer::start(released()).await;
    for query in ["?example=unfavourable&example=ordinary", "?example=%ff", "?%00=&&=", "?other=1"] {
        let response = server.get(&format!("/{query}")).await;
        assert_eq!(response.status(), 200, "{query}");
        assert!(response.text().await.unwrap().contains("<form"), "{query}");
    }
}

#[tokio::test]
async fn the_example_is_decided_as_it_stands_also_without_javascript() {
    let server = TestServer::start(service()).await;
    let page = server.get("/").await.text().await.unwrap();
    assert!(page.contains("No decision in the last ten minutes.") && page.contains("The decision appears here"));
    let area = between(&page, "name=\"area\"", ">");
    assert!(!area.contains("required"), "an optional column may stay empty: {area}");
    let decided = submit(&server, "rooms=1&area=71&heating=gas").await;
    assert_eq!(decided.status(), 200);
    let page = decided.text().await.unwrap();
    assert!(between(&page, "id=\"answer\"", "</h3>").ends_with("ACCEPT"), "{page}");
    assert!(page.contains("1 decision in the last ten minutes: 1 ACCEPT, 0 DECLINE, 0 REFER; 100 % ACCEPT."));
}

#[tokio::test]
async fn a_denial_is_shown_with_the_reasons_of_the_endpoint() {
    let server = TestServer::start(service()).await;
    let reply: Value = server.decide(bad().to_string()).await.json().await.unwrap();
    let page = submit(&server, "rooms=2&area=30&heating=nothing").await.text().await.unwrap();
    let answer = between(&page, "id=\"answer\"", "<template");
    assert!(answer.contains("DECLINE") && answer.contains("16.7 %") && answer.contains("at least 50 % is needed"));
    for reason in reply["reasons"].as_array().unwrap() {
        let text = reason["text"].as_str().unwrap();
        assert!(answer.contains(&text[1..]), "{text} in {answer}");
        assert!(answer.contains(reason["improve"].as_str().unwrap()));
        let points = format!("{:.1}", -100.0 * reason["moved"].as_f64().unwrap());
        assert!(answer.contains(&format!("\"moved\">{points}<")), "{points} in {answer}");
    }
    let unusual = submit(&server, "rooms=5&area=501&heating=gas").await.text().await.unwrap();
    let answer = between(&unusual, "id=\"answer\"", "<template");
    assert!(answer.contains("REFER") && answer.contains("tested: 10 to 500") && !answer.contains("is needed"));
}

#[tokio::test]
async fn every_error_stands_beside_its_field() {
    let server = TestServer::start(service()).await;
    let response = submit(&server, "rooms=99&area=wide&heating=steam").await;
    assert_eq!(response.status(), 422);
    let page = response.text().await.unwrap();
    assert_eq!(page.matches("aria-invalid=\"true\"").count(), 3);
    assert_eq!(page.matches(" autofocus").count(), 1, "the first one has the focus");
    assert!(between(&page, "id=\"field-0\"", ">").contains(" autofocus"));
    assert!(between(&page, "id=\"error-0\"", "</p>").contains("99 is greater than 20. Allowed: a whole number from 1"));
    assert!(between(&page, "id=\"error-1\"", "</p>").contains("wide is not a number"));
    assert!(between(&page, "id=\"error-2\"", "</p>").contains("steam is none of the choices"));
    assert!(page.contains(r##"<a href="#field-0">Rooms</a>: 99 is"##) && page.contains("<title>Please check"));
    for (body, problem) in [
        ("", "Rooms</a>: needs a value"),
        ("rooms=5&heating=gas&rooms=6", "Rooms</a>: was sent more than once"),
        ("rooms=5&heating=gas&origin=south_side", "Origin: south_side is no input of the decision"),
        ("rooms=5&heating=gas&balcony=1", "unknown field"),
        ("rooms=1e400&heating=gas", "is not a whole number"),
        ("rooms=5&heating=gas&area=NaN", "is not a number"),
        ("rooms=5&heating=gas&area=1e999", "is not a number"),
    ] {
        let response = submit(&server, body).await;
        assert_eq!(response.status(), 422, "{body}");
        let page = response.text().await.unwrap();
        assert!(between(&page, "id=\"problems\"", "</ul>").contains(problem), "{body}: {page}");
    }
}

#[tokio::test]
async fn whatever_is_typed_in_comes_back_as_text() {
    let server = TestServer::start(service()).await;
    let hostile =
        ["\"><script>alert(1)</script>", "' onfocus=alert(1) x='", "{{7*7}}", "\0\u{202e}é", "</option></select>"];
    for text in hostile {
        let typed: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        for body in [format!("rooms={typed}&heating={typed}"), format!("rooms=5&heating=gas&{typed}={typed}")] {
            let response = submit(&server, &body).await;
            assert_eq!(response.status(), 422, "{body}");
            let page = response.text().await.unwrap();
            assert_eq!(page.matches("<script").count(), 1, "its own: {page}");
            assert!(
                !page.contains("\"><script>alert")
                    && !page.contains("' onfocus")
                    && !page.contains("</option></select>\"")
            );
        }
    }
    let raw = submit(&server, "rooms=%ff%fe&=&&&heating=%00").await;
    assert_eq!(raw.status(), 422);
}

#[tokio::test]
async fn a_form_has_the_limits_of_every_request() {
    let server = TestServer::start(service()).await;
    assert_eq!(submit(&server, &"a=1&".repeat(20_000)).await.status(), 413);
    assert_eq!(server.post("/page/decide", good().to_string()).send().await.unwrap().status(), 415);
    assert_eq!(server.get("/page/decide").await.status(), 405);
    assert_eq!(server.get("/page/nothing").await.status(), 404);
}

#[tokio::test]
async fn nothing_but_its_own_files_may_run_or_frame_it() {
    let server = TestServer::start(service()).await;
    for path in ["/", "/page/app.js", "/page/style.css", "/page/icon.svg", "/page/recent"] {
        let response = server.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'self';") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(response.headers()["referrer-policy"], "same-origin");
    }
    let page = server.get("/").await.text().await.unwrap();
    for inline in [" style=", "<style", " onclick", "javascript:", "http://", "https://"] {
        assert!(!page.contains(inline), "{inline}");
    }
    let files: BTreeSet<String> = all(&page, "src").into_iter().collect();
    assert_eq!(files, ["/page/app.js".to_owned()].into());
}

#[tokio::test]
async fn the_gates_come_from_the_evidence() {
    let server = TestServer::start(released()).await;
    let page = server.get("/").await.text().await.unwrap();
    assert!(page.contains("<h1>Houses</h1>"));
    let gates = between(&page, "id=\"release\"", "</section>");
    for part in ["GO", "2 gates", "0.9000", "0.8500 to 0.9500", "at least 0.8", "disparate impact · origin", "WAIVED"]
    {
        assert!(gates.contains(part), "{part} in {gates}");
    }
    assert!(gates.contains("waived by the owner") && gates.contains("four of five &#60;b&#62;houses"), "{gates}");
    assert!(page.contains("<code>ffffffffffff</code>"));
    let server = TestServer::start(service()).await;
    let page = server.get("/").await.text().await.unwrap();
    assert!(between(&page, "id=\"release\"", "</section>").contains("The evidence is not the record of a decision"));
    assert!(page.contains("<h3>Houses – a card</h3>"), "the card is there all the same");
}

#[tokio::test]
async fn a_service_that_is_not_ready_says_why_and_offers_no_form() {
    let server = TestServer::start(over()).await;
    let page = server.get("/").await;
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    assert!(page.contains(OVER) && !page.contains("<form") && !page.contains("type=\"submit\""));
    let refused = submit(&server, "rooms=5&heating=gas").await;
    assert_eq!(refused.status(), 503);
    assert!(refused.text().await.unwrap().contains("makes no decisions"));
}

#[tokio::test]
async fn decisions_of_the_endpoint_are_drawn() {
    let server = TestServer::start(service()).await;
    for body in [good(), good(), bad(), crate::unusual()] {
        assert_eq!(server.decide(body.to_string()).await.status(), 200);
    }
    assert_eq!(server.decide("{}").await.status(), 422); // no decision
    let figures = server.get("/page/recent").await.text().await.unwrap();
    assert!(figures.contains("4 decisions in the last ten minutes: 2 ACCEPT, 1 DECLINE, 1 REFER; 50 % ACCEPT."));
    assert_eq!(figures.matches("<rect").count(), 3 + 2, "a mark for each outcome, the mean and the slowest: {figures}");
    assert!(!figures.contains("NaN") && !figures.contains("inf"));
}
