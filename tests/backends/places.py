# SPDX-License-Identifier: Apache-2.0
"""The places that every back end is mounted at, and the server around them.
What a place accepts is all that differs, or what stands between the program
and the client there."""

import shutil
import urllib.parse

import metrics
import named
from back_ends import FPM, PROGRAMS, BackEnd
from resources import user_lines
from server import Server

TASKS = PROGRAMS.parents[2] / "conf-examples" / "tasks"

# Name: what is in force there. PLACE is the path of the program in it.
PLACES = {
    "open": "CrosstownAccept mail",
    "closed": "",
    "other": "CrosstownAccept other",
    "report": "CrosstownAccept mail\n    CrosstownReport On",
    "program": "CrosstownAccept file",
    "cached": "CrosstownAccept mail",
    "cachedafter": "CrosstownAfter mail after=1",
    "suppressed": "CrosstownAccept mail\n"
                  "    SetEnv proxy-interim-response Suppress",
    "raw": "CrosstownAccept mail",
    "added": 'CrosstownAccept mail\n    Header add Crosstown "mail;by=admin"',
    "addedclosed": 'Header always add Crosstown "mail;by=admin"',
    "errors": "CrosstownAccept mail\n    ProxyErrorOverride On 404\n"
              '    ErrorDocument 404 "/closed/app?head=%(doc)s"',
    "closederrors": "ProxyErrorOverride On 404\n"
                    '    ErrorDocument 404 "/open/app?head=%(doc)s"',
    "late": "CrosstownAccept mail\n    Require all denied\n    Header always "
            "set Crosstown 'mail;late;ct-no-go=\"none\"'",
    "forbidden": "CrosstownAccept mail\n    Require all denied\n"
                 '    ErrorDocument 403 "/open/app?head=%(doc)s"',
}

CONFIG = """
Protocols h2c http/1.1
H2Direct On
ProxyPreserveHost On
CrosstownTask mail %(receiver)s/mail
CrosstownTask other %(receiver)s/other
CrosstownTask file "|${ROOT}/programs/keep"
TypesConfig "/dev/null"
CacheRoot "${ROOT}/cache"
CacheDefaultExpire 3600
CacheIgnoreNoLastMod On
CacheIgnoreHeaders None
CacheEnable disk "/cached"
Listen 127.0.0.1:${PORT2}
<VirtualHost *:${PORT2}>
    CacheQuickHandler Off
    CacheEnable disk "/cached"
</VirtualHost>
LogFormat "%%{Crosstown}o %%{Crosstown}i %%r" headers
CustomLog "${ROOT}/headers" headers
<Location "/server-status">
    SetHandler server-status
</Location>
RewriteEngine On
RewriteRule "^/passed/(.*)" "/$1" [PT]
<Directory "${ROOT}/htdocs">
    Options +Includes
    AddType text/html .shtml
    AddOutputFilter INCLUDES .shtml
</Directory>
"""

KEEP = """#!/bin/sh
{ cat; printf '\\n%%s %%s\\n' "$CROSSTOWN_STATUS" "$CROSSTOWN_TASK"
} >>"%s/kept"
"""

INCLUDING = '<!--#include virtual="/%s/app?head=%s" -->\n'

MODULES = ("headers", "cache", "cache_disk", "include", "mime", "http2",
           "rewrite", "proxy", "dir", "env", "status")


def quoted(*lines):
    return urllib.parse.quote("|".join(lines))


def section(place, text):
    return '<Location "/%s">\n    %s\n</Location>' % (place, text % {
        "doc": quoted('Crosstown: mail;document;ct-no-go="none"')})


def make_server(mpm, build, back_end: BackEnd, receiver):
    own = [name for name in back_end.modules if name not in MODULES]
    lines = back_end.lines(mpm, PLACES)
    server = Server(mpm, build, "\n".join([
        "Define BACKEND @BACKEND@", named.load(build),
        lines, CONFIG % {"receiver": receiver.url("")},
        *(section(place, text) for place, text in PLACES.items()),
        metrics.CONFIG]), modules=(*MODULES, *own),
        allowed=(r"AH10034:", r"AH01630:"))
    write_files(server)
    return server


def write_files(server):
    for name, mode in (("programs", 0o755), ("cache", 0o777),
                       ("streams", 0o777)):
        (server.root / name).mkdir()
        (server.root / name).chmod(mode)
    for path in PROGRAMS.iterdir():
        if path.is_file():
            shutil.copy(path, server.root / "programs")
            (server.root / "programs" / path.name).chmod(0o755)
    keep = server.root / "programs" / "keep"
    keep.write_text(KEEP % (server.root / "streams"))
    keep.chmod(0o755)
    user = [line.split() for line in user_lines().splitlines()]
    (server.root / "fpm.conf").write_text(FPM % {
        "root": server.root, "user": "\n".join(
            "%s = %s" % (key.lower(), value) for key, value in user)})
    for name, place in (("page", "open"), ("closed", "closed")):
        (server.htdocs / (name + ".shtml")).write_text(INCLUDING % (
            place, quoted("Crosstown: mail;included=%s" % name)))
