# SPDX-License-Identifier: Apache-2.0
"""Other releases of Debian, for the other versions of the workers that are in
them: directories made by get-release.sh, in which a program can run. It has
this machine's network and so its 127.0.0.1."""

import pathlib


class Release:
    def __init__(self, root):
        self.root = pathlib.Path(root)

    @property
    def name(self):
        return self.root.name

    def missing(self):
        """What of it is not on this machine, or None."""
        return None if (self.root / "workers").exists() else (
            "Debian " + self.name)

    def version(self, package):
        lines = (self.root / "workers").read_text(encoding="ascii")
        return dict(line.split("\t") for line in lines.splitlines())[package]

    def path(self, outside):
        """What the release calls it."""
        return pathlib.Path("/") / outside.relative_to(self.root)

    def inside(self, command, directory):
        """The command that runs this one there. Nothing of it is mounted for
        others, or stays."""
        return ["unshare", "--root", str(self.root), "--wd", str(directory),
                "--mount-proc", *command]
