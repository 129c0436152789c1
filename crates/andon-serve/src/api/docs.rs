//! The description of the API as a page: plain HTML with its own style. It loads nothing.

use askama::Template;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

/// The page loads, runs and sends nothing; its style is inside.
const DOCS_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage<'a> {
    title: &'a str,
    version: &'a str,
    summary: &'a str,
    operations: Vec<OperationView<'a>>,
    schemas: Vec<(&'a str, String)>,
}

struct OperationView<'a> {
    id: &'a str,
    method: String,
    path: &'a str,
    summary: &'a str,
    description: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
    /// Media type and example of the request.
    takes: Vec<(&'a str, String)>,
    /// Media type and example of the answer.
    gives: Vec<(&'a str, String)>,
    statuses: Vec<(&'a str, &'a str)>,
}

/// The rendered page, which is sent again and again.
#[derive(Debug, Clone)]
pub(crate) struct RenderedDocs(String);

impl IntoResponse for RenderedDocs {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CONTENT_SECURITY_POLICY, DOCS_SECURITY_POLICY),
        ];
        (headers, self.0).into_response()
    }
}

/// Renders a description as a page.
pub(crate) fn render_page(described: &Value) -> RenderedDocs {
    let paths = entries(&described["paths"]);
    let page = DocsPage {
        title: text(&described["info"]["title"]),
        version: text(&described["info"]["version"]),
        summary: text(&described["info"]["summary"]),
        operations: paths
            .flat_map(|(path, methods)| {
                entries(methods).map(move |(method, value)| view_operation(described, path, method, value))
            })
            .collect(),
        schemas: entries(&described["components"]["schemas"]).map(|(name, schema)| (name, pretty(schema))).collect(),
    };
    // Writing to a string does not fail.
    RenderedDocs(page.render().unwrap_or_default())
}

fn view_operation<'a>(described: &'a Value, path: &'a str, method: &str, value: &'a Value) -> OperationView<'a> {
    let parameters = value["parameters"].as_array().into_iter().flatten();
    let status = |(status, response): (&'a str, &'a Value)| {
        let shared = &described["components"]["responses"][status];
        let response = if response.get("$ref").is_some() { shared } else { response };
        (status, text(&response["description"]))
    };
    OperationView {
        id: text(&value["operationId"]),
        method: method.to_uppercase(),
        path,
        summary: text(&value["summary"]),
        description: text(&value["description"]),
        parameters: parameters.map(|one| (text(&one["name"]), text(&one["description"]))).collect(),
        takes: examples(&value["requestBody"]["content"]),
        gives: examples(&value["responses"]["200"]["content"]),
        statuses: entries(&value["responses"]).map(status).collect(),
    }
}

fn examples(content: &Value) -> Vec<(&str, String)> {
    let shown = |example: &Value| match example {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        _ => pretty(example),
    };
    entries(content).map(|(media_type, content)| (media_type, shown(&content["example"]))).collect()
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter).map(|(key, value)| (key.as_str(), value))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
