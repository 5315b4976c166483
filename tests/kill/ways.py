# SPDX-License-Identifier: Apache-2.0
"""How a server is killed, restarted and stopped. Each way gives back the
processes that were killed at once; all leave a server that answers, or will
again."""

import os
import signal
import time

import kept
from visitors import send_poison


def one_child(one):
    pids = one.server.children()
    if pids:
        pids = [one.dice.choice(pids)]
        one.server.kill_children(pids)
    return pids


def all_children(one):
    pids = one.server.children()
    one.server.kill_children(pids)
    return pids


def kill_everything(one):
    """The parent can make no more while its children are listed."""
    os.kill(one.server.process.pid, signal.SIGSTOP)
    pids = kept.members(one.server)
    kept.kill_all(one.server)
    return pids


def everything(one):
    pids = kill_everything(one)
    one.server.start()
    return pids


def parent_first(one):
    """For a moment children serve without a parent."""
    os.kill(one.server.process.pid, signal.SIGKILL)
    time.sleep(one.dice.random() * 0.2)
    pids = kept.members(one.server)
    kept.kill_all(one.server)
    one.server.start()
    return pids


def graceful(one):
    one.server.graceful()
    return []


def can_be_hard(one):
    """prefork crashes by itself if that meets a session of HTTP/2."""
    return one.server.mpm != "prefork" or "h2" not in one.protocols


def hard(one):
    if can_be_hard(one):
        one.server.restart(signal.SIGHUP)
    else:
        one.server.graceful()
    return []


def stop(one):
    numbers = [signal.SIGWINCH, signal.SIGTERM]
    one.server.tell(one.dice.choice(numbers[:1 + can_be_hard(one)]))
    one.server.wait_for_exit()
    left = kept.members(one.server)
    kept.kill_all_left(one.server)
    one.server.start()
    return left


def poison(one):
    """It kills children by itself."""
    send_poison(one.field)
    return []


# Way -> how many of a hundred.
KILLS = {one_child: 55, all_children: 15, everything: 15, parent_first: 15}
OTHERS = {graceful: 45, hard: 20, stop: 35}


def draw(dice, kills, ways, restarts):
    """A plan: what is to be done after how many further answers; so many of
    ways, and restarts to each."""
    plan = []
    for number in range(1, kills + 1):
        plan.append((dice.randint(20, 80), choose(dice, ways)))
        if ways is KILLS and number % 10 == 0:
            plan.append((20, poison))
        if dice.random() < restarts:
            plan.append((20, choose(dice, OTHERS)))
    return plan


def choose(dice, ways):
    return dice.choices(list(ways), list(ways.values()))[0]
