#!/usr/bin/env bash
# Compares each crate of the harness with its published version, and fails if a change breaks callers and the version does
# not say so. Says openly which crates are not published: for those there is nothing to compare with.
# Usage: scripts/semver.sh
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT

published=()
for manifest in crates/*/Cargo.toml; do
    crate=$(basename "$(dirname "$manifest")")
    # Asked outside of this workspace, where cargo would show its own crate.
    if (cd / && cargo info --quiet --registry crates-io "$crate") >"$log" 2>&1; then
        published+=(--package "$crate")
    elif grep --quiet "could not find \`$crate\` in registry" "$log"; then
        echo "not compared: $crate is not published"
    else
        cat "$log"
        exit 1
    fi
done
if [ ${#published[@]} = 0 ]; then
    echo "nothing is compared: no crate has a published version yet"
    exit
fi
cargo semver-checks --version >/dev/null 2>&1 || cargo install --quiet --locked cargo-semver-checks --version 0.51.0
cargo semver-checks "${published[@]}"
