# SPDX-License-Identifier: Apache-2.0
"""What tests of keep=disk share: the modules, a directory for the store, and
the store as an SQL shell sees it."""

import os
import pathlib
import pwd
import signal
import sqlite3
import time

import named
from ledger import wait_until
from resources import user_lines

# Where the tests run is the machine's business.
ALLOWED = (r"AH10034:", r"CT02303:")
HOUR = 3600000      # milliseconds


def load(build):
    return "\n".join([
        named.load(build),
        'LoadModule crosstown_store_module "%s/mod_crosstown_store.so"'
        % build])


def make_directory(server):
    directory = server.root / "store"
    directory.mkdir()
    directory.chmod(0o700)
    give_away(directory)
    return directory


def user():
    """That the children are; None: who we are."""
    lines = user_lines().split()
    return lines[1] if lines else None


def give_away(path):
    """To the user that the children are."""
    if user():
        entry = pwd.getpwnam(user())
        os.chown(path, entry.pw_uid, entry.pw_gid)


def path_of(server):
    return server.root / "store" / "tasks.db"


def query(server, sql, *values):
    """All rows."""
    shell = sqlite3.connect("file:%s?mode=rw" % path_of(server), uri=True,
                            timeout=60)
    try:
        rows = shell.execute(sql, values).fetchall()
        shell.commit()
        return rows
    finally:
        shell.close()


def count(server, where="1"):
    return query(server, "SELECT count(*) FROM task WHERE " + where)[0][0]


def add(server, name, state, attempt, due, **more):
    """A row; times in milliseconds from now."""
    now = int(time.time() * 1000)
    row = {"name": name, "token": "0" * 32, "state": state,
           "attempt": attempt, "not_before": now + due,
           "created": now - HOUR, "died": now if state == 2 else None,
           "payload": b"to=42", "type": "text/plain", "status": 202, **more}
    query(server, "INSERT INTO task (%s) VALUES (%s)" % (
        ", ".join(row), ", ".join("?" * len(row))), *row.values())


def wait_for_count(server, number, where="1"):
    wait_until(lambda: count(server, where) == number,
               lambda: "%d task(s) where %s: %r" % (
                   number, where, query(server, "SELECT * FROM tasks")))


def kill_all(server):
    """All at once, with whom the parent is about to start."""
    server.error_log.allow(r"AH00098:")      # it has left its pid file
    server.error_log.allow(r"AH01239:")      # mod_cgid's is one of them
    kill_all_left(server)


def kill_all_left(server):
    """Whatever there still is of it."""
    if group_lives(server):
        os.killpg(server.process.pid, signal.SIGKILL)
    server.process.wait()
    wait_until(lambda: not group_lives(server), "the killed to be gone")


def members(server):
    """Process ids of all that there is of it, but for the parent."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            text = pathlib.Path("/proc", entry, "stat").read_text()
        except OSError:
            continue
        state, _, group = text.rsplit(")", 1)[1].split()[:3]
        if (int(group) == server.process.pid and state != "Z"
                and int(entry) != server.process.pid):
            found.append(int(entry))
    return found


def group_lives(server):
    try:
        os.killpg(server.process.pid, 0)
    except ProcessLookupError:
        return False
    return True


def take_away(server):
    """The store cannot be used from now on."""
    server.error_log.allow(r"CT02311:")
    (server.root / "store").rename(server.root / "away")


def bring_back(server):
    (server.root / "away").rename(server.root / "store")
