# SPDX-License-Identifier: Apache-2.0
"""One MPM's run: server, load, samples, books, verdict."""

import http.client
import itertools
import signal
import time

import samples
import scripts
from books import OUTCOMES, Books
from ledger import wait_until
from load import Load
from resources import make_certificate
from server import Server

ROWS = 12                   # of the table, about
QUIET = 60                  # seconds for the last visitor and task
WORKERS = 16
LAST_REQUESTS = 2           # before the stop
ONE_IN = 100                # starts that may be out of place, and hang-ups
HANG_UPS_PER_RESTART = 40

CONFIG = """
LogLevel notice
MaxConnectionsPerChild 0
Protocols h2c http/1.1
H2Direct On
H2MinWorkers 4
H2MaxWorkers 4
SendBufferSize 65536
SSLSessionCache "shmcb:${ROOT}/sessions(65536)"
Listen 127.0.0.1:${PORT2}
<VirtualHost 127.0.0.1:${PORT2}>
    Protocols h2 http/1.1
    SSLEngine On
    SSLCertificateFile "${ROOT}/localhost.pem"
</VirtualHost>
<IfModule crosstown_module>
    <Location "/probe/skip">
        CrosstownOnAbort skip
    </Location>
    CrosstownThreads 1 8
    CrosstownQueue 200
    CrosstownOverflow %s
</IfModule>
<Location "/probe/local">
    ErrorDocument 404 /probe/error
    ErrorDocument 410 /probe/error?set_status=200
</Location>
<Location "/probe-tally">
    SetHandler probe-tally
</Location>
"""

# What this load does on purpose.
ALLOWED = [r"AH10034:",
           r'\[crosstown:error\] .*task "failing" (failed|have)',
           r"\[crosstown:warn\] .*task\(s\) (were )?rejected"]


class Run:
    def __init__(self, mpm, wanted, seconds):
        self.mpm = mpm
        self.seconds = seconds
        self.rate = wanted.rate
        self.restarts_every = wanted.restarts
        self.control = wanted.control
        self.restarts = 0
        self.policies = itertools.cycle(["reject", "inline"])
        if not self.restarts_every:
            # Over HTTP/2 inline rejects: one run has both.
            next(self.policies)
        self.samples = []
        self.faults = []
        self.notes = []
        self.load = None
        self.server = Server(
            mpm, wanted.build, CONFIG % next(self.policies),
            modules=("socache_shmcb", "ssl", "http2"), workers=WORKERS,
            children=1 if mpm == "prefork" else 2, room=1, allowed=ALLOWED,
            crosstown=None if wanted.control else "before")
        self.books = Books(self.server.root / "ledger")

    # -- the run --------------------------------------------------------

    def go(self):
        try:
            self.run()
        except AssertionError as error:
            self.faults.append(str(error))
        finally:
            # A second Ctrl-C must not leave anything behind.
            before = {number: signal.signal(number, signal.SIG_IGN)
                      for number in (signal.SIGINT, signal.SIGTERM,
                                     signal.SIGHUP)}
            if self.load:
                self.load.kill()
            self.books.close()
            self.server.clean_up()
            for number, handler in before.items():
                signal.signal(number, handler)

    def run(self):
        print("\n%s: %.0f s, %.0f requests/s, %s" % (
            self.mpm, self.seconds, self.rate,
            ("a graceful restart every %g s" % self.restarts_every
             if self.restarts_every else "no restart")
            + (", without mod_crosstown" if self.control else "")),
            flush=True)
        make_certificate(self.server.root)
        (self.server.htdocs / "page.txt").write_text(scripts.PAGE)
        self.server.start()
        self.load = Load(self.server, self.rate)
        self.watch()
        self.load.enough.set()
        for step in (self.let_visitors_leave, self.let_tasks_end,
                     self.compare_tally, self.stop_in_the_middle):
            # What one has found does not make the others needless.
            try:
                step()
            except AssertionError as error:
                self.faults.append(str(error))
        self.books.finish()

    def watch(self):
        """Sample, restart and read until the time is over."""
        began = time.monotonic()
        every = max(0.5, min(5, self.seconds / 60))
        sample_at, print_at = began, began
        # A short run has one, too.
        restart_at = began + (min(self.restarts_every, self.seconds / 2)
                              or self.seconds * 2)
        print(samples.heading())
        while time.monotonic() < began + self.seconds:
            if not self.books.read():
                time.sleep(0.1)
            self.faults += self.load.said()
            now = time.monotonic()
            if now >= sample_at:
                sample_at = now + every
                self.samples.append(samples.Sample(
                    self.server, began, self.load.read("answered"),
                    self.books))
                if now >= print_at:
                    print_at = now + self.seconds / ROWS
                    print(self.samples[-1].row(), flush=True)
            if now >= restart_at:
                restart_at = now + self.restarts_every
                self.restart()
            assert self.server.process.poll() is None, self.server.story()
            assert not self.load.leaves(), "the load has ended by itself"

    def restart(self):
        self.restarts += 1
        self.server.config = CONFIG % next(self.policies)
        self.server.write_config()
        self.server.graceful()

    def read_until(self, condition, what):
        def done():
            while self.books.read():
                pass
            return condition()

        wait_until(done, what, QUIET)

    def let_visitors_leave(self):
        self.read_until(self.load.leaves, "the last visitor to leave")
        self.faults += self.load.said()

    def let_tasks_end(self):
        books = self.books
        self.read_until(
            lambda: books.told() >= books.totals["recorded"]
            and not books.behind(),
            lambda: "%d recorded tasks to be told (%d are); requests: %s" % (
                books.totals["recorded"], books.told(), books.not_complete()))

    def stop_in_the_middle(self):
        """The last tasks are still waiting when the stop comes."""
        for number in range(LAST_REQUESTS):
            self.server.ask("/probe", "name=robust&no_go=none&keep=copy"
                            "&sleep_ms=5&defer=150", tag="last-%d" % number)
        self.server.stop(deadline=30)

    # -- what it came to ------------------------------------------------

    def ask_tally(self):
        """What the module has counted: key=value lines; None: it cannot."""
        connection = http.client.HTTPConnection("127.0.0.1",
                                                self.server.port, timeout=20)
        try:
            connection.request("GET", "/probe-tally")
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if answer.status != 200:
            return None
        return {key: int(value) for key, value in (
            line.split("=", 1) for line in text.split())}

    def compare_tally(self):
        """The module's own sums must be the ledger's, restarts or not. The
        probe writes its last line just before the module counts."""
        totals = self.books.totals
        ours = {outcome.lower(): totals[outcome] for outcome in OUTCOMES}
        ours.update(recorded=totals["recorded"], lost=0)
        tally = self.ask_tally()
        if tally is None:
            self.notes.append("the module tells no tally")
            return

        def equal():
            tally.update(self.ask_tally())
            return ours.items() <= tally.items()

        wait_until(equal, lambda: "the tally %s to be the ledger's %s" % (
            tally, ours), 5)
        self.notes.append("the module's tally is the same: " + " ".join(
            "%s=%d" % pair for pair in tally.items()))

    def judge_slopes(self):
        lasts, slopes = samples.slopes(self.samples, self.rate,
                                       self.restarts_every)
        print("slopes over the last %.0f s:" % lasts)
        for slope in slopes:
            print("  " + slope.text())
            if slope.grows():
                (self.notes if self.control else self.faults).append(
                    "grows: " + slope.text().strip())
        if lasts < samples.SHORTEST:
            self.notes.append("slopes are judged from %d s on, that is %.1f "
                              "minutes an MPM" % (samples.SHORTEST,
                                                  samples.SHORTEST / 40))

    def print_totals(self, totals, sent, answered, hung_up):
        print("requests: %d sent, %d answered, %d reset by the client, %d "
              "connections closed early, %d logged, %d restarts" % (
                  sent, answered, self.load.read("reset"), hung_up,
                  totals["logged"], self.restarts))
        print("tasks: %d recorded = %s; %d aborted, %d submits refused" % (
            totals["recorded"], " + ".join(
                "%d %s" % (totals[outcome], outcome) for outcome in OUTCOMES),
            totals["aborted"], totals["submit refused"]))
        print("order: %d of %d starts out of place" % (
            totals["misplaced"], totals["starts"]))
        print("ledger: %d MB written, %.1f MB at most on disk" % (
            self.books.offset >> 20, self.books.most_on_disk / (1 << 20)))

    def judge_totals(self):
        totals = self.books.totals
        sent = self.load.read("sent") + LAST_REQUESTS
        answered = self.load.read("answered") + LAST_REQUESTS
        hung_up = self.load.read("hung up")
        self.print_totals(totals, sent, answered, hung_up)
        if totals["recorded"] != self.books.told():
            self.faults.append("the ledger does not close")
        if not answered <= totals["logged"] <= sent:
            self.faults.append("requests answered, logged and sent: %d, %d, "
                               "%d" % (answered, totals["logged"], sent))
        if totals["misplaced"] * ONE_IN > totals["starts"]:
            self.faults.append("too many starts out of place")
        if hung_up > sent / ONE_IN + HANG_UPS_PER_RESTART * self.restarts:
            self.faults.append("too many connections closed early")
        if not answered or bool(totals["RAN"]) == self.control:
            self.faults.append("nothing was done")
        if bool(totals["not recorded"]) != self.control:
            self.faults.append("%d tasks met no module"
                               % totals["not recorded"])

    def verdict(self):
        """Print what it came to; did all go well?"""
        if self.samples:
            self.judge_slopes()
        if self.load:
            self.judge_totals()
        self.faults += self.books.complaints
        if self.books.complained > len(self.books.complaints):
            self.notes.append("%d complaints in all" % self.books.complained)
        for note in self.notes:
            print("note: " + note)
        for fault in self.faults:
            print("FAULT: " + fault)
        print("%s: %s" % (self.mpm, "FAILED" if self.faults else "passed"),
              flush=True)
        return not self.faults
