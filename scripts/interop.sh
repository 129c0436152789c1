#!/usr/bin/env bash
# Holds an artifact against the tools of others: what each says of the good one, and that it refuses a tampered copy.
# One line a verifier. Usage: scripts/interop.sh DIR PUBLIC_KEY, or scripts/interop.sh --install
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/venv.sh

install_tools interop \
    model-signing==1.1.1 pyopenssl==26.4.0 in-toto-attestation==0.9.3 securesystemslib==1.6.0 \
    "cyclonedx-python-lib[validation]==11.12.0" huggingface_hub==2.4.0 junitparser==5.0.3 onnx==1.23.2 \
    onnxruntime==1.32.0 "datacontract-cli[duckdb]==1.2.8"
[ "$1" = --install ] && exit

exec target/interop/venv/bin/python scripts/interop.py "$(realpath "$1")" "$(realpath "$2")"
