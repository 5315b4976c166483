# SPDX-License-Identifier: Apache-2.0
"""What a server of a test's own has from this machine: a user for its
children, ports, and a certificate."""

import contextlib
import grp
import os
import pwd
import socket
import subprocess


def user_lines():
    """Who the children are: nobody special, if root starts the server."""
    if os.geteuid() != 0:
        return ""
    for user in ("www-data", "apache", "daemon", "nobody"):
        try:
            entry = pwd.getpwnam(user)
        except KeyError:
            continue
        return "User %s\nGroup %s" % (user, grp.getgrgid(entry.pw_gid).gr_name)
    raise AssertionError("no user to run the server's children as")


def free_ports(count):
    """All are held until each is there, so that no two are the same."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def free_port():
    return free_ports(1)[0]


def make_certificate(directory):
    """A certificate for localhost, and its key, in one file."""
    path, key = directory / "localhost.pem", directory / "localhost.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "2", "-subj", "/CN=localhost", "-addext",
         "basicConstraints=critical,CA:FALSE", "-keyout", str(key), "-out",
         str(path)], check=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=60)
    path.write_text(path.read_text() + key.read_text())
    return path
