# SPDX-License-Identifier: Apache-2.0
"""The disk below a store, through disk_shim.c: it fails when it is told to,
and forgets in a power cut what was not synced, sector by sector."""

import errno
import mmap
import struct
import time

from ways import kill_everything, one_child
import kept

HEAD = struct.Struct("<QIIQQ")
MAGIC = b"CTwdisk\n"
WRITTEN, CUT, SYNC_BEGINS, SYNC_OVER, SYNC_FAILED = range(5)
SECTOR = 512


class Disk:
    """Prepare a server with it before it starts."""

    def __init__(self, server, shim, forgets_syncs=False, looked_for=b""):
        self.path = kept.path_of(server)
        self.log = server.root / "disk-log"
        self.forgets_syncs = forgets_syncs
        self.before = {}
        self.looked_for = looked_for
        self.found = False
        self.log.touch()
        control = server.root / "disk-control"
        control.write_bytes(bytes(mmap.PAGESIZE))
        for path in (self.log, control):
            path.chmod(0o666)
        with open(control, "r+b") as file:
            self.control = mmap.mmap(file.fileno(), mmap.PAGESIZE)
        server.environment = {"LD_PRELOAD": str(shim),
                              "DISK_LOG": str(self.log),
                              "DISK_CONTROL": str(control)}
        self.tell()

    def tell(self, write=(0, 0), sync=(0, 0), delay_ms=0):
        """What happens from now on: (errno, how often), -1: always."""
        self.control[:20] = struct.pack("<5i", *write, *sync, delay_ms)

    # -- power cuts -----------------------------------------------------

    def files(self):
        return {1: self.path, 2: self.path.with_name(self.path.name
                                                     + "-wal")}

    def notes(self):
        """(kind, file, offset, bytes) in order; what a kill has cut off in
        the middle of its own note was not told to anybody either."""
        data = self.log.read_bytes()
        at = data.find(MAGIC)
        while 0 <= at <= len(data) - HEAD.size:
            _, kind, file, offset, length = HEAD.unpack_from(data, at)
            end = at + HEAD.size + length
            if end == len(data) or data[end:end + 8] == MAGIC:
                yield kind, file, offset, data[at + HEAD.size:end]
                at = end
            else:
                at = data.find(MAGIC, at + 8)

    def find(self, notes):
        """Was that ever written?"""
        self.found = self.found or any(self.looked_for in data
                                       for _, _, _, data in notes)

    def safe(self, notes):
        """The numbers of those notes that are on the disk. What a sync has
        failed with the system forgets: no later one saves it."""
        safe, waiting, begun = set(), {1: set(), 2: set()}, {}
        for number, (kind, file, offset, _) in enumerate(notes):
            if kind in (WRITTEN, CUT):
                waiting[file].add(number)
            elif kind == SYNC_BEGINS:
                begun[file, offset] = number
            elif not self.forgets_syncs:
                covered = {one for one in waiting[file]
                           if one < begun[file, offset]}
                waiting[file] -= covered
                if kind == SYNC_OVER:
                    safe |= covered
        return safe

    def cut_power(self, dice):
        """While no process lives: the files as the cut would have left them.
        Of what was not synced none, a half or all of the sectors is lost."""
        notes = list(self.notes())
        self.find(notes)
        safe = self.safe(notes)
        lost = dice.choice([0, 0.5, 1])
        images = {file: bytearray(self.before.get(file, b""))
                  for file in self.files()}
        for number, (kind, file, offset, data) in enumerate(notes):
            loss = 0 if number in safe else lost
            if kind == WRITTEN:
                write(images[file], offset, data, loss, dice)
            elif kind == CUT and dice.random() >= loss:
                image = images[file]
                del image[offset:]
                image.extend(bytes(offset - len(image)))
        for file, path in self.files().items():
            if path.exists():
                path.write_bytes(images[file])
            self.before[file] = bytes(images[file])
        self.path.with_name(self.path.name + "-shm").unlink(missing_ok=True)
        self.log.write_bytes(b"")


def write(image, offset, data, loss, dice):
    image.extend(bytes(max(0, offset + len(data) - len(image))))
    at = 0
    while at < len(data):
        step = min(SECTOR - (offset + at) % SECTOR, len(data) - at)
        if dice.random() >= loss:
            image[offset + at:offset + at + step] = data[at:at + step]
        at += step


# -- ways, see ways.py ----------------------------------------------------


def power_cut(one):
    pids = kill_everything(one)
    one.disk.tell()
    one.disk.cut_power(one.dice)
    one.figures["cuts"] += 1
    one.server.start()
    return pids


def bad_sync_and_cut(one):
    """Some answers later, and before the log has been emptied anyway, or in
    the middle of that: late syncs make it long."""
    trouble(one, [nobody], delay_ms=one.dice.choice([0, 100]),
            **bad_syncs(one.dice))
    time.sleep(one.dice.random() * 0.3)
    return power_cut(one)


def trouble(one, killings, seconds=0, **what):
    """For so long, or until it has happened. One of killings meanwhile: what
    is only in memory then is lost."""
    for line in (r"CT0231[0-6]:", r"CT02330:", r"CT02319:"):
        one.server.error_log.allow(line)
    one.figures["faults"] += 1
    one.disk.tell(**what)
    time.sleep(seconds or one.dice.random() / 5)
    pids = one.dice.choice(killings)(one)
    if seconds:
        one.disk.tell()
    return pids


def nobody(one):
    return []


def everything(one):
    pids = kill_everything(one)
    one.disk.tell()
    one.server.start()
    return pids


KILLINGS = [nobody, nobody, one_child, everything]


def bad_syncs(dice):
    return {"sync": (errno.EIO, dice.randint(1, 3))}


def full(one):
    return trouble(one, KILLINGS, 0.5, write=(errno.ENOSPC, -1))


def bad_writes(one):
    return trouble(one, KILLINGS, write=(errno.EIO, one.dice.randint(1, 6)))


def bad_sync(one):
    return trouble(one, KILLINGS, **bad_syncs(one.dice))


def late_syncs(one):
    """Some wait too long, and are answered 503."""
    return trouble(one, KILLINGS, 4,
                   delay_ms=one.dice.choice([100, 600, 1500]))


CUTS = {power_cut: 70, bad_sync_and_cut: 30}
FAULTS = {full: 25, bad_writes: 25, bad_sync: 25, late_syncs: 25}
