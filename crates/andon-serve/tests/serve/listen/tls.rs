//! TLS: real handshakes, and clients that make none.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use andon_serve::router;
use andon_serve::{Limits, Tls};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use reqwest::Url;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::{TestServer, ask_ahead, good, rest, service};

/// A folder with a certificate for `localhost` and its key.
struct CertificateFiles {
    folder: TempDir,
    der: CertificateDer<'static>,
}

impl CertificateFiles {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        write(&folder.path().join("cert.pem"), &cert.pem());
        write(&folder.path().join("key.pem"), &signing_key.serialize_pem());
        Self { folder, der: cert.der().clone() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn tls(&self) -> Tls {
        Tls::read(&self.path("cert.pem"), &self.path("key.pem")).unwrap()
    }

    async fn server(&self, limits: Limits) -> TestServer {
        TestServer::run("https", andon_serve::Server::new(router(service())).tls(self.tls()).limits(limits)).await
    }

    /// A client that trusts the certificate and speaks these protocols.
    async fn shake(&self, server: &TestServer, protocols: &[&[u8]]) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
        let mut config = config.with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, server.connect().await).await
    }
}

/// Writes a file that only its owner can read.
fn write(file: &Path, text: &str) {
    fs::write(file, text).unwrap();
    mode(file, 0o600);
}

fn mode(file: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
}

/// A decision over this stream, up to the end of the connection.
async fn decide(stream: &mut TlsStream<TcpStream>) -> String {
    let body = good().to_string();
    let head = "POST /house/v1/decisions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\n";
    let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    reply
}

#[tokio::test]
async fn a_decision_over_tls() {
    let files = CertificateFiles::new();
    let server = files.server(Limits::default()).await;
    assert_eq!(Url::parse(&server.url).unwrap().scheme(), "https");
    let mut stream = files.shake(&server, &[b"h2", b"http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"http/1.1".as_slice()));
    let reply = decide(&mut stream).await;
    assert!(reply.starts_with("HTTP/1.1 200 OK") && reply.contains("\"ACCEPT\""), "{reply}");
    assert!(decide(&mut files.shake(&server, &[]).await.unwrap()).await.starts_with("HTTP/1.1 200 OK"));
    assert!(files.shake(&server, &[b"h2"]).await.is_err(), "h2 is not spoken");
    assert!(CertificateFiles::new().shake(&server, &[]).await.is_err(), "it is another's certificate");
}

#[tokio::test]
async fn plain_http_is_refused_and_does_not_hang() {
    let files = CertificateFiles::new();
    let server = files.server(Limits::default()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(!answer.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&answer));
    assert!(files.shake(&server, &[]).await.is_ok());
}

#[tokio::test]
async fn a_handshake_that_does_not_end_is_cut() {
    let files = CertificateFiles::new();
    let handshake = Duration::from_millis(300);
    let server = files.server(Limits { handshake, ..Limits::default() }).await;
    // Nothing at all, and the beginning of a record that would be a hello.
    for begun in [b"".as_slice(), b"\x16\x03\x01\x02\x00\x01"] {
        let mut stream = server.connect().await;
        let start = Instant::now();
        stream.write_all(begun).await.unwrap();
        assert!(rest(&mut stream).await.is_empty());
        assert!(start.elapsed() >= handshake - Duration::from_millis(50), "{:?}", start.elapsed());
    }
}

#[tokio::test]
async fn a_slow_head_is_cut_inside_tls_as_well() {
    let files = CertificateFiles::new();
    let server = files.server(Limits { head: Duration::from_millis(300), ..Limits::default() }).await;
    let mut stream = files.shake(&server, &[]).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\n").await.unwrap();
    assert!(rest(&mut stream).await.is_empty());
}

#[tokio::test]
async fn a_shutdown_finishes_what_is_asked_over_tls_and_waits_for_no_handshake() {
    let files = CertificateFiles::new();
    let server = files.server(Limits::default()).await;
    let mut half = server.connect().await;
    half.write_all(b"\x16\x03\x01").await.unwrap();
    let mut stream = files.shake(&server, &[]).await.unwrap();
    let body = good().to_string();
    ask_ahead(&mut stream, &body).await;
    server.stop.send(()).unwrap();
    assert!(rest(&mut half).await.is_empty());
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 200 OK"), "{reply}");
    timeout(Duration::from_secs(5), server.task).await.unwrap().unwrap().unwrap();
}

#[test]
fn files_that_do_not_do_are_named() {
    let files = CertificateFiles::new();
    let other = CertificateFiles::new();
    let cert = files.path("cert.pem");
    let key = files.path("key.pem");
    let refused = |cert: &Path, key: &Path| Tls::read(cert, key).map(|_| ()).unwrap_err().to_string();
    let nowhere = files.path("nowhere.pem");
    for error in [refused(&nowhere, &key), refused(&cert, &nowhere)] {
        assert_eq!(error, format!("failed to read {}", nowhere.display()));
    }
    assert_eq!(refused(&key, &key), format!("{} holds no certificate in PEM (-----BEGIN …)", key.display()));
    assert_eq!(refused(&cert, &cert), format!("{} holds no private key in PEM (-----BEGIN …)", cert.display()));
    let broken = files.path("broken.pem");
    let texts = [
        "",
        "nonsense",
        "-----BEGIN CERTIFICATE-----\nMIIB",
        "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----",
    ];
    for text in texts {
        write(&broken, text);
        for error in [refused(&broken, &key), refused(&cert, &broken)] {
            assert!(error.contains("broken.pem") && error.contains("holds no"), "{text}: {error}");
        }
    }
    write(&broken, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    for error in [refused(&broken, &key), refused(&cert, &other.path("key.pem"))] {
        assert!(error.contains("cannot be used together") && error.contains("key.pem"), "{error}");
    }
    for open in [0o644, 0o604, 0o602] {
        mode(&key, open);
        assert!(refused(&cert, &key).ends_with(&format!("next: chmod 600 {}", key.display())), "{open:o}");
    }
    mode(&key, 0o640); // Debian's group ssl-cert
    assert!(Tls::read(&cert, &key).is_ok());
}
