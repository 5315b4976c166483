# SPDX-License-Identifier: Apache-2.0
"""Hours in minutes: a mixed load on a private httpd, watched for growth; at
the end every task must be accounted for.

With --restarts n there is a graceful restart every n seconds, and the policy
for a full queue changes with it; with --restarts 0 there is none, the children
live as long as the run, and what they hold must not grow. --control does the
same without mod_crosstown: httpd's own warm-up, to compare with.
"""

import argparse
import os
import pathlib
import signal
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "server")]

from run import Run  # noqa: E402
from server import MPMS  # noqa: E402


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True,
                        help="where mod_crosstown.so and mod_probe.so are")
    parser.add_argument("--minutes", type=float, default=3,
                        help="shared out among the MPMs")
    parser.add_argument("--mpm", choices=[*MPMS, "all"], default="all")
    parser.add_argument("--rate", type=float, default=300,
                        help="requests a second, in all")
    parser.add_argument("--restarts", type=float, default=30,
                        help="seconds between graceful restarts, 0: none")
    parser.add_argument("--control", action="store_true",
                        help="the same load without mod_crosstown")
    return parser.parse_args()


def interrupted(number, frame):
    raise KeyboardInterrupt


def main():
    wanted = options()
    mpms = MPMS if wanted.mpm == "all" else (wanted.mpm,)
    # Also where whoever started this has Ctrl-C ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    if not wanted.restarts:
        # The allocator's arenas fill up one by one: with one of them memory
        # is level sooner, and a leak stands out.
        os.environ.setdefault("MALLOC_ARENA_MAX", "1")
    failed = []
    for mpm in mpms:
        try:
            run = Run(mpm, wanted, wanted.minutes * 60 / len(mpms))
            run.go()
        except KeyboardInterrupt:
            print("soak: interrupted", file=sys.stderr)
            return 130
        if not run.verdict():
            failed.append(mpm)
    if failed:
        print("soak: FAILED on " + ", ".join(failed), file=sys.stderr)
        return 1
    print("soak: passed on " + ", ".join(mpms))
    return 0


if __name__ == "__main__":
    sys.exit(main())
