# SPDX-License-Identifier: Apache-2.0
"""httpd -t lets nothing pass that cannot work, and says where, what and what
to write instead; DUMP_CROSSTOWN shows what is in force, without secrets."""

import subprocess

import pytest

import named
from httpd import httpd_program
from server import Server

KEY = "whsec_" + "QUJD" * 10

# configuration -> words of the message
MISTAKES = {
    "CrosstownTask": ["CrosstownTask: write a name, a target"],
    "CrosstownTask mail": ["write a name, a target"],
    "CrosstownTask 4mail module": ['"4mail" is no task\'s name'],
    "CrosstownTask a/b module": ['"a/b"'],
    "CrosstownTask %s module" % ("n" * 48): ["47 bytes at most"],
    "CrosstownTask mail localhost": ['"localhost" is no target', "http://"],
    "CrosstownTask mail mqtt://host/": ['targets of the kind "mqtt"'],
    "CrosstownTask mail redis://host/0": [
        "LoadModule crosstown_redis_module modules/mod_crosstown_redis.so"],
    "CrosstownTask mail amqps://host/": ["mod_crosstown_amqp.so"],
    "CrosstownTask mail http://": ["http://", "is no URL"],
    "CrosstownTask mail http:///path": ["is no URL"],
    'CrosstownTask mail "http://h/a b"': ["%XX"],
    "CrosstownTask mail http://h/#x": ["fragment"],
    "CrosstownTask mail http://h:99999/": ["does not take this URL"],
    "CrosstownTask mail http://h/ timeout=0": ["timeout=0", "500ms"],
    "CrosstownTask mail http://h/ timeout=soon": ["timeout=soon"],
    "CrosstownTask mail http://h/ timeout=2d": ["timeout=2d"],
    "CrosstownTask mail http://h/ format=xml": ["form or json"],
    "CrosstownTask mail http://h/ no-go=6xx": ["6xx"],
    "CrosstownTask mail http://h/ keep=disk": [
        "LoadModule crosstown_store_module modules/mod_crosstown_store.so"],
    "CrosstownTask mail http://h/ keep=ram": ["keep=ram"],
    "CrosstownTask mail http://h/ retries=101": ["retries=101", "0 to 100"],
    "CrosstownTask mail http://h/ retries=-1": ["0 to 100"],
    "CrosstownTask mail http://h/ retries=5x": ["0 to 100"],
    "CrosstownTask mail http://h/ retries=99999999999999999999": ["0 to 100"],
    "CrosstownTask mail http://h/ backoff=n5": ["backoff=n5", "fixed:60s"],
    "CrosstownTask mail http://h/ backoff=fixed": ["write n4, or fixed:"],
    "CrosstownTask mail http://h/ backoff=fixed:0": ["write n4, or fixed:"],
    "CrosstownTask mail http://h/ backoff=fixed:2w": ["write n4, or fixed:"],
    "CrosstownTask mail http://h/ backoff=fixed:2d": [
        "backoff=fixed: is longer than max-delay="],
    "CrosstownTask mail http://h/ max-delay=1 backoff=fixed:1500ms": [
        "backoff=fixed: is longer than max-delay="],
    "CrosstownTask mail http://h/ max-delay=0": ["max-delay=0"],
    "CrosstownTask mail http://h/ max-delay=31d": ["up to 30d"],
    "CrosstownTask mail http://h/ delay=-1": ["delay=-1", "2min"],
    "CrosstownTask mail http://h/ delay=721h": ["up to 30d"],
    "CrosstownTask mail http://h/ delay=5h expires=5h": [
        "it would expire before it may run"],
    "CrosstownTask mail http://h/ expires=0": ["expires=0", "1d"],
    "CrosstownTask mail http://h/ expires=31d": ["up to 30d"],
    "CrosstownTask mail http://h/ expires=d": ["expires=d", "500ms"],
    "CrosstownTask mail http://h/ unique=": ["is not key=value"],
    "CrosstownTask mail http://h/ unique=Id": ["the field whose value"],
    "CrosstownTask mail http://h/ unique=ct-id": ["the field whose value"],
    "CrosstownTask mail http://h/ speed=9": ['no key "speed"', "timeout=",
                                             "secret="],
    "CrosstownTask mail http://h/ timeout": ['"timeout" is not key=value'],
    "CrosstownTask mail http://h/ timeout=": ["is not key=value"],
    "CrosstownTask mail http://h/ timeout=1 timeout=2": ["twice"],
    "CrosstownTask mail http://h/ private=maybe": ["on or off"],
    "CrosstownTask mail http://h/ secret=abc": ["whsec_"],
    "CrosstownTask mail http://h/ secret=whsec_QUJD": ["3 bytes"],
    "CrosstownTask mail http://h/ secret=file:key": ["full path"],
    "CrosstownTask mail http://h/ secret=file:/no/key": ["/no/key",
                                                         "No such file"],
    "CrosstownTask mail http://h/ on-stop=end": ['no key "on-stop"'],
    'CrosstownTask mail "|bin/true"': ["full path"],
    'CrosstownTask mail "|"': ["full path"],
    "CrosstownTask mail |/no/such/program": ["/no/such/program", "No such"],
    "CrosstownTask mail |/etc/passwd": ["/etc/passwd", "Permission denied"],
    "CrosstownTask mail |/bin/true on-stop=go": ["end or leave"],
    'CrosstownTask mail "unix:/run/php.sock"': ["is no target"],
    'CrosstownTask mail "unix:run|fcgi:/x"': ["full path"],
    'CrosstownTask mail "unix:/run/s|fcgi:x"': ["script's full path"],
    "CrosstownTask mail fcgi://host:9000": ["fcgi://host:port/path"],
    "CrosstownTask mail module\nCrosstownTask mail module": [
        'there is a task "mail" already', "httpd.conf:"],
    "CrosstownTask mail module": ["CT02001", "httpd.conf:",
                                  "no module provides this function"],
    '<Location "/">\nCrosstownTask mail module\n</Location>': [
        "CrosstownTask", "<Location>"],
    "CrosstownAccept": ["CrosstownAccept: write the names"],
    "CrosstownAccept a/b": ['"a/b"'],
    "CrosstownAccept none mail": [],
    "CrosstownAfter mail": ["CrosstownAfter"],
    '<Location "/">\nCrosstownAfter\n</Location>': ["write a task's name"],
    '<Location "/">\nCrosstownAfter mail\n</Location>': [
        "CT02003", "httpd.conf:", "no CrosstownTask of this name"],
    '<Location "/">\nCrosstownAfter mail x\n</Location>': [
        '"x" is not field=value'],
    '<Location "/">\nCrosstownAfter mail To=x\n</Location>': ['"To"'],
    '<Location "/">\nCrosstownAfter mail ct-no-go=x\n</Location>': ["ct-"],
    '<Location "/">\nCrosstownAfter mail "expr=%{X"\n</Location>': ["%{X"],
    '<Location "/">\nCrosstownAfter mail "to=%{X"\n</Location>': ["%{X"],
    '<Location "/">\nCrosstownAfter mail "expr=true" "expr=true"\n'
    "</Location>": ["twice"],
    "CrosstownAccept " + " ".join("n%d" % i for i in range(70)): [
        "64 words", "several lines"],
    '<Location "/">\nCrosstownAfter mail %s\n</Location>' % " ".join(
        "k%d=x" % i for i in range(70)): ["64 words"],
    "CrosstownTask mail module %s" % " ".join(["timeout=1"] * 70): [
        "64 words"],
    '<Location "/">\n<Limit POST>\nCrosstownAccept none\n</Limit>\n'
    "</Location>": ["CrosstownAccept", "<Limit>"],
    '<Location "/">\n<Limit POST>\nCrosstownReport On\n</Limit>\n'
    "</Location>": ["CrosstownReport", "<Limit>"],
    '<Location "/">\nCrosstownReport Maybe\n</Location>': ["On or Off"],
}
del MISTAKES["CrosstownAccept none mail"]

GOOD = [
    "CrosstownTask mail http://127.0.0.1:1/ timeout=500ms format=json "
    "no-go=5xx keep=memory private=on self=off secret=" + KEY,
    'CrosstownTask mail "|/bin/true a b" timeout=2min on-stop=leave',
    "CrosstownTask mail unix:/run/php/fpm.sock|fcgi:/srv/job.php",
    "CrosstownTask mail fcgi://localhost:9000/srv/job.php",
    "CrosstownTask mail http://[::1]:1/x",
    "CrosstownTask mail http://h/ expires=30d unique=order-id",
    "CrosstownTask mail http://h/ retries=0 backoff=n4 max-delay=1d delay=0",
    "CrosstownTask mail http://h/ retries=100 backoff=fixed:2d max-delay=30d "
    "delay=29d expires=720h",
    "CrosstownTask mail |/bin/true retries=5 backoff=fixed:500ms",
    "CrosstownAccept none",
    "CrosstownTask mail |/bin/true\n" + "\n".join(
        "CrosstownAccept " + " ".join(["mail"] * 60) for _ in range(2)),
]


def configtest(build, config, mpm="event"):
    server = Server(mpm, build, named.load(build) + "\n" + config)
    try:
        return server.configtest()
    finally:
        server.clean_up()


@pytest.mark.parametrize("config", MISTAKES)
def test_mistakes_are_told(build, config):
    code, said = configtest(build, config)
    assert code != 0, said
    for words in MISTAKES[config]:
        assert words in said
    assert KEY not in said


@pytest.mark.parametrize("config", GOOD)
def test_what_is_right_is_taken(build, config):
    code, said = configtest(build, config)
    assert code == 0 and "Syntax OK" in said, said
    assert "CT0" not in said


def test_a_name_that_nobody_has_is_a_warning(build):
    code, said = configtest(build, '<Location "/x">\nCrosstownAccept nobody\n'
                            '</Location>')
    assert code == 0
    assert 'CT02002: CrosstownAccept nobody in <Location "/x">' in said


@pytest.mark.parametrize("key", ["backoff=n4", "max-delay=1h"])
def test_keys_that_mean_nothing_alone(build, key):
    config = "CrosstownTask mail |/bin/true " + key
    code, said = configtest(build, config)
    assert code == 0
    assert "CT02006" in said and "CrosstownTask mail: " in said
    assert "CT02006" not in configtest(build, config + " retries=1")[1]


THIS_SERVER = ["http://127.0.0.1:${PORT}/x", "http://localhost:${PORT}/x",
               "http://127.0.0.7:${PORT2}/x", "http://localhost:${PORT2}/x",
               "http://127.0.0.9/x",
               "http://jobs.example:${PORT}/x", "http://A.Jobs.example:${PORT}",
               "http://somewhere.example:1/x self=on",
               "http://127.0.0.1:${PORT}/x self=on"]
OTHERS = ["http://127.0.0.1:${PORT3}/x", "http://127.0.0.7:${PORT}/x",
          "http://other.example:${PORT}/x", "http://192.0.2.1:${PORT2}/x",
          "http://jobs.example:${PORT3}/x", "|/bin/true"]


@pytest.mark.parametrize("target", THIS_SERVER + OTHERS)
def test_a_target_that_is_this_server(mpm, build, target):
    """Under prefork each such task needs a process of those that answer."""
    code, said = configtest(build, """
Listen ${PORT2}
Listen 127.0.0.9:80
<VirtualHost 127.0.0.1:${PORT}>
    ServerName jobs.example
    ServerAlias *.jobs.example
    CrosstownTask hook %s
</VirtualHost>
""" % target, mpm)
    assert code == 0, said
    warned = mpm == "prefork" and target in THIS_SERVER
    assert ("CT02007: CrosstownTask hook: " in said) == warned, said
    assert ("scope=server" in said) == warned, said


def test_not_in_htaccess(make_server, build):
    server = make_server(named.load(build) + """
<Directory "${ROOT}/htdocs">
    AllowOverride All
</Directory>
""")
    for line in ("CrosstownAccept none", "CrosstownAfter none",
                 "CrosstownReport On"):
        (server.htdocs / ".htaccess").write_text(line + "\n")
        assert server.ask("/x").status == 500
        server.error_log.expect(r"\.htaccess: %s not allowed here"
                                % line.split()[0])


def test_without_mod_crosstown(build):
    server = Server("event", build, named.load(build), crosstown="nowhere")
    try:
        code, said = server.configtest()
        assert code != 0
        assert "CT02004: mod_crosstown_tasks needs mod_crosstown" in said
    finally:
        server.clean_up()


def test_the_dump(build):
    server = Server("event", build, named.load(build) + """
CrosstownTask mail http://user:geheim@127.0.0.1:1/ secret=%s \
    expires=7d format=json unique=id retries=5 backoff=fixed:60s \
    max-delay=1h delay=2min
<Location "/app">
    CrosstownAccept mail
    CrosstownAfter mail a=b
</Location>
<VirtualHost 127.0.0.1:1>
    ServerName other
    CrosstownTask thumb |/bin/true
    CrosstownAccept none
</VirtualHost>
""" % KEY)
    try:
        done = subprocess.run(
            [httpd_program(), "-t", "-D", "DUMP_CROSSTOWN", "-f",
             str(server.write_config())], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=60)
        said = done.stdout
        assert done.returncode == 0, said
        assert "geheim" not in said and KEY not in said
        for words in ("CrosstownTask mail http://user:XXXXXXXX@127.0.0.1:1/ "
                      "expires=7d format=json unique=id retries=5 "
                      "backoff=fixed:60s max-delay=1h delay=2min (",
                      '<Location "/app"> CrosstownAccept mail',
                      '<Location "/app"> CrosstownAfter mail',
                      "named tasks of virtual host other:",
                      "CrosstownTask thumb |/bin/true",
                      "    CrosstownAccept none"):
            assert words in said, said
    finally:
        server.clean_up()
