# SPDX-License-Identifier: Apache-2.0
"""A setting that is not wrong but cannot do what it says is warned of: by a
start in the error log, by `httpd -t` on the console."""

import os
import re
import stat
import sys

import pytest

from httpd import httpd_program
from ledger import wait_until

NOTHING = r"CT010(0[1-578]|10):"
SUMMARY = r"\[crosstown:info\].*CT01006: mod_crosstown \d+\.\d+: up to "

LIMITED = """#!%s
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NPROC, (40000, 40000))
os.execv("%s", sys.argv)
"""


def warned(make_server, config, number, **options):
    """(the line of `httpd -t`, that of a start)"""
    server = make_server(config, start=False, **options)
    code, text = server.configtest()
    assert code == 0 and "Syntax OK" in text
    told, = [line for line in text.splitlines() if number in line]
    server.start()
    line, = server.error_log.expect(r"\[crosstown:warn\].*" + number)
    assert told.split(number)[1] == line.split(number)[1]
    return line


def test_defaults_are_no_reason(make_server):
    server = make_server(start=False)
    assert server.configtest()[1].strip() == "Syntax OK"
    server.start()
    assert not server.error_log.find(NOTHING)


def test_the_summary(make_server):
    """One line for each start and restart."""
    server = make_server("CrosstownThreads 1 7\nCrosstownQueue 99\n"
                         "CrosstownOverflow inline\nCrosstownDrain 4\n", room=1)
    (_, line), = server.error_log.find(SUMMARY)
    found = re.search(
        r"up to 7 threads and 99 waiting tasks in each of up to (\d+) children "
        r"\((\d+) threads and (\d+) tasks in all\); what finds the queue full "
        r"is run inline; drain: 4 s$", line)
    children, threads, tasks = map(int, found.groups())
    assert (threads, tasks) == (7 * children, 99 * children)
    server.graceful()
    wait_until(lambda: len(server.error_log.find(SUMMARY)) == 2,
               "the restart's line")


def test_drain_longer_than_the_parent_waits(make_server):
    line = warned(make_server, "CrosstownDrain 9\n", "CT01004:")
    assert "CrosstownDrain: 9 seconds" in line
    assert "at others the parent kills its children, so there it is 8" in line


def test_drain_as_long_as_the_parent_waits(make_server):
    server = make_server("CrosstownDrain 8\n")
    assert not server.error_log.find(NOTHING)


def test_many_threads_for_one_request_at_a_time(make_server, mpm):
    if mpm == "prefork":
        line = warned(make_server, "CrosstownThreads 1 65\n", "CT01002:")
        assert "65 threads" in line
    else:
        server = make_server("CrosstownThreads 1 65\n")
        assert not server.error_log.find(NOTHING)


def test_queue_larger_than_memory(make_server, mpm):
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGESIZE")
    room = 7
    if memory > 16777216 * 336 * (room + 1):
        pytest.skip("this machine has too much memory")
    line = warned(make_server, "CrosstownQueue 16777216\n", "CT01003:",
                  workers=4, room=room)
    children = 4 * (room + 1) if mpm == "prefork" else room + 1
    assert "16777216 waiting tasks in each of %d children" % children in line


def test_a_limit_above_the_threads(make_server):
    """It can work, but cannot be meant. The order of lines does not matter."""
    line = warned(make_server, "CrosstownLimit mail concurrency=9\n"
                  "CrosstownThreads 1 8\n", "CT01007:")
    assert re.search(r'CrosstownLimit "mail" \(\S+/httpd\.conf:\d+\): '
                     r"concurrency=9 is more than the 8 threads", line)


def test_a_limit_above_the_queue(make_server):
    line = warned(make_server, "CrosstownQueue 10\n"
                  "CrosstownLimit mail queue=11 concurrency=1\n", "CT01008:")
    assert 'CrosstownLimit "mail"' in line
    assert "queue=11 is more than the 10 tasks" in line


def test_limits_as_large_as_what_there_is(make_server):
    server = make_server("CrosstownThreads 1 8\nCrosstownQueue 10\n"
                         "CrosstownLimit mail concurrency=8 queue=10\n")
    assert not server.error_log.find(NOTHING)


@pytest.fixture
def few_processes(tmp_path, monkeypatch):
    """httpd, started where so many processes are allowed."""
    program = tmp_path / "httpd"
    program.write_text(LIMITED % (sys.executable, httpd_program()))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("HTTPD", str(program))


def test_more_threads_than_processes(make_server, mpm, few_processes):
    if mpm == "prefork":
        pytest.skip("there each child has one request")
    line = warned(make_server, "CrosstownThreads 1 4096\n", "CT01005:",
                  workers=2, room=15, allowed=["CT01010:"])
    assert "4096 threads in each of 16 children" in line
    assert "40000 processes" in line


def test_defaults_that_cannot_be_meant(make_server, mpm):
    """Prefork's children times threads; what else there is may do."""
    if mpm != "prefork":
        pytest.skip("there a child has many requests")
    line = warned(make_server, "ServerLimit 150\n", "CT01010:", workers=1,
                  room=149)
    assert "32 threads in each of up to 150 children are 4800 in all" in line
