# SPDX-License-Identifier: Apache-2.0
"""The instruction counts: what does not depend on the machine's mood."""

import contextlib
import pathlib
import re
import subprocess
import tempfile

import callgrind
from jobs import TASKS_MODULE, load_tasks
from tasks_part import Receiver

REQUESTS = 1000
LOUD = 0.05
SERVER_PATHS = {
    "httpd_no_task": "",
    "httpd_same_thread": "BenchTasks 1\nBenchSameThread On",
    "httpd_one_task": "BenchTasks 1",
}
# No header comes, but one would be taken; one that asks for a webhook, all of
# it, with libcurl; one that asks for a FastCGI job.
ASK = 'BenchAsk "mail;to=42"'
NAMED_TASKS = {
    "httpd_no_header": ("", "http://127.0.0.1:%(http)s/"),
    "httpd_webhook": (ASK, "http://127.0.0.1:%(http)s/"),
    "httpd_fastcgi": (ASK, "fcgi://127.0.0.1:%(fcgi)s/job"),
}


def count(program, path):
    """Instructions per request inside measured_<path>()."""
    with tempfile.TemporaryDirectory(prefix="crosstown-bench-") as scratch:
        told = subprocess.run(
            ["valgrind", "--tool=callgrind", "--collect-atstart=no",
             "--toggle-collect=measured_" + path,
             "--callgrind-out-file=%s/out" % scratch, str(program), path,
             str(REQUESTS)], text=True, timeout=120,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
        found = re.search(r"Collected : (\d+)", told)
        if not found:
            raise SystemExit("callgrind failed:\n" + told)
        return int(found.group(1)) / REQUESTS


def ask(program, *arguments):
    return subprocess.run([str(program), *arguments], check=True, text=True,
                          timeout=10, stdout=subprocess.PIPE).stdout


def count_named_tasks(build):
    counts = {}
    for name, (section, target) in NAMED_TASKS.items():
        with contextlib.closing(Receiver(build)) as receiver:
            lines = (load_tasks(build), "CrosstownAccept mail",
                     "CrosstownTask mail " + target % vars(receiver))
            counts[name] = callgrind.per_request(
                build, section, TASKS_MODULE,
                [word for line in lines for word in ("-c", line)])
            asked = (callgrind.FEW + callgrind.MANY) * bool(section)
            if receiver.jobs() != asked:
                raise SystemExit("%s: %d jobs instead of %d" % (
                    name, receiver.jobs(), asked))
    return counts


def measure(build):
    program = pathlib.Path(build) / "bench" / "instructions"
    counts = {path: callgrind.per_request(build, section)
              for path, section in SERVER_PATHS.items()}
    counts.update(count_named_tasks(pathlib.Path(build).resolve()))
    for path in ask(program).split():
        counts["core_" + path] = count(program, path)
    return {"counts": counts, "with": ask(program, "versions").strip()}


def read(path):
    """(counts, with what they were made)"""
    text = path.read_text() if path.exists() else ""
    made = re.search(r"^# with (.*)", text, re.M)
    lines = [line.split() for line in text.splitlines()
             if line and not line.startswith("#")]
    return ({name: float(value) for name, value in lines},
            made.group(1) if made else "")


def write(path, measured):
    path.write_text(
        "# SPDX-License-Identifier: Apache-2.0\n"
        "# Instructions per request, counted by callgrind. httpd_: whatever\n"
        "# httpd calls in mod_crosstown.so, on all threads; _no_header,\n"
        "# _webhook, _fastcgi: in mod_crosstown_tasks.so. core_: the rooms\n"
        "# below httpd alone, see instructions.c. Written by\n"
        "# `make bench-baseline`\n"
        "# with %s\n" % measured["with"] + "".join(
            "%s %.1f\n" % item for item in measured["counts"].items()))


def show(measured, baseline, rewrite, table, say):
    known, known_with = read(baseline)
    rows, loud = [], []
    for name, value in measured["counts"].items():
        change = value / known[name] - 1 if known.get(name) else None
        rows.append((name, "%.1f" % value,
                     "%.1f" % known[name] if name in known else "-",
                     "-" if change is None else "%+.1f %%" % (100 * change)))
        if change is not None and abs(change) > LOUD:
            loud.append("!!! %s: %.1f instructions instead of %.1f" % (
                name, value, known[name]))
    table(("instructions per request", "now", "baseline", "change"), rows)
    for line in loud:
        say(line)
    if known and known_with != measured["with"]:
        say("the baseline was made with " + known_with)
    if rewrite:
        write(baseline, measured)
        say("written: %s" % baseline)
