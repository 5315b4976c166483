# SPDX-License-Identifier: Apache-2.0
"""A child that crashes fails its test, which says where that was."""

import os
import pathlib
import re
import shutil
import signal

import pytest

import crashes

TOLD = r"^a child has crashed, at$"
FRAME = r"^/\S+\(.*\) ?\[0x[0-9a-f]+\]$"
DIED = r"AH0005[12]: child pid \d+ exit signal Segmentation fault"


def leaves_core_files():
    """Does this kernel write them where the process is?"""
    pattern = pathlib.Path("/proc/sys/kernel/core_pattern").read_text()
    limit = crashes.resource.getrlimit(crashes.resource.RLIMIT_CORE)[1]
    return re.match(r"core\b", pattern) and limit != 0


@pytest.mark.parametrize("crosstown", ["before", None])
def test_it_says_where(make_server, crosstown):
    server = make_server(crosstown=crosstown)
    if os.environ.get("HTTPD"):
        pytest.skip("a tool watches httpd, and says it in a way of its own")
    answer = server.ask("/probe")
    logged, = server.ledger.wait(event="logged", tag=answer.tag)
    os.kill(logged.pid, signal.SIGSEGV)
    line, = server.error_log.expect(DIED)
    with pytest.raises(AssertionError) as failure:
        server.error_log.check()
    said = str(failure.value).split("\n")
    head, = [number for number, line in enumerate(said)
             if re.match(TOLD, line)]
    assert re.match(FRAME, said[head + 1])
    if leaves_core_files():
        assert "core" in line
        if shutil.which("gdb"):
            assert any(re.match(r"#1 ", line) for line in said)
