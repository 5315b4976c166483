# SPDX-License-Identifier: Apache-2.0
"""What a crash leaves: the crashed thread's frames in the error log, written
by mod_crash, and a core file, if the kernel writes one here. From that gdb,
where it is installed, has the frames of all threads."""

import contextlib
import resource
import shutil
import subprocess

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
