#!/usr/bin/env bash
# Packs the crates as they would be published, and does with them what a stranger does who has nothing else: installs
# `cargo andon` from its packed crate, makes a project of each of two data files in an empty folder, and takes each to a
# decision. A fresh project is NO-GO, because nobody has confirmed what was proposed; anything else is an error. One of the
# projects is then judged by the answers of a command in place of a forest.
#
# loan-approval is not packed: a release is deployed, not depended on (`publish = false`).
# The packed crates stand in for crates.io through `[patch.crates-io]`; everything else comes from there, in the versions
# of this repository's lock file, so that what cargo built for the repository serves here too.
# Usage: scripts/packed.sh
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$repository/target}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packed=$work/packed
mkdir -p "$packed" "$work/.cargo"

# The projects below build every crate, so cargo need not build each once more here.
cargo package --quiet --workspace --exclude loan-approval --no-verify --allow-dirty
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
printf '[patch.crates-io]\n' >"$work/.cargo/config.toml"
for manifest in crates/*/Cargo.toml; do
    crate=$(basename "$(dirname "$manifest")")
    tar --extract --gzip --directory "$packed" --file "$CARGO_TARGET_DIR/package/$crate-$version.crate"
    printf '%s = { path = "%s" }\n' "$crate" "$packed/$crate-$version" >>"$work/.cargo/config.toml"
done

# Takes the tested versions: cargo drops from the lock file what the package does not need.
lock() {
    cp "$repository/Cargo.lock" "$1"
    (cd "$1" && cargo metadata --quiet --format-version 1 >"$work/metadata.json")
    # A packed crate that leaned on the repository would be found by its path.
    ! grep --quiet --fixed-strings "\"$repository/crates" "$work/metadata.json"
}
lock "$packed/cargo-andon-$version"
cargo install --quiet --locked --path "$packed/cargo-andon-$version" --root "$work/tools" --no-track
export PATH=$work/tools/bin:$PATH

decide() { # name, file, and the options of `cargo andon new`
    local name=$1 file=$2
    shift 2
    printf '\n-- %s: %s\n' "$name" "$file"
    cd "$work"
    cargo andon new "$name" --data "$repository/$file" "$@" </dev/null
    cd "$name"
    lock .
    judge
}

judge() { # the project in this folder
    local name=${PWD##*/} began=$SECONDS status=0
    cargo test --quiet --no-fail-fast >"$work/$name.log" 2>&1 || true
    printf 'built and decided in %d s\n' $((SECONDS - began))
    # 1 is NO-GO; 0 is GO, 2 a broken policy, and 3 a decision that is incomplete.
    cargo andon status >"$work/$name.txt" || status=$?
    grep --extended-regexp --invert-match '^GO |^$' "$work/$name.txt"
    if [ "$status" != 1 ] || ! grep --quiet '^NO-GO *policy.reviewed ' "$work/$name.txt"; then
        cat "$work/$name.log"
        return 1
    fi
}
decide german-credit examples/german-credit/source/german_credit.csv --label credit_risk --favourable 1
decide loans data/loans.csv --label approved --favourable 1

printf '\n-- loans, scored by a command\n'
python3 "$repository/scripts/command_project.py"
cargo andon gates
judge
for gate in reproducibility.model_digest contract.accepts_valid robustness.noise explanation.certain_reasons; do
    grep "^GO *$gate " "$work/loans.txt"
done
grep '^not asked, since nothing is served from a command: ' "$work/loans.txt"
