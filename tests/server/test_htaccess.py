# SPDX-License-Identifier: Apache-2.0
"""What a .htaccess file may say about tasks, and who does not listen to it."""

import pytest

ANY_MPM = True

CONFIG = """
<Directory "${ROOT}/htdocs">
    AllowOverride FileInfo
    SetHandler probe
</Directory>
<Directory "${ROOT}/htdocs/closed">
    CrosstownHtaccess Off
</Directory>
<Directory "${ROOT}/htdocs/closed/reopened">
    CrosstownHtaccess On
</Directory>
<Location "/open/off/own">
    Crosstown On
</Location>
<Location "/closed/words/own">
    CrosstownNoGo 200
</Location>
"""

FILES = {
    "off": "Crosstown Off",
    "words": "CrosstownNoGo 100-599",
    "abort": "CrosstownOnAbort skip",
    "if": '<If "true">\n    Crosstown Off\n</If>',
    "files": '<Files "*">\n    CrosstownNoGo 2xx\n</Files>',
    "lock": "CrosstownHtaccess On\nCrosstown Off",
}

BROKEN_OFF = "size=100000&declare=-1&break=502&"


def prepare(server, request):
    for place in ("open", "closed", "closed/reopened"):
        for name, text in FILES.items():
            (server.htdocs / place / name).mkdir(parents=True)
            (server.htdocs / place / name / ".htaccess").write_text(text)


@pytest.mark.parametrize("name", ["off", "words", "abort", "if", "files"])
@pytest.mark.parametrize("place,script,expected", [
    ("open", "", "NO_GO"),
    ("open", "no_htaccess=1&", "RAN"),
    ("closed", "", "RAN"),
    ("closed", "no_htaccess=1&", "RAN"),
    ("closed/reopened", "", "NO_GO"),
    ("closed/reopened", "no_htaccess=1&", "RAN"),
])
def test_who_listens(server, place, name, script, expected):
    tag = "-".join((place, name, script))
    with server.raw() as client:
        client.get("/%s/%s/page?tag=%s&%s%sdefer=1" % (
            place, name, tag.replace("&", ""), script,
            BROKEN_OFF if name == "abort" else ""), "Connection: close")
        assert client.read_head()[0] == 200
        client.read_to_the_end()
    assert server.ledger.outcomes(tag.replace("&", ""), 1) == {expected: 1}


@pytest.mark.parametrize("path", ["/open/off/own", "/closed/words/own"])
@pytest.mark.parametrize("script", ["", "no_htaccess=1&"])
def test_what_is_configured_holds_for_all(server, path, script):
    """Behind the .htaccess file as before it, and for such tasks, too."""
    answer = server.ask(path, script + "defer=1")
    assert server.ledger.outcomes(answer.tag, 1) == {
        "NO_GO" if path.startswith("/closed") else "RAN": 1}


def test_a_htaccess_file_does_not_open_itself(server):
    answer = server.ask("/closed/lock/page", "defer=1")
    assert answer.status == 500
    server.error_log.expect(r"\.htaccess: CrosstownHtaccess not allowed here")
