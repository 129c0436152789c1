//! Serves the houses of the tests, for tools that need a running server: `cargo run --example houses --
//! 127.0.0.1:8080`.

#![expect(clippy::print_stderr, reason = "a program says where it listens")]
#![expect(clippy::unwrap_used, reason = "the houses are the tests' own")]

#[path = "../tests/serve/houses.rs"]
#[expect(dead_code, reason = "the release that the tests over HTTP serve")]
mod houses;

use std::error::Error;
use std::io::stderr;

use andon_serve::Service;
use andon_serve::router;
use andon_serve::serve;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().json().flatten_event(true).with_writer(stderr).init();
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let decider = houses::decider(houses::policy("http://127.0.0.1:9", 1_000));
    let service = Service::new(decider, houses::identity())?;
    let listener = TcpListener::bind(address).await?;
    eprintln!("houses on http://{}/house/v1/decisions", listener.local_addr()?);
    serve(listener, router(service), std::future::pending()).await?;
    Ok(())
}
