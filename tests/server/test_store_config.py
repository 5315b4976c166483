# SPDX-License-Identifier: Apache-2.0
"""httpd -t lets no CrosstownStore pass that cannot work."""

import os
import pathlib
import tempfile

import pytest

import kept
from server import Server

ANY_MPM = True

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
}


@pytest.mark.parametrize("config", MISTAKES)
def test_mistakes(build, config):
    server = Server("event", build, "\n".join([kept.load(build), config]))
    try:
        code, said = server.configtest()
    finally:
        server.clean_up()
    assert code != 0, said
    for words in MISTAKES[config]:
        assert words in said


def test_directory_of_somebody_else(build):
    server = Server("event", build, kept.load(build)
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


@pytest.fixture
def doubts(mpm, build):
    """What httpd -t warns of, and lets pass; of a directory as it is left by
    prepare()."""
    def look(path, prepare, more=""):
        server = Server(mpm, build, "%s\n%s\nCrosstownStore %s" % (
            kept.load(build), more, path))
        try:
            prepare(server)
            code, said = server.configtest()
            assert code == 0, said
            return [line for line in said.splitlines() if "CT0230" in line]
        finally:
            server.clean_up()
    return look


def in_a_good_place(server):
    kept.make_directory(server)


STORE = '"${ROOT}/store/tasks.db"'


@pytest.mark.usefixtures("more_than_posix")
def test_a_disk_that_forgets(doubts):
    """A file system that is there on every Linux."""
    directory = pathlib.Path(tempfile.mkdtemp(dir="/dev/shm"))
    try:
        kept.give_away(directory)
        line, = doubts(directory / "tasks.db", lambda server: None)
        assert "CT02303: CrosstownStore %s/tasks.db" % directory in line
        assert "is on tmpfs, where nothing survives a reboot" in line
    finally:
        directory.rmdir()


def test_open_to_others(doubts):
    def prepare(server):
        kept.make_directory(server).chmod(0o777)
        kept.path_of(server).touch(mode=0o644)
        kept.path_of(server).chmod(0o644)
        kept.give_away(kept.path_of(server))

    said = "\n".join(doubts(STORE, prepare))
    assert "others may write into the directory" in said
    assert "others may read or write what tasks are about" in said


def test_on_the_web(doubts):
    said = "\n".join(doubts(STORE, in_a_good_place,
                            'DocumentRoot "${ROOT}/store"'))
    assert "CT02306" in said and "below the DocumentRoot" in said
    assert "CT02306" not in "\n".join(doubts(STORE, in_a_good_place))


def test_no_way_to_it(mpm, build):
    if os.geteuid() != 0:
        pytest.skip("only root's server changes its user")
    server = Server(mpm, build, kept.load(build)
                    + '\nCrosstownStore "${ROOT}/closed/store/tasks.db"')
    try:
        directory = server.root / "closed" / "store"
        directory.mkdir(parents=True)
        kept.give_away(directory)
        directory.parent.chmod(0o700)
        code, said = server.configtest()
        assert code != 0 and "CT02302" in said
        assert "may not pass through the directory %s;" % (
            directory.parent) in said
    finally:
        server.clean_up()


def test_loaded_and_not_used(make_server, build):
    server = make_server(kept.load(build), allowed=kept.ALLOWED)
    assert server.ask("/probe?tag=t&defer=1").status == 200
    server.ledger.wait(event="done", tag="t")


@pytest.mark.parametrize("without", ["crosstown", "crosstown_tasks"])
def test_alone(build, without):
    lines = kept.load(build)
    if without == "crosstown_tasks":
        lines = lines.splitlines()[-1]
    server = Server("event", build, lines, crosstown=(
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
