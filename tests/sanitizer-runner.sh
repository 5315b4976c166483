#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What to put before a program that is compiled with a sanitizer. Where the
# kernel spreads addresses more widely than the sanitizer's memory layout
# allows, programs die at their start, some of the time: without the spreading
# they do not. Prints nothing or the words to put before; exit status 3 says that
# neither helps.
#
# usage: sanitizer-runner.sh DIRECTORY FLAGS...
set -eu

program=${1:?usage: sanitizer-runner.sh DIRECTORY FLAGS...}/nothing
shift
echo 'int main(void) { return 0; }' |
    ${CC:-cc} "$@" -fPIE -x c -o "$program" -

# shellcheck disable=SC2086   # none or two words
starts() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
        $1 "$program" >/dev/null 2>&1 || return 1
    done
}

for runner in '' 'setarch -R'; do
    if starts "$runner"; then
        echo "$runner"
        exit 0
    fi
done
exit 3
