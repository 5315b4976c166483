# SPDX-License-Identifier: Apache-2.0
"""The worked sum of conf-examples/README.md, put to a real server: 100 requests
a second, each with 2 tasks of 0.3 s, 4 child processes, and different
CrosstownThreads.

usage: sizing.py --build DIR [--seconds N]
"""

import argparse
import json
import pathlib
import statistics
import sys
import threading
import time

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TREE / "tests" / "server")]

from server import Server  # noqa: E402

CONFIG = """
CrosstownThreads %s
<Location "/crosstown-status">
    SetHandler crosstown-status
</Location>
"""

CLIENTS = 25
REQUESTS_A_SECOND = 100
WARM = 3


def ask(server, first, until):
    """One client's share, at times that do not depend on the answers."""
    due = first
    while due < until:
        time.sleep(max(0, due - time.time()))
        server.ask("/probe", "name=mail&sleep_ms=300&defer=2")
        due += CLIENTS / REQUESTS_A_SECOND


def read(server):
    return json.loads(server.ask("/crosstown-status?format=json").body)


def watch(server, seconds):
    """(tasks that ran at each look, the numbers of `mail` at the end)"""
    start = time.time()
    clients = [threading.Thread(target=ask, args=(
        server, start + number / REQUESTS_A_SECOND, start + seconds))
        for number in range(CLIENTS)]
    for client in clients:
        client.start()
    time.sleep(WARM)
    running = []
    while time.time() < start + seconds:
        running.append(read(server)["running"]["now"])
        time.sleep(0.2)
    mail, = (row for row in read(server)["names"] if row["name"] == "mail")
    for client in clients:
        client.join()
    return running, mail


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=str(TREE / "build"))
    parser.add_argument("--seconds", type=int, default=25)
    options = parser.parse_args()
    print("CrosstownThreads  running, mean  half wait     99 % wait at most")
    for threads in ("1 16", "1 24", "1 32"):
        server = Server("event", options.build, CONFIG % threads,
                        children=4, workers=CLIENTS)
        try:
            server.start()
            running, mail = watch(server, options.seconds)
            print("%16s  %13.1f  %6.1f ms  %14.1f ms" % (
                threads, statistics.mean(running),
                mail["wait"]["p50"] / 1000, mail["wait"]["p99"] / 1000))
        finally:
            server.clean_up()


if __name__ == "__main__":
    main()
