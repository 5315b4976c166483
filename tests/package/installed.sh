#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs the packages of a directory into the running system, asks a server
# with them, removes them and looks at what is left. Called by check-deb.sh,
# in a system that is thrown away afterwards.
#
# usage: installed.sh DIRECTORY
set -eu

cd "${1:?usage: installed.sh DIRECTORY}"
module=libapache2-mod-crosstown
mods=/etc/apache2/mods-available

fail() {
    echo "check-deb: $*" >&2
    tail -n 20 apt.log /var/log/apache2/error.log >&2 || :
    exit 1
}

apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" \
        >>apt.log 2>&1 || fail "apt-get $*"
}

# A server that no script of a package starts or stops.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
if ! dpkg -s apache2 curl pkg-config >/dev/null 2>&1; then
    apt update
    apt install --yes --no-install-recommends apache2 curl pkg-config
fi
port=$("${PYTHON:-/usr/bin/python3}" -c 'import socket
probe = socket.socket(); probe.bind(("127.0.0.1", 0))
print(probe.getsockname()[1])')
echo "Listen 127.0.0.1:$port" >/etc/apache2/ports.conf
echo 'ServerName localhost' >/etc/apache2/conf-enabled/name.conf
echo 'the sea' >/var/www/html/holiday
: >/var/log/apache2/error.log

answers() {   # with the postcard of a task, or without
    apache2ctl start || fail 'the server does not start'
    said=$(curl -sS --retry 20 --retry-connrefused --retry-delay 1 -A aunt \
        --max-time 30 "http://127.0.0.1:$port/holiday") || fail 'no answer'
    apache2ctl stop || fail 'the server does not stop'
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
        test -e /var/run/apache2/apache2.pid || break
        sleep 1
    done
    test "$said" = 'the sea' || fail "the server answers '$said'"
    cards=$(grep -c 'postcard: /holiday, .*was read by aunt' \
        /var/log/apache2/error.log) || :
    test "$cards" = "$1" || fail "$cards postcards, not $1"
}

all_are_enabled() {
    for mod in crosstown crosstown_tasks crosstown_store crosstown_redis \
        crosstown_amqp; do
        a2query -q -m "$mod" || fail "$mod is installed, but not enabled"
        apache2ctl -M 2>&1 | grep -q "${mod}_module" ||
            fail "$mod is enabled, not loaded"
    done
}

# The one package that there was before, edited, and these in its place.
sh as-before.sh "$module" tasks store redis amqp >>apt.log 2>&1 ||
    fail 'as-before.sh'
apt install --yes --no-install-recommends ./before/*.deb
all_are_enabled
echo 'CrosstownQueue 4711' >>$mods/crosstown.conf
echo '# mine' >>$mods/crosstown_store.load
apt install --yes --no-install-recommends ./*.deb
all_are_enabled
grep -qx 'CrosstownQueue 4711' $mods/crosstown.conf ||
    fail 'the edited configuration is gone'
grep -qx '# mine' $mods/crosstown_store.load ||
    fail 'the edited .load is gone'
answers 0
apt purge --yes $module $module-dev
echo 'check-deb: took the place of the one before, edited files stayed'

# The same, but nothing that is only recommended comes with it.
apt install --yes --no-install-recommends ./before/*.deb
all_are_enabled
apt install --yes --no-install-recommends ./${module}_*.deb
for part in tasks store redis amqp; do
    a2query -q -m crosstown_$part && fail "crosstown_$part has no file"
    grep -q "mod_crosstown_$part is not in this package any more" apt.log ||
        fail "nobody says that crosstown_$part is gone"
done
a2query -q -m crosstown || fail 'crosstown is not enabled any more'
answers 0
apt install --yes --no-install-recommends ./*.deb
all_are_enabled
answers 0
apt purge --yes $module $module-dev
echo 'check-deb: starts without the parts of it, which come later'

apt install --yes --no-install-recommends ./*.deb
all_are_enabled
dpkg --verify $module $module-dev || fail 'files are not as packed'
grep -q '^#<Location' $mods/crosstown.conf || fail 'no commented Location'
files=$(dpkg -L $module $module-dev)
for file in prometheus-alerts.yml grafana-dashboard.json status.conf; do
    dpkg -L $module | grep -q "/conf-examples/$file\$" || fail "no $file"
done
for package in $module $module-dev; do
    for page in README.md conf-examples/README.md include/README.md \
        conf-examples/mod_postcard.c; do
        dpkg -L "$package" | grep -qx "/usr/share/doc/$package/$page" ||
            fail "$package does not bring $page"
    done
done
echo 'check-deb: installed and enabled'

# A consumer that knows what is installed, and nothing else.
apxs -c mod_postcard.c >>apt.log 2>&1 || fail 'apxs -c mod_postcard.c'
apxs -i -a -n postcard mod_postcard.la >>apt.log 2>&1 || fail 'apxs -i'
answers 1
echo 'check-deb: answers, and the task has run'

# shellcheck disable=SC2046   # flags are a list of words
cc mod_postcard.c postcard_test.c -o postcard_test \
    $(pkg-config --cflags --libs crosstown) >>apt.log 2>&1 ||
    fail 'the testing library does not link'
./postcard_test >/dev/null || fail 'the unit test without a server'
echo 'check-deb: a consumer and its unit test are built with it'

a2dismod -q crosstown_amqp crosstown_redis crosstown_store crosstown_tasks \
    crosstown
answers 1
a2enmod -q crosstown_store crosstown_redis crosstown_amqp
answers 2
echo 'check-deb: disabled and enabled again'

# A module's library goes without the others.
apt remove --yes $module-redis
a2query -q -m crosstown_redis && fail 'crosstown_redis is still enabled'
a2query -q -m crosstown_amqp || fail 'crosstown_amqp is not enabled any more'
answers 3
echo 'check-deb: one part removed'

apt remove --yes $module $module-dev
for mod in crosstown crosstown_tasks crosstown_store crosstown_redis \
    crosstown_amqp; do
    a2query -q -m $mod && fail "$mod is removed, but still enabled"
done
test -e $mods/crosstown.conf || fail 'removed together with its configuration'
answers 3
echo 'check-deb: removed, and the server answers'

apt purge --yes $module $module-tasks $module-store $module-redis \
    $module-amqp
for file in $files; do
    test -d "$file" || test ! -e "$file" || fail "$file is left"
done
test -z "$(ls /etc/apache2/mods-*/crosstown* 2>/dev/null)" ||
    fail 'its configuration is left'
echo 'check-deb: purged, no file of it is left'
