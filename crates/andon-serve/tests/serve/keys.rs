//! API keys: access, rates, and requests from other sites.

use std::collections::BTreeSet;
use std::path::Path;

use andon_serve::{Keys, KeysError, NewKey, ServerState};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{TestServer, good, service, until};

/// Reads a file with these lines.
fn keys(lines: &str) -> Keys {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("keys"), lines).unwrap();
    Keys::read(&folder.path().join("keys")).unwrap()
}

/// A server with one key, and the key.
async fn keyed() -> (TestServer, String) {
    let NewKey { key, line } = NewKey::generate("branch-7").unwrap();
    (TestServer::within(ServerState::default().with_keys(keys(&line)), service()).await, key)
}

fn ask(server: &TestServer, method: Method, path: &str) -> RequestBuilder {
    server.client.request(method, format!("{}{path}", server.url))
}

fn decision(server: &TestServer) -> RequestBuilder {
    server.post("/house/v1/decisions", good().to_string())
}

/// Checks a refusal without a key, and gives its text.
async fn unauthorized(response: Response) -> String {
    assert_eq!(response.status(), 401);
    let challenges: Vec<_> = response.headers().get_all("www-authenticate").iter().collect();
    assert_eq!(challenges[0], "Bearer");
    assert!(challenges[1].to_str().unwrap().starts_with("Basic realm="), "{challenges:?}");
    assert!(response.headers().contains_key("x-request-id"));
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["status"], 401);
    problem["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_key_is_taken_as_bearer_and_as_a_browser_s_password() {
    let (server, key) = keyed().await;
    assert_eq!(decision(&server).bearer_auth(&key).send().await.unwrap().status(), 200);
    assert_eq!(decision(&server).basic_auth("", Some(&key)).send().await.unwrap().status(), 200);
    assert_eq!(ask(&server, Method::GET, "/").basic_auth("anybody", Some(&key)).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn no_key_and_wrong_keys_are_401_and_nobody_is_told_which() {
    let (server, key) = keyed().await;
    let missing = unauthorized(decision(&server).send().await.unwrap()).await;
    let stranger = NewKey::generate("branch-7").unwrap().key;
    let longer = format!("{key}0");
    let digest = andon::evidence::files::sha256_hex(key.as_bytes());
    let last = if key.ends_with('0') { "1" } else { "0" };
    let neighbour = format!("{}{last}", &key[..key.len() - 1]);
    for wrong in [&stranger, &key[..key.len() - 1], &longer, &neighbour, &digest, "branch-7", "", &key.to_uppercase()] {
        assert_eq!(unauthorized(decision(&server).bearer_auth(wrong).send().await.unwrap()).await, missing, "{wrong}");
    }
    let query = server.post(&format!("/house/v1/decisions?key={key}"), good().to_string());
    unauthorized(query.send().await.unwrap()).await;
    let twice = decision(&server).bearer_auth(&key).header("authorization", format!("Bearer {stranger}"));
    unauthorized(twice.send().await.unwrap()).await;
}

/// Method and path of every operation in the description, and of the page's and the router's own.
async fn endpoints(server: &TestServer, key: &str) -> BTreeSet<(String, String)> {
    let described = ask(server, Method::GET, "/openapi.json").bearer_auth(key).send().await.unwrap();
    let described: Value = described.json().await.unwrap();
    let paths = described["paths"].as_object().unwrap().iter();
    let operations = paths.flat_map(|(path, methods)| {
        let path = path.replace("{name}", "houses").replace("{version}", "1.2.3");
        methods.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path.clone()))
    });
    let more =
        [("GET", "/"), ("POST", "/page/decide"), ("GET", "/page/style.css"), ("GET", "/nowhere"), ("PUT", "/card")];
    let more = more.into_iter().chain([("GET", "//healthz"), ("GET", "/healthz/"), ("GET", "/%68ealthz")]);
    operations.chain(more.map(|(method, path)| (method.to_owned(), path.to_owned()))).collect()
}

#[tokio::test]
async fn everything_needs_a_key_but_the_two_that_watch_the_process() {
    let (server, key) = keyed().await;
    let endpoints = endpoints(&server, &key).await;
    assert!(endpoints.len() > 20, "{endpoints:?}");
    for (method, path) in endpoints {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let status = ask(&server, method.clone(), &path).send().await.unwrap().status();
        let open = ["/healthz", "/readyz"].contains(&path.as_str());
        assert_eq!(status.as_u16(), if open { 200 } else { 401 }, "{method} {path}");
        let status = ask(&server, method.clone(), &path).bearer_auth(&key).send().await.unwrap().status();
        assert_ne!(status, 401, "{method} {path}");
    }
}

#[tokio::test]
async fn below_v2_it_is_refused_in_that_protocol_s_form() {
    let (server, _) = keyed().await;
    let response = ask(&server, Method::GET, "/v2").send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["www-authenticate"]),
        (401, &"Bearer".parse().unwrap())
    );
    assert_eq!(response.headers()["content-type"], "application/json");
    let refused: Value = response.json().await.unwrap();
    assert!(refused["error"].as_str().unwrap().contains("key"), "{refused}");
}

#[tokio::test]
async fn a_key_that_asks_too_often_is_429_and_another_is_not() {
    let slow = NewKey::generate("slow").unwrap();
    let quick = NewKey::generate("quick").unwrap();
    let server = TestServer::within(
        ServerState::default().with_keys(keys(&format!("{} 2\n{}", slow.line, quick.line))),
        service(),
    )
    .await;
    for _ in 0..2 {
        assert_eq!(decision(&server).bearer_auth(&slow.key).send().await.unwrap().status(), 200);
    }
    let refused = decision(&server).bearer_auth(&slow.key).send().await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (429, "1"));
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["title"], "Too Many Requests");
    assert_eq!(decision(&server).bearer_auth(&quick.key).send().await.unwrap().status(), 200);
    assert_eq!(server.get("/healthz").await.status(), 200);
    let is_let_in = async || decision(&server).bearer_auth(&slow.key).send().await.unwrap().status() == 200;
    until("the key may be used again", is_let_in).await;
}

#[tokio::test]
async fn a_page_of_another_site_cannot_decide_with_a_browser_s_key() {
    let (server, key) = keyed().await;
    for (site, status) in [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)] {
        let request = decision(&server).basic_auth("", Some(&key)).header("sec-fetch-site", site);
        assert_eq!(request.send().await.unwrap().status(), status, "{site}");
    }
    let link = ask(&server, Method::GET, "/").basic_auth("", Some(&key)).header("sec-fetch-site", "cross-site");
    assert_eq!(link.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_idempotency_key_is_its_client_s_own() {
    let one = NewKey::generate("one").unwrap();
    let other = NewKey::generate("other").unwrap();
    let server =
        TestServer::within(ServerState::default().with_keys(keys(&format!("{}\n{}", one.line, other.line))), service())
            .await;
    let ask = |key: &str, body: String| {
        let request = server.post("/house/v1/decisions", body).bearer_auth(key).header("idempotency-key", "1");
        async { request.send().await.unwrap() }
    };
    let id = |response: &Response| response.headers()["x-request-id"].clone();
    let first = ask(&one.key, good().to_string()).await;
    assert_eq!(id(&first), id(&ask(&one.key, good().to_string()).await));
    assert_ne!(id(&first), id(&ask(&other.key, good().to_string()).await));
    assert_eq!(ask(&one.key, crate::bad().to_string()).await.status(), 422);
}

#[tokio::test]
async fn a_long_body_without_a_key_is_refused_and_not_read() {
    let (server, _) = keyed().await;
    let mut stream = server.connect().await;
    let head = "POST /house/v1/decisions HTTP/1.1\r\nhost: localhost\r\ncontent-length: 60000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 401", "no byte of the body was sent");
}

#[tokio::test]
async fn the_description_says_that_keys_are_needed_where_they_are() {
    let (server, key) = keyed().await;
    let described = async |server: &TestServer| {
        let request = ask(server, Method::GET, "/openapi.json").bearer_auth(&key);
        request.send().await.unwrap().json::<Value>().await.unwrap()
    };
    let with = described(&server).await;
    let decide = &with["paths"]["/house/v1/decisions"]["post"];
    assert_eq!(decide["security"], json!([{ "bearer": [] }, { "basic": [] }]));
    assert_eq!(decide["responses"]["429"]["$ref"], "#/components/responses/429");
    assert_eq!(with["components"]["responses"]["401"]["content"]["application/problem+json"]["example"]["status"], 401);
    assert!(with["paths"]["/healthz"]["get"].get("security").is_none());
    let without = described(&TestServer::start(service()).await).await;
    assert!(!without.to_string().contains("\"401\"") && !without.to_string().contains("bearer"));
    for description in [&with, &without] {
        let operations = &description["paths"]["/house/v1/decisions"];
        assert_eq!(operations["post"]["responses"]["403"]["$ref"], "#/components/responses/403");
        assert!(description["paths"]["/card"]["get"]["responses"].get("403").is_none());
    }
    for description in [with, without] {
        assert_eq!(description["paths"]["/healthz"]["get"]["responses"]["431"]["$ref"], "#/components/responses/431");
        assert!(description["components"]["responses"]["431"]["description"].is_string());
    }
}

#[test]
fn a_file_that_cannot_be_used_is_named() {
    let missing = Keys::read(Path::new("/nowhere/keys")).unwrap_err();
    assert!(matches!(missing, KeysError::Unreadable { .. }));
    assert_eq!(missing.to_string(), "failed to read /nowhere/keys");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    for bytes in [b"\xff\xfe".as_slice(), b"", b"# none", b"name"] {
        std::fs::write(&file, bytes).unwrap();
        let error = Keys::read(&file).unwrap_err().to_string();
        assert!(error.contains(file.to_str().unwrap()), "{error}");
    }
}

#[tokio::test]
async fn a_page_of_another_site_cannot_submit_the_form_where_there_are_no_keys_either() {
    let server = TestServer::start(service()).await;
    let form = |name: &'static str, value: String| {
        let request = server.client.post(format!("{}/page/decide", server.url)).header(name, value);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        async { request.body("rooms=5&area=120&heating=gas").send().await.unwrap() }
    };
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "http://elsewhere.example"), ("origin", "null")]
    {
        let refused = form(name, value.to_owned()).await;
        assert_eq!(
            (refused.status().as_u16(), &refused.headers()["content-type"]),
            (403, &"application/problem+json".parse().unwrap())
        );
        assert!(refused.headers().get("www-authenticate").is_none(), "no key would help");
        assert_eq!(refused.json::<Value>().await.unwrap()["status"], 403);
    }
    assert_eq!(form("origin", server.url.clone()).await.status(), 200);
    let metrics = server.get("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("andon_decisions_total{outcome=\"ACCEPT\"} 1\n"), "{metrics}");
}

#[tokio::test]
async fn nothing_is_no_key() {
    let nothing = andon::evidence::files::sha256_hex(b"");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("anybody {nothing}")).unwrap();
    assert!(Keys::read(file.path()).unwrap_err().to_string().contains("the SHA-256 of nothing"));
    let (server, _) = keyed().await;
    unauthorized(decision(&server).basic_auth("anybody", Some("")).send().await.unwrap()).await;
    unauthorized(decision(&server).basic_auth("anybody", None::<&str>).send().await.unwrap()).await;
}
