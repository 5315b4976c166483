# SPDX-License-Identifier: Apache-2.0
"""The figures of named tasks: their tables, and what is to be reached."""

import statistics

from goals import AT_LEAST, Line
from php_part import REQUESTS, USUAL, WAY, WORK_MS
from server_part import quartiles
from tasks_part import JOBS, OFF, ON

# As many as: two measurements of the same thing differ by so much.
AS_MANY = 0.97


def each(figures, *keys):
    """One value of each generation, the median of those that it has many of.
    """
    for its in figures:
        for key in keys:
            its = its[key]
        yield statistics.median(its) if isinstance(its, list) else its


def hook_cpu(figures, kind):
    return [with_it - without for with_it, without in zip(
        each(figures, "hooks", kind), each(figures, "hooks", "none"))]


def job_ratios(jobs, name, to):
    return [one / other for its in jobs
            for one, other in zip(its[name], its[to])]


def share(values, part):
    return sorted(values)[int(len(values) * part)]


def arrivals(figures):
    return [took for its in figures for took in its["arrivals"]]


def php_ratio(php, kind, to):
    """Of the header's answers; None where this kind of PHP is not."""
    its = php.get(kind)
    return its and statistics.median(
        one / other for one, other in zip(its[WAY], its[to]))


# ---- verdict ----------------------------------------------------------------

def tasks_lines(figures):
    yield Line("answers/s without the header: named tasks loaded / not loaded",
               statistics.median(its[ON]["rate"] / its[OFF]["rate"]
                                 for its in figures["no_header"]),
               0.98, 0.99, AT_LEAST)
    figures = figures["tasks"]
    for kind, must, goal in (("hook", 60, 45), ("signed", None, None)):
        yield Line("CPU of httpd for a webhook" + (
            ", signed" if kind == "signed" else ""),
                   statistics.median(hook_cpu(figures, kind)), must, goal,
                   unit="us")
    for name, part, must, goal in (("p50", 0.5, 130, 100),
                                   ("p99", 0.99, 400, 270)):
        yield Line("webhook arrives after the client has read, idle, " + name,
                   share(arrivals(figures), part), must, goal, unit="us")
    yield Line("programs a second, %s" % JOBS["program"].strip('"|'),
               statistics.median(each(figures, "jobs", "program")), 800, 950,
               AT_LEAST)
    jobs = [its["jobs"] for its in figures]
    yield Line("FastCGI jobs/s / loopback HTTP's", statistics.median(
        job_ratios(jobs, "FastCGI", "loopback HTTP")), 1.1, 1.3, AT_LEAST)


def php_lines(php):
    left = "%d answers that leave %d ms of work, %%s: answers/s / %%s" % (
        REQUESTS, WORK_MS)
    jobs = php.get("jobs")
    yield Line("the same of empty scripts, both by php-fpm",
               jobs and statistics.median(
                   job_ratios([jobs], "FastCGI", "loopback HTTP")),
               1.1, 1.3, AT_LEAST)
    yield Line(left % ("php-fpm", "fastcgi_finish_request()'s"),
               php_ratio(php, "php-fpm", USUAL["php-fpm"]), 3, None, AT_LEAST)
    yield Line(left % ("php-fpm", "without work"),
               php_ratio(php, "php-fpm", "nothing"), None, AS_MANY, AT_LEAST)
    yield Line(left % ("mod_php", "shutdown function's"),
               php_ratio(php, "mod_php", USUAL["mod_php"]), None, None,
               AT_LEAST)


# ---- tables -----------------------------------------------------------------

def row(name, values, form="%.0f"):
    values = list(values)
    return (name, form % statistics.median(values),
            "..".join(form % value for value in quartiles(values)))


def show_tasks(figures, table):
    rows = [row("answers/s, no header, named tasks " + name,
                [its[name]["rate"] for its in figures["no_header"]])
            for name in (OFF, ON)]
    rows.append(row("loaded / not loaded", [
        its[ON]["rate"] / its[OFF]["rate"] for its in figures["no_header"]],
        "%.3f"))
    figures = figures["tasks"]
    rows += [row("CPU us of an answer that asks for nothing",
                 each(figures, "hooks", "none"), "%.1f"),
             row("CPU us added by a webhook", hook_cpu(figures, "hook"),
                 "%.1f"),
             row("CPU us added by a signed webhook",
                 hook_cpu(figures, "signed"), "%.1f"),
             row("us until a webhook arrives, idle", arrivals(figures))]
    rows += [row("jobs/s, %s" % name, each(figures, "jobs", name))
             for name in JOBS]
    table(("named tasks", "median", "quartiles"), rows)


def show_php(php, table):
    rows = []
    for kind, usual in USUAL.items():
        if kind not in php:
            continue
        for way, text in (("nothing", "no work"), (usual, {
                "finish": "fastcgi_finish_request()",
                "shutdown": "shutdown function and flush()"}[usual]),
                (WAY, "the header")):
            rows.append(row("%s: %s" % (kind, text), php[kind][way]))
    rows += [row("php-fpm, empty jobs by " + name, values)
             for name, values in php.get("jobs", {}).items()]
    if rows:
        table(("PHP, answers/s with %d ms of work" % WORK_MS, "median",
               "quartiles"), rows)
