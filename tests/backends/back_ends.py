# SPDX-License-Identifier: Apache-2.0
"""Those who answer: how each is mounted at a path, what it needs, and what it
does otherwise than most. Their programs, one for each language, understand the
same query: `head` is the lines of the response's head, joined by |."""

import dataclasses
import glob
import os
import pathlib
import shutil
import socket
import subprocess

from httpd import apxs
from ledger import wait_until
from named import cgi_lines
from resources import free_port

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
ALL = ("event", "worker", "prefork")


@dataclasses.dataclass(frozen=True)
class BackEnd:
    name: str
    package: str                  # Debian's, that brings it
    mount: str                    # configuration for %(path)s
    config: str = ""              # the server's; may use ${ROOT}, ${BACKEND}
    modules: tuple = ()           # of httpd
    loads: tuple = ()             # (name, file) of modules of others
    mpms: tuple = ALL
    command: tuple = ()           # started beside the server; %(port)d
    programs: tuple = ()          # that have to be there
    imports: tuple = ()           # of Python
    # What it cannot, or does by itself.
    but: frozenset = frozenset()

    def missing(self):
        """What this machine lacks for it, or None."""
        for _, file in self.loads:
            if not found_module(file):
                return file
        for program in self.programs:
            if not found_program(program):
                return program
        for name in self.imports:
            if subprocess.run(["/usr/bin/python3", "-c", "import " + name],
                              stderr=subprocess.DEVNULL).returncode:
                return name
        return None

    def lines(self, mpm, places):
        """Its part of the configuration."""
        loads = ["LoadModule %s_module %s" % (name, found_module(file))
                 for name, file in self.loads]
        mounts = [self.mount % {"path": "/%s/app" % place}
                  for place in places]
        config = self.config
        if self.name == "cgi":
            config += cgi_lines(mpm) + (
                'ScriptAlias "/raw/nph-app" "${ROOT}/programs/nph-app"\n')
        return "\n".join([*loads, config, *mounts])

    def start(self, server):
        """The program beside the server, if it has one: (process, port)."""
        if not self.command:
            return None, 1
        port = free_port()
        words = {"port": port, "root": server.root, "programs": PROGRAMS}
        with open(server.root / "back_end", "wb") as said:
            process = subprocess.Popen(
                [found_program(self.command[0]),
                 *(word % words for word in self.command[1:])],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                cwd=server.root / "programs", start_new_session=True,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1",
                     "HOME": str(server.root), "PUMA_MAX_THREADS": "8"})

        def listens():
            assert process.poll() is None, \
                (server.root / "back_end").read_text()
            socket_file = server.root / "fpm.sock"
            try:
                if self.name == "php-fpm":
                    return socket_file.exists()
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                return False
            return True
        wait_until(listens, "%s to listen" % self.name)
        return process, port


def found_module(file):
    found = sorted(glob.glob(os.path.join(apxs("LIBEXECDIR"), file)))
    return found[-1] if found else None


def found_program(name):
    """In PATH, or where Debian keeps it; php-fpm has its version in its
    name."""
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    found = shutil.which(name, path=path)
    return found or max(glob.glob("/usr/sbin/%s[0-9]*" % name), default=None)


FPM = """
[global]
error_log = %(root)s/fpm.log
daemonize = no
[www]
%(user)s
listen = %(root)s/fpm.sock
listen.mode = 0666
pm = static
pm.max_children = 4
clear_env = yes
catch_workers_output = yes
"""

FILE = """
Alias "%%(path)s" "${ROOT}/programs/%s"
<Location "%%(path)s">
    SetHandler %s
</Location>
"""
PROXY = 'ProxyPass "%(path)s" "http://127.0.0.1:${BACKEND}/app"\n'
PROXIED = ("proxy", "proxy_http")

# Words of `but`:
#   environment      no CROSSTOWN: it is another process, which is not told
#   location         "Location: /path" with 200 is an internal redirect
#   error-documents  httpd's error documents stand in for its errors
#   threads          it crashes if a process has it answer twice at once, as
#                    mod_http2 does even under prefork
#   included         it answers SERVER_PROTOCOL "INCLUDED" with a status line
#                    that httpd does not understand
BACK_ENDS = [
    BackEnd("mod_php", "libapache2-mod-php", FILE % (
        "app.php", "application/x-httpd-php"), modules=("alias",), loads=(("php", "libphp*.so"),),
        mpms=("prefork",), but=frozenset({"threads"})),
    BackEnd("php-fpm", "php-fpm", FILE % (
        "app.php", '"proxy:unix:${ROOT}/fpm.sock|fcgi://localhost"'),
        modules=("alias", "proxy", "proxy_fcgi"), programs=("php-fpm",),
        command=("php-fpm", "-F", "-n", "-y", "%(root)s/fpm.conf"),
        but=frozenset({"error-documents"})),
    BackEnd("cgi", "apache2-bin", 'ScriptAlias "%(path)s" '
            '"${ROOT}/programs/app.cgi"\n', but=frozenset({"location"})),
    BackEnd("mod_lua", "apache2-bin", 'LuaMapHandler "^%(path)s" '
            '"${ROOT}/programs/app.lua" handle\n', modules=("lua",),
            but=frozenset({"error-documents"})),
    BackEnd("mod_wsgi", "libapache2-mod-wsgi-py3",
            'WSGIScriptAlias "%(path)s" "${ROOT}/programs/app_wsgi.py"\n',
            config="WSGIApplicationGroup %{GLOBAL}\n", modules=("alias",),
            loads=(("wsgi", "mod_wsgi.so"),)),
    BackEnd("mod_wsgi-daemon", "libapache2-mod-wsgi-py3",
            'WSGIScriptAlias "%(path)s" "${ROOT}/programs/app_wsgi.py"\n',
            config='WSGISocketPrefix "${ROOT}/wsgi"\n'
            "WSGIDaemonProcess app processes=1 threads=6\n"
            "WSGIProcessGroup app\nWSGIApplicationGroup %{GLOBAL}\n",
            modules=("alias",), loads=(("wsgi", "mod_wsgi.so"),),
            but=frozenset({"location"})),
    BackEnd("gunicorn", "gunicorn", PROXY, modules=PROXIED,
            programs=("gunicorn",), command=(
                "gunicorn", "--workers=2", "--threads=4",
                "--limit-request-line=0", "--bind",
                "127.0.0.1:%(port)d", "app_wsgi:application"),
            but=frozenset({"environment", "error-documents"})),
    BackEnd("uvicorn", "python3-uvicorn", PROXY, modules=PROXIED,
            imports=("uvicorn",), command=(
                "/usr/bin/python3", "-m", "uvicorn", "--port=%(port)d",
                "app_asgi:application"),
            but=frozenset({"environment", "error-documents"})),
    BackEnd("uwsgi", "uwsgi-plugin-python3",
            'ProxyPass "%(path)s" "uwsgi://127.0.0.1:${BACKEND}/"\n',
            modules=("proxy", "proxy_uwsgi"), programs=("uwsgi-core",),
            command=("uwsgi-core", "--plugin=python3", "--uwsgi-socket",
                     "127.0.0.1:%(port)d", "--wsgi-file=app_wsgi.py",
                     "--buffer-size=32768", "--master", "--die-on-term", "--processes=4"),
            but=frozenset({"error-documents", "included"})),
    BackEnd("node", "nodejs", PROXY, modules=PROXIED, programs=("node",),
            command=("node", "app.js", "%(port)d"),
            but=frozenset({"environment", "error-documents"})),
    BackEnd("puma", "puma", PROXY, modules=PROXIED, programs=("puma",),
            command=("puma", "--bind=tcp://127.0.0.1:%(port)d",
                     "--early-hints", "config.ru"),
            but=frozenset({"environment", "error-documents"})),
    BackEnd("mod_perl", "libapache2-mod-perl2", """
<Location "%(path)s">
    SetHandler modperl
    PerlResponseHandler App
</Location>
""", config='PerlRequire "${ROOT}/programs/App.pm"\n',
            loads=(("perl", "mod_perl.so"),), mpms=("prefork",),
            but=frozenset({"error-documents"})),
]
BY_NAME = {back_end.name: back_end for back_end in BACK_ENDS}
