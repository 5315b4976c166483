# SPDX-License-Identifier: Apache-2.0
"""httpd -t lets no CrosstownStore pass that cannot work."""

import pytest

import kept
from server import Server

# configuration -> words of the message
MISTAKES = {
    "CrosstownStore": ["write the path of the file"],
    "CrosstownStore tasks.db": ['"tasks.db" is no full path'],
    "CrosstownStore /x max=1": ["max=1", "500M or 2G"],
    "CrosstownStore /x max=2T": ["max=2T"],
    "CrosstownStore /x max=99999999999999999999": ["max="],
    "CrosstownStore /x max=8589934592G": ["max="],
    "CrosstownStore /x wait=0": ["wait=0", "500ms"],
    "CrosstownStore /x wait=61": ["wait=61", "up to 60"],
    "CrosstownStore /x speed=9": ['"speed=9" is neither'],
    "CrosstownStore /x\nCrosstownStore /y": ["there is one already"],
    '<Location "/">\nCrosstownStore /x\n</Location>': ["CrosstownStore"],
    "<VirtualHost *:80>\nCrosstownStore /x\n</VirtualHost>": [
        "CrosstownStore"],
    "CrosstownStore /no/such/place/tasks.db": [
        "CT02302", "/no/such/place: No such file", "install -d -m 0700"],
    "CrosstownStore /dev/null/tasks.db": ["CT02302", "/dev/null"],
    "CrosstownStore /tmp": ["CT02302"],
    "CrosstownTask mail http://127.0.0.1/ keep=disk": [
        "CT02001", 'needs "CrosstownStore /path'],
    """CrosstownStore "${ROOT}/tasks.db"
CrosstownTask mail http://127.0.0.1/ keep=disk
<Location "/">
    CrosstownAfter mail
</Location>""": ["CT02003", "CrosstownAfter mail: its task has keep=disk"],
}


@pytest.mark.parametrize("config", MISTAKES)
def test_mistakes(mpm, build, config):
    server = Server(mpm, build, "\n".join([kept.load(build), config]))
    try:
        code, said = server.configtest()
    finally:
        server.clean_up()
    assert code != 0, said
    for words in MISTAKES[config]:
        assert words in said


def test_directory_of_somebody_else(mpm, build):
    server = Server(mpm, build, kept.load(build)
                    + '\nCrosstownStore "${ROOT}/store/tasks.db"')
    try:
        (server.root / "store").mkdir(mode=0o500)
        code, said = server.configtest()
        assert code != 0 and "may not write into the directory" in said
        (server.root / "store").chmod(0o700)
        (server.root / "store").rmdir()
        kept.make_directory(server)
        code, said = server.configtest()
        assert code == 0, said
        assert not kept.path_of(server).exists()
    finally:
        server.clean_up()


def test_loaded_and_not_used(make_server, build):
    server = make_server(kept.load(build), allowed=kept.ALLOWED)
    assert server.ask("/probe?tag=t&defer=1").status == 200
    server.ledger.wait(event="done", tag="t")


@pytest.mark.parametrize("without", ["crosstown", "crosstown_tasks"])
def test_alone(mpm, build, without):
    lines = kept.load(build)
    if without == "crosstown_tasks":
        lines = lines.splitlines()[-1]
    server = Server(mpm, build, lines, crosstown=(
        None if without == "crosstown" else "before"))
    try:
        code, said = server.configtest()
    finally:
        server.clean_up()
    assert code != 0
    assert "LoadModule %s_module modules/mod_%s.so" % (without, without) in (
        said)


def test_a_broken_file_is_put_aside(make_server, build):
    server = make_server(kept.load(build) + "\nCrosstownStore "
                         '"${ROOT}/store/tasks.db"', start=False,
                         allowed=kept.ALLOWED)
    kept.make_directory(server)
    kept.path_of(server).write_bytes(b"no database at all" * 1000)
    kept.give_away(kept.path_of(server))
    server.start()
    server.error_log.expect("CT02304:.*is .*tasks.db.corrupt-[0-9]+ now")
    assert kept.count(server) == 0


def test_a_newer_file_is_left_alone(make_server, build):
    config = kept.load(build) + '\nCrosstownStore "${ROOT}/store/tasks.db"'
    server = make_server(config, start=False, allowed=kept.ALLOWED)
    kept.make_directory(server)
    server.start()
    server.error_log.allow(r"CT02311:")      # a child may be late
    kept.query(server, "PRAGMA user_version = 99")
    server.stop()
    with pytest.raises(AssertionError, match="does not start|made by a newer"):
        server.start()
    server.error_log.expect("CT02305:.*made by a newer mod_crosstown_store")
    server.error_log.allow(r"AH00016:|AH00020:")
    kept.query(server, "PRAGMA user_version = 1")
    server.start()
