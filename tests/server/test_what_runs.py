# SPDX-License-Identifier: Apache-2.0
"""What runs: by what, and who has asked for it."""

import urllib.parse

import pytest

import kept
import metrics
import named
import status
import verdict
from ledger import wait_until

CONFIG = """
LoadModule letter_module "%(build)s/mod_letter.so"
CrosstownStore "${ROOT}/store/tasks.db" wait=20
CrosstownTask letter %(hold)s timeout=600
CrosstownTask asked %(hold)s timeout=600
CrosstownTask after %(hold)s timeout=600
CrosstownTask disk %(again)s keep=disk timeout=600 retries=3 \\
    backoff=fixed:10ms
CrosstownTask secret http://anna:sesame@127.0.0.1:%(port)d/hold/%(long)s \\
    timeout=600
<Location "/letter">
    SetHandler letter
</Location>
<Location "/cgi">
    CrosstownAccept asked disk secret
</Location>
<Location "/page">
    CrosstownAfter after
</Location>
"""


@pytest.fixture
def server(make_server, mpm, build, receiver):
    text = CONFIG % {"build": build, "port": receiver.port,
                     "hold": receiver.url("/hold"), "long": 200 * "x",
                     "again": receiver.url("/hold/again")}
    server = make_server("\n".join([
        kept.load(build), named.cgi_lines(mpm), metrics.CONFIG,
        verdict.CONFIG, text]), start=False, modules=("status",),
        allowed=kept.ALLOWED + (r"CT01309:|CT01310:",))
    kept.make_directory(server)
    named.write_script(server, "app", named.SCRIPT)
    (server.htdocs / "page").write_text("page\n")
    server.start()
    yield server
    receiver.gate.set()
    metrics.settled(server)


def running(server, name):
    """The one task of that name that runs, when it does, and what does its
    work is said, which comes a moment later."""
    found = []

    def is_there():
        found[:] = [task for task in metrics.read(server)["tasks"]
                    if task["name"] == name and task["target"]]
        return found

    wait_until(is_there, "%s to run" % name)
    task, = found
    return task


def line_of(server, text):
    lines = (server.root / "httpd.conf").read_text().splitlines()
    return 1 + next(i for i, line in enumerate(lines) if text in line)


def test_a_target_and_who_has_asked(server, receiver):
    def asks(name):
        server.ask("/cgi/app?head=" + urllib.parse.quote(
            "Crosstown: %s" % name))

    server.ask("/letter", "to=anna")
    server.ask("/page")
    asks("asked")
    hold = receiver.url("/hold")
    assert [(task["target"], task["by"]) for task in (
        running(server, name) for name in ("letter", "after", "asked"))] == [
            (hold, "a module"),
            (hold, "CrosstownAfter, httpd.conf:%d" % line_of(
                server, "CrosstownAfter after")),
            (hold, "the response's header")]
    rows = {row["name"]: row for row in status.read(server).rows("tasks")}
    assert (rows["asked"]["target"], rows["asked"]["recorded by"]) == (
        hold, "the response's header")
    assert "<td>%s</td><td>200</td><td>/cgi/app</td>" % hold in server.ask(
        "/server-status").body.decode()
    assert "asked with %s after 200 for /cgi/app<br />" % hold in server.ask(
        "/server-status?notable").body.decode()
    asks("secret")
    task = running(server, "secret")
    assert "sesame" not in task["target"]
    assert len(task["target"]) == 95       # there is room for no more


def test_what_comes_from_the_disk_is_shown_as_what_was_asked_for(server,
                                                                 receiver):
    receiver.planned["/hold/again"] = [(503, {}), (503, {})]
    server.ask("/cgi/app?head=Crosstown:disk")
    wait_until(lambda: running(server, "disk")["attempt"] == 3,
               "the third attempt")
    task = running(server, "disk")
    assert (task["target"], task["by"], task["uri"], task["status"]) == (
        receiver.url("/hold/again"), "mod_crosstown_store", "/cgi/app", 200)
