# SPDX-License-Identifier: Apache-2.0
"""conf-examples/tasks/django.conf with a Django project, and proxied.conf with
its application: what was asked for is done, by those who should."""

import shutil
import subprocess
import urllib.parse

import pytest

import metrics
import named
from back_ends import found_module, found_program
from client import Visitor
from ledger import wait_until
from places import TASKS
from resources import free_port
from server import Server, running

FORM = {"Content-Type": "application/x-www-form-urlencoded",
        "Connection": "close"}

WSGI = """
import os
import sys
sys.path.insert(0, os.path.dirname(__file__))
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
"""

SETTINGS = """
SECRET_KEY = "only for a test"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
MIDDLEWARE = ["crosstown_django.middleware"]
"""

URLS = """
from crosstown_django import later
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

def note(line):
    with open(%(notes)r, "a") as file:
        file.write(line + "\\n")

@csrf_exempt
def upload(request):
    file = request.POST["file"]
    asked = later("thumb", file=file, wide=True)
    assert not later("nobody")
    if not asked:
        note("here " + file)
    return HttpResponse("asked: %%s" %% asked,
                        status=int(request.POST.get("status", "201")))

@csrf_exempt
def thumb(request):
    note("later %%s %%s" %% (request.POST["file"], request.POST["wide"]))
    return HttpResponse(status=204)

urlpatterns = [path("upload", upload), path("closed/upload", upload),
               path("tasks/thumb", thumb)]
"""


def post(server, path, port=None, **fields):
    with Visitor(port or server.port) as visitor:
        answer = visitor.ask(path, method="POST", headers=FORM,
                             body=urllib.parse.urlencode(fields))
    assert "Crosstown" not in answer.headers
    return answer


def lines(path, count):
    """So many lines, and then forget them."""
    wait_until(lambda: path.read_text().count("\n") >= count,
               "%d lines in %s" % (count, path.name))
    text = path.read_text()
    path.write_text("")
    return text.splitlines()


@pytest.fixture(scope="module", params=["event", "prefork"])
def django(request, build):
    if not found_module("mod_wsgi.so"):
        pytest.skip("libapache2-mod-wsgi-py3 is not on this machine")
    if subprocess.run(["/usr/bin/python3", "-c", "import django"],
                      stderr=subprocess.DEVNULL).returncode:
        pytest.skip("python3-django is not on this machine")
    server = Server(request.param, build, "\n".join([
        named.load(build), "LoadModule wsgi_module %s"
        % found_module("mod_wsgi.so"), 'WSGISocketPrefix "${ROOT}/wsgi"',
        'Define PROJECT "${ROOT}/project"',
        'Include "%s/django.conf"' % TASKS, metrics.CONFIG,
        '<Location "/closed">\nCrosstownAccept none\n</Location>',
        'Alias "/crosstown-status" "${ROOT}/none"']),
        modules=("alias",), allowed=("AH01630:",))
    project = server.root / "project"
    project.mkdir()
    notes = server.root / "notes"
    notes.touch()
    notes.chmod(0o666)
    for name in ("crosstown.py", "crosstown_django.py"):
        shutil.copy(TASKS / name, project)
    for name, text in (("wsgi.py", WSGI), ("settings.py", SETTINGS),
                       ("urls.py", URLS % {"notes": str(notes)})):
        (project / name).write_text(text)
    with running(server) as started:
        yield started


def test_django(django):
    notes = django.root / "notes"
    answer = post(django, "/upload", file='a "b", thumb;x.jpg')
    assert (answer.status, answer.body) == (201, b"asked: True")
    assert lines(notes, 1) == ['later a "b", thumb;x.jpg 1']
    # A view that fails leaves nothing behind.
    assert post(django, "/upload", file="no", status=500).status == 500
    # Where nobody may ask, the view does it.
    answer = post(django, "/closed/upload", file="c.jpg")
    assert (answer.status, answer.body) == (201, b"asked: False")
    assert lines(notes, 1) == ["here c.jpg"]
    # Nobody but tasks comes to the task.
    assert post(django, "/tasks/thumb", file="evil", wide=1).status == 403
    post(django, "/upload", file="last")
    assert lines(notes, 1) == ["later last 1"]
    total = metrics.settled(django)["total"]
    assert (total["ran"], total["no_go"], total["failed"]) == (2, 1, 0)
    assert total["recorded"] == 3
    django.error_log.check()


@pytest.fixture(scope="module", params=["event", "prefork"])
def proxied(request, build, shared_receiver):
    node = found_program("node")
    if not node:
        pytest.skip("node is not on this machine")
    port = free_port()
    server = Server(request.param, build, "\n".join([
        named.load(build), "Define APP http://127.0.0.1:%d" % port,
        "Define HOOK %s" % shared_receiver.url("/hook"),
        'ProxyPass "/crosstown-status" "!"',
        'Include "%s/proxied.conf"' % TASKS, metrics.CONFIG]),
        modules=("proxy", "proxy_http", "headers", "env"),
        allowed=("AH01630:",))
    with open(server.root / "notes", "wb") as notes:
        app = subprocess.Popen([node, str(TASKS / "app.js"), str(port)],
                               stdin=subprocess.DEVNULL, stdout=notes)
    try:
        def answers():
            try:
                with Visitor(port) as visitor:
                    return visitor.ask("/").status == 404
            except OSError:
                return False
        wait_until(answers, "the application to listen")
        server.app = port
        with running(server) as started:
            yield started
    finally:
        app.terminate()
        app.wait()


def test_proxied(proxied, receiver):
    notes = proxied.root / "notes"
    assert post(proxied, "/orders", order='1", mail;x').status == 201
    hook, = receiver.wait()
    assert hook.path == "/hook" and hook.body.startswith('{"uri":"/orders"')
    wait_until(lambda: notes.read_text() == 'mail: 1", mail;x\n', "the mail")
    # Nobody comes from outside to where the work is done.
    assert post(proxied, "/internal/mail", order="evil").status == 403
    # Without the server before it the application does it itself.
    assert Visitor(proxied.app).ask("/orders", method="POST", headers=FORM,
                                    body="order=2").status == 201
    assert notes.read_text() == 'mail: 1", mail;x\nmail: 2\n'
    total = metrics.settled(proxied)["total"]
    assert total["recorded"] == total["ran"] == 2 and total["failed"] == 0
    proxied.error_log.check()
