# SPDX-License-Identifier: Apache-2.0
"""keep=disk and HTTP/2: as with HTTP/1.1; a response that must not look whole
ends its stream with an error."""

import subprocess

import pytest

import kept
from ledger import wait_until


@pytest.fixture
def h2_server(make_server, build, receiver):
    server = make_server("\n".join([kept.load(build), """
Protocols h2c http/1.1
H2Direct On
CrosstownStore "${ROOT}/store/tasks.db" wait=20
CrosstownTask hook %s keep=disk
""" % receiver.url("/hook")]), start=False, modules=("http2",),
        allowed=kept.ALLOWED)
    kept.make_directory(server)
    return server.start()


def curl(server, script):
    """(exit code, status)"""
    done = subprocess.run(
        ["curl", "-s", "--http2-prior-knowledge", "-o", "/dev/null", "-w",
         "%{http_code}", "http://127.0.0.1:%d/probe?%s" % (
             server.port, script)], text=True, stdout=subprocess.PIPE,
        timeout=60)
    return done.returncode, int(done.stdout)


@pytest.mark.parametrize("script", ["", "&size=200000", "&flush=1",
                                    "&status=204"])
def test_kept_run_and_gone(h2_server, receiver, script):
    code, status = curl(h2_server, "tag=h2&named=hook" + script)
    assert code == 0 and status in (200, 204)
    assert receiver.wait()[0].body == "h2"
    kept.wait_for_count(h2_server, 0)


def test_what_the_status_refuses(h2_server, receiver):
    assert curl(h2_server, "tag=no&named=hook&status=404") == (0, 404)
    assert curl(h2_server, "tag=yes&named=hook") == (0, 200)
    assert [hook.body for hook in receiver.wait()] == ["yes"]
    kept.wait_for_count(h2_server, 0)


def test_503_if_it_cannot_be_kept(h2_server, receiver):
    server = h2_server
    kept.take_away(server)
    assert curl(server, "tag=h2&named=hook") == (0, 503)
    server.error_log.expect("CT02330:")
    code, _ = curl(server, "tag=h2&flush=1&named=hook")
    assert code != 0
    server.error_log.expect("CT02330:")
    server.error_log.allow(r"CT02330:|CT02311:|CT01309:|AH03470|AH10177")
    kept.bring_back(server)
    wait_until(lambda: curl(server, "tag=back&named=hook") == (0, 200),
               "the store to be back")
    assert receiver.wait()[0].body == "back"
    kept.wait_for_count(server, 0)
