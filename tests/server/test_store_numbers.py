# SPDX-License-Identifier: Apache-2.0
"""What is in the store, and how it is doing, wherever numbers are shown; and
what an administrator does with it in an SQL shell."""

import os
import pathlib
import re
import shlex
import subprocess
import time

import pytest

import kept
import metrics
import prometheus
import status
from ledger import wait_until
from server import Server, running

ANY_MPM = True

PAGE = (pathlib.Path(__file__).resolve().parents[2] / "conf-examples"
        / "tasks" / "README.md")

CONFIG = metrics.CONFIG + """
CrosstownStore "${ROOT}/store/tasks.db" max=8M
CrosstownTask mail %s keep=disk
<Location "/server-status">
    SetHandler server-status
</Location>
"""


def config_for(build, receiver):
    return kept.load(build) + CONFIG % receiver.url("/hook")


@pytest.fixture(scope="module")
def shared_server(mpm, build, shared_receiver):
    server = Server(mpm, build, config_for(build, shared_receiver),
                    modules=("status",), allowed=kept.ALLOWED)
    with running(server, lambda: kept.make_directory(server)) as started:
        yield started


def fill(server):
    kept.query(server, "DELETE FROM task")
    kept.add(server, "mail", 0, 0, kept.HOUR)
    kept.add(server, "mail", 0, 3, kept.HOUR)
    kept.add(server, "mail", 0, 1, kept.HOUR)
    for _ in range(3):
        kept.add(server, "mail", 2, 5, 0)
    kept.add(server, "gone", 2, 1, 0)


def counted(server):
    """Once what has just been done is counted."""
    return metrics.wait_for(
        server, lambda now: any(row["name"] == "gone" for row
                                in now["modules"]["kept"]),
        "it to be counted")["modules"]


def test_every_format_says_it(server):
    fill(server)
    told = counted(server)
    rows = {row.pop("name"): row for row in told["kept"]}
    assert {key: rows["mail"][key] for key in (
        "waiting", "delayed", "retrying", "dead", "late")} == {
            "waiting": 0, "delayed": 1, "retrying": 2, "dead": 3, "late": 0}
    assert rows["gone"]["dead"] == 1 and rows["gone"]["oldest"] == 0
    for age in (rows["mail"]["oldest"], rows["mail"]["oldest_dead"],
                rows["gone"]["oldest_dead"]):
        assert 3600e6 <= age < 4500e6
    numbers = prometheus.read(server)
    for name, row in rows.items():
        for key in ("waiting", "delayed", "retrying", "dead"):
            assert numbers.get("crosstown_kept_" + key, name) == row[key]
    assert numbers.get("crosstown_kept_late_seconds", "mail") == 0
    assert numbers.get("crosstown_kept_oldest_seconds", "mail") >= 3600
    page = {row["name"]: row for row in status.read(server).rows("of-kept")}
    assert [page["mail"][key] for key in (
        "waiting", "delayed", "retrying", "dead")] == ["0", "1", "2", "3"]
    assert page["mail"]["oldest"].startswith("1 h ")
    auto = server.ask("/server-status?auto").body.decode()
    for line in ("KeptDelayed: 1", "KeptRetrying: 2", "KeptDead: 4",
                 "KeptLate: 0"):
        assert "\nCrosstown%s\n" % line in auto
    assert "mail: waiting 0, delayed 1, retrying 2, dead 3, late" in re.sub(
        "<[^>]*>", "", server.ask("/server-status").body.decode())


def test_how_it_is_doing(server):
    metrics.wait_for(server, lambda now: now["modules"]["store"]["used"],
                     "a look at it")
    told = metrics.read(server)["modules"]["store"]
    assert told["unfit"] == told["away"] == told["full"] == 0
    assert told["max"] == 8 << 20 and 0 < told["room"] < 8 << 20
    assert told["used"] > 0 and told["log"] > 0
    assert told["path"] == str(kept.path_of(server))
    assert 0 < told["counted"]
    numbers = prometheus.read(server)
    assert numbers.get("crosstown_store_max_bytes") == 8 << 20
    assert numbers.get("crosstown_store_unfit_seconds") == 0
    assert {row["what"]: row["now"] for row in status.read(server).rows(
        "of-store")}["max="] == "8.0 MB"


def test_full(make_server, build, receiver):
    """So that nothing more is put; which is seen, and since when."""
    server = make_server(config_for(build, receiver).replace("8M", "1M"),
                         start=False, modules=("status",),
                         allowed=kept.ALLOWED)
    kept.make_directory(server)
    server.start()
    kept.add(server, "gone", 2, 1, 0, payload=b"x" * 1500000)
    server.error_log.expect("CT02312:.*it has reached max=")
    told = metrics.wait_for(
        server, lambda now: now["modules"]["store"]["full"],
        "it to be full")["modules"]["store"]
    assert told["room"] == 0
    server.error_log.allow("CT02312:")           # each child says so
    kept.query(server, "DELETE FROM task")
    metrics.wait_for(server, lambda now: not now["modules"]["store"]["full"],
                     "it to have room")


def test_away(make_server, build, receiver):
    server = make_server(config_for(build, receiver), start=False,
                         modules=("status",), allowed=kept.ALLOWED)
    kept.make_directory(server)
    server.start()
    kept.add(server, "gone", 2, 1, 0)
    counted(server)
    kept.take_away(server)
    told = metrics.wait_for(
        server, lambda now: now["modules"]["store"]["away"],
        "it to be away")
    assert told["verdict"]["state"] == "away"
    assert told["verdict"]["since"] > told["since"]
    assert "CrosstownStore cannot be opened" in told["verdict"]["words"]
    told = told["modules"]
    # What was known last is known still.
    assert [row["dead"] for row in told["kept"]] == [1]
    assert not told["store"]["unfit"]
    kept.bring_back(server)
    metrics.wait_for(server, lambda now: not now["modules"]["store"]["away"],
                     "it to be back")


def test_not_used(make_server, build):
    """Without CrosstownStore there is nothing to show."""
    server = make_server(kept.load(build) + metrics.CONFIG,
                         allowed=kept.ALLOWED)
    assert not {"kept", "store"} & set(metrics.read(server)["modules"])


# ---- in a shell, as conf-examples/tasks/README.md says ----

def commands():
    return {line.rpartition("# ")[2]: line for block in re.findall(
        r"^```sh store\n(.*?)^```", PAGE.read_text(), re.M | re.S)
        for line in block.splitlines()}


@pytest.fixture
def shell(server):
    """Runs a command of the page."""
    page = commands()

    def run(comment):
        words = shlex.split(page.pop(comment), comments=True)
        assert words[:3] == ["sudo", "-u", "www-data"]
        user = kept.user()
        path, = (word for word in words if word.endswith("/tasks.db"))
        words[words.index(path)] = str(kept.path_of(server))
        return subprocess.run(words[3:], text=True, check=True, timeout=60,
                              stdout=subprocess.PIPE,
                              user=user if os.geteuid() == 0 else None).stdout
    yield run
    assert not page, "not run: %s" % page


def test_the_page(server, shell, receiver):
    """Each of its commands, one after the other."""
    fill(server)
    kept.add(server, "mail", 2, 1, -kept.HOUR, error="answered 500",
        expires=int(time.time() * 1000) - 1)
    box = shell("all of them")
    assert "│ mail │ dead" in box and "answered 500" in box
    assert sorted(shell("how many").split()) == [
        "gone|dead|1", "mail|dead|4", "mail|retry|2", "mail|waiting|1"]
    assert "answered 500|to=42\n" in shell("why, and what it was about")
    shell("try the dead ones again")
    # An expired one, too.
    assert len(receiver.wait(4)) == 4
    kept.wait_for_count(server, 0, "name = 'mail' AND state = 2")
    kept.add(server, "mail", 2, 1, 0, id=(34 << 32) + 125)
    kept.add(server, "mail", 2, 1, 0)
    shell("one of them")
    assert len(receiver.wait()) == 1
    kept.wait_for_count(server, 1, "name = 'mail' AND state = 2")
    shell("forget them")
    assert kept.count(server, "state = 2") == 1
    assert kept.count(server, "state = 2 AND name = 'gone'") == 1
    wait_until(lambda: kept.count(server, "state = 1") == 0, "the rest")
