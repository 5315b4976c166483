# SPDX-License-Identifier: Apache-2.0
"""What a crash leaves: the crashed thread's frames in the error log, written
by mod_crash, and a core file, if the kernel writes one here. From that gdb,
where it is installed, has the frames of all threads."""

import contextlib
import pathlib
import resource
import shutil
import signal
import subprocess

from ledger import wait_until

FAULTS = (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL,
          signal.SIGABRT, signal.SIGTRAP, signal.SIGSYS)
HEAD = r"a child has crashed, at"
LONGEST = 20000    # characters of one core


@contextlib.contextmanager
def cores_allowed():
    """Who is started meanwhile may write as much as we might."""
    now, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (now, most))


def backtraces(directory, program):
    """Of all threads of those who have left a core file here."""
    cores = sorted(directory.glob("*core*")) if directory.is_dir() else []
    if not cores:
        return ""
    if not shutil.which("gdb"):
        return "\n%d core file(s), and no gdb to read them" % len(cores)
    return "".join("\n%s, read by gdb:\n%s" % (core.name, read(core, program))
                   for core in cores)


def read(core, program):
    try:
        said = subprocess.run(
            ["gdb", "-nx", "-batch", "-ex", "thread apply all backtrace",
             program, str(core)], text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=120).stdout
    except subprocess.TimeoutExpired:
        said = "(it takes too long)"
    return said[-LONGEST:]


def deaf_threads(pids):
    """{(process, thread): a fault of its own that would end the process past
    every handler}"""
    deaf = {}
    for pid in pids:
        for thread in pathlib.Path("/proc/%d/task" % pid).iterdir():
            with contextlib.suppress(FileNotFoundError):
                lines = (thread / "status").read_text().split("\n")
                mask, = [line for line in lines if line.startswith("SigBlk")]
                blocked = int(mask.split()[1], 16)
                deaf.update({(pid, int(thread.name)): fault.name
                             for fault in FAULTS if blocked >> fault - 1 & 1})
    return deaf


def wait_until_all_hear(server):
    """A thread that begins or ends hears nothing for a moment."""
    wait_until(lambda: not deaf_threads(server.children()),
               lambda: "no thread to block the signal of a fault: %r" %
               deaf_threads(server.children()))
