# SPDX-License-Identifier: Apache-2.0
"""The target `module`, and tasks that C modules ask for by name: with
conf-examples/mod_letter.c, which has both sides."""

import re

import pytest

import named

CONFIG = """
CrosstownTask letter module
<Location "/letter">
    SetHandler letter
</Location>
"""


def load_letter(build):
    return 'LoadModule letter_module "%s/mod_letter.so"' % build


def lines(build, order):
    both = [named.load(build), load_letter(build)]
    return "\n".join(both if order == "before" else reversed(both))


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("crosstown", ["before", "after"])
def test_a_module_asks_and_a_module_does_it(make_server, build, order,
                                            crosstown):
    server = make_server(lines(build, order) + CONFIG, crosstown=crosstown,
                         room=1)
    assert server.ask("/letter", "to=anna").status == 200
    line, = server.error_log.expect(r"letter [0-9a-f]{32} to .*to=anna.*"
                                    r"\(text/plain\), signed the server")
    server.graceful()
    server.ask("/letter", "to=ben")
    again, = server.error_log.expect(r"letter [0-9a-f]{32} to .*to=ben")
    ids = [re.search("letter ([0-9a-f]{32})", text)[1]
           for text in (line, again)]
    assert ids[0] != ids[1]


def test_another_target_for_the_same_caller(make_server, build, receiver):
    server = make_server(lines(build, "before") + CONFIG.replace(
        "module", receiver.url("/letters"), 1))
    server.ask("/letter", "to=anna", tag="t")
    hook, = receiver.wait()
    assert hook.body == "tag=t&to=anna"
    assert hook.headers["Content-Type"] == "text/plain"


def test_no_such_task_and_no_module(make_server, build):
    server = make_server(lines(build, "before") + CONFIG.replace(
        "CrosstownTask letter module", ""))
    assert server.ask("/letter").status == 503
    server.error_log.expect("no letter")
    server = make_server(load_letter(build) + CONFIG.replace(
        "CrosstownTask letter module", ""))
    assert server.ask("/letter").status == 503
    server.error_log.expect("no letter")


def test_the_nearest_virtual_host_decides(make_server, build, receiver):
    server = make_server(lines(build, "before") + CONFIG + """
Listen 127.0.0.1:${PORT2}
<VirtualHost 127.0.0.1:${PORT2}>
    CrosstownTask letter %s
</VirtualHost>
""" % receiver.url("/second"))
    server.ask("/letter", "to=anna", port=server.ports[1])
    assert receiver.wait()[0].path == "/second"
    server.ask("/letter", "to=ben")
    server.error_log.expect("to .*to=ben")
