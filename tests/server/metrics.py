# SPDX-License-Identifier: Apache-2.0
"""What the status handler says of all children together, as numbers, and what
the probe's ledger says of the same, name by name."""

import collections
import json

from ledger import DEADLINE, wait_until

CONFIG = """
<Location "/crosstown-status">
    SetHandler crosstown-status
</Location>
"""

ENDS = ("ran", "failed", "no_go", "cancelled", "rejected", "stopped")


def read(server):
    """Everything."""
    answer = server.ask("/crosstown-status?format=json")
    assert answer.status == 200
    return json.loads(answer.body.decode())


def by_name(now):
    """The numbers of each name."""
    names = {row["name"]: row for row in now["names"]}
    assert len(names) == len(now["names"]), "a name is there twice"
    return names


def wait_for(server, condition, what, deadline=DEADLINE):
    """Read until condition(now) holds; return it."""
    last = []

    def holds():
        last[:] = [read(server)]
        return condition(last[0])

    wait_until(holds, lambda: "%s: %r" % (what, last[0]), deadline)
    return last[0]


def settled(server):
    """What is said when nothing is open any more."""
    return wait_for(server, lambda now: now["total"]["open"] == 0,
                    "open tasks to end")


def from_ledger(lines):
    """What the ledger says: a counter for each name. A task that was submitted
    by another one has the name of that."""
    submitting = {line.tag: line.task for line in lines
                  if line.event == "record"}
    counts = collections.defaultdict(collections.Counter)
    for line in lines:
        if line.event in ("record", "submit") and line.answer == "SUCCESS":
            name = line.task or submitting[line.tag]
            counts[name]["recorded"] += 1
        elif line.event == "done":
            count = counts[line.task]
            count[line.outcome.lower()] += 1
            count["failed"] += (line.outcome == "RAN"
                                and line.result != "SUCCESS")
    return counts


def check(server, now, lost=()):
    """Name by name the ledger has the same numbers. The module counts first
    and tells then: wait for the last lines.

    lost: how many of which name went with a child that was killed."""
    lost = dict(lost)

    def said():
        return {name: [row[key] for key in ("recorded", *ENDS, "lost")]
                for name, row in by_name(now).items()}

    def found():
        counts = from_ledger(server.ledger.read())
        return {name: [count["recorded"], *(count[key] for key in ENDS),
                       lost.get(name, 0)] for name, count in counts.items()}

    wait_until(lambda: found() == said(), lambda: "the ledger to agree:\n"
               "%r\nnot\n%r" % (said(), found()))


def check_sums(now):
    """All names together are the total, and every histogram is complete."""
    total = now["total"]
    for key in ("recorded", *ENDS, "lost", "open", "waiting", "running"):
        assert total[key] == sum(row[key] for row in now["names"]), key
    for row in (total, *now["names"]):
        for key in ("wait", "run"):
            assert row[key]["count"] == sum(row[key]["buckets"])
        assert row["run"]["count"] == row["ran"]
        assert row["wait"]["count"] >= row["ran"]
