"""Holds a running service against the specifications that it claims to keep; see api_conformance.sh."""

import json
import sys
import urllib.request


def fetch(url, body=None):
    """The status and the text behind a URL."""
    headers = {"content-type": "application/json"} if body is not None else {}
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


if __name__ == "__main__":
    {"description": check_description, "metrics": check_metrics, "inference": check_inference}[sys.argv[1]](sys.argv[2])
