#!/usr/bin/env bash
# Builds the command line as a Python wheel, installs it into an empty virtual environment, and judges scored rows with
# what was installed: without Rust, and without this repository. If maturin cannot be installed: see venv.sh.
# Usage: scripts/wheel.sh [--install]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/venv.sh

install_tools wheel maturin==1.16.0
[ "${1:-}" = --install ] && exit

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
target/wheel/venv/bin/maturin build --quiet --release --locked --manifest-path crates/cargo-andon/Cargo.toml --out "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" --disable-pip-version-check install --quiet --no-index "$work"/*.whl

cp crates/cargo-andon/tests/data/scored.parquet "$work"
cd "$work"
stat --format '%n, %s bytes' ./*.whl
status=0
# Nothing but the file and what was installed: no PATH, no compiler.
env --ignore-environment "$work/venv/bin/cargo-andon" judge scored.parquet --label ok --favourable yes --score p \
    --protected 'Applicant Sex' >judged.txt || status=$?
cat judged.txt
# Without a policy a judgement has no decision: exit code 3.
[ "$status" = 3 ]
grep --quiet 'fairness.disparate_impact.applicant_sex' judged.txt
