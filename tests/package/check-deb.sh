#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# lintian finds no error and no warning in the packages, and on a Debian they
# install, take the place of the one package that was before 1.3.1, are
# enabled, answer, and go again. That Debian is a throw-away copy of this one:
# its own root, where writing does not reach the files below, and its own
# processes. Where the kernel does not allow that, and the whole system is to
# be thrown away anyway, say THROW_AWAY=yes to use it as it is.
#
# usage: check-deb.sh DIRECTORY      (where build-deb.sh put the packages)
set -eu

packages=$(cd "${1:?usage: check-deb.sh DIRECTORY}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)

# Which distribution and which bug of it: that is for who uploads.
lintian --fail-on error,warning --suppress-tags \
    bad-distribution-in-changes-file,initial-upload-closes-no-bugs \
    --allow-root "$packages"/*.changes

if [ "$(id -u)" -ne 0 ]; then
    echo 'check-deb: only root can install packages, even into a copy' >&2
    exit 1
fi
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$copy/mnt"
for package in "$packages"/*.deb; do
    case $package in
    *-dbgsym_*) ;;
    *) cp "$package" "$copy" ;;
    esac
done
cp "$here/installed.sh" "$here/as-before.sh" \
    "$here/../install/postcard_test.c" \
    "$here/../../conf-examples/mod_postcard.c" "$copy"
if [ "${THROW_AWAY:-}" = yes ]; then
    sh "$copy/installed.sh" "$copy"
    exit
fi

# Everything below the mount namespace goes with its first process.
# shellcheck disable=SC2016   # $1 is the inner shell's
timeout 600 unshare --mount --pid --fork --kill-child sh -eu -c '
    mount -t tmpfs tmpfs "$1/mnt"
    mkdir "$1/mnt/changed" "$1/mnt/work" "$1/mnt/root"
    mount -t overlay -o \
        "lowerdir=/,upperdir=$1/mnt/changed,workdir=$1/mnt/work" \
        overlay "$1/mnt/root"
    mount -t proc proc "$1/mnt/root/proc"
    mount --rbind /dev "$1/mnt/root/dev"
    mkdir -p "$1/mnt/root$1"
    cp "$1"/*.* "$1/mnt/root$1"
    exec chroot "$1/mnt/root" sh "$1/installed.sh" "$1"
' throw-away "$copy"
