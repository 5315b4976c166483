#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs what `make`, `make demo`, `make check`, `make check-backends`, `make
# check-engines`, `make bench`, `make deb` or `make lint` needs and this machine has not. Quiet and
# without the network where nothing is missing. The package `apache2` is not
# among them: it would start a server; what else would is told not to.
#
# usage: install-packages.sh build|demo|check|backends|engines|bench|deb|platforms|
#     models|lint
#
# shellcheck disable=SC2086   # package lists are lists of words
set -eu

APXS=${APXS:-apxs}
PYTHON=${PYTHON:-/usr/bin/python3}
CC=${CC:-cc}
CXX=${CXX:-c++}

build='gcc libc6-dev apache2-dev apache2-bin libapr1-dev libaprutil1-dev'
demo="$build libcurl4-openssl-dev libssl-dev libsqlite3-dev libhiredis-dev
    librabbitmq-dev python3"
check="$demo g++ binutils libcmocka-dev python3-pytest python3-h2
    nghttp2-client openssl curl pkg-config cmark-gfm
    php-cgi php-fpm sqlite3 redis-server python3-rq"
backends="$check libapache2-mod-php libapache2-mod-wsgi-py3
    libapache2-mod-perl2 gunicorn python3-uvicorn python3-django uwsgi-core
    uwsgi-plugin-python3 nodejs puma ruby-rack mariadb-server-core php-cli
    php-mysql"
engines="$check redis-sentinel rabbitmq-server ruby-sidekiq ruby-activejob
    ruby-actionpack puma python3-celery python3-django php-cli php-redis
    php-laravel-framework nodejs npm debootstrap"
bench="$demo nghttp2-client valgrind php-fpm php-cli libapache2-mod-php
    uwsgi-core uwsgi-plugin-python3 redis-server php-redis rabbitmq-server
    python3-amqp"
deb="$demo build-essential debhelper dh-apache2 lintian rpmlint rpm"
platforms="$check gcc-i686-linux-gnu gcc-aarch64-linux-gnu
    gcc-s390x-linux-gnu libc6-dev-i386-cross libc6-dev-arm64-cross
    libc6-dev-s390x-cross qemu-user musl-tools tcl clang"
models='gcc libc6-dev spin'
lint="$check clang-tidy clang-format cppcheck shellcheck python3-pyflakes"

case ${1-} in
    build) wanted=$build ;;
    demo) wanted=$demo ;;
    check) wanted=$check ;;
    backends) wanted=$backends ;;
    engines) wanted=$engines ;;
    bench) wanted=$bench ;;
    deb) wanted=$deb ;;
    platforms) wanted=$platforms ;;
    models) wanted=$models ;;
    lint) wanted=$lint ;;
    *) echo "usage: $0 build|demo|check|backends|engines|bench|deb|platforms" \
            "or models or lint" >&2; exit 2 ;;
esac

has_header() {   # cmocka.h wants the others before it
    printf '#include <%s>\n' stdarg.h stddef.h stdint.h setjmp.h "$1" |
        $CC -x c -fsyntax-only -
}

server() {
    command -v apache2 || command -v httpd ||
        "$($APXS -q SBINDIR)/$($APXS -q PROGNAME)" -v
}

has_module() {
    test -f "$($APXS -q LIBEXECDIR)/$1.so"
}

# Is what the package brings there, from wherever it came?
works() {
    case $1 in
        gcc) command -v "$CC" ;;
        g++) command -v "$CXX" ;;
        libc6-dev) has_header stdio.h ;;
        apache2-dev) $APXS -q INCLUDEDIR ;;
        apache2-bin) server ;;
        libapr1-dev) $($APXS -q APR_CONFIG) --includes ;;
        libaprutil1-dev) $($APXS -q APU_CONFIG) --includes ;;
        libcurl4-openssl-dev) curl-config --libs ;;
        libssl-dev) has_header openssl/hmac.h ;;
        libsqlite3-dev) has_header sqlite3.h ;;
        sqlite3) sqlite3 --version ;;
        libhiredis-dev) has_header hiredis/hiredis.h ;;
        librabbitmq-dev) has_header rabbitmq-c/ssl_socket.h ||
            has_header amqp_ssl_socket.h ;;
        redis-server) command -v redis-server ;;
        python3-rq) "$PYTHON" -c 'import redis, rq' ;;
        redis-sentinel) command -v redis-sentinel ;;
        rabbitmq-server) ls /usr/lib/rabbitmq/bin/rabbitmq-server ;;
        ruby-sidekiq) command -v sidekiq ;;
        ruby-activejob) ruby -e 'require "active_job"' ;;
        ruby-actionpack) ruby -e 'require "action_controller"' ;;
        python3-celery) "$PYTHON" -c 'import celery' ;;
        python3-amqp) "$PYTHON" -c 'import amqp' ;;
        php-redis) php -r 'exit(extension_loaded("redis") ? 0 : 1);' ;;
        php-laravel-framework) ls /usr/share/php/Illuminate/Queue ;;
        npm) npm --version ;;
        libcmocka-dev) has_header cmocka.h ;;
        binutils) nm --version ;;
        python3) "$PYTHON" -c 'import asyncio, sqlite3, ssl' ;;
        python3-pytest) "$PYTHON" -c 'import pytest' ;;
        python3-h2) "$PYTHON" -c 'import h2' ;;
        nghttp2-client) h2load --version ;;
        pkg-config) pkg-config --version ;;
        cmark-gfm) cmark-gfm --version ;;
        php-cgi) php-cgi -v ;;
        php-cli) php -v ;;
        php-fpm) ls /usr/sbin/php-fpm* ;;
        libapache2-mod-php) ls "$($APXS -q LIBEXECDIR)"/libphp*.so ;;
        libapache2-mod-wsgi-py3) has_module mod_wsgi ;;
        libapache2-mod-perl2) has_module mod_perl ;;
        python3-uvicorn) "$PYTHON" -c 'import uvicorn' ;;
        python3-django) "$PYTHON" -c 'import django' ;;
        uwsgi-plugin-python3) ls /usr/lib/uwsgi/plugins/python3_plugin.so ;;
        nodejs) node --version ;;
        ruby-rack) ruby -e 'require "rack"' ;;
        php-mysql) php -r 'exit(function_exists("mysqli_init") ? 0 : 1);' ;;
        mariadb-server-core) ls /usr/sbin/mariadbd ;;
        gunicorn | puma | uwsgi-core) command -v "$1" ;;
        gcc-*-linux-gnu) command -v "${1#gcc-}-gcc" ;;
        libc6-dev-*-cross) dpkg -s "$1" ;;
        qemu-user) qemu-aarch64 --version ;;
        tcl) command -v tclsh ;;
        musl-tools) command -v musl-gcc ;;
        valgrind) valgrind --version ;;
        debhelper) command -v dh ;;
        dh-apache2) command -v dh_apache2 ;;
        build-essential) dpkg -s build-essential ;;
        lintian) lintian --version ;;
        rpmlint) command -v rpmlint ;;
        rpm) rpm --version ;;
        python3-pyflakes) "$PYTHON" -m pyflakes --version ;;
        spin) spin -V ;;
        clang | openssl | curl | debootstrap) command -v "$1" ;;
        clang-tidy) command -v "${CLANG_TIDY:-clang-tidy}" ;;
        clang-format) command -v "${CLANG_FORMAT:-clang-format}" ;;
        cppcheck) command -v "${CPPCHECK:-cppcheck}" ;;
        shellcheck) command -v "${SHELLCHECK:-shellcheck}" ;;
        *) return 1 ;;
    esac >/dev/null 2>&1
}

missing() {   # package... -> those that are not there
    for package in "$@"; do
        works "$package" || printf '%s ' "$package"
    done
}

lacking=$(missing $wanted)
test -n "$lacking" || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    as_root=sudo
fi
if ! command -v apt-get >/dev/null; then
    echo "missing, by the names that Debian gives them: $lacking" >&2
    exit 1
fi
if [ -n "$as_root" ] && ! command -v sudo >/dev/null; then
    echo "missing; as root: apt-get install --no-install-recommends $lacking" >&2
    exit 1
fi

apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq \
        -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 "$@"
}

# php-fpm and redis-server would come with a server that runs.
policy=/usr/sbin/policy-rc.d
no_services() {
    test ! -e "$policy" || return 0
    trap '$as_root rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
}

install() {
    apt install --yes --no-install-recommends $lacking >/dev/null
}

no_services
echo "installing (this takes some minutes): $lacking"
if ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1; then
    install || { apt update && install; }
else
    apt update
    install
fi

lacking=$(missing $wanted)
if [ -n "$lacking" ]; then
    echo "still missing after the installation: $lacking" >&2
    exit 1
fi
