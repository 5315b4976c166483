#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The public headers, as a consumer meets them: each alone, in every language
# a module may be written in, and the released API unchanged, in the source
# and in the compiled numbers.
#
# shellcheck disable=SC2086   # flags are lists of words
#
# usage: check-headers.sh DIRECTORY     (for what is compiled on the way)
set -eu

out=${1:?usage: check-headers.sh DIRECTORY}
CC=${CC:-cc}
CXX=${CXX:-c++}
APXS=${APXS:-apxs}
apr_config=$($APXS -q APR_CONFIG)
apu_config=$($APXS -q APU_CONFIG)
cd "$(dirname "$0")/.."
mkdir -p "$out"

# Only our text is on trial: the headers of APR and of the server are system
# headers here, where a pedantic compiler keeps quiet.
others=$($apr_config --cppflags --includes; $apu_config --includes)
others="$others -I$($APXS -q INCLUDEDIR)"
others=$(printf '%s' "$others" | tr '\n' ' ' |
    sed 's#-I */usr/include ##; s#-I#-isystem #g')
strict="-pedantic -Wall -Wextra -Werror"
# A header's function need not be used by who includes it.
strict="$strict -Wno-unused-function"

compile() {   # compiler and flags...; the text is read from stdin
    "$@" $strict -Iinclude $others -c -o "$out/header.o" -
}

twice() {   # a header's name -> a text that includes it two times
    printf '#include "%s"\n#include "%s"\nextern int x;\n' "$1" "$1"
}

for std in c89 c99 c11 c17 c++11 c++17; do
    case $std in
        c++*) compiler="$CXX -x c++" ;;
        *) compiler="$CC -x c" ;;
    esac
    for header in include/*.h; do
        twice "$(basename "$header")" | compile $compiler -std=$std
    done
    compile $compiler -std=$std <tests/abi/client.c
    echo "include/*.h: $std"
done

libs=$($apu_config --link-ld; $apr_config --link-ld --libs)
build_consumer() {   # header name, program
    $CC -std=c99 -pedantic -Wall -Wextra -Werror \
        "-DCROSSTOWN_HEADER=\"$1\"" -Iinclude -Itests/abi $others \
        tests/abi/consumer.c -o "$2" $libs
    "$2" >"$2.txt"
}

build_consumer mod_crosstown.h "$out/present"
for released in tests/abi/mod_crosstown_*.h; do
    name=$(basename "$released" .h)
    build_consumer "$name.h" "$out/$name"
    if ! diff -u "$out/$name.txt" "$out/present.txt"; then
        echo "a consumer compiled with $name.h no longer fits" >&2
        exit 1
    fi
    echo "$name: the same consumer, the same numbers"
done
