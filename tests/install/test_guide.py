# SPDX-License-Identifier: Apache-2.0
"""include/README.md, done as it says: its files written, its commands run, in
an empty directory, with nothing but what was installed."""

import os
import re
import shutil

import pytest

from httpd import apxs
from root import TREE, InstalledServer, run

GUIDE = TREE / "include" / "README.md"
BLOCK = re.compile(r"^```(?:c file=(\S+)|sh (run))\n(.*?)^```$", re.M | re.S)
CONFIGURATION = re.compile(r"^```apache guide\n(.*?)^```$", re.M | re.S)


@pytest.fixture
def desk(installed, tmp_path):
    """An empty directory; the compiler and pkg-config look into the root, as
    they would look into /usr."""
    path = tmp_path / "desk"
    path.mkdir()
    tools = tmp_path / "tools"
    tools.mkdir()
    wrapper = tools / "pkg-config"
    wrapper.write_text('#!/bin/sh\nexec %s --define-variable=prefix=%s "$@"\n'
                       % (shutil.which("pkg-config"),
                          installed(apxs("PREFIX") or "/usr")))
    wrapper.chmod(0o755)
    environment = {
        **os.environ, "PATH": "%s:%s" % (tools, os.environ["PATH"]),
        "CPATH": str(installed(apxs("INCLUDEDIR"))),
        "PKG_CONFIG_PATH": str(installed(apxs("LIBDIR"), "pkgconfig"))}
    return path, environment


def follow(path, environment):
    """Do what the guide says. @return what its commands have printed"""
    said = []
    for name, is_command, text in BLOCK.findall(GUIDE.read_text()):
        if is_command:
            said += [run(["sh", "-c", line], cwd=path, env=environment)
                     for line in text.splitlines()]
        else:
            (path / name).write_text(text)
    return said


def as_it_says(server, path):
    """The configuration of the guide is one; the modules are where they are
    here. The server's own, with the same modules, is left as it was."""
    loads, config = server.loads, server.config
    text, = CONFIGURATION.findall(GUIDE.read_text())
    text = text.replace("/home/me/audit", str(path)).replace(
        "/usr/lib/apache2/modules", str(server.build)).replace(
        "/var/log/apache2", str(server.root))
    server.loads, server.config = loads[:2], text
    code, said = server.configtest()
    assert code == 0 and "Syntax OK" in said, said
    server.loads, server.config = loads, config


def test_guide(installed, desk):
    path, environment = desk
    said = follow(path, environment)
    assert said.count("passed") == 2
    assert not any("warning:" in line for line in said)
    server = InstalledServer(installed, path / ".libs/mod_audit.so", "audit")
    log = server.root / "audit.log"
    log.touch()
    log.chmod(0o666)                 # children run as another user
    server.config += "\nAuditFile %s\n<Directory %s>\nAllowOverride All\n" \
        "</Directory>" % (log, server.htdocs)
    (server.htdocs / "order").write_text("thank you")
    # An audit is not theirs to stop who may write such a file.
    (server.htdocs / ".htaccess").write_text(
        "Crosstown Off\nCrosstownNoGo 100-599\n")
    try:
        as_it_says(server, path)
        server.start()
        for method in ("GET", "POST"):
            server.ask("/order", method=method,
                       headers={"User-Agent": "abacus"})
        server.stop()
        assert log.read_text() == "127.0.0.1 abacus /order 200\n"
    finally:
        server.clean_up()
