# SPDX-License-Identifier: Apache-2.0
"""What httpd -t and its dump say of targets that are engines."""

import subprocess

import named
from httpd import httpd_program
from server import Server


def text_of(build, lines):
    """With those of the modules that could be built."""
    return "\n".join([
        named.load(build), *(
            'LoadModule crosstown_%s_module "%s/mod_crosstown_%s.so"'
            % (name, build, name) for name in ("redis", "amqp")
            if (build / ("mod_crosstown_%s.so" % name)).exists()), lines])


def check_mistake(configtest, line, expected):
    """@param expected  words that are said"""
    code, said = configtest("CrosstownTask mail " + line)
    assert code != 0
    message = [text for text in said.splitlines() if "CrosstownTask mail" in
               text]
    assert message, said
    for words in expected:
        assert words in said
    if "secret@" in line:
        assert "secret" not in said


def check_right(configtest, targets):
    lines = "\n".join("CrosstownTask t%d %s" % pair
                      for pair in enumerate(targets))
    code, said = configtest(lines)
    assert code == 0 and "warn" not in said, said


def dump(build, lines):
    """@return what DUMP_CROSSTOWN says"""
    server = Server("event", build, text_of(build, lines))
    try:
        return subprocess.run(
            [httpd_program(), "-t", "-D", "DUMP_CROSSTOWN", "-f",
             str(server.write_config())], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=60).stdout
    finally:
        server.clean_up()
