# SPDX-License-Identifier: Apache-2.0
"""A root directory that make installs into, and a server that runs from it."""

import os
import pathlib
import re
import subprocess

from httpd import apxs, load_line
from httpd_conf import HEAD
from resources import user_lines
from server import Server

TREE = pathlib.Path(__file__).resolve().parents[2]

CONFIG = HEAD + """
{modules}
{user}
Listen 127.0.0.1:{port}
DocumentRoot "{root}/htdocs"
StartServers 1
<Directory "/">
    Require all granted
</Directory>
{config}
"""


def run(command, **more):
    """What it says, on either channel; it has to go well."""
    done = subprocess.run([str(word) for word in command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=300, **more)
    assert done.returncode == 0, "%s:\n%s" % (command, done.stdout)
    return done.stdout.strip()


def header_version():
    text = (TREE / "include" / "mod_crosstown.h").read_text()
    return ".".join(re.search(r"CROSSTOWN_VERSION_%s (\d+)" % part, text)[1]
                    for part in ("MAJOR", "MINOR"))


class Root:
    def __init__(self, path, build):
        self.path = path
        self.build = pathlib.Path(build).resolve()

    def make(self, target, **variables):
        """make TARGET with DESTDIR of this root. The make that runs the test
        has variables of its own, which are not for this one."""
        environment = {key: value for key, value in os.environ.items()
                       if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        words = {"BUILD": self.build, "DESTDIR": self.path, **variables}
        return run(["make", "-C", TREE, target,
                    *("%s=%s" % word for word in words.items())],
                   env=environment)

    def __call__(self, *places):
        """Where a path of the server's is in this root."""
        return self.path / "/".join(places).lstrip("/")

    def files(self):
        """Paths, as they will be without DESTDIR."""
        return {"/" + str(path.relative_to(self.path))
                for path in self.path.rglob("*") if not path.is_dir()}


class InstalledServer(Server):
    """The default httpd, with what was installed and one consumer."""

    def __init__(self, root, consumer, name="postcard"):
        self.loads = [
            load_line("mpm_event"), load_line("authz_core"),
            root(apxs("SYSCONFDIR"), "mods-available/crosstown.load")
            .read_text().replace(" /", " %s/" % root.path),
            "LoadModule %s_module %s" % (name, consumer)]
        configuration = root(apxs("SYSCONFDIR"),
                             "mods-available/crosstown.conf")
        super().__init__("event", root.build, "Include %s" % configuration)

    def write_config(self):
        path = self.root / "httpd.conf"
        path.write_text(CONFIG.format(
            root=self.root, port=self.port, modules="\n".join(self.loads),
            user=user_lines(), config=self.config))
        return path
