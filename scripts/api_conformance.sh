#!/usr/bin/env bash
# Runs independent tools against the decision service and prints a line for each:
#   openapi-spec-validator   the description is valid OpenAPI 3.1
#   schemathesis             hostile requests: no 5xx, nothing that the description does not say
#   prometheus-client        the metrics parse as OpenMetrics
#   urllib                   a person's override of a decision gets both decisions back (a service with a trail)
#   open-inference-openapi   a client of the Open Inference Protocol gets its answers
# Exits non-zero if one of them fails. If they cannot be installed: see venv.sh.
# Usage: scripts/api_conformance.sh [URL of a running service]   (without one, the houses of the tests are served)
#        scripts/api_conformance.sh --install
set -euo pipefail
cd "$(dirname "$0")/.."
work=target/api-conformance
. scripts/venv.sh
. scripts/serve_houses.sh

install_tools api-conformance \
    openapi-spec-validator==0.9.0 schemathesis==4.32.5 prometheus-client==0.26.0 open-inference-openapi==2.0.0.1
[ "${1:-}" = --install ] && exit

serve_houses "${1:-}" "$work"
failed=0

run_schemathesis() {
    local report="$work/schemathesis.txt"
    "$work/venv/bin/schemathesis" --config-file scripts/schemathesis.toml run "$url/openapi.json" >"$report" 2>&1 ||
        { cat "$report"; return 1; }
    cat "$report"
    grep -E ' generated' "$report"
}

check openapi-spec-validator "$work/venv/bin/python" scripts/api_conformance.py description "$url"
check schemathesis run_schemathesis
check prometheus-client "$work/venv/bin/python" scripts/api_conformance.py metrics "$url"
check override "$work/venv/bin/python" scripts/api_conformance.py override "$url"
check open-inference-openapi "$work/venv/bin/python" scripts/api_conformance.py inference "$url"
exit $failed
