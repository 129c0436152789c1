# Sourced by the scripts that need a running service.
# serve_houses URL FOLDER: sets `url` to URL. If it is empty, starts the houses of the tests, which stop with the script,
# and logs to FOLDER/server.log.
serve_houses() {
    url=$1
    [ -n "$url" ] && return
    local log=$2/server.log
    cargo build --quiet --workspace --example houses
    "${CARGO_TARGET_DIR:-target}/debug/examples/houses" 127.0.0.1:0 2>"$log" &
    trap "kill $!" EXIT
    for _ in $(seq 50); do
        url=$(sed -n 's|^houses on \(http://[^/]*\)/.*|\1|p' "$log")
        [ -n "$url" ] && return
        sleep 0.1
    done
    echo "FAILED: the server did not start (see $log)"
    exit 1
}

# check NAME COMMAND...: runs the command, prints a line, and sets `failed` to 1 if it fails. Logs to $work/NAME.log.
check() {
    local name=$1
    shift
    if "$@" >"$work/$name.log" 2>&1; then
        echo "ok      $name: $(tail -n 1 "$work/$name.log")"
    else
        echo "FAILED  $name (see $work/$name.log)"
        failed=1
    fi
}
