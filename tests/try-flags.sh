#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# try-flags.sh FLAG...: print the flags if the compiler can make a shared
# object with them, else nothing.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo 'int tried(void); int tried(void) { return 0; }' >"$scratch/try.c"
if ${CC:-cc} "$@" -Werror -fPIC -c "$scratch/try.c" -o "$scratch/try.o" 2>/dev/null &&
    ${CC:-cc} "$@" -Werror -shared "$scratch/try.o" \
        -o "$scratch/try.so" 2>/dev/null
then
    echo "$@"
fi
