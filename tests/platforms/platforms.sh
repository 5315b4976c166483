#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Compiles mod_crosstown.so and the unit programs for other platforms, without a
# warning, and runs the programs here, against Debian's libraries of that
# architecture: i386 on an x86-64 processor as it is, others by qemu's emulation
# of user programs; musl with an APR built from Debian's source package. Nothing
# is installed: all lies below BUILD/platforms. Says a line for each platform,
# and fails if a program did.
#
# An emulated processor keeps the order of memory of the real one below it.
#
#   portable  this machine, with POSIX only (lib/base/platform.h)
#   clang     this machine, compiled by clang
#   fortify   this machine, with the C library's strictest checks of sizes
#   i386 arm64 s390x  as Debian calls them; the last one is big-endian
#   musl      this processor
#
# usage: platforms.sh BUILD-DIRECTORY PLATFORM...
#
# shellcheck disable=SC2046,SC2086   # many lists of words
set -eu

build=${1:?usage: platforms.sh BUILD-DIRECTORY PLATFORM...}
shift
cd "$(dirname "$0")/../.."
mkdir -p "$build/platforms"
all=$(cd "$build/platforms" && pwd)
libraries='libapr1 libapr1-dev libaprutil1 libaprutil1-dev libcmocka0
    libcmocka-dev libsqlite3-0 libsqlite3-dev libexpat1 libcrypt1 libuuid1'
defines='-D_GNU_SOURCE -D_REENTRANT -D_LARGEFILE64_SOURCE'
# A hundredth of the speed, and other things to do.
most=1800

# Each platform sets these.
nothing() {
    compiler='' include='' link='' runner='' cannot=''
}

triplet() {
    case $1 in
        i386) echo i686-linux-gnu i386-linux-gnu i386 ;;
        arm64) echo aarch64-linux-gnu aarch64-linux-gnu aarch64 ;;
        s390x) echo s390x-linux-gnu s390x-linux-gnu s390x ;;
        *) echo "no such platform: $1" >&2; exit 2 ;;
    esac
}

# Debian's libraries of another architecture, from wherever this machine has
# its packages.
fetch_libraries() {   # architecture, directory
    test ! -e "$2/root/done" || return 0
    mkdir -p "$2/lists/partial" "$2/cache/archives/partial" "$2/debs"
    apt="apt-get -qq -o Dir::State::lists=$2/lists -o Dir::Cache=$2/cache
        -o APT::Architectures::=$(dpkg --print-architecture)
        -o APT::Architectures::=$1 -o APT::Sandbox::User=root"
    (
        $apt update || echo "going on with what was found" >&2
        cd "$2/debs"
        $apt download $(printf "%s:$1 " $libraries)
    )
    for package in "$2"/debs/*.deb; do
        dpkg -x "$package" "$2/root"
    done
    touch "$2/root/done"
}

use_debian() {   # architecture
    set -- "$1" $(triplet "$1")
    fetch_libraries "$1" "$all/$1"
    libs="$all/$1/root/usr/lib/$3"
    compiler=$2-gcc
    include="-I$all/$1/root/usr/include/apr-1.0 -I$all/$1/root/usr/include"
    link="-L$libs -Wl,-rpath-link,$libs:$all/$1/root/lib/$3 -laprutil-1 -lapr-1"
    libs=$libs:$all/$1/root/lib/$3:/usr/$2/lib
    if test "$(uname -m) $1" = 'x86_64 i386'; then
        runner="/usr/$2/lib/ld-linux.so.2 --library-path $libs"
    else
        runner="qemu-$4 -L /usr/$2 -E LD_LIBRARY_PATH=$libs"
        # It forgets a robust mutex of a process that was killed, its own memory
        # is counted with the program's, and its posix_spawn() says of what
        # cannot be started that it was.
        cannot='test_store_count test_unique_keys test_threads_memory'
        cannot="$cannot test_launch"
    fi
}

fetch_source() {   # package, directory
    mkdir -p "$2/lists/partial"
    # shellcheck disable=SC2016   # apt-get's own variables
    apt-get indextargets --format 'deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' 'Component: main' | grep debian |
        sort -u >"$2/sources.list"
    for action in update "source --download-only $1"; do
        (cd "$2" && apt-get -qq -o Dir::State::lists="$2/lists" \
            -o Dir::Etc::sourcelist="$2/sources.list" \
            -o Dir::Etc::sourceparts=- -o APT::Sandbox::User=root $action)
    done
    mkdir -p "$2/$1"
    for archive in "$2/$1"_*.orig.tar.*z*; do
        case $archive in *.asc) continue ;; esac
        tar -xf "$archive" -C "$2/$1" --strip-components=1
    done
}

# Libraries that are shared, since a test may put a function of its own in the
# place of one of theirs. Of APR-util there is what is asked for.
build_for_musl() {   # directory
    test ! -e "$1/done" || return 0
    for package in apr apr-util cmocka sqlite3; do
        fetch_source "$package" "$1"
    done
    (
        cd "$1/apr"
        CC=musl-gcc ./configure --quiet --disable-static --disable-dso \
            --prefix="$1/apr-installed" ac_cv_file__dev_zero=yes
        make -s -j2 && make -s install
    ) >"$1/apr.log" 2>&1
    cp "$1"/apr-util/include/*.h "$1/apr-installed/include/apr-1/"
    sed 's/@[a-z_0-9]*@/0/g' "$1/apr-util/include/apu.h.in" \
        >"$1/apr-installed/include/apr-1/apu.h"
    musl="musl-gcc -shared -fPIC -O2 -w $defines"
    $musl -I"$1/apr-installed/include/apr-1" -o "$1/libaprutil-1.so" \
        "$1"/apr-util/misc/apr_thread_pool.c "$1"/apr-util/encoding/apr_base64.c \
        "$1"/apr-util/crypto/apr_sha1.c "$1"/apr-util/crypto/apr_siphash.c
    $musl -DHAVE_MALLOC_H=1 -DHAVE_INTTYPES_H=1 -DHAVE_STDINT_H=1 \
        -DHAVE_SIGNAL_H=1 -DHAVE_STRSIGNAL=1 -DHAVE_STRUCT_TIMESPEC=1 \
        -I"$1/cmocka/include" -o "$1/libcmocka.so" "$1/cmocka/src/cmocka.c"
    (
        cd "$1/sqlite3"
        ./configure --quiet && make -s sqlite3.c
    ) >"$1/sqlite3.log" 2>&1
    $musl -DSQLITE_THREADSAFE=1 -o "$1/libsqlite3.so" "$1/sqlite3/sqlite3.c"
    touch "$1/done"
}

use_musl() {
    build_for_musl "$all/musl"
    compiler='musl-gcc'
    include="-I$all/musl/apr-installed/include/apr-1"
    include="$include -I$all/musl/cmocka/include -I$all/musl/sqlite3"
    libs=$all/musl:$all/musl/apr-installed/lib
    link="-L$all/musl -L$all/musl/apr-installed/lib -laprutil-1 -lapr-1"
    runner="env LD_LIBRARY_PATH=$libs"
}

make_all() {   # platform, settings... -> BUILD/platforms/PLATFORM/unit/*
    platform=$1
    shift
    $SUBMAKE -k BUILD="$all/$platform" WERROR=-Werror "$@" \
        "$all/$platform/mod_crosstown.so" unit-programs
}

make_programs() {   # platform
    case $1 in
        portable) make_all "$1" PORTABLE=1 ;;
        clang) make_all "$1" CC=clang ;;
        fortify)
            make_all "$1" \
                SERVER_CPPFLAGS='-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3' ;;
        *)
            make_all "$1" CC="$compiler" LTO_FOUND= SERVER_CFLAGS='-g -O2' \
                SERVER_CPPFLAGS= APR_CPPFLAGS="$defines $include" \
                APR_LIBS="$link" ;;
    esac
}

run_programs() {   # platform -> a line
    passed=0 failed=
    for program in "$all/$1"/unit/test_*; do
        case $program in *.log) continue ;; esac
        case " $cannot " in *" ${program##*/} "*) continue ;; esac
        if timeout "$most" $runner "$program" >"$program.log" 2>&1; then
            passed=$((passed + 1))
        else
            failed="$failed $(basename "$program")"
            grep -A3 ERROR "$program.log" | head -n 20 || tail "$program.log"
        fi
    done
    echo "$1: compiled without a warning, $passed unit programs passed" \
        "${cannot:+($cannot cannot run there)}"
    test -z "$failed" || { echo "$1: failed:$failed" >&2; return 1; }
}

status=0
for platform in "$@"; do
    nothing
    case $platform in
        portable | clang | fortify) ;;
        musl) use_musl ;;
        *) use_debian "$platform" ;;
    esac
    if ! make_programs "$platform" >"$all/$platform.log" 2>&1; then
        grep -E -A3 'error|warning' "$all/$platform.log" | head -n 40 >&2
        echo "$platform: does not compile" >&2
        status=1
    elif ! run_programs "$platform"; then
        status=1
    fi
done
exit $status
