//! `serve`'s address and who may use it, and `key`.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use andon_serve::{Keys, NewKey, Tls};
use clap::Args;

/// Where to listen, and to whom.
#[derive(Args)]
pub(crate) struct Listen {
    /// Where to listen; on other addresses than this machine's own, keys are needed, and TLS or a proxy that ends it
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(crate) address: SocketAddr,
    /// Serve only those with a key of this file; `loan-approval key` makes its lines
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Serve over TLS with this certificate and those that vouch for it, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Serve plain HTTP on any address: a proxy in front speaks TLS, and nobody else reaches this port
    #[arg(long, conflicts_with = "tls_cert")]
    behind_proxy: bool,
}

/// What the flags name, read.
pub(crate) struct Access {
    pub(crate) keys: Option<Keys>,
    pub(crate) tls: Option<Tls>,
}

impl Listen {
    /// Reads keys and certificate, and refuses to let others than this machine in without them.
    pub(crate) fn access(&self) -> anyhow::Result<Access> {
        let Self { address, keys, tls_cert, tls_key, behind_proxy } = self;
        // An address of IPv4 within IPv6 is that of IPv4.
        let is_own = address.ip().to_canonical().is_loopback();
        // A proxy is there to let others in, wherever it stands.
        anyhow::ensure!(
            keys.is_some() || (is_own && !behind_proxy),
            "others than this machine reach {address}{}: they need keys\n\
             next: loan-approval key NAME >> keys, then serve --address {address} --keys keys with \
             --tls-cert FILE --tls-key FILE or --behind-proxy",
            if *behind_proxy { " through the proxy" } else { "" }
        );
        anyhow::ensure!(
            is_own || tls_cert.is_some() || *behind_proxy,
            "keys and applications would cross the network to {address} in the clear\n\
             next: add --tls-cert FILE --tls-key FILE, or --behind-proxy where a proxy in front speaks TLS"
        );
        let keys = keys.as_deref().map(Keys::read).transpose()?;
        let tls = tls_cert.as_deref().zip(tls_key.as_deref());
        Ok(Access { keys, tls: tls.map(|(certificate, key)| Tls::read(certificate, key)).transpose()? })
    }

    /// The scheme of the service's URL.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.tls_cert.is_some() { "https" } else { "http" }
    }
}

/// Makes a key: the client's part goes to standard error, so that `>>` puts the line, and nothing else, into the file.
pub(crate) fn key(name: &str) -> anyhow::Result<()> {
    let NewKey { key, line } = NewKey::generate(name)?;
    crate::print_all(&line)?;
    Ok(writeln!(std::io::stderr(), "the key of {name}, which is shown only now: {key}")?)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Serve {
        #[command(flatten)]
        listen: Listen,
    }

    fn parsed(flags: &str) -> Result<Listen, clap::Error> {
        let flags = std::iter::once("serve").chain(flags.split_whitespace());
        Serve::try_parse_from(flags).map(|serve| serve.listen)
    }

    /// Why these flags are refused.
    fn refused(flags: &str) -> String {
        parsed(flags).unwrap().access().map(|_| ()).expect_err(flags).to_string()
    }

    #[test]
    fn this_machine_needs_neither_keys_nor_tls() {
        for address in ["127.0.0.1:0", "127.9.9.9:80", "[::1]:80", "[::ffff:127.0.0.1]:80"] {
            assert!(parsed(&format!("--address {address}")).unwrap().access().is_ok(), "{address}");
        }
        assert!(parsed("").unwrap().access().is_ok());
    }

    #[test]
    fn others_come_through_a_proxy_to_this_machine_s_own_address_too() {
        let error = refused("--address 127.0.0.1:80 --behind-proxy");
        assert!(error.contains("through the proxy: they need keys"), "{error}");
    }

    #[test]
    fn others_need_keys_and_a_way_that_nobody_reads() {
        for address in ["0.0.0.0:80", "[::]:80", "192.168.0.1:80", "[::ffff:10.0.0.1]:80"] {
            for flags in ["", "--behind-proxy", "--tls-cert c --tls-key k"] {
                let error = refused(&format!("--address {address} {flags}"));
                assert!(error.contains("they need keys") && error.contains("next: loan-approval key NAME"), "{error}");
            }
            let error = refused(&format!("--address {address} --keys keys"));
            assert!(error.contains("in the clear") && error.contains("--behind-proxy"), "{error}");
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), NewKey::generate("portal").unwrap().line).unwrap();
        let flags = format!("--address 0.0.0.0:80 --behind-proxy --keys {}", file.path().display());
        assert!(parsed(&flags).unwrap().access().unwrap().keys.is_some());
    }

    #[test]
    fn files_are_read_before_anything_is_served() {
        assert_eq!(refused("--keys /nowhere/keys"), "failed to read /nowhere/keys");
        assert_eq!(refused("--tls-cert /nowhere/c --tls-key /nowhere/k"), "failed to read /nowhere/c");
    }

    #[test]
    fn flags_that_do_not_go_together_are_wrong_usage() {
        for flags in ["--tls-cert c", "--tls-key k", "--behind-proxy --tls-cert c --tls-key k"] {
            assert!(parsed(flags).is_err(), "{flags}");
        }
    }
}
