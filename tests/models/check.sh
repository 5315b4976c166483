#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Lets spin look at all that may happen in each model, and in each of its
# broken variants, those that it names behind "Broken:": the model has to hold,
# every variant has to fail. Says a line for each model.
#
# usage: check.sh DIRECTORY
set -eu

models=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:?usage: check.sh DIRECTORY}"
cd "$1"

variants() {   # model -> the words in capitals behind "Broken:"
    sed -n '/Broken:/,/\*\//p' "$models/$1.pml" |
        grep -oE '\b[A-Z]{2,}(_[A-Z]+)*\b'
}

look() {   # model, variant or nothing -> pan.log
    rm -rf "$1$2"
    mkdir "$1$2"
    cd "$1$2"
    {
        cp "$models/late.pml" "$models/$1.pml" .
        spin -a ${2:+-D"$2"} "$1.pml" &&
            ${CC:-cc} -O1 -w -DSAFETY -DCOLLAPSE -o pan pan.c
    } >spin.log 2>&1 || { cat spin.log >&2; exit 2; }
    timeout 900 ./pan -m1000000 >pan.log 2>&1 || :
    cd ..
}

status=0
for model in inbox wake bell reservation call_order active_tasks; do
    look "$model" ''
    if ! grep -q 'errors: 0$' "$model/pan.log"; then
        grep 'assertion\|invalid\|errors' "$model/pan.log" >&2 || :
        echo "$model: does not hold; spin -t -p shows how" >&2
        status=1
        continue
    fi
    states=$(sed -n 's/ *\([0-9]*\) states, stored.*/\1/p' "$model/pan.log")
    broken=
    for variant in $(variants "$model"); do
        look "$model" "$variant"
        if grep -q 'assertion violated' "$model$variant/pan.log"; then
            broken="$broken $variant"
        else
            echo "$model: holds though it is broken by $variant" >&2
            status=1
        fi
    done
    test -n "$broken" || { echo "$model: no variant fails" >&2; status=1; }
    echo "$model: holds in $states states; fails with$broken"
done
exit $status
