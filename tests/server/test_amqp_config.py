# SPDX-License-Identifier: Apache-2.0
"""httpd -t says what is wrong with an amqp:// target, and never repeats a
password; nor does what shows the configuration."""

import pytest

from engine_config import check_mistake, check_right, dump
from server import Server

# what is behind "CrosstownTask mail" -> words of the message
MISTAKES = {
    "amqp://": ["the host is missing", "amqp[s]://[user:password@]host"],
    "amqp://:5672": ["the host is missing"],
    "amqp://h:0": ["a port is a number from 1 to 65535"],
    "amqp://u:secret@h:port": ["a port is a number"],
    "amqp://::1/v": ["without [ ]"],
    "amqp://u:se%zzcret@h": ["%XX"],
    "amqp://h/%zz": ["name of the vhost"],
    "amqp://u:@h": ["the password is empty"],
    "amqp:h": ["no address of a broker"],
    "amqp://h format=xml": ["format=xml", "celery or message"],
    "amqp://h format=sidekiq class=A": ["goes by redis:// alone", "celery"],
    "redis://h format=message": ["goes by amqp:// alone", "sidekiq"],
    "amqp://h format=celery": ["needs class="],
    "amqp://h queue=a&b": ["queue=a&b: write 1 to 200"],
    "amqp://h exchange=a&b": ["exchange=a&b: write 1 to 200"],
    "amqp://h prefix=x": ['no key "prefix"', "exchange="],
    "amqp://h once=1h": ['no key "once"'],
    "amqp://h ca=/etc/hosts": ["ca= is for amqps://"],
    "amqps://h ca=/no/such/file": ["ca=/no/such/file: No such file"],
    "amqp://h password=secret": ["takes file:/path"],
    "amqp://u:secret@h password=file:/dev/null": ["write one of them"],
    "amqp://h password=file:/no/such/file": ["/no/such/file: No such file"],
    "amqp://h keep=disk": ["LoadModule crosstown_store_module"],
}

RIGHT = [
    "amqp://h", "amqp://h:5673/shop", "amqp://[::1]//", "amqp://u@h",
    "amqp://u:se%63ret@h/%2Fa", "amqp://h format=celery class=a.b retries=3",
    "amqp://h exchange=events queue=a.b:c timeout=500ms expires=1h",
    "amqps://h ca=/etc/hosts", "amqp://h format=message class=A",
]


@pytest.mark.parametrize("line", MISTAKES)
def test_mistakes(configtest, line):
    check_mistake(configtest, line, MISTAKES[line])


def test_what_is_right(configtest):
    check_right(configtest, RIGHT)


def test_what_it_needs(build):
    server = Server("event", build, 'LoadModule crosstown_amqp_module '
                    '"%s/mod_crosstown_amqp.so"' % build)
    try:
        code, said = server.configtest()
    finally:
        server.clean_up()
    assert code != 0
    assert "CT02401: mod_crosstown_amqp needs mod_crosstown_tasks" in said


def test_shown_without_the_password(build):
    said = dump(build, "CrosstownTask mail amqp://u:secret@h/shop")
    assert "amqp://u:***@h/shop" in said and "secret" not in said
