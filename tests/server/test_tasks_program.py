# SPDX-License-Identifier: Apache-2.0
"""The target "|/full/path arguments": what a program is given, how its end is
judged, and that nothing of it is left behind."""

import json
import os
import re
import signal
import urllib.parse

import pytest

import named
from ledger import wait_until

# Writes down what it was given, under its task's name, then does what the
# field `do` says.
PROGRAM = r"""#!/usr/bin/python3
import json, os, signal, subprocess, sys, time
def blocked():
    lines = open("/proc/self/status").read().split("\n")
    return [line for line in lines if line.startswith(("SigBlk", "SigIgn"))]
body = sys.stdin.read()
path = os.path.join(sys.argv[1], os.environ["CROSSTOWN_TASK"])
told = {"argv": sys.argv[1:], "body": body, "env": dict(os.environ),
        "cwd": os.getcwd(), "signals": blocked(), "uid": os.getuid(),
        "group": os.getpgid(0) == os.getpid(), "pid": os.getpid(),
        "files": sorted(int(fd) for fd in os.listdir("/proc/self/fd"))}
with open(path + ".new", "w") as file:
    json.dump(told, file)
os.rename(path + ".new", path)
do = os.environ.get("CROSSTOWN_FIELD_DO", "")
if do == "print":
    print("\nwhat nobody reads", flush=True)
    os.write(1, b"x" * 200000)
if do.startswith("exit"):
    print("\nPHP Fatal error: no such mail")
    print("and more")
    print("cannot\n\x1b[1mbold", file=sys.stderr)
    sys.exit(int(do[4:]))
if do == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
if do == "sleep":
    child = subprocess.Popen(["sleep", "300"])
    with open(path + ".child", "w") as file:
        file.write(str(child.pid))
    time.sleep(300)
"""


# Signals 1 to 31 but for SIGPIPE and SIGXFSZ, which Python ignores itself.
OTHERS = 0x7fffffff & ~(1 << 12 | 1 << 24)


def config_for(build, mpm, program, out):
    lines = [named.load(build), named.cgi_lines(mpm), "CrosstownDrain 2",
             "LogLevel crosstown_tasks:debug"]
    for name in ("plain", "codes", "killed", "slow"):
        lines.append('CrosstownTask %s "|%s %s \\"two words\\"" timeout=%s' % (
            name, program, out, "500ms" if name == "slow" else "30"))
    lines.append("CrosstownTask deaf |/bin/true")
    lines.append('<Location "/cgi">\nCrosstownAccept plain codes killed slow '
                 "deaf\n</Location>")
    return "\n".join(lines)


@pytest.fixture
def server(make_server, mpm, build, tmp_path):
    server = make_server(start=False)
    out = server.root / "out"
    out.mkdir()
    out.chmod(0o777)
    program = named.write_script(server, "program", PROGRAM)
    named.write_script(server, "app", named.SCRIPT)
    server.config = config_for(build, mpm, program, out)
    server.out = out
    return server.start()


def ask(server, field):
    answer = server.ask("/cgi/app?head=" + urllib.parse.quote(
        "Crosstown: " + field))
    assert answer.status == 200
    return answer


def told(server, name):
    path = server.out / name
    wait_until(path.exists, "the program")
    text = path.read_text()
    path.unlink()
    return json.loads(text)


def test_what_it_is_given(server):
    ask(server, 'plain;to=42;s="$(touch x);`id`";a-b=:AP8=:;ld_preload="x"')
    given = told(server, "plain")
    assert given["argv"] == [str(server.out), "two words"]
    assert given["body"] == (
        "to=42&s=%24%28touch%20x%29%3B%60id%60&a-b=%00%FF&ld_preload=x")
    assert given["cwd"] == "/" and given["group"]
    assert given["files"][:3] == [0, 1, 2] and len(given["files"]) <= 4
    for line in given["signals"]:
        assert int(line.split()[1], 16) & OTHERS == 0, line
    env = given["env"]
    assert env["CROSSTOWN_FIELD_TO"] == "42"
    assert env["CROSSTOWN_FIELD_S"] == "$(touch x);`id`"
    assert env["CROSSTOWN_FIELD_LD_PRELOAD"] == "x"
    assert "CROSSTOWN_FIELD_A_B" not in env      # it has a zero byte
    assert env["CROSSTOWN_STATUS"] == "200"
    assert env["CROSSTOWN_METHOD"] == "GET"
    assert env["CROSSTOWN_URI"] == "/cgi/app"
    assert env["CROSSTOWN_CLIENT"] == "127.0.0.1"
    assert env["CROSSTOWN_ATTEMPT"] == "1"
    assert re.fullmatch("[0-9a-f]{32}", env["CROSSTOWN_ID"])
    allowed = {"PATH", "CONTENT_TYPE", "TRACEPARENT", "LC_CTYPE"}
    assert not [name for name in env
                if not name.startswith("CROSSTOWN_") and name not in allowed]
    if os.geteuid() == 0:
        assert given["uid"] != 0


def test_its_exit_code_is_its_result(server):
    ask(server, "codes;do=exit3")
    server.error_log.expect('CT01301: task "codes" .*program: exit code 3; '
                            "stdout: PHP Fatal error: no such mail$")
    lines = server.error_log.find('CT02201: task "codes" .* says: ')
    assert [line.split("says: ")[1] for _, line in lines] == [
        "cannot", "\\x1b[1mbold"]
    told(server, "codes")
    ask(server, "killed;do=kill")
    server.error_log.expect('CT01301: .*ended by signal 9')


def test_its_stdout_is_for_debugging(server):
    """It may write as much as it likes; so much is told."""
    ask(server, "plain;do=print")
    server.error_log.expect('CT02203: task "plain" .* writes: what nobody')
    lines = wait_until(lambda: enough(server), "its lines")
    assert sum(len(line.split("writes: ")[1]) for line in lines) < 66000
    told(server, "plain")
    assert not server.error_log.find("CT01301")


def enough(server):
    lines = [line for _, line in server.error_log.find("CT02203: .* writes: x")]
    return len(lines) > 70 and lines


def test_a_program_that_does_not_read(server):
    answers = [ask(server, 'deaf;s="%s"' % ("x" * 3000)) for _ in range(5)]
    assert len(answers) == 5
    ask(server, "plain")
    told(server, "plain")


def test_too_slow_is_ended_with_its_group(server):
    ask(server, "slow;do=sleep")
    given = told(server, "slow")
    path = server.out / "slow.child"
    wait_until(lambda: path.exists() and path.read_text(), "its child")
    server.error_log.expect("CT01301: .*not over within 500 ms")
    for pid in (given["pid"], int(path.read_text())):
        wait_until(lambda: gone(pid), "process %d to go" % pid)


def gone(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def test_a_stop_ends_it(server):
    ask(server, "plain;do=sleep")
    given = told(server, "plain")
    server.tell(signal.SIGTERM)
    server.error_log.expect("CT01301: .*ended, the server process stops")
    server.stop()
    assert gone(given["pid"])
