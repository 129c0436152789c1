"""Holds a running service against the specifications that it claims to keep; see api_conformance.sh."""

import json
import sys
import urllib.request


def fetch(url, body=None, headers=None):
    """The text behind a URL."""
    headers = dict(headers or {}, **({"content-type": "application/json"} if body is not None else {}))
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as response:
        return response.read().decode()


def decision(url):
    """The path of the decision endpoint and its example."""
    description = json.loads(fetch(f"{url}/openapi.json"))
    for path, methods in description["paths"].items():
        if methods.get("post", {}).get("operationId") == "decide":
            return path, methods["post"]["requestBody"]["content"]["application/json"]["example"]
    raise AssertionError("no operation is named `decide`")


def check_description(url):
    from openapi_spec_validator import OpenAPIV31SpecValidator

    description = json.loads(fetch(f"{url}/openapi.json"))
    OpenAPIV31SpecValidator(description).validate()
    print(f"{len(description['paths'])} paths, {len(description['components']['schemas'])} schemas")


def check_metrics(url):
    from prometheus_client.openmetrics.parser import text_string_to_metric_families

    path, example = decision(url)
    values = lambda: {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(fetch(f"{url}/metrics"))
        for sample in family.samples
    }
    before, answer, after = values(), json.loads(fetch(url + path, example)), values()
    outcome = ("andon_decisions_total", ("outcome", answer["decision"]))
    assert after[outcome] >= before[outcome] + 1, "a decision was not counted"
    names = {name for name, *_ in after}
    for name in ["andon_build_info", "andon_decision_seconds_bucket", "andon_refused_inputs_total",
                 "andon_http_responses_total"]:
        assert name in names, f"{name} is missing"
    print(f"{len(after)} samples of {len(names)} names")


def check_inference(url):
    from open_inference.openapi.client import OpenInferenceClient
    from open_inference.openapi.types import InferenceRequest

    path, record = decision(url)
    alone = json.loads(fetch(url + path, record))
    name = json.loads(fetch(f"{url}/openapi.json"))["info"]["title"]
    client = OpenInferenceClient(base_url=url)
    client.check_server_liveness()
    client.check_server_readiness()
    client.check_model_readiness(name)
    assert client.read_server_metadata().name == "andon"
    model = client.read_model_metadata(name)
    client.check_model_version_readiness(name, model.versions[0])
    inputs = [
        {"name": tensor.name, "shape": [1], "datatype": tensor.datatype, "data": [record[tensor.name]]}
        for tensor in model.inputs
    ]
    response = client.model_infer(name, request=InferenceRequest(id="42", inputs=inputs))
    assert response.id == "42"
    outputs = {output.name: json.loads(output.json())["data"] for output in response.outputs}
    assert outputs == {"probability": [alone["probability"]], "decision": [alone["decision"]]}, outputs
    print(f"{len(model.inputs)} inputs, {len(outputs)} outputs, decided as {path} does")


def check_override(url):
    """A person decides otherwise, and the answer holds both decisions; the cord is described beside it."""
    path, example = decision(url)
    described = json.loads(fetch(f"{url}/openapi.json"))
    if described["info"]["title"] != "houses":
        return print("not asked: only the houses of the tests have known reasons")
    ids = {value["operationId"] for methods in described["paths"].values() for value in methods.values()}
    assert {"override", "stop", "clear"} <= ids, ids
    model = json.loads(fetch(url + path, example, {"x-request-id": "conformance"}))
    words = {"ACCEPT": "DECLINE", "DECLINE": "ACCEPT"}
    asked = {"decision": words[model["decision"]], "reason": "O1", "by": "Ada Lovelace"}
    answer = json.loads(fetch(f"{url}{path}/conformance/override", asked))
    assert answer["model"]["decision"] == model["decision"], answer
    assert answer["override"]["decision"] == asked["decision"] and answer["override"]["by"] == asked["by"], answer
    assert json.loads(fetch(f"{url}{path}/conformance/override", asked)) == answer, "the same again is one override"
    print(f"{model['decision']} by the model, {asked['decision']} by a person, both on record")


if __name__ == "__main__":
    checks = [check_description, check_metrics, check_inference, check_override]
    {check.__name__.removeprefix("check_"): check for check in checks}[sys.argv[1]](sys.argv[2])
