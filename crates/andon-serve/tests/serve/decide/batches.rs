//! Many records in one request, as an array and as lines.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower_service::Service as _;

use crate::{TestServer, bad, good, service, unusual};

const ARRAY: &str = "application/json";
const LINES: &str = "application/x-ndjson";

async fn post(server: &TestServer, media_type: &str, body: impl Into<reqwest::Body>) -> reqwest::Response {
    let request = server.client.post(format!("{}/house/v1/batch", server.url));
    request.header("content-type", media_type).body(body).send().await.unwrap()
}

/// The answers to lines.
async fn lines(server: &TestServer, body: impl Into<reqwest::Body>) -> Vec<Value> {
    let response = post(server, LINES, body).await;
    assert_eq!((response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()), (200, LINES));
    let text = response.text().await.unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn an_array_is_answered_in_order_with_problems_in_their_places() {
    let server = TestServer::start(service()).await;
    let body = json!([good(), { "rooms": 21, "heating": "gas" }, bad(), null, unusual(), [good()]]);
    let response = post(&server, ARRAY, body.to_string()).await;
    assert_eq!(response.status(), 200);
    let answers: Vec<Value> = response.json().await.unwrap();
    let told: Vec<&Value> = answers.iter().map(|answer| answer.get("decision").unwrap_or(&answer["status"])).collect();
    assert_eq!(told, [&json!("ACCEPT"), &json!(422), &json!("DECLINE"), &json!(422), &json!("REFER"), &json!(422)]);
    assert_eq!((&answers[1]["index"], &answers[1]["errors"][0]["column"]), (&json!(1), &json!("rooms")));
    let alone: Value = server.decide(bad().to_string()).await.json().await.unwrap();
    assert_eq!(answers[2], alone, "the same as alone");
}

#[tokio::test]
async fn what_is_no_array_of_up_to_a_thousand_is_refused() {
    let server = TestServer::start(service()).await;
    let of = |records: usize| json!(vec![good(); records]).to_string();
    assert_eq!(post(&server, ARRAY, of(1_000)).await.json::<Vec<Value>>().await.unwrap().len(), 1_000);
    assert_eq!(post(&server, ARRAY, "[]").await.json::<Value>().await.unwrap(), json!([]));
    let many = format!("[{}0]", "0,".repeat(2_000_000));
    let long = format!("[{}]", " ".repeat(5 << 20));
    let cases = [
        (of(1_001), 422),
        (many, 422),
        (long, 413),
        (good().to_string(), 422),
        ("null".to_owned(), 422),
        ("[1,".to_owned(), 400),
        ("[1] 2".to_owned(), 400),
        (String::new(), 400),
        ("[".repeat(100_000), 400),
    ];
    for (body, status) in cases {
        let response = post(&server, ARRAY, body).await;
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }
    assert_eq!(post(&server, "text/csv", "[]").await.status(), 415);
    let padded = format!("[{{\"rooms\":5,\"heating\":\"gas\"{}}}]", " ".repeat(65 << 10));
    let answers: Value = post(&server, ARRAY, padded).await.json().await.unwrap();
    assert_eq!(answers[0]["status"], 413, "as one record would be");
}

#[tokio::test]
async fn each_line_is_answered_on_its_own() {
    let server = TestServer::start(service()).await;
    let body = format!("{}\nnonsense\r\n\n  \n{}\n{{\"rooms\":0,\"heating\":\"gas\"}}\n{}", good(), bad(), unusual());
    let answers = lines(&server, body).await;
    let told: Vec<&Value> = answers.iter().map(|answer| answer.get("decision").unwrap_or(&answer["status"])).collect();
    assert_eq!(told, [&json!("ACCEPT"), &json!(400), &json!("DECLINE"), &json!(422), &json!("REFER")]);
    assert_eq!((&answers[1]["line"], &answers[3]["line"]), (&json!(2), &json!(6)), "blank lines count");
    assert_eq!(answers[3]["errors"][0]["column"], "rooms");
    for blank in ["", "\n", " \n\r\n"] {
        assert!(lines(&server, blank).await.is_empty());
    }
}

#[tokio::test]
async fn a_line_without_end_is_one_problem_and_the_next_line_is_answered() {
    let server = TestServer::start(service()).await;
    let body = format!("{}\n{}\n{}", "x".repeat(20 << 20), "[".repeat(64 << 10), good());
    let answers = lines(&server, body).await;
    assert_eq!(answers.len(), 3);
    assert_eq!((&answers[0]["status"], &answers[0]["line"]), (&json!(413), &json!(1)));
    assert_eq!(answers[1]["status"], 400);
    assert_eq!(answers[2]["decision"], "ACCEPT");
}

#[tokio::test]
async fn a_hundred_thousand_lines_are_answered() {
    let server = TestServer::start(service()).await;
    let body = format!("{}\n", good()).repeat(50_000) + &"{\n".repeat(50_000);
    let answers = lines(&server, body).await;
    assert_eq!(answers.len(), 100_000);
    assert!(answers[..50_000].iter().all(|answer| answer["decision"] == "ACCEPT"));
    assert!((50_000..).zip(&answers[50_000..]).all(|(line, answer)| answer["line"] == line + 1));
}

/// A connection that has sent the head of a body of lines in chunks.
async fn open(server: &TestServer) -> TcpStream {
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
    let head = "POST /house/v1/batch HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\n";
    stream.write_all(format!("{head}transfer-encoding: chunked\r\n\r\n").as_bytes()).await.unwrap();
    stream
}

async fn send(stream: &mut TcpStream, text: &str) -> std::io::Result<()> {
    stream.write_all(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes()).await
}

/// Reads until the text is there.
async fn read_until(stream: &mut TcpStream, text: &str) {
    let mut read = String::new();
    while !read.contains(text) {
        let mut bytes = [0; 4096];
        let length = timeout(Duration::from_secs(20), stream.read(&mut bytes)).await.unwrap().unwrap();
        assert!(length > 0, "{read}");
        read += &String::from_utf8_lossy(&bytes[..length]);
    }
}

#[tokio::test]
async fn a_line_is_answered_while_the_next_is_still_to_come() {
    let server = TestServer::start(service()).await;
    let mut stream = open(&server).await;
    for _ in 0..3 {
        send(&mut stream, &format!("{}\n{}", good(), "{\"rooms\"")).await.unwrap();
        read_until(&mut stream, "\"decision\":\"ACCEPT\"").await;
        send(&mut stream, ":0}\n").await.unwrap();
        read_until(&mut stream, "\"status\":422").await;
    }
}

#[tokio::test]
async fn lines_that_stop_coming_end_with_a_problem() {
    let server = TestServer::start(service()).await;
    let mut stream = open(&server).await;
    send(&mut stream, "{\"rooms\"").await.unwrap();
    read_until(&mut stream, "\"status\":408").await;
}

#[tokio::test]
async fn no_more_is_read_than_answers_are_taken() {
    let server = TestServer::start(service()).await;
    let mut stream = open(&server).await;
    let lines = "{\n".repeat(10_000);
    let mut sent = 0;
    // Nobody reads the answers, so at some point nobody takes the lines.
    while let Ok(written) = timeout(Duration::from_secs(2), send(&mut stream, &lines)).await {
        written.unwrap();
        sent += lines.len();
        assert!(sent < 64 << 20, "all of it is held somewhere");
    }
    assert_eq!(server.get("/healthz").await.status(), 200);
}

/// A body whose lines come every four seconds, without end.
#[tokio::test(start_paused = true)]
async fn lines_that_never_end_are_ended() {
    let lines = futures_util::stream::unfold((), async |()| {
        tokio::time::sleep(Duration::from_secs(4)).await;
        Some((Ok::<_, std::convert::Infallible>(format!("{}\n", good())), ()))
    });
    let request = Request::post("http://localhost/house/v1/batch").header("content-type", "application/x-ndjson");
    let request = request.body(Body::from_stream(lines)).unwrap();
    let start = tokio::time::Instant::now();
    let response = andon_serve::router(service()).call(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let answers = response.into_body().collect().await.unwrap().to_bytes();
    let answers = String::from_utf8(answers.to_vec()).unwrap();
    let last: Value = serde_json::from_str(answers.lines().last().unwrap()).unwrap();
    assert_eq!((&last["status"], &last["line"]), (&json!(408), &json!(901)), "{last}");
    assert!(last["detail"].as_str().unwrap().contains("within 3600 s"), "{last}");
    assert_eq!((answers.lines().count(), start.elapsed().as_secs()), (901, 3600));
}
