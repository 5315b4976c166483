#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The manual lists the server's functions that the library has, all of them
# and no other, and each one gives way to a test's own.
#
# usage: check-stand-ins.sh LIBRARY
set -eu

library=${1:?usage: check-stand-ins.sh LIBRARY}
manual=$(dirname "$0")/../../lib/install/man/crosstown_testing.3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

nm -g --defined-only "$library" | awk '$3 ~ /^ap_/ { print $3, $2 }' |
    sort -u >"$scratch/symbols"
if grep -v ' [VW]$' "$scratch/symbols"; then
    echo 'check-stand-ins: these are not weak' >&2
    exit 1
fi

# Two lists, each ended by a request of the formatter: names of functions,
# names of hooks.
sed -n '/^\.SH STAND-INS/,/^\.SH EXAMPLES/p' "$manual" | tr -d ',' | awk '
    /^\.PP/ { ++lists; next }
    /^\./ { next }
    lists == 1 { for (i = 1; i <= NF; ++i) print $i }
    lists == 3 {
        for (i = 1; i <= NF; ++i) {
            print "ap_hook_" $i; print "ap_hook_get_" $i; print "ap_run_" $i
        }
    }' | sort >"$scratch/manual"
cut -d ' ' -f 1 "$scratch/symbols" >"$scratch/library"
test -s "$scratch/library"
if ! diff "$scratch/library" "$scratch/manual"; then
    echo 'check-stand-ins: the library (<) and its manual (>) differ' >&2
    exit 1
fi
echo "stand-ins: $(wc -l <"$scratch/library") functions, as the manual says"
