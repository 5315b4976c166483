# SPDX-License-Identifier: Apache-2.0
"""The instruction counts: what does not depend on the machine's mood."""

import pathlib
import re
import subprocess
import tempfile

import callgrind

REQUESTS = 1000
LOUD = 0.05
SERVER_PATHS = {
    "httpd_no_task": "",
    "httpd_same_thread": "BenchTasks 1\nBenchSameThread On",
    "httpd_one_task": "BenchTasks 1",
}
# No header comes, but one would be taken.
TASKS_MODULE = "mod_crosstown_tasks.so"
TASKS_LINES = ('LoadModule crosstown_tasks_module "%s/%s"',
               "CrosstownTask mail http://127.0.0.1:1/",
               "CrosstownAccept mail")


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


def no_header(build):
    load, *others = TASKS_LINES
    return callgrind.per_request(build, "", TASKS_MODULE, [
        word for line in (load % (build, TASKS_MODULE), *others)
        for word in ("-c", line)])


def measure(build):
    program = pathlib.Path(build) / "bench" / "instructions"
    counts = {path: callgrind.per_request(build, section)
              for path, section in SERVER_PATHS.items()}
    counts["httpd_no_header"] = no_header(pathlib.Path(build).resolve())
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
        "# httpd calls in mod_crosstown.so, on all threads; _no_header: in\n"
        "# mod_crosstown_tasks.so. core_: the rooms below httpd alone, see\n"
        "# instructions.c. Written by `make bench-baseline`\n"
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
