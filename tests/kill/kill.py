# SPDX-License-Identifier: Apache-2.0
"""keep=disk under load while processes are killed: children, all children, the
parent, all at once, with graceful restarts and stops between, with tasks that
kill their child, a queue that is too small, tasks that are delayed and tried
again. What was answered with 202 has run at the end, what was refused was
never written; else the exit status is 1 and the directory is kept.

Each round has a server, a store and a seed of its own; --seed repeats the
events of one, not their timing.
"""

import argparse
import os
import pathlib
import signal
import sys
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "server")]

from judge import Figures  # noqa: E402
from round import Round  # noqa: E402
from server import MPMS  # noqa: E402
from disk import CUTS, FAULTS  # noqa: E402
from ways import KILLS, draw  # noqa: E402

WAYS = {"kill": KILLS, "cut": CUTS, "fail": FAULTS}


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True,
                        help="where the modules and mod_kill.so are")
    parser.add_argument("--minutes", type=float, default=10,
                        help="shared out among the MPMs")
    parser.add_argument("--rounds", type=int, default=0,
                        help="so many for each MPM, whatever time it takes")
    parser.add_argument("--kills", type=int, default=20, help="of a round")
    parser.add_argument("--mpm", choices=[*MPMS, "all"], default="all")
    parser.add_argument("--protocols", nargs="+", default=["h1", "h2"],
                        choices=["h1", "h2"])
    parser.add_argument("--visitors", type=int, default=6)
    parser.add_argument("--what", choices=list(WAYS), default="kill",
                        help="is done: processes are killed, the power is "
                        "cut, the disk fails")
    parser.add_argument("--control", action="store_true",
                        help="with keep=memory, or a disk that forgets its "
                        "syncs, which has to lose tasks")
    parser.add_argument("--seed", type=int,
                        help="of the first round; the next ones count on")
    wanted = parser.parse_args()
    wanted.build = pathlib.Path(wanted.build).resolve()
    wanted.restarts = 0.25 if wanted.what == "kill" else 0
    wanted.keep = ("memory" if wanted.control and wanted.what != "cut"
                   else "disk")
    wanted.shim = (wanted.build / "disk_shim.so"
                   if wanted.what in ("cut", "fail") else None)
    if wanted.seed is None:
        wanted.seed = int.from_bytes(os.urandom(3), "big")
    return wanted


def interrupted(number, frame):
    raise KeyboardInterrupt


def run_mpm(wanted, mpm, seconds):
    """Figures and complaints of all its rounds."""
    total, complaints = Figures(), []
    end = time.monotonic() + seconds
    number = 0
    while number < wanted.rounds or (not wanted.rounds and (
            number == 0 or time.monotonic() < end)):
        seed = wanted.seed + number
        began = time.monotonic()
        one = Round(mpm, wanted.build, lambda dice: draw(
            dice, wanted.kills, WAYS[wanted.what], wanted.restarts), seed,
                    wanted.visitors, wanted.protocols, wanted.keep,
                    wanted.shim, wanted.control and wanted.what == "cut")
        found = one.go()
        if wanted.control:
            found = [] if one.figures["lost"] else ["nothing was lost"]
        total.add(one.figures)
        print("%s, seed %d, %.0f s: %s" % (
            mpm, seed, time.monotonic() - began, one.figures.text()))
        for complaint in found:
            print("FAULT: " + complaint)
        sys.stdout.flush()
        complaints += found
        number += 1
    return total, complaints


def main():
    wanted = options()
    mpms = MPMS if wanted.mpm == "all" else (wanted.mpm,)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    total, failed = Figures(), False
    try:
        for mpm in mpms:
            figures, complaints = run_mpm(wanted, mpm,
                                          wanted.minutes * 60 / len(mpms))
            total.add(figures)
            print("%s: %s\n%s: %s" % (mpm, figures.text(), mpm,
                                      figures.details()))
            failed = failed or bool(complaints or not wanted.control
                                    and figures.faults())
            for fault in [] if wanted.control else figures.faults():
                print("FAULT: %s: %s" % (mpm, fault))
    except KeyboardInterrupt:
        print("kill: interrupted", file=sys.stderr)
        return 130
    print("kill: %s\nkill: %s" % (total.text(),
                                  "FAILED" if failed else "passed"))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
