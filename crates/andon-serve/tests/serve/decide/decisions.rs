//! Decisions, one at a time and many at once.

use serde_json::{Value, json};

use crate::{TestServer, bad, good, service, unusual};

#[tokio::test]
async fn a_good_house_is_accepted() {
    let response = TestServer::start(service()).await.decide(good().to_string()).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    let expected = json!({
        "decision": "ACCEPT",
        "probability": 0.8333,
        "confidence": 0.8333,
        "contact": null,
        "reasons": [],
        "counterfactual": null,
        "outside_validated": [],
        "explanation": "ACCEPT: the estimated probability of ACCEPT is",
        "model_version": "1.2.3",
        "fingerprint": "f".repeat(64),
    });
    assert_eq!(shortened(response.json().await.unwrap()), expected);
}

#[tokio::test]
async fn a_bad_house_is_declined_with_reasons() {
    let reply: Value = TestServer::start(service()).await.decide(bad().to_string()).await.json().await.unwrap();
    assert_eq!((&reply["decision"], &reply["probability"]), (&json!("DECLINE"), &json!(0.1667)));
    let reasons = reply["reasons"].as_array().unwrap().iter();
    let reasons: Vec<[&Value; 3]> = reasons.map(|reason| ["code", "feature", "text"].map(|key| &reason[key])).collect();
    let area = [json!("A"), json!("area"), json!("a floor of 30 square metres")];
    let heating = [json!("H"), json!("heating"), json!("no stove in winter")];
    assert_eq!(reasons, [area.each_ref(), heating.each_ref()]);
    assert!(reply["explanation"].as_str().unwrap().contains("a floor of 30 square metres; no stove in winter"));
    assert!(reply.get("explanation_source").is_none() && reply.get("fallback").is_none());
}

#[tokio::test]
async fn an_unusual_house_is_left_to_a_person() {
    let response = TestServer::start(service()).await.decide(unusual().to_string()).await;
    assert_eq!(response.status(), 200);
    let reply: Value = response.json().await.unwrap();
    assert_eq!((&reply["decision"], &reply["probability"]), (&json!("REFER"), &Value::Null));
    let outside = json!([{ "column": "area", "value": "501", "validated": "10 to 500" }]);
    assert_eq!(reply["outside_validated"], outside);
}

#[tokio::test]
async fn the_bounds_of_contract_and_validation_are_inside() {
    let server = TestServer::start(service()).await;
    for (rooms, area, decision) in
        [(1, 500.0, "ACCEPT"), (20, 10.0, "ACCEPT"), (20, 500.5, "REFER"), (1, 10.0, "DECLINE")]
    {
        let house = json!({ "rooms": rooms, "area": area, "heating": "heat_pump" });
        let reply: Value = server.decide(house.to_string()).await.json().await.unwrap();
        assert_eq!(reply["decision"], decision, "{house}");
    }
}

#[tokio::test]
async fn an_optional_value_may_be_absent_or_null() {
    let server = TestServer::start(service()).await;
    let absent: Value = server.decide(r#"{"rooms":5,"heating":"gas"}"#).await.json().await.unwrap();
    let null: Value =
        server.decide(r#" {"area":null,"rooms":5,"heating":"gas","plot":null} "#).await.json().await.unwrap();
    assert_eq!(absent["probability"], 0.5667, "{absent}");
    assert_eq!(absent, null);
}

#[tokio::test]
async fn a_whole_number_may_have_a_point() {
    let server = TestServer::start(service()).await;
    let plain: Value = server.decide(good().to_string()).await.json().await.unwrap();
    for rooms in ["5.0", "5e0", "0.5e1", "5.000"] {
        let body = format!("{{\"rooms\":{rooms},\"area\":120.5,\"heating\":\"gas\"}}");
        assert_eq!(server.decide(body).await.json::<Value>().await.unwrap(), plain, "{rooms}");
    }
    for rooms in ["5.1", "21.0", "-5.0", "1e300", "5.0,\"rooms\":5.0", "5.0,\"plot\":1.0", "5.0,\"garden\":1.0"] {
        let body = format!("{{\"rooms\":{rooms},\"area\":120.5,\"heating\":\"gas\"}}");
        assert_eq!(server.decide(body).await.status(), 422, "{rooms}");
    }
}

#[tokio::test]
async fn the_content_type_may_have_parameters() {
    let server = TestServer::start(service()).await;
    for content_type in ["application/json; charset=utf-8", "Application/JSON ;x=y", "application/json"] {
        let request = server.client.post(format!("{}/house/v1/decisions", server.url));
        let response = request.header("content-type", content_type).body(good().to_string()).send().await.unwrap();
        assert_eq!(response.status(), 200, "{content_type}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_at_once_each_get_their_own_answer() {
    let server = TestServer::start(service()).await;
    let cases = [(good(), "ACCEPT", 200), (bad(), "DECLINE", 200), (unusual(), "REFER", 200), (json!({}), "", 422)];
    let calls = (0..200).map(|call| {
        let (house, decision, status) = cases[call % cases.len()].clone();
        let request = server.post("/house/v1/decisions", house.to_string());
        tokio::spawn(async move {
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), status);
            let reply: Value = response.json().await.unwrap();
            assert_eq!(reply["decision"].as_str().unwrap_or_default(), decision);
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap();
    }
}

/// The template's own tests check the numbers in the explanation.
fn shortened(mut reply: Value) -> Value {
    let text = reply["explanation"].as_str().unwrap();
    let words: Vec<&str> = text.split(' ').take(7).collect();
    reply["explanation"] = json!(words.join(" "));
    reply
}
