# SPDX-License-Identifier: Apache-2.0
"""What stands in the pages' blocks works: C compiles, configuration parses,
commands run, Prometheus' questions are answered."""

import os
import re
import shlex
import shutil
import subprocess

import pytest

import pages
from httpd import apxs, httpd_program
from pages import PAGES, TREE
from server import Server

MODULES = ("authz_host", "status", "auth_basic", "authn_core", "authn_file",
           "authz_user")

CONFIG = """
<Location "/crosstown-status">
    SetHandler crosstown-status
    CrosstownControl On
</Location>
<Location "/server-status">
    SetHandler server-status
</Location>
"""


def blocks(kind):
    """Those of all pages, named by page and line."""
    return [pytest.param(text, id="%s:%d" % (path.relative_to(TREE), line))
            for path in PAGES
            for line, _, text in pages.read(path).blocks(kind)]


def run(command, **more):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120, **more)
    assert done.returncode == 0, "%s:\n%s" % (command, done.stdout)
    return done.stdout


def check_c(*words):
    run([*shlex.split(os.environ.get("CC") or "cc"), "-std=gnu11", "-Wall",
         "-Wextra", "-Werror", "-Wno-unused", "-fsyntax-only",
         *run([apxs("APR_CONFIG"), "--cppflags", "--includes"]).split(),
         "-I" + apxs("INCLUDEDIR"), "-I%s" % (TREE / "include"), "-x", "c",
         *map(str, words)])


@pytest.mark.parametrize("text", blocks("c fragment"))
def test_fragment_compiles(tmp_path, text):
    (tmp_path / "fragment.c").write_text(text)
    check_c("-I%s" % tmp_path, TREE / "tests/pages/fragment.h")


def example(manual):
    text = (TREE / "lib/install/man" / manual).read_text()
    return re.search(r"^\.SH EXAMPLES\n\.nf\n(.*?)^\.fi", text,
                     re.M | re.S)[1]


def test_example_of_the_manual_compiles(tmp_path):
    (tmp_path / "example.c").write_text(example("crosstown.3"))
    check_c(*(word for name in ("httpd", "http_config", "http_log",
                                "http_request", "crosstown_client")
              for word in ("-include", name + ".h")), tmp_path / "example.c")


def test_example_of_the_testing_manual_compiles(tmp_path):
    (tmp_path / "example.c").write_text(
        "extern module postcard_module;\nstatic void test(void)\n{\n"
        "request_rec *r;\nint status;\n%s}\n" % example("crosstown_testing.3"))
    check_c(*(word for name in ("assert", "httpd", "http_config",
                                "crosstown_testing")
              for word in ("-include", name + ".h")), tmp_path / "example.c")


@pytest.mark.parametrize("text", blocks("apache"))
def test_configuration_parses(build, text):
    loads = "LoadModule crosstown_module" in text
    server = Server("event", build, re.sub(
        r"^(LoadModule \w+ )\S*/", r'\1%s/' % os.path.abspath(build), text,
        flags=re.M), modules=MODULES, crosstown=None if loads else "before")
    try:
        code, said = server.configtest()
        assert code == 0 and "Syntax OK" in said, said
        assert ":warn]" not in said, said
    finally:
        server.clean_up()


@pytest.mark.parametrize("text", blocks("sh make"))
def test_target_is_there(text):
    targets = run(["make", "-s", "-C", str(TREE), "help"])
    commands = [shlex.split(line, comments=True)
                for line in text.splitlines()]
    for make, target, *variables in commands:
        assert make == "make"
        assert re.search(r"^  %s\s" % target, targets, re.M), target
        for variable in variables:
            name = variable.split("=")[0]
            assert any("$(%s)" % name in path.read_text() for path in (
                TREE / "Makefile", *TREE.glob("tests/*/targets.mk"))), name


@pytest.fixture(scope="module")
def server(build):
    server = Server("event", build, CONFIG, modules=MODULES)
    try:
        server.start()
        server.ask("/probe", "name=mail&defer=3")
        yield server
        server.stop()
    finally:
        server.clean_up()


def tool(directory, name, command):
    """A program of this name that is the other with its first arguments."""
    path = directory / name
    path.write_text('#!/bin/sh\nexec %s "$@"\n' % command)
    path.chmod(0o755)


@pytest.mark.parametrize("text", blocks("sh server"))
def test_commands_run(server, tmp_path, text):
    """Each line, on the machine of a server that listens to port 80."""
    tool(tmp_path, "httpd", "%s -f %s" % (httpd_program(),
                                          server.root / "httpd.conf"))
    tool(tmp_path, "curl", "%s --fail --connect-to 127.0.0.1:80:127.0.0.1:%d"
         % (shutil.which("curl"), server.port))
    text = text.replace("/var/log/apache2/error.log",
                        str(server.root / "error_log"))
    for line in text.splitlines():
        assert run(["sh", "-c", line], env={
            **os.environ, "PATH": "%s:%s" % (tmp_path, os.environ["PATH"])})


@pytest.mark.parametrize("text", blocks("yaml"))
def test_prometheus_is_answered(server, text):
    path = re.search(r"metrics_path: (\S+)", text)[1]
    name, value = re.search(r"params: \{ (\w+): \[ (\w+) \] \}",
                            text).groups()
    answer = server.ask("%s?%s=%s" % (path, name, value))
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    for rules in re.findall(r"[\w-]+\.yml", text):
        assert (TREE / "conf-examples" / rules).exists()
