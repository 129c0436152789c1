#!/usr/bin/env bash
# Holds an artifact against the tools of others: what each says of the good one, and that it refuses a tampered copy.
# One line a verifier. Usage: scripts/interop.sh DIR PUBLIC_KEY
set -euo pipefail
cd "$(dirname "$0")/.."
artifact=$(realpath "$1") public_key=$(realpath "$2")

venv=target/interop
if [ ! -x "$venv/bin/model_signing" ] || [ ! -x "$venv/bin/datacontract" ]; then
    python3 -m venv "$venv"
    if ! "$venv/bin/pip" install --quiet --disable-pip-version-check \
        model-signing==1.1.1 pyopenssl==26.4.0 in-toto-attestation==0.9.3 securesystemslib==1.6.0 \
        "cyclonedx-python-lib[validation]==11.12.0" huggingface_hub==2.4.0 junitparser==5.0.3 onnx==1.23.2 \
        onnxruntime==1.32.0 "datacontract-cli[duckdb]==1.2.8"; then
        rm -rf "$venv"
        echo "SKIPPED: the verifiers cannot be installed here"
        exit 0
    fi
fi

exec "$venv/bin/python" scripts/interop.py "$artifact" "$public_key"
