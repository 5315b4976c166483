# SPDX-License-Identifier: Apache-2.0
"""The header from back ends that are no CGI script (mod_lua, PHP behind
mod_proxy_fcgi), and to clients that speak HTTP/2."""

import os
import pathlib
import shutil
import subprocess
import urllib.parse

import pytest

import named
from h2_client import H2Visitor
from ledger import wait_until
from resources import free_port
from server import Server, running

TASKS = pathlib.Path(__file__).resolve().parents[2] / "conf-examples/tasks"

LUA = """
require 'crosstown'
function method(r)
    r:crosstown('mail', { to = '1, other;x=1' })
    r:crosstown('mail', { from = 'f\\195\\188nf', ok = true })
    require 'crosstown'
    dofile('%s')
    r:crosstown('mail')
    r:puts(r.method, ' ', tostring(r.nothing))
    return apache2.OK
end
function handle(r)
    local query = r:parseargs()
    r.headers_out['Crosstown'] = query.header
    if query.broken then
        return 500
    end
    if query.there then
        r.headers_out['Location'] = 'http://127.0.0.1/'
        return 302
    end
    r.content_type = 'text/plain'
    r:puts('lua')
    return apache2.OK
end
"""

PHP = """<?php
header('Crosstown: ' . $_GET['header'], false);
header('Crosstown: mail;second', false);
if (isset($_GET['broken'])) { http_response_code(500); }
echo 'php ' . getenv('CROSSTOWN');
"""


@pytest.fixture(scope="module")
def php():
    """A FastCGI server for the proxy; None where there is no PHP."""
    program = shutil.which("php-cgi")
    if not program:
        yield None
        return
    port = free_port()
    process = subprocess.Popen(
        [program, "-n", "-b", "127.0.0.1:%d" % port],
        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "PHP_FCGI_CHILDREN": "2"})

    def listens():
        import socket
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True
    wait_until(listens, "php-cgi to listen")
    yield port
    process.terminate()
    process.wait(30)


@pytest.fixture(scope="module")
def shared_server(mpm, build, shared_receiver, php):
    server = Server(mpm, build, "\n".join([
        named.load(build), named.cgi_lines(mpm), """
Protocols h2c http/1.1
H2Direct On
CrosstownTask mail %s
CrosstownAccept mail
LuaPackagePath "${ROOT}/lua/?.lua"
LuaMapHandler "^/lua" "${ROOT}/lua/handler.lua" handle
LuaMapHandler "^/method" "${ROOT}/lua/handler.lua" method
Alias "/php" "${ROOT}/php/page.php"
<Directory "${ROOT}/php">
    ProxyFCGIBackendType GENERIC
    SetHandler "proxy:fcgi://127.0.0.1:%d"
</Directory>
""" % (shared_receiver.url("/"), php or 1)]), modules=(
        "http2", "lua", "proxy", "proxy_fcgi", "env"), allowed=("AH10034:",))
    named.write_script(server, "app", named.SCRIPT)
    # Children are nobody special, and may not be let into the tree.
    helper = server.root / "lua" / "crosstown.lua"
    for directory, name, text in (("lua", "handler.lua", LUA % helper),
                                  ("php", "page.php", PHP)):
        (server.root / directory).mkdir()
        (server.root / directory).chmod(0o755)
        (server.root / directory / name).write_text(text)
    shutil.copy(TASKS / "crosstown.lua", helper)
    helper.chmod(0o644)
    with running(server) as started:
        yield started


def bodies(receiver, count=1):
    return sorted(hook.body for hook in receiver.wait(count))


def query(**words):
    return "?" + urllib.parse.urlencode(words, quote_via=urllib.parse.quote)


@pytest.mark.parametrize("words, status", [
    ({}, 200), ({"broken": "1"}, 500), ({"there": "1"}, 302)])
def test_mod_lua(server, receiver, words, status):
    answer = server.ask("/lua" + query(
        header='mail;n=1;ct-no-go="none"', **words))
    assert answer.status == status and "Crosstown" not in answer.headers
    assert bodies(receiver) == ["n=1"]


def test_mod_lua_has_a_method(server, receiver):
    answer = server.ask("/method")
    assert answer.status == 200 and "Crosstown" not in answer.headers
    assert answer.body == b"GET nil"
    assert {frozenset(urllib.parse.parse_qsl(hook))
            for hook in bodies(receiver, 3)} == {
        frozenset(), frozenset({("to", "1, other;x=1")}),
        frozenset({("from", "f\u00fcnf"), ("ok", "1")})}


@pytest.mark.parametrize("words, status, expected", [
    ({}, 200, ["n=1", "second=1"]), ({"broken": "1"}, 500, ["n=1"])])
def test_php_behind_a_proxy(server, receiver, php, words, status, expected):
    if not php:
        pytest.skip("php-cgi is not on this machine")
    answer = server.ask("/php" + query(
        header='mail;n=1;ct-no-go="none"', **words))
    assert answer.status == status and "Crosstown" not in answer.headers
    assert answer.body == b"php mail"
    assert bodies(receiver, len(expected)) == expected


def test_http2(server, receiver):
    with H2Visitor(server.port) as visitor:
        for number in range(5):
            stream = visitor.ask("/cgi/app" + query(
                head="Crosstown: mail;n=%d" % number))
            assert stream.status == 200
            assert "crosstown" not in stream.headers
            assert "crosstown" not in stream.trailers
    assert bodies(receiver, 5) == ["n=%d" % number for number in range(5)]


def test_http2_a_request_cannot_ask(server, receiver):
    with H2Visitor(server.port) as visitor:
        stream = visitor.ask("/cgi/app", headers=[("crosstown", "mail;evil")])
        assert b"asked: -" in stream.body
        visitor.ask("/cgi/app" + query(head="Crosstown: mail;twin"))
    assert bodies(receiver) == ["twin=1"]
