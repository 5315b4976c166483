# SPDX-License-Identifier: Apache-2.0
"""What the witness and the tasks have noted, side by side."""

import array
import collections
import struct

NOTE = struct.Struct("=qIi")        # note_t of witness.c
ACCEPTED, HAD_TO_WAIT = 0, -1       # in place of a number of bytes
CHUNK = NOTE.size * 65536


def read_notes(directory):
    """{client's port: [(when the call returned, bytes)]}, in order."""
    notes = collections.defaultdict(list)
    for path in directory.glob("*.notes"):
        for returned, port, count in notes_of(path):
            notes[port].append((returned, count))
    return notes


def notes_of(path):
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            for note in NOTE.iter_unpack(chunk):
                if not note[0]:
                    return
                yield note


class Starts:
    """The array of start_t that mod_wire.c writes into."""

    def __init__(self, path, count):
        self.path = path
        self.count = count
        path.write_bytes(bytes(16 * count))
        path.chmod(0o666)

    def read(self):
        """(first starts, numbers of runs), by number of the request"""
        both = array.array("q", self.path.read_bytes())
        return both[0::2], both[1::2]

    def complete(self):
        return all(self.read()[1])


class Comparison:
    """distances: nanoseconds from the end of the write that brought the last
    byte to the start of the task; below 0: too early."""

    def __init__(self):
        self.distances = []
        self.writes = 0
        self.waits = 0      # writes that the kernel did not take at once

    def add(self, visitor, notes, starts):
        """Let go of nothing: what does not fit is an AssertionError."""
        accepted = [note for note in notes if note[1] == ACCEPTED]
        assert len(accepted) == 1 and notes[0] == accepted[0], (
            "port %d was accepted %d times" % (visitor.port, len(accepted)))
        writes = [note for note in notes if note[1] > 0]
        self.writes += len(writes)
        self.waits += sum(note[1] == HAD_TO_WAIT for note in notes)
        brought = sum(count for _, count in writes)
        assert brought == visitor.layer.received, (
            "the witness saw %d bytes go, the client has %d"
            % (brought, visitor.layer.received))
        ends = iter(writes)
        total = returned = 0
        for number, wire in visitor.ends:
            while total < wire:
                returned, count = next(ends)
                total += count
            self.distances.append(starts[number] - returned)

    def too_early(self):
        return sum(distance < 0 for distance in self.distances)
