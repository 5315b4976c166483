# SPDX-License-Identifier: Apache-2.0
"""No task starts before the last byte of its response was handed to the
network: counted, by a witness below httpd.

For every MPM and protocol a private httpd answers so many requests, each with
a task. A preloaded library notes when the kernel has taken which bytes; the
clients know at which byte each answer ended; the task notes when it starts.
With --control the tasks are started in two ways that are too early, and this
must be found.
"""

import argparse
import pathlib
import signal
import statistics
import sys
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "server")]

from cell import Cell, PROTOCOLS  # noqa: E402
from server import MPMS  # noqa: E402

ROW = "%-8s %-8s %9s %10s %12s %12s %9s %7s %6s"
TITLES = ("MPM", "protocol", "tasks", "too early", "closest us", "median us",
          "writes", "waits", "s")

# Share of the tasks that must be found too early. What passes a filter was
# not written yet; a thread that is woken may come after a short answer.
CONTROLS = {"filter": 0.9, "submit": 0.001}


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, type=pathlib.Path,
                        help="where mod_crosstown.so and wire/ are")
    parser.add_argument("--requests", type=int, default=100000,
                        help="for each MPM and protocol")
    parser.add_argument("--mpm", choices=[*MPMS, "all"], default="all")
    parser.add_argument("--protocol", choices=[*PROTOCOLS, "all"],
                        default="all")
    parser.add_argument("--control", action="store_true",
                        help="start tasks too early; that must be found")
    return parser.parse_args()


def measure(wanted, mpm, protocol, way):
    """Print a row; come back with the share of tasks that were too early."""
    began = time.monotonic()
    found = Cell(mpm, protocol, wanted.build, wanted.requests, way).run()
    early = found.too_early()
    print(ROW % (mpm, protocol, len(found.distances), early,
                 "%.1f" % (min(found.distances) / 1000),
                 "%.1f" % (statistics.median(found.distances) / 1000),
                 found.writes, found.waits,
                 "%.0f" % (time.monotonic() - began)), flush=True)
    return early / len(found.distances)


def passed(wanted, cells, way, is_right):
    print("\ntasks started by %s" % way)
    print(ROW % TITLES, flush=True)
    wrong = []
    for mpm, protocol in cells:
        try:
            if not is_right(measure(wanted, mpm, protocol, way)):
                wrong.append("%s %s" % (mpm, protocol))
        except (AssertionError, OSError) as error:
            print("%s %s: %r" % (mpm, protocol, error), flush=True)
            wrong.append("%s %s" % (mpm, protocol))
    if wrong:
        print("wire: FAILED: %s" % ", ".join(wrong), file=sys.stderr)
    return not wrong


def interrupted(number, frame):
    raise KeyboardInterrupt


def main():
    wanted = options()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    cells = [(mpm, protocol) for mpm in MPMS for protocol in PROTOCOLS
             if wanted.mpm in (mpm, "all")
             and wanted.protocol in (protocol, "all")
             # There mod_http2 offers nothing over TLS.
             and (mpm, protocol) != ("prefork", "h2")]
    if not cells:
        print("wire: under prefork there is no h2 over TLS", file=sys.stderr)
        return 2
    if wanted.control:
        results = [passed(wanted, cells, way, lambda share: share >= least)
                   for way, least in CONTROLS.items()]
        if all(results):
            print("\nwire: the control was found too early, as it is")
    else:
        results = [passed(wanted, cells, "defer", lambda share: share == 0)]
        if all(results):
            print("\nwire: passed, no task was too early")
    return 0 if all(results) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("wire: interrupted", file=sys.stderr)
        sys.exit(130)
