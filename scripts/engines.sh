#!/usr/bin/env bash
# Counts the same scored rows in the engines that people have, for 1, 2 and 7 partitions in any order, and holds the counts
# (scores by group, broken values by column and fault, bins of the training data, referred rows) and what
# `cargo andon judge --tally` says of them against one process on one file, byte for byte:
#   DuckDB       in this process
#   PostgreSQL   a server of its own, on a socket
#   Spark        with --spark: a standalone cluster of one master and two workers, one of which is killed in the middle
# Exits non-zero if one of them differs. If an engine cannot be installed: see venv.sh.
# Usage: scripts/engines.sh [--spark] [ROWS]
#        scripts/engines.sh --install [--spark]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/venv.sh

install=no engines=(duckdb postgres) tools=(duckdb==2.0.1)
[ "${1:-}" = --install ] && install=yes && shift
[ "${1:-}" = --spark ] && engines+=(spark) tools+=(pyspark==4.3.0) && shift
install_tools engines "${tools[@]}"
[ $install = yes ] && exit

# As the alias `cargo andon` builds it, so that one build serves both.
cargo build --quiet --release -p cargo-andon
folder=${CARGO_TARGET_DIR:-target}/release
exec env PYTHONDONTWRITEBYTECODE=1 target/engines/venv/bin/python scripts/engines.py "$folder/cargo-andon" "${1:-20000}" "${engines[@]}"
