# SPDX-License-Identifier: Apache-2.0
"""httpd -t reports every mistake with file, line, the word and a remedy."""

import pytest

from server import Server

HUGE = "1000000000"
LONG = "9" * 40

# directive -> the words that the message must contain
MISTAKES = {
    "CrosstownNoGo": [],
    "CrosstownNoGo sixxx": ["sixxx"],
    "CrosstownNoGo 4xx 6xx": ["6xx"],
    "CrosstownNoGo 0xx": ["0xx"],
    "CrosstownNoGo 99": ["99"],
    "CrosstownNoGo 600": ["600"],
    "CrosstownNoGo 4x": ["4x"],
    "CrosstownNoGo 405-400": ["405-400"],
    "CrosstownNoGo 400-": ["400-"],
    "CrosstownNoGo 400-4xx": ["400-4xx"],
    "CrosstownNoGo -404": ["-404"],
    "CrosstownNoGo none 404": ["none"],
    "CrosstownNoGo 404 none": ["none"],
    'CrosstownNoGo ""': [],
    'CrosstownNoGo "4xx 5yy"': ["5yy"],
    'CrosstownNoGo "4xx;5xx"': ["4xx;5xx"],
    "CrosstownNoGo 404.5": ["404.5"],
    "CrosstownNoGo " + LONG: [],
    "Crosstown Maybe": ["On", "Off"],
    "Crosstown": [],
    "Crosstown On Off": ["one argument"],
    "Crosstown On what follows": [],
    "CrosstownNoGo %s4yy" % ("404 " * 70): ["4yy"],
    'CrosstownLimit "" queue=1': ["name"],
    "CrosstownLimit queue=1": ["name"],
    "CrosstownLimit queue=1 concurrency=2": ["queue=1"],
    "CrosstownLimit mail queue=1 queue=2": ["queue=2", "once"],
    "CrosstownLimit mail Concurrency=1 queue=2 concurrency=3":
        ["concurrency=3", "once"],
    "CrosstownLimit mail queue=1%s x=1" % (" " * 100): ["x=1"],
    "CrosstownLimit scope=server concurrency=1": ["scope=server"],
    "CrosstownLimit mail scope=server": ["mail", "concurrency=NUMBER"],
    "CrosstownLimit mail queue=5 scope=server": ["mail", "concurrency=NUMBER"],
    "CrosstownLimit mail concurrency=1 scope=all": ["all", "child", "server"],
    "CrosstownLimit mail scope=child concurrency=1 scope=server":
        ["scope=server", "once"],
    "CrosstownHtaccess": ["one argument"],
    "CrosstownHtaccess none": ["none", "On", "Off"],
    "CrosstownOnAbort walk": ["walk", "run", "skip"],
    "CrosstownOnAbort": [],
    "CrosstownThreads 0 4": ["0"],
    "CrosstownThreads 1 0": ["0"],
    "CrosstownThreads 8 4": ["8", "4"],
    "CrosstownThreads 1 " + HUGE: [HUGE],
    "CrosstownThreads 1 " + LONG: [LONG],
    "CrosstownThreads one 4": ["one"],
    "CrosstownThreads 1 four": ["four"],
    "CrosstownThreads 1 4x": ["4x"],
    "CrosstownThreads -1 4": ["-1"],
    "CrosstownThreads 4": [],
    "CrosstownThreads": [],
    "CrosstownThreads 1 2 3": [],
    "CrosstownQueue 0": ["0"],
    "CrosstownQueue -1": ["-1"],
    "CrosstownQueue abc": ["abc"],
    "CrosstownQueue 10k": ["10k"],
    "CrosstownQueue " + LONG: [LONG],
    "CrosstownQueue": [],
    "CrosstownOverflow maybe": ["maybe", "reject", "inline"],
    "CrosstownOverflow": [],
    "CrosstownDrain -1": ["-1"],
    "CrosstownDrain soon": ["soon"],
    "CrosstownDrain 1s": ["1s"],
    "CrosstownDrain " + LONG: [LONG],
    "CrosstownDrain": [],
    "CrosstownLimit": [],
    "CrosstownLimit mail": ["concurrency=NUMBER", "queue=NUMBER"],
    "CrosstownLimit mail 2": ['"2"', "concurrency=NUMBER"],
    "CrosstownLimit mail concurrency=0": ["0"],
    "CrosstownLimit mail concurrency=": ['""'],
    "CrosstownLimit mail concurrency=few": ["few"],
    "CrosstownLimit mail queue=0": ["0"],
    "CrosstownLimit mail queue=" + LONG: [LONG],
    "CrosstownSlowTask": [],
    "CrosstownSlowTask soon": ["soon", "whole seconds from 0 to 86400"],
    "CrosstownSlowTask 0.5": ["0.5"],
    "CrosstownSlowTask -1": ["-1"],
    "CrosstownSlowTask 86401": ["86401", "86400"],
    "CrosstownSlowTask 1 2": [],
    "CrosstownFriday 1": ["CrosstownFriday"],
}

GOOD = [
    "CrosstownThreads 1 1", "CrosstownThreads 4 4", "CrosstownQueue 1",
    "CrosstownDrain 0", "CrosstownOverflow INLINE", "Crosstown off",
    "CrosstownOnAbort Skip", "CrosstownNoGo 4XX,5xX",
    'CrosstownNoGo "5xx 400-405" 302', "CrosstownNoGo 100-599",
    "CrosstownNoGo 404-404", "CrosstownLimit mail concurrency=2",
    "CrosstownLimit mail QUEUE=10 Concurrency=1\nCrosstownLimit x queue=1",
    "CrosstownLimit mail scope=server queue=2 concurrency=1\n"
    "CrosstownLimit x concurrency=1 scope=Child",
]

SERVER_WIDE = ["CrosstownThreads 1 4", "CrosstownQueue 10",
               "CrosstownOverflow reject", "CrosstownDrain 1",
               "CrosstownLimit mail queue=1", "CrosstownSlowTask 0"]

SECTIONS = {
    "VirtualHost": '<VirtualHost 127.0.0.1:1>\n%s\n</VirtualHost>',
    "Directory": '<Directory "${ROOT}">\n%s\n</Directory>',
    "Location": '<Location "/probe">\n%s\n</Location>',
}


@pytest.fixture(scope="module")
def bench(build):
    server = Server("event", build)
    yield server
    server.clean_up()


def verdict(bench, config):
    bench.config = config
    code, text = bench.configtest()
    lines = (bench.root / "httpd.conf").read_text().splitlines()
    return code, text, lines


@pytest.mark.parametrize("directive", MISTAKES)
def test_mistake(bench, directive):
    code, text, lines = verdict(bench, directive)
    assert code != 0 and "Syntax OK" not in text
    assert str(bench.root / "httpd.conf") in text
    assert "line %d of" % (lines.index(directive) + 1) in text
    for word in [directive.split()[0], *MISTAKES[directive]]:
        assert word.lower() in text.lower()


@pytest.mark.parametrize("crosstown,code", [("before", 1), ("after", 1),
                                            (None, 0)])
def test_another_modules_words(build, crosstown, code):
    """crosstown_client_check_statuses() in a directive handler of its own,
    wherever the LoadModule lines stand."""
    bench = Server("event", build, crosstown=crosstown)
    try:
        found, text, _ = verdict(bench, "ProbeNoGo 5xx,6xx")
        assert found == code, text
        assert ("6xx" in text) == bool(code)
        assert verdict(bench, "ProbeNoGo 5xx,302")[0] == 0
    finally:
        bench.clean_up()


def test_a_name_has_its_limits_on_one_line(bench):
    code, text, _ = verdict(bench, "CrosstownLimit mail queue=1\n"
                            "CrosstownLimit mail queue=2")
    assert code != 0
    assert 'CrosstownLimit: "mail" has its limits already' in text


def test_so_many_names_over_all_children(bench):
    lines = ["CrosstownLimit name%d concurrency=1 scope=server" % number
             for number in range(17)]
    assert verdict(bench, "\n".join(lines[:16]))[0] == 0
    code, text, _ = verdict(bench, "\n".join(lines))
    assert code != 0
    assert '"name16" is one name too many' in text


@pytest.mark.parametrize("directive", [
    "Crosstown Off", "CrosstownNoGo 404", "CrosstownOnAbort skip",
    "CrosstownHtaccess Off"])
@pytest.mark.parametrize("section", [
    "<Limit POST>\n%s\n</Limit>", "<LimitExcept GET>\n%s\n</LimitExcept>"])
def test_limit_is_no_section_of_ours(bench, section, directive):
    """There it would hold for every method, in silence."""
    code, text, lines = verdict(
        bench, '<Location "/x">\n%s\n</Location>' % (section % directive))
    assert code != 0
    assert "line %d of" % (lines.index(directive) + 1) in text
    assert directive.split()[0] + " cannot occur within <Limit>" in text
    assert '<If "%{REQUEST_METHOD} == \'POST\'">' in text


def test_what_to_write_instead_of_limit(bench):
    code, text, _ = verdict(bench, """<Location "/x">
        <If "%{REQUEST_METHOD} == 'POST'">
            Crosstown Off
        </If>
    </Location>""")
    assert code == 0, text


@pytest.mark.parametrize("directive", GOOD)
def test_no_mistake(bench, directive):
    code, text, _ = verdict(bench, directive)
    assert code == 0, text
    assert "Syntax OK" in text


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("directive", SERVER_WIDE)
def test_server_wide_directive_in_a_section(bench, directive, section):
    name = directive.split()[0]
    code, text, lines = verdict(bench, SECTIONS[section] % directive)
    assert code != 0
    assert "line %d of" % (lines.index(directive) + 1) in text
    assert name in text
    assert any(words in text for words in
               ("cannot occur within", "not allowed in", "server config"))


def test_every_directive_where_it_belongs(bench):
    inner = ("Crosstown On\nCrosstownNoGo 4xx\nCrosstownOnAbort skip\n"
             "CrosstownHtaccess Off\n")
    code, text, _ = verdict(bench, "\n".join(
        SERVER_WIDE + [inner] + [form % inner for form in SECTIONS.values()]))
    assert code == 0, text
