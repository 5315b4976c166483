# SPDX-License-Identifier: Apache-2.0
"""The FastCGI targets, with the PHP servers that this machine has: php-fpm on
a socket, php-cgi on a port."""

import glob
import json
import os
import pathlib
import shutil
import subprocess
import urllib.parse

import pytest

import named
from ledger import wait_until
from resources import free_port

ANY_MPM = True

# Notes what it was asked with, then does what the field `do` says.
SCRIPT = r"""<?php
$told = ["post" => $_POST, "body" => file_get_contents("php://input"),
         "server" => array_filter($_SERVER, "is_scalar")];
file_put_contents(__DIR__ . "/told.new", json_encode($told));
rename(__DIR__ . "/told.new", __DIR__ . "/told");
$do = $_POST["do"] ?? "";
if ($do == "fail") { http_response_code(503); }
if ($do == "later" && $_SERVER["CROSSTOWN_ATTEMPT"] < 2) {
    header("Retry-After: 1");
    http_response_code(503);
}
if ($do == "complain") { file_put_contents("php://stderr", "oh\nno\n"); }
if ($do == "long") { echo str_repeat("x", 300000); }
if ($do == "sleep") { sleep(60); }
"""

FPM = """[global]
error_log = {root}/fpm.log
daemonize = no
[www]
listen = {socket}
listen.mode = 0666
{user}
pm = static
pm.max_children = 2
catch_workers_output = no
"""


def find(*patterns):
    for pattern in patterns:
        for path in [shutil.which(pattern), *sorted(glob.glob(pattern))]:
            if path:
                return path
    pytest.skip("%s is not on this machine" % patterns[0])


class Php:
    """One of them; `target` is how a CrosstownTask says it."""

    def __init__(self, kind, server):
        script = server.root / "php" / "job.php"
        script.parent.mkdir()
        script.parent.chmod(0o777)
        script.write_text(SCRIPT)
        self.directory = script.parent
        if kind == "php-fpm":
            self._fpm(server, script)
        else:
            self._cgi(script)

    def _fpm(self, server, script):
        program = find("php-fpm", "/usr/sbin/php-fpm*")
        socket = server.root / "fpm.sock"
        config = server.root / "fpm.conf"
        config.write_text(FPM.format(
            root=server.root, socket=socket,
            user="user = www-data\ngroup = www-data"
            if os.geteuid() == 0 else ""))
        self.process = subprocess.Popen(
            [program, "-F", "-n", "-y", str(config)],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(socket.exists, "php-fpm to listen")
        self.target = "unix:%s|fcgi:%s" % (socket, script)

    def _cgi(self, script):
        import socket
        program = find("php-cgi")
        port = free_port()
        self.process = subprocess.Popen(
            [program, "-n", "-b", "127.0.0.1:%d" % port],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def listens():
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                return False
            return True
        wait_until(listens, "php-cgi to listen")
        self.target = "fcgi://127.0.0.1:%d%s" % (port, script)

    def told(self):
        path = self.directory / "told"
        wait_until(path.exists, "the script")
        text = path.read_text()
        path.unlink()
        return json.loads(text)

    def close(self):
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture(params=["php-fpm", "php-cgi"])
def php(request, make_server, mpm, build):
    server = make_server(start=False)
    php = Php(request.param, server)
    named.write_script(server, "app", named.SCRIPT)
    server.config = "\n".join([named.load(build), named.cgi_lines(mpm), """
CrosstownTask job %(target)s
CrosstownTask hurry %(target)s timeout=500ms
CrosstownTask json %(target)s format=json
CrosstownTask again %(target)s retries=1 backoff=fixed:1d
CrosstownTask none unix:%(root)s/nobody|fcgi:/x.php
CrosstownTask lost %(lost)s
<Location "/cgi">
    CrosstownAccept job hurry json again none lost
</Location>
""" % {"target": php.target, "root": server.root,
       "lost": php.target.replace("job.php", "lost.php")}])
    php.server = server
    try:
        server.start()
        yield php
        server.stop()    # first: a task may still wait for PHP's answer
    finally:
        php.close()


def ask(php, field):
    answer = php.server.ask("/cgi/app?head=" + urllib.parse.quote(
        "Crosstown: " + field))
    assert answer.status == 200


def test_what_the_script_is_given(php):
    ask(php, 'job;to=42;s="a&b";long="%s"' % ("y" * 500))
    told = php.told()
    assert told["post"] == {"to": "42", "s": "a&b", "long": "y" * 500}
    server = told["server"]
    assert server["REQUEST_METHOD"] == "POST"
    assert pathlib.Path(server["SCRIPT_FILENAME"]).name == "job.php"
    assert server["CROSSTOWN_TASK"] == "job"
    assert len(server["CROSSTOWN_ID"]) == 32
    assert server["CROSSTOWN_STATUS"] == "200"
    assert server["CROSSTOWN_URI"] == "/cgi/app"
    ask(php, "json;n=1")
    told = php.told()
    assert told["post"] == [] and told["body"] == '{"n":1}'


@pytest.mark.parametrize("field, words", [
    ('job;do="fail"', r"job\.php: answered 503"),
    ('hurry;do="sleep"', r"no answer within 500 ms \(timeout=\)"),
    ("lost", r"lost\.php: answered 404"),
    ("none", "No such file or directory"),
])
def test_failures(php, field, words):
    ask(php, field)
    php.server.error_log.expect("CT01301: .*" + words)


def test_the_script_says_when(php):
    """Its word counts for more than the schedule, which is a day here."""
    ask(php, 'again;do="later"')
    wait_until(lambda: php.told()["server"]["CROSSTOWN_ATTEMPT"] == "2",
               "the second attempt")
    php.server.error_log.expect('CT01309: task "again" .*job.php: answered '
                                "503, Retry-After")


def test_complaints_and_long_answers(php):
    ask(php, 'job;do="complain"')
    php.told()
    ask(php, 'job;do="long"')
    php.told()
    ask(php, "job")
    php.told()
