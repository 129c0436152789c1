#!/usr/bin/env bash
# Trains the release in many processes, on random subsets of its data and with random weights of the rarer class, and
# counts the digests of each: one is reproducible. Exits with 1 if any has two.
#
#     PROCESSES=50 SUBSETS=20 WEIGHTS=20 scripts/reproducible.sh
set -euo pipefail
cd "$(dirname "$0")/.."

processes=${PROCESSES:-10}
subsets=${SUBSETS:-5}
weights=${WEIGHTS:-5}
at_once=${AT_ONCE:-$(nproc)}
program=${PROGRAM:-}
RANDOM=${SEED:-1}

if [ -z "$program" ]; then
    cargo build --quiet --bin loan-approval
    target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
    program=$target/debug/loan-approval
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
all=$(($(wc -l <data/loans.csv) - 1))
failed=0

# One variation: rows to keep, weight.
try() {
    local folder=$scratch/$1-$2
    mkdir -p "$folder/data"
    cp Cargo.toml Cargo.lock "$folder"
    sed "s/^rare_class_weight = [0-9.]*/rare_class_weight = $2/" release.toml >"$folder/release.toml"
    head -n "$(($1 + 1))" data/loans.csv >"$folder/data/loans.csv"
    local digests
    # A training that fails stops the script.
    digests=$(seq "$processes" | xargs -P "$at_once" -I{} sh -c \
        'printed=$("$1" train --threads 1 --release "$2") || exit 255; echo "$printed" | sha256sum' \
        sh "$program" "$folder" | sort -u | wc -l)
    echo "$1 rows, weight $2: $digests digests in $processes processes"
    [ "$digests" = 1 ] || failed=1
    rm -rf "$folder"
}

for kept in 1976 1978; do try $kept 7.3; done
for ((i = 2; i < subsets; i++)); do try $((all / 2 + RANDOM % (all - all / 2))) 7.3; done
for weight in 1.0 2.0 5.5 7.0 8.0 10.0; do try "$all" $weight; done
for ((i = 6; i < weights; i++)); do try "$all" $((1 + RANDOM % 12)).$((RANDOM % 10)); done
exit $failed
