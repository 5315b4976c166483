# SPDX-License-Identifier: Apache-2.0
"""Under load, every recorded task meets exactly one outcome."""

import collections
import random
import threading

import pytest

from client import new_tag, play
from ledger import wait_until

VISITORS = 6
REQUESTS = 200

AMPLE = "CrosstownThreads 1 8\n"
TIGHT = "CrosstownThreads 1 2\nCrosstownQueue 8\n"
INLINE = TIGHT + "CrosstownOverflow inline\n"


def plan(dice):
    """A random script and what has to become of its tasks."""
    want = collections.Counter()
    words = []
    status = dice.choice([200, 200, 200, 404, 503])
    goes = "RAN" if status == 200 else "NO_GO"
    for kind in dice.choices("drcuws", k=dice.randint(1, 4)):
        count = dice.randint(1, 4)
        keep = dice.choice(["raw", "copy", "carry"])
        if kind == "d":
            words += ["name=plain", "keep=" + keep, "defer=%d" % count]
            want[goes] += count
        elif kind == "r":
            words += ["name=robust", "no_go=none", "keep=" + keep,
                      "defer=%d" % count, "no_go=4xx 5xx"]
            want["RAN"] += count
        elif kind == "c":
            words += ["name=gone", "keep=" + keep, "defer=%d" % count,
                      "cancel=gone"]
            want["CANCELLED"] += count
        elif kind == "u":
            words += ["name=unwanted", "keep=" + keep, "defer=%d" % count]
            want["NO_GO"] += count
        elif kind == "w":
            words += ["name=slow", "sleep_ms=1", "keep=" + keep,
                      "defer=%d" % count, "sleep_ms=0"]
            want[goes] += count
        else:
            words += ["name=same", "same=1", "keep=" + keep,
                      "defer=%d" % count, "same=0"]
            want[goes] += count
    words.append("status=%d" % status if status != 200 else "size=100")
    return play(*words), want


def visit(server, seed, wanted, errors):
    dice = random.Random(seed)
    try:
        for _ in range(4):
            with server.visit() as visitor:
                for _ in range(REQUESTS // 4):
                    script, want = plan(dice)
                    tag = new_tag()
                    wanted[tag] = want
                    visitor.ask("/probe", script, tag)
    except Exception as error:
        errors.append(error)


def start(make_server, mpm, config):
    """A child has twice as many threads as there are visitors: event hangs up
    on idle connections when all are busy, also with closing others."""
    server = make_server(config, children=2,
                         workers=VISITORS if mpm == "prefork"
                         else 2 * VISITORS)
    server.error_log.allow(r"\[crosstown:(warn|error)\]")
    return server


def load(server):
    """tag -> outcomes that its tasks must have."""
    wanted, errors = {}, []
    threads = [threading.Thread(target=visit,
                                args=(server, seed, wanted, errors))
               for seed in range(VISITORS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors[0]
    assert len(wanted) == VISITORS * REQUESTS
    return wanted


def kinds(lines):
    return collections.Counter(line.outcome for line in lines)


def check_totals(server, wanted, deadline=30):
    total = sum(sum(want.values()) for want in wanted.values())
    wait_until(lambda: len(server.ledger.lines(event="done")) >= total,
               "%d outcomes" % total, deadline)
    server.stop()
    lines = collections.defaultdict(list)
    for line in server.ledger.read():
        lines[line.event].append(line)
    assert {line.answer for line in lines["record"]} == {"SUCCESS"}
    assert len(lines["record"]) == total
    assert len(lines["done"]) == len(lines["over"]) == total
    assert kinds(lines["done"]) == kinds(lines["over"])
    ran = kinds(lines["done"])["RAN"]
    assert len(lines["start"]) == len(lines["end"]) == ran
    assert len(lines["logged"]) == len(wanted)
    tasks = collections.Counter(
        (line.tag, line.index) for line in lines["over"])
    assert set(tasks.values()) == {1}, "told twice"
    return lines["done"]


def by_tag(done):
    found = collections.defaultdict(collections.Counter)
    for line in done:
        found[line.tag][line.outcome] += 1
    return found


@pytest.mark.parametrize("config", [AMPLE, INLINE], ids=["ample", "inline"])
def test_every_task_has_the_outcome_that_it_must_have(make_server, mpm,
                                                      config):
    """Queue large enough, or request threads that help: nothing is lost."""
    server = start(make_server, mpm, config)
    wanted = load(server)
    found = by_tag(check_totals(server, wanted))
    for tag, want in wanted.items():
        assert found[tag] == want, tag


def test_rejected_ones_are_counted_too(make_server, mpm):
    """RAN gives way to REJECTED where the queue was full, nothing else."""
    server = start(make_server, mpm, TIGHT)
    wanted = load(server)
    found = by_tag(check_totals(server, wanted))
    for tag, want in wanted.items():
        ran, rejected = found[tag].pop("RAN", 0), found[tag].pop("REJECTED", 0)
        assert ran + rejected == want.pop("RAN", 0), tag
        assert found[tag] == want, tag
