# SPDX-License-Identifier: Apache-2.0
"""The helpers of conf-examples/tasks build the header so that a value stays a
value, whatever is in it: what each says is put to a server."""

import os
import pathlib
import shutil
import subprocess
import urllib.parse

import pytest

import named

TASKS = pathlib.Path(__file__).resolve().parents[2] / "conf-examples/tasks"

# What the languages are to say, in the JSON of a name.
VALUES = {
    "plain": "a b.jpg",
    "quote": 'say "no\\" ',
    "item": '1, other;x=1',
    "break": "1\r\nSet-Cookie: evil=1",
    "zero": "a\0b",
    "text": "fünf €",
    "empty": "",
    "number": 42,
    "minus": -7,
}

# Of what kind each program is, and a line that prints the item.
LANGUAGES = {
    "php": (["php", "php-cgi"], "crosstown.php", """<?php
require $argv[1] ?? getenv('HELPER');
echo crosstown_item('mail', json_decode(getenv('VALUES'), true));"""),
    "python": (["/usr/bin/python3"], "crosstown.py", """
import json, os, runpy
item = runpy.run_path(os.environ["HELPER"])["crosstown_item"]
print(item("mail", **json.loads(os.environ["VALUES"])), end="")"""),
    "node": (["node"], "crosstown.js", """
const item = require(process.env.HELPER)
process.stdout.write(item('mail', JSON.parse(process.env.VALUES)))"""),
    "ruby": (["ruby"], "crosstown.rb", """
require 'json'
load ENV['HELPER']
print crosstown_item('mail', **JSON.parse(ENV['VALUES'], symbolize_names: true))"""),
    "perl": (["perl"], "crosstown.pl", """
use JSON::PP;
require $ENV{HELPER};
my $values = decode_json($ENV{VALUES});
print crosstown_item('mail', map { $_ => $values->{$_} } sort keys %$values);"""),
    "lua": (["lua", "lua5.4", "lua5.3", "lua5.1"], "crosstown.lua", None),
}

LUA = """
local letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
local r = {}
function r:base64_encode(text)
    return ((text:gsub('.', function(x)
        local bits, byte = '', x:byte()
        for i = 8, 1, -1 do bits = bits .. (byte %% 2^i - byte %% 2^(i-1) > 0 and '1' or '0') end
        return bits
    end) .. '0000'):gsub('%%d%%d%%d?%%d?%%d?%%d?', function(x)
        if #x < 6 then return '' end
        local c = 0
        for i = 1, 6 do c = c + (x:sub(i, i) == '1' and 2^(6-i) or 0) end
        return letters:sub(c + 1, c + 1)
    end) .. ({ '', '==', '=' })[#text %% 3 + 1])
end
dofile(os.getenv('HELPER'))
io.write(crosstown_item(r, 'mail', { %s }))"""


def lua_values():
    def said(value):
        if isinstance(value, int):
            return str(value)
        return '"%s"' % "".join("\\%03d" % byte for byte in value.encode())
    return ", ".join("%s = %s" % ("['%s']" % key, said(value))
                     for key, value in VALUES.items())


@pytest.fixture
def server(make_server, mpm, build, receiver):
    server = make_server("\n".join([named.load(build), named.cgi_lines(mpm), """
CrosstownTask mail %s
<Location "/cgi">
    CrosstownAccept mail
</Location>
""" % receiver.url("/")]), start=False)
    named.write_script(server, "app", named.SCRIPT.replace("|", "\\0"))
    return server.start()


def item_of(language, tmp_path):
    import json
    programs, helper, text = LANGUAGES[language]
    program = next(filter(None, map(shutil.which, programs)), None)
    if not program:
        pytest.skip("%s is not on this machine" % programs[0])
    script = tmp_path / "say"
    script.write_text(text or LUA % lua_values())
    quiet = ["-q"] if os.path.basename(program) == "php-cgi" else []
    done = subprocess.run(
        [program, *quiet, str(script)], stdout=subprocess.PIPE, timeout=60,
        check=True, env={**os.environ, "HELPER": str(TASKS / helper),
                         "VALUES": json.dumps(VALUES)})
    return done.stdout.decode("latin-1")


@pytest.mark.parametrize("language", LANGUAGES)
def test_values_stay_values(server, receiver, tmp_path, language):
    item = item_of(language, tmp_path)
    assert "\r" not in item and "\n" not in item
    server.ask("/cgi/app?head=" + urllib.parse.quote(
        "Crosstown: " + item, safe=""))
    hook, = receiver.wait()
    assert dict(urllib.parse.parse_qsl(hook.body, keep_blank_values=True,
                                       strict_parsing=True)) == {
        key: str(value) for key, value in VALUES.items()}
