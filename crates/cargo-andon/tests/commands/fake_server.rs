//! A server that answers the questions of the small release as it should, or as a test twists its answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use serde_json::{Value, json};

/// Changes the response to a path. `None` closes the connection without a response.
pub(crate) type Twist = fn(path: &str, response: Response) -> Option<Response>;

pub(crate) type Response = (u16, String);

/// The questions of the small release.
pub(crate) const QUESTIONS_NDJSON: &str = concat!(
    r#"{"origin":"row 1","request":{"size":1,"price":2.5},"matrix":[1,2.5],"reply":{"decision":"YES","probability":0.9,"reasons":[],"explanation":"good"}}"#,
    "\n",
    r#"{"origin":"row 2","request":{"size":2,"price":null},"matrix":[2,null],"reply":{"decision":"NO","probability":0.1,"reasons":["S"],"explanation":"bad"}}"#,
    "\n",
    r#"{"origin":"row 2 with size = 9","request":{"size":9,"price":2.5},"matrix":[9,2.5],"reply":{"decision":"REFER","probability":null,"reasons":[],"explanation":"odd"}}"#,
    "\n",
);

/// The answers of `predict` of the small release.
pub(crate) const ANSWERS_CSV: &str = "line,decision,probability,explanation\n2,YES,0.9000,good\n3,NO,0.1000,bad\n";

/// Answers as it should.
pub(crate) fn honest(_: &str, response: Response) -> Option<Response> {
    Some(response)
}

/// Starts the server. It ends with the test process.
pub(crate) fn start(fingerprint: &str, twist: Twist) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let fingerprint = fingerprint.to_owned();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let fingerprint = fingerprint.clone();
            std::thread::spawn(move || serve(connection, &fingerprint, twist));
        }
    });
    address
}

fn serve(mut connection: TcpStream, fingerprint: &str, twist: Twist) -> Option<()> {
    let mut reader = BufReader::new(connection.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        (reader.read_line(&mut head).ok()? > 0).then_some(())?;
    }
    let path = head.split(' ').nth(1)?.to_owned();
    let head = head.to_ascii_lowercase();
    let length = head.split_once("content-length: ").and_then(|(_, rest)| rest.split("\r\n").next()?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let is_plain = head.contains("content-type: text/plain");
    let (status, text) = twist(&path, if is_plain { refusal() } else { respond(&path, &body, fingerprint) })?;
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", text.len());
    connection.write_all(head.as_bytes()).ok()?;
    connection.write_all(text.as_bytes()).ok()
}

fn refusal() -> Response {
    (422, "{}".to_owned())
}

fn respond(path: &str, body: &[u8], fingerprint: &str) -> Response {
    let answered = match path {
        "/readyz" => Some("{}".to_owned()),
        "/decide" | "/explanations" => answer_json(body, fingerprint),
        "/batch" if body.starts_with(b"[") => answer_array(body, fingerprint),
        "/batch" => answer_lines(body, fingerprint),
        "/v2/models/small/infer" => infer(body),
        _ => None,
    };
    answered.map_or_else(refusal, |text| (200, text))
}

fn questions() -> Vec<Value> {
    QUESTIONS_NDJSON.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn answer(request: &Value, fingerprint: &str) -> Option<Value> {
    let question = questions().into_iter().find(|question| question["request"] == *request)?;
    let mut answer = question["reply"].clone();
    answer["model_version"] = json!("1.2.3");
    answer["fingerprint"] = json!(fingerprint);
    Some(answer)
}

fn answer_json(body: &[u8], fingerprint: &str) -> Option<String> {
    Some(answer(&serde_json::from_slice(body).ok()?, fingerprint)?.to_string())
}

fn answer_array(body: &[u8], fingerprint: &str) -> Option<String> {
    let requests: Vec<Value> = serde_json::from_slice(body).ok()?;
    let answers: Option<Vec<Value>> = requests.iter().map(|request| answer(request, fingerprint)).collect();
    Some(json!(answers?).to_string())
}

fn answer_lines(body: &[u8], fingerprint: &str) -> Option<String> {
    let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| Some(answer_json(line, fingerprint)? + "\n")).collect()
}

/// Knows one request: all questions, by columns or as a matrix.
fn infer(body: &[u8]) -> Option<String> {
    let request: Value = serde_json::from_slice(body).ok()?;
    let inputs = request["inputs"].as_array()?;
    let matrix: Vec<Value> = questions().iter().map(|question| question["matrix"].clone()).collect();
    let sizes = inputs.iter().find(|input| input["name"] == "size").map(|input| &input["data"]);
    (inputs[0]["data"] == json!(matrix) || sizes == Some(&json!([1, 2, 9]))).then_some(())?;
    let output = |name: &str| {
        let data: Vec<Value> = questions().iter().map(|question| question["reply"][name].clone()).collect();
        json!({ "name": name, "data": data })
    };
    let outputs = ["decision", "probability"].map(output);
    Some(json!({ "model_name": "small", "model_version": "1.2.3", "outputs": outputs }).to_string())
}
