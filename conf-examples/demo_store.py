# SPDX-License-Identifier: Apache-2.0
"""The third act of `make demo`: 202 means it will run.

A script answers orders with 202 and the header `Crosstown: order;number=17`;
the task is kept on disk, and posted to an endpoint when the answer is out.
While clients order as fast as they can, children of the server are killed, and
then the server with all its processes. It is started again: every order that
was answered 202 has to arrive at the endpoint. The exit code is 0 if every
sentence marked "true" is.
"""

import contextlib
import itertools
import os
import pwd
import signal
import sqlite3
import sys
import threading
import time

from demo_act import Act, main
from demo_client import Client, now
from demo_server import DemoError, Server, user_directives, wait_until
from demo_tasks import calls

TAKES = 10                  # milliseconds, the endpoint
CLIENTS = 8
KILLS = 3
BETWEEN = 0.6               # seconds, from one kill to the next
LEFT = 20                   # promised and not done yet, at least, at the last
LAST = 60                   # seconds, for all that is left

SCRIPT = """#!/bin/sh
echo 'Status: 202 Accepted'
echo "Crosstown: order;number=$QUERY_STRING"
printf 'Content-Type: text/plain\\n\\nthank you\\n'
"""


class Shop(Server):
    config = "demo_store.conf"
    needs = ("mod_crosstown.so", "mod_crosstown_tasks.so",
             "mod_crosstown_store.so")

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.store = self.root / "store"
        self.defines = [("STORE", '"%s"' % self.store)]
        self.store.mkdir(mode=0o700)
        words = " ".join(user_directives()).split()
        if words:
            user = pwd.getpwnam(words[1])
            os.chown(self.store, user.pw_uid, user.pw_gid)
        script = self.root / "shop" / "order"
        script.parent.mkdir()
        script.parent.chmod(0o755)
        script.write_text(SCRIPT)
        script.chmod(0o755)

    def waiting(self):
        """As an SQL shell sees it."""
        with contextlib.closing(sqlite3.connect(
                self.store / "orders.db", timeout=15)) as shell:
            return shell.execute("SELECT count(*) FROM tasks").fetchone()[0]


class Crowd:
    """Clients that order until they are told to stop."""

    def __init__(self, shop):
        self.shop = shop
        self.numbers = itertools.count(1)
        self.answered = set()       # 202
        self.refused = 0            # another status
        self.cut = 0                # no answer, or half of one
        self.over = False
        self.threads = [threading.Thread(target=self.order, daemon=True)
                        for _ in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def order(self):
        with contextlib.closing(Client(self.shop.port)) as client:
            while not self.over:
                number = next(self.numbers)
                try:
                    status = client.ask("/shop/order?%d" % number).status
                except OSError:
                    self.cut += 1
                    time.sleep(0.01)
                else:
                    if status == 202:
                        self.answered.add(number)
                    else:
                        self.refused += 1

    def stop(self):
        self.over = True
        for thread in self.threads:
            thread.join(60)


def made(endpoint):
    """The numbers of the orders that have arrived, each time one did."""
    return [int(call["body"].partition("number=")[2])
            for call in calls(endpoint)]


def left_of(crowd, endpoint):
    return crowd.answered - set(made(endpoint))


def play(shop, endpoint, report):
    report.say("The script says what is to be done, the configuration that it"
               " is kept on disk\nbefore the client has its answer:\n")
    report.say("    echo 'Status: 202 Accepted'\n"
               "    echo 'Crosstown: order;number=17'\n")
    report.say("    CrosstownStore /var/lib/apache2/crosstown/orders.db\n"
               "    CrosstownTask order %s keep=disk" % endpoint.url)
    report.chapter("7. %d clients order, and the server is killed" % CLIENTS)
    events = [(now(), "%d clients begin to order" % CLIENTS)]
    crowd = take_orders(shop, endpoint, events)
    left = len(left_of(crowd, endpoint))
    events.append((now(), "the server is started again"))
    shop.start(endpoint.url)
    come_back(crowd, endpoint, events, report)
    report.timeline(events[0][0], events)
    judge(shop, crowd, left, made(endpoint), report)
    report.chapter("The end")
    report.claim(shop.stop(), "httpd stopped when it was asked to")


def take_orders(shop, endpoint, events):
    crowd = Crowd(shop)
    for _ in range(KILLS):
        time.sleep(BETWEEN)
        children = shop.children()
        if not children:
            raise DemoError("there is no child to kill")
        os.kill(children[0], signal.SIGKILL)
        events.append((now(), "a child is killed; %d orders are answered"
                       % len(crowd.answered)))
    time.sleep(BETWEEN)
    wait_until(lambda: len(left_of(crowd, endpoint)) >= LEFT)
    events.append((now(), "the parent and all its processes are killed"))
    crowd.over = True
    shop.kill()
    crowd.stop()
    return crowd


def come_back(crowd, endpoint, events, report):
    def all_there():
        left = len(left_of(crowd, endpoint))
        report.progress("%d orders are left" % left)
        return left == 0
    wait_until(all_there, LAST)
    report.progress_over()
    last = max((call["answered"] or 0 for call in calls(endpoint)), default=0)
    events.append((last, "endpoint: the last order is answered"))


def judge(shop, crowd, left, arrived, report):
    promised = len(crowd.answered)
    report.claim(left > 0, "%d orders were answered 202, and %d of them were"
                 " not done when the server was killed; %d had another status,"
                 " %d no answer or half of one"
                 % (promised, left, crowd.refused, crowd.cut))
    missing = len(crowd.answered - set(arrived))
    report.claim(promised and not missing,
                 "of the %d orders that were answered 202, %d have not arrived"
                 " at the endpoint" % (promised, missing))
    is_empty = wait_until(lambda: shop.waiting() == 0, LAST)
    report.claim(is_empty, "nothing is left in the store: SELECT count(*) FROM"
                 " tasks says %d" % shop.waiting())
    report.say("%12s%d arrived twice: the promise is at least once, and each"
               " has an id." % ("", len(arrived) - len(set(arrived))))


if __name__ == "__main__":
    sys.exit(main(__doc__, Act(
        Shop, TAKES, play, first="\nThe third act: 202 means it will run.",
        last="All %d claims of the third act are true.")))
