# SPDX-License-Identifier: Apache-2.0
"""httpd -t says what is wrong with a redis:// target, and never repeats a
password; nor does what shows the configuration."""

import pytest

from engine_config import check_mistake, check_right, dump

# what is behind "CrosstownTask mail" -> words of the message
MISTAKES = {
    "redis://": ["the host is missing"],
    "redis://:6379": ["the host is missing"],
    "redis://h:0": ["a port is a number from 1 to 65535"],
    "redis://h:70000/1": ["a port is a number"],
    "redis://h/x": ["behind the last / stands a database"],
    "redis://h/0/1": ["behind the last / stands a database"],
    "redis://h/65536": ["a number from 0 to 65535"],
    "redis://::1/0": ["without [ ]"],
    "redis://[::1]x/0": ["behind ] only a port"],
    "redis://a,b/0": ["redis+sentinel://"],
    "redis://u:se%zzcret@h": ["%XX"],
    "redis://u:secret@h:port/0": ["a port is a number"],
    "redis+sentinel://a,b": ["the name of the service"],
    "unix:redis.sock|redis:///0": ["a full path and a |"],
    "unix:/run/redis.sock|redis://h/0": ["there is no host"],
    "rediss://u:secret@h/0": ["no TLS", "stunnel"],
    "redis://h format=resque": ["format=resque", "sidekiq", "laravel"],
    "redis://h format=sidekiq": ["needs class="],
    "redis://h format=laravel class=A": ["needs prefix="],
    "redis://h format=celery class=a.b retries=3": ["has no retries="],
    "redis://h class=a&b": ["class=a&b: write 1 to 200"],
    "redis://h once=1w": ["once=1w"],
    "redis://h once=500ms": ["once=500ms"],
    "redis://h once=8d": ["once=8d"],
    "redis://h password=secret": ["takes file:/path"],
    "redis://h password=file:none": ["takes file:/path"],
    "redis://h password=file:/no/such/file": ["/no/such/file: No such file"],
    "redis://u:secret@h password=file:/dev/null": ["write one of them"],
    "redis://h password=file:/dev/null": ["it is empty"],
    "redis://h secret=x": ['no key "secret"', "once="],
    "redis://h keep=disk": ["LoadModule crosstown_store_module"],
}

RIGHT = [
    "redis://h", "redis://h:6380/15", "redis://[::1]:6379/0", "redis://u@h",
    "redis://:secret@h/1", "redis://u:se%63ret@h", "redis://h once=0",
    "redis+sentinel://:secret@a:26379,b/mymaster/2",
    "unix:/run/redis.sock|redis:///3", "redis://h timeout=500ms expires=1h",
    "redis://h format=bullmq retries=4", "redis://h format=rq class=a.b",
    "redis://h format=laravel class=A prefix=none",
]


@pytest.mark.parametrize("line", MISTAKES)
def test_mistakes(configtest, line):
    check_mistake(configtest, line, MISTAKES[line])


def test_what_is_right(configtest):
    check_right(configtest, RIGHT)


def test_a_file_that_all_may_read(configtest, tmp_path):
    path = tmp_path / "password"
    path.write_text("secret\n")
    path.chmod(0o644)
    code, said = configtest("CrosstownTask mail redis://h password=file:%s"
                            % path)
    assert code == 0 and "CT02402" in said and "chmod 600" in said


def test_shown_without_the_password(build):
    said = dump(build, "CrosstownTask mail redis://u:secret@h/1")
    assert "redis://u:***@h/1" in said and "secret" not in said
