//! Every refusal, and hostile bytes.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{TestServer, good, service};

/// The problem in a refusal of this status.
async fn problem(response: Response, status: u16) -> Value {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let problem: Value = response.json().await.unwrap();
    assert_eq!((&problem["type"], &problem["status"]), (&json!("about:blank"), &json!(status)));
    assert!(problem["title"].is_string() && !problem["detail"].as_str().unwrap().is_empty());
    problem
}

#[tokio::test]
async fn a_broken_contract_is_422_with_column_value_and_range() {
    let server = TestServer::start(service()).await;
    let cases = [
        (r#"{"rooms":21,"heating":"gas"}"#, "rooms", "21", "a whole number from 1 to 20"),
        (r#"{"rooms":0,"heating":"gas"}"#, "rooms", "0", "a whole number from 1 to 20"),
        (r#"{"rooms":-1,"heating":"gas"}"#, "rooms", "-1", "a whole number from 1 to 20"),
        (r#"{"rooms":2.5,"heating":"gas"}"#, "rooms", "2.5", "a whole number from 1 to 20"),
        (r#"{"rooms":"5","heating":"gas"}"#, "rooms", "\"5\"", "a whole number from 1 to 20"),
        (r#"{"rooms":null,"heating":"gas"}"#, "rooms", "null", "a whole number from 1 to 20"),
        (r#"{"rooms":[5],"heating":"gas"}"#, "rooms", "[5]", "a whole number from 1 to 20"),
        (r#"{"rooms":5,"area":1e999,"heating":"gas"}"#, "area", "", "a number from 1 to 10000, or empty"),
        (r#"{"rooms":5,"area":"NaN","heating":"gas"}"#, "area", "\"NaN\"", "a number from 1 to 10000, or empty"),
        (
            r#"{"rooms":5,"area":"Infinity","heating":"gas"}"#,
            "area",
            "\"Infinity\"",
            "a number from 1 to 10000, or empty",
        ),
        (r#"{"rooms":5,"area":0.5,"heating":"gas"}"#, "area", "0.5", "a number from 1 to 10000, or empty"),
        (r#"{"rooms":5,"heating":"coal"}"#, "heating", "\"coal\"", "one of gas, heat_pump, nothing"),
        (r#"{"rooms":5}"#, "heating", "", "one of gas, heat_pump, nothing"),
        (r#"{"rooms":5,"rooms":5,"heating":"gas"}"#, "rooms", "5", "a whole number from 1 to 20"),
        (r#"{"rooms":5,"heating":"gas","garden":1}"#, "garden", "1", ""),
        (r#"{"rooms":5,"heating":"gas","origin":"north_side"}"#, "origin", "north_side", ""),
        (r#"{"rooms":5,"heating":"gas","plot":7}"#, "plot", "7", ""),
        (r#"{"rooms":5,"heating":"gas","sold":1}"#, "sold", "1", ""),
        ("{}", "rooms", "", "a whole number from 1 to 20"),
        ("[null,5,100.0,\"gas\",null,null]", "", "[null,5,100.0,\"gas\",null,null]", "one JSON object"),
        ("null", "", "null", "one JSON object"),
        ("\"x\"", "", "\"x\"", "one JSON object"),
    ];
    for (body, column, value, allowed) in cases {
        let problem = problem(server.decide(body).await, 422).await;
        let error = &problem["errors"][0];
        let found = [&error["column"], &error["value"], &error["allowed"]].map(|text| text.as_str().unwrap());
        assert_eq!(found, [column, value, allowed], "{body}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(error["problem"].as_str().unwrap()) && detail.contains(allowed), "{detail}");
        assert!(column.is_empty() || detail.contains(column), "{detail}");
    }
}

#[tokio::test]
async fn each_broken_value_is_listed() {
    let response = TestServer::start(service()).await.decide(r#"{"rooms":21,"area":0,"heating":"gas"}"#).await;
    assert_eq!(problem(response, 422).await["errors"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_not_json_is_400() {
    let server = TestServer::start(service()).await;
    let opened = "{\"rooms\":".repeat(5_000);
    let cases: [&[u8]; 11] = [
        b"",
        b" ",
        b"rooms=5",
        b"{",
        b"{\"rooms\":5,}",
        b"{\"rooms\":NaN,\"heating\":\"gas\"}",
        b"{\"rooms\":Infinity,\"heating\":\"gas\"}",
        b"{\"rooms\":05,\"heating\":\"gas\"}",
        b"{\"rooms\":5,\"heating\":\"gas\"} {}",
        b"{\"rooms\":5,\"heating\":\"\xff\"}",
        opened.as_bytes(),
    ];
    for body in cases {
        let problem = problem(server.decide(body.to_vec()).await, 400).await;
        assert!(problem["detail"].as_str().unwrap().starts_with("the body is not JSON: "), "{problem}");
        assert!(problem.get("errors").is_none());
    }
}

#[tokio::test]
async fn a_byte_order_mark_before_the_body_is_no_part_of_it() {
    let server = TestServer::start(service()).await;
    assert_eq!(server.decide(format!("\u{feff}{}", good())).await.status(), 200);
    let problem = problem(server.decide(format!("{}\u{feff}", good())).await, 400).await;
    assert!(problem["detail"].as_str().unwrap().starts_with("the body is not JSON: "), "{problem}");
}

#[tokio::test]
async fn no_answer_names_a_type_of_the_language() {
    let server = TestServer::start(service()).await;
    for value in ["\"x\"", "300", "-1", "1.5", "null", "[]", "1e400"] {
        let body = format!("{{\"rooms\":{value},\"area\":120.5,\"heating\":\"gas\"}}");
        let text = server.decide(body).await.text().await.unwrap();
        assert!(!text.contains("u8") && !text.contains("f64") && !text.contains("usize"), "{text}");
    }
}

#[tokio::test]
async fn text_in_another_encoding_is_told_as_such() {
    let server = TestServer::start(service()).await;
    let text = good().to_string();
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = [b"\xff\xfe".to_vec(), little.clone()].concat();
    for body in [little, big, marked] {
        let request = server.client.post(format!("{}/house/v1/decisions", server.url)).body(body);
        let response = request.header("content-type", "application/json").send().await.unwrap();
        let told = problem(response, 400).await["detail"].as_str().unwrap().to_owned();
        assert!(told.contains("send UTF-8"), "{told}");
    }
}

#[tokio::test]
async fn deep_nesting_is_a_broken_contract_like_any_other() {
    let server = TestServer::start(service()).await;
    for depth in [100, 200, 30_000] {
        let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        problem(server.decide(deep.clone()).await, 422).await;
        let inside = format!("{{\"heating\":\"gas\",\"rooms\":{deep}}}");
        assert_eq!(problem(server.decide(inside).await, 422).await["errors"][0]["column"], "rooms");
    }
}

#[tokio::test]
async fn a_body_over_64_kib_is_413() {
    let server = TestServer::start(service()).await;
    let padded = |length: usize| good().to_string() + &" ".repeat(length - good().to_string().len());
    assert_eq!(server.decide(padded(64 << 10)).await.status(), 200);
    problem(server.decide(padded((64 << 10) + 1)).await, 413).await;
    for _ in 0..5 {
        problem(server.decide(padded(10_000_000)).await, 413).await;
    }
}

/// The first line of the answer to a request that is written byte by byte, and the rest.
async fn answer_to(server: &TestServer, request: &str) -> String {
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn who_waits_with_a_body_that_is_too_long_is_told_before_it_is_sent() {
    let server = TestServer::start(service()).await;
    let waiting = |length: usize| {
        format!(
            "POST /house/v1/decisions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
        )
    };
    assert_eq!(answer_to(&server, &waiting((64 << 10) + 1)).await, "HTTP/1.1 413");
    assert_eq!(answer_to(&server, &waiting(10)).await, "HTTP/1.1 100");
}

#[tokio::test]
async fn a_head_names_this_server_once_and_a_body_is_not_coded() {
    let server = TestServer::start(service()).await;
    let get = |head: &str| format!("GET /metrics HTTP/1.1\r\n{head}\r\n");
    for (head, status) in [
        ("Host: localhost\r\n", "200"),
        ("", "400"),
        ("Host: localhost\r\nHost: localhost\r\n", "400"),
        // A name of another site that its name server turns to this machine.
        ("Host: rebound.example\r\n", "421"),
        ("Host: localhost\r\nTransfer-Encoding: gzip, chunked\r\n", "501"),
    ] {
        assert_eq!(answer_to(&server, &get(head)).await, format!("HTTP/1.1 {status}"), "{head}");
    }
    let coded = server.post("/house/v1/decisions", good().to_string());
    problem(coded.header("content-encoding", "gzip").send().await.unwrap(), 415).await;
    let twice = server.post("/house/v1/decisions", good().to_string()).header("content-encoding", "identity");
    problem(twice.header("content-encoding", "gzip").send().await.unwrap(), 415).await;
    let plain = server.post("/house/v1/decisions", good().to_string());
    assert_eq!(plain.header("content-encoding", "identity").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn another_content_type_is_415() {
    let server = TestServer::start(service()).await;
    for content_type in ["text/plain", "application/jsonx", "application/x-www-form-urlencoded", "", "json", "é"] {
        let request = server.client.post(format!("{}/house/v1/decisions", server.url));
        let response = request.header("content-type", content_type).body(good().to_string()).send().await.unwrap();
        problem(response, 415).await;
    }
    let without = server.client.post(format!("{}/house/v1/decisions", server.url)).body(good().to_string());
    problem(without.send().await.unwrap(), 415).await;
    // `post` names JSON already.
    let twice = server.post("/house/v1/decisions", good().to_string()).header("content-type", "text/plain");
    problem(twice.send().await.unwrap(), 415).await;
}

#[tokio::test]
async fn another_method_is_405_and_another_path_404() {
    let server = TestServer::start(service()).await;
    let call = async |method: &Method, path: &str| {
        server.client.request(method.clone(), format!("{}{path}", server.url)).send().await.unwrap()
    };
    for (path, allow) in [("/house/v1/decisions", "POST"), ("/house/v1/explanations", "POST"), ("/card", "GET,HEAD")] {
        for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
            let response = call(&method, path).await;
            assert_eq!(response.headers()["allow"], allow);
            problem(response, 405).await;
        }
    }
    problem(call(&Method::GET, "/house/v1/decisions").await, 405).await;
    problem(call(&Method::POST, "/healthz").await, 405).await;
    problem(call(&Method::POST, "/").await, 405).await;
    for path in ["/page", "/house", "/house/v1/decisions/", "/house/v1/decisions/1", "/card/x", "/%00", "/..%2fcard"] {
        problem(call(&Method::GET, path).await, 404).await;
        problem(call(&Method::POST, path).await, 404).await;
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_408() {
    let server = TestServer::start(service()).await;
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
    let head = "POST /house/v1/decisions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut reply = [0; 12];
    tokio::time::timeout(Duration::from_secs(20), stream.read_exact(&mut reply)).await.unwrap().unwrap();
    assert_eq!(&reply, b"HTTP/1.1 408");
}

/// SplitMix64: the same hostile bytes in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) as usize % bound
    }

    fn bytes(&mut self) -> Vec<u8> {
        (0..self.below(200)).map(|_| self.below(256) as u8).collect()
    }

    /// A good house with a few bytes replaced, dropped or repeated.
    fn damaged(&mut self) -> Vec<u8> {
        let mut body = good().to_string().into_bytes();
        for _ in 0..=self.below(3) {
            let at = self.below(body.len());
            match self.below(3) {
                0 => body[at] = br#"{}[]",:\0919eE+-.nulltrue"#[self.below(24)],
                1 => drop(body.drain(at..(at + 3).min(body.len()))),
                _ => body.insert(at, body[at]),
            }
            if body.is_empty() {
                break;
            }
        }
        body
    }
}

#[tokio::test]
async fn hostile_bytes_are_refused_and_never_fail_the_server() {
    let server = TestServer::start(service()).await;
    let mut random = Random(20_260_101);
    for _ in 0..1_000 {
        let noise = random.bytes();
        let damaged = random.damaged();
        let status = server.decide(noise.clone()).await.status();
        assert!(status.is_client_error(), "{status}: {noise:?}");
        let status = server.decide(damaged.clone()).await.status();
        assert!(status == 200 || status.is_client_error(), "{status}: {}", String::from_utf8_lossy(&damaged));
    }
    assert_eq!(server.decide(good().to_string()).await.status(), 200);
}
