# SPDX-License-Identifier: Apache-2.0
"""CrosstownAfter: a task after every response of a place, if its condition
holds; values and condition are those of the final status."""

import pytest

import named
from server import Server, running


@pytest.fixture(scope="module")
def shared_server(mpm, build, shared_receiver):
    server = Server(mpm, build, "\n".join([
        named.load(build), named.cgi_lines(mpm), """
CrosstownTask seen %(url)s/seen
CrosstownTask json %(url)s/json format=json
CrosstownNoGo none
TypesConfig "${ROOT}/types"
AddType text/plain .txt
<Location "/">
    CrosstownAfter seen "uri=%%{REQUEST_URI}" "status=%%{REQUEST_STATUS}" \\
        "agent=%%{HTTP_USER_AGENT}" "expr=%%{REQUEST_METHOD} != 'OPTIONS'"
</Location>
<Location "/more">
    CrosstownAfter json "type=%%{resp:Content-Type}" plain=text
</Location>
<Location "/quiet">
    CrosstownAfter none
</Location>
<Location "/some">
    CrosstownAfter none
    CrosstownAfter json "expr=%%{REQUEST_STATUS} == 404"
</Location>
ErrorDocument 403 /page.txt
<Location "/forbidden">
    Require all denied
</Location>
<Directory "${ROOT}/htdocs/dir">
    DirectoryIndex page.txt
</Directory>
""" % {"url": shared_receiver.url("")}]), modules=("dir", "mime"), allowed=("AH01630|AH01797",))
    (server.root / "types").touch()
    (server.htdocs / "page.txt").write_text("page\n")
    (server.htdocs / "dir").mkdir()
    (server.htdocs / "dir" / "page.txt").write_text("page\n")
    for name in ("more", "quiet", "some"):
        (server.htdocs / name).mkdir()
        (server.htdocs / name / "page.txt").write_text("page\n")
    with running(server) as started:
        yield started


def ask(server, path, **more):
    return server.ask(path, headers={"User-Agent": "a&b"}, **more)


def bodies(receiver, count):
    return sorted(hook.body for hook in receiver.wait(count))


def seen(path, status):
    return "uri=%s&status=%d&agent=a%%26b" % (path.replace("/", "%2F"), status)


@pytest.mark.parametrize("path, status", [
    ("/page.txt", 200), ("/nothing", 404)])
def test_after_every_response(server, receiver, path, status):
    assert ask(server, path).status == status
    assert bodies(receiver, 1) == [seen(path, status)]


def test_an_error_document_is_the_last_word(server, receiver):
    assert ask(server, "/forbidden").status == 403
    assert bodies(receiver, 1) == [seen("/page.txt", 403)]


def test_the_place_is_that_of_the_url(server, receiver):
    assert ask(server, "/dir/").status == 200
    assert bodies(receiver, 1) == [seen("/dir/page.txt", 200)]


def test_sections_add(server, receiver):
    assert ask(server, "/more/page.txt").status == 200
    assert bodies(receiver, 2) == [
        seen("/more/page.txt", 200),
        '{"type":"text/plain","plain":"text"}']
    # In the order of the sections.
    ask(server, "/page.txt")
    receiver.wait()


def test_none_drops_what_is_outside(server, receiver):
    ask(server, "/quiet/page.txt")
    ask(server, "/some/page.txt")
    ask(server, "/some/nothing")
    assert bodies(receiver, 1) == ["{}"]


def test_a_condition_that_does_not_hold(server, receiver):
    ask(server, "/page.txt", method="OPTIONS")
    ask(server, "/page.txt")
    assert bodies(receiver, 1) == [seen("/page.txt", 200)]
