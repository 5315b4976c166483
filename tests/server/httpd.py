# SPDX-License-Identifier: Apache-2.0
"""What is known of the httpd that is installed: where it is, its version, and
which of its modules have to be loaded."""

import functools
import os
import re
import shutil
import subprocess


@functools.lru_cache(maxsize=None)
def apxs(name):
    tool = (shutil.which(os.environ.get("APXS") or "apxs")
            or shutil.which("apxs2"))
    assert tool, "no apxs in PATH"
    return subprocess.run([tool, "-q", name], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


def httpd_program():
    """HTTPD names a program that starts it in a way of its own."""
    return os.environ.get("HTTPD") or os.path.join(apxs("SBINDIR"),
                                                   apxs("PROGNAME"))


@functools.lru_cache(maxsize=None)
def built_in():
    listed = subprocess.run([httpd_program(), "-l"], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    return frozenset(line.strip()[:-2] for line in listed.splitlines()
                     if line.startswith("  mod_"))


@functools.lru_cache(maxsize=None)
def httpd_version():
    """As "2.4.71"."""
    said = subprocess.run([httpd_program(), "-v"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    return re.search(r"Apache/(\S+)", said)[1]


def httpd_before(version):
    """Is the server older than that?"""
    there, wanted = (tuple(map(int, re.findall(r"\d+", text)[:3]))
                     for text in (httpd_version(), version))
    return there < wanted


def load_line(name):
    """LoadModule for a module of httpd, or nothing if it is compiled in."""
    if "mod_" + name in built_in():
        return ""
    return 'LoadModule %s_module "%s/mod_%s.so"' % (
        name, apxs("LIBEXECDIR"), name)
