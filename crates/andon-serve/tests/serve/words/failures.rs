//! A language model that fails, hangs, breaks off or is not there.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use andon::evidence::policy::LanguageModel;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::bad;
use crate::words::explanations::{PATIENT, TEXT, fallback, limited, ollama, says, server};

#[tokio::test]
async fn a_failure_on_the_way_is_followed_by_another_try() {
    let failing = ollama(ResponseTemplate::new(500)).await;
    assert_eq!(fallback(&failing.uri(), PATIENT).await, "Ollama answered with status 500");
    assert_eq!(failing.received_requests().await.unwrap().len(), 2);

    let recovering = MockServer::start().await;
    Mock::given(path("/api/chat")).respond_with(ResponseTemplate::new(503)).up_to_n_times(1).mount(&recovering).await;
    Mock::given(path("/api/chat")).respond_with(says(TEXT)).mount(&recovering).await;
    assert_eq!(server(&recovering.uri(), PATIENT).await.explain(&bad()).await["explanation_source"], "ollama");
}

/// A server that answers each connection with these bytes, drops it and counts it.
async fn dropping(bytes: &'static [u8]) -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            counter.fetch_add(1, Ordering::SeqCst);
            // What is left unread when the stream is dropped makes the kernel reset the connection.
            stream.read_exact(&mut [0; 16]).await.unwrap();
            stream.write_all(bytes).await.unwrap();
        }
    });
    (url, count)
}

#[tokio::test]
async fn a_connection_that_breaks_off_is_tried_once_more() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"message\"";
    for bytes in [b"".as_slice(), half] {
        let (url, count) = dropping(bytes).await;
        assert_eq!(fallback(&url, PATIENT).await, "the connection to Ollama broke off");
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }
}

#[tokio::test]
async fn whoever_fails_in_a_row_is_left_alone_and_asked_again() {
    let ollama = MockServer::start().await;
    Mock::given(path("/api/chat")).respond_with(ResponseTemplate::new(404)).up_to_n_times(2).mount(&ollama).await;
    Mock::given(path("/api/chat")).respond_with(says(TEXT)).mount(&ollama).await;
    let open = |limits: &mut LanguageModel| (limits.breaker_failures, limits.breaker_pause_ms) = (2, 3_600_000);
    let server = limited(&ollama.uri(), open).await;
    let fallback = async || server.explain(&bad()).await["fallback"].as_str().unwrap_or_default().to_owned();
    for _ in 0..2 {
        assert!(fallback().await.ends_with("ollama pull tiny:1b"));
    }
    let paused = fallback().await;
    assert!(paused.starts_with("Ollama failed 2 times in a row and is asked again in 3"), "{paused}");
    assert_eq!(ollama.received_requests().await.unwrap().len(), 2, "nobody was asked");
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(3_600)).await;
    tokio::time::resume();
    assert_eq!((fallback().await, fallback().await), (String::new(), String::new()));
}

#[tokio::test]
async fn refused_texts_do_not_open_the_breaker() {
    let ollama = ollama(says("DECLINE.")).await;
    let server = server(&ollama.uri(), PATIENT).await;
    for _ in 0..5 {
        assert!(server.explain(&bad()).await["fallback"].as_str().unwrap().contains("refused"));
    }
    assert_eq!(ollama.received_requests().await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_late_answer_is_not_waited_for() {
    let ollama = ollama(says(TEXT).set_delay(Duration::from_secs(30))).await;
    let start = Instant::now();
    assert_eq!(fallback(&ollama.uri(), 100).await, "Ollama did not answer within 100 ms");
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn nobody_listening_is_no_error() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let reason = "Ollama cannot be reached; to start it: ollama serve";
    assert_eq!(fallback(&format!("http://127.0.0.1:{port}"), PATIENT).await, reason);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = ollama(says(TEXT)).await;
    let target = format!("{}/api/chat", elsewhere.uri());
    let ollama = ollama(ResponseTemplate::new(307).insert_header("location", target.as_str())).await;
    assert_eq!(fallback(&ollama.uri(), PATIENT).await, "Ollama answered with status 307");
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_late_answer_is_not_asked_for_again_and_tries_share_the_time() {
    let hung = ollama(ResponseTemplate::new(500).set_delay(Duration::from_millis(300))).await;
    let server = limited(&hung.uri(), |limits| (limits.retries, limits.timeout_ms) = (10, 1_000)).await;
    let start = Instant::now();
    assert_eq!(server.explain(&bad()).await["fallback"], "Ollama did not answer within 1000 ms");
    assert!(start.elapsed() < Duration::from_secs(9));
    assert!((2..=3).contains(&hung.received_requests().await.unwrap().len()));
}
