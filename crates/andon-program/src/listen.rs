//! The address of `serve`, its API keys and TLS, and the command `key`.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use andon_serve::{Keys, NewKey, Tls};
use clap::Args;

/// The address to listen on, and the access to it.
#[derive(Args)]
pub(crate) struct Listen {
    /// Address to listen on; beyond this machine (loopback) it needs `--keys`, and TLS or `--behind-proxy`
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(crate) address: SocketAddr,
    /// Accept only requests with an API key of this file; the command `key` makes its lines
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Serve over TLS with this certificate chain, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Serve plain HTTP on any address, because a proxy in front speaks TLS and nothing else can reach this port
    #[arg(long, conflicts_with = "tls_cert")]
    behind_proxy: bool,
}

/// The keys and the certificate, read from the files that the flags name.
pub(crate) struct Access {
    pub(crate) keys: Option<Keys>,
    pub(crate) tls: Option<Tls>,
}

impl Listen {
    /// Reads keys and certificate. Without keys and TLS it refuses every address that other machines can reach.
    pub(crate) fn access(&self, program: &str) -> anyhow::Result<Access> {
        let Self { address, keys, tls_cert, tls_key, behind_proxy } = self;
        // An IPv4 address that is mapped into IPv6 counts as the IPv4 address.
        let is_own = address.ip().to_canonical().is_loopback();
        // A proxy lets other machines in, wherever it runs.
        anyhow::ensure!(
            keys.is_some() || (is_own && !behind_proxy),
            "other machines can reach {address}{}: they need API keys\n\
             next: {program} key NAME >> keys, then serve --address {address} --keys keys with \
             --tls-cert FILE --tls-key FILE or --behind-proxy",
            if *behind_proxy { " through the proxy" } else { "" }
        );
        anyhow::ensure!(
            is_own || tls_cert.is_some() || *behind_proxy,
            "keys and applications would cross the network to {address} unencrypted\n\
             next: add --tls-cert FILE --tls-key FILE, or --behind-proxy if a proxy in front speaks TLS"
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

/// Makes an API key. The key itself goes to standard error, so that `>>` appends only its line to the file.
pub(crate) fn key(name: &str, may: &[String]) -> anyhow::Result<()> {
    let NewKey { key, line } = NewKey::generate(name)?;
    let words: Vec<&str> = std::iter::once(line.as_str()).chain(may.iter().map(String::as_str)).collect();
    crate::output::print_all(&words.join(" "))?;
    Ok(writeln!(std::io::stderr(), "the key of {name}, which is shown only this once: {key}")?)
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

    /// The message with which these flags are refused.
    fn refused(flags: &str) -> String {
        parsed(flags).unwrap().access("loan-approval").map(|_| ()).expect_err(flags).to_string()
    }

    #[test]
    fn this_machine_needs_neither_keys_nor_tls() {
        for address in ["127.0.0.1:0", "127.9.9.9:80", "[::1]:80", "[::ffff:127.0.0.1]:80"] {
            assert!(parsed(&format!("--address {address}")).unwrap().access("loan-approval").is_ok(), "{address}");
        }
        assert!(parsed("").unwrap().access("loan-approval").is_ok());
    }

    #[test]
    fn other_machines_reach_a_loopback_address_through_a_proxy() {
        let error = refused("--address 127.0.0.1:80 --behind-proxy");
        assert!(error.contains("through the proxy: they need API keys"), "{error}");
    }

    #[test]
    fn other_machines_need_keys_and_encryption() {
        for address in ["0.0.0.0:80", "[::]:80", "192.168.0.1:80", "[::ffff:10.0.0.1]:80"] {
            for flags in ["", "--behind-proxy", "--tls-cert c --tls-key k"] {
                let error = refused(&format!("--address {address} {flags}"));
                assert!(
                    error.contains("they need API keys") && error.contains("next: loan-approval key NAME"),
                    "{error}"
                );
            }
            let error = refused(&format!("--address {address} --keys keys"));
            assert!(error.contains("unencrypted") && error.contains("--behind-proxy"), "{error}");
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), NewKey::generate("portal").unwrap().line).unwrap();
        let flags = format!("--address 0.0.0.0:80 --behind-proxy --keys {}", file.path().display());
        assert!(parsed(&flags).unwrap().access("loan-approval").unwrap().keys.is_some());
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
