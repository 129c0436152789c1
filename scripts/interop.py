"""Asks the verifiers of others about an artifact and about tampered copies of it; see interop.sh.

A check takes the artifact's folder and returns what the verifier said, or raises. Each is asked about the good artifact,
which it must accept, and about a copy with its own file spoilt, which it must not.
"""

import base64
import csv
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ARTIFACT, PUBLIC_KEY = Path(sys.argv[1]), Path(sys.argv[2])
BIN = Path(sys.executable).parent
EVIDENCE = json.loads((ARTIFACT / "evidence.json").read_text())
MEASURED = {
    row["gate"]: row["evidence"]["finding"]["measured"]
    for row in EVIDENCE["decision"]["rows"]
    if "measured" in row["evidence"]["finding"]
}


def same(found: dict, what: str) -> str:
    """Every measurement is there, to the bit."""
    expected = {gate: measured["value"] for gate, measured in MEASURED.items()}
    different = {gate for gate in expected.keys() | found.keys() if expected.get(gate) != found.get(gate)}
    assert not different, f"{what} differs in {sorted(different)}"
    return f"{len(found)} numbers as in evidence.json"


def model_signing(folder: Path) -> str:
    signature = folder.with_name(folder.name + ".sig.json")
    command = [BIN / "model_signing", "verify", "key", folder, "--signature", signature, "--public_key", PUBLIC_KEY]
    done = subprocess.run(command, capture_output=True, text=True)
    said = (done.stdout + done.stderr).strip().splitlines()
    assert done.returncode == 0, said[-1] if said else "refused"
    return said[-1]


def dsse(folder: Path) -> str:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import SSlibKey

    public_key = load_pem_public_key(PUBLIC_KEY.read_bytes())
    for name in ["verdict.intoto.json", "measured.intoto.json"]:
        envelope = Envelope.from_dict(json.loads((folder / name).read_text()))
        key = SSlibKey.from_crypto(public_key, keyid=next(iter(envelope.signatures)))
        envelope.verify([key], 1)
    return "both envelopes are signed by the key"


def statement(folder: Path, name: str) -> dict:
    envelope = json.loads((folder / name).read_text())
    return json.loads(base64.b64decode(envelope["payload"], validate=True))


def in_toto(folder: Path) -> str:
    import hashlib

    from google.protobuf import json_format
    from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
    from in_toto_attestation.v1 import statement_pb2
    from in_toto_attestation.v1.statement import Statement

    for name in ["verdict.intoto.json", "measured.intoto.json"]:
        stated = statement(folder, name)
        Statement.copy_from_pb(json_format.ParseDict(stated, statement_pb2.Statement())).validate()
        for subject in stated["subject"]:
            digest = hashlib.sha256((folder / subject["name"]).read_bytes()).hexdigest()
            assert digest == subject["digest"]["sha256"], f"{subject['name']} is not the subject of {name}"
    verdict = json_format.ParseDict(statement(folder, "verdict.intoto.json")["predicate"], test_result_pb2.TestResult())
    gates = statement(folder, "measured.intoto.json")["predicate"]["gates"]
    waived = {gate for gate, told in gates.items() if told["state"] != "go"}
    assert verdict.result == ("WARNED" if waived else "PASSED") and not verdict.failed_tests
    assert set(verdict.warned_tests) == waived, f"warned of {verdict.warned_tests}, waived are {waived}"
    numbers = same({gate: told["value"] for gate, told in gates.items() if "value" in told}, "the predicate")
    passed, warned = len(verdict.passed_tests), len(verdict.warned_tests)
    return f"test-result {verdict.result}, {passed} tests passed, {warned} warned; {numbers}"


def cyclonedx(folder: Path) -> str:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    text = (folder / "bom.cdx.json").read_text()
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    assert error is None, error
    metrics = json.loads(text)["components"][0]["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    whole = {metric["type"]: float(metric["value"]) for metric in metrics if "slice" not in metric}
    return "valid 1.6; " + same(whole, "the bill of materials")


def hugging_face(folder: Path) -> str:
    import yaml
    from huggingface_hub import ModelCard, parse_eval_result_entries

    results = ModelCard.load(folder / "MODEL_CARD.md").data.eval_results
    for result in results:
        assert result.metric_value == MEASURED[result.metric_type]["value"], f"the card differs in {result.metric_type}"
    entries = parse_eval_result_entries(yaml.safe_load((folder / ".eval_results/gates.yaml").read_text()))
    numbers = same({entry.task_id: entry.value for entry in entries}, ".eval_results")
    return f"{len(results)} results on the card; {numbers}"


def datacontract(folder: Path) -> str:
    """Also tests the data themselves: the contract names them relative to the release."""
    for command in ["lint", "test"]:
        done = subprocess.run(
            [BIN / "datacontract", command, folder / "contract.odcs.yaml"], capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}: {(done.stdout + done.stderr)[-2000:]}"
    return "lint and test of data/loans.csv: " + done.stdout.strip().splitlines()[-1].strip()


def junit(folder: Path) -> str:
    from junitparser import JUnitXml

    suites = JUnitXml.fromfile(str(folder / "junit.xml"))
    cases = [case for suite in suites for case in suite]
    rows = EVIDENCE["decision"]["rows"]
    waived = {row["gate"] for row in rows if row["state"] == "waived"}
    assert len(cases) == len(rows)
    # A waived gate is no passed test.
    assert all(case.is_skipped if case.name in waived else case.is_passed for case in cases)
    values = {}
    for case in cases:
        for property in case._elem.iter("property"):
            if property.get("name") == "value":
                values[case.name] = float(property.get("value"))
    return f"{suites.tests} tests, {suites.failures} failures, {suites.errors} errors, {suites.skipped} waived; " + same(values, "junit.xml")


def onnx(folder: Path) -> str:
    import numpy
    import onnx as onnx_package
    import onnxruntime

    onnx_package.checker.check_model(str(folder / "model.onnx"), full_check=True)
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    features = session.get_modelmeta().custom_metadata_map["features"].split(",")
    with tempfile.TemporaryDirectory() as work:
        out = Path(work) / "decided.csv"
        program = folder / EVIDENCE["name"]
        subprocess.run([program, "predict", "data/loans.csv", "--out", out], check=True, capture_output=True)
        decided = list(csv.DictReader(out.open()))
    rows = list(csv.DictReader(open("data/loans.csv")))
    matrix = [[float(row[name]) if row[name] != "" else float("nan") for name in features] for row in rows]
    label, probabilities = session.run(None, {"features": numpy.array(matrix, dtype=numpy.float64)})
    scored = [place for place, row in enumerate(decided) if row["probability"] != ""]
    ours = numpy.array([float(decided[place]["probability"]) for place in scored])
    theirs = probabilities[scored, 1].astype(float)
    furthest = numpy.abs(ours - theirs).max()
    # Ours is rounded to ten-thousandths.
    assert furthest <= 0.00005 + 1e-5, f"a probability differs by {furthest}"
    rounded = int((numpy.round(theirs, 4) != numpy.round(ours, 4)).sum())
    positive = numpy.array([decided[place]["decision"] == "APPROVED" for place in scored])
    assert (positive == (label[scored] == 1)).all(), "a decision differs"
    return (
        f"{len(scored)} of {len(rows)} rows scored by both: at most {furthest:.7f} apart, of which 0.00005 is our rounding; "
        f"{rounded} differ once rounded, no decision does"
    )


def verify(folder: Path) -> str:
    command = ["cargo", "andon", "verify", folder, "--public-key", PUBLIC_KEY]
    done = subprocess.run(command, capture_output=True, text=True)
    said = done.stdout.strip().replace(str(folder), folder.name)
    assert done.returncode == 0, said
    return said


def last_digit(name: str):
    """Changes one digit of a file."""

    def spoil(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        place = max(place for place, byte in enumerate(content) if chr(byte).isdigit())
        content[place] = ord("7") if content[place] != ord("7") else ord("8")
        (folder / name).write_bytes(content)

    spoil.__doc__ = f"one digit of {name}"
    return spoil


def number(name: str, pattern: bytes):
    """Changes the first number behind a pattern."""

    def spoil(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        place = content.index(pattern) + len(pattern)
        while not chr(content[place]).isdigit():
            place += 1
        # Not the digit in front of the point, which may be all there is to 0 and 1.
        place += 2 if content[place + 1 : place + 2] == b"." else 0
        content[place] = ord("7") if content[place] != ord("7") else ord("8")
        (folder / name).write_bytes(content)

    spoil.__doc__ = f"a number in {name}"
    return spoil


def range_of_a_flag(folder: Path) -> None:
    """a narrower range in contract.odcs.yaml"""
    path = folder / "contract.odcs.yaml"
    path.write_text(path.read_text().replace("maximum: 1\n", "maximum: 0\n", 1))


def weight(folder: Path) -> None:
    """weights of model.onnx"""
    import onnx as onnx_package

    model = onnx_package.load(folder / "model.onnx")
    attributes = model.graph.node[0].attribute
    weights = next(one for one in attributes if one.name == "class_weights_as_tensor").t.double_data
    # The odd ones are the shares of the positive class.
    for place in range(1, len(weights), 2):
        weights[place] *= 0.99
    onnx_package.save(model, folder / "model.onnx")


def payload(folder: Path) -> None:
    """a number inside the envelope's payload"""
    path = folder / "measured.intoto.json"
    envelope = json.loads(path.read_text())
    stated = statement(folder, "measured.intoto.json")
    stated["predicate"]["gates"]["accuracy.accuracy"]["value"] += 0.01
    envelope["payload"] = base64.b64encode(json.dumps(stated).encode()).decode()
    path.write_text(json.dumps(envelope))


def missing(folder: Path) -> None:
    """a file is missing"""
    (folder / "model.json").unlink()


def extra(folder: Path) -> None:
    """a file too many"""
    (folder / "extra.txt").write_text("")


CHECKS = [
    (verify, [last_digit("model.json"), missing, extra, last_digit("report.html"), last_digit("bom.cdx.json")]),
    (model_signing, [last_digit("model.json"), missing, extra, number("junit.xml", b'name="value" value=')]),
    (dsse, [payload]),
    (in_toto, [payload, last_digit("model.json"), missing]),
    (cyclonedx, [number("bom.cdx.json", b'"value": ')]),
    (hugging_face, [number(".eval_results/gates.yaml", b"\n  value: "), number("MODEL_CARD.md", b"value: ")]),
    (datacontract, [range_of_a_flag]),
    (junit, [number("junit.xml", b'name="value" value=')]),
    (onnx, [weight]),
]


def tampered(spoil) -> Path:
    work = Path(tempfile.mkdtemp())
    folder = work / ARTIFACT.name
    shutil.copytree(ARTIFACT, folder)
    signature = ARTIFACT.with_name(ARTIFACT.name + ".sig.json")
    shutil.copy(signature, folder.with_name(signature.name))
    spoil(folder)
    return folder


def main() -> int:
    wrong = 0
    for check, spoils in CHECKS:
        try:
            print(f"good      {check.__name__}: {check(ARTIFACT)}", flush=True)
        except Exception as error:
            wrong += 1
            print(f"WRONG     {check.__name__} refuses the good artifact: {error}", flush=True)
        for spoil in spoils:
            try:
                folder = tampered(spoil)
            except OSError as error:
                sys.exit(f"FAILED: the artifact cannot be spoilt: {error}; is it signed? cargo andon release --sign-with KEY")
            try:
                said = check(folder)
                wrong += 1
                print(f"WRONG     {check.__name__} accepts {spoil.__doc__}: {said}", flush=True)
            except Exception as error:
                reason = " ".join(str(error).split()).replace(str(folder.parent), "")
                print(f"tampered  {check.__name__}, {spoil.__doc__}: {reason[:160]}", flush=True)
            finally:
                shutil.rmtree(folder.parent)
    print("every verifier accepts the artifact and refuses the tampered copies" if wrong == 0 else f"{wrong} wrong")
    return int(wrong > 0)


sys.exit(main())
