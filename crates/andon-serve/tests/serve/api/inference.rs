//! The Open Inference Protocol.

use reqwest::Response;
use serde_json::{Value, json};

use crate::houses::{OVER, over};
use crate::{TestServer, bad, good, service, unusual};

async fn infer(server: &TestServer, body: impl Into<reqwest::Body>) -> Response {
    server.post("/v2/models/houses/infer", body).send().await.unwrap()
}

fn by_column() -> Value {
    json!([
        { "name": "rooms", "shape": [3], "datatype": "INT64", "data": [5, 2, 5] },
        { "name": "area", "shape": [3, 1], "datatype": "FP64", "data": [[120.5], [30], [501.0]] },
        { "name": "heating", "shape": [3], "datatype": "BYTES", "data": ["gas", "nothing", "gas"] },
    ])
}

/// The row with its heating as a number, which is its place in the contract.
fn matrix() -> Value {
    let data = json!([120.5, 0, 5, 30.0, 2.0, 2.0, 501, 0, 5]);
    json!([{ "name": "features", "shape": [3, 3], "datatype": "FP64", "data": data }])
}

/// The matrix with its columns in the order that the model lists them.
async fn listed(server: &TestServer) -> Value {
    let metadata: Value = server.get("/v2/models/houses").await.json().await.unwrap();
    let names: Vec<String> =
        metadata["inputs"].as_array().unwrap().iter().map(|input| input["name"].as_str().unwrap().to_owned()).collect();
    let alphabetical = ["area", "heating", "rooms"];
    let mut matrix = matrix();
    let data = matrix[0]["data"].as_array().unwrap().clone();
    let place = |name: &String| alphabetical.iter().position(|known| known == name).unwrap();
    matrix[0]["data"] = data.chunks(3).flat_map(|row| names.iter().map(|name| row[place(name)].clone())).collect();
    matrix
}

#[tokio::test]
async fn tensors_are_decided_as_records_are() {
    let server = TestServer::start(service()).await;
    let mut alone = Vec::new();
    for house in [good(), bad(), unusual()] {
        alone.push(server.decide(house.to_string()).await.json::<Value>().await.unwrap());
    }
    for inputs in [by_column(), listed(&server).await] {
        let request = json!({ "id": "a \"b\"", "inputs": inputs, "parameters": { "x": 1 } });
        for path in ["/v2/models/houses/infer", "/v2/models/houses/versions/1.2.3/infer"] {
            let response = server.post(path, request.to_string()).send().await.unwrap();
            assert_eq!(response.status(), 200);
            let response: Value = response.json().await.unwrap();
            let outputs = json!([
                { "name": "probability", "datatype": "FP64", "shape": [3], "data": [0.8333, 0.1667, null] },
                { "name": "decision", "datatype": "BYTES", "shape": [3], "data": ["ACCEPT", "DECLINE", "REFER"] },
            ]);
            let expected =
                json!({ "model_name": "houses", "model_version": "1.2.3", "id": "a \"b\"", "outputs": outputs });
            assert_eq!(response, expected);
            for (row, alone) in alone.iter().enumerate() {
                assert_eq!(outputs[0]["data"][row], alone["probability"]);
                assert_eq!(outputs[1]["data"][row], alone["decision"]);
            }
        }
    }
}

#[tokio::test]
async fn an_optional_column_may_be_left_out_and_outputs_chosen() {
    let server = TestServer::start(service()).await;
    let mut inputs = by_column();
    inputs[1]["data"] = json!([null, null, null]);
    let with_null = json!({ "inputs": inputs, "outputs": [{ "name": "probability" }, { "name": "probability" }] });
    inputs.as_array_mut().unwrap().remove(1);
    let without = json!({ "inputs": inputs, "outputs": [{ "name": "probability" }] });
    let [with_null, without]: [Value; 2] = [
        infer(&server, with_null.to_string()).await.json().await.unwrap(),
        infer(&server, without.to_string()).await.json().await.unwrap(),
    ];
    assert_eq!((with_null["outputs"].as_array().unwrap().len(), &with_null), (1, &without));
    assert_eq!(without["outputs"][0]["data"][0], 0.5667);
    assert!(without.get("id").is_none());
}

#[tokio::test]
async fn the_server_and_the_model_say_what_they_are() {
    let server = TestServer::start(service()).await;
    let json = async |path: &str| server.get(path).await.json::<Value>().await.unwrap();
    assert_eq!(json("/v2").await, json!({ "name": "andon", "version": "1.2.3", "extensions": ["binary_tensor_data"] }));
    assert_eq!(json("/v2/health/live").await, json!({ "live": true }));
    assert_eq!(json("/v2/health/ready").await, json!({ "ready": true }));
    assert_eq!(json("/v2/models/houses/ready").await, json!({ "name": "houses", "ready": true }));
    let model = json("/v2/models/houses").await;
    assert_eq!(model, json("/v2/models/houses/versions/1.2.3").await);
    assert_eq!((&model["name"], &model["versions"]), (&json!("houses"), &json!(["1.2.3"])));
    assert!(
        model["inputs"].as_array().unwrap().contains(&json!({ "name": "heating", "datatype": "BYTES", "shape": [-1] }))
    );
    assert!(model["properties"]["matrix"].as_str().unwrap().contains("heating (0 gas, 1 heat_pump, 2 nothing)"));
}

/// The text of a refusal of this status.
async fn refused(response: Response, status: u16) -> String {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["content-type"], "application/json");
    let refused: Value = response.json().await.unwrap();
    assert_eq!(refused.as_object().unwrap().len(), 1);
    refused["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_most_used_client_is_answered() {
    let server = TestServer::start(service()).await;
    // As tritonclient sends it: no content type, and bytes behind the JSON.
    let bytes = [&5_i64.to_le_bytes()[..], &120.5_f32.to_le_bytes(), b"\x03\0\0\0gas"].concat();
    let input = |name: &str, datatype: &str, size: usize| json!({ "name": name, "shape": [1], "datatype": datatype, "parameters": { "binary_data_size": size } });
    let inputs = [input("rooms", "INT64", 8), input("area", "FP32", 4), input("heating", "BYTES", 7)];
    let json = json!({ "inputs": inputs, "parameters": { "binary_data_output": true } }).to_string();
    let body = [json.as_bytes(), &bytes].concat();
    let url = format!("{}/v2/models/houses/infer", server.url);
    let request = server.client.post(url).header("inference-header-content-length", json.len()).body(body);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let response: Value = response.json().await.unwrap();
    assert_eq!(response["outputs"][1]["data"], json!(["ACCEPT"]));

    // A column that may be missing: NaN is not the same as leaving it out.
    let url = format!("{}/v2/models/houses/infer", server.url);
    let bytes = [&5_i64.to_le_bytes()[..], &f32::NAN.to_le_bytes(), b"\x03\0\0\0gas"].concat();
    let request = server.client.post(url).header("inference-header-content-length", json.len());
    let response = request.body([json.as_bytes(), &bytes].concat()).send().await.unwrap();
    assert_eq!(refused(response, 400).await, "input `area`: value 0 is NaN; allowed are finite numbers");

    let mut matrix = listed(&server).await;
    matrix[0]["datatype"] = json!("FP32");
    let response: Value = infer(&server, json!({ "inputs": matrix }).to_string()).await.json().await.unwrap();
    assert_eq!(response["outputs"][1]["data"], json!(["ACCEPT", "DECLINE", "REFER"]));
}

#[tokio::test]
async fn tensors_that_do_not_fit_are_refused() {
    let server = TestServer::start(service()).await;
    let one = |name: &str, shape: Value, datatype: &str, data: Value| json!([{ "name": name, "shape": shape, "datatype": datatype, "data": data }]);
    let rooms = |shape: Value, data: Value| one("rooms", shape, "INT64", data);
    let all = |shape: Value, data: Value| one("features", shape, "FP64", data);
    let twice = json!([by_column()[0], by_column()[0]]);
    let both = json!([by_column()[0], matrix()[0]]);
    let both_ways = json!([matrix()[0], by_column()[0]]);
    let uneven = json!([by_column()[0], { "name": "area", "shape": [1], "datatype": "FP64", "data": [30] }]);
    let many = vec![1; 1_001];
    let cases = [
        (json!([]), "there are no inputs"),
        (one("colour", json!([1]), "INT64", json!([1])), "there is no input `colour`"),
        (one("plot", json!([1]), "INT64", json!([1])), "there is no input `plot`"),
        (one("rooms", json!([1]), "BYTES", json!(["5"])), "input `rooms` must be \"INT64\""),
        (one("heating", json!([1]), "FP64", json!([1])), "input `heating` must be \"BYTES\""),
        (one("features", json!([1, 3]), "BYTES", json!(["1", "1", "1"])), "input `features` must be \"FP64\""),
        (rooms(json!([2]), json!([1])), "the shape must be [rows]"),
        (rooms(json!([]), json!([1])), "the shape must be [rows]"),
        (rooms(json!([1, 1, 1]), json!([1])), "the shape must be [rows]"),
        (rooms(json!([u64::MAX, u64::MAX]), json!([1])), "the shape must be [rows]"),
        (rooms(json!([0]), json!([])), "0 rows"),
        (rooms(json!([1_001]), json!(many)), "1001 rows"),
        (all(json!([1, 2]), json!([1, 2])), "the shape must be [rows, 3]"),
        (all(json!([1, 3]), json!([1, 2, 3, 4])), "the shape must be [rows, 3]"),
        (all(json!([3]), json!([1, 2, 3])), "the shape must be [rows, 3]"),
        (twice, "input `rooms` was sent twice"),
        (both, "do not fit the tensors before it"),
        (both_ways, "send it alone"),
        (uneven, "do not fit the tensors before it"),
        (rooms(json!([1]), json!([5])), "row 0: column heating: missing field"),
        (rooms(json!([2]), json!([5, 21])), "row 0: column heating"),
        (rooms(json!([-1]), json!([5])), "the body is not an inference request"),
        (one("rooms", json!([1]), "int64", json!([5])), "the body is not an inference request"),
    ];
    for (inputs, error) in cases {
        let told = refused(infer(&server, json!({ "inputs": inputs }).to_string()).await, 400).await;
        assert!(told.contains(error), "{inputs}: {told}");
    }
    let outputs = json!({ "inputs": by_column(), "outputs": [{ "name": "reasons" }] });
    assert!(refused(infer(&server, outputs.to_string()).await, 400).await.contains("the outputs are"));
}

#[tokio::test]
async fn values_are_held_against_the_contract() {
    let server = TestServer::start(service()).await;
    let cases = [
        (0, json!([5, 2, 21]), "row 2: column rooms"),
        (0, json!([5.5, 2, 5]), "row 0: column rooms"),
        (0, json!([5, "NaN", 5]), "row 1: column rooms"),
        (0, json!([null, 2, 5]), "row 0: column rooms"),
        (0, json!([true, 2, 5]), "row 0: column rooms"),
        (1, json!([1e308, 30, 30]), "row 0: column area"),
        (1, json!(["Infinity", 30, 30]), "row 0: column area"),
        (2, json!(["gas", "coal", "gas"]), "row 1: column heating"),
        (2, json!(["gas", {}, "gas"]), "row 1: column heating"),
    ];
    for (place, data, error) in cases {
        let mut inputs = by_column();
        inputs[place]["data"] = data;
        let told = refused(infer(&server, json!({ "inputs": inputs }).to_string()).await, 400).await;
        assert!(told.starts_with(error), "{told}");
    }
    for place in [-1.0, 3.0, 0.5, 1e300] {
        let mut inputs = listed(&server).await;
        let names: Value = server.get("/v2/models/houses").await.json().await.unwrap();
        let names = names["inputs"].as_array().unwrap();
        let heating = names.iter().position(|input| input["name"] == "heating").unwrap();
        inputs[0]["data"][heating] = json!(place);
        let told = refused(infer(&server, json!({ "inputs": inputs }).to_string()).await, 400).await;
        assert!(told.starts_with("row 0: column heating"), "{told}");
    }
    let metrics = server.get("/metrics").await.text().await.unwrap();
    assert!(
        metrics.contains("andon_decisions_total{outcome=\"ACCEPT\"} 0\n"),
        "no row of a refused request is decided"
    );
}

#[tokio::test]
async fn what_is_no_request_is_refused_in_the_protocols_form() {
    let server = TestServer::start(service()).await;
    let nan = by_column().to_string().replace("120.5", "NaN");
    let deep = format!(
        "{{\"inputs\":[{{\"name\":\"rooms\",\"shape\":[1],\"datatype\":\"INT64\",\"data\":{}",
        "[".repeat(9_000)
    );
    let huge = json!({ "inputs": by_column(), "outputs": vec![json!({ "name": "decision" }); 20_000] }).to_string();
    assert_eq!(infer(&server, huge).await.json::<Value>().await.unwrap()["outputs"].as_array().unwrap().len(), 1);
    for body in ["", "{}", "[]", "null", "{\"inputs\":1}", &format!("{{\"inputs\":{nan}}}"), &deep] {
        refused(infer(&server, body.to_owned()).await, 400).await;
    }
    let by_position = json!([null, by_column(), []]).to_string();
    assert!(refused(infer(&server, by_position).await, 400).await.contains("no JSON object"));
    for inputs in [json!([5]), json!([[1]]), json!({}), Value::Null] {
        let told = refused(infer(&server, json!({ "inputs": inputs }).to_string()).await, 400).await;
        assert!(!told.contains("struct") && !told.contains("Tensor"), "{told}");
    }
    refused(infer(&server, format!("[{}]", " ".repeat(1 << 20))).await, 413).await;
    let binary = server.client.post(format!("{}/v2/models/houses/infer", server.url));
    refused(binary.header("content-type", "text/plain").body("x").send().await.unwrap(), 415).await;
    for path in ["/v2/x", "/v2/models", "/v2/models/boats", "/v2/models/boats/ready", "/v2/models/%ff"] {
        refused(server.get(path).await, 404).await;
    }
    refused(server.get("/v2/models/houses/versions/2.0.0").await, 404).await;
    refused(server.post("/v2/models/boats/infer", "{}").send().await.unwrap(), 404).await;
    let response = server.get("/v2/models/houses/infer").await;
    assert_eq!(response.headers()["allow"], "POST");
    refused(response, 405).await;
}

#[tokio::test]
async fn an_artifact_that_does_not_check_out_infers_nothing() {
    let server = TestServer::start(over()).await;
    let request = json!({ "inputs": by_column() }).to_string();
    assert!(refused(infer(&server, request).await, 503).await.contains(OVER));
    refused(server.get("/v2/health/ready").await, 503).await;
    refused(server.get("/v2/models/houses/ready").await, 503).await;
    assert_eq!(server.get("/v2/health/live").await.status(), 200);
    assert_eq!(server.get("/v2/models/houses").await.status(), 200);
}
