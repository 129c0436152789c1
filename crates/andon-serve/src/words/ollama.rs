//! A client of Ollama's `/api/chat` that does not leave this machine unless the policy says why.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

use andon::evidence::policy::LanguageModel;
use reqwest::{Client, Response, StatusCode, Url, redirect};
use serde::Deserialize;
use serde_json::Value;

/// The size of the longest answer that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 64 << 10;

/// The number of characters of Ollama's own error that are logged.
const MAX_LOGGED_CHARS: usize = 300;

/// The language model is not on this machine, and the policy does not say that it may be elsewhere.
#[derive(Debug, thiserror::Error)]
#[error(
    "explanation.ollama_url: `{url}` {problem}; allowed is http:// with 127.0.0.0/8, [::1], localhost or a name that \
     resolves to nothing else, and any other host with `elsewhere_because`"
)]
pub struct NotLocal {
    url: String,
    problem: String,
}

/// The reason why Ollama gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Ollama does not listen.
    #[error("Ollama cannot be reached; to start it: ollama serve")]
    Unreachable,
    /// The connection ended before the answer did.
    #[error("the connection to Ollama broke off")]
    BrokenOff,
    /// Ollama does not have the model.
    #[error("Ollama does not have the model; to get it: ollama pull {0}")]
    NoModel(String),
    /// Ollama failed.
    #[error("Ollama answered with status {0}")]
    Status(u16),
    /// The answer is too long.
    #[error("Ollama's answer is longer than {MAX_ANSWER_BYTES} bytes")]
    TooLong,
    /// The answer is not in Ollama's format.
    #[error("Ollama's answer is not a finished chat message")]
    NotAMessage,
    /// The language model ran out of room.
    #[error("the language model's answer was cut off at its longest")]
    Cut,
}

impl Failure {
    /// The stable name of the kind, for metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::BrokenOff => "broken_off",
            Self::NoModel(_) => "no_model",
            Self::Status(_) => "status",
            Self::TooLong => "too_long",
            Self::NotAMessage => "not_a_message",
            Self::Cut => "cut",
        }
    }

    /// Reports if the connection failed, so that another try may succeed.
    pub(crate) fn is_on_the_way(&self) -> bool {
        matches!(self, Self::Unreachable | Self::BrokenOff | Self::Status(500..))
    }
}

#[derive(Deserialize)]
struct Chat {
    message: Message,
    done: bool,
    done_reason: Option<String>,
}

/// The body of an answer that is no success.
#[derive(Deserialize)]
struct Refused {
    error: String,
}

#[derive(Deserialize)]
struct Message {
    content: String,
}

/// The client of one Ollama.
#[derive(Debug)]
pub(crate) struct Ollama {
    client: Client,
    url: Url,
    model: String,
}

impl Ollama {
    /// Prepares the client. It sends nothing yet, so Ollama need not run.
    ///
    /// The address is http, because this client has no TLS. Reach another machine through a tunnel of this one.
    ///
    /// # Errors
    /// [`NotLocal`] unless the address is http and loopback, or the policy says why it is elsewhere.
    pub(crate) fn new(language_model: &LanguageModel) -> Result<Self, NotLocal> {
        let refused = |problem: String| NotLocal { url: language_model.ollama_url.clone(), problem };
        let mut url =
            Url::parse(&language_model.ollama_url).map_err(|error| refused(format!("is no URL ({error})")))?;
        if url.scheme() != "http" {
            return Err(refused("is not http".to_owned()));
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        let mut client = Client::builder().no_proxy().redirect(redirect::Policy::none());
        if language_model.elsewhere_because.is_none() {
            let port = url.port_or_known_default().unwrap_or_default();
            let found = resolve(&host, port).map_err(|error| refused(format!("does not resolve ({error})")))?;
            if !are_loopback(&found) {
                return Err(refused("is not on this machine".to_owned()));
            }
            // A name server cannot change the address later.
            client = client.resolve_to_addrs(&host, &found);
        }
        let path = format!("{}/api/chat", url.path().trim_end_matches('/'));
        url.set_path(&path);
        let client = client.build().map_err(|error| refused(format!("has no client ({error})")))?;
        Ok(Self { client, url, model: language_model.model.clone() })
    }

    /// Sends a chat and gives the content of the answer.
    ///
    /// # Errors
    /// [`Failure`]. The caller limits the time.
    pub(crate) async fn chat(&self, request: &Value) -> Result<String, Failure> {
        let sent = self.client.post(self.url.clone()).json(request).send().await;
        let response =
            sent.map_err(|error| if error.is_connect() { Failure::Unreachable } else { Failure::BrokenOff })?;
        let body = match response.status() {
            StatusCode::OK => read_response(response).await?,
            status => return Err(self.failure(status, response).await),
        };
        let chat: Chat = serde_json::from_slice(&body).map_err(|_| Failure::NotAMessage)?;
        match chat.done_reason.as_deref() {
            Some("length") => Err(Failure::Cut),
            _ if !chat.done => Err(Failure::NotAMessage),
            _ => Ok(chat.message.content),
        }
    }
}

impl Ollama {
    /// The failure behind a status. Ollama's own words go to the log, for the operator: applicants read the fallback.
    async fn failure(&self, status: StatusCode, response: Response) -> Failure {
        let body = read_response(response).await.unwrap_or_default();
        let said = serde_json::from_slice(&body).map(|Refused { error }| error);
        let said = said.unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned());
        let said: String = said.chars().take(MAX_LOGGED_CHARS).collect();
        tracing::warn!(status = status.as_u16(), model = self.model, ?said, "Ollama refused");
        if status == StatusCode::NOT_FOUND {
            return Failure::NoModel(self.model.clone());
        }
        Failure::Status(status.as_u16())
    }
}

/// Resolves a host. `localhost` is this machine, whatever a name server says.
fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let literal = bare.parse::<IpAddr>().map(|address| vec![SocketAddr::new(address, port)]);
    let localhost = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    match literal {
        Ok(addresses) => Ok(addresses),
        Err(_) if host == "localhost" => Ok(localhost.map(|address| SocketAddr::new(address, port)).to_vec()),
        Err(_) => Ok((host, port).to_socket_addrs()?.collect()),
    }
}

/// Reports if there are addresses and all of them are loopback, also IPv4 addresses written as IPv6.
fn are_loopback(addresses: &[SocketAddr]) -> bool {
    !addresses.is_empty() && addresses.iter().all(|address| address.ip().to_canonical().is_loopback())
}

async fn read_response(mut response: Response) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Failure::BrokenOff)? {
        if bytes.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(Failure::TooLong);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_must_be_loopback() {
        let all = |hosts: &[&str]| {
            let found: Vec<SocketAddr> = hosts.iter().flat_map(|host| resolve(host, 1).unwrap()).collect();
            are_loopback(&found)
        };
        assert!(all(&["127.0.0.1"]) && all(&["127.9.9.9", "[::1]", "localhost"]) && all(&["[::ffff:127.0.0.1]"]));
        for elsewhere in ["10.0.0.1", "0.0.0.0", "[::]", "[::ffff:10.0.0.1]", "[fe80::1]", "169.254.169.254"] {
            assert!(!all(&[elsewhere]) && !all(&["127.0.0.1", elsewhere]), "{elsewhere}");
        }
        assert!(!all(&[]));
        assert!(resolve("nowhere.invalid", 1).is_err());
    }
}
