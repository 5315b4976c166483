# SPDX-License-Identifier: Apache-2.0
"""When a round is over and the store has come to rest: has everything run
that was promised, and nothing that was refused?"""

import collections
import operator

import kept

WITNESS = (
    "CREATE TABLE refused (token TEXT NOT NULL)",
    "CREATE TRIGGER refused_is_written AFTER INSERT ON task"
    " WHEN CAST(NEW.payload AS TEXT) LIKE 'refused%'"
    " BEGIN INSERT INTO refused VALUES (CAST(NEW.payload AS TEXT)); END")


class Figures(collections.Counter):
    """Of one round, or of many."""

    def add(self, other):
        most = max(self["most again"], other["most again"])
        self.update(other)
        self["most again"] = most

    def text(self):
        found = collections.Counter(self)
        found["promised"] = found["answered"] + found["begun"]
        parts = [
            "%(rounds)d rounds, %(kills)d kills of %(killed)d processes, "
            "%(cuts)d power cuts, %(faults)d faults of the disk, "
            "%(restarts)d restarts and stops" % found,
            "%(promised)d promised, of which %(begun)d by a response that "
            "broke off behind its status, %(lost)d LOST" % found,
            "%(refused)d refused, of which %(written)d WRITTEN" % found,
            "%(denied)d answered 503, %(open)d broken off before a status, "
            "%(put aside)d put aside as poison" % found,
            "run again after their end: %.2f a kill, at most %d, in %d kills "
            "more than were running; running when killed: %.2f" % (
                self["again"] / max(self["kills"], 1), self["most again"],
                self["over"], self["running"] / max(self["kills"], 1))]
        return "; ".join(parts)

    def details(self):
        """Each way of a kill, each protocol: how often."""
        return ", ".join("%s %d" % (word, number) for word, number
                         in sorted(self.items()) if ":" in word)

    def faults(self):
        """On a disk that fails, or has forgotten, an end cannot be noted."""
        found = ["%d %s" % (self[word], word) for word in ("lost", "written")
                 if self[word]]
        if (self["again"] > self["running"]
                and not self["faults"] and not self["cuts"]):
            found.append("%d tasks were run again after their end, more than "
                         "the %d that were running when they were killed" % (
                             self["again"], self["running"]))
        return found


def watch(server):
    """Have the store itself note what is written and must not be; before
    there is a load."""
    for statement in WITNESS:
        kept.query(server, statement)


def written(server):
    """Refused tasks that were ever in the store, also for a moment."""
    return [row[0] for row in kept.query(server, "SELECT token FROM refused")]


def find_lost(tokens, dead, ended):
    promised = set(tokens["answered"]) | set(tokens["promised"])
    poison = {token for token in promised if token.startswith("x")}
    return promised - poison - ended | poison - dead


def judge(server, field, diary, figures):
    """Fills in figures; the complaints."""
    tokens = field.tokens
    dead = {row[0] for row in kept.query(
        server, "SELECT CAST(payload AS TEXT) FROM task WHERE state = 2")}
    diary.read()
    again, unexplained = diary.again()
    lost = find_lost(tokens, dead, diary.ended)
    refused = {token for token in diary.runs if token.startswith("refused")}
    figures.update({
        "answered": len(tokens["answered"]), "begun": len(tokens["promised"]),
        "put aside": len(dead), "lost": len(lost),
        "refused": len(tokens["refused"]), "written": len(refused),
        "again": sum(again), "running": sum(diary.kills),
        "over": sum(map(operator.gt, again, diary.kills)),
        "kills": len(diary.kills), "killed": len(diary.killed),
        "denied": len(tokens["denied"]), "open": len(tokens["open"])})
    figures["most again"] = max(again, default=0)
    for protocol, count in field.answers_by.items():
        figures["202s: " + protocol] += count
    complaints = ["%s was promised and has not run" % token
                  for token in sorted(lost)[:20]]
    complaints += ["%s was refused and has run" % token
                   for token in sorted(refused)[:20]]
    complaints += ["%s was put aside and is no poison" % token
                   for token in sorted(dead) if not token.startswith("x")]
    complaints += ["%s was run again, and nobody had killed the process in "
                   "which it ran" % token for token in unexplained[:20]]
    if kept.query(server, "PRAGMA integrity_check") != [("ok",)]:
        complaints.append("the store's file is not sound")
    return complaints + field.faults[:20]
