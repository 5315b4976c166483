# SPDX-License-Identifier: Apache-2.0
"""What a task knows of its response: the same as the access log."""

import subprocess
import time

import pytest

CONFIG = """
Listen 127.0.0.1:${PORT2}
LogFormat "%>s|%B|%m|%U|%q|%{Host}i|%a|%u|%L|%X" told
CustomLog "${ROOT}/access_log" told
<Location "/probe/private">
    AuthType Basic
    AuthName probe
    AuthBasicProvider file
    AuthUserFile "${ROOT}/passwords"
    Require valid-user
</Location>
<VirtualHost 127.0.0.1:${PORT2}>
    ServerName second.example
    RemoteIPHeader X-Forwarded-For
    RemoteIPInternalProxy 127.0.0.1
</VirtualHost>
"""
OPTIONS = {"modules": ("authn_core", "authn_file", "authz_user", "auth_basic",
                       "remoteip")}


def prepare(server, request):
    hashed = subprocess.run(
        ["openssl", "passwd", "-apr1", "foxey"], check=True, text=True,
        stdout=subprocess.PIPE).stdout.strip()
    (server.root / "passwords").write_text("jimi:%s\n" % hashed)


def snapshot(server, *arguments, **more):
    before = time.time_ns() // 1000
    answer = server.ask(*arguments, **more)
    start, = server.ledger.wait(event="start", tag=answer.tag)
    logged, = [line for line in server.access_log()
               if answer.tag in line]
    assert before <= start.received <= start.sent <= start.wall
    assert start.received <= start.recorded <= start.sent
    assert start.aborted == 0
    return answer, start, logged.split("|")


def test_a_plain_request(server):
    answer, start, log = snapshot(server, "/probe/some%20page",
                                  "size=5000&defer=1")
    assert log[:4] == ["200", "5000", "GET", "/probe/some page"]
    assert (start.status, start.bytes_sent, start.method, start.uri) == (
        200, 5000, "GET", "/probe/some page")
    assert start.args == "tag=%s&size=5000&defer=1" % answer.tag
    assert start.hostname == "127.0.0.1"
    assert start.client_ip == "127.0.0.1"
    assert start.user is None
    assert start.server == "localhost"


def test_a_user(server):
    answer, start, log = snapshot(
        server, "/probe/private", "defer=1",
        headers={"Authorization": "Basic amltaTpmb3hleQ=="})
    assert answer.status == 200
    assert (start.user, log[7]) == ("jimi", "jimi")


@pytest.mark.parametrize("method,size", [("POST", 700), ("HEAD", 0),
                                         ("PUT", 700)])
def test_methods(server, method, size):
    answer, start, log = snapshot(server, "/probe", "size=700&defer=1",
                                  method=method,
                                  body=b"x" * 30 if size else None)
    assert len(answer.body) == size
    assert start.method == log[2] == method
    assert start.bytes_sent == int(log[1]) == size


def test_a_status_of_its_own(server):
    answer, start, log = snapshot(server, "/probe", "set_status=203&defer=1")
    assert answer.status == start.status == int(log[0]) == 203


def test_virtual_host_and_the_clients_real_address(server):
    """client_ip as mod_remoteip left it; the server is the virtual host."""
    answer, start, log = snapshot(
        server, "/probe", "defer=1", port=server.ports[1],
        headers={"X-Forwarded-For": "192.0.2.7", "Host": "second.example"})
    assert start.client_ip == log[6] == "192.0.2.7"
    assert start.hostname == start.server == "second.example"


def test_log_id(server):
    """The same as %L in the access log, once the request has one."""
    answer, start, log = snapshot(server, "/probe", "no_go=sixxx&defer=1"
                                  "&no_go=none&defer=1")
    server.error_log.expect(r"\[crosstown:error\].*sixxx")
    assert start.log_id and start.log_id == log[8]


@pytest.mark.case(24)
def test_when_the_connection_is_gone(server):
    """Case 24: the client has left, others came; all is as it was, and good
    for a line in the error log."""
    with server.raw() as client:
        client.get("/probe/gone?tag=gone&say=farewell&keep=copy&gate=gone"
                   "&defer=1", "Connection: close")
        client.read_to_the_end()
    start, = server.ledger.wait(event="start", tag="gone")
    for _ in range(20):
        server.ask("/probe/" + "x" * 200, "defer=1")
    server.open_gate("gone")
    end, = server.ledger.wait(event="end", tag="gone")
    assert end.uri == "/probe/gone"
    for key in set(start) & set(end) - {"event", "ns"}:
        assert start[key] == end[key]
    server.error_log.expect(r"probe: farewell")


def test_a_refused_task_is_shown_the_same_response(server):
    """The done hook of a NO_GO task."""
    answer = server.ask("/probe", "status=404&defer=1")
    done, = server.ledger.wait(event="done", tag=answer.tag)
    assert (done.outcome, done.status, done.uri) == ("NO_GO", 404, "/probe")
    assert done.bytes_sent == len(answer.body)
    assert done.received <= done.sent
