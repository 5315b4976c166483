#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The server tests with every MPM, each in PARTS runs, three of all runs side by
# side for each processor: they wait more than they compute. Of what is the same
# with all MPMs each run has its share.
#
# usage: run-server-tests.sh BUILD PROCESSORS COMMAND [ARGUMENT...]
#
# COMMAND is pytest with its arguments. What the runs print goes into
# BUILD/server-MPM-PART.log, their last lines to the standard output; of a run
# that fails, everything.
set -eu

MPMS='event worker prefork'
PARTS=8

build=$1
at_once=$((3 * $2))
shift 2
command=("$@")
runs=()
for part in $(seq $PARTS); do
    for mpm in $MPMS; do
        runs+=("$mpm-$part")
    done
done

# usage: run MPM-PART NUMBER
run() {
    local mpm=${1%-*} part=${1#*-} status=0

    "${command[@]}" --mpm "$mpm" --part "$part/$PARTS" \
        --share "$2/${#runs[@]}" >"$build/server-$1.log" 2>&1 || status=$?
    echo $status >"$build/server-$1.status"
}

number=0
for one in "${runs[@]}"; do
    number=$((number + 1))
    while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do
        wait -n || true              # its status is in a file
    done
    run "$one" $number &
done
wait

failed=
for one in "${runs[@]}"; do
    echo "$one: $(tail -n 1 "$build/server-$one.log")"
    if [ "$(cat "$build/server-$one.status")" != 0 ]; then
        failed=yes
        cat "$build/server-$one.log"
    fi
done
test -z "$failed"
