# SPDX-License-Identifier: Apache-2.0
"""?url=/path of the status page: what holds for that URL, and which line of
which file has said it."""

import urllib.parse

import pytest

import named

ANY_MPM = True

CONFIG = """
Listen 127.0.0.1:${PORT2}
CrosstownTask mail http://127.0.0.1:9/ retries=3
CrosstownNoGo 404
<Location "/crosstown-status">
    SetHandler crosstown-status
</Location>
<Directory "${ROOT}/htdocs">
    AllowOverride FileInfo
    CrosstownAccept mail
</Directory>
<Directory "${ROOT}/htdocs/closed">
    CrosstownHtaccess Off
</Directory>
<LocationMatch "^/a+$">
    CrosstownOnAbort skip
    CrosstownAccept none
    <If "%{QUERY_STRING} == 'x=1'">
        Crosstown Off
    </If>
</LocationMatch>
<Location "/after">
    CrosstownAfter mail to=%{REQUEST_URI}
    CrosstownReport On
</Location>
<Location "/forbidden">
    Require all denied
</Location>
<VirtualHost 127.0.0.1:${PORT2}>
    ServerName second.example
    DocumentRoot "${ROOT}/htdocs"
    <Location "/a">
        CrosstownNoGo 5xx
    </Location>
</VirtualHost>
"""
HTACCESS = "CrosstownNoGo none\n"


def prepare(server, request):
    server.config = named.load(server.build) + CONFIG
    for place in ("open", "closed"):
        (server.htdocs / place).mkdir()
        (server.htdocs / place / ".htaccess").write_text(HTACCESS)


def ask(server, url, port=None):
    """@return ([line], {setting: where it was said})"""
    answer = server.ask("/crosstown-status?url="
                        + urllib.parse.quote(url, safe=""), port=port)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.body.decode().splitlines()
    heading = 1
    while lines[heading].startswith("    "):
        heading += 1
    said = {}
    for words, where in zip(lines[heading::2], lines[heading + 1::2],
                            strict=True):
        assert where.startswith("    ")
        said[words] = where.strip()
    return lines[:heading], said


def place(server, line, nth=0):
    """Where a line stands in the configuration."""
    config = server.root / "httpd.conf"
    numbers = [number for number, text in
               enumerate(config.read_text().splitlines(), 1)
               if text.strip() == line]
    return "%s:%d" % (config, numbers[nth])


def test_defaults_and_the_server(server):
    heading, said = ask(server, "/nothing/there")
    assert heading == [
        "/nothing/there", "    server localhost",
        "    file %s/nothing" % server.htdocs]
    assert said == {
        "Crosstown On": "default",
        "CrosstownNoGo 404": place(server, "CrosstownNoGo 404"),
        "CrosstownOnAbort run": "default",
        "CrosstownHtaccess On": "default",
        "CrosstownControl Off": "default",
        "CrosstownAccept mail": place(server, "CrosstownAccept mail")
        + ', in <Directory "%s">' % server.htdocs,
        "CrosstownTask mail http://127.0.0.1:9/ retries=3": place(
            server, "CrosstownTask mail http://127.0.0.1:9/ retries=3"),
        "CrosstownAfter none": "default",
        "CrosstownReport Off": "default"}


@pytest.mark.parametrize("query,on", [("", "Crosstown On"),
                                      ("?x=1", "Crosstown Off")])
def test_sections_and_conditions(server, query, on):
    _, said = ask(server, "/aaa" + query)
    section = ', in <LocationMatch "^/a+$">'
    assert said["CrosstownOnAbort skip"] == place(
        server, "CrosstownOnAbort skip") + section
    assert said["CrosstownAccept none"] == place(
        server, "CrosstownAccept none") + section
    assert said[on] == ("default" if not query else place(
        server, "Crosstown Off") + section
        + " <If \"%{QUERY_STRING} == 'x=1'\">")


@pytest.mark.parametrize("directory", ["open", "closed"])
def test_htaccess_files(server, directory):
    """A line that does not count is not named."""
    _, said = ask(server, "/%s/page" % directory)
    file = server.htdocs / directory / ".htaccess"
    if directory == "open":
        assert said["CrosstownNoGo none"] == "%s:1" % file
    else:
        assert said["CrosstownNoGo 404"] == place(server, "CrosstownNoGo 404")
        assert said["CrosstownHtaccess Off"].startswith(
            place(server, "CrosstownHtaccess Off"))


def test_named_tasks(server):
    _, said = ask(server, "/after")
    line = "CrosstownAfter mail to=%{REQUEST_URI}"
    section = ', in <Location "/after">'
    assert said[line] == place(server, line) + section
    assert said["CrosstownReport On"] == place(
        server, "CrosstownReport On") + section


def test_a_virtual_host(server):
    heading, said = ask(server, "/a", port=server.ports[1])
    assert heading[1] == "    virtual host second.example (%s)" % place(
        server, "<VirtualHost 127.0.0.1:${PORT2}>")
    assert said["CrosstownNoGo 5xx"] == (
        place(server, "CrosstownNoGo 5xx") + ", in <VirtualHost 127.0.0.1:%d> "
        '<Location "/a">' % server.ports[1])


def test_who_may_not_go_there(server):
    heading, said = ask(server, "/forbidden")
    assert heading[-1].startswith("    answered 403 before its handler")
    assert "CrosstownNoGo 404" in said
    server.error_log.expect("AH01630")


@pytest.mark.parametrize("url", ["", "http://localhost/", "shop"])
def test_what_is_no_path(server, url):
    answer = server.ask("/crosstown-status?url=" + url)
    assert answer.status == 400
    assert answer.body.decode().startswith("url: ")


def test_what_httpd_cannot_look_up(server):
    heading, _ = ask(server, "/%00<b>")
    assert heading[0] == "/%00<b>"
    assert "answered 4" in heading[-1]
