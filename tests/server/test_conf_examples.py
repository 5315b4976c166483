# SPDX-License-Identifier: Apache-2.0
"""The files of conf-examples: they parse, and they do what they say."""

import pathlib

import pytest

from client import play
from httpd import apxs
from resources import free_port
from server import Server

EXAMPLES = sorted((pathlib.Path(__file__).resolve().parents[2]
                   / "conf-examples").glob("*.conf"))

# Those that a test below starts.
BESIDE_THE_PROBE = ["minimal.conf", "all-directives.conf"]


def including(name, build):
    path, = [path for path in EXAMPLES if path.name == name]
    return 'Define BUILD "%s"\nDefine MODULES "%s"\nInclude "%s"\n' % (
        build, apxs("LIBEXECDIR"), path)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_parses(build, path):
    # A port that the surrounding configuration does not listen to.
    config = "Define PORT %d\n" % free_port() + including(path.name, build)
    server = Server("event", build, config, crosstown=None)
    try:
        code, text = server.configtest()
        assert code == 0 and "Syntax OK" in text, text
        assert "is not defined" not in text
    finally:
        server.clean_up()


@pytest.mark.parametrize("name", BESIDE_THE_PROBE)
def test_defaults(make_server, build, name):
    """With the defaults, written down or not, a server behaves alike."""
    server = make_server(including(name, build), crosstown=None)
    for script, outcome in (("", "RAN"), ("status=302", "RAN"),
                            ("status=404", "NO_GO"),
                            ("status=503", "NO_GO")):
        answer = server.ask("/probe", play("defer=40") + "&" + script)
        assert server.ledger.outcomes(answer.tag, 40) == {outcome: 40}


def test_section_of_all_directives(make_server, build):
    server = make_server(including("all-directives.conf", build)
                         + '<Location "/orders">\nSetHandler probe\n'
                         "</Location>\n", crosstown=None)
    for script, outcome in (("set_status=201", "RAN"),
                            ("status=303", "NO_GO"), ("status=409", "NO_GO")):
        answer = server.ask("/orders", "defer=2&" + script)
        assert server.ledger.outcomes(answer.tag, 2) == {outcome: 2}


def test_postcard(make_server, build):
    """One line in the error log per page, and none per page that failed."""
    server = make_server(including("postcard.conf", build), crosstown=None)
    assert server.ask("/probe/holiday").status == 200
    line, = server.error_log.expect(r"postcard.*/probe/holiday")
    assert "200" in line
