#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The server tests with httpd under a tool that watches the memory. Of event
# it takes every kind of request and every end of a task, of the other MPMs
# what differs most: the books over all tasks and the end of a child. ALL=1 in
# the environment: all tests on all MPMs; TESTS="store store_http2": these.
#
# usage: check-server.sh asan|tsan|valgrind BUILD-DIRECTORY PYTEST-ARGUMENTS...
# asan, tsan: SANITIZER_RUNNER is what sanitizer-runner.sh printed.
set -eu

tool=${1:?usage: check-server.sh asan|tsan|valgrind BUILD-DIRECTORY}
build=$(cd "${2:?usage: check-server.sh $tool BUILD-DIRECTORY}" && pwd)
shift 2
here=$(cd "$(dirname "$0")" && pwd)
tests=$here/../server

event='abort accounting cancel data failing_tasks graceful held hooks http2
    odd_requests overflow redirects refused_calls retries safety_net
    same_thread snapshot stop store_answers store_kill submit subrequests
    tasks_header tasks_http tasks_program tls'
others='accounting stop'

HTTPD=$here/httpd-$tool.sh
SERVER_PROGRAM=$("$APXS" -q SBINDIR)/$("$APXS" -q PROGNAME)
SANITIZER_RUNNER=${SANITIZER_RUNNER-}
export HTTPD SERVER_PROGRAM SANITIZER_RUNNER

# The tool's run time has to be in the process before httpd itself.
find_runtime() {
    SANITIZER_RUNTIME=$(ldd "$build/mod_crosstown.so" |
        awk '/san[-_.]/ { printf "%s ", $3 }')
    export SANITIZER_RUNTIME
    test -n "$SANITIZER_RUNTIME" || {
        echo "$build/mod_crosstown.so does not name a sanitizer's library;" \
            'CC=gcc does' >&2
        exit 1
    }
}

# The leak detector traces its own process, which not every container allows.
find_leak_detector() {
    DETECT_LEAKS=1
    # shellcheck disable=SC2086   # no word or several
    if ! ASAN_OPTIONS=detect_leaks=1 $SANITIZER_RUNNER "$build/nothing"; then
        DETECT_LEAKS=0
        echo 'leaks: NOT CHECKED, the detector may not trace here' |
            tee -a "$build/not-run"
    fi
    export DETECT_LEAKS
}

# Children read it when they leave, as another user, who may not be let into
# the directory where all this is.
lay_out_suppressions() {
    LEAK_SUPPRESSIONS=$(mktemp)
    trap 'rm -f "$LEAK_SUPPRESSIONS"' EXIT
    cp "$here/leaks.supp" "$LEAK_SUPPRESSIONS"
    chmod 644 "$LEAK_SUPPRESSIONS"
    export LEAK_SUPPRESSIONS
}

run() {
    "$PYTHON" -m pytest -p no:cacheprovider --build "$build" "$@"
}

files() {
    printf "$tests/test_%s.py " "$@"
}

run_all() {
    if [ -n "${ALL-}" ]; then
        run "$tests" "$@"
        return
    fi
    if [ -n "${TESTS-}" ]; then
        # shellcheck disable=SC2046,SC2086   # a word for each file
        run $(files $TESTS) "$@"
        return
    fi
    # Side by side: the tests wait more than they compute.
    # shellcheck disable=SC2046,SC2086   # a word for each file
    run $(files $others) --mpm worker --mpm prefork "$@" \
        >"$build/others.log" 2>&1 &
    runs=$!
    for part in 1/2 2/2; do
        # shellcheck disable=SC2046,SC2086
        run $(files $event) --mpm event --part $part --share $part "$@" \
            >"$build/event-${part%/2}.log" 2>&1 &
        runs="$runs $!"
    done
    for one in $runs; do
        wait "$one" || failed=yes
    done
    cat "$build/others.log" "$build"/event-?.log
}

# Each process that was watched has left a file, empty if all was well.
read_logs() {
    watched=$(find "$VALGRIND_LOGS" -type f | wc -l)
    test "$watched" -gt 0 || failed=yes
    complaints=$(find "$VALGRIND_LOGS" -type f -size +0)
    if [ -n "$complaints" ]; then
        failed=yes
        # shellcheck disable=SC2086   # names without blanks
        head -n 200 $complaints >&2
    fi
    echo "valgrind: $watched processes," \
        "$(printf '%s' "$complaints" | grep -c .) with complaints"
}

failed=
case $tool in
    asan)
        find_runtime
        find_leak_detector
        lay_out_suppressions
        run_all "$@" || failed=yes
        ;;
    tsan)
        find_runtime
        run_all "$@" || failed=yes
        ;;
    valgrind)
        VALGRIND_LOGS=$build/valgrind
        export VALGRIND_LOGS
        rm -rf "$VALGRIND_LOGS"
        mkdir -p "$VALGRIND_LOGS"
        run_all "$@" || failed=yes
        read_logs
        ;;
    *)
        echo "no such tool: $tool" >&2
        exit 2
        ;;
esac
test -z "$failed"
