//! The limits of one client, each with a client that exceeds it. If time must pass, the clock is paused: it jumps to
//! the next deadline as soon as nothing else can happen.

use std::time::Duration;

use andon_serve::{Limits, ServerState, Service};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::houses::{decider, identity, policy};
use crate::{TestServer, ask_ahead, bad, good, rest, service, until};

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// Limits that a test can wait for. Every other limit is long.
fn limits() -> Limits {
    let long = Duration::from_secs(60);
    Limits { head: long, idle: long, handshake: long, ..Limits::default() }
}

/// Reads until the other side closes, and measures the time.
async fn timed_rest(stream: &mut TcpStream) -> (String, Duration) {
    let start = Instant::now();
    (String::from_utf8(rest(stream).await).unwrap(), start.elapsed())
}

/// Asks if the process runs, and reads the answer.
async fn ask(stream: &mut TcpStream) {
    stream.write_all(HEALTH).await.unwrap();
    let mut answer = [0; 1024];
    let length = timeout(Duration::from_secs(5), stream.read(&mut answer)).await.unwrap().unwrap();
    assert!(answer[..length].starts_with(b"HTTP/1.1 200 OK"));
}

#[tokio::test(start_paused = true)]
async fn a_head_that_comes_byte_by_byte_is_cut() {
    let head = Duration::from_millis(400);
    let server = TestServer::limited(service(), Limits { head, ..limits() }).await;
    let mut stream = server.connect().await;
    ask(&mut stream).await;
    sleep(2 * head).await; // between two requests there is time
    ask(&mut stream).await;
    let (mut read, mut write) = stream.into_split();
    let drip = tokio::spawn(async move {
        for byte in HEALTH {
            if write.write_all(&[*byte]).await.is_err() {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
    });
    let start = Instant::now();
    let bytes = rest(&mut read).await;
    assert!(bytes.is_empty() && (head..3 * head).contains(&start.elapsed()), "{:?}", start.elapsed());
    drip.abort();
}

#[tokio::test(start_paused = true)]
async fn whoever_connects_and_says_nothing_is_cut_like_a_slow_head() {
    let server = TestServer::limited(service(), Limits { head: Duration::from_millis(200), ..limits() }).await;
    let (said, after) = timed_rest(&mut server.connect().await).await;
    assert!(said.is_empty() && after >= Duration::from_millis(150), "{said} after {after:?}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_kept_between_requests_and_not_for_ever() {
    let idle = Duration::from_millis(400);
    let server = TestServer::limited(service(), Limits { idle, ..limits() }).await;
    let mut stream = server.connect().await;
    for _ in 0..3 {
        ask(&mut stream).await;
        sleep(idle / 2).await;
    }
    let (said, after) = timed_rest(&mut stream).await;
    assert!(said.is_empty() && after < 2 * idle, "{said} after {after:?}");
}

#[tokio::test(start_paused = true)]
async fn a_response_that_nobody_reads_is_given_up() {
    let idle = Duration::from_millis(300);
    let server = TestServer::limited(service(), Limits { idle, ..limits() }).await;
    let mut stream = server.connect().await;
    let page = b"GET /docs HTTP/1.1\r\nhost: localhost\r\n\r\n";
    // Requests pile up unread as the responses do, so in the end nothing more can be sent.
    let flood = async { while stream.write_all(&page.repeat(1_000)).await.is_ok() {} };
    timeout(Duration::from_secs(10), flood).await.expect("the connection is kept, though nobody reads");
}

#[tokio::test]
async fn a_head_that_is_too_long_or_of_too_many_headers_is_431() {
    let server = TestServer::start(service()).await;
    let status = async |headers: String| {
        let mut stream = server.connect().await;
        stream
            .write_all(format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n").as_bytes())
            .await
            .unwrap();
        let mut status = [0; 12];
        timeout(Duration::from_secs(5), stream.read_exact(&mut status)).await.unwrap().unwrap();
        String::from_utf8_lossy(&status).into_owned()
    };
    let many = |count: usize| (0..count).map(|header| format!("x-{header}: 1\r\n")).collect::<String>();
    assert_eq!(status(many(99)).await, "HTTP/1.1 200");
    assert_eq!(status(many(200)).await, "HTTP/1.1 431");
    let long = |bytes: usize| format!("x: {}\r\n", "a".repeat(bytes));
    assert_eq!(status(long(16_000)).await, "HTTP/1.1 200");
    assert_eq!(status(long(17_000)).await, "HTTP/1.1 431");
    assert_eq!(status(long(1 << 20)).await, "HTTP/1.1 431");
}

#[tokio::test(start_paused = true)]
async fn beyond_the_limit_connections_wait_until_another_ends() {
    let server = TestServer::limited(service(), Limits { connections: 2, ..limits() }).await;
    let mut first = server.connect().await;
    let mut second = server.connect().await;
    let mut third = server.connect().await;
    ask(&mut first).await;
    ask(&mut second).await;
    third.write_all(HEALTH).await.unwrap();
    let mut answer = [0; 12];
    assert!(timeout(Duration::from_millis(200), third.read_exact(&mut answer)).await.is_err(), "it was let in");
    drop(first);
    timeout(Duration::from_secs(5), third.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
}

#[tokio::test(start_paused = true)]
async fn a_full_server_does_not_wait_long_for_idle_connections() {
    let head = Duration::from_millis(200);
    let server = TestServer::limited(service(), Limits { connections: 1, head, ..limits() }).await;
    let mut idle = server.connect().await;
    ask(&mut idle).await;
    ask(&mut server.connect().await).await;
    assert!(rest(&mut idle).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_does_not_wait_for_ever_for_a_client_that_goes_on() {
    let drain = Duration::from_millis(300);
    let server = TestServer::limited(service(), Limits { drain, ..limits() }).await;
    let mut stream = server.connect().await;
    let head = "POST /house/v1/batch HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\n";
    stream.write_all(format!("{head}content-length: 1000000\r\n\r\n{}\n", good()).as_bytes()).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    let start = Instant::now();
    server.stop.send(()).unwrap();
    timeout(Duration::from_secs(5), server.task).await.unwrap().unwrap().unwrap();
    assert!(start.elapsed() >= drain, "it was not waited for");
}

#[tokio::test]
async fn more_decisions_at_once_than_may_be_are_shed_and_counted() {
    let ollama = MockServer::start().await;
    let slow = ResponseTemplate::new(500).set_delay(Duration::from_millis(1_500));
    Mock::given(path("/api/chat")).respond_with(slow).mount(&ollama).await;
    let service = Service::new(decider(policy(&ollama.uri(), 60_000)), identity()).unwrap();
    let server = TestServer::within(ServerState::default().with_max_deciding(1), service).await;
    assert_eq!(server.decide(good().to_string()).await.status(), 200);
    let hanging = server.post("/house/v1/explanations", bad().to_string()).send();
    let hanging = tokio::spawn(hanging);
    until("the one that may be decided is", async || !ollama.received_requests().await.unwrap().is_empty()).await;
    for path in ["/house/v1/decisions", "/house/v1/batch", "/v2/models/houses/infer", "/page/decide"] {
        let (kind, body) = match path {
            "/page/decide" => ("application/x-www-form-urlencoded", "rooms=5&area=120&heating=gas".to_owned()),
            _ => ("application/json", good().to_string()),
        };
        let request = server.client.post(format!("{}{path}", server.url)).header("content-type", kind).body(body);
        let refused = request.send().await.unwrap();
        assert_eq!(
            (refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()),
            (503, "1"),
            "{path}"
        );
    }
    for path in ["/healthz", "/readyz", "/card", "/"] {
        assert_eq!(server.get(path).await.status(), 200, "{path}");
    }
    let metrics = server.get("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("\nandon_shed_requests_total 4\n"), "{metrics}");
    hanging.abort();
    let is_decided = async || server.decide(good().to_string()).await.status() == 200;
    until("the server knows that nobody waits any more", is_decided).await;
}

#[tokio::test]
async fn a_body_that_is_still_coming_takes_nobody_s_place() {
    let server = TestServer::within(ServerState::default().with_max_deciding(1), service()).await;
    let body = good().to_string();
    let mut slow: Vec<TcpStream> = Vec::new();
    for _ in 0..3 {
        let mut stream = server.connect().await;
        ask_ahead(&mut stream, &body).await;
        stream.write_all(&body.as_bytes()[..10]).await.unwrap();
        slow.push(stream);
    }
    assert_eq!(server.decide(good().to_string()).await.status(), 200);
    for stream in &mut slow {
        stream.write_all(&body.as_bytes()[10..]).await.unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        assert_eq!(&status, b"HTTP/1.1 200");
    }
}

#[tokio::test]
async fn what_does_not_decide_is_answered_where_nothing_may_be_decided() {
    let server = TestServer::within(ServerState::default().with_max_deciding(0), service()).await;
    for (path, status) in [("/nowhere", 404), ("/card", 405), ("/v2/models/boats/infer", 404)] {
        assert_eq!(server.post(path, good().to_string()).send().await.unwrap().status(), status, "{path}");
    }
    let explained = server.post("/house/v1/explanations", good().to_string()).send().await.unwrap();
    let lines = server.client.post(format!("{}/house/v1/batch", server.url)).body(good().to_string());
    let lines = lines.header("content-type", "application/x-ndjson").send().await.unwrap();
    for refused in [server.decide(good().to_string()).await, explained, lines] {
        assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (503, "1"));
    }
    let metrics = server.get("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("\nandon_shed_requests_total 3\n"), "{metrics}");
}
