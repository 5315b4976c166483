#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Puts other releases of Debian into a directory, each with the workers that it
# has, which are of other versions than those of this machine. From where this
# machine's own packages come. What cannot be fetched is left out, and said.
#
# usage: get-release.sh DIRECTORY RELEASE...
set -eu

workers='ruby-sidekiq ruby-activejob python3-celery python3-redis python3-rq
    php-cli php-redis php-laravel-framework'
directory=$1
shift

mirror() {
    # shellcheck disable=SC2016   # apt's own
    apt-get indextargets --format '$(SITE)' 'Created-By: Packages' \
        'Component: main' | head -n 1
}

# debootstrap knows those that were there when it was made.
script() {   # release
    test -e "/usr/share/debootstrap/scripts/$1" || echo sid
}

fill() {   # release, root
    # shellcheck disable=SC2046   # a script or none
    debootstrap --variant=minbase "$1" "$2" "$(mirror)" $(script "$1") ||
        return 1
    apt-config dump | grep -E '^Acquire::(https?|Check|Retries)' \
        >"$2/etc/apt/apt.conf.d/as-outside" || :
    printf '#!/bin/sh\nexit 101\n' >"$2/usr/sbin/policy-rc.d"
    chmod 755 "$2/usr/sbin/policy-rc.d"
    # shellcheck disable=SC2086   # a list of words
    chroot "$2" sh -ec '
        export DEBIAN_FRONTEND=noninteractive
        apt-get -qq update
        apt-get -qq install --yes --no-install-recommends "$@"
        apt-get clean' sh $workers
}

for release in "$@"; do
    root=$directory/$release
    test ! -e "$root/workers" || continue
    if [ "$(id -u)" -ne 0 ] || ! command -v debootstrap >/dev/null; then
        echo "the workers of $release: needs root and debootstrap"
        continue
    fi
    echo "fetching Debian $release with its workers (this takes some minutes)"
    mkdir -p "$directory"
    rm -rf "${root:?}"
    if fill "$release" "$root" >"$root.log" 2>&1; then
        chroot "$root" dpkg-query --show >"$root/workers"
    else
        echo "Debian $release cannot be fetched: $root.log"
        rm -rf "${root:?}"
    fi
done
