# SPDX-License-Identifier: Apache-2.0
"""The servers that keep tasks on disk: the disk is in memory, and how long it
takes to sync is ours to say (slow_sync.c)."""

import os
import pathlib
import pwd
import shutil
import struct
import tempfile

from bench_server import BenchServer
from jobs import MODULE, STATUS, load_tasks, place
from resources import user_lines

# Each child has more threads than there are clients: event closes connections
# where it has none left.
CHILDREN, THREADS = 4, 64

PROCESSES = """
StartServers {children}
ServerLimit {children}
ThreadLimit {threads}
ThreadsPerChild {threads}
MaxRequestWorkers {total}
MinSpareThreads 1
MaxSpareThreads {total}
"""

# What a request leaves: the name of its task.
TASKS = {"none": None, "memory": "bench_memory", "later": "bench_later",
         "disk": "bench_disk"}


def processes(children):
    return PROCESSES.format(children=children, threads=THREADS,
                            total=children * THREADS)


class Disk:
    """A directory for a store, in memory if this machine lets us, and how long
    a sync of it takes."""

    def __init__(self, build):
        where = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="crosstown-",
                                                  dir=where))
        self.root.chmod(0o755)
        self.shim = build / "bench" / "slow_sync.so"
        self.delay = self.root / "delay"
        self.set_sync(0)
        self.delay.chmod(0o644)
        self.stores = 0

    def set_sync(self, milliseconds):
        with open(self.delay, "r+b" if self.delay.exists() else "wb") as file:
            file.write(struct.pack("I", int(milliseconds * 1000)))

    def environment(self):
        return {"LD_PRELOAD": str(self.shim), "SLOW_SYNC": str(self.delay)}

    def wrapper(self):
        return ["env", *("%s=%s" % item for item
                         in self.environment().items())]

    def new_store(self):
        """The path of a store that is not there yet, for the children."""
        self.stores += 1
        directory = self.root / ("store%d" % self.stores)
        directory.mkdir(mode=0o700)
        give_to_children(directory)
        return directory / "tasks.db"

    def close(self):
        shutil.rmtree(self.root, ignore_errors=True)


def give_to_children(path):
    words = user_lines().split()
    if words:
        user = pwd.getpwnam(words[1])
        os.chown(path, user.pw_uid, user.pw_gid)


def store_lines(build, store):
    lines = [
        'LoadModule crosstown_store_module "%s"' % (
            build / "mod_crosstown_store.so"),
        'CrosstownStore "%s" max=8G' % store,
        "CrosstownTask bench_memory module",
        "CrosstownTask bench_later module",
        "CrosstownTask bench_disk module keep=disk",
        "CrosstownAccept bench_memory bench_later bench_disk"]
    for name, task in TASKS.items():
        if task:
            lines += place("/" + name, task + ";to=42")
    return lines


def store_server(build, disk, store, children=CHILDREN):
    return BenchServer(build, MODULE, "", wrapper=disk.wrapper(), lines=[
        load_tasks(build), *store_lines(build, store), *STATUS,
        "LogLevel crosstown_store:notice"], processes=processes(children))


def tasks_server(build, disk):
    """The same without a store."""
    return BenchServer(build, MODULE, "", wrapper=disk.wrapper(), lines=[
        load_tasks(build), *STATUS], processes=processes(CHILDREN))


class Page:
    """One page of a server, as turns.py wants one."""

    def __init__(self, server, name):
        self.server = server
        self.path = "/" + ("" if name == "none" else name)
        self.root = server.root / ("turns-" + name)
        self.root.mkdir(exist_ok=True)
        self.cpu, self.story = server.cpu, server.story

    def url(self):
        return self.server.url(self.path)
