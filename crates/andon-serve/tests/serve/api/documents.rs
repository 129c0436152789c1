//! The API's description, its page, and the answers with an entity tag.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{TestServer, service};

async fn described(server: &TestServer) -> Value {
    server.get("/openapi.json").await.json().await.unwrap()
}

/// Every operation: method, path and description.
fn operations(described: &Value) -> Vec<(Method, String, Value)> {
    let paths = described["paths"].as_object().unwrap().iter();
    let operations = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().iter();
        methods.map(move |(method, value)| (method.to_uppercase().parse().unwrap(), path.clone(), value.clone()))
    });
    operations.collect()
}

/// Fills the names that a path leaves open.
fn filled(path: &str) -> String {
    path.replace("{name}", "houses").replace("{version}", "1.2.3")
}

#[tokio::test]
async fn a_request_holds_the_features_and_beside_them_what_is_watched() {
    let described = described(&TestServer::start(service()).await).await;
    let record = &described["components"]["schemas"]["Record"];
    let columns: Vec<&String> = record["properties"].as_object().unwrap().keys().collect();
    assert_eq!(columns, ["area", "heating", "monitoring", "rooms"]);
    assert_eq!((&record["required"], &record["additionalProperties"]), (&json!(["rooms", "heating"]), &json!(false)));
    let rooms = &record["properties"]["rooms"];
    assert_eq!((&rooms["minimum"], &rooms["maximum"]), (&json!(1), &json!(20)));
    let area = record["properties"]["area"]["description"].as_str().unwrap();
    assert_eq!(area, "Floor space in square metres. Outside 10 to 500, a person decides.");
    let mut described = described;
    let record = &mut described["components"]["schemas"]["Record"]["properties"];
    let beside = record.as_object_mut().unwrap().remove("monitoring").unwrap();
    assert_eq!(beside["properties"].as_object().unwrap().keys().collect::<Vec<_>>(), ["origin"]);
    assert_eq!(beside["additionalProperties"], false);
    assert!(!described.to_string().contains("origin"), "what is protected is asked for nowhere else");
}

#[tokio::test]
async fn each_operation_is_there_and_answers_what_its_example_says() {
    let server = TestServer::start(service()).await;
    let described = described(&server).await;
    let ids: BTreeSet<String> =
        operations(&described).iter().map(|(_, _, value)| value["operationId"].to_string()).collect();
    assert_eq!(ids.len(), operations(&described).len(), "each id is its own");
    for (method, path, value) in operations(&described) {
        let mut request = server.client.request(method, format!("{}{}", server.url, filled(&path)));
        for (media_type, content) in value["requestBody"]["content"].as_object().into_iter().flatten().take(1) {
            request = request.header("content-type", media_type).body(content["example"].to_string());
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let (media_type, content) = value["responses"]["200"]["content"].as_object().unwrap().iter().next().unwrap();
        let named = response.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(named.starts_with(media_type.as_str()), "{path}: {named}");
        if let Some(example) = content.get("example") {
            assert_eq!(&response.json::<Value>().await.unwrap(), example, "{path}");
        }
    }
}

#[tokio::test]
async fn the_examples_of_problems_are_problems() {
    let described = described(&TestServer::start(service()).await).await;
    for (status, response) in described["components"]["responses"].as_object().unwrap() {
        let Some(content) = response["content"].get("application/problem+json") else { continue };
        let example = &content["example"];
        assert_eq!(example["status"].to_string(), *status);
        assert_eq!(example["title"], response["description"]);
    }
}

#[tokio::test]
async fn what_a_client_has_is_not_sent_again() {
    let server = TestServer::start(service()).await;
    let mut tags = BTreeSet::new();
    for path in ["/card", "/evidence", "/openapi.json"] {
        let first = server.get(path).await;
        let tag = first.headers()["etag"].to_str().unwrap().to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"') && tags.insert(tag.clone()), "{tag}");
        let again = async |known: &str| {
            let request = server.client.get(format!("{}{path}", server.url)).header("if-none-match", known);
            let response = request.send().await.unwrap();
            assert_eq!(response.headers()["etag"], tag.as_str());
            (response.status().as_u16(), response.text().await.unwrap().is_empty())
        };
        for known in [&tag, "*", &format!("W/{tag}"), &format!("\"other\", {tag}")] {
            assert_eq!(again(known).await, (304, true), "{path} {known}");
        }
        for other in ["\"other\"", "", tag.trim_matches('"'), "W/*"] {
            assert_eq!(again(other).await, (200, false), "{path} {other}");
        }
    }
}

#[tokio::test]
async fn the_page_names_each_operation_and_loads_nothing() {
    let server = TestServer::start(service()).await;
    let response = server.get("/docs").await;
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    assert!(response.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    let page = response.text().await.unwrap();
    for (method, path, value) in operations(&described(&server).await) {
        assert!(page.contains(&format!("<code>{method} {path}</code>")), "{path}");
        assert!(page.contains(&format!("id={}", value["operationId"])), "{path}");
    }
    for loading in ["http://", "https://", "<script", "src=", "@import", "url("] {
        assert!(!page.contains(loading), "{loading}");
    }
    assert!(page.len() < 64 << 10, "{} bytes", page.len());
}
