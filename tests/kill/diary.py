# SPDX-License-Identifier: Apache-2.0
"""What the tasks have written into the diary (mod_kill.c): who has begun (B),
who has failed (F) or ended (E), in which process."""

import collections


class Diary:
    def __init__(self, path):
        self.path = path
        self.offset = 0
        self.runs = collections.defaultdict(list)    # token -> (event, pid)
        self.ended = set()                           # tokens
        self.running = collections.defaultdict(set)  # pid -> tokens
        self.killed = {}                             # pid -> number of kill
        self.kills = []                              # what ran in each

    def read(self):
        try:
            with open(self.path, "rb") as file:
                file.seek(self.offset)
                new = file.read()
        except FileNotFoundError:
            return self
        new = new[:new.rfind(b"\n") + 1]
        self.offset += len(new)
        for line in new.decode().splitlines():
            event, token, pid, _ = line.split()
            self.take(event, token, int(pid))
        return self

    def take(self, event, token, pid):
        self.runs[token].append((event, pid))
        if event == "B":
            self.running[pid].add(token)
            if token.startswith("x"):    # and with this it kills its process
                self.count_kill([pid])
        else:
            self.running[pid].discard(token)
        if event == "E":
            self.ended.add(token)

    def count_kill(self, pids):
        for pid in pids:
            self.killed.setdefault(pid, len(self.kills))
        self.kills.append(sum(len(self.running.pop(pid, ())) for pid in pids))

    def bury(self, pids):
        """These processes were killed at once, and are gone."""
        self.read()
        self.count_kill(pids)

    def again(self):
        """Of each kill: how many tasks were run again that had ended in one of
        its processes; and the tokens that were run again although nobody had
        killed the process in which they had run, or still did."""
        after, unexplained = [0] * len(self.kills), []
        for token, runs in self.runs.items():
            for (event, pid), (following, _) in zip(runs, runs[1:]):
                if following != "B" or event == "F":
                    continue
                if pid not in self.killed:
                    unexplained.append(token)
                elif event == "E":
                    after[self.killed[pid]] += 1
        return after, unexplained
