//! Serves the houses of the tests, for tools that need a running server: `cargo run --example houses --
//! 127.0.0.1:8080`. It has a trail in a folder of its own, and reasons for overrides.

#![expect(clippy::print_stderr, reason = "a program says where it listens")]
#![expect(clippy::unwrap_used, reason = "the houses are the tests' own")]

#[path = "../tests/serve/houses.rs"]
#[expect(dead_code, reason = "the release that the tests over HTTP serve")]
mod houses;

use std::error::Error;
use std::io::stderr;
use std::path::Path;

use andon::evidence::policy::Policy;
use andon_audit::Trail;
use andon_serve::serve;
use andon_serve::{ServerState, Service, Switch};
use tokio::net::TcpListener;

const OVERRIDE: &str = "\n[override]\nreasons = { O1 = \"another income is proven\" }\n";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().json().flatten_event(true).with_writer(stderr).init();
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let text = houses::policy_text("http://127.0.0.1:9", 1_000) + OVERRIDE;
    let decider = houses::decider(Policy::parse(&text, Path::new("release.toml"))?);
    let service = Service::new(decider, houses::identity())?;
    let folder = tempfile::tempdir()?;
    let trail = Trail::open(folder.path().join("audit.db").as_path())?;
    let switch = Switch::new(Ok(service), ServerState::default().with_audit_trail(trail));
    let listener = TcpListener::bind(address).await?;
    eprintln!("houses on http://{}/house/v1/decisions", listener.local_addr()?);
    serve(listener, switch.router(), std::future::pending()).await?;
    Ok(())
}
