# SPDX-License-Identifier: Apache-2.0
"""The figures of jobs in a Redis and of messages by AMQP: their tables, and
what is to be reached.

The processor time of httpd for a job is that of a request that leaves one,
without that of a request that leaves nothing: all that the job makes of it,
from the record to the end that its confirmation brings. The rate beside a task
that does nothing is what a client sees where h2load, httpd and the Redis share
the processors, so what the Redis spends is in it; where it has a processor of
its own, the ratio of httpd's processor time is what remains of that. Two lines
say how much of the rate can be left there at all, by the processor time of a
request, httpd's and h2load's: if a job cost httpd nothing, with the Redis'
own; and if it cost httpd what it may, and the Redis nothing. Two busy
processors leave less than what the rate must be in either case, so that is
judged by a page that takes a processor as long as an application's does."""

import statistics

from engines_amqp import AMQP_KINDS
from engines_page import PAGE_US, RATE
from engines_part import KINDS, PHP_KINDS, REDIS_KINDS, frozen_ratios
from goals import AT_LEAST, AT_MOST, Line
from server_part import quartiles

MOST_JOB_US = 15             # that a job may cost httpd


def ratios(figures, kind, to, figure="rate"):
    return [its[kind][figure] / its[to][figure] for its in figures]


def added_us(requests, kind):
    return [its[kind]["cpu_us"] - its["none"]["cpu_us"] for its in requests]


def most(requests, kind):
    """The rate that the Redis leaves, beside that without it."""
    for its in requests:
        request_us = its["noop"]["cpu_us"] + its["noop"]["client_us"]
        yield request_us / (request_us + its["load of " + kind]["redis_us"])


def most_allowed(requests):
    """The same if each job cost httpd what it may, and the Redis nothing."""
    for its in requests:
        client_us = its["noop"]["client_us"]
        yield (its["noop"]["cpu_us"] + client_us) / (
            its["none"]["cpu_us"] + MOST_JOB_US + client_us)


def page_lines(pages):
    yield Line("answers/s of a page of %d us: a job in a Redis (stream) / a "
               "task that does nothing" % PAGE_US,
               median(ratios(pages, "stream", "noop")), 0.9, 0.97, AT_LEAST)
    for figure, name in (("answers", "answers"), ("p50_us", "p50")):
        yield Line("the same page, %d times a second: %s" % (RATE, name),
                   median(ratios(pages, "stream, at a rate",
                                 "noop, at a rate", figure)), None, None,
                   AT_LEAST if figure == "answers" else AT_MOST)


def median(values):
    return statistics.median(values)


# ---- verdict ----------------------------------------------------------------

def engines_lines(figures):
    requests = figures["requests"]
    for kind in REDIS_KINDS:
        yield Line("answers/s: a job in a Redis (%s) / a task that does "
                   "nothing" % kind,
                   median(ratios(requests, kind, "noop")), None, None,
                   AT_LEAST)
    yield Line("answers/s: the most if a job cost httpd %d us, and the Redis "
               "nothing" % MOST_JOB_US, median(most_allowed(requests)), None,
               None, AT_LEAST)
    yield from page_lines([its["pages"] for its in requests])
    for kind in REDIS_KINDS:
        yield Line("CPU of httpd: a task that does nothing / a job in a Redis "
                   "(%s)" % kind,
                   1 / median(ratios(requests, kind, "noop", "cpu_us")), None,
                   None, AT_LEAST)
    yield Line("CPU of httpd for a task that does nothing",
               median(added_us(requests, "noop")), None, None, unit="us")
    for kind in REDIS_KINDS:
        bounds = (MOST_JOB_US, 8) if kind == "stream" else (None, None)
        yield Line("CPU of httpd for a job at saturation (%s)" % kind,
                   median(added_us(requests, kind)), *bounds, unit="us")
    for kind in ("stream", "unmarked"):
        loads = [its["load of " + kind] for its in requests]
        yield Line("CPU of Redis for a job under load (%s)" % kind,
                   median(its["redis_us"] for its in loads), None, None,
                   unit="us")
        yield Line("jobs in one round trip under load (%s)" % kind,
                   median(its["a trip"] for its in loads), None, None,
                   AT_LEAST)
        yield Line("answers/s: the most that the Redis leaves of it (%s)"
                   % kind, median(most(requests, kind)), None, None, AT_LEAST)
    yield Line("response time, p50: Redis frozen / running",
               median(frozen_ratios(figures)), 1.05, 1)
    if figures["php"]:
        for own in PHP_KINDS[2:]:
            yield Line("PHP answers/s: with the header / with a job of its "
                       "%s" % own,
                       median(ratios(figures["php"], "header", own)), None,
                       None, AT_LEAST)


def amqp_lines(figures):
    requests, frozen = figures["requests"], figures["frozen"]
    for kind in AMQP_KINDS:
        yield Line("answers/s: a message by AMQP (%s) / a task that does "
                   "nothing" % kind, median(ratios(requests, kind, "noop")),
                   None, None, AT_LEAST)
    for kind in AMQP_KINDS:
        bounds = (15, 8) if kind == "message" else (None, None)
        yield Line("CPU of httpd for a message by AMQP (%s)" % kind,
                   median(added_us(requests, kind)), *bounds, unit="us")
    yield Line("response time, p50: RabbitMQ frozen / running",
               median(frozen[True]) / median(frozen[False]), 1.05, 1)


# ---- tables -----------------------------------------------------------------

def rows(figures, kinds, to):
    for kind in kinds:
        compared = ratios(figures, kind, to)
        yield [kind, *(form % median(its[kind][figure] for its in figures)
                       for figure, form in (("rate", "%.0f"),
                                            ("p50_us", "%.0f"),
                                            ("p99_us", "%.0f"),
                                            ("cpu_us", "%.1f"))),
               "%.3f" % median(compared), "%.2f..%.2f" % quartiles(compared)]


def show_engines(figures, table):
    head = ("answers/s", "p50 us", "p99 us", "CPU us")
    table(("a request leaves", *head, "rate/noop", "quartiles"),
          list(rows(figures["requests"], KINDS, "noop")))
    print()
    table(("a page of %d us leaves" % PAGE_US, *head, "rate/noop",
           "quartiles"), list(rows([its["pages"] for its
                                    in figures["requests"]],
                                   ("noop", "stream"), "noop")))
    print()
    if figures["php"]:
        table(("PHP leaves a job by", *head, "rate/header", "quartiles"),
              list(rows(figures["php"], PHP_KINDS, "header")))
        print()
    table(("response time, p50", "us"), [
        ("Redis " + name, "%.0f" % median(
            median(its[frozen]) for its in figures["frozen"]))
        for frozen, name in ((False, "running"), (True, "frozen"))])


def amqp_rows(requests):
    for kind in requests[0]:
        its = [one[kind] for one in requests]
        compared = ratios(requests, kind, "noop")
        yield [kind, "%.0f" % median(one["rate"] for one in its),
               "%.0f" % median(one["confirmed"] for one in its)
               if kind in AMQP_KINDS else "",
               "%.1f" % median(one["cpu_us"] for one in its),
               "%.3f" % median(compared), "%.2f..%.2f" % quartiles(compared)]


def show_amqp(figures, table):
    table(("a request leaves", "answers/s", "confirmed/s", "CPU us",
           "rate/noop", "quartiles"), list(amqp_rows(figures["requests"])))
    print()
    table(("response time, p50", "us"), [
        ("RabbitMQ " + name, "%.0f" % median(figures["frozen"][frozen]))
        for frozen, name in ((False, "running"), (True, "frozen"))])
