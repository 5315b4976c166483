#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Every test that tests/unit/TWISTED names is there, and is run by its program.
#
# usage: check-twisted.sh
set -eu

cd "$(dirname "$0")/unit"
failed=

complain() {
    echo "check-twisted: $*" >&2
    failed=yes
}

lines=$(grep -v '^#' TWISTED)
applicable=0
while read -r theirs ours reason; do
    case $ours in
        n/a) test -n "$reason" || complain "$theirs: why not?" ; continue ;;
    esac
    applicable=$((applicable + 1))
    file=$(grep -l "^static void $ours(void \*\*state)\$" test_*.c) ||
        { complain "$theirs: there is no $ours()"; continue; }
    grep -q "^ *with_[a-z]*($ours),\$" "$file" ||
        complain "$file does not run $ours()"
done <<EOF
$lines
EOF
test -z "$failed"
echo "twisted: $(echo "$lines" | wc -l) tests there," \
    "$applicable apply, $applicable asked here"
