# SPDX-License-Identifier: Apache-2.0
"""The error log: every line of level warn or above must be named by a test."""

import pathlib
import re

import crashes
from ledger import wait_until

BAD = re.compile(
    r"\[[\w-]*:(emerg|alert|crit|error|warn)\]"
    r"|exit signal|Sanitizer|runtime error|double free|corrupt|assertion"
    r"|stack smashing|undefined symbol|" + crashes.HEAD, re.IGNORECASE)

# At a hard stop event's main thread shuts down the sockets of its workers; now
# and then a worker frees one at that moment. Measured without any module of
# ours: 2 of 450 stops under load, and as many with.
EVENT_ITSELF = re.compile(r"\bapr_os_sock_get\b.*\n.*\bmod_mpm_event\.so")

# At a hard stop prefork destroys its pools in the signal handler, with them
# the session of HTTP/2 that it serves. Between the crashed frame and the MPM
# there is nobody but mod_http2 and libraries.
PREFORK_ITSELF = re.compile(
    r"(?:" + crashes.HEAD + r"\n.*\bmod_crash\.so.*|Sanitizer: .*(?:\n==.*)*)\n"
    r"(?:.*/lib(?:c|apr-1|nghttp2)\.so.*\n)*(?:.*\bmod_http2\.so.*\n)+"
    r"(?:.*\bapr_pool_\w+.*\n)+.*\bmod_mpm_prefork\.so")

# What event does, if the worker is about to wait for the socket's next request,
# for its end, or until it can be written to.
EVENT_CLOSED_IT = r"\(9\)Bad file descriptor: AH(0309[23]|03465):"

# A child of event or worker that has served MaxConnectionsPerChild may stay,
# and be killed at a hard stop. Stops after ten to twenty such children beside a
# load, without any module of ours: event 9 of 40 (2.4.71), 10 of 40 (2.4.68),
# worker 14 of 60; with mod_crosstown 9, 8 and 10. A child of worker is then seen
# in ap_mpm_podx_check().
CHILD_STAYS = r"AH00046:"

# The parent, or the kernel, had to end a child. That the parent asked twice
# (AH00045, after three seconds) says only how busy the machine is.
KILLED = r"SIGKILL|exit signal"

# httpd's own remarks on how busy it is; they depend on timing alone.
ALWAYS = [r"AH00045: .* sending a SIGTERM", r"AH00161:", r"AH00286:",
          r"AH00484:", r"AH00485:", r"AH00288:", r"AH03490:", r"AH10159:"]

# httpd's remarks about the machine that it runs on, which no test can mend: an
# OpenSSL older than the one that mod_ssl was built for; socket buffers, accept
# filters and SO_REUSEPORT that this kernel refuses; a host without a name of
# its own; children that leave no core file. They are noted at the end of the
# run.
MACHINE = re.compile(
    r"\b(?:AH01882|AH0007[0156]|AH02820|AH0055[678]|AH02163|AH10369): .*")

# A drain that only graceful stops can use in full: tests of these ask for it.
ALWAYS.append(r"CT01004:")

# An httpd that is too old for HTTP/2: the tests of that are another matter.
ALWAYS.append(r"CT01001: httpd 2\.4\.(49|5[0-7]): ")


class ErrorLog:
    machine = set()    # what httpd says about it, in all logs

    def __init__(self, path, allowed=(), more=lambda: ""):
        self.path = path
        self.more = more        # what else there is to say of a failure
        self.always = [re.compile(text) for text in [*ALWAYS, *allowed]]
        self.allowed = []
        self.taken = set()      # numbers of lines that a test has named
        self.checked = 0        # lines before this one belong to the past

    def lines(self):
        try:
            with open(self.path, encoding="utf-8", errors="replace") as file:
                return file.read().split("\n")[:-1]
        except FileNotFoundError:
            return []

    def find(self, pattern, since=0):
        regex = re.compile(pattern)
        return [(number, line) for number, line in enumerate(self.lines())
                if number >= since and regex.search(line)]

    def expect(self, pattern, count=1, deadline=None):
        """Wait for so many lines; they, and no more of them, are named."""
        def found():
            fresh = [hit for hit in self.find(pattern, self.checked)
                     if hit[0] not in self.taken]
            return fresh if len(fresh) >= count else None

        hits = wait_until(found, lambda: "%d x %r in the error log:\n%s" % (
            count, pattern, "\n".join(self.lines()[-15:])), deadline)[:count]
        self.taken.update(number for number, _ in hits)
        return [line for _, line in hits]

    def allow(self, pattern):
        """Such lines may appear, or not, until the test is over."""
        self.allowed.append(re.compile(pattern))

    def unnamed(self):
        lines = self.lines()
        bad = []
        report = False    # a sanitizer's: lines that httpd did not write
        for number in range(self.checked, len(lines)):
            line = lines[number]
            if (BAD.search(line) and number not in self.taken
                    and not any(regex.search(line) for regex
                                in self.always + self.allowed)):
                bad.append(line)
                report = not line.startswith("[")
            elif report and not line.startswith("["):
                bad.append(line)
            else:
                report = False
        self.checked = len(lines)
        self.allowed.clear()
        ErrorLog.machine |= {remark for line in bad
                             for remark in MACHINE.findall(line)}
        return [line for line in bad if not MACHINE.search(line)]

    def left_by_drains(self):
        """(how many tasks were waiting, how many still running) when the
        children had to end"""
        told = [re.search(r"(\d+) waiting task.*?(\d+) still running", line)
                for _, line in self.find(r"CT01401:")]
        return (sum(int(one.group(1)) for one in told),
                sum(int(one.group(2)) for one in told))

    def tells_of_httpds_own_crash(self):
        text = "\n".join(self.lines())
        return bool(EVENT_ITSELF.search(text) or PREFORK_ITSELF.search(text))

    def check(self):
        bad = self.unnamed()
        assert not bad, ("the error log has lines that no test has named:\n"
                         + "\n".join(bad) + self.more())


def pytest_terminal_summary(terminalreporter, config):
    """For every conftest.py of tests with servers. `make check` collects the
    files of all its runs."""
    if not ErrorLog.machine:
        return
    lines = ["httpd about this machine: " + remark + "\n"
             for remark in sorted(ErrorLog.machine)]
    terminalreporter.section("not a failure")
    terminalreporter.write("".join(lines))
    with open(pathlib.Path(config.getoption("build")) / "machine-notes",
              "a", encoding="utf-8") as file:
        file.writelines(lines)
