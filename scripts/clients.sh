#!/usr/bin/env bash
# Lets the clients that people have talk to the decision service, and prints a line for each:
#   openapi-python-client      generates a client, which decides, is refused and reads every answer whole
#   datamodel-code-generator   generates models, which hold every answer
#   openapi-typescript         generates types, and the compiler of TypeScript accepts every answer under them
#   tritonclient               infers, with tensors as bytes and as JSON
#   mlserver                   its codecs (pandas, NumPy) encode the requests and decode the responses
# Exits non-zero if one of them fails. If they cannot be installed: see venv.sh.
# Usage: scripts/clients.sh [URL of a running service]   (without one, the houses of the tests are served)
#        scripts/clients.sh --install
set -euo pipefail
cd "$(dirname "$0")/.."
work=target/clients
. scripts/venv.sh
. scripts/serve_houses.sh

# Of mlserver only the codecs are asked; the server behind them would bring gRPC, Kafka and OpenTelemetry.
without_dependencies=mlserver==1.7.1
install_tools clients \
    "tritonclient[http]==2.73.0" numpy==2.4.6 pandas==2.3.3 orjson==3.13.0 pydantic-settings==2.16.3 fastapi==0.165.0 \
    openapi-python-client==0.29.1 datamodel-code-generator==0.89.0
install_npm_tools clients openapi-typescript@7.13.0 typescript@5.9.3
[ "${1:-}" = --install ] && exit

serve_houses "${1:-}" "$work"
failed=0
export PATH="$PWD/$work/venv/bin:$PWD/$work/node_modules/.bin:$PATH"
for client in openapi-python-client datamodel-code-generator openapi-typescript tritonclient mlserver; do
    check "$client" python scripts/clients.py "$client" "$url" "$work"
done
exit $failed
