# SPDX-License-Identifier: Apache-2.0
"""The targets http:// and https://: what counts as success, which addresses a
name may lead to, signatures, and requests that this server's own tasks make."""

import base64
import hashlib
import hmac
import re
import socket
import urllib.parse

import pytest

import named
from ledger import wait_until
from server import Server, running

SECRETS = [base64.b64encode(bytes(range(start, start + 32))).decode()
           for start in (0, 50)]


@pytest.fixture(scope="module")
def silent():
    """Takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def config_for(mpm, build, receiver, silent):
    return "\n".join([named.load(build), named.cgi_lines(mpm), """
CrosstownDrain 2
CrosstownTask ok %(url)s/204/x
CrosstownTask gone %(url)s/410
CrosstownTask away %(url)s/302
CrosstownTask broken %(url)s/503
CrosstownTask signed %(url)s/ secret=whsec_%(key)s
CrosstownTask changed %(url)s/ secret=file:${ROOT}/keys
CrosstownTask refused http://127.0.0.1:1/
CrosstownTask slow http://127.0.0.1:%(silent)d/ timeout=300ms
<Location "/cgi">
    CrosstownAccept ok gone away broken signed changed refused slow
</Location>
""" % {"url": receiver.url("")[:-1] if receiver.url("").endswith("/")
       else receiver.url(""), "key": SECRETS[0],
       "silent": silent.getsockname()[1]}])


@pytest.fixture(scope="module")
def shared_server(mpm, build, shared_receiver, silent):
    server = Server(mpm, build, config_for(mpm, build, shared_receiver, silent),
                    modules=("authz_host",))
    (server.root / "keys").write_text("".join(
        "whsec_%s\n" % key for key in SECRETS))
    for name in ("app", "job"):
        named.write_script(server, name, named.SCRIPT)
    with running(server) as started:
        yield started


def ask(server, field, **more):
    answer = server.ask("/cgi/app?head=" + urllib.parse.quote(
        "Crosstown: " + field), **more)
    assert answer.status == 200


def test_success(server, receiver):
    ask(server, "ok")
    hook, = receiver.wait()
    assert hook.path == "/204/x"
    assert hook.headers["User-Agent"].startswith("mod_crosstown/")
    assert hook.headers["Content-Length"] == "0"
    assert "Expect" not in hook.headers
    assert int(hook.headers["webhook-timestamp"]) > 1700000000


@pytest.mark.parametrize("name, words", [
    ("gone", "answered 410"), ("away", "answered 302"),
    ("broken", "answered 503"),
    ("refused", "Failed to connect|Couldn't connect"),
    ("slow", r"no answer within 300 ms \(timeout=\)"),
])
def test_failures_are_told_with_their_url(server, receiver, name, words):
    ask(server, name)
    line, = server.error_log.expect(
        'CT01301: task "%s" failed after 200 .*http://127.0.0.1:.*(%s)'
        % (name, words))
    assert "Internal error" not in line
    # A redirect is not followed.
    assert len(receiver.hooks) == (name in ("gone", "away", "broken"))


def test_a_name_does_not_lead_here_unless_it_says_so(make_server, mpm, build):
    meant = named.name_of_this_machine()
    if not meant:
        pytest.skip("/etc/hosts has no second name for this machine")
    receiver = named.Receiver(meant[1])
    try:
        server = make_server("\n".join([
            named.load(build), named.cgi_lines(mpm), """
CrosstownTask named http://%(name)s:%(port)d/
CrosstownTask private http://%(name)s:%(port)d/ private=on
<Location "/cgi">
    CrosstownAccept named private
</Location>
""" % {"name": meant[0], "port": receiver.port}]), start=False)
        named.write_script(server, "app", named.SCRIPT)
        server.start()
        ask(server, "named")
        server.error_log.expect(
            'CT01301: task "named" .*its name means %s, .*private=on'
            % re.escape(meant[1]))
        assert not receiver.hooks
        ask(server, "private;twin")
        assert [hook.body for hook in receiver.wait()] == ["twin=1"]
    finally:
        receiver.close()


def signature(key, hook):
    text = "%s.%s.%s" % (hook.headers["webhook-id"],
                         hook.headers["webhook-timestamp"], hook.body)
    return "v1," + base64.b64encode(hmac.new(
        base64.b64decode(key), text.encode("latin-1"),
        hashlib.sha256).digest()).decode()


def test_signatures(server, receiver):
    ask(server, 'signed;s="a=b"')
    hook, = receiver.wait()
    assert hook.headers["webhook-signature"] == signature(SECRETS[0], hook)
    ask(server, "changed;n=1")
    hook, = receiver.wait()
    assert hook.headers["webhook-signature"].split(" ") == [
        signature(key, hook) for key in SECRETS]
    ask(server, "ok")
    assert "webhook-signature" not in receiver.wait()[0].headers


def test_trace_context_is_handed_on(server, receiver):
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    ask(server, "ok", headers={"traceparent": trace})
    assert receiver.wait()[0].headers["traceparent"] == trace


def test_nothing_of_a_task_is_left_for_the_next(make_server, mpm, build,
                                                receiver):
    """All by one thread, which keeps what it can use again."""
    server = make_server("\n".join([
        named.load(build), named.cgi_lines(mpm), """
CrosstownThreads 1 1
CrosstownTask plain http://127.0.0.1:%(port)d/204/plain
CrosstownTask known http://me:secret@127.0.0.1:%(port)d/204/known?a=b \
    format=json secret=whsec_%(key)s
<Location "/cgi">
    CrosstownAccept plain known
</Location>
""" % {"port": receiver.port, "key": SECRETS[0]}]), workers=1, start=False)
    named.write_script(server, "app", named.SCRIPT)
    server.start()
    for _ in range(2):
        for field, path, body in (
                ("plain", "/204/plain", ""),
                ('plain;s="%s"' % ("x" * 3000), "/204/plain",
                 "s=" + "x" * 3000),
                ("plain;n=1", "/204/plain", "n=1"),
                ("known;n=2", "/204/known?a=b", '{"n":2}')):
            ask(server, field)
            hook, = receiver.wait()
            assert (hook.path, hook.body) == (path, body)
            assert hook.headers["Content-Length"] == str(len(body))
            known = "known" in path
            assert ("webhook-signature" in hook.headers) == known
            assert hook.headers["Authorization"] == (
                "Basic " + base64.b64encode(b"me:secret").decode()
                if known else None)
            assert hook.headers["Content-Type"] == (
                "application/json" if known
                else "application/x-www-form-urlencoded")


def test_own_tasks_are_let_in_and_nobody_else(make_server, mpm, build):
    server = make_server(named.load(build) + "\n" + named.cgi_lines(mpm) + """
CrosstownTask self http://127.0.0.1:${PORT}/cgi/job self=on
<Location "/cgi/app">
    CrosstownAccept self
</Location>
<Location "/cgi/job">
    Require crosstown
</Location>
LogFormat "%r %>s %{Crosstown-Token}i" told
CustomLog "${ROOT}/access_log" told
""", start=False, room=1)
    if mpm == "prefork":
        server.error_log.allow("CT02007")
    named.write_script(server, "app", named.SCRIPT)
    named.write_script(server, "job", "#!/bin/sh\nenv >%s/job.env\n"
                       "printf 'Content-Type: text/plain\\n\\n'\n"
                       % server.gates)
    server.gates.chmod(0o777)
    server.start()
    for token in ("", "0" * 32):
        assert server.ask("/cgi/job", headers={
            "Crosstown-Token": token}).status == 403
        server.error_log.expect("AH01630: client denied")
    assert server.ask("/cgi/app?head=Crosstown:%20self").status == 200
    wait_until(lambda: any("POST" in line for line in server.access_log()),
               "the job")
    line, = [line for line in server.access_log() if "POST" in line]
    assert line == "POST /cgi/job HTTP/1.1 200 -"
    environment = (server.gates / "job.env").read_text()
    assert "HTTP_WEBHOOK_ID=" in environment
    assert "TOKEN" not in environment
    before = len(server.access_log())
    server.graceful()
    server.ask("/cgi/app?head=Crosstown:%20self")
    wait_until(lambda: any("/cgi/job" in line and " 200 " in line
                           for line in server.access_log()[before:]),
               "the job after a restart")
