"""Lets one client of the decision service talk to it; see clients.sh.

The records are the example of the description and copies of it with one or two other values: the ends of a range, each
word of an enumeration, null. So approvals, denials and referrals are among the answers.
"""

import contextlib
import importlib
import importlib.util
import itertools
import json
import shutil
import subprocess
import sys
import types
import urllib.error
import urllib.request
import warnings
from pathlib import Path

URL, WORK = sys.argv[2], Path(sys.argv[3])


def fetch(path, body=None):
    """The JSON behind a path."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data, {"content-type": "application/json"} if data else {})
    try:
        with urllib.request.urlopen(request) as response:
            return json.load(response)
    except urllib.error.HTTPError as refused:
        raise AssertionError(f"{path} said {refused.code}: {refused.read().decode()} to {data}") from None


DESCRIPTION = fetch("/openapi.json")
PATHS = {methods["post"]["operationId"]: path for path, methods in DESCRIPTION["paths"].items() if "post" in methods}
DECIDE = DESCRIPTION["paths"][PATHS["decide"]]["post"]
EXAMPLE = DECIDE["requestBody"]["content"]["application/json"]["example"]
COLUMNS = {
    name: column
    for name, column in DESCRIPTION["components"]["schemas"]["Record"]["properties"].items()
    if name != "monitoring"
}
MODEL = DESCRIPTION["info"]["title"]


def values(column):
    """The values of a column that a copy of the example gets."""
    named = column.get("enum", [])
    ends = [column[end] for end in ["minimum", "maximum"] if end in column]
    flags = [False, True] if "boolean" in column["type"] else []
    return named + ends + flags + ([None] if "null" in column["type"] else [])


CHANGES = [{name: value} for name, column in COLUMNS.items() for value in values(column)]
PAIRS = [one | other for one, other in itertools.combinations(CHANGES, 2) if one.keys() != other.keys()]
RECORDS = [EXAMPLE | change for change in ({}, *CHANGES, *PAIRS[:100])]
ANSWERS = [fetch(PATHS["decide"], record) for record in RECORDS]


def run(*command):
    """What a command said; its failure is an error."""
    done = subprocess.run(command, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"{command[0]}: {said}"
    return said


def save_description():
    (WORK / "openapi.json").write_text(json.dumps(DESCRIPTION))
    return WORK / "openapi.json"


def openapi_python_client():
    folder = WORK / "generated_client"
    shutil.rmtree(folder, ignore_errors=True)
    said = run("openapi-python-client", "generate", "--path", save_description(), "--output-path", folder, "--meta",
               "none")
    # It knows no JSON lines, which `/batch` takes beside JSON. Any other warning is a part that it leaves out.
    lines = [line for line in said.splitlines() if "WARNING" in line or "Unsupported" in line or "ERROR" in line]
    known = [f"WARNING parsing POST {PATHS['batch']} within default.", "Unsupported content type application/x-ndjson"]
    assert lines == known, said
    sys.path.insert(0, str(WORK))
    client = importlib.import_module("generated_client").Client(base_url=URL)
    models = importlib.import_module("generated_client.models")
    operation = lambda name: importlib.import_module(f"generated_client.api.default.{name}")
    for record, answer in zip(RECORDS, ANSWERS, strict=True):
        parsed = operation("decide").sync(client=client, body=models.Record.from_dict(record))
        assert isinstance(parsed, models.Answer) and parsed.to_dict() == answer, (parsed, answer)
    batch = operation("batch").sync(client=client, body=RECORDS)
    assert [parsed.to_dict() for parsed in batch] == ANSWERS
    explained = operation("explain").sync(client=client, body=models.Record.from_dict(EXAMPLE))
    assert isinstance(explained, models.ExplainedAnswer), explained
    record = models.Record.from_dict(EXAMPLE)
    name = next(name for name, column in COLUMNS.items() if "maximum" in column)
    setattr(record, name, COLUMNS[name]["maximum"] + 1)
    refused = operation("decide").sync(client=client, body=record)
    assert isinstance(refused, models.Problem) and name in str(refused.to_dict()), refused
    return f"{len(RECORDS)} answers read whole, a refusal of `{name}`"


def datamodel_code_generator():
    module = WORK / "generated_models.py"
    run("datamodel-codegen", "--input", save_description(), "--input-file-type", "openapi", "--output", module,
        "--output-model-type", "pydantic_v2.BaseModel", "--target-python-version", "3.11")
    sys.path.insert(0, str(WORK))
    models = importlib.import_module("generated_models")
    for record, answer in zip(RECORDS, ANSWERS, strict=True):
        sent = models.Record.model_validate(record).model_dump(mode="json", exclude_unset=True)
        assert sent == record, (sent, record)
        read = models.Answer.model_validate(answer).model_dump(mode="json", by_alias=True, exclude_unset=True)
        assert read == answer, (read, answer)
    return f"{len(RECORDS)} records and answers read and written whole"


def openapi_typescript():
    run("openapi-typescript", save_description(), "-o", WORK / "generated.d.ts")
    content = lambda part: f'Decide["{part}"]["content"]["application/json"]'
    lines = [
        'import type { paths } from "./generated";',
        f'type Decide = paths["{PATHS["decide"]}"]["post"];',
        f"export const records: {content('requestBody')}[] = {json.dumps(RECORDS)};",
        'type Answer = Decide["responses"][200]["content"]["application/json"];',
        f"export const answers: Answer[] = {json.dumps(ANSWERS)};",
    ]
    (WORK / "generated_use.ts").write_text("\n".join(lines))
    run("tsc", "--noEmit", "--strict", WORK / "generated_use.ts")
    return f"the compiler accepts {len(ANSWERS)} records and answers"


def expected():
    return [answer["probability"] for answer in ANSWERS], [answer["decision"] for answer in ANSWERS]


def check_outputs(probabilities, decisions):
    """Holds the outputs, in which NaN stands for null, against the answers of the decision endpoint."""
    found = [None if probability != probability else probability for probability in probabilities]
    assert (found, list(decisions)) == expected(), (found, decisions, expected())


def column_values(name):
    return [record.get(name) for record in RECORDS]


def tritonclient():
    import numpy
    from tritonclient.http import InferenceServerClient, InferInput
    from tritonclient.utils import InferenceServerException, triton_to_np_dtype

    client = InferenceServerClient(URL.removeprefix("http://"))
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(MODEL)
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    for binary in [True, False]:
        rows = []
        for record in RECORDS:
            tensors = []
            for tensor in client.get_model_metadata(MODEL)["inputs"]:
                value = record.get(tensor["name"])
                if value is None:
                    continue  # a missing value is no tensor, for an array of numbers has no null
                array = numpy.array([value], dtype=triton_to_np_dtype(tensor["datatype"]))
                tensors.append(InferInput(tensor["name"], array.shape, tensor["datatype"]))
                tensors[-1].set_data_from_numpy(array, binary_data=binary)
            rows.append(client.infer(MODEL, tensors, request_id="42"))
        assert {row.get_response()["id"] for row in rows} == {"42"}
        texts = [row.as_numpy("decision")[0] for row in rows]
        texts = [text.decode() if isinstance(text, bytes) else text for text in texts]
        check_outputs([row.as_numpy("probability")[0] for row in rows], texts)
    with contextlib.suppress(InferenceServerException):
        client.infer(MODEL, tensors[:-1] + [InferInput("unheard_of", [1], "FP64")])
        raise AssertionError("a column that does not exist was taken")
    return f"{len(RECORDS)} rows, as bytes and as JSON, decided as {PATHS['decide']} does"


def mlserver():
    # The codecs without the server, which the package would start to import.
    package = types.ModuleType("mlserver")
    package.__path__ = list(importlib.util.find_spec("mlserver").submodule_search_locations)
    sys.modules["mlserver"] = package
    import pandas
    from mlserver.codecs import NumpyCodec, NumpyRequestCodec, PandasCodec, StringCodec
    from mlserver.types import InferenceRequest, InferenceResponse

    def infer(request):
        answer = fetch(f"/v2/models/{MODEL}/infer", request.model_dump(exclude_none=True))
        response = InferenceResponse.model_validate(answer)
        return {output.name: output for output in response.outputs}, response

    def check_response(outputs):
        probabilities = NumpyCodec.decode_output(outputs["probability"]).ravel()
        check_outputs(probabilities, StringCodec.decode_output(outputs["decision"]))

    frame = pandas.DataFrame({name: column_values(name) for name in COLUMNS})
    answer = PandasCodec.decode_response(infer(PandasCodec.encode_request(frame, use_bytes=False))[1])
    check_outputs(answer["probability"], answer["decision"])

    inputs = []
    for name in COLUMNS:
        if all(value is None or isinstance(value, str) for value in column_values(name)):
            inputs.append(StringCodec.encode_input(name, column_values(name), use_bytes=False))
        else:
            inputs.append(NumpyCodec.encode_input(name, frame[name].to_numpy()))
    check_response(infer(InferenceRequest(inputs=inputs))[0])

    names = [tensor["name"] for tensor in fetch(f"/v2/models/{MODEL}")["inputs"]]
    numbers = frame[names].apply(lambda column: column if column.dtype.kind in "fib" else codes(column))
    request = NumpyRequestCodec.encode_request(numbers.to_numpy(dtype=float))
    request.inputs[0].name = "features"
    check_response(infer(request)[0])
    return f"{len(RECORDS)} rows through pandas, columns and a matrix, decided as {PATHS['decide']} does"


def codes(column):
    """The places of the words in their enumeration, as a matrix has them."""
    words = COLUMNS[column.name].get("enum", [])
    return column.map(lambda word: None if word is None else words.index(word))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    words = ", ".join(sorted({answer["decision"] for answer in ANSWERS}))
    print(f"{globals()[sys.argv[1].replace('-', '_')]()} ({words})")
