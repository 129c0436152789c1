//! TLS by rustls: the certificate and its key, from the files that certificate authorities hand out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use andon::evidence::messages::shell_word;
use tokio::net::TcpStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};
use tokio_rustls::{Accept, TlsAcceptor};

/// A certificate with its key.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

/// The reasons why TLS cannot be served with some files.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("failed to read {}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file is not PEM, or holds something else.
    #[error("{} holds no {what} in PEM (-----BEGIN …)", file.display())]
    Without {
        /// The file.
        file: PathBuf,
        /// The missing content.
        what: &'static str,
    },
    /// Every user of the machine can read the private key.
    #[error("every user of this machine can read {0}\nnext: chmod 600 {1}", file.display(), shell_word(file))]
    Open {
        /// The key's file.
        file: PathBuf,
    },
    /// The key belongs to another certificate, or its kind is not supported.
    #[error("the certificate in {} and the key in {} cannot be used together", certificates.display(), key.display())]
    Unfit {
        /// The certificates' file.
        certificates: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// The cause.
        #[source]
        source: rustls::Error,
    },
}

impl Tls {
    /// Reads a chain of certificates, the server's own first, and its private key. Both files are PEM.
    ///
    /// # Errors
    /// [`TlsError`] with the file: it is unreadable or lacks its content, every user can read the key, or the key
    /// belongs to another certificate.
    pub fn read(certificates: &Path, key: &Path) -> Result<Self, TlsError> {
        let chain = read_chain(certificates)?;
        let unfit = |source| TlsError::Unfit { certificates: certificates.to_owned(), key: key.to_owned(), source };
        let private = read_private_key(key)?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|versions| versions.with_no_client_auth().with_single_cert(chain, private));
        let mut config = config.map_err(unfit)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// Begins a handshake.
    pub(super) fn accept(&self, stream: TcpStream) -> Accept<TcpStream> {
        self.0.accept(stream)
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

fn read_file(file: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(file).map_err(|source| TlsError::Unreadable { file: file.to_owned(), source })
}

fn read_chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&read_file(file)?).collect();
    let without = || TlsError::Without { file: file.to_owned(), what: "certificate" };
    chain.ok().filter(|chain| !chain.is_empty()).ok_or_else(without)
}

fn read_private_key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = read_file(file)?;
    check_closed(file)?;
    let without = |_| TlsError::Without { file: file.to_owned(), what: "private key" };
    PrivateKeyDer::from_pem_slice(&text).map_err(without)
}

/// Refuses a private key that every user can read. A group may read it, as with Debian's `ssl-cert`.
#[cfg(unix)]
fn check_closed(file: &Path) -> Result<(), TlsError> {
    use std::os::unix::fs::PermissionsExt;
    let unreadable = |source| TlsError::Unreadable { file: file.to_owned(), source };
    let mode = fs::metadata(file).map_err(unreadable)?.permissions().mode();
    if mode & 0o007 == 0 { Ok(()) } else { Err(TlsError::Open { file: file.to_owned() }) }
}

#[cfg(not(unix))]
fn check_closed(_: &Path) -> Result<(), TlsError> {
    Ok(())
}
