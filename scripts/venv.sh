# Sourced by the scripts that need tools from PyPI or npm. If they cannot be installed, the script ends: as a failure if
# ANDON_REQUIRE names `verifiers`, else with 0 and a line "SKIPPED: ...".

# install_tools NAME TOOL==VERSION...: makes target/NAME/venv with these tools, once; those in $without_dependencies come
# alone.
install_tools() {
    local folder=target/$1
    shift
    local wanted="$* ${without_dependencies:-}" log=$folder/pip.log pip="$folder/venv/bin/pip --disable-pip-version-check"
    mkdir -p "$folder"
    [ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ] && return
    rm -rf "$folder/venv" "$folder/installed"
    if { python3 -m venv "$folder/venv" &&
        $pip install --quiet "$@" &&
        { [ -z "${without_dependencies:-}" ] || $pip install --quiet --no-deps $without_dependencies; }; } >"$log" 2>&1; then
        echo "$wanted" >"$folder/installed"
        return
    fi
    tools_missing PyPI "$log"
}

# install_npm_tools NAME TOOL@VERSION...: the same from npm, in target/NAME/node_modules.
install_npm_tools() {
    local folder=target/$1
    shift
    local wanted="$*" log=$folder/npm.log
    mkdir -p "$folder"
    [ "$(cat "$folder/npm-installed" 2>/dev/null)" = "$wanted" ] && return
    rm -rf "$folder/node_modules" "$folder/npm-installed"
    if npm install --prefix "$folder" --no-save --no-audit --no-fund "$@" >"$log" 2>&1; then
        echo "$wanted" >"$folder/npm-installed"
        return
    fi
    tools_missing npm "$log"
}

tools_missing() { # registry, log
    case ",${ANDON_REQUIRE:-}," in
    *,verifiers,*)
        tail -n 5 "$2"
        echo "FAILED: the tools cannot be installed from $1, and ANDON_REQUIRE names verifiers (see $2)"
        exit 1
        ;;
    esac
    echo "SKIPPED: the tools cannot be installed from $1 (see $2)"
    exit 0
}
