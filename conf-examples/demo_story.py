# SPDX-License-Identifier: Apache-2.0
"""One round of the demo: a request, its calls, and what all of them saw."""

import bisect
import dataclasses
import json
import urllib.parse

from demo_client import Answer, Client
from demo_server import DemoError, wait_until

ENDS = ("ran", "no_go", "cancelled", "rejected", "stopped")


@dataclasses.dataclass
class Round:
    answer: Answer      # the client's view
    calls: list         # the endpoint's view, in the order of arrival
    bill: dict          # the module's view: the ends its tasks met
    last_over: int      # the module's view: when the last one ended
    finished_on: str    # httpd's view: the thread that finished the response

    @property
    def sent(self):
        """When httpd had handed the last byte to the network: the same for
        all calls, or the last that one of them was told."""
        return max(call["sent"] for call in self.calls)

    @property
    def first_start(self):
        return min(call["started"] for call in self.calls)

    @property
    def all_over_after(self):
        return self.last_over - self.sent

    @property
    def threads(self):
        return {call["thread"] for call in self.calls}

    def each_once(self, count):
        numbers = sorted(call["call"] for call in self.calls)
        return numbers == list(range(1, count + 1))

    def start_order(self):
        """The numbers of the calls, in the order in which they started."""
        by_order = sorted(self.calls, key=lambda call: call["order"])
        return [call["call"] for call in by_order]

    def in_order(self):
        """How many calls started in the order in which they were recorded:
        the longest run of rising numbers, others left out. Each call that a
        busy kernel held back on the way to its first statement costs one."""
        ends = []       # ends[n]: the least end of such a run of n + 1 calls
        for number in self.start_order():
            place = bisect.bisect_left(ends, number)
            ends[place:place + 1] = [number]
        return len(ends)

    def at_once(self):
        """The most calls that the endpoint had at the same time. One that
        arrives when another is answered is not at the same time."""
        moments = [(call["arrived"], 1) for call in self.calls]
        moments += [(call["answered"], -1) for call in self.calls]
        now = most = 0
        for _, step in sorted(moments):
            now += step
            most = max(most, now)
        return most

    def after_the_wire(self):
        """No call started before the last byte was out: by httpd's clock,
        and by the kernel's stamp on the byte in the client's socket."""
        stamp = self.answer.arrived
        return (all(call["sent"] <= call["started"] for call in self.calls)
                and (stamp is None or stamp <= self.first_start))


class Play:
    """Plays rounds, one at a time, and keeps the sum."""

    def __init__(self, server, endpoint, report):
        self.server = server
        self.report = report
        self.client = Client(server.port)
        self.exchange = Client(endpoint.port)
        self.ran = 0

    def close(self):
        self.client.close()
        self.exchange.close()

    def bill(self):
        return json.loads(self.client.ask("/phone-bill").body)

    def record(self):
        calls = json.loads(self.exchange.ask("/record").body)
        for call in calls:
            for name in ("call", "order", "sent", "started"):
                call[name] = int(call[name])
        return calls

    def ask(self, **wish):
        path = "/phone-calls?" + urllib.parse.urlencode(wish)
        return path, self.client.ask(path)

    def round(self, calls, **wish):
        known = len(self.record())
        before = self.bill()
        path, answer = self.ask(calls=calls, **wish)
        after = self._wait_for_the_ends(before, calls)
        bill = {end: after[end] - before[end] for end in (*ENDS, "failed")}
        self.ran += bill["ran"]
        return Round(answer, self.record()[known:], bill,
                     after["last_over"], self.server.finished_on(path))

    def _wait_for_the_ends(self, before, count):
        bill = before

        def over():
            nonlocal bill
            bill = self.bill()
            ended = sum(bill[end] - before[end] for end in ENDS)
            self.report.progress("%d calls recorded, %d started, %d over" % (
                count, bill["started"] - before["started"], ended))
            return ended >= count

        if not wait_until(over):
            raise DemoError("%d calls were recorded and met these ends only:"
                            " %s, before that %s" % (count, bill, before))
        self.report.progress_over()
        return bill
