# SPDX-License-Identifier: Apache-2.0
"""A mistake in a .htaccess file: a 500 and a line in the error log."""

import pytest

ANY_MPM = True

CONFIG = """
<Directory "${ROOT}/htdocs">
    AllowOverride FileInfo
    SetHandler probe
</Directory>
"""

MISTAKES = {
    "words": ("CrosstownNoGo 4xx sixxx", "sixxx"),
    "range": ("CrosstownNoGo 405-400", "405-400"),
    "switch": ("Crosstown Maybe", "Crosstown"),
    "abort": ("CrosstownOnAbort walk", "walk"),
    "threads": ("CrosstownThreads 1 4", "CrosstownThreads"),
    "queue": ("CrosstownQueue 10", "CrosstownQueue"),
    "overflow": ("CrosstownOverflow reject", "CrosstownOverflow"),
    "drain": ("CrosstownDrain 1", "CrosstownDrain"),
}


def prepare(server, request):
    for name, (text, _) in MISTAKES.items():
        (server.htdocs / name).mkdir()
        (server.htdocs / name / ".htaccess").write_text(text + "\n")


@pytest.mark.parametrize("place", MISTAKES)
def test_mistake(server, place):
    answer = server.ask("/%s/page" % place, "defer=1")
    assert answer.status == 500
    line, = server.error_log.expect(r"\[core:alert\].*/%s/\.htaccess" % place)
    assert MISTAKES[place][1] in line
    assert not server.ledger.lines(event="record", tag=answer.tag)
