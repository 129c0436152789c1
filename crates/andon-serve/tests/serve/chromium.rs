//! Debian's `chromium` without a window, for the tests of every page here. If it is not installed, they are skipped.

use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

#[path = "../../../andon-audit/tests/audit/skip.rs"]
pub(crate) mod skip;

/// No window, no first steps, nothing fetched from anywhere.
const ARGUMENTS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=5000",
    "--dump-dom",
];

/// The browser of a user who prefers the dark theme.
pub(crate) const DARK: &str = "--blink-settings=preferredColorScheme=0";

/// Functions that read colours and compute contrast, for the scripts that examine a page.
pub(crate) const CONTRAST: &str = include_str!("contrast.js");

/// After this time the browser counts as stuck.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The JSON that the page at `url` wrote into `<pre id="found">`. `None` if there is no browser. In this case the test,
/// named by `name`, is skipped.
pub(crate) fn found(name: &str, url: &str, arguments: &[&str]) -> Option<Value> {
    let dom = dom(name, url, arguments)?;
    let found = dom.split_once("<pre id=\"found\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    let found = found.unwrap_or_else(|| panic!("the script did not come to its end: {dom}")).0;
    let text = found.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ").replace("&amp;", "&");
    Some(serde_json::from_str(&text).unwrap())
}

/// The document after its scripts have run.
fn dom(name: &str, url: &str, arguments: &[&str]) -> Option<String> {
    // Two browsers of one profile would be one.
    let folder = tempfile::tempdir().unwrap();
    let shown = folder.path().join("dom.html");
    let profile = format!("--user-data-dir={}", folder.path().join("profile").display());
    let mut command = Command::new("chromium");
    command.args(ARGUMENTS).args(arguments).args([profile.as_str(), url]);
    let spawned = command.stdout(File::create(&shown).unwrap()).stderr(Stdio::null()).spawn();
    let Ok(mut browser) = spawned else {
        skip::skip("chromium", &format!("{name}: `chromium` is not installed"));
        return None;
    };
    let start = Instant::now();
    while browser.try_wait().unwrap().is_none() {
        if start.elapsed() > TIMEOUT {
            browser.kill().unwrap();
            panic!("the browser is stuck at {url}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Some(fs::read_to_string(&shown).unwrap())
}
