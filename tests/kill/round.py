# SPDX-License-Identifier: Apache-2.0
"""One round: a server under load is killed some times, comes back, and has to
come to rest with everything done that it has promised."""

import random
import shutil
import time

import kept
from diary import Diary
from disk import Disk
from judge import Figures, judge, watch, written
from ledger import wait_until
from server import Server
from visitors import Field, crowd
from ways import OTHERS

CONFIG = """
%(load)s
LoadModule kill_module "%(kill)s/mod_kill.so"
Protocols h2c http/1.1
H2Direct On
H2MinWorkers 4
H2MaxWorkers 4
LogLevel notice
GracefulShutdownTimeout 20
CrosstownThreads 1 4
CrosstownQueue 30
CrosstownStore "${ROOT}/store/tasks.db" wait=%(wait)d
CrosstownTask kill module keep=%(keep)s backoff=fixed:100ms
KillDiary "${ROOT}/diary"
<Location "/kill">
    SetHandler kill
</Location>
"""

# What killed and restarted processes leave in the error log, tasks that fail
# or find no place, and streams that a stop cuts off.
ALLOWED = [*kept.ALLOWED, r"AH00098:", r"AH0005[012]:", r"AH00045:",
           r"AH00046:", r"AH01239:", r"AH0309[23]:", r"AH03470:",
           r"AH1039[23]:", r"AH10177:", r"AH10291:", r"CT01504:",
           r"CT02318:", r"CT02319:",
           r'task "kill" (failed|have)', r"CT0130[3459]:", r"CT01310:",
           r"CT01401:"]
QUIET = 300        # seconds for the store to come to rest


class Round:
    """plan(dice) gives the pairs of so many answers, and what is to be done
    after them; see ways.py."""

    disk = None          # a model of one, see disk.py

    def __init__(self, mpm, build, plan, seed, visitors=6,
                 protocols=("h1", "h2"), keep="disk", shim=None,
                 forgets_syncs=False):
        self.protocols = protocols
        self.is_control = keep != "disk" or forgets_syncs
        self.dice = random.Random(str(seed))
        self.plan = plan(self.dice)
        self.figures = Figures()
        self.complaints = []
        self.server = Server(
            mpm, build, CONFIG % {"load": kept.load(build), "kill": build,
                                  "keep": keep, "wait": 1 if shim else 20},
            modules=("http2",),
            workers=16 if mpm == "prefork" else 8,
            children=1 if mpm == "prefork" else 3, room=1, allowed=ALLOWED)
        kept.make_directory(self.server)
        if shim:
            self.disk = Disk(self.server, shim, forgets_syncs, b"refused-")
        self.diary = Diary(self.server.root / "diary")
        self.field = Field(self.server, seed)
        self.visitors = crowd(self.field, protocols, visitors)

    # -- under load -----------------------------------------------------

    def wait_for_answers(self, count):
        goal = self.field.answers + count
        wait_until(lambda: self.field.answers >= goal,
                   lambda: "%d more answers:\n%s" % (count,
                                                     self.server.story()))

    def kill_under_load(self):
        for answers, way in self.plan:
            self.wait_for_answers(answers)
            time.sleep(self.dice.random() / 100)
            pids = way(self)
            if pids:
                self.diary.bury(pids)
            self.figures["restarts"] += way in OTHERS
            self.figures["done: " + way.__name__] += 1

    # -- the round ------------------------------------------------------

    def go(self):
        """The complaints; figures are filled in."""
        self.figures["rounds"] = 1
        try:
            self.run()
        except AssertionError as error:
            self.complaints.append(str(error))
        finally:
            self.field.enough.set()
            if self.complaints and not self.is_control:
                self.save()
            self.server.clean_up()
        return self.complaints

    def run(self):
        self.server.start()
        if not self.disk:
            watch(self.server)
        for visitor in self.visitors:
            visitor.start()
        try:
            self.kill_under_load()
        finally:
            self.field.enough.set()
            for visitor in self.visitors:
                visitor.join(90)
        self.come_to_rest()
        self.complaints += judge(self.server, self.field, self.diary,
                                 self.figures)
        if not self.disk:
            found = written(self.server)
        else:
            self.disk.find(self.disk.notes())
            found = ["one"] * self.disk.found
        self.complaints += ["%s was refused and was written" % token
                            for token in found[:20]]
        self.figures["written"] += len(found)
        if not self.server.error_log.tells_of_httpds_own_crash():
            self.server.stop()

    def come_to_rest(self):
        """If it does not, that is a complaint, and who is lost tells more."""
        try:
            self.wait_for_rest()
        except AssertionError as error:
            self.complaints.append(str(error))

    def wait_for_rest(self):
        wait_until(lambda: kept.count(self.server, "state < 2") == 0,
                   lambda: "the store to come to rest: %r" % kept.query(
                       self.server, "SELECT * FROM tasks"
                       " WHERE state <> 'dead' LIMIT 20"), QUIET)

    def save(self):
        """For whoever looks into it."""
        where = "%s-failed" % self.server.root
        shutil.copytree(self.server.root, where)
        self.complaints.append("kept in %s" % where)
