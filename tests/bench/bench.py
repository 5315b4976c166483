# SPDX-License-Identifier: Apache-2.0
"""make bench: measures, prints the tables, writes results.json.

Ratios are taken of what was measured at about the same time, and their median
is shown: absolute figures depend on the machine and on who else uses it.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import time

import engines_amqp
import engines_goals
import engines_part
import goals
import instruction_part
import micro_part
import php_part
import server_part
import sizes_part
import store_goals
import store_part
import tasks_goals
import tasks_part
import turns

HERE = pathlib.Path(__file__).resolve().parent
PARTS = ("server", "micro", "sizes", "tasks", "store", "engines",
         "instructions")


def say(text=""):
    print(text, flush=True)


def table(head, rows):
    rows = [head, *rows]
    widths = [max(len(str(row[column])) for row in rows)
              for column in range(len(head))]
    for row in rows:
        say("  ".join(str(cell).ljust(width) for cell, width
                      in zip(row, widths)).rstrip())


def number(value):
    return "%.0f" % value if value >= 100 else "%.3g" % value


# ---- what is missing --------------------------------------------------------

def missing(build):
    """What this machine has not, and how to get it."""
    packages = subprocess.run([str(HERE / "peers.sh"), "missing"], text=True,
                              stdout=subprocess.PIPE).stdout.split()
    for tool, package in (("pkg-config", "pkg-config"),
                          ("h2load", "nghttp2-client"),
                          ("valgrind", "valgrind")):
        if not shutil.which(tool):
            packages.append(package)
    for package, found in (("php-fpm", php_part.fpm_program()),
                           ("libapache2-mod-php", php_part.mod_php_file())):
        if not found:
            packages.append(package)
    if not (build / "bench" / "store").exists():
        packages.append("libsqlite3-dev")
    packages += engines_part.missing(build) + engines_amqp.missing(build)
    for package in packages:
        say("SKIPPED for want of %s" % package)
    if packages:
        say("as root: apt-get install --no-install-recommends "
            + " ".join(packages))
    return packages


# ---- the parts --------------------------------------------------------------

def measure_server(build, quick):
    variants = list(server_part.VARIANTS)
    if not (build / "naive" / "mod_crosstown.so").exists():
        say("SKIPPED: the naive reference is not built (make naive)")
        variants.remove(goals.NAIVE)
    # Many servers, each for a short while: they differ more from each other
    # than a server does from itself.
    generations, seconds, samples = (2, 5, 75) if quick else (12, 12, 84)
    say("server: %d variants, %d times %d s in turns of %g ms" % (
        len(variants), generations, seconds, turns.USUAL.turn * 1000))
    figures, starts = server_part.measure_generations(
        build, variants, generations, seconds, samples, say)
    names = [name for name in (goals.UNLOADED, "c one task", goals.NAIVE)
             if name in variants]
    servers = server_part.start_servers(build, names)
    try:
        return {
            "variants": figures,
            "start_us": starts,
            "answers": server_part.measure_answers(servers,
                                                   3 if quick else 50),
        }
    finally:
        server_part.stop_servers(servers)


def show_server(server):
    variants = server["variants"]
    rows = []
    for name, figures in variants.items():
        rows.append([
            name, *("%.0f" % statistics.median(figures[figure])
                    for figure in ("rate", "p50_us", "p99_us")),
            "%.2f" % statistics.median(figures["cpu_us"]),
            "%+.2f" % server_part.added_cpu(variants, name),
            "%.3f" % statistics.median(
                server_part.ratios(variants, name, "rate")),
            "%.2f..%.2f" % server_part.quartiles(
                server_part.ratios(variants, name, "rate")),
            "%.3f" % statistics.median(
                server_part.ratios(variants, name, "p99_us")),
            sum(figures["lost"])])
    table(("variant", "answers/s", "p50 us", "p99 us", "CPU us", "added us",
           "rate/a", "quartiles", "p99/a", "lost"), rows)
    say()
    rows = []
    for name, rates in server["answers"].items():
        starts = server["start_us"].get(name)
        rows.append((name, *(number(starts[int(len(starts) * part)])
                             if starts else "-" for part in (0.5, 0.99)),
                     number(statistics.median(rates))))
    table(("variant", "start p50 us", "p99 us",
           "640 with 50 ms tasks, answers/s"), rows)


def show_micro(figures, contenders):
    rows = []
    for key, values in figures.items():
        rows.append([key, *(
            number(statistics.median(values[name])) if name in values else "-"
            for name in contenders), *(
            "%.3f" % micro_part.ratio(figures, key, name)
            if values.get(name) and all(values[name]) else "-"
            for name in contenders[1:])])
    table(("the dispatcher alone", *contenders,
           *("/" + name for name in contenders[1:])), rows)


def describe_machine():
    return {"processors": os.cpu_count(), "system": platform.platform(),
            "load": os.getloadavg(), "time": time.strftime("%FT%TZ",
                                                           time.gmtime())}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--part", choices=PARTS,
                        action="append", help="this part only")
    parser.add_argument("--rewrite-baseline", action="store_true")
    options = parser.parse_args()
    build = options.build.resolve()
    parts = options.part or PARTS
    lacking = missing(build)
    results = {"machine": describe_machine(), "quick": options.quick}
    lines = []

    if "server" in parts and "nghttp2-client" not in lacking:
        results["server"] = measure_server(build, options.quick)
        lines += goals.server_lines(results["server"])
    if "micro" in parts:
        say("micro")
        micro = micro_part.Micro(build / "bench" / "micro", options.quick, say)
        results["micro"] = micro.measure()
        lines += goals.micro_lines(results["micro"])
    if "sizes" in parts:
        say("sizes of machines")
        results["sizes"] = sizes_part.measure(build, options.quick, say)
    if "tasks" in parts and "nghttp2-client" not in lacking:
        say("named tasks")
        results["tasks"] = tasks_part.measure(build, options.quick, say)
        results["php"] = php_part.measure(build, options.quick, say)
        lines += tasks_goals.tasks_lines(results["tasks"])
        lines += tasks_goals.php_lines(results["php"])
    if ("store" in parts and "nghttp2-client" not in lacking
            and "libsqlite3-dev" not in lacking):
        say("named tasks on disk")
        results["store"] = store_part.measure(build, options.quick, say)
        lines += store_goals.store_lines(results["store"])
    if ("engines" in parts and "nghttp2-client" not in lacking
            and not engines_part.missing(build)):
        say("jobs in a Redis")
        results["engines"] = engines_part.measure(build, options.quick, say)
        lines += engines_goals.engines_lines(results["engines"])
    if ("engines" in parts and "nghttp2-client" not in lacking
            and not engines_amqp.missing(build)):
        say("messages by AMQP")
        results["amqp"] = engines_amqp.measure(build, options.quick, say)
        lines += engines_goals.amqp_lines(results["amqp"])
    if "instructions" in parts and "valgrind" not in lacking:
        say("instructions")
        results["instructions"] = instruction_part.measure(build)

    say()
    if "server" in results:
        show_server(results["server"])
        say()
    if "micro" in results:
        show_micro(results["micro"], micro.contenders)
        say()
    if "sizes" in results:
        sizes_part.show(results["sizes"], table, say)
        say()
    if "tasks" in results:
        tasks_goals.show_tasks(results["tasks"], table)
        say()
        tasks_goals.show_php(results["php"], table)
        say()
    if "store" in results:
        store_goals.show_store(results["store"], table)
        say()
    if "engines" in results:
        engines_goals.show_engines(results["engines"], table)
        say()
    if "amqp" in results:
        engines_goals.show_amqp(results["amqp"], table)
        say()
    if "instructions" in results:
        instruction_part.show(results["instructions"], HERE / "BASELINE",
                              options.rewrite_baseline, table, say)
        say()
    if lines:
        table(("verdict", "figure", "must", "goal"),
              [line.row() for line in lines])
    results["verdict"] = [line.data() for line in lines]
    results["machine"]["load_after"] = os.getloadavg()
    say("\n%d processors, load %.1f before, %.1f after" % (
        os.cpu_count(), results["machine"]["load"][0], os.getloadavg()[0]))
    if options.rewrite_baseline:
        return
    path = build / "bench" / "results.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    say("written: %s" % path)


if __name__ == "__main__":
    main()
