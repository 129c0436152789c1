//! The report in a real browser.

use std::fs;

use serde_json::{Value, json};

use super::large;

#[path = "../../../../andon-serve/tests/serve/chromium.rs"]
mod chromium;

use chromium::{CONTRAST, DARK};

/// The page in a frame of this width, as a window is never narrower than 500 pixels, and what it is found to be.
fn frame(width: u32) -> String {
    format!(
        "<!doctype html><html lang=en><iframe width={width} height=800 src=report.html></iframe><script>\
         onmessage = (message) => {{ const pre = document.createElement('pre'); pre.id = 'found';\
         pre.textContent = JSON.stringify(message.data); document.body.append(pre); }}</script></html>"
    )
}

/// The findings of the script on a screen of this width. There are none without a browser.
fn look(html: &str, width: u32, theme: &[&str]) -> Option<Value> {
    let folder = tempfile::tempdir().unwrap();
    let (from, rest) = html.split_once("<meta http-equiv").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    let script = format!("<script>{CONTRAST}{}</script></head>", include_str!("browser.js"));
    fs::write(folder.path().join("report.html"), format!("{from}{rest}").replacen("</head>", &script, 1)).unwrap();
    fs::write(folder.path().join("frame.html"), frame(width)).unwrap();
    let url = format!("file://{}", folder.path().join("frame.html").display());
    chromium::found("the report in a browser", &url, &[theme, &["--window-size=1400,900"]].concat())
}

#[test]
fn it_is_readable_in_both_themes_and_on_a_small_screen() {
    let html = large("a_column_with_a_rather_long_name").html();
    for (width, theme) in [(1280, &[][..]), (1280, &[DARK]), (360, &[]), (360, &[DARK])] {
        let Some(found) = look(&html, width, theme) else { return };
        assert_eq!(found["problems"], json!([]), "{found:#}");
        assert_eq!((&found["dark"], &found["width"]), (&json!(!theme.is_empty()), &json!(width)), "{found:#}");
        assert!(found["texts"].as_u64().unwrap() > 1000, "everything was looked at: {found:#}");
    }
}

#[test]
fn what_keeps_people_out_is_found() {
    let spoilt = "<p style=\"color: #888; width: 3000px\">faint and wide</p>\
                  <svg><text x=\"5\" y=\"15\">one</text><text x=\"8\" y=\"16\">other</text></svg></main>";
    let html = large("name").html().replacen("</main>", spoilt, 1);
    let Some(found) = look(&html, 360, &[]) else { return };
    let problems = found["problems"].to_string();
    for problem in ["contrast 3.", "wider than the screen: p.", "labels overlap: one, other"] {
        assert!(problems.contains(problem), "{problem} in {found:#}");
    }
}
