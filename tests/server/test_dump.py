# SPDX-License-Identifier: Apache-2.0
"""`httpd -t -D DUMP_CROSSTOWN` prints what is in force; mod_info has the
directives."""

import re
import subprocess
import urllib.request

from httpd import httpd_program

ANY_MPM = True

CONFIG = """
Listen 127.0.0.1:${PORT2}
CrosstownThreads 2 8
CrosstownQueue 1000
CrosstownOverflow inline
CrosstownDrain 3
CrosstownLimit mail scope=server queue=5 concurrency=2
CrosstownLimit x scope=child concurrency=1
CrosstownNoGo 404 500-599 302
<Directory "/srv/some/">
    CrosstownOnAbort skip
    <Files "*.cgi">
        CrosstownNoGo none
    </Files>
</Directory>
<Location "/silent">
    SetHandler none
</Location>
<LocationMatch "^/a+$">
    Crosstown Off
    <If "true">
        Crosstown On
    </If>
    <Else>
        CrosstownNoGo 100-199 205 201-203
    </Else>
</LocationMatch>
<VirtualHost 127.0.0.1:${PORT2}>
    ServerName second.example
    CrosstownNoGo 3xx 299 400
    <Location "/second">
        Crosstown Off
    </Location>
</VirtualHost>
"""

CHILD = """
each child process:
    CrosstownThreads 2 8
    CrosstownQueue 1000
    CrosstownOverflow inline
    CrosstownDrain 3
"""

LIMITS = """
    CrosstownLimit "mail" concurrency=2 queue=5 scope=server
    CrosstownLimit "x" concurrency=1
"""


def settings(on, no_go, on_abort):
    return ["Crosstown " + on, "CrosstownNoGo " + no_go,
            "CrosstownOnAbort " + on_abort]


MAIN = "302 404 5xx"
SECOND = "299-399 400"

# Heading, how deep it stands, and what holds there.
MAIN_SECTIONS = [
    (r'server localhost:', 0, settings("On", MAIN, "run")),
    (r'<Directory "/srv/some/">', 1, settings("On", MAIN, "skip")),
    (r'<Files "\*\.cgi">', 2, settings("On", "none", "skip")),
    (r'<LocationMatch "\^/a\+\$">', 1, settings("Off", MAIN, "run")),
    (r'<If> of .*httpd\.conf:\d+', 2, settings("On", MAIN, "run")),
    (r'<Else>', 2, settings("Off", "1xx 201-203 205", "run")),
]
SECOND_SECTIONS = [
    (r'virtual host second\.example \(.*httpd\.conf:\d+\):', 0,
     settings("On", "299 3xx 400", "run")),
    (r'<Directory "/srv/some/">', 1, settings("On", "299 3xx 400", "skip")),
    (r'<Location "/second">', 1, settings("Off", "299 3xx 400", "run")),
]


def dump(server):
    done = subprocess.run(
        [httpd_program(), "-t", "-D", "DUMP_CROSSTOWN", "-f",
         str(server.write_config())], text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Syntax OK" in done.stderr
    return done.stdout


def pattern_of(sections):
    """Heading and lines of each, further in by four per level."""
    text = ""
    for heading, depth, lines in sections:
        text += " " * 4 * depth + heading + "\n"
        for line in lines:
            text += " " * 4 * (depth + 1) + re.escape(line) + "\n"
    return text


def test_what_is_in_force(make_server):
    text = dump(make_server(CONFIG, start=False))
    assert re.match(r"mod_crosstown \d+\.\d+\n", text)
    assert CHILD in text and LIMITS in text
    assert re.search("^" + pattern_of(MAIN_SECTIONS), text, re.M), text
    for section in SECOND_SECTIONS:
        assert re.search("^" + pattern_of([section]), text, re.M), text
    assert "/silent" not in text


def test_defaults(make_server):
    text = dump(make_server(start=False))
    assert "CrosstownThreads 1 32\n    CrosstownQueue 65536\n" in text
    assert "    CrosstownOverflow reject\n    CrosstownDrain 5\n" in text
    assert re.search("^" + pattern_of([
        ("server localhost:", 0, settings("On", "4xx 5xx", "run"))]), text,
        re.M), text


def test_nothing_without_the_word(make_server):
    server = make_server(CONFIG, start=False)
    code, text = server.configtest()
    assert code == 0
    assert text.strip() == "Syntax OK"


def test_what_it_says_is_what_happens(make_server):
    """The words that it prints mean the same when they are read."""
    first = make_server(CONFIG, start=False)
    words = re.search(r"CrosstownNoGo (1xx .*)", dump(first)).group(1)
    again = make_server("CrosstownNoGo %s\n" % words, start=False)
    assert "    CrosstownNoGo %s\n" % words in dump(again)


def test_mod_info(make_server):
    server = make_server(CONFIG + """
        <Location "/info">
            SetHandler server-info
        </Location>""", modules=("info",))
    url = "http://127.0.0.1:%d/info?mod_crosstown.c" % server.port
    with urllib.request.urlopen(url, timeout=20) as answer:
        page = re.sub(r"<[^>]+>", "", answer.read().decode())
    for line in ("CrosstownThreads 2 8", "CrosstownNoGo 404 500-599 302",
                 "CrosstownOnAbort - run or skip"):
        assert line in page, page
