#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What the layout promises, read from the files and from what was compiled:
# rooms that know APR only do without the server, arrows point down only, the
# module exports its own struct and nothing else, files stay small and say
# their thread and lifetime, and a directive is the same thing in the code, in
# conf-examples/README.md and in conf-examples/all-directives.conf, and is put
# to the test.
#
# usage: check-layout.sh BUILD-DIRECTORY
set -eu

build=$(cd "${1:?usage: check-layout.sh BUILD-DIRECTORY}" && pwd)
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=

complain() {
    echo "check-layout: $*" >&2
    failed=yes
}

module_files=$(ls mod_crosstown.c include/*.h lib/*/*.[ch])

# The compiler has noted every file that it opened.
check_built_without_server() {
    for noted in $(make -s print-APR_SOURCES print-TASKS_APR_SOURCES \
        print-STORE_APR_SOURCES print-FORMATS_APR_SOURCES \
        print-ENGINES_APR_SOURCES print-REDIS_APR_SOURCES \
        print-AMQP_APR_SOURCES); do
        noted=$build/obj/${noted%.c}.d
        if ! test -s "$noted"; then
            complain "$noted is missing: it was not compiled here"
        elif grep -E '/(httpd|ap_[a-z_]+|http_[a-z_]+|util_[a-z]+)\.h' \
            "$noted"; then
            complain "$(basename "$noted" .d).c reads a header of the server"
        fi
    done
}

# An include upwards does not compile, since the compiler is not told where
# the rooms above are; but a path with a room in it would. Rooms beside each
# other, and what has no business in a room below, are named here.
rooms_apart="http2:pool http2:request http2:deferred metrics:http2 metrics:deferred
    metrics:pool deferred:request"
check_arrows() {
    if grep -nE '#include "[^"]*/' lib/*/*.[ch] mod_crosstown.c; then
        complain 'an include names a path: a header is found by its name alone'
    fi
    # shellcheck disable=SC2086,SC2116   # a list of words, on one line
    apart=$(echo $rooms_apart)
    includes=$({ ls lib/*/*.h; grep '#include "' lib/*/*.[ch]; } | awk \
        -F '[/:"]' -v rooms="$(make -s print-ROOMS)" -v apart="$apart" '
        BEGIN {
            for (above = split(rooms, room, " "); above > 1; above--)
                for (i = 1; i < above; i++) barred[room[i] ":" room[above]]
            for (i = split(apart, pair, " "); i > 0; i--) barred[pair[i]]
        }
        !/#include/ { room_of[$3] = $2; next }
        ($2 ":" room_of[$5]) in barred { print }')
    test -z "$includes" || complain "a room includes what is above or" \
        "beside it:
$includes"
    doubled=$(basename -a lib/*/*.h | sort | uniq -d)
    test -z "$doubled" || complain "two headers of one name: $doubled"
}

check_exports() {
    exported=$(nm -D --defined-only "$build/mod_crosstown.so" |
        awk '{ print $NF }')
    test "$exported" = crosstown_module ||
        complain "exports more or less than crosstown_module: $exported"
}

# A public header is one contract, and mostly words.
too_long() {
    # shellcheck disable=SC2086   # a list of words
    wc -l $module_files | awk '$2 != "total" {
        most = $2 ~ /^include\// ? 400 : 350
        if ($1 > most) print $2 " has " $1 " lines (" most ")"
    }'
}

# A file says itself what it does and why; who may call it and how long it
# lives stands in its header, once.
wrong_heads() {
    awk '
    function base(name) { return substr(name, 1, length(name) - 2) }
    BEGIN {
        for (i = 1; i < ARGC; i++)
            if (ARGV[i] ~ /\.h$/) header[base(ARGV[i])] = ARGV[i]
    }
    FNR > 25 { next }
    FILENAME ~ /\.h$/ && /^[ \/]\*.*[^A-Za-z_]Thread: / { thread[FILENAME] }
    FILENAME ~ /\.h$/ && /^[ \/]\*.*[^A-Za-z_]Lifetime: / { lifetime[FILENAME] }
    FILENAME ~ /\.h$/ { next }
    FNR == 2 && /: see [a-z_]*\.h/ {
        print FILENAME " opens with \"see the header\""
    }
    /^ \* (Thread|Lifetime): / && base(FILENAME) in header {
        print FILENAME " says again what " header[base(FILENAME)] " says"
    }
    END {
        for (name in header) {
            if (!(header[name] in thread))
                print header[name] " does not open with its Thread: line"
            if (!(header[name] in lifetime))
                print header[name] " does not open with its Lifetime: line"
        }
    }' lib/*/*.h lib/*/*.c
}

without_licence() {
    # shellcheck disable=SC2046,SC2086   # lists of words
    awk 'FNR <= 2 && /SPDX-License-Identifier: Apache-2.0/ { named[FILENAME] }
        END {
            for (i = 1; i < ARGC; i++)
                if (!(ARGV[i] in named)) print ARGV[i] " has no SPDX line"
        }' $(printf '%s\n' $module_files Makefile tests/*.sh tests/*/*.[ch] \
            conf-examples/*.* |
            grep -vE '^tests/abi/mod_crosstown_|\.png$|\.json$')
}

check_files() {
    for look in too_long wrong_heads without_licence; do
        found=$($look)
        test -z "$found" || complain "$found"
    done
}

# "Name default" of each directive: the rows of the page's table, of four
# columns, have name and arguments in the first one, the default in the second;
# the example has one line each that does not belong to a section.
check_directives() {
    # What consumers are tested with has some of them, too.
    find mod_crosstown.c lib -name "*.c" ! -path "lib/testing/*" \
        -exec cat {} + | tr -s '\n ' '  ' |
        grep -oE 'AP_INIT_[A-Z0-9_]+\( ?"Crosstown[A-Za-z]*"' |
        sed 's/.*"\(.*\)"/\1/' | sort >"$scratch/code"
    # shellcheck disable=SC2016   # the page's own backticks
    sed -n '/^| `Crosstown/ { s/`//g; s/\\|/ /g; p; }' \
        conf-examples/README.md | awk -F ' *[|] *' '
        NF == 6 && $2 ~ /^Crosstown/ { split($2, name, " "); print name[1], $3 }
        ' | sort >"$scratch/page"
    # What has no default is there as a comment.
    sed -n 's/^#\(Crosstown[A-Za-z]*\) .*/\1 none/; /^Crosstown/p' \
        conf-examples/all-directives.conf | sort >"$scratch/example"
    awk '{ print $1 }' "$scratch/example" >"$scratch/example-names"

    test -s "$scratch/code" || complain 'the code has no directive'
    diff "$scratch/code" "$scratch/example-names" ||
        complain 'the code (<) and all-directives.conf (>) differ'
    diff "$scratch/page" "$scratch/example" ||
        complain 'README.md (<) and all-directives.conf (>) differ'
    while read -r directive; do
        grep -qw "$directive" tests/server/test_*.py ||
            complain "no test in tests/server names $directive"
    done <"$scratch/code"
}

# A recursive make for what its caller builds, too, is a race under -j.
check_built_once() {
    make -n BUILD="$scratch/none" all consumers unit-programs \
        testing-programs bench-programs >"$scratch/commands" 2>&1 ||
        complain "make -n: $(tail -n 1 "$scratch/commands")"
    twice=$(grep -o -e ' -o [^ ]*' "$scratch/commands" | sort | uniq -d)
    test -z "$twice" || complain "built twice by one make:$twice"
}

check_built_without_server
check_built_once
check_arrows
check_exports
check_files
check_directives
test -z "$failed"
echo "layout: $(printf '%s\n' "$module_files" | wc -l) module files," \
    "$(wc -l <"$scratch/code") directives"
