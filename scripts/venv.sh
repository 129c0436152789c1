# Sourced by the scripts that need tools from PyPI.
# install_tools NAME TOOL==VERSION...: makes target/NAME/venv with these tools, once. If they cannot be installed, the
# script ends: as a failure if ANDON_REQUIRE names `verifiers`, else with 0 and a line "SKIPPED: ...".
install_tools() {
    local folder=target/$1
    shift
    local wanted="$*" log=$folder/pip.log
    mkdir -p "$folder"
    [ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ] && return
    rm -rf "$folder/venv" "$folder/installed"
    if { python3 -m venv "$folder/venv" &&
        "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "$@"; } >"$log" 2>&1; then
        echo "$wanted" >"$folder/installed"
        return
    fi
    case ",${ANDON_REQUIRE:-}," in
    *,verifiers,*)
        tail -n 5 "$log"
        echo "FAILED: the tools cannot be installed from PyPI, and ANDON_REQUIRE names verifiers (see $log)"
        exit 1
        ;;
    esac
    echo "SKIPPED: the tools cannot be installed from PyPI (see $log)"
    exit 0
}
