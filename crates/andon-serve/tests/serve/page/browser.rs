//! The page in a real browser.

use andon_serve::Service;
use andon_serve::router;
use andon_serve::serve;
use axum::Router;
use axum::extract::Request;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::House;
use crate::chromium::{self, CONTRAST, DARK};
use crate::houses::over;
use crate::page::released;

/// A phone: a frame of its width, as the browser's own window is never narrower than 500 pixels.
const PHONE: &str = "<!doctype html><html lang=en><iframe width=360 height=800 src=/drive/look></iframe>";

/// The script that uses the page and examines it.
const SCRIPT: &str = include_str!("browser.js");

/// Serves the page, and under `/drive/…` the same page with the script that uses and checks it.
async fn start(service: Service<House>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let page = format!("{url}/");
    let drive = get(async move |_: Request| driven(&page).await);
    let script = get(async || ([("content-type", "text/javascript")], [CONTRAST, SCRIPT].concat()));
    let phone = get(async || Html(PHONE));
    let routes: Router = router(service).route("/drive/{how}", drive).route("/drive.js", script);
    let routes = routes.route("/drive/on/phone", phone);
    tokio::spawn(serve(listener, routes, std::future::pending()));
    url
}

async fn driven(page: &str) -> Response {
    let response = reqwest::Client::builder().no_proxy().build().unwrap().get(page).send().await.unwrap();
    let policy = response.headers()["content-security-policy"].to_str().unwrap();
    let policy = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'"); // for the phone
    let script = "<script src=\"/drive.js\" defer></script></head>";
    let text = response.text().await.unwrap().replacen("</head>", script, 1);
    ([("content-security-policy", policy)], Html(text)).into_response()
}

/// The findings of the script after it used the page in this way; `None` without a browser.
async fn drive(service: Service<House>, how: &str, arguments: &[&'static str]) -> Option<Value> {
    let url = format!("{}/drive/{how}", start(service).await);
    let name = format!("{how}{}", arguments.join("")).replace(|c: char| !c.is_ascii_alphanumeric(), "");
    let arguments = arguments.to_vec();
    tokio::task::spawn_blocking(move || chromium::found(&name, &url, &arguments)).await.unwrap()
}

fn assert_accessible(found: &Value) {
    assert_eq!(found["problems"], serde_json::json!([]), "{found:#}");
    assert!(found["texts"].as_u64().unwrap() > 40, "contrast was measured: {found:#}");
}

#[tokio::test]
async fn it_is_accessible_in_both_themes_and_on_a_small_screen() {
    for (how, arguments) in [("look", &[][..]), ("look", &[DARK]), ("on/phone", &[]), ("on/phone", &[DARK])] {
        let Some(found) = drive(released(), how, arguments).await else { return };
        assert_accessible(&found);
        assert_eq!(found["dark"], arguments.contains(&DARK));
        assert_eq!(found["width"] == 360, how == "on/phone", "{found:#}");
    }
}

#[tokio::test]
async fn the_example_is_decided_at_the_press_of_the_button() {
    let Some(found) = drive(released(), "decide", &[]).await else { return };
    assert_accessible(&found);
    let answer = found["answer"].as_str().unwrap();
    assert!(answer.starts_with("ACCEPT") && answer.contains("at least 50 % is needed"), "{answer}");
    assert!(!answer.contains("What weighed most"), "{answer}");
    assert!(found["figures"].as_str().unwrap().contains("1 decision in the last ten minutes: 1 ACCEPT"), "{found:#}");
}

#[tokio::test]
async fn a_denial_is_explained() {
    for theme in [&[][..], &[DARK]] {
        let Some(found) = drive(released(), "deny", theme).await else { return };
        assert_accessible(&found);
        let answer = found["answer"].as_str().unwrap();
        for part in ["DECLINE", "16.7 %", "A floor of 30 square metres", "What would help: build on", "points"] {
            assert!(answer.contains(part), "{part} in {answer}");
        }
    }
}

#[tokio::test]
async fn what_the_contract_refuses_is_shown_beside_its_field() {
    for how in ["refuse", "unreadable"] {
        for theme in [&[][..], &[DARK]] {
            let Some(found) = drive(released(), how, theme).await else { return };
            assert_accessible(&found);
            assert_eq!(found["invalid"], serde_json::json!(["rooms", "area"]), "{how}: {found:#}");
            assert_eq!(found["focus"], "rooms", "{how}");
            assert!(found["answer"].as_str().unwrap().starts_with("The decision appears here"), "{how}: {found:#}");
            assert!(found["errors"][0].as_str().unwrap().contains("a whole number from 1 to 20"), "{how}: {found:#}");
        }
    }
}

#[tokio::test]
async fn what_keeps_people_out_is_found() {
    let Some(found) = drive(released(), "spoil", &[]).await else { return };
    let problems = found["problems"].to_string();
    for problem in ["contrast 1.", "no label", "no name", "h4 under h1", "wider than the screen", "an id is used twice"]
    {
        assert!(problems.contains(problem), "{problem} in {found:#}");
    }
}

#[tokio::test]
async fn a_service_that_is_not_ready_is_accessible_too() {
    let Some(found) = drive(over(), "look", &[]).await else { return };
    assert_eq!(found["problems"], serde_json::json!([]), "{found:#}");
}
